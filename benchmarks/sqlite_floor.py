"""The bare sqlite3 driver, set up as durably as the store: the floor of everything that is kept."""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from riskwatch.adapters.store.engine import journal_mode

TABLES = ("obligation", "letter", "notice", "journal")
"""What a sweep writes; a letter stands before its notices."""

RowsOf = Mapping[str, Sequence[tuple[Any, ...]]]


def bare(path: Path) -> sqlite3.Connection:
    """Open a database as durably as the store does."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA journal_mode = {journal_mode(sqlite3.sqlite_version_info)}")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def rows_told(path: Path) -> RowsOf:
    """Return what a sweep has written: obligations that were looked at, letters, notices, and the journal."""
    looked_at = {"obligation": " WHERE ended_at IS NULL"}
    with closing(bare(path)) as connection:
        return {
            table: connection.execute(f"SELECT * FROM {table}{looked_at.get(table, '')}").fetchall() for table in TABLES
        }


def write(path: Path, rows: RowsOf) -> None:
    """Write the rows in one transaction."""
    with closing(bare(path)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        for table, of_table in rows.items():
            if of_table:
                marks = ", ".join("?" * len(of_table[0]))
                connection.executemany(f"INSERT INTO {table} VALUES ({marks})", of_table)
        connection.execute("COMMIT")
