"""Which children changed, asked with a cursor in the column's own type and format."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from riskwatch.adapters.source import sql as sql_module
from riskwatch.adapters.source.changes import Cursor, latest_of
from riskwatch.adapters.source.times import Times
from riskwatch.core.facts import Changes
from riskwatch.core.faults import SourceFault
from tests.adapters.source.agency import LONDON, QUERIES, Agency, OpenSource, at

CHANGED = "SELECT person_no AS child_ref, touched AS changed_at FROM touches WHERE touched >= :since"
TOUCHED = QUERIES._replace(changed=CHANGED)


def touch(agency: Agency, *rows: tuple[str, str]) -> None:
    agency.run(*(f"INSERT INTO touches VALUES ('{child_ref}', {touched})" for child_ref, touched in rows))


def refs(changes: Changes | None) -> Sequence[str]:
    assert changes is not None
    return changes.child_refs


def cursor(changes: Changes | None) -> str:
    assert changes is not None
    return changes.cursor


COLUMNS = [
    ("VARCHAR(40)", "'2021-09-07T09:15:00Z'", "'2021-09-07T09:40:00.5Z'"),
    ("VARCHAR(40)", "'2021-09-07 09:15:00'", "'2021-09-07 10:40:00'"),
    ("BIGINT", "1631006100", "1631009999"),
    ("DATE", "'2021-09-07'", "'2021-09-09'"),
    ("TIMESTAMP", "'2021-09-07 09:15:00'", "'2021-09-07 10:40:00'"),
]


@pytest.mark.parametrize(("kind", "first", "later"), COLUMNS)
def test_changes_of_every_type(agency: Agency, open_source: OpenSource, kind: str, first: str, later: str) -> None:
    """From the start on, each change is told, whatever the type of the column; what lies before is not."""
    agency.make_tables()
    agency.run(f"CREATE TABLE touches (person_no VARCHAR(20), touched {kind})")
    touch(agency, ("C1", first))
    source = open_source(agency.url, TOUCHED)
    start = source.changed_since("")
    assert refs(start) == ()
    assert refs(source.changed_since(cursor(start))) == ("C1",)  # the overlap
    touch(agency, ("C2", later))
    changes = source.changed_since(cursor(start))
    assert refs(changes) == ("C1", "C2")
    assert refs(source.changed_since(cursor(changes))) == ("C2",)


@pytest.mark.parametrize(("kind", "first"), [(kind, first) for kind, first, _ in COLUMNS])
def test_first_change_of_all(agency: Agency, open_source: OpenSource, kind: str, first: str) -> None:
    """Where nothing had ever changed, the first change is told."""
    agency.make_tables()
    agency.run(f"CREATE TABLE touches (person_no VARCHAR(20), touched {kind})")
    source = open_source(agency.url, TOUCHED)
    start = source.changed_since("")
    assert refs(source.changed_since(cursor(start))) == ()
    touch(agency, ("C1", first))
    assert refs(source.changed_since(cursor(start))) == ("C1",)


def test_time_with_zone_in_postgresql(postgres_agency: Agency, open_source: OpenSource) -> None:
    """The server's offset changes with the season; the greatest moment is still the cursor."""
    postgres_agency.make_tables()
    database = postgres_agency.scalar("SELECT current_database()")
    postgres_agency.run(
        f"ALTER DATABASE {database} SET timezone = 'Europe/London'",
        "CREATE TABLE touches (person_no VARCHAR(20), touched TIMESTAMPTZ)",
    )
    touch(postgres_agency, ("C1", "'2021-10-31 00:50:00Z'"), ("C2", "'2021-10-31 01:30:00Z'"))
    source = open_source(postgres_agency.url, TOUCHED)
    assert cursor(source.changed_since("")) == "text:2021-10-31 01:30:00+00"
    assert refs(source.changed_since("text:2021-10-31 01:30:00+00")) == ("C2",)


