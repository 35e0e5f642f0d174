"""Rows of the store with valid defaults, beside those of tests.builders."""

from datetime import UTC, datetime, timedelta
from typing import Any

from riskwatch.core.notices import Fate, Letter, LetterState, Notice, Outcome, Told, Verdict
from riskwatch.core.tracking import Decision, Entry, Run, Tracked
from tests import builders

NOON = datetime(2023, 2, 6, 12, 0, tzinfo=UTC)
SENT = Outcome(Verdict.SENT, "250 ok")
REFUSED = Outcome(Verdict.REFUSED, "550 no such user")
LATER = Outcome(Verdict.LATER, "451 try later")


def after(**distance: float) -> datetime:
    """The moment so long after noon."""
    return NOON + timedelta(**distance)


def owed(
    child_ref: str = "C1", *, rule: str = "seen-high", next_notice_at: datetime | None = NOON, **changes: Any
) -> Tracked:
    """An obligation that is to be looked at at noon."""
    key = f"{child_ref}|{rule}"
    return builders.tracked(child_ref=child_ref)._replace(
        **{"key": key, "rule": rule, "next_notice_at": next_notice_at, **changes}
    )


def of(tracked: Tracked | None = None, *, person: str = "pc.one@north.police.uk", step: str = "officer") -> Notice:
    """A notice of an obligation."""
    return builders.notice(tracked or owed(), person=person, step=step)


def kept(notice: Notice | None = None, *, fate: Fate = Fate.PENDING, letter_id: str = "", at: datetime = NOON) -> Told:
    """A notice that was decided at noon."""
    return Told(notice or of(), at, fate, letter_id)


def letter(letter_id: str = "L1", *, made_at: datetime = NOON, **changes: Any) -> Letter:
    """A letter made at noon."""
    plain = Letter(
        letter_id=letter_id,
        recipient="pc.one@north.police.uk",
        purpose="notices",
        subject="Not seen in time",
        message=b"Subject: Not seen in time\r\n\r\nC1\r\n\x00\xff",
        urgent=False,
        due_at=made_at,
        made_at=made_at,
    )
    return plain._replace(**changes)


def state_of(state: LetterState, **changes: Any) -> dict[str, Any]:
    """The changes of a letter that stands there."""
    return {"state": state, **changes}


def entry(subject: str = "C1|seen-high", *, at: datetime = NOON, child_ref: str = "C1", **detail: Any) -> Entry:
    """A decision at noon."""
    return Entry(at, Decision.TELL, child_ref, subject, "2026-11", detail)


def run(stage: str = "sweep", *, at: datetime = NOON, full: bool = False, problem: str = "") -> Run:
    """A run of ten seconds that ended at this time."""
    return Run(stage, at - timedelta(seconds=10), at, full, {"notices": 3}, problem)
