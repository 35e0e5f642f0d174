"""Up to where changes have been seen, in the type and format of the agency's own changed_at column."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple, Self

from riskwatch.adapters.source.times import Times, UnreadableTime
from riskwatch.core.faults import SourceFault

OVERLAP = timedelta(minutes=10)
"""A row may be committed, and so become visible, this long after the moment it carries."""

LOCAL_OVERLAP = OVERLAP + timedelta(hours=1)
"""Of a local time also the hour that the clock repeats in autumn."""

_TEXT = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)"
    r"((?P<mark>[T ])(?P<time>\d\d:\d\d(:\d\d)?)([.,]\d+)?(?P<offset>Z|[+-]\d\d(:?\d\d){0,2})?)?",
    re.ASCII,
)
_MILLISECONDS_FROM = 10**11  # as seconds this would be the year 5138
_MICROSECONDS_FROM = 10**14

_Raw = str | int | date  # a datetime is a date


class Cursor(NamedTuple):
    """The greatest changed_at that was seen, as the database gave it; None where there was no row at all."""

    value: _Raw | None

    def __str__(self) -> str:
        match self.value:
            case None:
                return "none:"
            case str():
                return f"text:{self.value}"
            case int():
                return f"number:{self.value}"
            case datetime():
                return f"moment:{self.value.isoformat()}"
            case date():
                return f"date:{self.value.isoformat()}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the cursor that was written; None for "" and for what is no cursor."""
        kind, _, value = text.partition(":")
        try:
            match kind:
                case "none":
                    return cls(None)
                case "text":
                    return cls(value)
                case "number":
                    return cls(int(value))
                case "moment":
                    return cls(datetime.fromisoformat(value))
                case "date":
                    return cls(date.fromisoformat(value))
        except ValueError:
            pass
        return None

    def since(self) -> list[_Raw]:
        """Return the values to ask from, the next one where the column cannot be compared with the one before."""
        if self.value is None:
            return ["1900-01-01T00:00:00", datetime(1900, 1, 1), 0]  # noqa: DTZ001  compared with local and UTC columns
        try:
            return [_with_overlap(self.value)]
        except (ValueError, OverflowError):
            return [self.value]


def latest_of(values: Iterable[object], floor: Cursor, times: Times) -> Cursor:
    """Return the cursor at the greatest value, or the floor where none is greater.

    Raises SourceFault where there are values, and none of them is a time or a whole number.
    """
    greatest = None if floor.value is None else _ranked(floor.value, times)
    readable = unreadable = False
    for value in values:
        ranked = _ranked(value, times)
        if ranked is None:
            unreadable = unreadable or value is not None
            continue
        readable = True
        if greatest is None or ranked.rank > greatest.rank:
            greatest = ranked
    if unreadable and not readable:
        raise SourceFault("source: query 'changed' gives a changed_at that is neither a time nor a whole number")
    return floor if greatest is None else Cursor(greatest.value)


def moment_of(rows: Sequence[Sequence[object]], times: Times) -> datetime:
    """Return the one moment that the query `freshness` gave. Raises SourceFault where it gave anything else."""
    if len(rows) != 1 or len(rows[0]) != 1:
        raise SourceFault("source: query 'freshness' must give one row with one column: when everything was loaded")
    try:
        moment = times.read(rows[0][0])
    except UnreadableTime:
        moment = None
    if moment is None:
        raise SourceFault("source: query 'freshness' gives no time; it must give when everything was loaded")
    return moment


class _Ranked(NamedTuple):
    """A value of changed_at, and what orders it among others of its kind."""

    rank: tuple[str, float]
    value: _Raw


def _ranked(value: object, times: Times) -> _Ranked | None:
    if isinstance(value, Decimal) and value.is_finite():
        value = int(value)
    if type(value) is int:
        return _Ranked(("number", value), value)
    if isinstance(value, date) or (isinstance(value, str) and _TEXT.fullmatch(value.strip())):
        try:
            moment = times.read(value)
        except UnreadableTime:
            return None
        return None if moment is None else _Ranked(("time", moment.timestamp()), value)
    return None


def _with_overlap(value: _Raw) -> _Raw:
    match value:
        case str():
            return _text_with_overlap(value.strip())
        case int():
            scale = 1_000_000 if value >= _MICROSECONDS_FROM else 1_000 if value >= _MILLISECONDS_FROM else 1
            return value - int(OVERLAP.total_seconds()) * scale
        case datetime():
            return value - (LOCAL_OVERLAP if value.tzinfo is None else OVERLAP)
        case date():
            return value - timedelta(days=1)


def _text_with_overlap(text: str) -> str:
    """Return an earlier time in the same format, so that a comparison of texts holds."""
    parts = _TEXT.fullmatch(text)
    if parts is None:
        raise ValueError("no cursor of ours")
    if parts["time"] is None:
        return (date.fromisoformat(parts["date"]) - timedelta(days=1)).isoformat()
    naive = datetime.fromisoformat(f"{parts['date']}T{parts['time']}").replace(tzinfo=UTC)
    earlier = naive - (LOCAL_OVERLAP if parts["offset"] is None else OVERLAP)
    return earlier.replace(tzinfo=None).isoformat(sep=parts["mark"]) + (parts["offset"] or "")
