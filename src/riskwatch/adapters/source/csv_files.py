"""Facts from a folder of CSV files: children.csv, assessments.csv and checks.csv."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from riskwatch.adapters.source.csv_records import CsvShapeError, Records, header_problems
from riskwatch.adapters.source.rows import COLUMNS, Rows
from riskwatch.adapters.source.times import Times
from riskwatch.core.facts import Assessment, Check, Child, Closure, History, Rejected, Table

__all__ = ["CsvFacts", "CsvShapeError", "histories", "read_folder"]

FIELD_LIMIT = 64 * 1024 * 1024
"""Characters in one cell. Far above Python's own limit, by which one long report in a column that is not even read
would make its row unreadable."""


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
    problems = [problem for table in Table for problem in header_problems(_path(folder, table), COLUMNS[table])]
    if problems:
        raise CsvShapeError(problems)
    times = Times(zone)
    with _long_fields():
        children, bad_children = _read_children(folder, times)
        assessments, bad_assessments = _read_assessments(folder, times)
        checks, bad_checks = _read_checks(folder, times)
    return CsvFacts(children, assessments, checks, bad_children + bad_assessments + bad_checks)


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


def _read_children(folder: Path, times: Times) -> tuple[list[Child], list[Rejected]]:
    records, rows = _open(folder, Table.CHILDREN, times)
    # A row is filled in by plain tuples: there may be millions.
    children = [
        child if child[4] is not None else Child._make((*child[:4], child[3]))
        for child in rows.children(records.rows(rows.rejected))
    ]
    return children, rows.rejected


def _read_assessments(folder: Path, times: Times) -> tuple[list[Assessment], list[Rejected]]:
    records, rows = _open(folder, Table.ASSESSMENTS, times)
    assessments = [
        assessment if assessment[5] is not None else Assessment._make((*assessment[:5], assessment[4]))
        for assessment in rows.assessments(records.rows(rows.rejected))
    ]
    return assessments, rows.rejected


def _read_checks(folder: Path, times: Times) -> tuple[list[Check], list[Rejected]]:
    records, rows = _open(folder, Table.CHECKS, times)
    checks = [
        check if check[4] is not None else Check._make((*check[:4], check[3]))
        for check in rows.checks(records.rows(rows.rejected))
    ]
    return checks, rows.rejected


def _open(folder: Path, table: Table, times: Times) -> tuple[Records, Rows]:
    records = Records(_path(folder, table), table, COLUMNS[table])
    return records, Rows(times, lambda _table, _row_id, _child_ref: records.where)


def _path(folder: Path, table: Table) -> Path:
    return folder / f"{table}.csv"


@contextmanager
def _long_fields() -> Iterator[None]:
    """Raise the csv module's limit, which is one for the whole process, while files are read."""
    before = csv.field_size_limit(FIELD_LIMIT)
    try:
        yield
    finally:
        csv.field_size_limit(before)
