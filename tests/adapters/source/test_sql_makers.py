"""Values that only one maker of databases can hold."""

from riskwatch.core.facts import Table
from tests.adapters.source.agency import QUERIES, Agency, OpenSource, at, everything, only

NINE = at("2021-09-07T09:15")


def test_undecodable_bytes_in_sqlite(sqlite_agency: Agency, open_source: OpenSource) -> None:
    """One cell that is not UTF-8 spoils at most its own row."""
    sqlite_agency.make_tables()
    sqlite_agency.run(
        "INSERT INTO person VALUES ('C1', CAST(x'66ff' AS TEXT), NULL, NULL, 'x')",
        "INSERT INTO visit VALUES ('K1', CAST(x'43ff' AS TEXT), 'seen', '2021-09-07', NULL)",
    )
    histories, rejected = everything(open_source(sqlite_agency.url, QUERIES))
    assert {ref: history.child.unit for ref, history in histories.items()} == {"C1": "f\ufffd"}
    assert {(row.table, row.column, row.counted) for row in rejected} == {
        (Table.CHILDREN, "unit", True),
        (Table.CHECKS, "child_ref", False),
    }


def test_infinity_in_postgresql(postgres_agency: Agency, open_source: OpenSource) -> None:
    """A time beyond Python's calendar spoils its own row only, whatever the server's date style."""
    postgres_agency.make_tables(time="TIMESTAMPTZ")
    database = postgres_agency.scalar("SELECT current_database()")
    postgres_agency.run(
        f"ALTER DATABASE {database} SET datestyle = 'SQL, DMY'",
        "INSERT INTO visit VALUES ('K1', 'C1', 'seen', 'infinity', NULL),"
        " ('K2', 'C1', 'seen', '0044-03-15 12:00:00 BC', NULL), ('K3', 'C1', 'seen', '2021-09-07 09:15:00Z', NULL)",
    )
    reading = open_source(postgres_agency.url, QUERIES).read(["C1"])
    assert [check.checked_at for check in only(reading).checks] == [NINE]
    assert len(reading.rejected) == 2


def test_zero_dates_in_mariadb(mariadb_agency: Agency, open_source: OpenSource) -> None:
    """The date that stands for none in MariaDB spoils its own row only."""
    mariadb_agency.make_tables(time="DATETIME")
    mariadb_agency.run(
        "SET SESSION sql_mode = ''",
        "INSERT INTO visit VALUES ('K1', 'C1', 'seen', '0000-00-00 00:00:00', NULL),"
        " ('K2', 'C1', 'seen', '2021-09-07 10:15:00', NULL)",
    )
    reading = open_source(mariadb_agency.url, QUERIES).read(["C1"])
    assert [check.checked_at for check in only(reading).checks] == [NINE]
    assert len(reading.rejected) == 1


def test_uuid_keys(postgres_agency: Agency, open_source: OpenSource) -> None:
    """Children numbered by UUIDs are found; a child_ref that is none is nobody."""
    postgres_agency.make_tables(key="UUID")
    ref = "00000000-0000-0000-0000-000000000005"
    postgres_agency.run(f"INSERT INTO person VALUES ('{ref}', 'filey', NULL, NULL, 'x')")
    source = open_source(postgres_agency.url, QUERIES)
    assert only(source.read([ref, "C1"])).child.unit == "filey"
    assert list(everything(source)[0]) == [ref]
