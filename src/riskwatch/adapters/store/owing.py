"""What is owed."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select

from riskwatch.adapters.store.rows import KEYS, Rows, keys_of
from riskwatch.adapters.tables import ObligationRow, table
from riskwatch.core.tracking import Tracked

OBLIGATION = table(ObligationRow)
READ_TRACKED = select(*(OBLIGATION.c[name] for name in Tracked._fields))
TRACKED_OF = READ_TRACKED.where(OBLIGATION.c.child_ref.in_(KEYS)).order_by(OBLIGATION.c.key).with_for_update()
DUE = (
    READ_TRACKED.where(OBLIGATION.c.next_notice_at <= bindparam("now"))
    .order_by(OBLIGATION.c.next_notice_at, OBLIGATION.c.key)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)


class ObligationRows(Rows):
    """Obligations, and how far each was told."""

    def tracked(self, child_refs: Sequence[str]) -> Sequence[Tracked]:
        """The rows are locked until the transaction ends: what is decided from them is still so when it is written."""
        found: list[Tracked] = []
        for refs in keys_of(child_refs):
            found += map(Tracked._make, self._read(TRACKED_OF, keys=refs))
        return sorted(found)

    def save_tracked(self, rows: Sequence[Tracked]) -> None:
        moment = self._moment
        values = (
            (
                row.key,
                row.child_ref,
                row.rule,
                moment(row.started_at),
                row.basis.value,
                moment(row.due_at),
                moment(row.owed_from),
                row.generation,
                moment(row.told_until),
                row.told_officer,
                moment(row.next_notice_at),
                moment(row.doubted_at),
                moment(row.ended_at),
                None if row.ending is None else row.ending.value,
                row.ended_by,
                moment(row.checked_at),
            )
            for row in sorted(rows, key=lambda row: row.key)
        )
        self._insert(OBLIGATION, Tracked._fields, values, replace=True)

    def due(self, now: datetime, limit: int) -> Sequence[Tracked]:
        rows = map(Tracked._make, self._read(DUE, now=now, limit=limit))
        return sorted(rows, key=lambda row: (row.next_notice_at, row.key))
