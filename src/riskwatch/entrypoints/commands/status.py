"""`riskwatch status`: how the service is, for a person at a screen."""

from argparse import Namespace
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from riskwatch.adapters.store import SqlStore
from riskwatch.bootstrap import service
from riskwatch.bootstrap.configuration import choose
from riskwatch.clock import SystemClock
from riskwatch.core.calendar import Calendar
from riskwatch.core.faults import Fault
from riskwatch.core.notices import LetterState
from riskwatch.core.spelling import spell
from riskwatch.core.tracking import Run
from riskwatch.entrypoints.configured import settings_of
from riskwatch.entrypoints.console import Console, Refused, stamp, stamp_or_none, wall_clock
from riskwatch.entrypoints.self_watch import HEARTBEAT
from riskwatch.entrypoints.snapshot import STAGES, take
from riskwatch.pipeline.configuration import REFUSED, WAITING, in_force, refusal
from riskwatch.settings.load import load_database
from riskwatch.settings.model import Settings

NAMED = 10
"""Children at risk and unwatched that are named; the JSON form has more."""
REJECTED_LIMIT = 20
"""Unreadable rows that are listed; how many there are is always said."""

Record = dict[str, Any]


def run(arguments: Namespace, console: Console) -> int:
    """Print the summary; exit 1 where the service itself needs a person, 2 where the files of config/ are wrong."""
    try:
        settings = settings_of(arguments)
    except Refused as refused:
        raise Refused([*refused.problems, *_still_in_force(arguments.config)]) from None
    now = SystemClock().now()
    with service.open_store(settings) as store:
        settings = choose(settings, store, now).settings
        record = _gather(store, settings, now)
    if arguments.json:
        console.json(record)
    else:
        _show(record, settings.policy.calendar, now, console)
    return 1 if record["problems"] else 0


def _still_in_force(folder: Path) -> Iterable[str]:
    """Say what a daemon that runs goes by, where its files have gone wrong since, as far as the store can be read."""
    database = load_database(folder)
    if database is None:
        return
    with suppress(Fault), service.open_database(database) as store, store.begin() as tx:
        before, refused = in_force(tx), refusal(tx.recall(REFUSED))
        if before is not None:
            at = stamp(before.at)
            yield f"riskwatch: policy {before.version}, taken up {at}, stays in force in a daemon that runs"
        if refused is not None:
            yield f"riskwatch: the configuration was refused {stamp(refused.at)}: {refused.sentence}"


def _gather(store: SqlStore, settings: Settings, now: datetime) -> Record:
    snapshot = take(store, settings, now)
    vitals = snapshot.vitals
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
        "unknown_units": {
            unit: number for unit, number in counts.by_unit.items() if unit and unit not in settings.directory.units
        },
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
    }


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
    waits = record["policy_waits"]
    rows = [("policy", f"{record['policy_version']} ({waits})" if waits else record["policy_version"])]
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
        ("unknown units", _split(None, record["unknown_units"])),
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
