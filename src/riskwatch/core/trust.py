"""Whether a reading of the agency's records may be believed: an extract may be old, empty, or caught half-loaded."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from riskwatch.core.calendar import Calendar
from riskwatch.core.facts import Child, History
from riskwatch.core.spelling import spell, wall_clock

CLOCKS_DIFFER = timedelta(days=1)
"""How far ahead of ours the clock, or the time zone, of whoever loads the extract may be."""


class Trouble(StrEnum):
    """What keeps a reading from being believed."""

    FAILED = "failed"  # the source did not answer, or not as it should
    EMPTY = "empty"  # a table without which nobody is watched has no row
    SHRUNK = "shrunk"  # a table has lost more rows than the limit allows
    STALE = "stale"  # the extract was loaded too long ago


class Distrust(NamedTuple):
    """Why a reading is not believed. `checks_missing`: visits may be missing, so that what they had met looks owed."""

    trouble: Trouble
    reason: str
    checks_missing: bool = False


class Rows(NamedTuple):
    """How many rows of each table a reading gave; of the children only those of whom it said anything."""

    children: int = 0
    assessments: int = 0
    checks: int = 0

    def plus(self, other: "Rows") -> "Rows":
        """Return the rows of both."""
        return Rows(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))

    def at_least(self, other: "Rows") -> bool:
        """Whether no table has fewer rows than the other's."""
        return all(mine >= theirs for mine, theirs in zip(self, other, strict=True))


def rows_of(histories: Iterable[History]) -> Rows:
    """Count the rows of histories."""
    children = assessments = checks = 0
    for child, of_risk, of_visits, _ in histories:
        children += child != Child(child.child_ref)
        assessments += len(of_risk)
        checks += len(of_visits)
    return Rows(children, assessments, checks)


def judge_rows(rows: Rows, good: Rows | None, *, limit_percent: int) -> Distrust | None:
    """Return why what a whole reading gave is not believed; None where it is.

    `good` are the rows of the last good reading, None before the first. A table that had rows and has none is empty
    whatever the limit: tables are emptied to be loaded again.
    """
    missing = visits_are_missing(rows, good)
    for table, number in zip(Rows._fields, rows, strict=True):
        before = 0 if good is None else getattr(good, table)
        if before and not number:
            return Distrust(Trouble.EMPTY, f"the source gave no {table} at all; check its last load", missing)
        if (before - number) * 100 > before * limit_percent:
            return Distrust(Trouble.SHRUNK, shrunk(table, number, before, limit_percent), missing)
    return None


def visits_are_missing(rows: Rows, good: Rows | None) -> bool:
    """Whether fewer checks were given than at the last good reading; to be asked of what is not believed anyway.

    Whichever table is found wanting first: of an extract that is being loaded any other may be cut short as well.
    """
    return good is not None and rows.checks < good.checks


def shrunk(table: str, number: int, before: int, limit_percent: int) -> str:
    """Return the sentence on a table that has lost too many rows."""
    return (
        f"the source gave {number} {table} where {before} were known, beyond the limit of {limit_percent} %; check its "
        "last load, or raise source.shrink_limit_percent"
    )


def judge_age(loaded_at: datetime, now: datetime, *, stale_after: timedelta, calendar: Calendar) -> Distrust | None:
    """Return why an extract that says when it was loaded is not believed; None where it is."""
    if loaded_at > now + CLOCKS_DIFFER:
        told = wall_clock(loaded_at, calendar.timezone)
        return Distrust(
            Trouble.STALE, f"the source says that it was loaded on {told}, which is to come; mend the query"
        )
    if now - loaded_at <= stale_after:
        return None
    told = wall_clock(loaded_at, calendar.timezone)
    limit = spell(stale_after) or f"{stale_after.total_seconds():.0f} seconds"
    return Distrust(Trouble.STALE, f"the source was last loaded on {told}, longer ago than {limit}; check its load")
