"""What a report counts over a period, for any number of children; what is listed is bounded, and the rest counted."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Generic, NamedTuple, TypeVar

from riskwatch.core.facts import Rejected
from riskwatch.core.lengths import Lengths
from riskwatch.core.notices import Fate, Kind
from riskwatch.core.unchecked import Closed, Unchecked

WORST = 25
"""The longest of a kind that are named by their reference."""
LISTED = 100_000
"""Times beyond the backstop, and closures, that are listed at most; how many there were is counted."""
UNTOLD_LISTED = 10_000
"""Missed deadlines of which nobody was told that are listed at most."""
REJECTED_LISTED = 1_000
"""Rows that cannot be read that are listed at most."""


class Period(NamedTuple):
    """From when until when, the end excluded."""

    start: datetime
    end: datetime


class Outcome(StrEnum):
    """What became of a deadline by the end of the period; each deadline is exactly one."""

    ON_TIME = "on_time"  # a satisfying check, recorded by the deadline
    RECORDED_LATE = "recorded_late"  # a check made by the deadline and recorded after it
    LATE = "late"  # a check made after the deadline
    STANDING = "standing"  # overdue still
    LIFTED_LATE = "lifted_late"  # ended after the deadline without a check: authority, a closure, a lowering
    LIFTED = "lifted"  # ended by the deadline without a check: nobody had to be seen


OVERDUE = (Outcome.RECORDED_LATE, Outcome.LATE, Outcome.STANDING, Outcome.LIFTED_LATE)
"""The outcomes of what was overdue for a time."""


class Heard(StrEnum):
    """What the books say of telling of a deadline that was missed."""

    TOLD = "told"  # an overdue notice was sent
    WAITING = "waiting"  # one was decided, and had not left by the end of the period
    UNDELIVERED = "undelivered"  # one was decided, and refused by the mail server, or struck out before it left
    BEFORE_BOOKS = "before_books"  # nothing is in the books, which begin only after it fell due
    NOBODY = "nobody"  # nothing is in the books


class Led(StrEnum):
    """What came of telling somebody at a rung."""

    CHECKED = "checked"  # a check was made after it
    SEEN_BEFORE = "seen_before"  # the check had been made already, and was recorded after it
    LIFTED = "lifted"  # it ended without a check
    STANDING = "standing"  # overdue still
    OVER = "over"  # the end had become known before the letter was sent


class Telling(NamedTuple):
    """A notice in the books. `sent_at` is when the mail server took it, None where it had not by the period's end."""

    subject: str
    child_ref: str
    kind: Kind
    step: str
    fate: Fate
    decided_at: datetime
    sent_at: datetime | None


class Missed(NamedTuple):
    """A deadline that was missed: by how much, and what became of it."""

    late: timedelta
    child_ref: str
    unit: str
    rule: str
    due_at: datetime
    known_at: datetime  # from when it was known to be owed
    ended_at: datetime | None
    outcome: Outcome
    heard: Heard


class Uncovered(NamedTuple):
    """A time unchecked, with the child's unit and the tier in force at its end."""

    gap: Unchecked
    unit: str
    tier: str


class LateRecord(NamedTuple):
    """A check, and how long after it was made it was recorded."""

    delay: timedelta
    child_ref: str
    unit: str
    kind: str
    checked_at: datetime
    known_at: datetime


class Closing(NamedTuple):
    """A closure that was not honoured. `told_at` is when somebody was told of it, by the books."""

    known_at: datetime
    child_ref: str
    unit: str
    authority_needed: bool
    settled_at: datetime | None
    told_at: datetime | None


Cell = tuple[str, str, int]
"""A unit, a tier, and a month as its year times twelve and its number from 0."""

T = TypeVar("T", Missed, Uncovered, LateRecord, Closing, Rejected)


class Listing(Generic[T]):
    """Cases, the largest first; beyond the bound the smallest are let go, and counted.

    They are ordered by their first fields, so many as `width` says, none of which may be missing.
    """

    def __init__(self, most: int, width: int) -> None:
        self._most = most
        self._width = width
        self._kept: list[T] = []
        self.number = 0

    def add(self, one: T) -> None:
        """Keep one more."""
        self._kept.append(one)
        self.number += 1
        self._cut_in_time()

    def merge(self, other: "Listing[T]") -> None:
        """Keep those of another, too."""
        self._kept += other._kept
        self.number += other.number
        self._cut_in_time()

    @property
    def kept(self) -> Sequence[T]:
        """Those that are kept, the largest first; of equals always the same."""
        self._cut()
        return tuple(self._kept)

    @property
    def beyond(self) -> int:
        """How many were let go."""
        return self.number - len(self.kept)

    def _cut_in_time(self) -> None:
        if len(self._kept) >= 2 * self._most:
            self._cut()

    def _cut(self) -> None:
        self._kept.sort(key=lambda one: one[: self._width], reverse=True)
        del self._kept[self._most :]


