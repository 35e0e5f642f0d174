"""Whole histories and policies for property tests, on a coarse grid of times so that coincidences happen.

Nothing is too odd for a history: late, future-dated and backdated rows, tiers and concerns that nobody listed, closures
that are recorded late or disappear again, authority before and after them.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from riskwatch.core.durations import parse_duration
from riskwatch.core.facts import Assessment, Check, Child, Closure, History
from riskwatch.core.policy import Closing, Policy, Rule
from riskwatch.core.timeline import closure_known_at
from tests.builders import MONDAY, at
from tests.example_policy import CALENDAR, CHECK_KINDS, LADDERS, SEEN, TIERS, policy, rule

START = at(MONDAY)
CONCERNS = ("general", "neglect", "sexual_abuse", "nobody_listed_this")
TIER_WORDS = (*TIERS, "no_further_action", "", "HIGH")
KINDS = (*SEEN, "seen_by_agency", "no_access", "taken_into_protection", "placement_visit", "closure_authorised")
KIND_WORDS = (*KINDS, "phone_call", "nobody_listed_this")
MAX_ROWS = 6
"""Of each kind in a history: enough for every pair of events to meet, few enough for an example to be read."""

grid = st.one_of(st.integers(0, 24), st.integers(0, 400)).map(lambda slot: START + timedelta(hours=12 * slot))
"""Half a day apart, mostly within the first twelve days."""
any_moments = st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.replace(microsecond=0))
extremes = st.sampled_from(
    [
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(1, 1, 1, 12, tzinfo=UTC),
        datetime(9999, 12, 31, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
    ]
)
wild = st.one_of(grid, extremes, any_moments)
"""Moments from the year 1 to the year 9999, as a typing error makes them."""


@st.composite
def assessments(
    draw: st.DrawFn, times: st.SearchStrategy[datetime] = grid, identity: str = "A", child_ref: str = "C1"
) -> Assessment:
    """An assessment of any tier and concern, recorded before, at or after its own time, or nobody knows when."""
    return Assessment(
        identity,
        child_ref,
        draw(st.sampled_from(CONCERNS)),
        draw(st.sampled_from(TIER_WORDS)),
        draw(times),
        draw(st.none() | times),
    )


@st.composite
def checks(
    draw: st.DrawFn,
    times: st.SearchStrategy[datetime] = grid,
    identity: str = "K",
    child_ref: str = "C1",
    kinds: Sequence[str] = KIND_WORDS,
) -> Check:
    """A check of any kind, recorded before, at or after its own time, or nobody knows when."""
    return Check(identity, child_ref, draw(st.sampled_from(kinds)), draw(times), draw(st.none() | times))


@st.composite
def closures(draw: st.DrawFn, times: st.SearchStrategy[datetime] = grid) -> Closure:
    """A closing date, perhaps recorded late, perhaps gone again after it became known."""
    closed_at = draw(times)
    known_at = closure_known_at(closed_at, draw(st.none() | times))
    gone_at = draw(st.none() | times)
    return Closure(closed_at, known_at, gone_at if gone_at is not None and gone_at > known_at else None)


@st.composite
def histories(
    draw: st.DrawFn,
    times: st.SearchStrategy[datetime] = grid,
    child_ref: str = "C1",
    kinds: Sequence[str] = KIND_WORDS,
    most_closures: int = 3,
) -> History:
    """Everything known of one child, in an order that means nothing."""
    how_many = st.integers(0, MAX_ROWS)
    return History(
        Child(child_ref, "york", "pc.one@north.police.uk"),
        tuple(draw(assessments(times, f"A{n}", child_ref)) for n in range(draw(how_many))),
        tuple(draw(checks(times, f"K{n}", child_ref, kinds)) for n in range(draw(how_many))),
        tuple(draw(st.lists(closures(times), max_size=most_closures))),
    )


@st.composite
def rules(draw: st.DrawFn, name: str) -> Rule:
    """A rule of any shape: what starts it may satisfy it, its tiers may have a gap, it may ask once or for ever."""
    kinds = st.sets(st.sampled_from(KINDS), min_size=1, max_size=3)
    return rule(
        name,
        tiers=draw(st.just(frozenset[str]()) | st.sets(st.sampled_from(TIERS), min_size=1)),
        concerns=draw(st.just(frozenset[str]()) | st.sets(st.sampled_from(CONCERNS[1:3]), min_size=1)),
        starts_on=draw(st.sampled_from(["entry", "assessment"]) | kinds),
        first=draw(st.sampled_from(["0 hours", "12 hours", "1 day", "2 working days", "1 month"])),
        every=draw(st.sampled_from([None, "12 hours", "2 days", "3 working days", "3 months"])),
        satisfied_by=draw(st.just(frozenset(SEEN)) | kinds),
        ladder=draw(st.sampled_from(sorted(LADDERS))),
    )


@st.composite
def policies(draw: st.DrawFn, authorised_by: frozenset[str] = frozenset({"closure_authorised"})) -> Policy:
    """The example policy, or one of up to four rules of any shape; what relaxes and what closes varies in both."""
    made_up = [draw(rules(f"rule-{n}")) for n in range(draw(st.integers(0, 4)))]
    recent_check = draw(st.sampled_from([None, "0 hours", "1 day", "5 working days"]))
    return policy(
        *made_up,
        calendar=CALENDAR,
        check_kinds=CHECK_KINDS,
        recent_check=None if recent_check is None else parse_duration(recent_check),
        unknown_tier_runs_as=draw(st.sampled_from(TIERS)),
        concerns=draw(st.sampled_from([None, frozenset(CONCERNS[:3])])),
        no_further_action=draw(st.sampled_from([frozenset(), frozenset({"no_further_action"})])),
        closing=Closing(authorised_by, draw(st.sets(st.sampled_from(TIERS)).map(frozenset))),
    )


def known(history: History, now: datetime) -> History:
    """Return a history without the rows that became known after a time, as somebody would have read it then."""
    return history._replace(
        assessments=[row for row in history.assessments if (row.recorded_at or row.assessed_at) <= now],
        checks=[row for row in history.checks if max(row.checked_at, row.recorded_at or row.checked_at) <= now],
        closures=[
            row._replace(gone_at=row.gone_at if row.gone_at is not None and row.gone_at <= now else None)
            for row in history.closures
            if row.known_at <= now
        ],
    )
