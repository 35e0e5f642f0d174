"""Calendar arithmetic: what "10 working days" from a moment is."""

from bisect import bisect_left, bisect_right
from calendar import monthrange
from collections.abc import Iterable
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from riskwatch.core.durations import Duration, Unit

EARLIEST = datetime.min.replace(tzinfo=UTC)
LATEST = datetime.max.replace(tzinfo=UTC)
"""What lies beyond the years 1 to 9999 is held at these ends: arithmetic on a mistyped year must not stop a sweep."""


def resolve_local(naive: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment in UTC of a wall-clock time in a zone.

    A time that the clock change skips moves forward by the gap (01:30 becomes 02:30); of two the first counts.
    """
    try:
        return naive.replace(tzinfo=zone, fold=0).astimezone(UTC)
    except OverflowError:
        return EARLIEST if naive.year == MINYEAR else LATEST


class Calendar:
    """The local calendar of a nation: its time zone and bank holidays. Every moment is aware; results are in UTC."""

    def __init__(self, timezone: ZoneInfo, holidays: Iterable[date] = ()) -> None:
        self.timezone = timezone
        self.holidays = frozenset(holidays)
        # Weekdays are numbered from 1, Monday 1 January of the year 1. Against the number of each holiday on a weekday
        # stands the number of the working day before it, so that both directions are one bisection.
        weekdays = [day for day in sorted(self.holidays) if day.weekday() < 5]
        self._holiday_numbers = [_weekdays_until(day) for day in weekdays]
        self._working_days_before = [number - index for index, number in enumerate(self._holiday_numbers, start=1)]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Calendar):
            return NotImplemented
        return self.timezone.key == other.timezone.key and self.holidays == other.holidays

    def __hash__(self) -> int:
        return hash((self.timezone.key, self.holidays))

    def add(self, moment: datetime, duration: Duration, times: int = 1) -> datetime:
        """Return the moment `times` durations later, in one addition: 31 January and twice "1 month" is 31 March.

        Hours are elapsed hours. All else keeps the wall-clock time on another local date, by the rules of
        `resolve_local` where the clock changes; months end at the month's last day. The first working day after the
        date is number 1, the first before it number -1. Nothing to add returns the moment itself.
        """
        amount, unit = duration
        amount *= times
        if amount == 0:
            return moment
        try:
            if unit is Unit.HOURS:
                return moment + timedelta(0, amount * 3_600)
            local = self.local(moment)
            if unit is Unit.MONTHS:
                return _months_later(local, amount).astimezone(UTC)
            if unit is Unit.WORKING_DAYS:
                days = self._days_to_working_day(local, amount)
            else:
                days = amount * 7 if unit is Unit.WEEKS else amount
            # The sum has fold=0, by which a skipped time moves forward and a doubled one is the first.
            return (local + timedelta(days)).astimezone(UTC)
        except OverflowError:
            return LATEST if amount > 0 else EARLIEST

    def local(self, moment: datetime) -> datetime:
        """Return the moment on the local clock."""
        try:
            return moment.astimezone(self.timezone)
        except OverflowError:
            end = EARLIEST if moment.year == MINYEAR else LATEST
            return end.replace(tzinfo=self.timezone)

    def today(self, moment: datetime) -> date:
        """Return the local date."""
        return self.local(moment).date()

    def next_opening(self, moment: datetime, window: tuple[time, time]) -> datetime:
        """Return the moment itself if the local clock is inside the window (the end excluded), else the next opening.

        A window whose start is later than its end is open over midnight; one with equal ends is always open. An opening
        that the clock change skips moves forward by the gap.
        """
        opens, closes = window
        local = self.local(moment)
        clock = local.time()
        has_opened, has_closed = opens <= clock, closes <= clock
        if (has_opened and not has_closed) if opens < closes else (has_opened or not has_closed):
            return moment
        try:
            day = local if not has_opened else local + timedelta(days=1)
            # In the second pass of a doubled hour the first pass's opening is over: the fold of `day` says which pass.
            return datetime.combine(day, opens.replace(fold=day.fold), self.timezone).astimezone(UTC)
        except OverflowError:
            return LATEST

    def _days_to_working_day(self, day: date, amount: int) -> int:
        """Return how many days on the `amount`-th working day after `day` is (before it, if negative)."""
        if amount > 0:
            weekdays = _weekdays_until(day)
            number = weekdays - bisect_right(self._holiday_numbers, weekdays) + amount
        else:
            weekdays = _weekdays_until(day) - (day.weekday() < 5)
            number = weekdays - bisect_right(self._holiday_numbers, weekdays) + 1 + amount
        weeks, weekday = divmod(number + bisect_left(self._working_days_before, number) - 1, 5)
        return weeks * 7 + weekday + 1 - day.toordinal()


def _weekdays_until(day: date) -> int:
    """Return how many days from Monday to Friday there are from year 1 up to the date, included."""
    weeks, weekday = divmod(day.toordinal() - 1, 7)
    return weeks * 5 + (weekday + 1 if weekday < 5 else 5)


def _months_later(local: datetime, months: int) -> datetime:
    """Return the same wall-clock time some months later, at the latest on the month's last day."""
    year, index = divmod(local.year * 12 + local.month - 1 + months, 12)
    if not MINYEAR <= year <= MAXYEAR:
        raise OverflowError(f"the year {year} is out of range")
    month = index + 1
    return local.replace(year=year, month=month, day=min(local.day, monthrange(year, month)[1]), fold=0)
