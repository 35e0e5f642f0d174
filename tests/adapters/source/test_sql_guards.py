"""What protects the agency's database from us, and us from it."""

import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from riskwatch.adapters.source import sql as sql_module
from riskwatch.core.faults import SourceFault, Stopped
from tests.adapters.source.agency import QUERIES, Agency, OpenSource, everything

SECRET = "Surname-Of-A-Child"
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT MAX(i) FROM n"


@pytest.mark.parametrize("missing", ["recorded_at", "checked_at"])
def test_missing_alias(agency: Agency, open_source: OpenSource, missing: str) -> None:
    """A query without one of its columns is a fault that names both."""
    agency.make_tables()
    broken = QUERIES._replace(checks=QUERIES.checks.replace(f" AS {missing}", " AS other"))
    source = open_source(agency.url, broken)
    with pytest.raises(SourceFault, match=rf"query 'checks' must give once each: {missing}"):
        source.read(["C1"])
    with pytest.raises(SourceFault, match="query 'checks'"):
        everything(source)


def test_join_that_multiplies_rows(agency: Agency, open_source: OpenSource, monkeypatch: pytest.MonkeyPatch) -> None:
    """More rows than can be are a fault, and not a full memory."""
    monkeypatch.setattr(sql_module, "ROWS_LIMIT", 2)
    agency.make_tables()
    agency.run(*["INSERT INTO visit VALUES ('K1', 'C1', 'seen', '2021-09-07', NULL)"] * 3)
    with pytest.raises(SourceFault, match="query 'checks' gives more than 2 rows for 1 children"):
        open_source(agency.url, QUERIES).read(["C1"])


