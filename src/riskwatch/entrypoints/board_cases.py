"""A child's story put into the page of its case."""

from collections.abc import Sequence

from riskwatch.adapters.pages.board import Age, Case, Moment, Owed
from riskwatch.adapters.pages.lanes import Bar, Mark, drawn
from riskwatch.core.calendar import Calendar
from riskwatch.core.spelling import wall_clock
from riskwatch.entrypoints.timeline import Record, entries, moment, of_kind
from riskwatch.settings.model import Settings

MAX_MOMENTS = 400
"""Lines of a case's timeline, the latest; that there were more is said."""


def case_of(records: Sequence[Record], settings: Settings, age: Age) -> Case:
    """Return the page of the child whose story these records tell, as `Story.records` gives them."""
    child, calendar = records[0], settings.policy.calendar
    facts = [
        ("Standing", str(child["standing"])),
        ("Tier", child["tier"] or "none"),
        ("Unit", child["unit"] or "none"),
        ("Officer", child["officer"] or "nobody"),
    ]
    found = entries(records, calendar)
    notes = [
        f"Cannot be read: {row['where']}: {row['column']}: {row['reason']}" for row in of_kind(records, "unreadable")
    ]
    if len(found) > MAX_MOMENTS:
        notes.append(f"Only the {MAX_MOMENTS} latest of {len(found)} moments are shown.")
    moments = []
    for entry in found[-MAX_MOMENTS:]:
        day, _, time = wall_clock(entry.at, calendar.timezone).partition(", ")
        moments.append(Moment(day, time, entry.text, str(entry.tone)))
    return Case(
        marking=settings.letters.marking,
        child_ref=child["child_ref"],
        facts=facts,
        age=age,
        owed=[_owed(row, calendar) for row in of_kind(records, "obligation") if row["ended_at"] is None],
        drawing=_drawing(records, calendar),
        moments=moments,
        notes=notes,
    )


def _owed(row: Record, calendar: Calendar) -> Owed:
    facts = [
        ("Due", _words(row["due_at"], calendar)),
        ("Why", f"from {_words(row['started_at'], calendar)}: {row['why']}"),
        ("Basis", row["rule_basis"] or "none is named"),
        ("Settled by", "; ".join(row["satisfied_by"])),
    ]
    if row["next_at"] is not None:
        facts.append(("Told next", f"{row['next_role']}, {_words(row['next_at'], calendar)}"))
    return Owed(row["rule"], row["state"], row["overdue"], facts)


def _drawing(records: Sequence[Record], calendar: Calendar) -> str:
    shapes = {True: "check", False: "other", None: "other"}
    marks = [
        Mark(
            moment(row["at"]),
            "assessment" if row["record"] == "assessment" else shapes[row["settles"]],
            f"{row['what']}, {_words(row['at'], calendar)}",
        )
        for row in of_kind(records, "event")
    ]
    marks += [
        Mark(moment(row["decided_at"]), "told", f"told {row['to']}, {_words(row['decided_at'], calendar)}")
        for row in of_kind(records, "notice")
    ]
    bars = [
        Bar(
            row["rule"],
            moment(row["started_at"]),
            moment(row["due_at"]),
            None if row["ended_at"] is None else moment(row["ended_at"]),
            f"{row['rule']}, due {_words(row['due_at'], calendar)}: {row['state']}",
        )
        for row in of_kind(records, "obligation")
    ]
    return drawn(f"Case {records[0]['child_ref']}", moment(records[0]["at"]), marks, bars, calendar.timezone)


def _words(text: str, calendar: Calendar) -> str:
    return wall_clock(moment(text), calendar.timezone)
