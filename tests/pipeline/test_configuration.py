"""What is taken up is written down and told, with what it changed; what is refused is told, once a day."""

from collections.abc import Sequence
from typing import Any

import pytest

from riskwatch.core.configuration import Configuration, parts_of
from riskwatch.core.mandate import Mandate
from riskwatch.core.notices import ServiceLetter
from riskwatch.core.policy import Apply
from riskwatch.core.tracking import Decision
from riskwatch.pipeline.configuration import (
    LISTED,
    MAX_DETAIL,
    REFUSED,
    in_force,
    news_of,
    refusal,
    refuse,
    take_up,
    tell,
)
from tests.builders import ADMINISTRATOR, MONDAY, assessed, at, checked, directory, mandate
from tests.example_policy import policy, rule
from tests.pipeline.builders import Works, recorded

LATER = "2023-02-06 10:00"
READ = "2023-02-06 10:01"


def under(first: str = "24 hours", *, name: str = "seen-high", version: str = "test-2", **changes: Any) -> Mandate:
    """A policy of one rule."""
    return mandate(policy(rule(name, first=first), version=version, **changes))


OLD = under(version="test-1")


def load(
    works: Works, new: Mandate, when: str = LATER, *, by: str = "x", templates: Any = None, waits: str = ""
) -> bool:
    """Take up a configuration, and make the stages anew on it."""
    parts = parts_of(new, templates or {}, {})
    configuration = Configuration(at(when), by, new.policy.version, new.fingerprint, "text", parts)
    with works.store.begin() as tx:
        is_new = take_up(tx, configuration, new, waits)
    works.restart(new)
    return is_new


def started(*histories: Any, old: Mandate = OLD) -> Works:
    """A service that has read these children under the old policy."""
    works = Works(*(histories or (recorded(),)), under=old)
    assert load(works, old, MONDAY)
    assert [] == works.watch(MONDAY)
    return works


def text_of(letters: Sequence[ServiceLetter]) -> tuple[str, str]:
    """Return the one letter's subject and text; it is the administrator's."""
    [letter] = letters
    assert ADMINISTRATOR == letter.recipient
    return letter.subject, " ".join(letter.paragraphs)


def test_what_is_in_force_is_kept() -> None:
    """The text of the policy too: it may have to go on while the file's waits."""
    works = started()
    with works.store.begin() as tx:
        kept = in_force(tx)
    assert kept is not None
    assert ("test-1", "text", at(MONDAY)) == (kept.version, kept.policy_text, kept.at)
    entries = [entry for entry in works.store.entries if entry.decision is Decision.CONFIGURED]
    assert [("test-1", "x", "")] == [(one.policy_version, one.detail["by"], one.detail["changed"]) for one in entries]


def test_the_same_again_is_no_news() -> None:
    """A reload that changes nothing is not journalled, and nobody is told."""
    works = started()
    assert not load(works, OLD)
    assert [] == works.watch(READ)


def test_the_letter_counts_what_the_first_reading_changed() -> None:
    """Two running deadlines became earlier; what is known only now is told in words."""
    approved: dict[str, Any] = {"approved_by": "Det Supt Example", "valid_from": at("2023-02-06 00:00")}
    works = started(recorded("C1"), recorded("C2"))
    load(works, under("12 hours", **approved))
    subject, text = text_of(works.watch(READ))
    assert "Policy test-2 loaded by Det Supt Example: 2 deadlines earlier, 1 rule changed" == subject
    assert (
        "in force, approved by Det Supt Example, valid from Mon 6 Feb 2023, 00:00. It was loaded by x; before" in text
    )
    assert "rules: changed seen-high settings: changed approved_by, policy version, valid_from" in text
    assert "in the first full reading under it: 2 took an earlier deadline." in text
    assert [] == works.watch("2023-02-06 10:02")
    assert at("2023-02-06 21:00") == works.tracked().due_at


def test_from_now_running_deadlines_stand() -> None:
    """And the letter says how many."""
    works = started()
    load(works, under("12 hours", apply=Apply.FROM_NOW))
    subject, text = text_of(works.watch(READ))
    assert "Policy test-2 loaded by x: 1 rule changed" == subject
    assert (
        'first full reading under it: 1 keep the deadline that they were given, not the new one (apply = "from-now").'
        in text
    )
    assert at("2023-02-07 09:00") == works.tracked().due_at


def test_a_rule_taken_out_ends_at_once_and_is_told() -> None:
    """Whoever was told of it hears that it is over, and the journal says why."""
    works = started()
    assert ["pc.one: overdue C1 officer"] == works.round("2023-02-07 09:00")
    load(works, under("48 hours", name="seen-later", retires=frozenset({"seen-high"})), "2023-02-07 10:00")
    _, text = text_of(works.watch("2023-02-07 10:01"))
    assert "1 began under it; 1 ended because their rule was taken out" in text
    works.tell("2023-02-07 10:01")
    assert ["overdue", "cleared"] == [told.notice.kind for told in works.told()]
    (reason,) = [entry.detail["reason"] for entry in works.store.entries if entry.decision is Decision.ENDED]
    assert "rule-retired" == reason


