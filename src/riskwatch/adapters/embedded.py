"""The embedded agency records: where a force without a database of its own imports its extracts."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, select

from riskwatch.adapters.columns import in_utc
from riskwatch.adapters.store import SqlStore
from riskwatch.adapters.store.rows import Rows, Values, batches
from riskwatch.adapters.tables import AssessmentRow, CheckRow, ChildRow, table
from riskwatch.core import facts
from riskwatch.core.facts import Assessment, Check, Child

CHILD = table(ChildRow)
ASSESSMENT = table(AssessmentRow)
CHECK = table(CheckRow)


class Imported(NamedTuple):
    """How many rows of a table were new, changed, or the same as before."""

    new: int
    changed: int
    same: int


def import_facts(
    store: SqlStore,
    children: Iterable[Child],
    assessments: Iterable[Assessment],
    checks: Iterable[Check],
    *,
    at: datetime,
) -> Mapping[facts.Table, Imported]:
    """Insert or replace facts by id, all or nothing, and return what came of each table.

    `changed_at` becomes `at` only where a row is new or differs: what was imported before is not read again. Rows that
    are not given stay. Raises StoreFault where the database does not answer.
    """
    with store.writing() as connection:
        shelf = _Shelf(connection, at)
        return {
            facts.Table.CHILDREN: shelf.keep(CHILD, children),
            facts.Table.ASSESSMENTS: shelf.keep(ASSESSMENT, assessments),
            facts.Table.CHECKS: shelf.keep(CHECK, checks),
        }


class _Shelf(Rows):
    """The embedded tables inside a transaction. The columns before the last are the fields of the fact, in order."""

    def __init__(self, connection: Connection, at: datetime) -> None:
        super().__init__(connection)
        self._at = self._moment(at)

    def keep(self, shelf: Table, facts_given: Iterable[Values]) -> Imported:
        """Insert or replace facts by their first field; of one given twice the last counts."""
        *columns, changed_at = (column.name for column in shelf.columns)
        new = changed = same = 0
        for batch in batches(facts_given):
            given = {fact[0]: tuple(map(_as_kept, fact)) for fact in batch}
            stood = self._standing(shelf, columns, list(given))
            differ = [row for key, row in given.items() if stood.get(key) != row]
            values = ((*map(self._as_bound, row), self._at) for row in differ)
            self._insert(shelf, (*columns, changed_at), values, replace=True)
            fresh = sum(row[0] not in stood for row in differ)
            new, changed, same = new + fresh, changed + len(differ) - fresh, same + len(given) - len(differ)
        return Imported(new, changed, same)

    def _standing(self, shelf: Table, columns: Sequence[str], keys: Sequence[str]) -> dict[str, Values]:
        wanted = [shelf.c[name] for name in columns]
        return {row[0]: tuple(row) for row in self._read(select(*wanted).where(wanted[0].in_(keys)))}

    def _as_bound(self, value: Any) -> Any:
        return self._moment(value) if isinstance(value, datetime) else value


def _as_kept(value: Any) -> Any:
    """Return the value as the database will give it back, so that it can be compared with what stands there."""
    return in_utc(value).replace(microsecond=0) if isinstance(value, datetime) else value
