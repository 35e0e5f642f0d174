"""The workload of a policy: how many letters each recipient would get, of which steps, in which week.

A letter is one recipient's notices of one moment, as a sweep makes them; the hourly cap, which may join some of them
into later ones, is left out. There may be millions of letters, so each notice is packed into one integer, and letters
are counted recipient by recipient.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from heapq import nlargest
from typing import NamedTuple

from riskwatch.core.calendar import Calendar
from riskwatch.core.rivalry import Side

SIDE_BITS, STEP_BITS, SECOND_BITS = 2, 10, 32
STEPS_LIMIT = 1 << STEP_BITS
LONGEST = timedelta(seconds=1 << SECOND_BITS)
"""The longest span whose letters can be counted: 136 years."""
RECIPIENTS_LIMIT = 1 << (63 - SIDE_BITS - STEP_BITS - SECOND_BITS)
MOST_RECIPIENTS = 50
"""How many recipients are listed, those with the most letters first; how many there are is counted."""
_STEP_MASK = STEPS_LIMIT - 1
_QUARTER_S = 900
"""Clocks change on quarters of an hour: within one, every second has the same local date."""


def packed(recipient: int, second: int, step: int, side: Side) -> int:
    """Return a notice as one integer of 63 bits: recipients sort together, and their seconds in order."""
    return (((recipient << SECOND_BITS | second) << STEP_BITS | step) << SIDE_BITS) | int(side)


def by_recipient(records: Iterable[int]) -> Iterator[tuple[int, Sequence[int]]]:
    """Yield each recipient with its packed notices, whose bits above the second are cleared."""
    shift = SIDE_BITS + STEP_BITS + SECOND_BITS
    low = (1 << shift) - 1
    found: dict[int, list[int]] = {}
    for record in records:
        found.setdefault(record >> shift, []).append(record & low)
    yield from found.items()


class Recipient(NamedTuple):
    """One recipient's letters under each policy, and the busiest local day under each (None: no letter)."""

    address: str
    old: int
    new: int
    old_worst: tuple[int, date] | None
    new_worst: tuple[int, date] | None

    @property
    def most(self) -> int:
        """The letters under the policy that gives more."""
        return max(self.old, self.new)


class Workload:
    """Letters counted; its size does not depend on how many there are.

    `by_step` counts a letter under each step that it speaks of, `by_week` once; weeks are named by their Monday.
    """

    def __init__(self) -> None:
        self.letters: Counter[Side] = Counter()
        self.by_week: Counter[tuple[Side, date]] = Counter()
        self.by_step: Counter[tuple[Side, str, date]] = Counter()
        self.recipients = 0
        self.busiest: list[Recipient] = []
        self.worst_day: dict[Side, tuple[int, date, str]] = {}

    def merge(self, other: "Workload") -> None:
        """Add what another workload has counted, of other recipients."""
        self.letters.update(other.letters)
        self.by_week.update(other.by_week)
        self.by_step.update(other.by_step)
        self.recipients += other.recipients
        self.busiest = nlargest(MOST_RECIPIENTS, self.busiest + other.busiest, key=_order)
        for side, worst in other.worst_day.items():
            self.keep_worst(side, worst)

    def keep_worst(self, side: Side, worst: tuple[int, date, str]) -> None:
        """Keep a recipient's worst day if it is the worst of all."""
        if side not in self.worst_day or self.worst_day[side] < worst:
            self.worst_day[side] = worst


class Counting:
    """Counts letters. The notices of one recipient and moment must come together; all else may come in parts."""

    def __init__(self, calendar: Calendar, start: datetime, steps: Sequence[str]) -> None:
        """`start` is the moment of second 0; `steps` are the names by number."""
        self._days = _Days(calendar, start)
        self._steps = steps
        self._by_day: defaultdict[str, dict[Side, Counter[int]]] = defaultdict(_none_counted)
        self._by_step = _none_counted()

    def add(self, address: str, notices: Iterable[int]) -> None:
        """Count some of a recipient's notices, which come without the recipient's bits."""
        by_day = self._by_day[address]
        notices = list(notices)
        days, by_step = self._days, self._by_step
        old, new = Side.OLD.value, Side.NEW.value  # plain numbers: flags would be kept for ever
        told = {one >> SIDE_BITS for one in notices if one & old}, {one >> SIDE_BITS for one in notices if one & new}
        for side, ones in _parts(*told):
            # A step's number is smaller than what a week is shifted by.
            weeks = [days[(one >> STEP_BITS) // _QUARTER_S] // 7 << STEP_BITS | one & _STEP_MASK for one in ones]
            by_step[side].update(weeks)
        for side, seconds in _parts(*({one >> STEP_BITS for one in ones} for ones in told)):
            by_day[side].update([days[second // _QUARTER_S] for second in seconds])

    def workload(self) -> Workload:
        """Return what was counted; every recipient must be complete."""
        work = Workload()
        work.recipients = len(self._by_day)
        for side, counted in _by_side(self._by_step):
            for number, count in counted.items():
                week, step = divmod(number, STEPS_LIMIT)
                work.by_step[side, self._steps[step], _date(week * 7)] += count
        by_week: dict[Side, Counter[int]] = {Side.OLD: Counter(), Side.NEW: Counter()}
        for address, by_day in self._by_day.items():
            worst: dict[Side, tuple[int, date]] = {}
            totals = {Side.OLD: 0, Side.NEW: 0}
            for side, counted in _by_side(by_day):
                if not counted:
                    continue
                totals[side] = counted.total()
                work.letters[side] += totals[side]
                weeks = by_week[side]
                for number, count in counted.items():
                    weeks[number // 7] += count
                most, number = max((count, number) for number, count in counted.items())
                worst[side] = (most, _date(number))
                work.keep_worst(side, (most, _date(number), address))
            one = Recipient(address, totals[Side.OLD], totals[Side.NEW], worst.get(Side.OLD), worst.get(Side.NEW))
            work.busiest.append(one)
        work.busiest = nlargest(MOST_RECIPIENTS, work.busiest, key=_order)
        work.by_week.update(
            {(side, _date(week * 7)): n for side, weeks in by_week.items() for week, n in weeks.items()}
        )
        return work


def _none_counted() -> dict[Side, Counter[int]]:
    return {Side.BOTH: Counter(), Side.OLD: Counter(), Side.NEW: Counter()}


def _parts(old: set[int], new: set[int]) -> Iterator[tuple[Side, set[int]]]:
    """Yield what both policies have, and what either has alone: most is counted in one go."""
    both = old & new
    yield from ((Side.BOTH, both), (Side.OLD, old - both), (Side.NEW, new - both))


def _by_side(parts: Mapping[Side, Counter[int]]) -> Iterator[tuple[Side, Counter[int]]]:
    """Yield what each policy has, of the parts."""
    for side in (Side.OLD, Side.NEW):
        yield side, parts[side] + parts[Side.BOTH]


class _Days(dict[int, int]):
    """The local day of each quarter of an hour: days since Monday 1 January of the year 1."""

    def __init__(self, calendar: Calendar, start: datetime) -> None:
        super().__init__()
        self._calendar = calendar
        self._start = start

    def __missing__(self, quarter: int) -> int:
        moment = self._start + timedelta(seconds=quarter * _QUARTER_S)
        day = self[quarter] = self._calendar.today(moment).toordinal() - 1
        return day


def _date(number: int) -> date:
    return date.fromordinal(number + 1)


def _order(one: Recipient) -> tuple[int, str]:
    return (one.most, one.address)
