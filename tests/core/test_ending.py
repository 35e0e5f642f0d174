"""What is told when it is over, what is taken out of letters, what a mail server refused, and unhonoured closures."""

from collections.abc import Sequence

import pytest

from riskwatch.core.directory import Directory
from riskwatch.core.notices import Fate, Kind, Told
from riskwatch.core.policy import Closing
from riskwatch.core.tracking import Basis, Ending, Tracked
from tests.builders import DI, DS, FALLBACK, PC, absence, at, directory, ended, notice, told, tracked, watched
from tests.core.climbing import DUE, next_at, said, spent, tell
from tests.example_policy import SEEN_MEDIUM, policy, rule

SEEN_AT = "2023-02-07 23:00"
OVER = "cleared cleared 0 pc.one"
PC_TWO = "pc.two@north.police.uk"
TO_PC = told(notice())
TO_DS = told(notice(step="supervisor", person=DS))


@pytest.mark.parametrize(
    ("heard", "people", "expected"),
    [
        pytest.param([TO_PC, TO_DS], directory(), ["cleared cleared 0 ds.york", OVER], id="everyone"),
        pytest.param([], directory(), [], id="nobody was told, nobody is"),
        pytest.param([told(notice(kind=Kind.REMINDER))], directory(), [], id="a reminder is not cleared"),
        pytest.param(
            [TO_DS, told(notice(step="head", person=DS))], directory(), ["cleared cleared 0 ds.york"], id="once"
        ),
        pytest.param([TO_PC], directory(absence(PC, "2023-02-01")), [], id="not who has left"),
        pytest.param([TO_PC], directory(absence(PC, "2023-02-07", "2023-02-09")), [OVER], id="away"),
        pytest.param([told(notice(person="pc@old.police.uk"))], directory(), [], id="not who is no longer allowed"),
        pytest.param(
            [told(notice(person="desk@elsewhere.uk"))],
            directory(fallback="desk@elsewhere.uk"),
            ["cleared cleared 0 desk@elsewhere.uk"],
            id="the fallback always",
        ),
        pytest.param([told(notice(), fate=Fate.SENDING)], directory(), [OVER], id="on its way"),
        pytest.param([told(notice(), fate=Fate.REFUSED)], directory(), [], id="not who never got it"),
        pytest.param(
            [told(notice(tracked(generation=1)))], directory(), [], id="not who was told of an earlier telling"
        ),
    ],
)
def test_who_was_told_hears_that_it_is_over(heard: Sequence[Told], people: Directory, expected: Sequence[str]) -> None:
    """Everyone who had an overdue notice gets one clearing notice, at any hour, and nothing more is to come."""
    telling = tell(SEEN_AT, of=ended(tracked(), SEEN_AT), heard=heard, people=people)
    assert (said(telling), next_at(telling)) == (expected, "never")


@pytest.mark.parametrize("fate", [Fate.HELD, Fate.PENDING])
def test_what_has_not_left_is_struck_out(fate: Fate) -> None:
    """A notice that waits in a letter is taken out when its obligation ends, reminders included; nobody is cleared."""
    waiting = [told(notice(), fate=fate), told(notice(kind=Kind.REMINDER), fate=fate)]
    telling = tell(SEEN_AT, of=ended(tracked(), SEEN_AT), heard=waiting)
    assert (said(telling), telling.struck) == ([], tuple(waiting))


def test_a_clearing_does_not_wait_for_the_window_and_is_not_struck() -> None:
    """A routine ladder is silent at night, but not about the end; the clearing notice itself is never taken out."""
    medium = tracked(SEEN_MEDIUM)
    heard = [told(notice(medium, urgent=False)), told(notice(medium, kind=Kind.CLEARED), fate=Fate.PENDING)]
    telling = tell(SEEN_AT, of=ended(medium, SEEN_AT), heard=heard)
    assert (said(telling), telling.notices[0].urgent, telling.struck) == ([OVER], False, ())


def test_an_end_is_told_even_where_the_rule_is_gone() -> None:
    """Whoever was told of a rule that the policy no longer has hears of its withdrawal all the same."""
    gone = tracked(rule("no-such-rule"))
    telling = tell(SEEN_AT, of=ended(gone, SEEN_AT, Ending.WITHDRAWN), heard=[told(notice(gone))])
    assert said(telling) == [OVER]


# --- refused for good -------------------------------------------------------------------------------------------------
def refused(*persons: str, of: Tracked | None = None, kind: Kind = Kind.OVERDUE, step: str = "officer") -> list[Told]:
    """The notices of a step, one after the other refused by the mail server."""
    return [told(notice(of, kind=kind, step=step, person=person), fate=Fate.REFUSED) for person in persons]


