"""Calendar arithmetic: what "10 working days" from a moment is."""

from collections.abc import Iterable
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from riskwatch.core.durations import Duration


class Calendar:
    """The local calendar of a nation: its time zone and bank holidays. Every moment is aware; results are in UTC."""

    def __init__(self, timezone: ZoneInfo, holidays: Iterable[date] = ()) -> None:
        raise NotImplementedError

    def add(self, moment: datetime, duration: Duration, times: int = 1) -> datetime:
        """Return the moment `times` durations later, in one addition."""
        raise NotImplementedError

    def local(self, moment: datetime) -> datetime:
        """Return the moment on the local clock."""
        raise NotImplementedError

    def next_opening(self, moment: datetime, window: tuple[time, time]) -> datetime:
        """Return the moment itself if the local clock is inside the window (the end excluded), else the next opening."""
        raise NotImplementedError
