"""The facts of a folder of CSV files of any size, a few hundred children at a time.

The files are in no order, and a child's rows may stand anywhere. So every row is first put into a bucket by its child,
on disk; then each bucket is read by itself, as `csv_files` reads a whole folder. Memory holds a bucket, not the files.
"""

import pickle
from array import array
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple
from zlib import crc32
from zoneinfo import ZoneInfo

from riskwatch.adapters.source.csv_files import (
    CsvFacts,
    CsvShapeError,
    check_shape,
    facts_of,
    histories,
    long_fields,
    open_table,
)
from riskwatch.adapters.source.rows import COLUMNS, TWICE, Rows
from riskwatch.adapters.source.times import Times
from riskwatch.adapters.spill import Spill
from riskwatch.core.facts import History, Rejected, Table

BUCKET_BYTES = 1_500_000
"""Of CSV text in one bucket: some hundred children with a year of records."""
BUCKETS_LIMIT = 8_192
BUFFERED_ROWS = 200_000
"""Rows in memory before they are written to their buckets."""
TWICE_LIMIT = 100_000
"""Rows whose id stands twice that are listed; a folder with more is refused."""
_ID_PARTS = 32
_CHILD_REF = {table: COLUMNS[table].index("child_ref") for table in Table}

_Kept = tuple[Table, int, tuple[str, ...]]


class Bucket(NamedTuple):
    """A part of the children, with all their rows, in a file; `weight` is about how many rows it has."""

    path: Path
    weight: int


class Buckets(NamedTuple):
    """A folder's rows in buckets. `rejected` are the rows that no bucket holds, or that repeat an id."""

    buckets: list[Bucket]
    rejected: list[Rejected]
    dropped: Mapping[Table, frozenset[int]]


def fill_buckets(folder: Path, zone: ZoneInfo, into: Path, sorted_so_far: Callable[[float], None]) -> Buckets:
    """Put the rows of the three files into buckets in a folder that is there and empty.

    An id given twice counts once, in whichever bucket. `sorted_so_far` is told how many files are done. Raises
    CsvShapeError as `read_folder` does, and where more than TWICE_LIMIT rows repeat an id.
    """
    check_shape(folder)
    size = sum((folder / f"{table}.csv").stat().st_size for table in Table)
    filling = _Filling(into, min(BUCKETS_LIMIT, size // BUCKET_BYTES + 1))
    rejected: list[Rejected] = []
    dropped = {}
    with long_fields():
        for number, table in enumerate(Table, start=1):
            suspects = filling.take(folder, table, rejected)
            dropped[table] = _second_rows(folder, table, zone, suspects, rejected) if suspects else frozenset()
            sorted_so_far(number)
    return Buckets(filling.close(), rejected, dropped)


def read_bucket(bucket: Bucket, zone: ZoneInfo, dropped: Mapping[Table, frozenset[int]]) -> CsvFacts:
    """Return the facts of a bucket without the rows that were dropped."""
    kept: dict[Table, list[tuple[int, tuple[str, ...]]]] = {table: [] for table in Table}
    with bucket.path.open("rb") as file:
        while file.peek(1):
            for table, line, cells in pickle.load(file):  # noqa: S301  written by this very run, in a folder of its own
                if line not in dropped[table]:
                    kept[table].append((line, cells))
    here = 0

    def rows_of(table: Table) -> Iterator[tuple[str, ...]]:
        nonlocal here
        for here, cells in kept[table]:  # noqa: B007  `place` reads it
            yield cells

    return facts_of(
        Times(zone),
        {table: lambda _rejected, table=table: rows_of(table) for table in Table},  # type: ignore[misc]
        lambda table, _row_id, _child_ref: f"{table}.csv:{here}",
    )


def histories_of(
    bucket: Bucket, zone: ZoneInfo, dropped: Mapping[Table, frozenset[int]]
) -> tuple[list[History], list[Rejected]]:
    """Return the children of a bucket, and its rows that could not be read."""
    facts = read_bucket(bucket, zone, dropped)
    return list(histories(facts).values()), facts.rejected


class _Filling:
    """Rows on their way into buckets."""

    def __init__(self, into: Path, count: int) -> None:
        self._into = into
        self._rows: list[list[_Kept]] = [[] for _ in range(count)]
        self._weights = array("q", [0]) * count
        self._buffered = 0

    def take(self, folder: Path, table: Table, rejected: list[Rejected]) -> frozenset[int]:
        """Put a file's rows into the buckets, and return the marks of ids that may stand twice."""
        records = open_table(folder, table)
        count, column, buckets = len(self._rows), _CHILD_REF[table], self._rows
        with Spill(self._into / f"{table}-ids", _ID_PARTS) as ids:
            marks = ids.parts
            for cells in records.rows(rejected):
                mark = hash(cells[0].strip())
                marks[mark % _ID_PARTS].append(mark)
                number = crc32(cells[column].strip().encode("utf-8", "surrogatepass")) % count
                buckets[number].append((table, records.line, cells))
                self._buffered += 1
                if self._buffered >= BUFFERED_ROWS:
                    self._flush()
                    ids.flush()
            return frozenset(mark for part in range(_ID_PARTS) for mark in _repeated(ids.read(part)))

    def close(self) -> list[Bucket]:
        """Write what is left, and return the buckets that hold anything."""
        self._flush()
        return [Bucket(self._path(number), weight) for number, weight in enumerate(self._weights) if weight]

    def _flush(self) -> None:
        for number, rows in enumerate(self._rows):
            if rows:
                with self._path(number).open("ab") as file:
                    pickle.dump(rows, file, pickle.HIGHEST_PROTOCOL)
                self._weights[number] += len(rows)
                rows.clear()
        self._buffered = 0

    def _path(self, number: int) -> Path:
        return self._into / f"{number:05}.rows"


def _repeated(marks: "array[int]") -> Iterator[int]:
    before = None
    for mark in sorted(marks):
        if mark == before:
            yield mark
        before = mark


def _second_rows(
    folder: Path, table: Table, zone: ZoneInfo, suspects: frozenset[int], rejected: list[Rejected]
) -> frozenset[int]:
    """Return the lines of the rows that repeat the id of a row before them that can be read."""
    records = open_table(folder, table)
    reader = Rows(Times(zone), lambda _table, _row_id, _child_ref: records.where)
    unshaped: list[Rejected] = []  # told already, as the buckets were filled
    given = (cells for cells in records.rows(unshaped) if hash(cells[0].strip()) in suspects)
    read = {Table.CHILDREN: reader.children, Table.ASSESSMENTS: reader.assessments, Table.CHECKS: reader.checks}
    lines = set()
    for _ in read[table](given):
        pass
    for one in reader.rejected:
        if one.reason == TWICE:
            rejected.append(one)
            lines.add(int(one.where.rpartition(":")[2]))
            if len(lines) > TWICE_LIMIT:
                text = f"{table}.csv:1: {COLUMNS[table][0]}: more than {TWICE_LIMIT} ids given twice: mend the extract"
                raise CsvShapeError([text])
    return frozenset(lines)
