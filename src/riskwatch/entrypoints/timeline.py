"""A child's story as a timeline: what became known, what it asked for, which deadlines passed, and who was told."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any, NamedTuple

from riskwatch.core.calendar import Calendar
from riskwatch.core.spelling import spell
from riskwatch.core.spelling import wall_clock as on_the_clock
from riskwatch.core.tracking import Ending

Record = dict[str, Any]


class Tone(StrEnum):
    """What an entry is, for whoever shows it in colour as well: the words alone say it too."""

    PLAIN = "plain"
    LATE = "late"
    MET = "met"
    TOLD = "told"
    NOW = "now"


class _Rank(IntEnum):
    """In which order what falls on one moment is told."""

    EVENT = 0
    ENDED = 1
    OWED = 2
    CLOSURE = 3
    PASSED = 4
    TOLD = 5
    NOW = 6


class Entry(NamedTuple):
    """One line of a timeline. `at` is in UTC: local times would come in the wrong order where the clock is set back."""

    at: datetime
    rank: int
    text: str
    tone: Tone = Tone.PLAIN


def entries(records: Sequence[Record], calendar: Calendar) -> list[Entry]:
    """Return a story, as `Story.records` gives it, in order of time; moments in its words are local."""
    return sorted(_entries(records, calendar), key=lambda entry: entry[:2])


def of_kind(records: Sequence[Record], kind: str) -> list[Record]:
    """Return the records of one type."""
    return [record for record in records if record["type"] == kind]


def moment(text: str) -> datetime:
    """Return a moment of a record, in UTC."""
    return datetime.fromisoformat(text)


def _entries(records: Sequence[Record], calendar: Calendar) -> Iterator[Entry]:
    now = moment(records[0]["at"])
    for row in of_kind(records, "event"):
        yield _event(row, calendar)
    for row in of_kind(records, "obligation"):
        yield from _life(row, calendar, now)
    for row in of_kind(records, "closure_not_honoured"):
        text = f"closing the record ended nothing: {row['why']}"
        yield Entry(moment(row["known_at"]), _Rank.CLOSURE, text, Tone.LATE)
    yield from map(_told, of_kind(records, "notice"))
    yield Entry(now, _Rank.NOW, "- now -", Tone.NOW)


def _event(row: Record, calendar: Calendar) -> Entry:
    known, at = moment(row["known_at"]), moment(row["at"])
    text: str = row["what"] + (f" ({row['id']})" if row["id"] else "")
    if at < known:
        text += f", of {_words(at, calendar)}, known {spell(known - at) or 'just'} after it"
    if row["settles"] is False:
        text += "; it counts as no check"
    return Entry(known, _Rank.EVENT, text if row["counts_yet"] else f"{text} (not known yet)")


def _life(row: Record, calendar: Calendar, now: datetime) -> Iterator[Entry]:
    """Yield when an obligation was owed first, when its deadline passed, and when it ended."""
    owed_from, due_at = moment(row["owed_from"]), moment(row["due_at"])
    ended_at = None if row["ended_at"] is None else moment(row["ended_at"])
    text = f"-> {row['rule']}: to be seen by {_words(due_at, calendar)}; {row['why']}"
    yield Entry(owed_from, _Rank.OWED, text)
    passed_at = max(due_at, owed_from)
    if passed_at <= now and (ended_at is None or passed_at < ended_at):
        late = spell(passed_at - due_at)
        how = f"had passed {late} before it became known" if late else "passes, and no check is recorded"
        yield Entry(passed_at, _Rank.PASSED, f"!! {row['rule']}: the deadline {how}", Tone.LATE)
    if ended_at is not None and row["ending"] == Ending.WITHDRAWN:  # nobody saw the child
        yield Entry(ended_at, _Rank.ENDED, f"-- {row['rule']}: {row['state']}")
    elif ended_at is not None:
        yield Entry(ended_at, _Rank.ENDED, f"ok {row['rule']}: {row['state']}", Tone.MET)


def _told(row: Record) -> Entry:
    repeat = f", repeat {row['repeat']}" if row["repeat"] else ""
    passed_up = ", passed up" if row["passed_up"] else ""
    said = f": {row['server_said']}" if row["server_said"] else ""
    step = f", {row['step']}" if row["step"] != row["kind"] else ""  # a closing has one step, named as its kind
    text = f"told {row['to']} ({row['kind']}, {row['rule']}{step}{repeat}{passed_up}): "
    return Entry(moment(row["decided_at"]), _Rank.TOLD, f"{text}{row['fate_in_words']}{said}", Tone.TOLD)


def _words(at: datetime, calendar: Calendar) -> str:
    return on_the_clock(at, calendar.timezone)
