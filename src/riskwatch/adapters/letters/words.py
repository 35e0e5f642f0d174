"""The facts of a letter as words: what its templates may speak of, bounded, and harmless in a header."""

from typing import NamedTuple

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
    passed_up_why: str  # what stood in the way of whom the step names; blank where it was not passed up
    due: str
    started: str
    late: str  # how long after the deadline the letter was made; blank before it
    due_in: str  # how long before the deadline the letter was made; blank after it
    allowed: str  # how long there was from the start of the clock to the deadline; blank where no clock ran
    running: str  # how long the clock had run when the letter was made
    bar: int  # hundredths of a bar: of the running time what was allowed; in a digest, of its longest what is late
    rest: int  # the other hundredths; 0 where there is nothing to show, and of the longest itself
    counts: str
    why: str
    next_role: str
    next_at: str
    next_told: str  # "the manager is told", "you are told again": who hears at `next_at`; blank where nobody does
    checked: str
    checked_late: str  # how long after the deadline the check was made; blank where it was in time
    ended: str
    recorded_after: str  # how long after the check it became known; blank where at once
    ending: str
    told: str  # in a digest: who was told of it before, in a sentence; `rungs` says it in a letter on one case
    section: str  # in a digest, on the first line of a section: its name
    section_cases: str  # ... and how many cases are in it
    opens: bool  # in a digest: the line is the first of its officer


class RungWords(NamedTuple):
    """One telling of the ladder so far, in words."""

    at: str  # when it was decided; the letter left then, unless `fate` says otherwise
    who: str  # the step, and the person or "you"
    fate: str


class LetterWords(NamedTuple):
    """A letter in words, its lines in the order in which they are to be read."""

    marking: str
    made: str
    summary: str
    call: str  # what it asks of its reader: "now", "soon" (reminders, and what is over) or "none" (all is over)
    lines: tuple[LineWords, ...]
    held_back: int  # how many of the lines waited for this letter
    waited: str  # how long the first of them did; blank where none did, or for less than a minute
    paced: bool  # they waited because the mail server takes so many letters a minute, not by the hourly cap
    rungs: tuple[RungWords, ...]  # in a letter on one case: who was told before, oldest first
    longest: str  # how late the worst case of the letter is; blank where none is late


class ParagraphWords(NamedTuple):
    """A paragraph of a letter about the service; `head` is blank where it goes on with the one before."""

    head: str
    text: str


class ServiceWords(NamedTuple):
    """A letter about the service in words. `table` holds the same rows as `rows`, set in columns for plain text."""

    marking: str
    made: str
    call: str  # what it asks of its reader: "now", "soon" or "none"
    subject: str
    paragraphs: tuple[ParagraphWords, ...]
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
