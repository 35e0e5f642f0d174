"""What a new policy would have changed: deadlines that move, time unchecked, and who would have heard when.

Checks are taken to have been made when they were made: nobody can know who would have gone earlier for a letter.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from heapq import nlargest
from typing import NamedTuple

from riskwatch.core.notices import Kind, Told
from riskwatch.core.rivalry import Courses, Rivals, Side
from riskwatch.core.timeline import Moment, dated
from riskwatch.core.tracking import Basis, Tracked

MOST = 10
"""How many examples are kept of each kind; how many there were is counted."""
MOST_FAILED = 20
"""How many children that could not be reckoned are named; how many there were is counted."""
NEVER = timedelta(0)


class Span(NamedTuple):
    """From when until when, the end excluded, lives and letters are compared. The courses begin with the records."""

    start: datetime
    end: datetime


class Move(StrEnum):
    """What becomes of an obligation: the same rule, counted from the same start, under the new policy."""

    APPEARS = "appears"
    VANISHES = "vanishes"
    EARLIER = "earlier"
    LATER = "later"


class Moved(NamedTuple):
    """An obligation that the new policy would change; the deadline is None under the policy that does not ask for it.

    `weight` is by how much: how far the deadline moves, or how long it would be, or was, overdue.
    """

    weight: timedelta
    child_ref: str
    rule: str
    started_at: datetime
    old_due_at: datetime | None
    new_due_at: datetime | None


class Heard(NamedTuple):
    """What one policy makes of a time unchecked: the earliest deadline that was missed in it, and the first overdue
    notice, to whomever; None where there was none."""

    overdue_from: datetime | None
    told_at: datetime | None


class Gap(NamedTuple):
    """A time in which a child was not checked: between two visits, or from its first assessment, or until the span's
    end. A visit is a check of a kind that satisfies a rule of either policy, at the time at which it was made. It is
    cut where nothing is owed any longer under either policy: a child who is closed is not unchecked."""

    length: timedelta
    child_ref: str
    since: datetime
    until: datetime
    old: Heard
    new: Heard


class Stretch(NamedTuple):
    """A length of time of one child; `rule` is blank where it is none of a rule's."""

    length: timedelta
    child_ref: str
    since: datetime
    until: datetime
    rule: str = ""


class Tally:
    """What is different, over any number of children; its size does not depend on how many they are."""

    def __init__(self) -> None:
        self.children = 0
        self.affected = 0
        self.moves: Counter[tuple[Move, str]] = Counter()
        self.owed: Counter[tuple[Side, str]] = Counter()
        self.overdue: Counter[tuple[Side, str]] = Counter()
        self.examples: dict[Move, list[Moved]] = {move: [] for move in Move}
        self.gaps: list[Gap] = []
        self.longest_overdue: dict[Side, Stretch] = {}
        self.longest_unheard: dict[Side, Stretch] = {}
        self.failed: list[str] = []
        self.failures = 0

    def merge(self, other: "Tally") -> None:
        """Add what another tally has counted."""
        self.children += other.children
        self.affected += other.affected
        self.failures += other.failures
        self.failed = (self.failed + other.failed)[:MOST_FAILED]
        self.moves.update(other.moves)
        self.owed.update(other.owed)
        self.overdue.update(other.overdue)
        for move in Move:
            self.examples[move] = nlargest(MOST, self.examples[move] + other.examples[move], key=_order)
        self.gaps = nlargest(MOST, self.gaps + other.gaps, key=_order)
        for mine, theirs in (
            (self.longest_overdue, other.longest_overdue),
            (self.longest_unheard, other.longest_unheard),
        ):
            for side, stretch in theirs.items():
                _keep_longest(mine, side, stretch)

    def fail(self, child_ref: str) -> None:
        """Count a child that could not be reckoned: it must not stop the others, nor be passed over in silence."""
        self.children += 1
        self.failures += 1
        self.failed = [*self.failed, child_ref][:MOST_FAILED]