def test_more_children_than_can_be(agency: Agency, open_source: OpenSource, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child_ref that is no child_ref, but an id of each row, is a fault."""
    monkeypatch.setattr(sql_module, "CHILDREN_LIMIT", 1)
    agency.make_tables()
    agency.run("INSERT INTO person VALUES ('C1', '', '', NULL, 'x'), ('C2', '', '', NULL, 'x')")
    with pytest.raises(SourceFault, match="query 'children' names more than 1 children"):
        everything(open_source(agency.url, QUERIES))


def test_nothing_can_be_written(agency: Agency, open_source: OpenSource) -> None:
    """The connection refuses to write, although the account may."""
    agency.make_tables()
    source = open_source(agency.url, QUERIES)
    source.read(["C1"])
    for statement in ("INSERT INTO person VALUES ('C9', '', '', NULL, 'x')", "DELETE FROM person"):
        with source._access._engine.connect() as connection, pytest.raises(DBAPIError):
            connection.execute(text(statement))
    assert agency.scalar("SELECT COUNT(*) FROM person") == 0


def test_query_that_writes(agency: Agency, open_source: OpenSource) -> None:
    """A query in which a writing statement is hidden fails, and writes nothing."""
    agency.make_tables()
    hidden = "INSERT INTO person VALUES ('C9', '', '', NULL, 'x')"
    for children in (hidden, f"{QUERIES.children}) q; {hidden}; SELECT * FROM (SELECT 1", f"{hidden} RETURNING *"):
        with pytest.raises(SourceFault, match="query 'children' failed"):
            open_source(agency.url, QUERIES._replace(children=children)).read(["C1"])
    assert agency.scalar("SELECT COUNT(*) FROM person") == 0


def test_function_that_writes(postgres_agency: Agency, open_source: OpenSource) -> None:
    """A function that writes, called by a query, is refused by PostgreSQL, and the mend is told."""
    postgres_agency.make_tables()
    postgres_agency.run(
        "CREATE FUNCTION sly() RETURNS text LANGUAGE sql AS"
        " $$ INSERT INTO person VALUES ('C9', '', '', NULL, 'x') RETURNING person_no $$",
        "INSERT INTO person VALUES ('C1', '', '', NULL, 'x')",
    )
    queries = QUERIES._replace(children=QUERIES.children.replace("p.station AS unit", "sly() AS unit"))
    with pytest.raises(
        SourceFault, match=r"query 'children' failed \(ReadOnlySqlTransaction 25006\): it tries to write"
    ):
        open_source(postgres_agency.url, queries).read(["C1"])
    assert postgres_agency.scalar("SELECT COUNT(*) FROM person") == 1


def test_statement_timeout(agency: Agency, open_source: OpenSource) -> None:
    """A statement that takes too long is stopped by the database, and the mend is told."""
    agency.make_tables()
    slow = {
        "sqlite": ENDLESS,
        "postgresql": "SELECT pg_sleep(20)::text",
        "mysql": "SELECT SLEEP(20)",
    }[agency.maker]
    agency.run("INSERT INTO visit VALUES ('K1', 'C1', 'seen', '2021-09-07', NULL)")
    queries = QUERIES._replace(checks=QUERIES.checks.replace("v.outcome AS kind", f"({slow}) AS kind"))
    with pytest.raises(SourceFault, match=r"query 'checks' failed .*: it took longer than the statement timeout"):
        open_source(agency.url, queries, statement_timeout_s=1).read(["C1"])


@pytest.mark.parametrize("maker", ["sqlite", "postgres"])
def test_a_statement_is_broken_off(maker: str, request: pytest.FixtureRequest, open_source: OpenSource) -> None:
    """A service that is to stop does not wait for the agency's database; what it had not read counts as nothing."""
    agency = request.getfixturevalue(f"{maker}_agency")
    agency.make_tables()
    agency.run("INSERT INTO visit VALUES ('K1', 'C1', 'seen', '2021-09-07', NULL)")
    slow = "SELECT pg_sleep(20)::text" if agency.is_postgres else ENDLESS
    queries = QUERIES._replace(checks=QUERIES.checks.replace("v.outcome AS kind", f"({slow}) AS kind"))
    source = open_source(agency.url, queries)
    timer = threading.Timer(0.5, source.stop)
    timer.start()
    began = time.monotonic()
    with pytest.raises(Stopped):
        source.read(["C1"])
    assert time.monotonic() - began < 5
    with pytest.raises(Stopped):
        source.read_all(batch=1).__next__()
    timer.join()


def test_a_reading_ends_between_two_batches(sqlite_agency: Agency, open_source: OpenSource) -> None:
    """What was read before stays read; the next batch is not begun."""
    sqlite_agency.make_tables()
    sqlite_agency.run(*(f"INSERT INTO person VALUES ('C{n}', '', '', NULL, 'x')" for n in range(3)))
    source = open_source(sqlite_agency.url, QUERIES)
    parts = source.read_all(batch=1)
    assert [history.child.child_ref for history in next(parts).histories] == ["C0"]
    source.stop()
    with pytest.raises(Stopped):
        next(parts)


def test_fault_of_a_query_quotes_no_data(agency: Agency, open_source: OpenSource) -> None:
    """What a driver says of data is not in the fault's text; the next reading is undisturbed."""
    agency.make_tables()
    agency.run(f"INSERT INTO person VALUES ('C1', 'filey', NULL, NULL, '{SECRET}')")
    cast = "CAST(p.surname AS INTEGER)" if agency.is_postgres else "missing_function(p.surname)"
    source = open_source(agency.url, QUERIES._replace(children=QUERIES.children.replace("p.station", cast)))
    for _ in range(2):
        with pytest.raises(SourceFault) as caught:
            source.read(["C1"])
        assert SECRET not in str(caught.value)
        assert str(caught.value).startswith("source: query 'children' failed (")


def test_lost_connection_is_replaced(postgres_agency: Agency, open_source: OpenSource) -> None:
    """A connection that died while nobody used it costs nothing."""
    postgres_agency.make_tables()
    source = open_source(postgres_agency.url, QUERIES)
    source.read(["C1"])
    postgres_agency.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'riskwatch'"
        " AND datname = current_database()"
    )
    assert source.read(["C1"]).histories == []


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////nowhere/agency.db",
        "postgresql://secret-user:secret-word@127.0.0.1:1/agency",
        "mysql+pymysql://secret-user:secret-word@127.0.0.1:1/agency",
    ],
)
def test_source_that_is_gone(url: str, open_source: OpenSource) -> None:
    """A database that does not answer is a fault, without address or password in its text."""
    source = open_source(url, QUERIES._replace(changed="SELECT 1 AS child_ref, 1 AS changed_at"))
    for ask in (lambda: source.read(["C1"]), lambda: everything(source), lambda: source.changed_since("")):
        with pytest.raises(SourceFault, match=r"source: connection failed .*cannot be reached") as caught:
            ask()
        assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["", "no address", "sqlite://", "sqlite:///file:x?mode=rw", "oracle+cx_oracle://h/x", "nothing://h/x"]
)
def test_address_that_is_not_understood(url: str, open_source: OpenSource) -> None:
    """An address that cannot be used is told at once, with the mend."""
    with pytest.raises(SourceFault, match=r"\[source\] url"):
        open_source(url, QUERIES)


def test_an_extract_moved_over_the_old_one_is_read(tmp_path: Path, open_source: OpenSource) -> None:
    """A nightly extract replaces the file: from then on the new one is read, not the old one that is still open."""
    for name, unit in (("new.db", "york"), ("agency.db", "filey")):
        with Agency(f"sqlite:///{tmp_path / name}") as extract:
            extract.make_tables()
            extract.run(f"INSERT INTO person VALUES ('C1', '{unit}', '', NULL, 'x')")
    source = open_source(f"sqlite:///{tmp_path / 'agency.db'}", QUERIES)
    (before,) = source.read(["C1"]).histories
    (tmp_path / "new.db").replace(tmp_path / "agency.db")
    (after,) = source.read(["C1"]).histories
    assert ("filey", "york") == (before.child.unit, after.child.unit)
