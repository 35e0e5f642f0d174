"""What a report asks of the books: what was told and when it left, letters, policies, and how far back it all goes."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime

from sqlalchemy import Connection, func, select

from riskwatch.adapters.store.recording import JOURNAL
from riskwatch.adapters.store.rows import keys_of
from riskwatch.adapters.store.sending import LETTER
from riskwatch.adapters.store.telling import NOTICE
from riskwatch.adapters.store.watching import WATCHED
from riskwatch.core.evidence import InForce, Letters, Period, Telling
from riskwatch.core.notices import Fate, Kind
from riskwatch.core.tracking import Decision

POLICIES_LIMIT = 10_000
"""Entries on configurations that are read; a daemon that was started more often than that is beyond this report."""
_TOLD = ("subject", "child_ref", "kind", "step", "fate", "decided_at", "letter_id")


class SqlEvidence:
    """Questions of a report, each a short transaction that keeps no writer waiting."""

    def __init__(self, reading: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._reading = reading

    def begin_at(self) -> datetime | None:
        """Return the moment of the first entry of the journal, None where it is empty."""
        with self._reading() as connection:
            found: datetime | None = connection.scalar(select(JOURNAL.c.at).order_by(JOURNAL.c.seq).limit(1))
        return found

    def told(self, child_refs: Sequence[str], before: datetime) -> Mapping[str, Sequence[Telling]]:
        """Return the notices of these children that were decided before a moment: what was overdue, what was closed.

        When each left is what the journal says of its letter: the earliest entry before that moment.
        """
        found: dict[str, list[Telling]] = {}
        for refs in keys_of(child_refs):
            kinds = NOTICE.c.kind.in_((Kind.OVERDUE, Kind.CLOSED_UNCHECKED))
            wanted = select(*(NOTICE.c[name] for name in _TOLD))
            notices = wanted.where(NOTICE.c.child_ref.in_(refs), kinds, NOTICE.c.decided_at < before)
            with self._reading() as connection:
                rows = connection.execute(notices).all()
            sent = self._sent(sorted({row.child_ref for row in rows if row.letter_id}), before)
            for subject, ref, kind, step, fate, decided_at, letter_id in rows:
                sent_at = None if fate is Fate.STRUCK else sent.get((ref, letter_id))
                found.setdefault(ref, []).append(Telling(subject, ref, kind, step, fate, decided_at, sent_at))
        return found

    def _sent(self, child_refs: Sequence[str], before: datetime) -> Mapping[tuple[str, str], datetime]:
        """Return when each case was disclosed in each letter, by child and letter."""
        sent: dict[tuple[str, str], datetime] = {}
        if child_refs:
            entries = select(JOURNAL.c.child_ref, JOURNAL.c.subject, func.min(JOURNAL.c.at)).where(
                JOURNAL.c.child_ref.in_(child_refs), JOURNAL.c.decision == Decision.SENT, JOURNAL.c.at < before
            )
            with self._reading() as connection:
                for ref, letter_id, at in connection.execute(entries.group_by(JOURNAL.c.child_ref, JOURNAL.c.subject)):
                    sent[ref, letter_id] = at
        return sent

    def letters(self, period: Period, unit: str | None = None) -> Letters:
        """Return the letters made in a period, counted; of one unit only those about its children."""
        made = (LETTER.c.made_at >= period.start, LETTER.c.made_at < period.end)
        groups = (LETTER.c.recipient, LETTER.c.purpose, LETTER.c.state)
        counted = select(*groups, func.count()).where(*made)
        total = select(func.count()).select_from(LETTER).where(*made)
        if unit is not None:
            joined = NOTICE.outerjoin(WATCHED, WATCHED.c.child_ref == NOTICE.c.child_ref)
            about = select(NOTICE.c.letter_id).select_from(joined).where(func.coalesce(WATCHED.c.unit, "") == unit)
            about = about.where(NOTICE.c.letter_id.is_not(None))
            counted = counted.where(LETTER.c.letter_id.in_(about))
            total = total.where(LETTER.c.letter_id.in_(about))
        with self._reading() as connection:
            rows = connection.execute(counted.group_by(*groups)).all()
            number = connection.scalar(total) or 0
        return Letters(sorted((person, purpose, str(state), count) for person, purpose, state, count in rows), number)

    def policies(self, before: datetime) -> Sequence[InForce]:
        """Return the configurations that were taken up before a moment, oldest first, as the journal names them."""
        entries = select(JOURNAL.c.at, JOURNAL.c.policy_version, JOURNAL.c.detail).where(
            JOURNAL.c.child_ref == "", JOURNAL.c.decision == Decision.CONFIGURED, JOURNAL.c.at < before
        )
        with self._reading() as connection:
            rows = connection.execute(entries.order_by(JOURNAL.c.seq.desc()).limit(POLICIES_LIMIT)).all()
        return [_in_force(*row) for row in reversed(rows)]


def _in_force(at: datetime, version: str, detail: str) -> InForce:
    said = json.loads(detail)
    return InForce(at, version, said.get("fingerprint", ""), said.get("by", ""), said.get("approved_by", ""))
