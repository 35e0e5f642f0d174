"""Subjects: what a letter comes to in one line, so that a list of letters can be read and sorted."""

from datetime import datetime, timedelta
from functools import lru_cache

from riskwatch.adapters.letters.words import MAX_REF, MAX_WORD, plain
from riskwatch.core.notices import Draft, Kind, Line
from riskwatch.core.spelling import counted, spell

spelled = lru_cache(maxsize=4_096)(spell)
NOTHING = timedelta(0)


def headline(line: Line, now: datetime) -> str:
    """Return the subject of a letter on one notice: what is wrong, for how long, and whose it is."""
    notice = line.notice
    late = now - notice.due_at
    match notice.kind:
        case Kind.REMINDER:
            start = f"Due in {_abbreviate(-late)}" if spelled(-late) else "Due now"
        case Kind.OVERDUE:
            start = f"Overdue {_abbreviate(late)}" if spelled(late) else "Overdue now"
        case Kind.CLEARED:
            start = "Cleared"
        case Kind.CLOSED_UNCHECKED:
            start = "Closed unchecked"
    tier = f" ({plain(line.tier, MAX_WORD)})" if line.tier else ""
    unit = f", {unit_name(line.unit)}" if line.unit else ""
    return f"{start}: case {plain(notice.child_ref, MAX_REF)}{tier}{unit}"


def longest(draft: Draft) -> timedelta:
    """Return how late the worst overdue case of a letter is; nothing where none is."""
    late = (draft.made_at - line.notice.due_at for line in draft.lines if line.notice.kind is Kind.OVERDUE)
    return max(late, default=NOTHING)


def summary(draft: Draft) -> str:
    """Return what a digest holds, in a few words. Overdue cases are counted once however many rules they breach."""
    of_kind: dict[Kind, list[str]] = {kind: [] for kind in Kind}
    for line in draft.lines:
        of_kind[line.notice.kind].append(line.notice.child_ref)
    parts = []
    if overdue := set(of_kind[Kind.OVERDUE]):
        parts.append(counted(len(overdue), "case overdue", "cases overdue"))
        if spelled(late := longest(draft)):
            parts.append(f"longest {_abbreviate(late)}")
    if closed := set(of_kind[Kind.CLOSED_UNCHECKED]):
        parts.append(f"{len(closed)} closed unchecked")
    if reminders := of_kind[Kind.REMINDER]:
        parts.append(counted(len(reminders), "reminder"))
    if cleared := of_kind[Kind.CLEARED]:
        parts.append(f"{len(cleared)} cleared")
    return ", ".join(parts) or "nothing to tell"


def unit_name(unit: str) -> str:
    """Return a unit as a name: its key in the directory often begins with a small letter."""
    name = plain(unit, MAX_WORD)
    return name[:1].upper() + name[1:]


def _abbreviate(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    if minutes >= 2 * 1440:
        return f"{minutes // 1440} d"
    return f"{minutes // 60} h" if minutes >= 60 else f"{minutes} min"
