"""What the service remembers between two looks: children watched, obligations and how far they were told."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple


class Basis(StrEnum):
    """Why an obligation is owed. CLOSING is a closure that is not honoured: a matter to be told once, not a debt."""

    FIRST = "first"
    EVERY = "every"
    CLOSING = "closing"


class Ending(StrEnum):
    """What ended an obligation."""

    DISCHARGED = "discharged"  # a satisfying check
    AUTHORISED = "authorised"  # authority, recorded after the closure
    CLOSED = "closed"  # a closure that is honoured
    RELAXED = "relaxed"  # a lowering on the strength of a recent visit
    WITHDRAWN = "withdrawn"  # it no longer follows from the records, as two full readings agree
    TOLD = "told"  # a closure that is not honoured, once somebody was told


class Standing(StrEnum):
    """Where a child stands."""

    OPEN = "open"
    WAITING = "waiting"  # closed by the agency, not by us: authority is needed and missing
    CLOSED = "closed"  # debts, if any, stay live


class Watched(NamedTuple):
    """A child as last read. `digest` tells whether its rows have changed; `tier` is the highest in force, or blank.

    `next_known_at` is when a record that the agency dated in the future becomes known, or None.
    """

    child_ref: str
    unit: str
    officer: str
    tier: str
    standing: Standing
    digest: str
    next_known_at: datetime | None = None


class Tracked(NamedTuple):
    """An obligation as the store keeps it, with how far it was told.

    Every step up to `told_until` is spent; None: none is. `told_officer` is the officer of the child when an officer's
    step was last told. `next_notice_at` is when to look at it again; None: never, unless the facts change.
    `doubted_at`: a reading no longer gave it; a second full reading, later, withdraws it. `ended_at` is the moment at
    which its end became known, None while it is outstanding.
    """

    key: str
    child_ref: str
    rule: str
    started_at: datetime
    basis: Basis
    due_at: datetime
    owed_from: datetime
    generation: int = 0
    told_until: datetime | None = None
    told_officer: str = ""
    next_notice_at: datetime | None = None
    doubted_at: datetime | None = None
    ended_at: datetime | None = None
    ending: Ending | None = None
    ended_by: str = ""
    checked_at: datetime | None = None

    def is_overdue(self, now: datetime) -> bool:
        """Whether the deadline has come and nothing has ended the obligation: the one definition of overdue."""
        return self.ended_at is None and self.basis is not Basis.CLOSING and self.due_at <= now

    def overdue_by(self, at: datetime) -> timedelta:
        """How long it had been overdue at a time, or at its end where that came first; none where it never was."""
        until = at if self.ended_at is None else min(at, self.ended_at)
        if self.basis is Basis.CLOSING or self.due_at >= until:
            return timedelta(0)
        return until - self.due_at


class Decision(StrEnum):
    """What a journal row records."""

    OWED = "owed"
    ENDED = "ended"
    DOUBTED = "doubted"
    REOPENED = "reopened"
    TELL = "tell"
    STRUCK = "struck"
    JOINED = "joined"  # put into another letter to the same person, because the mail server takes so many a minute
    SENT = "sent"
    REFUSED = "refused"
    BLIND = "blind"
    SEES_AGAIN = "sees-again"
    CONFIGURED = "configured"


class Entry(NamedTuple):
    """A row of the journal. `detail` holds plain values only (text, numbers, booleans), never personal data."""

    at: datetime
    decision: Decision
    child_ref: str
    subject: str
    policy_version: str
    detail: dict[str, Any]


class Run(NamedTuple):
    """One run of a stage: its counts, and the problem that stopped it, blank where none did."""

    stage: str  # "refresh", "sweep" or "delivery"
    started_at: datetime
    finished_at: datetime
    full: bool
    counts: dict[str, int]
    problem: str = ""