class Rung:
    """What came of telling at one step of the ladders."""

    def __init__(self) -> None:
        self.led: Counter[Led] = Counter()
        self.last = 0  # for how many it was the last rung that was told before the end was known
        self.to_check = Lengths()  # from the telling to the check
        self.to_record = Lengths()  # from the telling to its recording

    @property
    def told(self) -> int:
        """Of how many deadlines somebody was told at this step."""
        return self.led.total()

    def merge(self, other: "Rung") -> None:
        """Add what another counts."""
        self.led.update(other.led)
        self.last += other.last
        self.to_check.merge(other.to_check)
        self.to_record.merge(other.to_record)


class Evidence:
    """The counts of a report."""

    def __init__(self) -> None:
        # --- children
        self.given = 0
        self.reckoned = 0
        self.elsewhere = 0  # of other units than the one asked for
        self.failures = 0
        self.failed: list[str] = []
        # --- deadlines
        self.deadlines = 0
        self.met: Counter[tuple[Cell, Outcome]] = Counter()
        self.by_rule: Counter[tuple[str, Outcome]] = Counter()
        self.missed: Listing[Missed] = Listing(WORST, 6)
        # --- what was overdue when
        self.carried = 0  # overdue when the period began
        self.fell = 0  # became overdue in it
        self.ended = 0  # overdue, and ended in it
        self.standing = 0  # overdue when it ended
        # --- times unchecked
        self.gaps: Counter[Closed] = Counter()
        self.gap_lengths = Lengths()
        self.longest: Listing[Uncovered] = Listing(WORST, 3)
        self.over: Listing[Uncovered] = Listing(LISTED, 3)
        # --- what was told
        self.heard: Counter[Heard] = Counter()
        self.from_deadline = Lengths()
        self.from_known = Lengths()
        # Of what fell due before the books begin nothing is known, and so nothing is listed.
        self.unheard: Listing[Missed] = Listing(UNTOLD_LISTED, 6)
        self.rungs: dict[str, Rung] = {}
        self.told_only_after = 0
        # --- records
        self.records = 0
        self.untimed = 0
        self.delays: dict[str, Lengths] = {}
        self.latest: Listing[LateRecord] = Listing(WORST, 6)
        self.closings: Listing[Closing] = Listing(LISTED, 3)
        self.rejected_rows = 0
        self.rejected: Counter[tuple[str, str, bool]] = Counter()
        self.rejected_list: Listing[Rejected] = Listing(REJECTED_LISTED, 6)

    def rung(self, step: str) -> Rung:
        """Return the counts of a step."""
        return self.rungs.setdefault(step, Rung())

    def delays_of(self, unit: str) -> Lengths:
        """Return the delays of a unit's records."""
        return self.delays.setdefault(unit, Lengths())

    def fail(self, child_ref: str) -> None:
        """Count a child that could not be reckoned: it must not stop the others, nor be passed over in silence."""
        self.failures += 1
        self.failed = sorted([*self.failed, child_ref])[:WORST]

    def reject(self, row: Rejected) -> None:
        """Count a row that could not be read."""
        self.rejected_rows += 1
        self.rejected[str(row.table), row.column, row.counted] += 1
        self.rejected_list.add(row)

    def merge(self, other: "Evidence") -> None:
        """Add what another has counted."""
        for name, mine in vars(self).items():
            theirs = getattr(other, name)
            if isinstance(mine, int):
                setattr(self, name, mine + theirs)
            elif isinstance(mine, Counter):
                mine.update(theirs)
            elif isinstance(mine, (Lengths, Listing)):
                mine.merge(theirs)
        self.failed = sorted([*self.failed, *other.failed])[:WORST]
        for step, rung in other.rungs.items():
            self.rung(step).merge(rung)
        for unit, lengths in other.delays.items():
            self.delays_of(unit).merge(lengths)


class Letters(NamedTuple):
    """The letters made in the period, from the books: how many to whom, for what and in what state, and all in all."""

    groups: Sequence[tuple[str, str, str, int]]
    total: int


class InForce(NamedTuple):
    """A configuration that was taken up: version and fingerprint of its policy, who took it up, who approved it."""

    since: datetime
    version: str
    fingerprint: str
    by: str
    approved_by: str
