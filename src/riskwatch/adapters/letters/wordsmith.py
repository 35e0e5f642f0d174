"""Words the facts of a letter: in local time, the most urgent first, whatever the source held."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import zip_longest
from urllib.parse import quote
from zoneinfo import ZoneInfo

from riskwatch.adapters.letters.subjects import NOTHING, headline, longest, spelled, summary, unit_name
from riskwatch.adapters.letters.words import (
    MAX_ADDRESS,
    MAX_CELL,
    MAX_COLUMNS,
    MAX_COUNTS,
    MAX_PARAGRAPH,
    MAX_PARAGRAPHS,
    MAX_REF,
    MAX_ROWS,
    MAX_SENTENCE,
    MAX_WORD,
    LetterWords,
    LineWords,
    ParagraphWords,
    RungWords,
    ServiceWords,
    plain,
)
from riskwatch.core.notices import Call, Draft, Fate, Kind, Line, ServiceLetter, Told
from riskwatch.core.spelling import counted, wall_clock

_RANK = {Kind.CLOSED_UNCHECKED: 0, Kind.OVERDUE: 0, Kind.REMINDER: 1, Kind.CLEARED: 2}
_SECTIONS = ("Act now", "Due soon", "Over")
_CALLS = (Call.NOW, Call.SOON, Call.NONE)
_FATES = {
    Fate.HELD: "letter held back for now",
    Fate.PENDING: "letter on its way",
    Fate.SENDING: "letter on its way",
    Fate.SENT: "letter sent",
    Fate.REFUSED: "not told: the mail server refused the letter",
}


def worst_first(lines: Sequence[Line]) -> list[Line]:
    """Return the lines as a digest gives them: what is to be done now, what is due soon, what is over.

    In each of these the units stand together, in them the officers, and then the cases, always the longest late first.
    """
    first: dict[tuple[object, ...], datetime] = {}
    for line in lines:
        rank, due_at = _RANK[line.notice.kind], line.notice.due_at
        for group in ((rank, line.unit), (rank, line.unit, line.officer)):
            if group not in first or due_at < first[group]:
                first[group] = due_at

    def place(line: Line) -> tuple[object, ...]:
        rank, unit, officer = _RANK[line.notice.kind], line.unit, line.officer
        of_officer = (first[rank, unit, officer], officer)
        return (rank, first[rank, unit], unit, *of_officer, line.notice.due_at, line.notice.order)

    return sorted(lines, key=place)


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
            return self._marked(headline(draft.lines[0], draft.made_at))
        return self._marked(summary(draft))

    def service_subject(self, letter: ServiceLetter) -> str:
        """Return the subject of a letter about the service."""
        return self._marked(plain(letter.subject, MAX_CELL))

    def _marked(self, subject: str) -> str:
        return " ".join((f"[{self._marking}] {subject}" if self._marking else subject).split())

    def letter(self, draft: Draft) -> LetterWords:
        """Return the letter's words."""
        late = longest(draft)
        if len(draft.lines) == 1:
            (line,) = draft.lines
            lines = [self._line(line, draft)]
            rungs = self._rungs(line, draft) if line.told else ()
        else:
            lines, rungs = list(self._grouped(draft, late)), ()
        return LetterWords(
            marking=self._marking,
            made=self.local(draft.made_at),
            summary=summary(draft),
            call=_CALLS[min((_RANK[line.notice.kind] for line in draft.lines), default=0)].value,
            lines=tuple(lines),
            held_back=draft.held_back,
            waited="" if draft.held_since is None else spelled(draft.made_at - draft.held_since),
            paced=draft.paced,
            rungs=rungs,
            longest=spelled(late),
        )

    def _grouped(self, draft: Draft, late: timedelta) -> Iterator[LineWords]:
        """Yield the lines of a digest in the order in which they are to be read, each group with its head."""
        lines = worst_first(draft.lines)
        cases: dict[tuple[int, str], set[str]] = {}
        for line in lines:
            cases.setdefault((_RANK[line.notice.kind], line.unit), set()).add(line.notice.child_ref)
        section: tuple[int, str] | None = None
        officer = ""
        for line in lines:
            words, before = self._line(line, draft), section
            section = (_RANK[line.notice.kind], line.unit)
            opens, officer = section != before or line.officer != officer, line.officer
            bar, rest = _parts(draft.made_at - line.notice.due_at, late) if line.notice.kind is Kind.OVERDUE else (0, 0)
            words = words._replace(bar=bar, rest=rest, told=self._told(line, draft), opens=opens)
            if section != before:
                head = f"{_SECTIONS[section[0]]}: {words.unit or 'no unit'}"
                words = words._replace(section=head, section_cases=counted(len(cases[section]), "case"))
            yield words

    def _rungs(self, line: Line, draft: Draft) -> tuple[RungWords, ...]:
        rungs = [self._rung(one, draft) for one in line.told]
        if line.told_beside:
            rungs.insert(len(rungs) // 2, RungWords("In between", f"{line.told_beside} more", ""))
        return tuple(rungs)

    def _told(self, line: Line, draft: Draft) -> str:
        sent = _FATES[Fate.SENT]
        rungs = self._rungs(line, draft) if line.told else ()
        return "; ".join(
            [f"{rung.at}, {rung.who}" + ("" if rung.fate in ("", sent) else f" ({rung.fate})") for rung in rungs]
        )

    def _rung(self, told: Told, draft: Draft) -> RungWords:
        notice = told.notice
        step = plain(notice.step, MAX_WORD)
        if notice.kind is Kind.REMINDER and step != "reminder":
            step = f"{step} (reminder)"
        if notice.repeat:
            step = f"{step} (repeat {notice.repeat})"
        person = "you" if notice.person == draft.recipient else plain(notice.person, MAX_ADDRESS)
        return RungWords(self.local(told.decided_at), f"{step}, {person}", _FATES.get(told.fate, ""))

    def _line(self, line: Line, draft: Draft) -> LineWords:
        notice, local = line.notice, self.local
        tier, unit = plain(line.tier, MAX_WORD), unit_name(line.unit)
        officer = plain(line.officer, MAX_ADDRESS)
        due_at, checked_at, ended_at, started_at = notice.due_at, line.checked_at, line.ended_at, line.started_at
        late = draft.made_at - due_at
        allowed = running = NOTHING
        if started_at is not None:
            allowed = _allowed(started_at, due_at, self._zone)
            running = allowed + late
        bar, rest = _parts(allowed, running) if late > NOTHING else _parts(running, allowed)
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
            passed_up_why=_why_passed_up(line) if notice.passed_up else "",
            due=local(due_at),
            started="" if started_at is None else local(started_at),
            late=spelled(late),
            due_in=spelled(-late),
            allowed=spelled(allowed),
            running=spelled(running),
            bar=bar,
            rest=rest,
            counts="; ".join([plain(kind, MAX_CELL) for kind in line.counts[:MAX_COUNTS]]),
            why=plain(line.why, MAX_SENTENCE),
            next_role=plain(line.next_role, MAX_WORD),
            next_told=_next_told(line, draft.recipient),
            next_at="" if line.next_at is None else local(line.next_at),
            checked="" if checked_at is None else local(checked_at),
            checked_late="" if checked_at is None else spelled(checked_at - due_at),
            ended="" if ended_at is None else local(ended_at),
            recorded_after="" if checked_at is None or ended_at is None else spelled(ended_at - checked_at),
            ending=plain(line.ending, MAX_WORD),
            told="",
            section="",
            section_cases="",
            opens=False,
        )

    def _link(self, child_ref: str) -> str:
        """Return the address of the case record; blank where none is configured or the reference is beyond reason."""
        if not self._case_link or len(child_ref) > MAX_REF:
            return ""
        return self._case_link.replace("{child_ref}", quote(child_ref, safe="", errors="replace"))

    def service(self, letter: ServiceLetter) -> ServiceWords:
        """Return the words of a letter about the service. What is beyond a limit is counted in the letter itself."""
        texts = letter.paragraphs[:MAX_PARAGRAPHS]
        paragraphs = [
            ParagraphWords(plain(head, MAX_WORD), plain(text, MAX_PARAGRAPH))
            for head, text in zip_longest(letter.heads[: len(texts)], texts, fillvalue="")
        ]
        beyond = len(letter.paragraphs) - MAX_PARAGRAPHS
        if beyond > 0:
            paragraphs.append(ParagraphWords("", f"{counted(beyond, 'paragraph')} left out."))
        head = tuple(plain(cell, MAX_CELL) for cell in letter.table_head[:MAX_COLUMNS])
        rows = tuple(tuple(plain(cell, MAX_CELL) for cell in row[:MAX_COLUMNS]) for row in letter.table_rows[:MAX_ROWS])
        if len(letter.table_rows) > MAX_ROWS:
            cut = f"The table shows the first {MAX_ROWS} of {len(letter.table_rows)} rows."
            paragraphs.append(ParagraphWords("", cut))
        return ServiceWords(
            marking=self._marking,
            made=self.local(letter.made_at),
            call=letter.call.value,
            subject=plain(letter.subject, MAX_CELL),
            paragraphs=tuple(paragraphs),
            head=head,
            rows=rows,
            table=_columns((head, *rows) if head else rows) if rows else (),
        )


