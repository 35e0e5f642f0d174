"""The agency's database as a source: the admin's SELECTs, read-only, a thousand children at a time."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Select

from riskwatch.adapters.source.access import Access, told
from riskwatch.adapters.source.changes import Cursor, latest_of, moment_of
from riskwatch.adapters.source.engine import open_engine, takes_any_bytes
from riskwatch.adapters.source.keys import Keys
from riskwatch.adapters.source.queries import CHANGED_COLUMNS, REFS, SINCE, Query, SourceQueries
from riskwatch.adapters.source.rows import COLUMNS, Row, Rows
from riskwatch.adapters.source.sql_rows import each_once, named_values, place, settled, unnamed_values, unusable_rows
from riskwatch.adapters.source.times import Times
from riskwatch.adapters.source.words import undecodable
from riskwatch.core.facts import Assessment, Changes, Check, Child, History, Reading, Rejected, Table
from riskwatch.core.faults import SourceFault
from riskwatch.core.trust import Rows as RowCounts

REFS_AT_ONCE = 1_000
"""Values in one IN list: Oracle takes no more."""

ROWS_LIMIT = 1_000_000
"""Rows of one table for REFS_AT_ONCE children: more come of a join that multiplies them."""

CHILDREN_LIMIT = 5_000_000
"""Children of one table, and changed rows of one answer."""

UNUSABLE_LIMIT = 100
"""Rows without a usable child_ref that are listed, for each table."""


class SqlSource:
    """A source over SQL. Every method raises SourceFault where the database does not answer as it should,
    and Stopped after `stop`.

    Times without an offset are local to `zone`. A query is wrapped, so that no column but the facts' is fetched.
    """

    def __init__(
        self, engine_url: str, *, queries: SourceQueries, zone: ZoneInfo, statement_timeout_s: int, password: str | None
    ) -> None:
        self._access = Access(open_engine(engine_url, password=password, statement_timeout_s=statement_timeout_s))
        self._times = Times(zone)
        self._queries = {table: Query(table, getattr(queries, table), COLUMNS[table]) for table in Table}
        self._changed = Query("changed", queries.changed, CHANGED_COLUMNS) if queries.changed.strip() else None
        self._freshness = Query("freshness", queries.freshness, ()) if queries.freshness.strip() else None
        self._shapes_are_known = False
        # A table that has no row yet has no entry: it is not asked for children.
        self._keys: dict[Table, Keys] = {}

    def stop(self) -> None:
        """Break off what is being read: from now on every method raises Stopped. May be called from any thread."""
        self._access.stop()

    def close(self) -> None:
        """Close all connections."""
        self._access.close()

    def read_all(self, *, batch: int) -> Iterator[Reading]:
        """Yield the histories of all children, each child once, `batch` at a time.

        The first reading also holds the rows that name no child, at most UNUSABLE_LIMIT for each table, with one more
        that says so where there are others.
        """
        if batch < 1:
            raise ValueError("a batch holds at least one child")
        waiting, unusable = self.list_all()
        found = set(waiting)
        # A database that does not tell C1 from c1 lists one and gives both: the other is read at the end.
        while waiting or unusable:
            strays: set[str] = set()
            for start in range(0, max(len(waiting), 1), batch):
                reading = self._read(waiting[start : start + batch], strays)
                yield Reading(reading.histories, (*unusable, *reading.rejected))
                unusable = []
            waiting = sorted(strays - found)
            found |= strays

    def list_all(self) -> tuple[list[str], list[Rejected]]:
        """Return every child that a table names, in order, and the rows that name none, as `read_all` gives them."""
        with self._access.transaction() as connection:
            self._learn_shapes(connection)
            unusable: list[Rejected] = []
            found: set[str] = set()
            for table in Table:
                found |= self._list(connection, table, unusable)
        return sorted(found), unusable

    def read(self, child_refs: Sequence[str]) -> Reading:
        """Return the whole histories of these children, closures left out; a child without any row is left out.

        A child whose rows are all unreadable is not: it has a history without them.
        """
        return self.read_beside(child_refs)[0]

    def read_beside(self, child_refs: Sequence[str]) -> tuple[Reading, set[str]]:
        """Return what `read` does, and other children that the database gives with them: it may not tell C1 from c1."""
        if not self._shapes_are_known or len(self._keys) < len(Table):
            with self._access.transaction() as connection:
                self._learn_shapes(connection)
        strays: set[str] = set()
        return self._read(child_refs, strays), strays

    def changed_since(self, cursor: str) -> Changes | None:
        """Return the children of rows changed since the cursor and shortly before; None where there is no query for it.

        For the cursor "" no children are returned, only the cursor as of now: a full reading is due then.
        """
        query = self._changed
        if query is None:
            return None
        since = Cursor.parse(cursor)
        if since is None:
            latest = self._ask_since(query, query.latest(), Cursor(None))
            return Changes((), str(latest_of((row[0] for row in latest), Cursor(None), self._times)))
        rows = self._ask_since(query, query.changes(CHILDREN_LIMIT + 1), since)
        if len(rows) > CHILDREN_LIMIT:
            raise SourceFault(f"source: query 'changed' gives more than {CHILDREN_LIMIT} rows: check its :since")
        named = dict(named_values(row[0] for row in rows))
        for keys in self._keys.values():
            keys.meet(named.items())
        return Changes(tuple(sorted(named)), str(latest_of((row[1] for row in rows), since, self._times)))

    def freshness(self) -> datetime | None:
        """Return the moment at which the extract was loaded; None where there is no query for it."""
        query = self._freshness
        if query is None:
            return None
        with self._access.transaction() as connection:
            rows = self._fetch(connection, query, query.all(2), {})
        return moment_of(rows, self._times)

    def counts(self) -> RowCounts:
        """Return how many rows each table has now, readable or not."""
        with self._access.transaction() as connection:
            counts = [self._fetch(connection, query, query.count(), {})[0][0] for query in self._queries.values()]
        return RowCounts(*map(int, counts))

    def _ask_since(self, query: Query, statement: Select[Any], cursor: Cursor) -> list[Any]:
        """Return the rows since the cursor, asking once for each type that its column may have until there are any."""
        faults: list[SourceFault] = []
        starts = cursor.since()
        for start in starts:
            try:
                with self._access.transaction() as connection:
                    self._learn_shapes(connection)
                    rows = self._fetch(connection, query, statement, {SINCE: start})
            except SourceFault as fault:
                faults.append(fault)
                continue
            if any(value is not None for row in rows for value in row):
                return rows
        if len(faults) == len(starts):
            raise faults[0]
        return []

    def _read(self, child_refs: Sequence[str], strays: set[str]) -> Reading:
        """Read these children; others that the database gives with them are added to the strays."""
        histories: list[History] = []
        rejected: list[Rejected] = []
        wanted = list(dict.fromkeys(child_refs))
        for start in range(0, len(wanted), REFS_AT_ONCE):
            part = wanted[start : start + REFS_AT_ONCE]
            with self._access.transaction() as connection:
                given = {table: self._rows_of(connection, table, part) for table in Table}
            reading = self._facts(given, set(part), strays)
            histories += reading.histories
            rejected += reading.rejected
        return Reading(histories, rejected)

    def _rows_of(self, connection: Connection, table: Table, child_refs: Sequence[str]) -> list[Row]:
        query = self._queries[table]
        values = self._keys[table].values(child_refs) if table in self._keys else []
        rows: list[Row] = []
        for start in range(0, len(values), REFS_AT_ONCE):
            part = values[start : start + REFS_AT_ONCE]
            rows += self._fetch(connection, query, query.rows(ROWS_LIMIT + 1), {REFS: part})
            if len(rows) > ROWS_LIMIT:
                limits = f"more than {ROWS_LIMIT} rows for {len(part)} children"
                raise SourceFault(f"source: query '{table}' gives {limits}: look for a join that multiplies rows")
        return settled(rows)

    def _facts(self, given: dict[Table, list[Row]], wanted: set[str], strays: set[str]) -> Reading:
        rows = Rows(self._times, place, ids_within_child=True)
        children = {child.child_ref: child for child in rows.children(given[Table.CHILDREN])}
        assessments: defaultdict[str, list[Assessment]] = defaultdict(list)
        for assessment in rows.assessments(given[Table.ASSESSMENTS]):
            assessments[assessment[1]].append(assessment)
        checks: defaultdict[str, list[Check]] = defaultdict(list)
        for check in rows.checks(given[Table.CHECKS]):
            checks[check[1]].append(check)
        met = {*children, *assessments, *checks, *(row.child_ref for row in rows.rejected if row.child_ref)}
        strays |= met - wanted
        return Reading(
            [
                History(children.get(ref) or Child(ref), assessments.get(ref, ()), checks.get(ref, ()))
                for ref in sorted(met & wanted)
            ],
            each_once(row for row in rows.rejected if row.child_ref in wanted),
        )

    def _list(self, connection: Connection, table: Table, unusable: list[Rejected]) -> set[str]:
        """Return the child_refs of a table, learn how they are written, and set aside rows that name no child."""
        query = self._queries[table]
        listed = [row[0] for row in self._fetch(connection, query, query.child_refs(CHILDREN_LIMIT + 1), {})]
        if len(listed) > CHILDREN_LIMIT:
            raise SourceFault(f"source: query '{table}' names more than {CHILDREN_LIMIT} children: check its child_ref")
        named = list(named_values(listed))
        if table in self._keys:
            self._keys[table].meet(named)
        if len(named) < len(listed):
            unusable += self._unusable(connection, table, unnamed_values(listed))
        return {child_ref for child_ref, _ in named}

    def _unusable(self, connection: Connection, table: Table, values: Sequence[object]) -> list[Rejected]:
        """Return the rows whose child_ref is one of these values, which are no child_refs."""
        query = self._queries[table]
        given: list[Row] = []
        if None in values:
            given += self._fetch(connection, query, query.rows_without_child(UNUSABLE_LIMIT + 1), {})
        askable = [value for value in values if isinstance(value, str) and not undecodable(value)][:REFS_AT_ONCE]
        if askable:
            given += self._fetch(connection, query, query.rows(UNUSABLE_LIMIT + 1), {REFS: askable})
        return unusable_rows(table, given, values, self._times, limit=UNUSABLE_LIMIT)

    def _learn_shapes(self, connection: Connection) -> None:
        """Check once that each query gives its columns, and see what type its child_ref has, once it has any."""
        if not self._shapes_are_known:
            for query in (*self._queries.values(), *([] if self._changed is None else [self._changed])):
                self._check_shape(connection, query)
            self._shapes_are_known = True
        for table, query in self._queries.items():
            if table not in self._keys:
                for row in self._fetch(connection, query, query.sample(), {}):
                    self._keys[table] = Keys(row[0])

    def _check_shape(self, connection: Connection, query: Query) -> None:
        with told(f"query '{query.name}'"):
            result = connection.execute(query.shape(), {SINCE: None})
            given = [name.lower() for name in list(result.keys())]
            result.close()
        wrong = [name for name in query.columns if given.count(name) != 1]
        if wrong:
            raise SourceFault(f"source: query '{query.name}' must give once each: {', '.join(wrong)}; add AS aliases")

    def _fetch(
        self, connection: Connection, query: Query, statement: Select[Any], parameters: dict[str, object]
    ) -> list[Any]:
        with told(f"query '{query.name}'"):
            try:
                return _rows(connection, statement, parameters)
            except Exception as error:
                if not takes_any_bytes(connection, error):
                    raise
            return _rows(connection, statement, parameters)


def _rows(connection: Connection, statement: Select[Any], parameters: dict[str, object]) -> list[Any]:
    """Return the driver's own tuples: SQLAlchemy's rows would take as long as all the reading of them."""
    result = connection.execute(statement, parameters)
    try:
        return [] if result.cursor is None else list(result.cursor.fetchall())
    finally:
        result.close()
