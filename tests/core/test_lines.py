"""What a letter says of a notice."""

from collections.abc import Sequence

import pytest

from riskwatch.core.lines import TOLD, line
from riskwatch.core.notices import Fate, Kind, Line, Notice, Told
from riskwatch.core.tracking import Basis, Ending
from tests.builders import DS, PC, at, ended, mandate, notice, told, tracked, watched
from tests.example_policy import LADDERS, ladder, policy, rule, step

MANDATE = mandate()
OVERDUE = tracked(told_until=at("2023-02-07 09:00"))
SEEN = ended(tracked(ended_by="K1", checked_at=at("2023-02-07 22:00")), "2023-02-07 23:00")
PLAIN = Line(
    notice=notice(),
    tier="high",
    unit="york",
    officer=PC,
    started_at=at("2023-02-06 09:00"),
    counts=("Child seen alone", "Child seen"),
    why="Example basis of seen-high",
)


@pytest.mark.parametrize("kind", [Kind.REMINDER, Kind.OVERDUE])
def test_a_line_says_what_counts_and_who_hears_next(kind: Kind) -> None:
    """What is still to be done is said with its basis, the records that would settle it, and the next rung."""
    due = notice(kind=kind)
    expected = PLAIN._replace(notice=due, next_role="supervisor", next_at=at("2023-02-07 13:00"), next_person=DS)
    assert line(due, OVERDUE, watched(), MANDATE, at("2023-02-07 09:00")) == expected


def test_a_line_names_nobody_where_the_ladder_ends_quietly() -> None:
    """After the last step of a ladder without repeats nobody hears next."""
    quiet = policy(ladders={**LADDERS, "urgent": ladder(step("officer", "0 hours", "officer"), repeat_every=None)})
    assert line(notice(), OVERDUE, watched(), mandate(quiet), at("2023-02-07 09:00")) == PLAIN


def test_a_clearing_says_how_it_ended() -> None:
    """When it became known, when the child was seen, and by what it ended."""
    cleared = notice(kind=Kind.CLEARED, step="cleared")
    expected = PLAIN._replace(
        notice=cleared,
        checked_at=at("2023-02-07 22:00"),
        ended_at=at("2023-02-07 23:00"),
        ending=str(Ending.DISCHARGED),
    )
    assert line(cleared, SEEN, watched(), MANDATE, at("2023-02-07 23:00")) == expected


def test_a_rule_that_was_taken_out_is_not_a_record_that_was_corrected() -> None:
    """What ended because the policy no longer has its rule says so; the records were right."""
    gone = ended(tracked(rule("no-such-rule")), "2023-02-07 23:00", Ending.WITHDRAWN)
    kept = ended(tracked(), "2023-02-07 23:00", Ending.WITHDRAWN)
    endings = [
        line(notice(one, kind=Kind.CLEARED, step="cleared"), one, watched(), MANDATE, at("2023-02-07 23:00")).ending
        for one in (gone, kept)
    ]
    assert endings == ["retired", "withdrawn"]


def test_an_overdue_line_of_what_has_ended_since_does_not_speak_of_the_end() -> None:
    """The end has a notice of its own."""
    told = line(notice(), SEEN, watched(), MANDATE, at("2023-02-07 23:00"))
    assert (told.ended_at, told.ending) == (None, "")


def test_a_closure_asks_for_authority() -> None:
    """An unhonoured closure says what would settle it, and that nobody hears next."""
    closure = tracked(rule("closing"), basis=Basis.CLOSING)
    told = line(notice(closure, kind=Kind.CLOSED_UNCHECKED), closure, watched(), MANDATE, at("2023-02-07 09:00"))
    assert told.counts == ("Closure authorised by a supervisor",)
    assert told.why == "a record is closed only when what was owed is done, or with authority"
    assert (told.next_role, told.next_at) == ("", None)


def test_a_rule_that_is_gone_has_no_words() -> None:
    """Of a rule that the policy no longer has, a letter can say neither what counts nor why."""
    gone = tracked(rule("no-such-rule"))
    told = line(notice(gone), gone, watched(), MANDATE, at("2023-02-07 09:00"))
    assert (told.counts, told.why, told.next_role) == ((), "", "")


# --- the ladder so far ------------------------------------------------------------------------------------------------
def said(*tellings: Told, of: Notice | None = None) -> Sequence[Told]:
    """Return whom a line names as told before."""
    return line(of or notice(step="manager"), OVERDUE, watched(), MANDATE, at("2023-02-08 09:00"), tellings).told


def test_the_ladder_so_far_stands_in_order() -> None:
    """Who was told before, or at the same moment: oldest first, with their fate, the notice itself left out."""
    reminder = told(notice(kind=Kind.REMINDER, step="reminder"), when="2023-02-06 21:00")
    officer = told(notice(), fate=Fate.REFUSED, when="2023-02-07 09:00")
    itself = told(notice(step="manager"), fate=Fate.PENDING, when="2023-02-08 09:00")
    assert said(itself, officer, reminder) == (reminder, officer)


def test_what_was_struck_out_told_nobody() -> None:
    """Nor is what was told of an earlier generation part of this ladder."""
    struck = told(notice(), fate=Fate.STRUCK)
    before = told(notice()._replace(generation=1))
    assert said(struck, before) == ()


def test_of_repeats_the_latest_stands() -> None:
    """Each week the head was told again: the last time stands where it was told, and says by its number how often."""
    head = [told(notice(step="head", repeat=week), when=f"2023-03-{7 * week + 1:02}") for week in range(4)]
    duty = told(notice(step="officer", person=DS), when="2023-03-10")
    assert said(*head, duty) == (duty, head[3])


def test_a_long_ladder_is_cut_in_the_middle() -> None:
    """Where many were told, the first and the latest stand, and it is said how many were told between them."""
    many = [told(notice(person=f"pc{n}@north.police.uk"), when=f"2023-02-07 09:{n:02}") for n in range(TOLD + 3)]
    of = line(notice(step="manager"), OVERDUE, watched(), MANDATE, at("2023-02-08 09:00"), many)
    assert (of.told, of.told_beside) == ((*many[:4], *many[7:]), 3)
    assert line(of.notice, OVERDUE, watched(), MANDATE, at("2023-02-08 09:00"), many[:TOLD]).told_beside == 0


def test_a_clearing_says_nothing_of_the_ladder() -> None:
    """What is over needs no story."""
    assert said(told(notice()), of=notice(kind=Kind.CLEARED, step="cleared")) == ()
