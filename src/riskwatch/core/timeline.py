"""A child's records in the order in which they became known."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from riskwatch.core.facts import Assessment, Check, History


class Moment(NamedTuple):
    """What became known at one moment. Rows are in order of their own date; an assessment's date is `dated(row)`."""

    at: datetime
    assessments: Sequence[Assessment]
    checks: Sequence[Check]
    closed: bool
    closing_date_gone: bool


def assessment_known_at(row: Assessment) -> datetime:
    """Return when an assessment became known: when it was recorded, or its own time where the source does not say."""
    return row.assessed_at if row.recorded_at is None else row.recorded_at


def dated(row: Assessment) -> datetime:
    """Return when an assessment counts from: one dated after it was recorded counts from when it was recorded."""
    known_at = assessment_known_at(row)
    return known_at if known_at < row.assessed_at else row.assessed_at


def check_known_at(row: Check) -> datetime:
    """Return when a check became known: when it was recorded, and never before its own time."""
    recorded_at = row.recorded_at
    return row.checked_at if recorded_at is None or recorded_at < row.checked_at else recorded_at


def closure_known_at(closed_at: datetime, recorded_at: datetime | None) -> datetime:
    """Return when a closing date became known: the later of the date and its recording."""
    return closed_at if recorded_at is None or recorded_at < closed_at else recorded_at


class Timeline(NamedTuple):
    """The moments up to a time, in order, and when the next record becomes known (None: none is waiting)."""

    moments: Sequence[Moment]
    next_known_at: datetime | None


def timeline(history: History, now: datetime) -> Timeline:
    """Return what became known of a child up to `now`, that moment included."""
    assessments: dict[datetime, list[Assessment]] = {}
    for row in history.assessments:
        assessments.setdefault(assessment_known_at(row), []).append(row)
    checks: dict[datetime, list[Check]] = {}
    for check in history.checks:
        checks.setdefault(check_known_at(check), []).append(check)
    # A closing date that was taken back before it came never closed anything.
    stood = [one for one in history.closures if one.gone_at is None or one.gone_at > one.known_at]
    closed = {closure.known_at for closure in stood}
    gone = {closure.gone_at for closure in stood if closure.gone_at is not None}

    times = sorted(assessments.keys() | checks.keys() | closed | gone)
    known = bisect_right(times, now)
    moments = [
        Moment(at, _by_date(assessments.get(at, ())), _checks_by_date(checks.get(at, ())), at in closed, at in gone)
        for at in times[:known]
    ]
    return Timeline(moments, times[known] if known < len(times) else None)


def _by_date(rows: Sequence[Assessment]) -> Sequence[Assessment]:
    return rows if len(rows) < 2 else sorted(rows, key=lambda row: (dated(row), row.assessment_id))


def _checks_by_date(rows: Sequence[Check]) -> Sequence[Check]:
    return rows if len(rows) < 2 else sorted(rows, key=lambda row: (row.checked_at, row.check_id))
