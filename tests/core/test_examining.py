"""A small force over two months, every figure of its report reckoned by hand; and the sums, for any force.

The rules are two: seen-high (24 hours from the assessment, then every 10 working days) and the six-week backstop.
The period is February and March 2023; the books begin on 15 February.
"""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskwatch.core.adding_up import sums_of
from riskwatch.core.evidence import (
    Closing,
    Evidence,
    Heard,
    Led,
    Letters,
    Listing,
    Missed,
    Outcome,
    Period,
    Telling,
)
from riskwatch.core.examining import ELSEWHERE, Examination
from riskwatch.core.facts import Check, Closure, History, Rejected, Table
from riskwatch.core.mandate import Mandate
from riskwatch.core.notices import Fate, Kind
from riskwatch.core.policy import Policy
from riskwatch.core.unchecked import Closed
from tests.builders import assessed, at, checked, child, closed, directory, history, mandate
from tests.core.strategies import grid, histories, policies
from tests.example_policy import BACKSTOP, SEEN_HIGH, policy

PERIOD = Period(at("2023-02-01 00:00"), at("2023-04-01 00:00"))
BOOKS = at("2023-02-15 00:00")
UNDER = mandate(policy(SEEN_HIGH, BACKSTOP))
NO_LETTERS = Letters((), 0)
FEBRUARY, MARCH = 2023 * 12 + 1, 2023 * 12 + 2


def telling(
    ref: str, subject: str, step: str, decided: str, sent: str | None = None, *, fate: Fate = Fate.SENT
) -> Telling:
    """A notice of the books: of an overdue obligation, or of a closure where the subject is one."""
    kind = Kind.CLOSED_UNCHECKED if "|closing|" in subject else Kind.OVERDUE
    return Telling(subject, ref, kind, step, fate, at(decided), None if sent is None else at(sent))


def of_one() -> tuple[History, Sequence[Telling]]:
    """C1, of York: seen in time, then seen in time and typed in two days late, then not seen any more."""
    one = history(
        assessed("high", "2023-02-06 09:00"),
        checked("seen", "2023-02-07 08:00", recorded="2023-02-07 08:00"),
        checked("seen", "2023-02-21 07:00", recorded="2023-02-23 12:00"),
        of=child("C1"),
    )
    second = "C1|seen-high|2023-02-07T08:00:00Z|every"
    return one, (
        telling("C1", second, "officer", "2023-02-21 08:00", "2023-02-21 08:01"),
        telling("C1", second, "supervisor", "2023-02-21 12:00", "2023-02-21 12:02"),
    )


def of_two() -> tuple[History, Sequence[Telling]]:
    """C2, of Filey: assessed two weeks before that is typed in, seen two days after; then closed with authority."""
    one = history(
        assessed("high", "2023-02-06 09:00", recorded="2023-02-20 09:00"),
        checked("seen", "2023-02-22 10:00", recorded="2023-02-22 11:00"),
        checked("closure_authorised", "2023-03-01 11:00"),
        closed("2023-03-01 12:00"),
        of=child("C2", unit="filey"),
    )
    first = "C2|seen-high|2023-02-06T09:00:00Z|first"
    return one, (telling("C2", first, "officer", "2023-02-20 09:00", "2023-02-20 09:05"),)


def of_three() -> tuple[History, Sequence[Telling]]:
    """C3, of a unit that nobody lists: unchecked for 58 days, seen once, and closed while it is overdue again."""
    one = history(
        assessed("high", "2023-01-02 09:00"),
        checked("seen", "2023-03-01 09:00"),
        closed("2023-03-20 10:00"),
        of=child("C3", unit="nowhere"),
    )
    closing = "C3|closing|2023-03-20T10:00:00Z"
    return one, (telling("C3", closing, "closed_unchecked", "2023-03-20 10:00", "2023-03-20 10:05"),)


