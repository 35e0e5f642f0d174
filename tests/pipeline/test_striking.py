"""What has ended before its letter left is taken out of the letter; a letter with nothing left in it is cancelled."""

from collections.abc import Sequence

import pytest

from riskwatch.adapters.memory import MemoryTransaction
from riskwatch.core.notices import Fate, Kind, Letter, LetterState, Verdict
from riskwatch.core.tracking import Decision
from riskwatch.pipeline.delivery import LETTERS_A_CONNECTION
from tests.builders import MONDAY, PC, assessed, at, checked
from tests.pipeline.builders import DUE, Works, recorded

MINUTES_LATER = "2023-02-07 09:20"


def waiting(*child_refs: str) -> Works:
    """Return works in which one letter on these children waits: the mail server could not take it at once."""
    works = Works(*map(recorded, child_refs))
    works.outbox.answer(PC, Verdict.LATER)
    works.read(MONDAY)
    works.tell(DUE)
    works.send(DUE)
    return works


def record_a_visit(works: Works, child_ref: str, officer: str = PC) -> None:
    """Have the agency record a visit at a quarter past nine."""
    works.source.put(recorded(child_ref, assessed(), checked("seen", "2023-02-07 09:15"), officer=officer))


def test_a_letter_with_nothing_left_in_it_is_cancelled() -> None:
    """A check recorded while the only child's letter waits: nobody is told, and nobody needs a clearing."""
    works = waiting("C1")
    record_a_visit(works, "C1")

    works.send(MINUTES_LATER)

    [letter] = works.outbox.tried
    assert works.letter(letter.letter_id).state is LetterState.CANCELLED
    assert [told.fate for told in works.told()] == [Fate.STRUCK]
    assert [entry.subject for entry in works.store.entries if entry.decision is Decision.STRUCK] == [
        "C1|seen-high|2023-02-06T09:00:00Z|first"
    ]


def test_a_digest_is_worded_anew_without_what_has_ended() -> None:
    """Of two children one was seen while the letter waited: the letter that leaves speaks of the other."""
    works = waiting("C1", "C2")
    record_a_visit(works, "C1")

    works.send(MINUTES_LATER)

    [letter] = works.outbox.sent
    assert letter.message == b"overdue C2 officer"
    assert letter.subject == "1 notices"
    assert [told.fate for told in works.told("C1")] == [Fate.STRUCK]
    assert [told.fate for told in works.told("C2")] == [Fate.SENT]


def test_a_letter_that_is_worded_anew_is_the_same_letter() -> None:
    """The Message-ID that leaves is the one that later letters refer to, and the letter does not refer to itself."""
    works = waiting("C1", "C2")
    record_a_visit(works, "C1")

    works.send(MINUTES_LATER)

    [letter] = works.outbox.sent
    worded_anew = works.letters.drafts[-1]
    assert worded_anew.letter_id == letter.letter_id
    assert worded_anew.thread == ()


def test_a_letter_that_has_left_is_followed_by_a_clearing() -> None:
    """What was told cannot be taken back: it is told that it is over."""
    works = Works(recorded("C1"))
    works.round(DUE)
    record_a_visit(works, "C1")

    assert works.round(MINUTES_LATER) == ["pc.one: cleared C1 cleared"]


def test_a_letter_that_failed_while_its_child_was_seen_is_not_sent_later() -> None:
    """The visit is recorded while the letter is on its way; the server does not take it, and it must not go again."""
    works = Works(recorded("C1"))
    works.read(MONDAY)
    works.tell(DUE)

    def see_the_child(_: Letter) -> None:
        works.outbox.on_send = None
        record_a_visit(works, "C1")
        works.read("2023-02-07 09:15")
        works.tell("2023-02-07 09:15")

    works.outbox.on_send = see_the_child
    works.outbox.answer(PC, Verdict.LATER)
    works.send(DUE)
    works.send(MINUTES_LATER)

    assert b"overdue C1 officer" not in [letter.message for letter in works.outbox.sent]


def test_the_children_of_a_waiting_letter_are_looked_up_once_more() -> None:
    """A letter that has waited is checked against the source before it leaves; a fresh one was just now."""
    works = waiting("C1")
    assert works.source.asked == []

    works.send(MINUTES_LATER)

    assert works.source.asked == [("C1",)]
    assert len(works.outbox.sent) == 1


def test_a_source_that_does_not_answer_holds_no_letter_back() -> None:
    """If the source cannot be asked, the letter goes."""
    works = waiting("C1")
    works.source.fault = "the source does not answer"

    works.send(MINUTES_LATER)

    assert len(works.outbox.sent) == 1


def test_letters_that_move_up_are_looked_up_too() -> None:
    """Every letter that has waited is looked up, those too that are taken because others were cancelled."""
    refs = [f"C{number}" for number in range(10, 11 + LETTERS_A_CONNECTION)]
    works = Works(*(recorded(ref, officer=f"pc.{ref.lower()}@north.police.uk") for ref in refs))
    works.read(MONDAY)
    works.tell(DUE)
    for ref in refs:
        record_a_visit(works, ref)

    works.send(MINUTES_LATER)

    assert works.outbox.sent == []


def test_what_another_daemon_has_just_claimed_is_cleared_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    """A notice was to be struck out, but its letter left meanwhile: whoever gets it hears that it is over."""
    works = waiting("C1")
    record_a_visit(works, "C1")
    works.read(MINUTES_LATER)

    def claimed_by_another(self: MemoryTransaction, keys: Sequence[str]) -> Sequence[str]:
        self.claim(at(MINUTES_LATER), lease_until=at("2023-02-07 09:30"), limit=9)
        return []

    with monkeypatch.context() as patch:
        patch.setattr(MemoryTransaction, "strike", claimed_by_another)
        works.tell(MINUTES_LATER)
    with works.store.begin() as tx:
        [over] = [one for one in tx.tracked(["C1"]) if one.ended_at is not None and one.rule == "seen-high"]
    assert over.next_notice_at == at(MINUTES_LATER)

    works.tell(MINUTES_LATER)
    assert [(told.notice.kind, told.fate) for told in works.told() if told.notice.subject == over.key] == [
        (Kind.OVERDUE, Fate.SENDING),
        (Kind.CLEARED, Fate.PENDING),
    ]
