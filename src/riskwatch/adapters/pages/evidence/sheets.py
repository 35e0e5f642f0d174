"""A table of the report: its raw values with what they are, so that a page, a CSV file and JSON say the same."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from riskwatch.core.lengths import Lengths
from riskwatch.core.spelling import spell, wall_clock

PERCENTS = (50, 75, 90, 95, 99, 100)


class Form(StrEnum):
    """What the values of a column are. Any of them may be None: there is none."""

    TEXT = "text"
    COUNT = "count"
    SHARE = "share"  # a part of one, from 0 to 1
    MOMENT = "moment"  # aware, in UTC
    SPAN = "span"  # a length of time


class Column(NamedTuple):
    """A column: its name for programs, its heading for people, and what stands in it."""

    key: str
    heading: str
    form: Form = Form.TEXT


class Origin(StrEnum):
    """Where the figures of a table come from."""

    RECORDS = "From the records"  # reckoned anew
    BOOKS = "From the books"  # as riskwatch wrote it down at the time
    BOTH = "From the records and the books"


class Sheet(NamedTuple):
    """A table. `definition` says what is counted; `beyond` how many further rows are only counted."""

    name: str
    title: str
    origin: Origin
    definition: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    beyond: int = 0


def in_words(value: Any, form: Form, zone: ZoneInfo) -> str:
    """Return a value as people read it."""
    if value is None:
        return "-"
    if form is Form.MOMENT and isinstance(value, datetime):
        return wall_clock(value, zone)
    if form is Form.SPAN and isinstance(value, timedelta):
        return spell(value) or "under a minute"
    if form is Form.SHARE:
        return f"{value:.1%}"
    if form is Form.COUNT:
        return f"{value:,}"
    return str(value) or "-"


def share(part: int, whole: int) -> float | None:
    """Return what part of a whole it is, None of nothing."""
    return part / whole if whole else None


def distribution(limits: Sequence[timedelta], *columns: Lengths) -> list[tuple[Any, ...]]:
    """Return a row for each step of the scale: its name, then how many of each column lie in it."""
    names = [f"up to {spell(limit)}" for limit in limits] + [f"over {spell(limits[-1])}"]
    counts = [column.among(limits) for column in columns]
    return [(name, *(of[number] for of in counts)) for number, name in enumerate(names)]


def percentiles(*columns: Lengths) -> list[tuple[Any, ...]]:
    """Return a row for each share of the cases: its name, then the time that so many of each column do not exceed."""
    found = [column.percentiles(*PERCENTS) for column in columns]
    return [(_named(percent), *(of[number] for of in found)) for number, percent in enumerate(PERCENTS)]


def _named(percent: int) -> str:
    return "all (the longest)" if percent == 100 else f"{percent}%"