def evidence_of(*cases: tuple[History, Sequence[Telling]], unit: str | None = None) -> Evidence:
    """Return what these children add up to."""
    examination = Examination(UNDER, PERIOD, books_begin_at=BOOKS, unit=unit)
    for one, told in cases:
        examination.add(one, told)
    return examination.evidence


@pytest.fixture
def found() -> Evidence:
    """The evidence of the three."""
    return evidence_of(of_one(), of_two(), of_three())


# --- the small force --------------------------------------------------------------------------------------------------
def test_every_deadline_of_the_period_has_one_outcome(found: Evidence) -> None:
    """Ten deadlines, by unit, tier and month; C2's first stands in the month in which it became known."""
    assert {
        (("york", "high", FEBRUARY), Outcome.ON_TIME): 1,  # seen-high, due 7 Feb 09:00, seen 08:00
        (("york", "high", FEBRUARY), Outcome.RECORDED_LATE): 1,  # due 21 Feb 08:00, seen 07:00, recorded 23 Feb
        (("york", "high", MARCH), Outcome.ON_TIME): 2,  # the backstop, due 20 Mar 09:00 and 21 Mar 08:00
        (("york", "high", MARCH), Outcome.STANDING): 1,  # seen-high, due 7 Mar 07:00
        (("filey", "high", FEBRUARY), Outcome.LATE): 1,  # seen-high, due 7 Feb 09:00, known 20 Feb, seen 22 Feb
        (("filey", "high", MARCH), Outcome.ON_TIME): 1,  # the backstop, due 20 Mar
        (("filey", "high", MARCH), Outcome.LIFTED): 1,  # seen-high, due 8 Mar 10:00, closed 1 Mar
        ((ELSEWHERE, "high", FEBRUARY), Outcome.LATE): 1,  # the backstop, due 13 Feb 09:00, seen 1 Mar
        ((ELSEWHERE, "high", MARCH), Outcome.STANDING): 1,  # seen-high, due 15 Mar 09:00
    } == dict(found.met)
    assert 10 == found.deadlines
    assert {
        ("seen-high", Outcome.ON_TIME): 1,
        ("seen-high", Outcome.RECORDED_LATE): 1,
        ("seen-high", Outcome.LATE): 1,
        ("seen-high", Outcome.STANDING): 2,
        ("seen-high", Outcome.LIFTED): 1,
        ("six-week-backstop", Outcome.ON_TIME): 3,
        ("six-week-backstop", Outcome.LATE): 1,
    } == dict(found.by_rule)


def test_what_was_overdue_is_carried_over(found: Evidence) -> None:
    """C3's first visit was overdue since 3 January; five became overdue, four ended, two stand."""
    assert (1, 5, 4, 2) == (found.carried, found.fell, found.ended, found.standing)


def test_the_longest_overdue_come_first(found: Evidence) -> None:
    """Until the end became known, or the period ended: 1 April, 00:00 of summer time."""
    assert [
        ("C1", "seen-high", timedelta(days=24, hours=16), Heard.NOBODY),
        ("C3", "seen-high", timedelta(days=16, hours=14), Heard.NOBODY),
        ("C3", "six-week-backstop", timedelta(days=16), Heard.BEFORE_BOOKS),
        ("C2", "seen-high", timedelta(days=15, hours=2), Heard.TOLD),
        ("C1", "seen-high", timedelta(days=2, hours=4), Heard.TOLD),
    ] == [(one.child_ref, one.rule, one.late, one.heard) for one in found.missed.kept]


