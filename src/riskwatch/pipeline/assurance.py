"""Assurance: what the service says of itself, so that its silence is never taken for good news."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Protocol

from riskwatch.core.facts import Rejected, Table
from riskwatch.core.mandate import Mandate
from riskwatch.core.notices import Letter, ServiceLetter
from riskwatch.core.tracking import Watched
from riskwatch.pipeline.ports import Letters, Store

MAX_ROWS = 500
"""How many rejected rows a letter lists; how many more there are is said in words."""


class Reports(Protocol):
    """What the store knows of the quality of the records."""

    def rejected(self, limit: int) -> Sequence[Rejected]:
        """Return at most `limit` rows that cannot be read now, by table and place."""
        ...

    def unclocked(self, limit: int) -> Sequence[Watched]:
        """Return at most `limit` children at risk for whom nothing is outstanding."""
        ...


class Assurance:
    """Writes letters about the service itself."""

    def __init__(self, store: Store, reports: Reports, letters: Letters, mandate: Mandate) -> None:
        self._store = store
        self._reports = reports
        self._letters = letters
        self.mandate = mandate

    def data_quality(self, now: datetime) -> bool:
        """Put a letter on the rows that could not be read into the outbox; whether there was anything to say.

        One letter a local day: a second call on the same day gives the same letter, which the outbox keeps once.
        """
        rows = [*map(_unclocked, self._reports.unclocked(MAX_ROWS + 1)), *self._reports.rejected(MAX_ROWS + 1)]
        if not rows:
            return False
        day = self.mandate.policy.calendar.local(now).date()
        listed = rows[:MAX_ROWS]
        more = (
            "" if len(rows) <= MAX_ROWS else f" Only the first {MAX_ROWS} are listed here; `riskwatch status` has more."
        )
        words = ServiceLetter(
            letter_id=blake2b(f"data-quality {day}".encode(), digest_size=16).hexdigest(),
            recipient=self.mandate.directory.administrator,
            made_at=now,
            purpose="data-quality",
            subject=f"Data quality: {_count(len(rows))} of the agency's records need a person",
            paragraphs=(
                "These records could not be read, or hold a word that the policy does not know. A record that does not "
                "count can hide a danger or a visit: please have each put right at its source." + more,
                "A row marked as counted was taken into account in the strict way named beside it.",
            ),
            table_head=("record", "case", "column", "what is wrong", "counted"),
            table_rows=tuple(
                (row.where, row.child_ref, row.column, row.reason, "yes" if row.counted else "no") for row in listed
            ),
        )
        self._post(words, now)
        return True

    def _post(self, words: ServiceLetter, now: datetime) -> None:
        rendered = self._letters.render_service(words)
        letter = Letter(
            letter_id=words.letter_id,
            recipient=words.recipient,
            purpose=words.purpose,
            subject=rendered.subject,
            message=rendered.message,
            urgent=False,
            due_at=now,
            made_at=now,
            next_attempt_at=now,
        )
        with self._store.begin() as tx:
            tx.add_letters([letter])


def _unclocked(child: Watched) -> Rejected:
    """Return the line of a child at risk whom no rule watches: the order of its assessments started none."""
    reason = f"at risk ({child.tier}), but no rule has anything outstanding: assess the child anew, or mend the policy"
    ref = child.child_ref
    return Rejected(Table.CHILDREN, f"children id {ref}", ref, ref, "", reason, counted=True)


def _count(rows: int) -> str:
    return f"more than {MAX_ROWS}" if rows > MAX_ROWS else str(rows)