class Comparison:
    """Compares child by child, and adds what it finds to a tally."""

    def __init__(self, rivals: Rivals, span: Span) -> None:
        self.tally = Tally()
        self._span = span
        rules = (*rivals.old.policy.rules, *rivals.new.policy.rules)
        self._visits = frozenset(kind for rule in rules for kind in rule.satisfied_by)

    def add(self, courses: Courses) -> None:
        """Count one child."""
        tally = self.tally
        tally.children += 1
        old, new = self._alive(courses.old.lives), self._alive(courses.new.lives)
        self._count(courses.child_ref, Side.OLD, old)
        self._count(courses.child_ref, Side.NEW, new)
        moved = list(self._moved(courses.child_ref, old, new))
        for move, one in moved:
            tally.moves[move, one.rule] += 1
            _keep_large(tally.examples[move], one)
        if moved or self._tells_otherwise(courses):
            tally.affected += 1
        self._find_gaps(courses)

    def _alive(self, lives: Iterable[Tracked]) -> dict[str, Tracked]:
        """Return the obligations that were owed at some moment of the span, by key."""
        start = self._span.start
        return {
            life.key: life
            for life in lives
            if life.basis is not Basis.CLOSING and (life.ended_at is None or life.ended_at >= start)
        }

    def _count(self, child_ref: str, side: Side, lives: dict[str, Tracked]) -> None:
        tally, end = self.tally, self._span.end
        longest = tally.longest_overdue
        for rule, count in Counter([life.rule for life in lives.values()]).items():
            tally.owed[side, rule] += count
        for life in lives.values():
            late = life.overdue_by(end)
            if late > NEVER:
                tally.overdue[side, life.rule] += 1
                if side not in longest or late >= longest[side].length:
                    _keep_longest(longest, side, Stretch(late, child_ref, life.due_at, life.due_at + late, life.rule))

    def _moved(self, child_ref: str, old: dict[str, Tracked], new: dict[str, Tracked]) -> Iterator[tuple[Move, Moved]]:
        end = self._span.end
        for key, life in old.items():
            other = new.get(key)
            if other is None:
                yield (
                    Move.VANISHES,
                    Moved(life.overdue_by(end), child_ref, life.rule, life.started_at, life.due_at, None),
                )
            elif other is not life and other.due_at != life.due_at:
                move = Move.EARLIER if other.due_at < life.due_at else Move.LATER
                weight = abs(other.due_at - life.due_at)
                yield move, Moved(weight, child_ref, life.rule, life.started_at, life.due_at, other.due_at)
        for key, life in new.items():
            if key not in old:
                yield (
                    Move.APPEARS,
                    Moved(life.overdue_by(end), child_ref, life.rule, life.started_at, None, life.due_at),
                )

    def _tells_otherwise(self, courses: Courses) -> bool:
        """Whether somebody would have been told otherwise in the span, though every deadline is the same."""
        said: dict[Side, set[tuple[datetime, str]]] = {Side.OLD: set(), Side.NEW: set()}
        for side, told in courses.told:
            if side is not Side.BOTH:
                said[side] |= {(one.decided_at, one.notice.key) for one in told if one.decided_at >= self._span.start}
        return said[Side.OLD] != said[Side.NEW]

    # --- time unchecked ----------------------------------------------------------------------------------------------
    def _find_gaps(self, courses: Courses) -> None:
        """Find the times unchecked that are longer than those found so far."""
        tally = self.tally
        shortest = tally.gaps[-1].length if len(tally.gaps) == MOST else NEVER
        unheard = [tally.longest_unheard[side].length for side in (Side.OLD, Side.NEW) if side in tally.longest_unheard]
        least = min([shortest, *unheard]) if len(unheard) == 2 else NEVER
        for since, until in self._between_visits(courses.moments):
            if until - since < least:
                continue
            gap = _gap(courses, since, until)
            if gap is None:
                continue
            if gap.length >= shortest:
                _keep_large(tally.gaps, gap)
            for side, heard in ((Side.OLD, gap.old), (Side.NEW, gap.new)):
                heard_at = gap.until if heard.told_at is None else heard.told_at
                _keep_longest(
                    tally.longest_unheard, side, Stretch(heard_at - since, courses.child_ref, since, heard_at)
                )

    def _between_visits(self, moments: Sequence[Moment]) -> Iterator[tuple[datetime, datetime]]:
        """Yield the times between visits from the first assessment on, in the span at least with their ends."""
        first = min((dated(row) for moment in moments for row in moment.assessments), default=None)
        if first is None:
            return
        start, end = self._span
        visits = sorted(
            {
                c.checked_at
                for moment in moments
                for c in moment.checks
                if c.kind in self._visits and c.checked_at > first
            }
        )
        since = first
        for visit in visits:
            if visit > start:
                yield since, visit
            since = visit
        yield since, end


def _gap(courses: Courses, since: datetime, until: datetime) -> Gap | None:
    """Return the time unchecked as far as something was owed in it, and what each policy made of it."""
    running = {
        side: [life for life in lives if life.started_at < until and (life.ended_at is None or life.ended_at > since)]
        for side, lives in ((Side.OLD, courses.old.lives), (Side.NEW, courses.new.lives))
    }
    ends = [until if life.ended_at is None else life.ended_at for lives in running.values() for life in lives]
    until = min(until, max(ends, default=since))
    if until <= since:
        return None
    old = _heard(running[Side.OLD], courses.old.told, since, until)
    new = _heard(running[Side.NEW], courses.new.told, since, until)
    return Gap(until - since, courses.child_ref, since, until, old, new)


def _heard(running: Iterable[Tracked], told: Iterable[Told], since: datetime, until: datetime) -> Heard:
    return Heard(
        min((life.due_at for life in running if life.overdue_by(until) > NEVER), default=None),
        min(
            (one.decided_at for one in told if one.notice.kind is Kind.OVERDUE and since <= one.decided_at < until),
            default=None,
        ),
    )


def _order(one: Moved | Gap) -> tuple[timedelta, str, datetime]:
    """The worst first; of equals always the same."""
    return (one[0], one.child_ref, one[3])


def _keep_large(kept: list, one: Moved | Gap) -> None:  # type: ignore[type-arg]
    """Keep one among the largest, the largest first."""
    if len(kept) == MOST:
        if _order(one) <= _order(kept[-1]):
            return
        kept.pop()
    kept.append(one)
    kept.sort(key=_order, reverse=True)


def _keep_longest(kept: dict[Side, Stretch], side: Side, stretch: Stretch) -> None:
    if side not in kept or (kept[side].length, kept[side][1:]) < (stretch.length, stretch[1:]):
        kept[side] = stretch