def _allowed(started_at: datetime, due_at: datetime, zone: ZoneInfo) -> timedelta:
    """Return how long there was, as the rule says it: "42 days" by the clock on the wall are that over a clock change.

    Hours that a rule counts as elapsed are those: over a clock change, three days of them end at another time of day.
    """
    try:
        by_the_wall = due_at.astimezone(zone).replace(tzinfo=None) - started_at.astimezone(zone).replace(tzinfo=None)
    except OverflowError:  # the calendar's very ends have no local time everywhere
        return due_at - started_at
    return by_the_wall if by_the_wall % timedelta(days=1) == NOTHING else due_at - started_at


def _next_told(line: Line, recipient: str) -> str:
    """Return who hears next, in a clause without its time: "the manager is told"."""
    if not line.next_role:
        return ""
    again, role = " again" if line.next_again else "", plain(line.next_role, MAX_WORD)
    if line.next_person and line.next_person == recipient:
        return f"you are told{again}"
    if line.next_passed_up:
        return f"{plain(line.next_person, MAX_ADDRESS)} is told{again}, in place of the {role}"
    return f"the {role} is told{again}"


def _why_passed_up(line: Line) -> str:
    """Return what stood in the way, in a clause: an empty post, an unusable address and a refusal are told apart."""
    passing = line.passing
    why = ["nobody could be told there (an empty post, or its holder is away)"] if passing.vacant else []
    for role in passing.unusable[:MAX_COUNTS]:
        name = plain(role, MAX_WORD)
        why.append(f"the address recorded for the {name} is not one plain address on an allowed domain")
    for person, said in zip_longest(passing.refused[:MAX_COUNTS], passing.said[:MAX_COUNTS], fillvalue=""):
        answer = f" ({plain(said, MAX_CELL)})" if said else ""
        why.append(f"the mail server refused the letter to {plain(person, MAX_ADDRESS)} for good{answer}")
    return ", and ".join(why)


def _parts(part: timedelta, whole: timedelta) -> tuple[int, int]:
    """Return a bar in hundredths: the part and the rest, each to be seen where it is not nothing; (0, 0): no bar."""
    if whole <= NOTHING:
        return 0, 0
    share = min(98, max(2, round(100 * (part / whole)))) if part < whole else 100
    return share, 100 - share


def _columns(rows: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Set the rows in columns for a plain text."""
    count = max(len(row) for row in rows)
    widths = [max((len(row[column]) for row in rows if column < len(row)), default=0) for column in range(count)]
    return tuple(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip() for row in rows
    )
