"""Writes the rows that could not be imported to a file of their own, to be mended there and imported again."""

import csv
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from riskwatch.adapters.source.csv_files import FIELD_LIMIT
from riskwatch.adapters.source.csv_records import Records, guarded
from riskwatch.core.facts import Rejected, Table
from riskwatch.entrypoints.console import Refused

REASON = "reason"


def write_rejected(folder: Path, rejected: Iterable[Rejected]) -> list[Path]:
    """Write FILE.rejected.csv beside each file that has bad rows: its columns, and the reason; return what was written.

    It is opened with a spreadsheet: a cell that would be a formula there begins with an apostrophe, which importing
    takes away. A file of an earlier import is replaced whole. Raises Refused where the folder cannot be written to.
    """
    by_table: dict[Table, dict[str, list[str]]] = {}
    for row in rejected:
        reasons = by_table.setdefault(row.table, {}).setdefault(row.where, [])
        reasons.append(f"{row.column}: {row.reason}")
    written = []
    before = csv.field_size_limit(FIELD_LIMIT)
    try:
        for table, reasons_at in by_table.items():
            path = folder / f"{table}.rejected.csv"
            _write(path, _rows(folder / f"{table}.csv", table, reasons_at))
            written.append(path)
    finally:
        csv.field_size_limit(before)
    return written


def _rows(path: Path, table: Table, reasons_at: Mapping[str, Sequence[str]]) -> Iterator[Sequence[str]]:
    """Yield the header, then each bad row; one that has no cells to speak of stands whole in the first column."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        header = [name.strip() for name in next(csv.reader(file))]
    yield [*header, REASON]
    broken: list[Rejected] = []
    records = Records(path, table, header)
    cells_at: dict[str, Sequence[str]] = {}
    for cells in records.rows(broken):
        if records.where in reasons_at:
            cells_at[records.where] = cells
    lines_at = _lines(path, {where for where in reasons_at if where not in cells_at})
    for where, reasons in reasons_at.items():
        whole = [lines_at.get(where, ""), *[""] * (len(header) - 1)]
        yield [*cells_at.get(where, whole), "; ".join(reasons)]


def _lines(path: Path, wanted: set[str]) -> dict[str, str]:
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        places = ((f"{path.name}:{number}", line) for number, line in enumerate(file, start=1))
        return {where: line.rstrip("\r\n") for where, line in places if where in wanted}


def _private(path: str, flags: int) -> int:
    """Open a file for its owner alone: it holds the agency's records."""
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


def _write(path: Path, rows: Iterable[Sequence[str]]) -> None:
    """Write all of it, or nothing: half a list of what is missing would pass for the whole."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        unfinished.unlink(missing_ok=True)  # one that an earlier import left may be open to others
        with open(unfinished, "x", encoding="utf-8", errors="surrogateescape", newline="", opener=_private) as file:
            csv.writer(file).writerows([guarded(cell) for cell in row] for row in rows)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise Refused([f"{path}: cannot be written: {error.strerror}"]) from None
