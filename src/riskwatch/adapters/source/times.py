"""Reading a moment as a source gives it: ISO 8601 text, or a driver's own dates."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from riskwatch.core.calendar import EARLIEST, LATEST, resolve_local

_DAYS_LIMIT = 100_000
_ORIGIN = datetime(2000, 1, 1)  # noqa: DTZ001  a wall-clock time, of no zone
_USUAL_SEPARATORS = frozenset({"", "T", " ", "t"})
_OTHER_SHAPES = re.compile(r"\d{4}(\d{4}|-?W\d\d(-?\d)?)([Tt ]\d.*)?", re.ASCII)


class UnreadableTime(ValueError):
    """A cell that holds something, but no time."""


class Times:
    """Reads moments; a time without an offset is local to the zone."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        # For each local day the moment that _ORIGIN would be by that day's offset; None for a day on which the offset
        # changes. Millions of naive times are read by one addition, ten times faster than through the zone.
        self._origins: dict[int, datetime | None] = {}

    def read(self, value: object) -> datetime | None:
        """Return the moment in UTC, in whole seconds; None where the cell is blank. Raises UnreadableTime."""
        if type(value) is str:
            moment = self._from_text(value)
        elif isinstance(value, datetime):
            moment = value
        elif value is None:
            return None
        elif isinstance(value, date):
            moment = datetime(value.year, value.month, value.day)  # noqa: DTZ001  local, as any date alone
        elif isinstance(value, bytes | bytearray | memoryview | str):
            moment = self._from_text(_decoded(value))
        else:
            raise UnreadableTime  # a number may count seconds, days or milliseconds: no guessing
        if moment is None:
            return None
        zone = moment.tzinfo
        if zone is None:
            moment = self._from_local(moment)
        elif zone is not UTC:
            moment = _to_utc(moment)
        return moment.replace(microsecond=0) if moment.microsecond else moment

    def _from_text(self, text: str) -> datetime | None:
        text = text.strip()
        if not text:
            return None
        # Python would take any character between date and time.
        if text[10:11] not in _USUAL_SEPARATORS and _OTHER_SHAPES.fullmatch(text) is None:
            raise UnreadableTime
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            raise UnreadableTime from None

    def _from_local(self, naive: datetime) -> datetime:
        day = naive.toordinal()
        try:
            origin = self._origins[day]
        except KeyError:
            if len(self._origins) >= _DAYS_LIMIT:
                self._origins.clear()
            origin = self._origins[day] = self._origin_by(naive)
        if origin is None:
            return resolve_local(naive, self._zone)
        return origin + (naive - _ORIGIN)

    def _origin_by(self, naive: datetime) -> datetime | None:
        """Return _ORIGIN by the one offset of a local day; None where that changes, or UTC might leave the calendar."""
        if not 1 < naive.year < 9999:
            return None
        midnight = datetime(naive.year, naive.month, naive.day, tzinfo=self._zone)
        next_midnight = midnight + timedelta(days=1)
        offsets = {edge.replace(fold=fold).utcoffset() for edge in (midnight, next_midnight) for fold in (0, 1)}
        if len(offsets) != 1:
            return None
        return _ORIGIN.replace(tzinfo=timezone(offsets.pop() or timedelta(0))).astimezone(UTC)


def _to_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return EARLIEST if moment.year == 1 else LATEST
    except ValueError:  # a driver's time zone without a usable offset
        raise UnreadableTime from None


def _decoded(value: bytes | bytearray | memoryview | str) -> str:
    if isinstance(value, str):
        return str(value)
    try:
        return bytes(value).decode("ascii")
    except UnicodeDecodeError:
        raise UnreadableTime from None
