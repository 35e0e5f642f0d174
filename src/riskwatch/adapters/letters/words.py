"""The facts of a letter as words: bounded, in local time, and harmless in a header whatever the source held."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote
from zoneinfo import ZoneInfo

from riskwatch.core.notices import Draft, Kind, Line, ServiceLetter
from riskwatch.core.spelling import spell, wall_clock

MAX_REF = 100
MAX_WORD = 64
MAX_ADDRESS = 254
MAX_SENTENCE = 400
MAX_COUNTS = 20
MAX_PARAGRAPH = 4_000
MAX_PARAGRAPHS = 100
MAX_CELL = 200
MAX_COLUMNS = 12
MAX_ROWS = 2_000

_RANK = {Kind.CLOSED_UNCHECKED: 0, Kind.OVERDUE: 0, Kind.REMINDER: 1, Kind.CLEARED: 2}


class LineWords(NamedTuple):
    """One notice in words. A blank string means that there is nothing to say; templates test it with `if`."""

    kind: str
    case: str
    link: str
    rule: str
    tier: str
    unit: str
    where: str  # "high, scarborough": tier and unit, those that there are
    officer: str
    is_officer: bool  # whether the recipient is the child's officer
    step: str
    repeat: str
    urgent: bool
    passed_up: bool
    due: str
    started: str
    late: str  # how long after the deadline the letter was made; blank before it
    due_in: str  # how long before the deadline the letter was made; blank after it
    counts: str
    why: str
    next_role: str
    next_at: str
    checked: str
    checked_late: str  # how long after the deadline the check was made; blank where it was in time
    ended: str
    recorded_after: str  # how long after the check it became known; blank where at once
    ending: str


class LetterWords(NamedTuple):
    """A letter in words, its lines in the order in which they are to be read."""

    marking: str
    made: str
    summary: str
    lines: tuple[LineWords, ...]
    held_back: int  # how many of the lines waited for this letter, because of the recipient's hourly cap


class ServiceWords(NamedTuple):
    """A letter about the service in words. `table` holds the same rows as `rows`, set in columns for plain text."""

    marking: str
    made: str
    subject: str
    paragraphs: tuple[str, ...]
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    table: tuple[str, ...]


def plain(text: str, limit: int) -> str:
    """Return the text on one line, without control, direction or other invisible characters, at most `limit` long."""
    if len(text) > limit:
        text = text[: limit - 3] + "..."
    if text.isprintable():
        return text
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _abbreviate(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    if minutes >= 2 * 1440:
        return f"{minutes // 1440} d"
    return f"{minutes // 60} h" if minutes >= 60 else f"{minutes} min"


def worst_first(lines: Sequence[Line]) -> list[Line]:
    """Return the lines as a digest gives them: overdue by longest late, then reminders, then what is cleared."""
    return sorted(lines, key=lambda line: (_RANK[line.notice.kind], line.notice.due_at, line.notice.order))


def _plural(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def summary(draft: Draft) -> str:
    """Return what a digest holds, in a few words. Overdue cases are counted once however many rules they breach."""
    of_kind: dict[Kind, list[str]] = {kind: [] for kind in Kind}
    for line in draft.lines:
        of_kind[line.notice.kind].append(line.notice.child_ref)
    parts = []
    if overdue := set(of_kind[Kind.OVERDUE]):
        parts.append(_plural(len(overdue), "case overdue", "cases overdue"))
    if closed := set(of_kind[Kind.CLOSED_UNCHECKED]):
        parts.append(f"{len(closed)} closed unchecked")
    if reminders := of_kind[Kind.REMINDER]:
        parts.append(_plural(len(reminders), "reminder", "reminders"))
    if cleared := of_kind[Kind.CLEARED]:
        parts.append(f"{len(cleared)} cleared")
    return ", ".join(parts) or "nothing to tell"


class Wordsmith:
    """Turns drafts into words, in one time zone."""

    def __init__(self, *, marking: str, case_link: str, timezone: ZoneInfo) -> None:
        self._marking = plain(marking, MAX_WORD)
        self._case_link = case_link
        self._zone = timezone
        self.local = lru_cache(maxsize=4_096)(self._local)

    def _local(self, moment: datetime) -> str:
        return wall_clock(moment, self._zone)

    def subject(self, draft: Draft) -> str:
        """Return the subject: for one notice its case, tier, unit and lateness, for several what they come to."""
        if len(draft.lines) == 1:
            return self._marked(_headline(draft.lines[0], draft.made_at))
        return self._marked(summary(draft))

    def service_subject(self, letter: ServiceLetter) -> str:
        """Return the subject of a letter about the service."""
        return self._marked(plain(letter.subject, MAX_CELL))

    def _marked(self, subject: str) -> str:
        return " ".join((f"[{self._marking}] {subject}" if self._marking else subject).split())

    def letter(self, draft: Draft) -> LetterWords:
        """Return the letter's words."""
        lines = worst_first(draft.lines) if len(draft.lines) > 1 else draft.lines
        return LetterWords(
            marking=self._marking,
            made=self.local(draft.made_at),
            summary=summary(draft),
            lines=tuple([self._line(line, draft) for line in lines]),
            held_back=draft.held_back,
        )

    def _line(self, line: Line, draft: Draft) -> LineWords:
        notice, local = line.notice, self.local
        tier, unit = plain(line.tier, MAX_WORD), plain(line.unit, MAX_WORD)
        officer = plain(line.officer, MAX_ADDRESS)
        due_at, checked_at, ended_at = notice.due_at, line.checked_at, line.ended_at
        late = draft.made_at - due_at
        return LineWords(
            kind=notice.kind.value,
            case=plain(notice.child_ref, MAX_REF),
            link=self._link(notice.child_ref),
            rule=plain(notice.rule, MAX_WORD),
            tier=tier,
            unit=unit,
            where=f"{tier}, {unit}" if tier and unit else tier or unit,
            officer=officer,
            is_officer=officer != "" and officer == draft.recipient,
            step=plain(notice.step, MAX_WORD),
            repeat=str(notice.repeat) if notice.repeat else "",
            urgent=notice.urgent,
            passed_up=notice.passed_up,
            due=local(due_at),
            started="" if line.started_at is None else local(line.started_at),
            late=spell(late),
            due_in=spell(-late),
            counts="; ".join([plain(kind, MAX_CELL) for kind in line.counts[:MAX_COUNTS]]),
            why=plain(line.why, MAX_SENTENCE),
            next_role=plain(line.next_role, MAX_WORD),
            next_at="" if line.next_at is None else local(line.next_at),
            checked="" if checked_at is None else local(checked_at),
            checked_late="" if checked_at is None else spell(checked_at - due_at),
            ended="" if ended_at is None else local(ended_at),
            recorded_after="" if checked_at is None or ended_at is None else spell(ended_at - checked_at),
            ending=plain(line.ending, MAX_WORD),
        )

    def _link(self, child_ref: str) -> str:
        """Return the address of the case record; blank where none is configured or the reference is beyond reason."""
        if not self._case_link or len(child_ref) > MAX_REF:
            return ""
        return self._case_link.replace("{child_ref}", quote(child_ref, safe="", errors="replace"))

    def service(self, letter: ServiceLetter) -> ServiceWords:
        """Return the words of a letter about the service. What is beyond a limit is counted in the letter itself."""
        paragraphs = [plain(text, MAX_PARAGRAPH) for text in letter.paragraphs[:MAX_PARAGRAPHS]]
        if beyond := len(letter.paragraphs) - MAX_PARAGRAPHS:
            paragraphs += [f"{_plural(beyond, 'paragraph', 'paragraphs')} left out."] if beyond > 0 else []
        head = tuple(plain(cell, MAX_CELL) for cell in letter.table_head[:MAX_COLUMNS])
        rows = tuple(tuple(plain(cell, MAX_CELL) for cell in row[:MAX_COLUMNS]) for row in letter.table_rows[:MAX_ROWS])
        if len(letter.table_rows) > MAX_ROWS:
            paragraphs.append(f"The table shows the first {MAX_ROWS} of {len(letter.table_rows)} rows.")
        return ServiceWords(
            marking=self._marking,
            made=self.local(letter.made_at),
            subject=plain(letter.subject, MAX_CELL),
            paragraphs=tuple(paragraphs),
            head=head,
            rows=rows,
            table=_columns((head, *rows) if head else rows) if rows else (),
        )


def _columns(rows: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Set the rows in columns for a plain text."""
    count = max(len(row) for row in rows)
    widths = [max((len(row[column]) for row in rows if column < len(row)), default=0) for column in range(count)]
    return tuple(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip() for row in rows
    )


def _headline(line: Line, now: datetime) -> str:
    notice = line.notice
    late = now - notice.due_at
    match notice.kind:
        case Kind.REMINDER:
            start = f"Due in {_abbreviate(-late)}" if spell(-late) else "Due now"
        case Kind.OVERDUE:
            start = f"Overdue {_abbreviate(late)}" if spell(late) else "Overdue now"
        case Kind.CLEARED:
            start = "Cleared"
        case Kind.CLOSED_UNCHECKED:
            start = "Closed unchecked"
    tier = f" ({plain(line.tier, MAX_WORD)})" if line.tier else ""
    unit = f", {plain(line.unit, MAX_WORD)}" if line.unit else ""
    return f"{start}: case {plain(notice.child_ref, MAX_REF)}{tier}{unit}"
