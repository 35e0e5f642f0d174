"""`riskwatch status`: how the service is, for a person at a screen."""

from argparse import Namespace
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from riskwatch.adapters.store import SqlStore
from riskwatch.bootstrap import service
from riskwatch.bootstrap.configuration import choose
from riskwatch.clock import SystemClock
from riskwatch.core.calendar import Calendar
from riskwatch.core.faults import Fault
from riskwatch.core.health import Limits
from riskwatch.core.notices import LetterState
from riskwatch.core.spelling import spell
from riskwatch.core.tracking import Run
from riskwatch.entrypoints.configured import settings_of
from riskwatch.entrypoints.console import Console, Refused, stamp, stamp_or_none, wall_clock
from riskwatch.entrypoints.self_watch import HEARTBEAT
from riskwatch.entrypoints.snapshot import STAGES, Snapshot, take, take_within
from riskwatch.pipeline.configuration import WAITING, in_force
from riskwatch.settings.load import load_database, load_waits, zone_of

NAMED = 10
"""Children at risk and unwatched that are named; the JSON form has more."""
REJECTED_LIMIT = 20
"""Unreadable rows that are listed; how many there are is always said."""

Record = dict[str, Any]


class _View(NamedTuple):
    """What the figures are shown by. `units` None: those of the directory are not known."""

    calendar: Calendar
    units: Container[str] | None


def run(arguments: Namespace, console: Console) -> int:
    """Print the summary; exit 1 where the service itself needs a person, 2 where the files of config/ are wrong."""
    try:
        settings = settings_of(arguments)
    except Refused as refused:
        _show_without_settings(refused, arguments, console)
        return refused.code
    now = SystemClock().now()
    with service.open_store(settings) as store:
        settings = choose(settings, store, now).settings
        view = _View(settings.policy.calendar, settings.directory.units)
        record = _gather(store, take(store, settings, now), view)
    _put(record, view, now, arguments, console)
    return 1 if record["problems"] else 0


def _show_without_settings(refused: Refused, arguments: Namespace, console: Console) -> None:
    """Tell what is wrong with the files, then how a daemon that goes on without them is, as far as the store tells."""
    for problem in refused.problems:
        console.err(problem)
    database = load_database(arguments.config)
    if database is None:
        return  # what is wrong with riskwatch.toml stands among the problems
    now = SystemClock().now()
    refresh_every, unsent_limit = load_waits(arguments.config)
    try:
        with service.open_database(database) as store:
            with store.begin() as tx:
                before = in_force(tx)
            view = _View(Calendar(zone_of(before.policy_text if before is not None else "")), None)
            limits = Limits.of(refresh_every, unsent_limit)
            version = before.version if before is not None else ""
            record = _gather(store, take_within(store, limits, version, now), view)
    except Fault as fault:
        console.err(f"riskwatch: how the service is cannot be shown: {fault}")
        return
    if before is not None:
        at = stamp(before.at)
        console.err(f"riskwatch: policy {before.version}, taken up {at}, stays in force in a daemon that runs")
    every, limit = spell(refresh_every), spell(unsent_limit)
    console.err(
        f"riskwatch: the figures are the store's, judged by refresh_every {every} and unsent_limit {limit}: what "
        "riskwatch.toml says of the two, or else the defaults"
    )
    _put({**record, "wrong_files": refused.problems}, view, now, arguments, console)


def _put(record: Record, view: _View, now: datetime, arguments: Namespace, console: Console) -> None:
    if arguments.json:
        console.json(record)
    else:
        _show(record, view.calendar, now, console)