@pytest.mark.parametrize(
    ("heard", "now", "expected"),
    [
        pytest.param(
            refused(PC), "2023-02-07 09:05", ["overdue officer 0 ds.york ^"], id="the next rung hears at once"
        ),
        pytest.param(refused(PC, DS), "2023-02-07 09:05", ["overdue officer 0 di.york ^"], id="and the next but one"),
        pytest.param([*refused(PC), TO_DS], "2023-02-07 09:05", [], id="unless told before"),
        pytest.param(
            [*refused(PC), told(notice(person=DS, passed_up=True))],
            "2023-02-07 09:10",
            [],
            id="passed up once, not again",
        ),
        pytest.param(
            refused(PC, step="no-such-step"), "2023-02-07 09:05", [], id="a step that the ladder no longer has"
        ),
        pytest.param(refused(PC, kind=Kind.CLEARED), "2023-02-07 09:05", [], id="a clearing is not passed up"),
        pytest.param(
            refused(PC, kind=Kind.REMINDER, step="reminder"),
            "2023-02-07 09:05",
            [],
            id="nor a reminder after the deadline",
        ),
        pytest.param(
            refused(PC, kind=Kind.REMINDER, step="reminder"),
            "2023-02-06 21:05",
            ["reminder reminder 0 ds.york ^"],
            id="a reminder before it is",
        ),
    ],
)
def test_what_was_refused_passes_up_at_once(heard: Sequence[Told], now: str, expected: Sequence[str]) -> None:
    """A person whom the mail server refuses for good is an empty rung."""
    assert said(tell(now, of=spent(now), heard=heard)) == expected


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        pytest.param([], ["overdue officer 0 ds.york ^"], id="whoever stands above hears in place of the new one"),
        pytest.param([TO_DS], [], id="unless told already"),
        pytest.param(
            [told(notice(person=DS, passed_up=True), when="2023-02-07 10:05")], [], id="passed up once, not again"
        ),
    ],
)
def test_a_new_officer_who_is_refused_is_passed_up(more: Sequence[Told], expected: Sequence[str]) -> None:
    """The officer before was told of the same step: that helps nobody who holds the child now."""
    new = told(notice(person=PC_TWO), fate=Fate.REFUSED, when="2023-02-07 10:00")
    now, of = "2023-02-07 10:05", spent("2023-02-07 10:00", told_officer=PC_TWO)
    assert said(tell(now, of=of, child=watched(officer=PC_TWO), heard=[TO_PC, new, *more])) == expected


def test_a_refused_person_is_an_empty_rung_for_later_steps() -> None:
    """The supervisor whose address was refused is passed by."""
    heard = [TO_PC, *refused(DS, step="supervisor"), told(notice(step="supervisor", person=DI, passed_up=True))]
    assert said(tell("2023-02-08 09:00", of=spent("2023-02-07 13:05"), heard=heard)) == []


def test_the_last_step_refused_goes_to_the_fallback_and_never_in_circles() -> None:
    """Beyond the last rung stands the fallback; if that is refused too there is nobody to pass up to."""
    head = "head@north.police.uk"
    at_the_end = spent("2023-02-10 09:05")
    heard = [*refused(head, step="head")]
    assert said(tell("2023-02-10 09:05", of=at_the_end, heard=heard)) == ["overdue head 0 duty ^"]
    assert said(tell("2023-02-10 09:05", of=at_the_end, heard=refused(head, FALLBACK, step="head"))) == []


def test_a_step_refused_twice_is_passed_up_once() -> None:
    """A reminder that two people in turn could not get goes to the third once."""
    heard = refused(PC, DS, kind=Kind.REMINDER, step="reminder")
    telling = tell("2023-02-06 21:05", of=spent("2023-02-06 21:05"), heard=heard)
    assert said(telling) == ["reminder reminder 0 di.york ^"]


# --- a closure that is not honoured -----------------------------------------------------------------------------------
CLOSURE = tracked(rule("closing"), basis=Basis.CLOSING, due=DUE)


@pytest.mark.parametrize(
    ("people", "tell_whom", "heard", "expected"),
    [
        pytest.param(directory(), ("supervisor", "manager"), [], "ds.york", id="the first who resolves"),
        pytest.param(directory(absence(DS, "2023-02-01")), ("supervisor", "manager"), [], "di.york ^", id="the second"),
        pytest.param(directory(), ("officer",), [], "pc.one", id="the officer, where the policy says so"),
        pytest.param(directory(), ("commissioner",), [], "duty ^", id="nobody: the fallback"),
        pytest.param(
            directory(),
            ("supervisor", "manager"),
            [told(notice(CLOSURE, person=DS), fate=Fate.REFUSED)],
            "di.york ^",
            id="the first was refused",
        ),
    ],
)
def test_one_person_hears_of_an_unhonoured_closure(
    people: Directory, tell_whom: tuple[str, ...], heard: Sequence[Told], expected: str
) -> None:
    """It is told at once, at any hour, to one person, and then it is done with."""
    under = policy(closing=Closing(tell=tell_whom))
    telling = tell(SEEN_AT, of=CLOSURE, people=people, under=under, heard=heard)
    assert said(telling) == [f"closed_unchecked closed_unchecked 0 {expected}"]
    assert telling.tracked == CLOSURE._replace(ended_at=at(SEEN_AT), ending=Ending.TOLD)


def test_a_closure_told_before_keeps_the_moment_of_its_telling() -> None:
    """Looked at again after a refusal, it ended when it was first told."""
    before = ended(CLOSURE, DUE, Ending.TOLD)
    assert tell(SEEN_AT, of=before).tracked.ended_at == at(DUE)


def test_a_withdrawn_closure_is_told_to_nobody() -> None:
    """A closing date that two full readings no longer give was a mistake."""
    telling = tell(SEEN_AT, of=ended(CLOSURE, SEEN_AT, Ending.WITHDRAWN))
    assert (said(telling), next_at(telling)) == ([], "never")
