"""Notices and the letters that carry them: one notice is one step of one obligation for one person."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from typing import NamedTuple


class Kind(StrEnum):
    """Why a person is told."""

    REMINDER = "reminder"
    OVERDUE = "overdue"
    CLEARED = "cleared"
    CLOSED_UNCHECKED = "closed_unchecked"


class Fate(StrEnum):
    """What became of a notice."""

    HELD = "held"  # the recipient's cap is reached; it waits for the next digest
    PENDING = "pending"  # in a letter that has not been claimed for sending
    SENDING = "sending"  # in a letter that is on its way: it may have arrived
    SENT = "sent"  # the mail server said 250
    REFUSED = "refused"  # the mail server refused the recipient for good
    STRUCK = "struck"  # taken out of its letter before it left: the obligation had ended


class Notice(NamedTuple):
    """A decision to tell one person. Its `key` is told once, ever."""

    subject: str  # the key of the obligation, or of the closure, that it is about
    generation: int
    kind: Kind
    child_ref: str
    rule: str
    step: str
    repeat: int
    due_at: datetime
    person: str
    passed_up: bool
    urgent: bool

    @property
    def key(self) -> str:
        """The identity that the store keeps once."""
        return f"{self.subject}|g{self.generation}|{self.kind}|{self.step}|{self.repeat}|{self.person}"

    @property
    def order(self) -> tuple[str, str, str, str, int, datetime]:
        """The order of the notices in a letter, as programs see it."""
        return (self.child_ref, self.rule, self.kind, self.step, self.repeat, self.due_at)


class Told(NamedTuple):
    """A notice that the store holds, and its fate. `letter_id` is blank while the notice is held back."""

    notice: Notice
    decided_at: datetime
    fate: Fate
    letter_id: str = ""


class Passing(NamedTuple):
    """Why a notice was passed up: past people whom a mail server had refused for good, past a post where nobody could
    be told (empty, or its holder away or gone), past roles whose address is none that letters may go to, or several of
    these. `said` is what the server said, where known."""

    refused: Sequence[str] = ()
    vacant: bool = True
    said: Sequence[str] = ()  # beside each of `refused`
    unusable: Sequence[str] = ()  # roles: the address recorded for each is not one plain address on an allowed domain


class Line(NamedTuple):
    """What a letter says of one notice. Times are aware UTC; None where the question does not arise."""

    notice: Notice
    tier: str  # the highest tier in force; blank where none is
    unit: str
    officer: str
    started_at: datetime | None
    counts: tuple[str, ...]  # in words, the recorded events that would settle it
    why: str  # the basis of the rule, in the policy's own words
    next_role: str = ""  # who hears next, blank where nobody does
    next_at: datetime | None = None
    next_person: str = ""  # ... and who that is, as posts and absences stand
    next_again: bool = False  # whether that person was told before
    next_passed_up: bool = False  # whether it passes up to that person: the role cannot be told
    checked_at: datetime | None = None  # cleared by a check: when the child was seen
    ended_at: datetime | None = None  # cleared: when that became known
    ending: str = ""  # cleared: "discharged", "authorised", "closed", "relaxed", "withdrawn" or "retired"
    told: Sequence[Told] = ()  # still owed: who was told of it before this notice or with it, oldest first
    told_beside: int = 0  # how many more were told, between those first and last
    passing: Passing = Passing()  # passed up: why


class Draft(NamedTuple):
    """A letter before it is worded: one recipient's lines at one time."""

    letter_id: str
    recipient: str
    made_at: datetime
    lines: Sequence[Line]
    held_back: int = 0  # how many of the lines were held back until now
    held_since: datetime | None = None  # since when the first of those; None where none was
    paced: bool = False  # held back because the mail server takes so many letters a minute, not by the hourly cap
    thread: tuple[str, ...] = ()  # the ids of earlier letters about the same obligations, oldest first


class Call(StrEnum):
    """What a letter about the service asks of its reader."""

    NOW = "now"  # children may be unwatched until somebody acts
    SOON = "soon"  # somebody has to see to it
    NONE = "none"  # nothing: it is for information


class ServiceLetter(NamedTuple):
    """A letter about the service itself, for the administrator or a manager: paragraphs, and a table if it has rows.

    `heads` stand over the paragraphs, in their order; where one is blank or missing, the paragraph goes on with the
    one before.
    """

    letter_id: str
    recipient: str
    made_at: datetime
    purpose: str  # "data-quality", "blind", "daily", "test" ...
    subject: str
    paragraphs: tuple[str, ...]
    table_head: tuple[str, ...] = ()
    table_rows: tuple[tuple[str, ...], ...] = ()
    heads: tuple[str, ...] = ()
    call: Call = Call.SOON


class Rendered(NamedTuple):
    """A worded letter: `message` is the bytes that go over the wire, with CRLF line ends."""

    subject: str
    message: bytes


class LetterState(StrEnum):
    """Where a letter stands."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class Letter(NamedTuple):
    """A letter in the outbox. `due_at` is the earliest moment at which something in it was to be told.

    `in_doubt`: an earlier attempt may have reached the recipient, so that whoever has it must hear when it is over.
    `joined_at` is when it took the place of several that a rate limit held back, the first of them made at `made_at`;
    None: it did not.
    """

    letter_id: str
    recipient: str
    purpose: str  # "notices", or what service letter it is: "data-quality", "blind", "daily", "test" ...
    subject: str
    message: bytes
    urgent: bool
    due_at: datetime
    made_at: datetime
    state: LetterState = LetterState.PENDING
    attempts: int = 0
    next_attempt_at: datetime | None = None
    last_response: str = ""
    in_doubt: bool = False
    joined_at: datetime | None = None


class Verdict(StrEnum):
    """What came of one attempt to send a letter."""

    SENT = "sent"  # 250 after the final dot
    LATER = "later"  # a passing fault: try again
    REFUSED = "refused"  # this recipient or letter is refused for good
    MISCONFIGURED = "misconfigured"  # credentials, TLS or sender: nothing can be sent until somebody mends it


class Scope(StrEnum):
    """Whom a verdict that is not SENT concerns: whether other letters would fare the same."""

    RECIPIENT = "recipient"
    CONTENT = "content"
    SERVER = "server"  # the server or the way to it: every letter


class Outcome(NamedTuple):
    """An attempt's verdict, and what the server (or the connection) said, in one bounded line.

    `uncertain`: the whole letter was handed over and no answer came, so that it may have arrived. `refused`: LATER, but
    the server refused for good; somebody should know. `note` is what somebody should mend although letters go, or "".
    """

    verdict: Verdict
    response: str
    scope: Scope = Scope.RECIPIENT
    uncertain: bool = False
    refused: bool = False
    note: str = ""


def letter_id(recipient: str, notices: Iterable[Notice]) -> str:
    """Return the id of the letter that carries these notices; the same notices give the same id, so that a letter
    decided again after a crash is the same letter."""
    digest = blake2b(recipient.encode(), digest_size=16)
    for key in sorted(notice.key for notice in notices):
        digest.update(b"\0" + key.encode())
    return digest.hexdigest()
