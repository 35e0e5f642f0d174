"""A copy of a store, for trying out what would happen."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from riskwatch.adapters.store.rows import BATCH, Rows
from riskwatch.adapters.tables import AssessmentRow, CheckRow, ChildRow, metadata, table

EMBEDDED = (table(ChildRow), table(AssessmentRow), table(CheckRow))


def copy_file(source: Connection, target: Connection) -> None:
    """Copy a SQLite database page by page, as it stands at one moment."""
    given: Any = source.connection.driver_connection
    taken: Any = target.connection.driver_connection
    given.backup(taken)


def copy_rows(source: Connection, target: Connection) -> None:
    """Copy the service's own rows into a database that has the tables; the agency's are read where they stand."""
    shelf = _Shelf(target)
    for each in metadata.sorted_tables:
        if each not in EMBEDDED:
            shelf.keep(source, each.name)


class _Shelf(Rows):
    def keep(self, source: Connection, name: str) -> None:
        copied = metadata.tables[name]
        columns = tuple(column.name for column in copied.columns)
        reading = source.execution_options(yield_per=BATCH).execute(select(copied))
        for part in reading.partitions():
            values = (tuple(self._moment(v) if isinstance(v, datetime) else v for v in row) for row in part)
            self._insert(copied, columns, values, replace=True)