def _gather(store: SqlStore, snapshot: Snapshot, view: _View) -> Record:
    now, vitals = snapshot.at, snapshot.vitals
    counts = store.reports.counts(now)
    with store.begin() as tx:
        heartbeat = tx.recall(HEARTBEAT)
    return {
        "at": stamp(now),
        "policy_version": snapshot.policy_version,
        "policy_waits": vitals.kept.get(WAITING, ""),
        "problems": [problem._asdict() for problem in snapshot.problems],
        "last_good": {stage: _run(vitals.good.get(stage)) for stage in STAGES},
        "heartbeat": heartbeat,
        "blind_since": stamp_or_none(snapshot.figures.blind_since),
        "children": counts.children,
        "children_by_tier": counts.by_tier,
        "children_by_unit": counts.by_unit,
        # What concerns their children goes to the people of [default_unit].
        "unknown_units": _unknown(counts.by_unit, view.units),
        "overdue": counts.overdue,
        "overdue_children": counts.overdue_children,
        "overdue_by_tier": _tally((tier, number) for (tier, _), number in vitals.overdue.items()),
        "overdue_by_unit": _tally((unit, number) for (_, unit), number in vitals.overdue.items()),
        "letters": {str(state): number for state, number in counts.letters.items()},
        "letters_oldest_unsent_at": stamp_or_none(counts.oldest_unsent_at),
        "notices_held": counts.held,
        "unclocked": vitals.unclocked,
        "rejected": counts.rejected,
        "rejected_rows": [
            {"where": row.where, "column": row.column, "reason": row.reason, "counted": row.counted}
            for row in store.reports.rejected(REJECTED_LIMIT)
        ],
        "wrong_files": [],
    }


def _unknown(by_unit: Mapping[str, int], units: Container[str] | None) -> dict[str, int] | None:
    if units is None:
        return None
    return {unit: number for unit, number in by_unit.items() if unit and unit not in units}


def _run(done: Run | None) -> Record | None:
    return None if done is None else {"at": stamp(done.finished_at), "full": done.full, "counts": done.counts}


def _tally(numbers: Iterable[tuple[str, int]]) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for word, number in numbers:
        sums[word] += number
    return dict(sorted(sums.items()))


def _show(record: Record, calendar: Calendar, now: datetime, console: Console) -> None:
    for problem in record["problems"]:
        console.err(f"riskwatch: {problem['message']}")
    waits, unknown = record["policy_waits"], record["unknown_units"]
    version = record["policy_version"] or "none yet"
    rows = [("policy", f"{version} ({waits})" if waits else version)]
    rows += [(f"last good {stage}", _when(done, calendar, now)) for stage, done in record["last_good"].items()]
    rows += [
        ("last heartbeat", _beat(record["heartbeat"], calendar)),
        ("children watched", _split(record["children"], record["children_by_tier"])),
        ("by unit", _split(None, record["children_by_unit"])),
        ("overdue", _split(record["overdue"], record["overdue_by_tier"])),
        ("by unit", _split(None, record["overdue_by_unit"])),
        ("letters waiting", _waiting(record, calendar)),
        ("letters refused", str(record["letters"][LetterState.REFUSED])),
        ("notices held back", str(record["notices_held"])),
        ("at risk, unwatched", _named(record["unclocked"])),
        ("unknown units", "not known" if unknown is None else _split(None, unknown)),
        ("unreadable rows", str(record["rejected"])),
    ]
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        console.entry(f"{name.ljust(width)}  ", value)
    for row in record["rejected_rows"]:
        console.entry("  ", f"{row['where']}: {row['column']}: {row['reason']}")
    if record["rejected"] > len(record["rejected_rows"]):
        console.out(f"  and {record['rejected'] - len(record['rejected_rows'])} more")


def _when(done: Record | None, calendar: Calendar, now: datetime) -> str:
    if done is None:
        return "never"
    at = datetime.fromisoformat(done["at"])
    ago = spell(now - at)
    counts = ", ".join(f"{name} {number}" for name, number in done["counts"].items())
    return f"{wall_clock(at, calendar)} ({f'{ago} ago' if ago else 'just now'}): {counts}"


def _beat(kept: str | None, calendar: Calendar) -> str:
    if kept is None:
        return "never"
    at, _, problem = kept.partition(" ")
    return f"{wall_clock(datetime.fromisoformat(at), calendar)}: {problem or 'heard'}"


def _named(child_refs: Sequence[str]) -> str:
    more = len(child_refs) - NAMED
    return (", ".join(child_refs[:NAMED]) or "-") + (f" and {more} more" if more > 0 else "")


def _split(total: int | None, parts: Mapping[str, int]) -> str:
    text = ", ".join(f"{word or 'none'} {number}" for word, number in parts.items())
    if total is None:
        return text or "-"
    return f"{total} ({text})" if text else str(total)


def _waiting(record: Record, calendar: Calendar) -> str:
    waiting = record["letters"][LetterState.PENDING] + record["letters"][LetterState.SENDING]
    oldest = record["letters_oldest_unsent_at"]
    if oldest is None:
        return str(waiting)
    return f"{waiting} (the oldest since {wall_clock(datetime.fromisoformat(oldest), calendar)})"