def test_times_unchecked_are_counted_with_their_tail(found: Evidence) -> None:
    """Of C1: 23 hours, 13 days 23 hours, and open; of C2: 16 days 1 hour, and lifted; of C3: 58 days, and open."""
    assert {Closed.CHECKED: 4, Closed.LIFTED: 1, Closed.OPEN: 2} == dict(found.gaps)
    tail = [(one.gap.child_ref, one.unit, one.tier, one.gap.length) for one in found.longest.kept]
    assert [
        ("C3", "nowhere", "high", timedelta(days=58)),
        ("C1", "york", "high", timedelta(days=38, hours=16)),
        ("C3", "nowhere", "high", timedelta(days=30, hours=14)),
        ("C2", "filey", "high", timedelta(days=16, hours=1)),
        ("C1", "york", "high", timedelta(days=13, hours=23)),
        ("C2", "filey", "high", timedelta(days=7, hours=2)),
        ("C1", "york", "high", timedelta(hours=23)),
    ] == tail
    over = [(one.gap.child_ref, one.gap.over) for one in found.over.kept]
    assert [("C3", timedelta(days=16))] == over


def test_who_was_told_is_what_the_books_say(found: Evidence) -> None:
    """Two of the five; of two nobody, of one nothing is known: it fell due before the books begin."""
    assert {Heard.TOLD: 2, Heard.NOBODY: 2, Heard.BEFORE_BOOKS: 1} == dict(found.heard)
    assert ["C1", "C3"] == [one.child_ref for one in found.unheard.kept]
    day, minute = timedelta(days=1), timedelta(minutes=1)
    assert [minute, 13 * day + 5 * minute] == found.from_deadline.percentiles(50, 100)
    assert [minute, 5 * minute] == found.from_known.percentiles(50, 100)


def test_each_rung_has_what_it_led_to(found: Evidence) -> None:
    """C1's child had been seen before anybody was told; C2's officer went two days after."""
    officer, supervisor = found.rungs["officer"], found.rungs["supervisor"]
    assert {Led.SEEN_BEFORE: 1, Led.CHECKED: 1} == dict(officer.led)
    assert {Led.SEEN_BEFORE: 1} == dict(supervisor.led)
    assert (2, 1, 1, 1) == (officer.told, officer.last, supervisor.told, supervisor.last)
    assert [timedelta(days=2, minutes=55)] == officer.to_check.percentiles(100)
    recorded = [timedelta(days=2, hours=1, minutes=55), timedelta(days=2, hours=3, minutes=59)]
    assert recorded == officer.to_record.percentiles(50, 100)
    assert [timedelta(days=1, hours=23, minutes=58)] == supervisor.to_record.percentiles(100)
    assert 0 == len(supervisor.to_check)


def test_late_recordings_are_told_from_prompt_ones(found: Evidence) -> None:
    """Four visits; that of C3 has no time of recording. An authority is no check."""
    assert (4, 1) == (found.records, found.untimed)
    assert {"york": 2, "filey": 1} == {unit: len(delays) for unit, delays in found.delays.items()}
    assert [timedelta(days=2, hours=5), timedelta(hours=1), timedelta(0)] == [one.delay for one in found.latest.kept]


def test_a_closure_that_is_not_honoured_is_listed(found: Evidence) -> None:
    """Closed while overdue, no authority since; somebody was told five minutes later."""
    told_at = at("2023-03-20 10:05")
    assert (Closing(at("2023-03-20 10:00"), "C3", "nowhere", False, None, told_at),) == found.closings.kept


def test_everything_adds_up(found: Evidence) -> None:
    """Every sum, on the small force."""
    assert [] == [one for one in sums_of(found, NO_LETTERS) if not one.holds]
    assert (3, 3) == (found.given, found.reckoned)


def test_one_unit_only() -> None:
    """The others are counted as what they are, and nothing else of them is."""
    found = evidence_of(of_one(), of_two(), of_three(), unit="nowhere")
    assert (3, 1, 2, 2) == (found.given, found.reckoned, found.elsewhere, found.deadlines)
    assert {"nowhere"} == {unit for (unit, _, _), _ in found.met}
    assert all(one.holds for one in sums_of(found, NO_LETTERS))


