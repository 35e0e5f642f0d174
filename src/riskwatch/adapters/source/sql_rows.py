"""What a database does to rows that a file does not: no order, no lines, and child_refs that cannot be asked for."""

from collections.abc import Iterable, Iterator, Sequence

from riskwatch.adapters.source.rows import Row, Rows
from riskwatch.adapters.source.times import Times
from riskwatch.adapters.source.words import UnreadableIdentifier, identifier, undecodable
from riskwatch.core.facts import Rejected, Table


def place(table: Table, row_id: str, child_ref: str) -> str:
    """Return where a row stands: "checks id K9 of child C1"."""
    row = f"{table} id {row_id}" if row_id else f"{table} without id"
    if table is Table.CHILDREN:
        return row
    return f"{row} of child {child_ref}" if child_ref else f"{row} without child"


def settled(rows: list[Row]) -> list[Row]:
    """Return rows in an order of their own where an id stands twice: which of them counts must not depend on the
    order in which the database happens to give them."""
    try:
        if len({row[0] for row in rows}) == len(rows):
            return rows
    except TypeError:  # an id of an unhashable type
        pass
    return sorted(rows, key=repr)


def each_once(rejected: Iterable[Rejected]) -> list[Rejected]:
    """Return what was rejected, of several faults at one place and column the first."""
    found: dict[tuple[str, str], Rejected] = {}
    for row in rejected:
        found.setdefault((row.where, row.column), row)
    return list(found.values())


def named_values(values: Iterable[object]) -> Iterator[tuple[str, object]]:
    """Yield the child_ref of each value that is one, and the value."""
    for value in values:
        try:
            child_ref = identifier(value)
        except UnreadableIdentifier:
            continue
        if child_ref:
            yield child_ref, value


def unnamed_values(values: Iterable[object]) -> list[object]:
    """Return the values that are no child_ref."""
    return [value for value in values if not any(named_values([value]))]


def unusable_rows(
    table: Table, given: Iterable[Row], values: Sequence[object], times: Times, *, limit: int
) -> list[Rejected]:
    """Return rows without a usable child_ref as rejected ones: those given, and one for each value that cannot be asked
    for. Beyond the limit one more says that there are others."""
    rows = Rows(times, place, ids_within_child=True)
    readers = {Table.CHILDREN: rows.children, Table.ASSESSMENTS: rows.assessments, Table.CHECKS: rows.checks}
    for _ in readers[table](given):
        pass
    found = [row for row in rows.rejected if not row.child_ref]
    for value in values:
        if value is None or (isinstance(value, str) and not undecodable(value)):
            continue
        try:
            identifier(value)
        except UnreadableIdentifier as error:
            found.append(Rejected(table, place(table, "", ""), "", "", "child_ref", str(error)))
    listed = each_once(found)[:limit]
    if len(found) > limit:
        reason = f"more rows have no usable child_ref: only {limit} are listed"
        listed.append(Rejected(table, f"{table} without child", "", "", "row", reason))
    return listed
