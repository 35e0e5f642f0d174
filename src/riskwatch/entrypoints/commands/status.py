"""`riskwatch status`: how the service is, for a person at a screen."""

from argparse import Namespace
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from riskwatch.adapters.letters.words import spell
from riskwatch.adapters.store import SqlStore
from riskwatch.bootstrap import service
from riskwatch.clock import SystemClock
from riskwatch.core.calendar import Calendar
from riskwatch.core.notices import LetterState
from riskwatch.core.tracking import Run
from riskwatch.entrypoints.configured import settings_of
from riskwatch.entrypoints.console import Console, stamp, stamp_or_none, wall_clock
from riskwatch.entrypoints.freshness import doubts
from riskwatch.pipeline import delivery, refresh
from riskwatch.settings.model import Settings

STAGES = (refresh.STAGE, "sweep", delivery.STAGE)
NAMED = 10
"""Children named in a problem; the JSON form has more."""
REJECTED_LIMIT = 20
"""Unreadable rows that are listed; how many there are is always said."""
OVERDUE_LIMIT = 100_000
LETTER_WAIT = timedelta(hours=1)
"""How long a letter may wait for the mail server before somebody should look at it."""

Record = dict[str, Any]


def run(arguments: Namespace, console: Console) -> int:
    """Print the summary; exit 1 where the service itself needs a person."""
    settings = settings_of(arguments)
    now = SystemClock().now()
    with service.open_store(settings) as store:
        record = _gather(store, settings, now)
    if arguments.json:
        console.json(record)
    else:
        _show(record, settings.policy.calendar, now, console)
    return 1 if record["problems"] else 0


def _gather(store: SqlStore, settings: Settings, now: datetime) -> Record:
    with store.begin() as tx:
        good = {stage: tx.last_run(stage) for stage in STAGES}
        latest = {stage: tx.last_run(stage, good=False) for stage in STAGES}
    counts = store.reports.counts(now)
    overdue = store.reports.overdue(now, limit=OVERDUE_LIMIT)
    rejected = store.reports.rejected(REJECTED_LIMIT)
    problems = doubts(store, settings, now)
    unclocked = [child.child_ref for child in store.reports.unclocked(REJECTED_LIMIT)]
    if unclocked:
        named = ", ".join(unclocked[:NAMED])
        problems.append(f"at risk, but no rule has anything outstanding: {named}; assess anew, or mend the policy")
    sending = latest[delivery.STAGE]
    if sending is not None and sending.problem:
        problems.append(f"the last delivery failed: {sending.problem}")
    if counts.oldest_unsent_at is not None and now - counts.oldest_unsent_at > LETTER_WAIT:
        problems.append(f"letters are not leaving: the oldest waits since {stamp(counts.oldest_unsent_at)}")
    return {
        "at": stamp(now),
        "policy_version": settings.policy.version,
        "problems": problems,
        "last_good": {stage: _run(done) for stage, done in good.items()},
        "children": counts.children,
        "children_by_tier": counts.by_tier,
        "children_by_unit": counts.by_unit,
        "overdue": counts.overdue,
        "overdue_children": counts.overdue_children,
        "overdue_by_tier": _tally(row.watched.tier if row.watched is not None else "" for row in overdue),
        "overdue_by_unit": _tally(row.watched.unit if row.watched is not None else "" for row in overdue),
        "letters": {str(state): number for state, number in counts.letters.items()},
        "letters_oldest_unsent_at": stamp_or_none(counts.oldest_unsent_at),
        "notices_held": counts.held,
        "unclocked": unclocked,
        "rejected": counts.rejected,
        "rejected_rows": [
            {"where": row.where, "column": row.column, "reason": row.reason, "counted": row.counted}
            for row in rejected
        ],
    }  # fmt: skip


def _run(done: Run | None) -> Record | None:
    return None if done is None else {"at": stamp(done.finished_at), "full": done.full, "counts": done.counts}


def _tally(words: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(words).items()))


def _show(record: Record, calendar: Calendar, now: datetime, console: Console) -> None:
    for problem in record["problems"]:
        console.err(f"riskwatch: {problem}")
    rows = [("policy", record["policy_version"])]
    rows += [(f"last good {stage}", _when(done, calendar, now)) for stage, done in record["last_good"].items()]
    rows += [
        ("children watched", _split(record["children"], record["children_by_tier"])),
        ("by unit", _split(None, record["children_by_unit"])),
        ("overdue", _split(record["overdue"], record["overdue_by_tier"])),
        ("by unit", _split(None, record["overdue_by_unit"])),
        ("letters waiting", _waiting(record, calendar)),
        ("letters refused", str(record["letters"][LetterState.REFUSED])),
        ("notices held back", str(record["notices_held"])),
        ("unreadable rows", str(record["rejected"])),
    ]
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        console.out(f"{name.ljust(width)}  {value}".rstrip())
    for row in record["rejected_rows"]:
        console.out(f"  {row['where']}: {row['column']}: {row['reason']}")
    if record["rejected"] > len(record["rejected_rows"]):
        console.out(f"  and {record['rejected'] - len(record['rejected_rows'])} more")


def _when(done: Record | None, calendar: Calendar, now: datetime) -> str:
    if done is None:
        return "never"
    at = datetime.fromisoformat(done["at"])
    ago = spell(now - at)
    counts = ", ".join(f"{name} {number}" for name, number in done["counts"].items())
    return f"{wall_clock(at, calendar)} ({f'{ago} ago' if ago else 'just now'}): {counts}"


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
