"""A replay shows at every moment what had been recorded by then."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from riskwatch.adapters.source.replay import ReplaySource
from riskwatch.core.facts import Assessment, Check, Child, Closure, History
from tests.adapters.source.agency import at, only

START = at("2021-09-07T09:00")


def moment(hours: int) -> datetime:
    return START + timedelta(hours=hours)


HOURS = st.integers(min_value=0, max_value=20)
RECORDED = st.none() | HOURS.map(moment)


@st.composite
def histories_of(draw: st.DrawFn, child_ref: str) -> History:
    """A history of a few rows within twenty hours, many of them at one moment."""
    numbers = range(draw(st.integers(0, 4)))
    assessments = [
        Assessment(f"A{number}", child_ref, "general", "high", moment(draw(HOURS)), draw(RECORDED))
        for number in numbers
    ]
    checks = [Check(f"K{number}", child_ref, "seen", moment(draw(HOURS)), draw(RECORDED)) for number in numbers]
    closed_at = draw(RECORDED)
    if closed_at is None:
        return History(Child(child_ref, "filey"), assessments, checks)
    known_at = max(closed_at, moment(draw(HOURS)))
    return History(
        Child(child_ref, "filey", "", closed_at, known_at), assessments, checks, [Closure(closed_at, known_at)]
    )


WORLDS = st.tuples(histories_of("C1"), histories_of("C2"), histories_of("C3")).map(
    lambda found: {history.child.child_ref: history for history in found}
)


def cut(history: History, present: datetime) -> tuple[object, ...]:
    """What had been recorded by then, found by looking at every row."""
    closures = {closure for closure in history.closures if closure.known_at <= present}
    return (
        history.child if closures else history.child._replace(closed_at=None, closed_recorded_at=None),
        {row for row in history.assessments if (row.recorded_at or row.assessed_at) <= present},
        {row for row in history.checks if (row.recorded_at or row.checked_at) <= present},
        closures,
    )


def unordered(history: History) -> tuple[object, ...]:
    return (history.child, set(history.assessments), set(history.checks), set(history.closures))


def appearances(histories: Iterable[History]) -> list[tuple[datetime, str]]:
    """When each row appears, and whose it is."""
    return [
        (appears, history.child.child_ref)
        for history in histories
        for appears in (
            *(row.recorded_at or row.assessed_at for row in history.assessments),
            *(row.recorded_at or row.checked_at for row in history.checks),
            *(row.known_at for row in history.closures),
        )
    ]


@given(WORLDS, HOURS)
def test_reading_is_what_had_been_recorded(world: dict[str, History], hours: int) -> None:
    """A reading at any moment equals the histories filtered by hand."""
    source = ReplaySource(world)
    source.until(moment(hours))
    expected = [cut(history, moment(hours)) for history in world.values()]
    assert expected == [unordered(history) for history in source.read(["C1", "C2", "C3"]).histories]
    batches = list(source.read_all(batch=2))
    assert [len(reading.histories) for reading in batches] == [2, 1]
    assert expected == [unordered(history) for reading in batches for history in reading.histories]


@given(WORLDS, HOURS, HOURS)
def test_changes_are_what_appeared_between(world: dict[str, History], first: int, hours: int) -> None:
    """The children changed since a cursor are those of rows that appeared after it and until now."""
    source = ReplaySource(world)
    source.until(moment(first))
    before = source.changed_since("")
    assert {ref for appears, ref in appearances(world.values()) if appears <= moment(first)} == set(before.child_refs)
    source.until(moment(first + hours))
    later = source.changed_since(before.cursor)
    assert {
        ref for appears, ref in appearances(world.values()) if moment(first) < appears <= moment(first + hours)
    } == set(later.child_refs)
    assert len(set(later.child_refs)) == len(later.child_refs)


@given(WORLDS)
def test_every_change_is_visited(world: dict[str, History]) -> None:
    """Going from change to change meets each moment at which a row appears, in order, and then ends."""
    source = ReplaySource(world)
    visited: list[datetime] = []
    while (following := source.next_change(visited[-1] if visited else None)) is not None:
        visited.append(following)
    assert sorted({appears for appears, _ in appearances(world.values())}) == visited


def test_future_check_is_visible_once_recorded() -> None:
    """A check dated in the future is shown from when it was recorded; what it is worth is decided elsewhere."""
    source = ReplaySource({"C1": History(Child("C1"), checks=[Check("K1", "C1", "seen", moment(5), moment(1))])})
    assert only(source.read(["C1"])).checks == ()
    source.until(moment(1))
    assert len(only(source.read(["C1", "C1", "unknown"])).checks) == 1
