"""Joining: letters that a mail server's pace holds back become one a person, so that a backlog leaves sooner."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter

import structlog

from riskwatch.core.mandate import Mandate
from riskwatch.core.notices import Kind, Letter, Told, letter_id
from riskwatch.core.tracking import Decision
from riskwatch.pipeline.ports import Letters, Transaction
from riskwatch.pipeline.wording import Wording

MOST = 500
"""Letters joined in one transaction; what is beyond goes into the person's next letter."""

log = structlog.get_logger()


def join_waiting(tx: Transaction, letters: Letters, mandate: Mandate, now: datetime, *, going: int) -> None:
    """Join the waiting letters of each person to whom one of the next `going` letters goes, where more wait than go.

    Only letters that no server was ever offered are joined: one that may have arrived keeps its Message-ID. The joined
    letter is as urgent as the most urgent of them, due when the earliest was, and as old as the oldest.
    """
    waiting = tx.joinable(now, going=going, most=MOST)
    if len(waiting) == MOST:
        log.warning("joining-bound-reached", letters=MOST)
    for person, theirs in groupby(waiting, key=attrgetter("recipient")):
        several = list(theirs)
        if len(several) > 1:
            _join(tx, letters, mandate, now, person, several)


def _join(
    tx: Transaction, letters: Letters, mandate: Mandate, now: datetime, person: str, several: Sequence[Letter]
) -> None:
    lines = tx.lines_of([letter.letter_id for letter in several])
    told = [one for letter in several for one in lines.get(letter.letter_id, ())]
    overtaken = _overtaken(told)
    gone = set(tx.strike([one.notice.key for one in overtaken]))
    left = [one for one in told if one.notice.key not in gone]
    parts = sorted({one.letter_id for one in left})
    work = Wording(tx, letters, mandate, now)
    journal = [work.entry(Decision.STRUCK, one.notice, reason="overtaken-by-the-deadline") for one in overtaken]
    if len(parts) > 1:
        notices = [one.notice for one in left]
        identity = letter_id(person, notices)
        ids = [letter.letter_id for letter in several]
        tx.join(ids, identity)
        work.know(notices)
        joined = work.letter(person, notices, identity, [one.decided_at for one in left], paced=True)
        due_at, made_at = min(one.due_at for one in several), min(one.made_at for one in several)
        tx.add_letters([joined._replace(due_at=due_at, made_at=made_at, joined_at=now)])
        journal += [
            work.entry(Decision.JOINED, one.notice, reason="rate-limit", letter=identity, was_in=one.letter_id)
            for one in left
        ]
        log.info("letters-joined", letters=len(several), letter_id=identity)
    else:
        work.reword(one.letter_id for one in overtaken)
    tx.journal(journal)


def _overtaken(told: Sequence[Told]) -> Sequence[Told]:
    """Return the reminders of obligations of which the same person is told here that they are overdue."""
    overdue = {(one.notice.subject, one.notice.generation) for one in told if one.notice.kind is Kind.OVERDUE}
    reminders = [one for one in told if one.notice.kind is Kind.REMINDER]
    return [one for one in reminders if (one.notice.subject, one.notice.generation) in overdue]
