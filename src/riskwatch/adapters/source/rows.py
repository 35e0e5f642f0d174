"""Turning rows into facts. Each row becomes a fact, or is set aside with a reason that names the mend."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from riskwatch.adapters.source.times import Times, UnreadableTime
from riskwatch.adapters.source.words import REPLACEMENT, UnreadableIdentifier, Words, identifier, quoted, undecodable
from riskwatch.core.facts import GENERAL_CONCERN, Assessment, Check, Child, Rejected, Table

Row = Sequence[object]
"""The cells of one row, in the order of its table's COLUMNS."""

Place = Callable[[Table, str, str], str]
"""Says for a person where the row now being read stands, given its id and child_ref ("" where it has none)."""

COLUMNS = {
    Table.CHILDREN: ("child_ref", "unit", "officer", "closed_at", "closed_recorded_at"),
    Table.ASSESSMENTS: ("assessment_id", "child_ref", "concern", "tier", "assessed_at", "recorded_at"),
    Table.CHECKS: ("check_id", "child_ref", "kind", "checked_at", "recorded_at"),
}

_WORD_COLUMNS = frozenset({"unit", "officer", "concern", "tier", "kind"})
_TIME_NEEDED = frozenset({"assessed_at", "checked_at"})
_EXAMPLE = "2021-09-07T09:15"
TWICE = "id given twice: only the first such row counts"