def test_changed_children_are_found_as_they_are_written(agency: Agency, open_source: OpenSource) -> None:
    """A child whose changed row is padded is then read as it is written."""
    agency.make_tables()
    agency.run("CREATE TABLE touches (person_no VARCHAR(20), touched VARCHAR(40))")
    source = open_source(agency.url, TOUCHED)
    start = cursor(source.changed_since(""))
    touch(agency, ("  C1", "'2021-09-07T09:15:00Z'"), ("", "'2021-09-07T09:15:00Z'"))
    agency.run("INSERT INTO visit VALUES ('K1', '  C1', 'seen', '2021-09-07', NULL)")
    changed = refs(source.changed_since(start))
    assert changed == ("C1",)
    assert len(source.read(changed).histories[0].checks) == 1


def test_unusable_changed_at(sqlite_agency: Agency, open_source: OpenSource) -> None:
    """A changed_at that is neither time nor number is a fault: nothing would ever be seen to change."""
    sqlite_agency.make_tables()
    sqlite_agency.run("CREATE TABLE touches (person_no VARCHAR(20), touched VARCHAR(40))")
    touch(sqlite_agency, ("C1", "'yesterday'"))
    with pytest.raises(SourceFault, match="neither a time nor a whole number"):
        open_source(sqlite_agency.url, TOUCHED).changed_since("")


def test_changed_without_its_columns(agency: Agency, open_source: OpenSource) -> None:
    """The query is held to its columns like the others."""
    agency.make_tables()
    queries = QUERIES._replace(changed="SELECT person_no AS child_ref FROM person")
    with pytest.raises(SourceFault, match="query 'changed' must give once each: changed_at"):
        open_source(agency.url, queries).changed_since("")


def test_more_changes_than_can_be(agency: Agency, open_source: OpenSource, monkeypatch: pytest.MonkeyPatch) -> None:
    """More changed rows than can be are a fault."""
    monkeypatch.setattr(sql_module, "CHILDREN_LIMIT", 1)
    agency.make_tables()
    agency.run("CREATE TABLE touches (person_no VARCHAR(20), touched VARCHAR(40))")
    touch(agency, *[("C1", "'2021-09-07T09:15:00Z'")] * 2)
    with pytest.raises(SourceFault, match="query 'changed' gives more than 1 rows"):
        open_source(agency.url, TOUCHED).changed_since("text:2021-09-07T09:15:00Z")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("2021-09-07T09:15:00Z", "2021-09-07T09:05:00Z"),
        ("2021-09-07 09:15:00.250+01", "2021-09-07 09:05:00+01"),
        ("2021-09-07 09:15:00", "2021-09-07 08:05:00"),  # local: also the hour that is repeated in autumn
        ("2021-09-07", "2021-09-06"),
        (datetime(2021, 9, 7, 9, 15), datetime(2021, 9, 7, 8, 5)),  # noqa: DTZ001
        (at("2021-09-07T09:15"), at("2021-09-07T09:05")),
        (date(2021, 9, 7), date(2021, 9, 6)),
        (1_631_006_100, 1_631_005_500),
        (1_631_006_100_000, 1_631_005_500_000),
        (1_631_006_100_000_000, 1_631_005_500_000_000),
        (datetime(1, 1, 1), datetime(1, 1, 1)),  # noqa: DTZ001
        ("no time", "no time"),
    ],
)
def test_overlap(given: str | int | date, expected: str | int | date) -> None:
    """A cursor is asked again with an overlap for late commits, in the format in which it came."""
    assert Cursor.parse(str(Cursor(given))) == Cursor(given)
    assert Cursor(given).since() == [expected]


@pytest.mark.parametrize("text", ["", "junk", "number:x", "moment:x", "date:x"])
def test_no_cursor(text: str) -> None:
    """What is no cursor begins anew."""
    assert Cursor.parse(text) is None


def test_greatest_value_wins() -> None:
    """The cursor is the greatest readable value, and never goes back."""
    times = Times(ZoneInfo("Europe/London"))
    assert latest_of(["2021-01-01", None, "junk", "2021-13-01", "2020-01-01"], Cursor(None), times) == Cursor(
        "2021-01-01"
    )
    assert latest_of([1, 2], Cursor(5), Times(LONDON)) == Cursor(5)
    assert latest_of([], Cursor(None), times) == Cursor(None)
