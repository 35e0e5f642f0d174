"""Importing facts into the embedded agency records."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from riskwatch.adapters.embedded import Imported, import_facts
from riskwatch.adapters.store import SqlStore
from riskwatch.adapters.tables import AssessmentRow, CheckRow, ChildRow, table
from riskwatch.core.facts import Assessment, Check, Child
from riskwatch.core.facts import Table as Kind
from tests.adapters.store.examples import NOON, after
from tests.builders import assessed, checked, child

CHILD, ASSESSMENT, CHECK = table(ChildRow), table(AssessmentRow), table(CheckRow)


def rows(store: SqlStore, kind: type[ChildRow] | type[AssessmentRow] | type[CheckRow]) -> list[tuple[object, ...]]:
    """All rows of an embedded table, by id."""
    shelf = table(kind)
    with store.reading() as connection:
        return [tuple(row) for row in connection.execute(select(shelf).order_by(shelf.columns[0]))]


@pytest.mark.parametrize(("shelf", "fact"), [(CHILD, Child), (ASSESSMENT, Assessment), (CHECK, Check)])
def test_the_tables_have_the_columns_of_the_facts(shelf: object, fact: type[Child]) -> None:
    """A fact's fields are the columns, in order, and `changed_at` comes last."""
    assert [column.name for column in getattr(shelf, "columns", [])] == [*fact._fields, "changed_at"]


def test_facts_are_imported_as_they_are(sql_store: SqlStore) -> None:
    """Each fact stands in its table field by field, with the moment of the import."""
    one, another = child("C1", closed=after(days=1)), child("C2", unit="", officer="")
    fear, visit = assessed(recorded=after(days=2)), checked()
    done = import_facts(sql_store, [another, one], [fear], [visit], at=NOON)
    assert done == {
        Kind.CHILDREN: Imported(2, 0, 0),
        Kind.ASSESSMENTS: Imported(1, 0, 0),
        Kind.CHECKS: Imported(1, 0, 0),
    }
    assert rows(sql_store, ChildRow) == [(*one, NOON), (*another, NOON)]
    assert rows(sql_store, AssessmentRow) == [(*fear, NOON)]
    assert rows(sql_store, CheckRow) == [(*visit, NOON)]


def test_only_what_really_changed_is_marked_as_changed(sql_store: SqlStore) -> None:
    """A second import replaces what differs; the rest keeps the moment of its own change, or stays if not given."""
    import_facts(sql_store, [child("C1"), child("C2"), child("C3")], [], [checked(check_id="K1")], at=NOON)
    later = after(days=1)
    moved = child("C2", unit="filey")
    done = import_facts(sql_store, [child("C1"), moved, child("C4")], [], [checked(check_id="K1")], at=later)
    assert done[Kind.CHILDREN] == Imported(1, 1, 1)
    assert done[Kind.CHECKS] == Imported(0, 0, 1)
    assert rows(sql_store, ChildRow) == [
        (*child("C1"), NOON),
        (*moved, later),
        (*child("C3"), NOON),
        (*child("C4"), later),
    ]


def test_a_fraction_of_a_second_is_no_change(sql_store: SqlStore) -> None:
    """Moments are kept in whole seconds, and compared so."""
    visit = checked(when=NOON.replace(microsecond=5))
    import_facts(sql_store, [], [], [visit], at=NOON)
    assert import_facts(sql_store, [], [], [visit], at=after(days=1))[Kind.CHECKS] == Imported(0, 0, 1)


def test_an_import_is_all_or_nothing(sql_store: SqlStore) -> None:
    """If anything fails half-way, nothing of it stands."""

    def breaking() -> Iterator[Check]:
        yield checked()
        raise KeyError

    with pytest.raises(KeyError):
        import_facts(sql_store, [child()], [assessed()], breaking(), at=NOON)
    assert [rows(sql_store, kind) for kind in (ChildRow, AssessmentRow, CheckRow)] == [[], [], []]


def test_an_import_of_many_rows_counts_them_all(sql_store: SqlStore) -> None:
    """An import that takes several batches is one import."""
    children = [child(f"C{number}") for number in range(2_500)]
    assert import_facts(sql_store, children, [], [], at=NOON)[Kind.CHILDREN] == Imported(2_500, 0, 0)
    assert import_facts(sql_store, children, [], [], at=NOON)[Kind.CHILDREN] == Imported(0, 0, 2_500)
