"""A child's story on a terminal: who the child is, what is owed now, and how it came to that."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby

from riskwatch.core.calendar import Calendar
from riskwatch.core.spelling import wall_clock
from riskwatch.entrypoints.console import Console
from riskwatch.entrypoints.timeline import Entry, Record, Tone, entries, moment, of_kind

_TIME = "  {:%H:%M}  "
_STYLES = {Tone.LATE: "bold red", Tone.MET: "green", Tone.TOLD: "dim", Tone.NOW: "bold"}
"""In rich's words, for a screen that shows colour."""


def tell(records: Sequence[Record], calendar: Calendar, console: Console) -> None:
    """Print a story, as `Story.records` gives it, in the calendar's local time."""
    child = records[0]
    tier, unit = f"tier {child['tier'] or 'none'}", f"unit {child['unit'] or 'none'}"
    facts = f"{child['standing']}, {tier}, {unit}, officer {child['officer'] or 'none'}"
    console.entry("", f"{child['child_ref']}: {facts}", "bold")
    console.entry("", f"as known {_words(child['at'], calendar)} ({calendar.timezone})")
    for row in of_kind(records, "unreadable"):
        console.entry("", f"cannot be read: {row['where']}: {row['column']}: {row['reason']}", _STYLES[Tone.LATE])
    console.out("\nOWED NOW")
    owed = [row for row in of_kind(records, "obligation") if row["ended_at"] is None]
    for row in owed:
        _tell_owed(row, calendar, console)
    if not owed:
        console.out("nothing")
    console.out("\nTIMELINE")
    _tell_timeline(entries(records, calendar), calendar, console)
    if not of_kind(records, "notice"):
        console.out("Nobody has been told of this child.")


def _tell_owed(row: Record, calendar: Calendar, console: Console) -> None:
    out = console.entry
    out("", f"{row['rule']}: {row['state']}", _STYLES[Tone.LATE if row["overdue"] else Tone.NOW])
    out("  due:        ", _words(row["due_at"], calendar))
    out("  why:        ", f"from {_words(row['started_at'], calendar)}: {row['why']}")
    if row["rule_basis"]:
        out("  basis:      ", row["rule_basis"])
    out("  settled by: ", "; ".join(row["satisfied_by"]))
    if row["next_at"] is not None:
        out("  next told:  ", f"{row['next_role']}, {_words(row['next_at'], calendar)}")


def _tell_timeline(found: Sequence[Entry], calendar: Calendar, console: Console) -> None:
    def day(entry: Entry) -> date:
        return calendar.local(entry.at).date()

    for at, of_day in groupby(found, key=day):
        console.out(f"{at:%a} {at.day} {at:%b %Y}")
        before = ""
        for entry in of_day:
            time = _TIME.format(calendar.local(entry.at))
            console.entry(" " * len(time) if time == before else time, entry.text, _STYLES.get(entry.tone, ""))
            before = time


def _words(text: str, calendar: Calendar) -> str:
    return wall_clock(moment(text), calendar.timezone)