class Rows:
    """Reads rows of the three tables; `rejected` grows as the iterators are consumed.

    Of rows that give one id twice, the first that can be read counts; with `ids_within_child`, two children may use one
    id. Fact tuples are made from plain tuples, and faults are explained in a second look, because millions of rows that
    are in order pass here at every full reading.
    """

    def __init__(self, times: Times, place: Place, *, ids_within_child: bool = False) -> None:
        self.rejected: list[Rejected] = []
        self._times = times
        self._place = place
        self._ids_within_child = ids_within_child

    def children(self, rows: Iterable[Row]) -> Iterator[Child]:
        """Yield the children that can be read."""
        read_time, read_unit, read_officer = self._times.read, Words().read, Words(lower=True).read
        taken: set[object] = set()
        for row in rows:
            raw_ref, raw_unit, raw_officer, raw_closed_at, raw_closed_recorded_at = row
            try:
                child_ref = identifier(raw_ref)
                closed_at = read_time(raw_closed_at)
                closed_recorded_at = read_time(raw_closed_recorded_at)
            except (UnreadableIdentifier, UnreadableTime):
                self._reject(Table.CHILDREN, row)
                continue
            if not child_ref:
                self._reject(Table.CHILDREN, row)
                continue
            if child_ref in taken:
                self._reject_twice(Table.CHILDREN, child_ref, child_ref)
                continue
            taken.add(child_ref)
            unit, officer = read_unit(raw_unit), read_officer(raw_officer)
            if REPLACEMENT in unit or REPLACEMENT in officer:
                self._note_undecodable(Table.CHILDREN, row, child_ref, child_ref)
            yield Child._make((child_ref, unit, officer, closed_at, closed_recorded_at))

    def assessments(self, rows: Iterable[Row]) -> Iterator[Assessment]:
        """Yield the assessments that can be read, and those of which one of the two times can.

        A danger is not hidden by a typing error: without a readable assessed_at the assessment counts from its
        recorded_at, without a readable recorded_at it counts as one that has none. Both are noted in `rejected`.
        """
        read_time, read_concern, read_tier = self._times.read, Words(blank=GENERAL_CONCERN).read, Words().read
        taken: set[object] = set()
        for row in rows:
            raw_id, raw_ref, raw_concern, raw_tier, raw_assessed_at, raw_recorded_at = row
            try:
                row_id = identifier(raw_id)
                child_ref = identifier(raw_ref)
                assessed_at = read_time(raw_assessed_at)
                recorded_at = read_time(raw_recorded_at)
            except (UnreadableIdentifier, UnreadableTime):
                assessed_at = None
            mend = None
            if assessed_at is None:
                mend = self._mended(row)
                if mend is None:
                    self._reject(Table.ASSESSMENTS, row)
                    continue
                row_id, child_ref, assessed_at, recorded_at, column = mend
            if not row_id or not child_ref:
                self._reject(Table.ASSESSMENTS, row)
                continue
            key = (child_ref, row_id) if self._ids_within_child else row_id
            if key in taken:
                self._reject_twice(Table.ASSESSMENTS, row_id, child_ref)
                continue
            taken.add(key)
            if mend is not None:
                self._note_mended(row, row_id, child_ref, column)
            concern, tier = read_concern(raw_concern), read_tier(raw_tier)
            if REPLACEMENT in concern or REPLACEMENT in tier:
                self._note_undecodable(Table.ASSESSMENTS, row, row_id, child_ref)
            yield Assessment._make((row_id, child_ref, concern, tier, assessed_at, recorded_at))

    def checks(self, rows: Iterable[Row]) -> Iterator[Check]:
        """Yield the checks that can be read: one with any unreadable time does not count, because a check relaxes."""
        read_time, read_kind = self._times.read, Words().read
        taken: set[object] = set()
        for row in rows:
            raw_id, raw_ref, raw_kind, raw_checked_at, raw_recorded_at = row
            try:
                row_id = identifier(raw_id)
                child_ref = identifier(raw_ref)
                checked_at = read_time(raw_checked_at)
                recorded_at = read_time(raw_recorded_at)
            except (UnreadableIdentifier, UnreadableTime):
                self._reject(Table.CHECKS, row)
                continue
            if not row_id or not child_ref or checked_at is None:
                self._reject(Table.CHECKS, row)
                continue
            key = (child_ref, row_id) if self._ids_within_child else row_id
            if key in taken:
                self._reject_twice(Table.CHECKS, row_id, child_ref)
                continue
            taken.add(key)
            kind = read_kind(raw_kind)
            if REPLACEMENT in kind:
                self._note_undecodable(Table.CHECKS, row, row_id, child_ref)
            yield Check._make((row_id, child_ref, kind, checked_at, recorded_at))

    def _mended(self, row: Row) -> tuple[str, str, datetime, datetime | None, str] | None:
        """Return id, child, both times and the faulty column of an assessment with one readable time, or None."""
        raw_id, raw_ref, _, _, raw_assessed_at, raw_recorded_at = row
        try:
            row_id, child_ref = identifier(raw_id), identifier(raw_ref)
        except UnreadableIdentifier:
            return None
        assessed_at, recorded_at = self._time_or_none(raw_assessed_at), self._time_or_none(raw_recorded_at)
        if assessed_at is not None:
            return row_id, child_ref, assessed_at, None, "recorded_at"
        if recorded_at is not None:
            return row_id, child_ref, recorded_at, recorded_at, "assessed_at"
        return None

    def _time_or_none(self, value: object) -> datetime | None:
        try:
            return self._times.read(value)
        except UnreadableTime:
            return None

    def _note_mended(self, row: Row, row_id: str, child_ref: str, column: str) -> None:
        value = dict(zip(COLUMNS[Table.ASSESSMENTS], row, strict=True))[column]
        instead = "recorded_at" if column == "assessed_at" else "assessed_at"
        reason = f"{self._time_fault(value)}; counted from {instead}"
        self._add(Table.ASSESSMENTS, row_id, child_ref, column, reason, counted=True)

    def _note_undecodable(self, table: Table, row: Row, row_id: str, child_ref: str) -> None:
        for column, value in zip(COLUMNS[table], row, strict=True):
            if column in _WORD_COLUMNS and undecodable(value):
                reason = "holds bytes that are not UTF-8: save the file as UTF-8; counted as an unknown word"
                self._add(table, row_id, child_ref, column, reason, counted=True)

    def _reject_twice(self, table: Table, row_id: str, child_ref: str) -> None:
        column = COLUMNS[table][0]
        self._add(table, row_id, child_ref, column, TWICE)

    def _reject(self, table: Table, row: Row) -> None:
        """Set a row aside for the first of its cells that is at fault."""
        cells = dict(zip(COLUMNS[table], row, strict=True))
        id_column = COLUMNS[table][0]
        known = {}
        faults = []
        for column in dict.fromkeys((id_column, "child_ref")):
            known[column] = ""
            try:
                known[column] = identifier(cells[column])
            except UnreadableIdentifier as error:
                faults.append((column, str(error)))
                continue
            if not known[column]:
                faults.append((column, "is blank: the row cannot be told from others without it"))
        for column, value in cells.items():
            if column.endswith("_at") and self._time_or_none(value) is None:
                fault = self._time_fault(value)
                if column in _TIME_NEEDED or not fault.startswith("is blank"):
                    faults.append((column, fault))
        column, reason = faults[0]
        self._add(table, known[id_column], known["child_ref"], column, reason)

    def _time_fault(self, value: object) -> str:
        try:
            if self._times.read(value) is None:
                return f"is blank: write a time such as {_EXAMPLE}"
        except UnreadableTime:
            pass
        return f"{quoted(value)} is no ISO 8601 time: write {_EXAMPLE}"

    def _add(
        self, table: Table, row_id: str, child_ref: str, column: str, reason: str, *, counted: bool = False
    ) -> None:
        where = self._place(table, row_id, child_ref)
        self.rejected.append(Rejected(table, where, row_id, child_ref, column, reason, counted))
