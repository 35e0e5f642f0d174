"""Letters that leave late: a problem while they wait, and one letter to the administrator when they have left."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from riskwatch.core.notices import ServiceLetter, Verdict
from riskwatch.pipeline import delays
from riskwatch.pipeline.problems import problems_of
from tests.builders import ADMINISTRATOR, MONDAY, at
from tests.pipeline.builders import DUE, VIGILANCE, Works, recorded

LATE = "2023-02-07 12:05"


def delayed(*verdicts: Verdict) -> Works:
    """Two letters that were made when due and that could not be sent for three hours."""
    works = Works(recorded("C1"), recorded("C2", officer="pc.two@north.police.uk"))
    works.read(MONDAY)
    works.tell(DUE)
    works.outbox.answer("*", Verdict.LATER, Verdict.LATER)
    works.send(DUE)
    works.outbox.answer("*", *verdicts)
    works.send(LATE)
    return works


def told(works: Works, when: str) -> Sequence[ServiceLetter]:
    """Look at the service itself; return the letters on delays."""
    before = len(works.letters.services)
    works.assurance.watch(at(when))
    return [letter for letter in works.letters.services[before:] if letter.purpose == "delayed"]


def test_the_administrator_is_told_once_when_they_have_left() -> None:
    """How many letters, and by how much the oldest; never twice, across a restart too."""
    works = delayed()

    letters = told(works, LATE)
    works.restart()

    assert told(works, "2023-02-07 12:06") == []
    assert [(letter.recipient, letter.subject) for letter in letters] == [
        (ADMINISTRATOR, "Letters were delayed: 2 letters, the oldest by 3 hours 5 minutes")
    ]
    assert letters[0].paragraphs == (
        "Letters were delayed: 2 letters left more than 30 minutes after being written, the oldest by 3 hours 5 "
        "minutes. Whoever was to be told was told late.",
        "All of them have left now.",
        "Look for the cause at the mail server: `riskwatch journal show` has what it said to each letter.",
    )


def test_nothing_is_told_while_others_wait_too_long() -> None:
    """The mail server takes some and not others: the letter waits until all have left, and counts all."""
    works = delayed(Verdict.SENT, Verdict.LATER)
    assert told(works, LATE) == []

    works.send("2023-02-07 12:30")

    assert told(works, "2023-02-07 12:30")[0].subject.startswith("Letters were delayed: 2 letters")


def test_one_that_never_leaves_does_not_hold_it_back_for_ever() -> None:
    """After an hour it is told that others wait still."""
    works = delayed(Verdict.SENT, Verdict.LATER)

    [letter] = told(works, "2023-02-07 13:05")

    assert letter.subject == "Letters were delayed: 1 letter, the oldest by 3 hours 5 minutes"
    assert letter.paragraphs[1] == "Others are waiting still: `riskwatch status` says how many."


def test_letters_in_time_are_not_told_of() -> None:
    """A letter that left within the limit is nobody's concern."""
    works = Works(recorded("C1"))
    works.round(MONDAY)
    works.round(DUE)

    assert told(works, DUE) == []


def test_another_daemon_may_have_told_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the count is gone when it is this one's turn, there is nothing to tell."""
    works = delayed()

    def taken(tx: object, *_: object) -> None:
        tx.remember(delays.DELAYED, "")  # type: ignore[attr-defined]

    monkeypatch.setattr(delays, "take_turn", taken)

    assert told(works, LATE) == []


def test_letters_that_wait_too_long_are_a_problem_of_the_service() -> None:
    """It stands among the problems from the limit on, in plain words under a code that stays."""
    works = Works(recorded("C1"))
    works.read(MONDAY)
    works.tell(DUE)
    codes = []
    for waited in (30, 31):
        now = at(DUE) + timedelta(minutes=waited)
        with works.store.begin() as tx:
            found = problems_of(tx, now, VIGILANCE.health, oldest_unsent_at=at(DUE), unclocked=0)
        codes.append([problem.code for problem in found if problem.code.startswith("letters")])

    assert codes == [[], ["letters-waiting"]]