# --- the corners ------------------------------------------------------------------------------------------------------
def overdue(*told: Telling, ends: str = "") -> Evidence:
    """Return the evidence of a child that is due on 7 February, 09:00, and of whom the books say this."""
    rows: dict[str, list[Check | Closure]] = {
        "": [],
        "lifted": [checked("closure_authorised", "2023-02-09 09:00"), closed("2023-02-09 10:00")],
        "seen": [checked("seen", "2023-02-09 09:00")],
    }
    examination = Examination(mandate(policy(SEEN_HIGH)), PERIOD, books_begin_at=PERIOD.start)
    examination.add(history(assessed("high", "2023-02-06 09:00"), *rows[ends]), told)
    return examination.evidence


DEBT = "C1|seen-high|2023-02-06T09:00:00Z|first"


@pytest.mark.parametrize(
    ("fate", "heard"),
    [
        (Fate.PENDING, Heard.WAITING),
        (Fate.HELD, Heard.WAITING),
        (Fate.SENDING, Heard.WAITING),
        (Fate.SENT, Heard.WAITING),  # it left after the period had ended
        (Fate.REFUSED, Heard.UNDELIVERED),
        (Fate.STRUCK, Heard.UNDELIVERED),
    ],
)
def test_what_was_not_sent_was_told_to_nobody(fate: Fate, heard: Heard) -> None:
    """A notice that has not left says why nobody was told, and is listed."""
    found = overdue(telling("C1", DEBT, "officer", "2023-02-07 09:00", fate=fate))
    assert {heard: 1} == dict(found.heard)
    assert 1 == found.unheard.number


def test_a_cleared_notice_tells_nobody_of_an_overdue() -> None:
    """Only overdue notices count as telling of it."""
    cleared = telling("C1", DEBT, "cleared", "2023-02-07 09:00", "2023-02-07 09:01")._replace(kind=Kind.CLEARED)
    assert {Heard.NOBODY: 1} == dict(overdue(cleared).heard)


@pytest.mark.parametrize(
    ("ends", "sent", "led"),
    [
        ("", "2023-02-07 09:01", Led.STANDING),
        ("lifted", "2023-02-07 09:01", Led.LIFTED),
        ("seen", "2023-02-07 09:01", Led.CHECKED),
        ("seen", "2023-02-09 09:00", Led.SEEN_BEFORE),
        ("seen", "2023-02-09 09:01", Led.OVER),
    ],
)
def test_what_came_of_a_rung(ends: str, sent: str, led: Led) -> None:
    """A letter that leaves once it is over led to nothing, and was no rung that anything waited for."""
    found = overdue(telling("C1", DEBT, "officer", "2023-02-07 09:00", sent), ends=ends)
    assert {led: 1} == dict(found.rungs["officer"].led)
    assert (int(led is Led.OVER), int(led is not Led.OVER)) == (found.told_only_after, found.rungs["officer"].last)
    assert all(one.holds for one in sums_of(found, NO_LETTERS))


def test_of_a_rung_the_first_letter_that_was_sent_counts() -> None:
    """Not the repeats, and not one that never left; of two rungs told at once the higher is the last."""
    found = overdue(
        telling("C1", DEBT, "head", "2023-02-07 09:00", "2023-02-07 10:00"),
        telling("C1", DEBT, "officer", "2023-02-07 09:00", "2023-02-07 10:00"),
        telling("C1", DEBT, "officer", "2023-02-07 09:00", fate=Fate.REFUSED),
        telling("C1", DEBT, "officer", "2023-02-07 09:00", "2023-02-07 11:00"),
        telling("C1", DEBT, "unheard-of", "2023-02-07 09:00", "2023-02-07 10:00"),
        ends="seen",
    )
    assert [timedelta(hours=47)] == found.rungs["officer"].to_check.percentiles(100)
    assert [0, 1, 0] == [found.rungs[step].last for step in ("officer", "head", "unheard-of")]


