"""Stakes: what a half-loaded extract could take from a child, and what may be kept of it all the same."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import NamedTuple

from riskwatch.core.account import Account
from riskwatch.core.facts import History, Sighting
from riskwatch.core.reconciling import Change
from riskwatch.core.tracking import Decision, Ending, Tracked, Watched

LOOKED_UP_AGAIN = timedelta(minutes=5)
"""How long a record of the future whose time has come waits where the source is not believed, or does not answer."""


class Caution(Enum):
    """How a child whose rows have changed is taken."""

    BELIEVE = "keep all that follows"
    HOLD = "keep it, unless something is at stake: then read the child again once the look is judged"
    TIGHTEN = "keep what is newly owed; what was known stays"


class Reckoned(NamedTuple):
    """What follows from one child's rows. `before` is the child as last kept, None where it is new."""

    before: Watched | None
    child: Watched
    changes: Sequence[Change]
    new: frozenset[str]  # the keys of what was never kept before
    seen: Sequence[Sighting]
    kept: Sequence[Tracked] = ()  # what was kept before
    stands: int = 0  # how many running obligations keep another deadline than the policy would give them


class Stakes:
    """What is at stake in one look at the source.

    `good_at` is the last good look, None before the first. `visits_count`: a recorded check settles what is owed before
    the look is judged; of a few children it may, because no gap adds a row. `checks_missing` is known once it is.
    """

    def __init__(self, good_at: datetime | None, *, visits_count: bool) -> None:
        self._good_at = good_at
        self.visits_count = visits_count
        self.checks_missing = False

    def are_in(self, one: Reckoned) -> bool:
        """Whether it would matter if rows were missing: something ends, is doubted or reopened, or whose it is goes."""
        before, child = one.before, one.child
        if before is not None and ((before.unit and not child.unit) or (before.officer and not child.officer)):
            return True
        if any(seen.gone_at is not None for seen in one.seen):
            return True
        return any(self._may_be_a_gap(change, one.new) for change in one.changes)

    def tightened(self, one: Reckoned, now: datetime) -> Reckoned:
        """Return what may be kept where the look is not believed: what is newly owed. The child is read again."""
        changes = [change for change in one.changes if change.decision is Decision.OWED and self._is_owed(change, one)]
        seen = [seen for seen in one.seen if seen.gone_at is None]
        return one._replace(child=_unsettled(one, now), changes=changes, seen=seen)

    def _may_be_a_gap(self, change: Change, new: frozenset[str]) -> bool:
        if change.decision is Decision.OWED:
            return change.tracked.key in new and self._is_old(change.tracked)
        if change.decision is Decision.ENDED and change.tracked.ending is Ending.DISCHARGED:
            return not self.visits_count
        return True

    def _is_owed(self, change: Change, one: Reckoned) -> bool:
        """Whether it is owed even if visits are missing: what is old and met long ago must not look overdue."""
        return not (self.checks_missing and change.tracked.key in one.new and self._is_old(change.tracked))

    def _is_old(self, tracked: Tracked) -> bool:
        return self._good_at is not None and tracked.owed_from <= self._good_at


def _unsettled(one: Reckoned, now: datetime) -> Watched:
    """Return the child as it was, or new and yet to be reckoned in full."""
    child = one.child._replace(digest="") if one.before is None else one.before
    return postponed(child, now)


def postponed(child: Watched, now: datetime) -> Watched:
    """Return the child with a look that is due put off a little: not lost, and not asked for every second."""
    due = child.next_known_at is not None and child.next_known_at <= now
    return child._replace(next_known_at=now + LOOKED_UP_AGAIN) if due else child


def watched_of(history: History, account: Account, mark: str) -> Watched:
    """Return the child as it is to be kept."""
    child = history.child
    return Watched(
        child_ref=child.child_ref,
        unit=child.unit,
        officer=child.officer,
        tier=account.tier,
        standing=account.standing,
        digest=mark,
        next_known_at=account.next_known_at,
    )


def has_moved(before: Watched | None, now: Watched) -> bool:
    """Whether the child's unit or officer is another than before."""
    return before is not None and (before.unit, before.officer) != (now.unit, now.officer)
