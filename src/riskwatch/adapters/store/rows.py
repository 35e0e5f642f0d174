"""What every part of a transaction shares: writing many rows at once, and reading by bounded lists of keys."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import BindParameter, Connection, Row, Table, bindparam
from sqlalchemy.sql import Select

from riskwatch.adapters.columns import in_utc, moment_text

BATCH = 1000
"""How many rows go to the database in one call, and how many keys stand in one IN list."""
KEYS: BindParameter[Any] = bindparam("keys", expanding=True)
"""Stands for a list of keys in a statement that is built once: building one costs twice what running it does."""

Values = tuple[Any, ...]
T = TypeVar("T")


def batches(rows: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """Yield the rows in lists of at most `size`."""
    rest = iter(rows)
    while batch := list(islice(rest, size)):
        yield batch


def keys_of(keys: Iterable[str]) -> Iterator[list[str]]:
    """Yield the keys, each once, in order, in bounded lists.

    In order, so that two daemons which lock or write the same rows do it in the same order and never in a circle.
    """
    return batches(sorted(set(keys)))


@lru_cache
def insertion(dialect: str, table: Table, columns: tuple[str, ...], replace: bool) -> str:
    """Return an INSERT in the driver's own words; a row that stands is replaced in these columns, or left as it is.

    In text, not as a statement: binding a row through a statement costs several times what SQLite needs to store it.
    Both databases share these words but for the sign that marks a value.
    """
    keys = [column.name for column in table.primary_key]
    values = ", ".join(["?" if dialect == "sqlite" else "%s"] * len(columns))
    others = [f'"{name}" = excluded."{name}"' for name in columns if name not in keys]
    conflict = f"DO UPDATE SET {', '.join(others)}" if replace else "DO NOTHING"
    target = f'"{table.name}" ({_quoted(columns)})'
    # S608: names come from the tables; no value is ever part of the text.
    return f"INSERT INTO {target} VALUES ({values}) ON CONFLICT ({_quoted(keys)}) {conflict}"  # noqa: S608


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


class Rows:
    """A connection inside a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._dialect = connection.dialect.name
        self._moment: Callable[[datetime | None], Any] = moment_text if self._dialect == "sqlite" else _as_it_is

    def _insert(
        self, table: Table, columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]], *, replace: bool
    ) -> None:
        """Insert rows; one whose key stands already is replaced in these columns, or left as it is."""
        text = insertion(self._dialect, table, columns, replace)
        for batch in batches(rows):
            self._connection.exec_driver_sql(text, batch)

    def _read(self, statement: Select[Any], **values: Any) -> Sequence[Row[Any]]:
        return self._connection.execute(statement, values).all()


def _as_it_is(moment: datetime | None) -> datetime | None:
    return None if moment is None else in_utc(moment).replace(microsecond=0)
