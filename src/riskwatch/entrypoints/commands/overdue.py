"""`riskwatch overdue`: who is overdue now, worst first."""

from argparse import Namespace
from datetime import datetime
from typing import Any

from riskwatch.adapters.store import SqlStore
from riskwatch.adapters.store.queries import Overdue
from riskwatch.bootstrap import service
from riskwatch.clock import SystemClock
from riskwatch.core.calendar import Calendar
from riskwatch.core.spelling import spell
from riskwatch.entrypoints.configured import settings_of
from riskwatch.entrypoints.console import Console, Refused, stamp, wall_clock
from riskwatch.entrypoints.freshness import doubts
from riskwatch.settings.model import Settings

LIMIT = 100_000
"""Rows listed; that there are more is said on standard error."""
HEAD = ("CASE", "UNIT", "TIER", "RULE", "DUE", "LATE", "OFFICER")


def run(arguments: Namespace, console: Console) -> int:
    """List them by how late they are; exit 1 where there is one, or where the store cannot be relied on."""
    settings = settings_of(arguments)
    now = SystemClock().now()
    with service.open_store(settings) as store:
        _demand_known_unit(arguments.unit, store, settings, now)
        sentences = doubts(store, settings, now)
        found = store.reports.overdue(now, arguments.unit, limit=LIMIT + 1)
    for sentence in sentences:
        console.err(f"riskwatch: {sentence}")
    if len(found) > LIMIT:
        console.err(f"riskwatch: only the {LIMIT} that are latest are listed")
    found = found[:LIMIT]
    if arguments.json:
        for row in found:
            console.json(_record(row, now))
    elif found:
        console.table(HEAD, [_cells(row, now, settings.policy.calendar) for row in found])
    elif not sentences:
        console.out("Nobody is overdue.")
    return 1 if found or sentences else 0


def _demand_known_unit(unit: str | None, store: SqlStore, settings: Settings, now: datetime) -> None:
    """Refuse a unit that nobody has heard of: its list would be empty, and look like good news."""
    if unit is None or unit == "" or unit in settings.directory.units:
        return
    units = store.reports.counts(now).by_unit
    if unit not in units:
        known = ", ".join(sorted({*units, *settings.directory.units} - {""}))
        raise Refused([f"riskwatch: --unit: no unit {unit!r}; known: {known}"])


def _record(row: Overdue, now: datetime) -> dict[str, Any]:
    tracked, watched = row.tracked, row.watched
    return {
        "child_ref": tracked.child_ref,
        "unit": watched.unit if watched is not None else "",
        "officer": watched.officer if watched is not None else "",
        "tier": watched.tier if watched is not None else "",
        "rule": tracked.rule,
        "basis": tracked.basis,
        "started_at": stamp(tracked.started_at),
        "due_at": stamp(tracked.due_at),
        "late_s": int((now - tracked.due_at).total_seconds()),
    }


def _cells(row: Overdue, now: datetime, calendar: Calendar) -> tuple[str, ...]:
    record = _record(row, now)
    due = wall_clock(row.tracked.due_at, calendar)
    late = spell(now - row.tracked.due_at) or "now"
    names = (record["child_ref"], record["unit"] or "-", record["tier"] or "-", record["rule"])
    return (*names, due, late, record["officer"] or "-")
