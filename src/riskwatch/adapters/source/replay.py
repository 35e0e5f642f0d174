"""Recorded facts shown as a source would have shown them at any moment in the past."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple, TypeVar

from riskwatch.core.facts import Assessment, Changes, Check, Closure, History, Reading
from riskwatch.core.timeline import closure_known_at
from riskwatch.core.trust import Rows, rows_of

_BEFORE_EVERYTHING = datetime.min.replace(tzinfo=UTC)

_Fact = TypeVar("_Fact", Assessment, Check, Closure)


class _Shown(NamedTuple):
    """One child's facts in the order in which they became visible, with those moments beside them."""

    history: History
    assessments: tuple[Sequence[datetime], Sequence[Assessment]]
    checks: tuple[Sequence[datetime], Sequence[Check]]
    closures: tuple[Sequence[datetime], Sequence[Closure]]


class ReplaySource:
    """A source against a turned clock: a row is visible from the moment at which it was recorded, and for ever.

    A closing date is visible from Closure.known_at. A child's unit and officer have no times and are always visible.
    """

    def __init__(self, histories: Mapping[str, History]) -> None:
        self._shown = {child_ref: _shown(history) for child_ref, history in histories.items()}
        appearances = sorted(
            (moment, child_ref)
            for child_ref, shown in self._shown.items()
            for moments in (shown.assessments[0], shown.checks[0], shown.closures[0])
            for moment in moments
        )
        self._moments = [moment for moment, _ in appearances]
        self._child_refs = [child_ref for _, child_ref in appearances]
        self._present = _BEFORE_EVERYTHING

    def until(self, moment: datetime) -> None:
        """Turn the clock: what was recorded up to the moment is visible, the moment included."""
        self._present = moment

    def next_change(self, after: datetime | None) -> datetime | None:
        """Return the next moment at which a row becomes visible, the first of all for None; None where none does."""
        index = 0 if after is None else bisect_right(self._moments, after)
        return self._moments[index] if index < len(self._moments) else None

    def read_all(self, *, batch: int) -> Iterator[Reading]:
        """Yield the histories of all children as they stood, `batch` at a time, in order of child_ref."""
        child_refs = sorted(self._shown)
        for start in range(0, len(child_refs), batch):
            yield self.read(child_refs[start : start + batch])

    def read(self, child_refs: Sequence[str]) -> Reading:
        """Return the histories of these children as they stood; one that is not among the facts is left out."""
        known = (self._shown.get(child_ref) for child_ref in dict.fromkeys(child_refs))
        return Reading(tuple(self._cut(shown) for shown in known if shown is not None))

    def changed_since(self, cursor: str) -> Changes:
        """Return the children of rows that became visible after the cursor ("": all until now), earliest first."""
        start = bisect_right(self._moments, datetime.fromisoformat(cursor)) if cursor else 0
        stop = bisect_right(self._moments, self._present)
        return Changes(tuple(dict.fromkeys(self._child_refs[start:stop])), self._present.isoformat())

    def freshness(self) -> None:
        """Nothing was loaded: recorded facts are what they are."""
        return

    def counts(self) -> Rows:
        """Return how many rows are visible."""
        return rows_of(self._cut(shown) for shown in self._shown.values())

    def _cut(self, shown: _Shown) -> History:
        present = self._present
        closures = _until(shown.closures, present)
        child = shown.history.child
        if not closures and child.closed_at is not None:
            child = child._replace(closed_at=None, closed_recorded_at=None)
        return History(child, _until(shown.assessments, present), _until(shown.checks, present), closures)


def as_recorded(history: History) -> History:
    """Return a history as a source gives it, with every moment at which something became known filled in.

    Where the source has no recorded time it is the event's own; a closing date became known when it had come and was
    recorded.
    """
    closed_at = history.child.closed_at
    known_at = None if closed_at is None else closure_known_at(closed_at, history.child.closed_recorded_at)
    return history._replace(
        assessments=[
            row if row.recorded_at is not None else row._replace(recorded_at=row.assessed_at)
            for row in history.assessments
        ],
        checks=[
            row if row.recorded_at is not None else row._replace(recorded_at=row.checked_at) for row in history.checks
        ],
        closures=() if closed_at is None or known_at is None else (Closure(closed_at, known_at),),
    )


def _shown(history: History) -> _Shown:
    return _Shown(
        history,
        _ordered(
            [(assessment.recorded_at or assessment.assessed_at, assessment) for assessment in history.assessments]
        ),
        _ordered([(check.recorded_at or check.checked_at, check) for check in history.checks]),
        _ordered([(closure.known_at, closure) for closure in history.closures]),
    )


def _ordered(timed: list[tuple[datetime, _Fact]]) -> tuple[Sequence[datetime], Sequence[_Fact]]:
    timed.sort(key=lambda pair: pair[0])
    return tuple(moment for moment, _ in timed), tuple(fact for _, fact in timed)


def _until(timed: tuple[Sequence[datetime], Sequence[_Fact]], present: datetime) -> Sequence[_Fact]:
    moments, facts = timed
    return facts[: bisect_right(moments, present)]
