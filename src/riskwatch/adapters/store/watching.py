"""What was read: children watched, sightings, rows that cannot be read."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, or_, select, update

from riskwatch.adapters.store.rows import KEYS, Rows, keys_of
from riskwatch.adapters.tables import RejectedRow, SightingRow, WatchedRow, table
from riskwatch.core.facts import Rejected, Sighting
from riskwatch.core.tracking import Watched

WATCHED = table(WatchedRow)
SIGHTING = table(SightingRow)
REJECTED = table(RejectedRow)
READ_WATCHED = select(*(WATCHED.c[name] for name in Watched._fields))
WATCHED_OF = READ_WATCHED.where(WATCHED.c.child_ref.in_(KEYS))
FORGET_REJECTED = delete(REJECTED).where(REJECTED.c.child_ref.in_(KEYS))
REJECTED_COLUMNS = ("source_table", "place", "row_id", "child_ref", "column_name", "reason", "counted")


class WatchedRows(Rows):
    """Children as last read."""

    def watched(self, child_refs: Sequence[str]) -> Mapping[str, Watched]:
        found = {}
        for refs in keys_of(child_refs):
            for row in self._read(WATCHED_OF, keys=refs):
                found[row.child_ref] = Watched._make(row)
        return dict(sorted(found.items()))

    def save_watched(self, rows: Sequence[Watched]) -> None:
        moment = self._moment
        values = (
            (row.child_ref, row.unit, row.officer, row.tier, row.standing.value, row.digest, moment(row.next_known_at))
            for row in sorted(rows, key=lambda row: row.child_ref)
        )
        self._insert(WATCHED, Watched._fields, values, replace=True)

    def unread_since(self, moment: datetime) -> Sequence[Watched]:
        unmet = or_(WATCHED.c.met_at.is_(None), WATCHED.c.met_at < moment)
        return sorted(map(Watched._make, self._read(READ_WATCHED.where(unmet))), key=lambda row: row.child_ref)

    def mark_met(self, child_refs: Sequence[str], at: datetime) -> None:
        for refs in keys_of(child_refs):
            self._connection.execute(update(WATCHED).where(WATCHED.c.child_ref.in_(refs)).values(met_at=at))

    def due_to_read(self, now: datetime) -> Sequence[str]:
        rows = self._read(select(WATCHED.c.child_ref).where(WATCHED.c.next_known_at <= now))
        return sorted(row.child_ref for row in rows)

    def sightings(self, child_refs: Sequence[str]) -> Sequence[Sighting]:
        found: list[Sighting] = []
        for refs in keys_of(child_refs):
            found += map(Sighting._make, self._read(select(SIGHTING).where(SIGHTING.c.child_ref.in_(refs))))
        return sorted(found, key=lambda row: (row.first_seen_at, row[:3]))

    def save_sightings(self, rows: Sequence[Sighting]) -> None:
        moment = self._moment
        values = (
            (row.child_ref, row.record.value, row.record_id, moment(row.first_seen_at), moment(row.gone_at))
            for row in sorted(rows, key=lambda row: row[:4])
        )
        self._insert(SIGHTING, Sighting._fields, values, replace=True)

    def replace_rejected(self, rows: Sequence[Rejected], *, child_refs: Sequence[str] | None, at: datetime) -> None:
        if child_refs is None:
            self._connection.execute(delete(REJECTED))
        else:
            for refs in keys_of(child_refs):
                self._connection.execute(FORGET_REJECTED, {"keys": refs})
        read_at = self._moment(at)
        values = ((row.table.value, *row[1:], read_at) for row in sorted(rows))
        self._insert(REJECTED, (*REJECTED_COLUMNS, "read_at"), values, replace=True)
