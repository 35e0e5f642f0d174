"""The records of one CSV file, each with the line at which it begins, whatever stands in the file."""

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import TextIO

from riskwatch.core.facts import Rejected, Table

LINES_LIMIT = 10_000
"""Lines in one record. A quotation mark that is never closed would swallow the rest of the file without it."""

BROKEN_LIMIT = 1_000
"""Broken records in one file that are read again line by line; each may cost LINES_LIMIT lines."""

_ENCODING = "utf-8-sig"
_FORMULA = re.compile(r"[=+\-@\t\r]")
_GUARDED = re.compile(r"'[=+\-@\t\r]")
# Undecodable bytes come as lone surrogates, so that only the cell that holds them is at fault.
_ENCODING_ERRORS = "surrogateescape"


class CsvShapeError(Exception):
    """Files or columns that are missing, each as `file:line: column: mend`; the text holds no data."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = list(problems)


def header_problems(path: Path, columns: Sequence[str]) -> list[str]:
    """Return what is missing of a file and its header line."""
    place = f"{path.name}:1"
    needed = ",".join(columns)
    try:
        with _opened(path) as file:
            header = _header(file)
    except OSError as error:
        return [f"{place}: file: cannot be read ({error.strerror}): put it into the folder"]
    except csv.Error:
        return [f"{place}: header: cannot be read: write {needed}"]
    if not any(header):
        return [f"{place}: header: is missing: begin the file with {needed}"]
    hint = "; separate columns by commas" if len(header) == 1 else ""
    missing = [f"{place}: {name}: column is missing: add it{hint}" for name in columns if name not in header]
    double = [f"{place}: {name}: column is given twice: remove one" for name in columns if header.count(name) > 1]
    return missing + double


class Records:
    """One file, whose header has no problems. Only the needed cells of a record are kept."""

    def __init__(self, path: Path, table: Table, columns: Sequence[str]) -> None:
        self._path = path
        self._table = table
        self._columns = columns
        self._feed = _Feed(iter(()))

    @property
    def where(self) -> str:
        """The place of the record now being read, as `file:line`."""
        return f"{self._path.name}:{self._feed.line}"

    @property
    def line(self) -> int:
        """The line at which the record now being read begins."""
        return self._feed.line

    def rows(self, rejected: list[Rejected]) -> Iterator[tuple[str, ...]]:
        """Yield the cells of each record in the order of the columns; a record without any shape is rejected.

        Trailing cells may be missing. Raises CsvShapeError where more than BROKEN_LIMIT records are broken.
        """
        broken = 0
        with _opened(self._path) as file:
            feed = self._feed = _Feed(iter(file))
            reader = csv.reader(feed, strict=True)
            header = [name.strip() for name in next(reader)]
            width = len(header)
            pick = itemgetter(*(header.index(name) for name in self._columns))
            while True:
                feed.begin()
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error:
                    broken += 1
                    if broken > BROKEN_LIMIT:
                        raise CsvShapeError(
                            [f"{self.where}: row: too many broken quotation marks: mend them"]
                        ) from None
                    self._reject(rejected, "has a quotation mark out of place: write it twice inside a quoted cell")
                    feed.retreat()
                    reader = csv.reader(feed, strict=True)
                    continue
                if len(cells) < width:
                    if not cells:
                        continue
                    cells += [""] * (width - len(cells))
                elif len(cells) > width and any(cell.strip() for cell in cells[width:]):
                    # Its cells may have moved to the right of their columns. An assessment is tried all the same: where
                    # they have, its times give it away, or it counts with an unknown tier.
                    counted = self._table is Table.ASSESSMENTS
                    reason = f"has {len(cells)} cells, the header {width}: quote a cell that has a comma"
                    self._reject(rejected, reason, counted=counted)
                    if not counted:
                        continue
                picked = pick(cells)
                if "'" in "".join(picked):
                    picked = tuple(map(_unguarded, picked))
                yield picked

    def _reject(self, rejected: list[Rejected], reason: str, *, counted: bool = False) -> None:
        rejected.append(Rejected(self._table, self.where, "", "", "row", reason, counted))


class _Feed:
    """Gives a csv reader its lines, and keeps those of the record under way: of a broken one the first line is lost,
    the others are read again."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: deque[str] = deque()
        self._record: list[str] = []
        self.line = 1

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        text = self._again.popleft() if self._again else next(self._lines)
        self._record.append(text)
        if len(self._record) > LINES_LIMIT:
            raise csv.Error("a record of too many lines")
        return text

    def begin(self) -> None:
        """Begin a record at the next line."""
        self.line += len(self._record)
        self._record = []

    def retreat(self) -> None:
        """Give all lines of the record but its first again."""
        self._again.extendleft(reversed(self._record[1:]))
        del self._record[1:]


def guarded(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: with an apostrophe before it, which reading takes away."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _unguarded(cell: str) -> str:
    return cell[1:] if _GUARDED.match(cell) else cell


def _opened(path: Path) -> TextIO:
    return path.open(encoding=_ENCODING, errors=_ENCODING_ERRORS, newline="")


def _header(file: TextIO) -> list[str]:
    return [name.strip() for name in next(csv.reader(file, strict=True), [])]