def test_what_a_look_at_few_children_changes_is_counted_too() -> None:
    """A reading of a few children may come before the full one."""
    works = started(recorded("C1"), recorded("C2"))
    load(works, under("12 hours"))
    works.refresh.look_again(["C1"], at(LATER))
    _, text = text_of(works.watch(READ))
    assert "2 took an earlier deadline" in text


def test_a_change_of_people_or_words_changes_no_obligation() -> None:
    """The letter names the unit and the template."""
    works = started()
    people = Mandate.of(OLD.policy, directory(units={"york": {}}))
    load(works, people, templates={"letter.txt.j2": b"new"})
    subject, text = text_of(works.watch(READ))
    assert "Configuration loaded by x: 2 units changed, 1 template changed" == subject
    assert "No obligation was changed by it." in text


def test_a_reading_that_is_not_believed_delays_the_letter_for_an_hour() -> None:
    """Then it goes without the counts: that a policy was loaded is news enough."""
    works = started()
    load(works, under("12 hours"))
    works.source.fault = "down"
    assert [] == works.watch(READ)
    found = works.watch("2023-02-06 11:30")
    subjects = [letter.subject for letter in found if letter.purpose == "configuration"]
    assert ["Policy test-2 loaded by x: 1 rule changed"] == subjects
    (text,) = [" ".join(letter.paragraphs) for letter in found if letter.purpose == "configuration"]
    assert "could not be counted yet: there was no full reading since that is believed." in text


def test_two_changes_in_a_row_are_one_letter() -> None:
    """Nothing of the first is lost where the second comes before its reading."""
    works = started()
    load(works, under("12 hours"))
    works.refresh.look_again(["C1"], at(LATER))
    load(works, under("6 hours", version="test-3"), "2023-02-06 10:00:30")
    subject, text = text_of(works.watch(READ))
    assert subject.startswith("Policy test-3 loaded by x: 2 deadlines earlier")
    assert "before it, test-1 was in force" in text


def test_of_two_daemons_one_tells() -> None:
    """The letter that another has written meanwhile is not written again."""
    works = started()
    load(works, under("12 hours"))
    with works.store.begin() as tx:
        news = news_of(tx)
        assert news is not None
        for _ in range(2):
            tell(tx, news, works.letters, OLD, at(READ), uncounted="")
    assert 1 == len(works.letters.services)


def test_the_journal_says_what_fits() -> None:
    """A change of everything is cut in the journal; the letter has the rest."""
    works = started()
    rules = [rule(f"{'a' * 70}-{number}") for number in range(30)]
    load(works, mandate(policy(*rules, version="test-2", retires=frozenset({"seen-high"}), ladders={})))
    works.restart(OLD)
    (entry,) = [entry for entry in works.store.entries if entry.policy_version == "test-2"]
    assert entry.detail["changed"].endswith("...") is (len(entry.detail["changed"]) == MAX_DETAIL)
    assert len(entry.detail["changed"]) <= MAX_DETAIL


# --- refused ----------------------------------------------------------------------------------------------------------
def refused(works: Works, problems: Sequence[str], when: str) -> None:
    """Refuse files for these problems."""
    with works.store.begin() as tx:
        refuse(tx, problems, works.letters, OLD, at(when))


@pytest.mark.parametrize(
    ("problems", "expected"),
    [
        pytest.param(["one"], "1 problem, the first: one", id="one"),
        pytest.param(["one"] * (LISTED + 2), f"{LISTED + 2} problems, the first: one", id="more than are listed"),
    ],
)
def test_a_refusal_is_kept_until_files_are_taken_up(problems: list[str], expected: str) -> None:
    """Whoever asks how the service is hears it."""
    works = started()
    refused(works, problems, LATER)
    with works.store.begin() as tx:
        kept = refusal(tx.recall(REFUSED))
    assert kept is not None
    assert expected == kept.sentence
    beyond = [text for text in works.letters.services[-1].paragraphs if "There are 2 more." in text]
    assert (len(problems) > LISTED) is bool(beyond)
    load(works, OLD, READ)
    with works.store.begin() as tx:
        assert refusal(tx.recall(REFUSED)) is None


def test_the_same_problems_are_told_once_a_day() -> None:
    """Other problems, or another day, are another letter; each says what stays in force."""
    works = started(recorded("C1", assessed(), checked("seen", MONDAY)))
    refused(works, ["one"], LATER)
    refused(works, ["one"], READ)
    refused(works, ["two"], READ)
    refused(works, ["one"], "2023-02-07 10:00")
    ids = [letter.letter_id for letter in works.letters.services]
    assert (4, 3) == (len(ids), len(set(ids)))
    assert "policy test-1, and everything that came with it, stays in force" in works.letters.services[0].paragraphs[0]
