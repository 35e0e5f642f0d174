"""Times in which a child was not checked, reckoned by hand."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

from hypothesis import given

from riskwatch.core.course import moments_before
from riskwatch.core.facts import History
from riskwatch.core.obligations import Rulebook, fold
from riskwatch.core.policy import Policy, Rule
from riskwatch.core.unchecked import Begun, Closed, Measure, Unchecked, backstop_of, measure_of, unchecked
from tests.builders import assessed, at, checked, closed, history
from tests.core.strategies import histories, policies
from tests.example_policy import BACKSTOP, NO_ACCESS, POLICY, SEEN_HIGH, TIERS, policy, rule

UNTIL = "2023-06-01 00:00"
NEVER = timedelta(0)


def times(*records: object, of: Policy = POLICY, until: str = UNTIL) -> Sequence[Unchecked]:
    """Return a child's times unchecked until a moment."""
    return gaps_of(history(*records), of, until)  # type: ignore[arg-type]


def gaps_of(one: History, of: Policy, until: str) -> Sequence[Unchecked]:
    """Return the same of a history."""
    end = at(until)
    account = fold(one, Rulebook(of), end - timedelta(seconds=1))
    return list(unchecked(account, moments_before(one, end), measure_of(of), of, end))


def said(gaps: Sequence[Unchecked]) -> list[tuple[str, str, Begun, Closed]]:
    """Return when each began and ended, by London's clock, and by what."""
    local = POLICY.calendar.local
    return [(f"{local(g.since):%m-%d %H:%M}", f"{local(g.until):%m-%d %H:%M}", g.begun, g.closed) for g in gaps]


# --- which rule is the backstop ---------------------------------------------------------------------------------------
def test_the_backstop_is_the_longest_rule_that_covers_every_tier() -> None:
    """Whether it names no tier, or all of them; one of some tiers or concerns, or started by events, is none."""
    assert BACKSTOP is backstop_of(POLICY)
    named = rule("all-named", tiers=TIERS, first="60 days")
    narrow = rule("one-concern", concerns=["neglect"], first="90 days")
    event = rule("event", starts_on=["no_access"], first="90 days")
    assert named is backstop_of(policy(BACKSTOP, named, narrow, event, SEEN_HIGH))


def test_of_equal_rules_the_first_is_the_backstop() -> None:
    """So that the same file gives the same report."""
    first, second = rule("a", first="42 days"), rule("b", first="6 weeks")
    assert first is backstop_of(policy(first, second))
    assert second is backstop_of(policy(second, first))


def test_without_a_backstop_every_rule_that_an_assessment_starts_measures() -> None:
    """Times unchecked are still told; there is only nothing that they could exceed."""
    found = measure_of(policy(SEEN_HIGH, NO_ACCESS))
    assert Measure(None, frozenset({"seen-high"}), frozenset({"seen", "seen_alone"})) == found
    gaps = times(assessed("high", "2023-01-02 09:00"), of=policy(SEEN_HIGH))
    assert [NEVER] == [gap.over for gap in gaps]


# --- times ------------------------------------------------------------------------------------------------------------
def test_checks_cut_the_time_at_risk() -> None:
    """From the start of risk to the first check, from one to the next, until the end. A phone call cuts nothing."""
    gaps = times(
        assessed("high", "2023-02-06 09:00"),
        checked("seen", "2023-02-07 08:00"),
        checked("phone_call", "2023-02-10 08:00"),
        checked("seen_by_agency", "2023-03-01 10:00"),
        until="2023-03-20 00:00",
    )
    assert [
        ("02-06 09:00", "02-07 08:00", Begun.RISK, Closed.CHECKED),
        ("02-07 08:00", "03-01 10:00", Begun.CHECK, Closed.CHECKED),
        ("03-01 10:00", "03-20 00:00", Begun.CHECK, Closed.OPEN),
    ] == said(gaps)


def test_a_check_counts_from_when_it_was_made() -> None:
    """Typed in out of order: the time unchecked is what it was, whatever was known of it then."""
    gaps = times(
        assessed("high", "2023-02-06 09:00"),
        checked("seen", "2023-03-18 09:00"),
        checked("seen", "2023-02-16 09:00", recorded="2023-04-10 09:00"),
        until="2023-04-11 09:00",
    )
    assert [10, 30, 24] == [round(gap.length / timedelta(days=1)) for gap in gaps]
    assert [NEVER] * 3 == [gap.over for gap in gaps]


def test_beyond_the_backstop_is_what_exceeds_its_interval() -> None:
    """Six weeks from the assessment are 20 March, 09:00; the child is seen two days and an hour later."""
    gaps = times(
        assessed("standard", "2023-02-06 09:00"), checked("seen", "2023-03-22 10:00"), until="2023-03-23 00:00"
    )
    assert [timedelta(days=2, hours=1), NEVER] == [gap.over for gap in gaps]


def test_at_the_very_deadline_nothing_is_exceeded() -> None:
    """A check at the deadline is in time."""
    gaps = times(
        assessed("standard", "2023-02-06 09:00"), checked("seen", "2023-03-20 09:00"), until="2023-03-21 00:00"
    )
    assert [NEVER, NEVER] == [gap.over for gap in gaps]


def test_from_a_check_the_interval_is_the_recurring_one() -> None:
    """Where the backstop has one; where it asks once, nothing is owed after the first check, and nothing runs."""
    recurring = rule("net", first="60 days", every="10 days")
    rows = (assessed("high", "2023-02-06 09:00"), checked("seen", "2023-02-07 09:00"))
    gaps = times(*rows, of=policy(recurring), until="2023-03-01 09:00")
    assert [NEVER, timedelta(days=12)] == [gap.over for gap in gaps]
    once = times(*rows, of=policy(rule("net", first="60 days")), until="2023-03-01 09:00")
    assert [("02-06 09:00", "02-07 09:00", Begun.RISK, Closed.CHECKED)] == said(once)


def test_a_closure_that_is_honoured_lifts() -> None:
    """A child that need not be checked is not unchecked; one that is opened again is, from then on."""
    gaps = times(
        assessed("standard", "2023-02-06 09:00"),
        checked("seen", "2023-02-08 09:00"),
        checked("closure_authorised", "2023-02-20 09:00"),
        closed("2023-02-20 10:00"),
        assessed("standard", "2023-03-01 09:00"),
        until="2023-03-02 09:00",
    )
    assert [
        ("02-06 09:00", "02-08 09:00", Begun.RISK, Closed.CHECKED),
        ("02-08 09:00", "02-20 10:00", Begun.CHECK, Closed.LIFTED),
        ("03-01 09:00", "03-02 09:00", Begun.RISK, Closed.OPEN),
    ] == said(gaps)


def test_a_child_that_nothing_is_owed_to_is_never_unchecked() -> None:
    """Without a risk there is no time to be told of."""
    assert [] == list(times(checked("seen", "2023-02-07 09:00")))


@given(histories(), policies())
def test_times_unchecked_follow_one_another(one: History, of: Policy) -> None:
    """No two overlap, none is negative, only the last is open, and each ends where it says."""
    gaps = gaps_of(one, of, UNTIL)
    for before, after in pairwise(gaps):
        assert before.until <= after.since
        assert before.closed is not Closed.OPEN
    for gap in gaps:
        assert gap.since < gap.until <= at(UNTIL)
        assert gap.length == gap.until - gap.since
        assert NEVER <= gap.over <= gap.length
    rules: tuple[Rule, ...] = of.rules
    if backstop_of(policy(*rules)) is None:
        assert all(gap.over == NEVER for gap in gaps)