def test_a_lifting_after_the_deadline_was_overdue() -> None:
    """Authority ends it, and does not make it seen."""
    assert {("seen-high", Outcome.LIFTED_LATE): 1} == dict(overdue(ends="lifted").by_rule)


def test_what_a_child_never_assessed_owes_has_no_tier() -> None:
    """A rule that an event starts asks of every child."""
    under = mandate(policy())
    examination = Examination(under, PERIOD, books_begin_at=None)
    examination.add(history(checked("no_access", "2023-02-06 09:00")), ())
    ((cell, outcome),) = examination.evidence.met
    assert (("york", "", FEBRUARY), Outcome.STANDING) == (cell, outcome)


def test_what_closed_before_the_period_is_not_counted() -> None:
    """Nor what was recorded before it; the closure of a year ago is another report's."""
    examination = Examination(UNDER, PERIOD, books_begin_at=None)
    examination.add(
        history(
            assessed("high", "2022-01-03 09:00"),
            checked("seen", "2022-01-04 08:00", recorded="2022-01-04 08:00"),
            closed("2022-03-01 10:00"),
            checked("seen", "2022-03-02 08:00"),
            checked("closure_authorised", "2022-03-03 08:00"),
        ),
        (),
    )
    found = examination.evidence
    assert (1, 0, 0, 0, 0) == (found.reckoned, found.deadlines, found.records, found.carried, found.closings.number)


# --- counting ---------------------------------------------------------------------------------------------------------
def missed(hours: int, ref: str = "C1") -> Missed:
    """A deadline that was missed by so many hours."""
    late, due = timedelta(hours=hours), PERIOD.start
    return Missed(late, ref, "york", "seen-high", due, due, None, Outcome.STANDING, Heard.NOBODY)


