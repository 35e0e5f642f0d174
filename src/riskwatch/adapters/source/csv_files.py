"""Facts from a folder of CSV files: children.csv, assessments.csv and checks.csv."""

import csv
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from riskwatch.adapters.source.csv_records import CsvShapeError, Records, header_problems
from riskwatch.adapters.source.rows import COLUMNS, Place, Rows
from riskwatch.adapters.source.times import Times
from riskwatch.core.facts import Assessment, Check, Child, Closure, History, Rejected, Table

__all__ = [
    "CsvFacts",
    "CsvShapeError",
    "check_shape",
    "facts_of",
    "histories",
    "long_fields",
    "open_table",
    "read_folder",
]

FIELD_LIMIT = 64 * 1024 * 1024
"""Characters in one cell. Far above Python's own limit, by which one long report in a column that is not even read
would make its row unreadable."""


RowsOf = Callable[[list[Rejected]], Iterator[tuple[str, ...]]]
"""Gives the cells of each record of a table, and adds those without any shape to the list."""


class CsvFacts(NamedTuple):
    """The facts of a folder, in the order of the files. Every recorded time is filled in: blank is the event's own."""

    children: list[Child]
    assessments: list[Assessment]
    checks: list[Check]
    rejected: list[Rejected]


def read_folder(folder: Path, zone: ZoneInfo) -> CsvFacts:
    """Read the three files; times without an offset are local to the zone.

    A row that cannot be read is rejected, at `file:line`. A file or column that is missing raises CsvShapeError with
    all such problems.
    """
    check_shape(folder)
    records = {table: open_table(folder, table) for table in Table}
    with long_fields():
        return facts_of(
            Times(zone),
            {table: records[table].rows for table in Table},
            lambda table, _row_id, _child_ref: records[table].where,
        )


def check_shape(folder: Path) -> None:
    """Raise CsvShapeError with every file and column that is missing."""
    problems = [problem for table in Table for problem in header_problems(_path(folder, table), COLUMNS[table])]
    if problems:
        raise CsvShapeError(problems)


def open_table(folder: Path, table: Table) -> Records:
    """Return the records of one of the files, whose header has no problems."""
    return Records(_path(folder, table), table, COLUMNS[table])


def facts_of(times: Times, records: Mapping[Table, RowsOf], place: Place) -> CsvFacts:
    """Return the facts that records hold; each table's are given by a function that takes what it rejects itself."""
    rejected: list[Rejected] = []

    def rows(table: Table) -> tuple[Rows, Iterator[tuple[str, ...]]]:
        reader = Rows(times, place)
        reader.rejected = rejected
        return reader, records[table](rejected)

    # A row is filled in by plain tuples: there may be millions.
    reader, given = rows(Table.CHILDREN)
    children = [
        child if child[4] is not None else Child._make((*child[:4], child[3])) for child in reader.children(given)
    ]
    reader, given = rows(Table.ASSESSMENTS)
    assessments = [
        assessment if assessment[5] is not None else Assessment._make((*assessment[:5], assessment[4]))
        for assessment in reader.assessments(given)
    ]
    reader, given = rows(Table.CHECKS)
    checks = [check if check[4] is not None else Check._make((*check[:4], check[3])) for check in reader.checks(given)]
    return CsvFacts(children, assessments, checks, rejected)


def histories(facts: CsvFacts) -> dict[str, History]:
    """Return the facts by child. A child that only its assessments or checks name has no unit and no officer."""
    children = {child.child_ref: child for child in facts.children}
    assessments: defaultdict[str, list[Assessment]] = defaultdict(list)
    checks: defaultdict[str, list[Check]] = defaultdict(list)
    for assessment in facts.assessments:
        assessments[assessment.child_ref].append(assessment)
    for check in facts.checks:
        checks[check.child_ref].append(check)
    child_refs = dict.fromkeys([*children, *assessments, *checks])
    return {
        child_ref: History(
            child := children.get(child_ref) or Child(child_ref),
            assessments.get(child_ref, ()),
            checks.get(child_ref, ()),
            _closures(child),
        )
        for child_ref in child_refs
    }


def _closures(child: Child) -> tuple[Closure, ...]:
    if child.closed_at is None:
        return ()
    known_at = max(child.closed_at, child.closed_recorded_at or child.closed_at)
    return (Closure(child.closed_at, known_at),)


def _path(folder: Path, table: Table) -> Path:
    return folder / f"{table}.csv"


@contextmanager
def long_fields() -> Iterator[None]:
    """Raise the csv module's limit, which is one for the whole process, while files are read."""
    before = csv.field_size_limit(FIELD_LIMIT)
    try:
        yield
    finally:
        csv.field_size_limit(before)
