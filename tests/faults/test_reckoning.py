"""The reckoning itself: what is missing, repeated, or not owed does not escape it."""

from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from riskwatch.core.notices import Notice
from riskwatch.entrypoints.cli import main
from tests.entrypoints.mail_server import Arrived, MailServer
from tests.faults.reckoning import Outcome, Said, reckon, repeats_by_life, said_in
from tests.faults.scene import Scene, a_scene


@pytest.fixture
def told(tmp_path: Path) -> Iterator[tuple[Scene, list[Arrived]]]:
    """A scene of which everybody has been told."""
    with MailServer() as mail, redirect_stdout(StringIO()):
        scene = a_scene(tmp_path, mail, children=16, lasts_s=0, seed=1)
        assert 0 == main(["--config", str(scene.config), "sweep"])
        yield scene, list(mail.letters)


def of(told: tuple[Scene, list[Arrived]], mail: list[Arrived], *, without: str = "") -> Outcome:
    """Reckon up this mail; `without`: as though nothing of that child were owed."""
    scene, _ = told
    owed: Mapping[str, Notice] = {key: one for key, one in scene.owed().items() if one.child_ref != without}
    with scene.store() as store:
        return reckon(store, owed, mail)


def test_what_came_as_owed_is_in_order(told: tuple[Scene, list[Arrived]]) -> None:
    """Nothing is found where there is nothing; each step of the ladder is among what is owed."""
    _, mail = told
    outcome = of(told, mail)
    assert (frozenset(), frozenset(), []) == (outcome.lost, outcome.not_owed, outcome.repeats)
    assert (frozenset(), frozenset(), []) == (outcome.lost_by_words, outcome.not_owed_by_words, outcome.contradictions)
    assert {"officer", "supervisor", "manager"} == {key.split("|")[-3] for key in outcome.owed}


def test_a_letter_that_never_came_is_found(told: tuple[Scene, list[Arrived]]) -> None:
    """Each notice in it is missing, by the store's key and by the words."""
    _, mail = told
    outcome = of(told, mail[1:])
    assert frozenset(said_in(mail[0])) == outcome.lost_by_words
    assert len(outcome.lost) == len(outcome.lost_by_words) > 0


def test_what_nobody_was_owed_is_found(told: tuple[Scene, list[Arrived]]) -> None:
    """A child of whom nothing was to be told, and somebody was."""
    _, mail = told
    outcome = of(told, mail, without="C0")
    assert {"C0"} == {said.case for said in outcome.not_owed_by_words}
    assert len(outcome.not_owed) == len(outcome.not_owed_by_words) > 0


def test_a_letter_that_came_twice_is_found(told: tuple[Scene, list[Arrived]]) -> None:
    """Each copy beyond the first is a repeat; what it holds is neither lost nor unowed."""
    _, mail = told
    outcome = of(told, [*mail, mail[0], mail[0]])
    assert [mail[0], mail[0]] == outcome.repeats
    assert (frozenset(), frozenset(), []) == (outcome.lost, outcome.not_owed, outcome.contradictions)


def test_a_repeat_is_put_down_to_the_life_that_did_not_know_that_the_letter_had_come() -> None:
    """The life of the copy before, not that of the repeat; each further copy to the one before it."""
    a, b, c = (Arrived(0.0, "", "", f"Message-ID: <{name}@x>\n\n".encode()) for name in "abc")
    assert {} == repeats_by_life([a, b, c], [1, 2])
    assert {0: 2} == repeats_by_life([a, b, a, b, c], [2, 4])
    assert {0: 1, 1: 2, 2: 1} == repeats_by_life([a, b, a, b, a, c, c], [1, 3])


def test_a_letter_that_says_something_else_is_found(told: tuple[Scene, list[Arrived]]) -> None:
    """Its words, its recipient and its bytes are held against the store."""
    _, mail = told
    letter = next(letter for letter in mail if letter.to.startswith("pc"))
    (said,) = said_in(letter)
    changed = letter._replace(content=letter.content.replace(said.case.encode(), b"C999"))
    outcome = of(told, [changed if one is letter else one for one in mail])
    assert 2 == len(outcome.contradictions)
    assert frozenset({said}) == outcome.lost_by_words
    assert frozenset({Said(letter.to, said.kind, "C999")}) == outcome.not_owed_by_words
    astray = letter._replace(to="stranger@example.police.uk")
    assert any("stranger" in sentence for sentence in of(told, [*mail, astray]).contradictions)