@given(st.lists(st.tuples(st.integers(1, 9), st.sampled_from("ABC"))), st.integers(0, 30))
def test_a_list_keeps_the_worst_and_counts_the_rest(cases: list[tuple[int, str]], cut: int) -> None:
    """In whichever order they come, and whoever counted them."""
    listed: list[Listing[Missed]] = [Listing(3, 6), Listing(3, 6)]
    for number, (hours, ref) in enumerate(cases):
        listed[number >= cut].add(missed(hours, ref))
    listed[0].merge(listed[1])
    worst = sorted(cases, reverse=True)[:3]
    assert worst == [(one.late // timedelta(hours=1), one.child_ref) for one in listed[0].kept]
    assert (len(cases), len(cases) - len(worst)) == (listed[0].number, listed[0].beyond)


def test_rows_that_cannot_be_read_are_counted_and_listed() -> None:
    """By table, column, and whether they count all the same."""
    found = Evidence()
    row = Rejected(Table.CHECKS, "checks.csv:3", "K3", "C1", "checked_at", "is blank")
    found.reject(row)
    found.reject(row._replace(table=Table.ASSESSMENTS, column="assessed_at", counted=True))
    assert {("checks", "checked_at", False): 1, ("assessments", "assessed_at", True): 1} == dict(found.rejected)
    assert 2 == found.rejected_rows == found.rejected_list.number
    assert all(one.holds for one in sums_of(found, NO_LETTERS))


def test_a_child_that_fails_is_counted_and_named() -> None:
    """It is given, and not reckoned."""
    examination = Examination(UNDER, PERIOD, books_begin_at=None)
    examination.fail("C9")
    examination.fail("C8")
    found = examination.evidence
    assert (2, 0, 2, ["C8", "C9"]) == (found.given, found.reckoned, found.failures, found.failed)
    assert all(one.holds for one in sums_of(found, NO_LETTERS))


def test_a_count_that_does_not_add_up_is_found() -> None:
    """Letters that are in no group, a deadline without an outcome."""
    found = evidence_of(of_one())
    found.deadlines += 1
    letters = Letters((("ds@north.police.uk", "notices", "sent", 2), ("di@north.police.uk", "daily", "sent", 1)), 4)
    broken = {one.what for one in sums_of(found, letters) if not one.holds}
    assert {
        "deadlines of the period, by outcome",
        "deadlines of the period, by rule",
        "letters, by recipient",
        "letters, by state",
    } == broken


# --- any force --------------------------------------------------------------------------------------------------------
_FATES = st.sampled_from(list(Fate))
_STEPS = st.sampled_from(["officer", "supervisor", "manager", "head", "a step of an older policy"])


@st.composite
def forces(draw: st.DrawFn) -> Sequence[tuple[History, Sequence[Telling]]]:
    """Some children with histories of any kind, and books that say anything of what they may have owed."""
    cases = []
    for number in range(draw(st.integers(0, 3))):
        ref = f"C{number}"
        unit = draw(st.sampled_from(["york", "filey", "", "nowhere"]))
        one = draw(histories(grid, ref))
        starts = sorted({row.assessed_at for row in one.assessments} | {row.checked_at for row in one.checks})
        keys = [f"{ref}|{SEEN_HIGH.name}|{moment.isoformat()[:19]}Z|first" for moment in starts] or [""]
        told = [
            Telling(
                draw(st.sampled_from(keys)),
                ref,
                Kind.OVERDUE,
                draw(_STEPS),
                draw(_FATES),
                decided,
                draw(st.none() | grid),
            )
            for decided in draw(st.lists(grid, max_size=4))
        ]
        cases.append((one._replace(child=one.child._replace(unit=unit)), told))
    return cases


def over(cases: Sequence[tuple[History, Sequence[Telling]]], of: Policy, period: Period) -> Evidence:
    """Return the evidence of a force over a period, each child examined by itself and then added."""
    whole = Evidence()
    for one, told in cases:
        examination = Examination(Mandate.of(of, directory()), period, books_begin_at=BOOKS)
        examination.add(one, told)
        whole.merge(examination.evidence)
    return whole


@given(forces(), policies(), grid, grid)
def test_the_counts_of_any_force_add_up(
    cases: Sequence[tuple[History, Sequence[Telling]]], of: Policy, one: object, other: object
) -> None:
    """Whatever was recorded and told; and one report over all is what the reports on each child add up to."""
    start, end = sorted((one, other))  # type: ignore[type-var]
    period = Period(start, end + timedelta(days=1))  # type: ignore[operator, arg-type]
    found = over(cases, of, period)
    assert [] == [one for one in sums_of(found, NO_LETTERS) if not one.holds]
    together = Examination(Mandate.of(of, directory()), period, books_begin_at=BOOKS)
    for history_, told in cases:
        together.add(history_, told)
    whole = together.evidence
    assert (whole.met, whole.by_rule, whole.heard, whole.gaps) == (found.met, found.by_rule, found.heard, found.gaps)
    assert whole.missed.kept == found.missed.kept


@given(st.lists(histories(), max_size=2), policies(), st.lists(grid, min_size=3, max_size=3, unique=True))
def test_periods_that_follow_one_another_leave_nothing_out(
    cases: Sequence[History], of: Policy, cuts: Sequence[object]
) -> None:
    """What stands overdue at the end of one is carried into the next, and every deadline is in one of the two."""
    first, middle, last = sorted(cuts)  # type: ignore[type-var]
    given_cases = [(one, ()) for one in cases]
    early = over(given_cases, of, Period(first, middle))  # type: ignore[arg-type]
    late = over(given_cases, of, Period(middle, last))  # type: ignore[arg-type]
    both = over(given_cases, of, Period(first, last))  # type: ignore[arg-type]
    assert early.standing == late.carried
    assert both.deadlines == early.deadlines + late.deadlines
    assert (both.carried, both.standing) == (early.carried, late.standing)
    assert both.fell == early.fell + late.fell
