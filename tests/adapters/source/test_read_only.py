"""SELECTs that try to write, by mistake or by design, on each maker's database: refused, and nothing is written."""

import os
from contextlib import suppress
from pathlib import Path

import pytest

from riskwatch.core.faults import SourceFault
from tests.adapters.source.agency import QUERIES, Agency, OpenSource, everything

HIDDEN = "INSERT INTO person VALUES ('C9', '', '', NULL, 'x')"
CLOSED = f"{QUERIES.children}) q; COMMIT; {HIDDEN}; COMMIT; SELECT * FROM (SELECT 1 AS child_ref"
ALL_MAKERS = {
    "insert": HIDDEN,
    "insert that returns": f"{HIDDEN} RETURNING person_no AS child_ref",
    "data-modifying CTE": f"WITH w AS ({HIDDEN} RETURNING *) {QUERIES.children}",
    "update": "UPDATE person SET surname = 'x'",
    "second statement": f"{QUERIES.children}; {HIDDEN}",
    "second statement behind the wrapping": f"{QUERIES.children}) q; {HIDDEN}; SELECT * FROM (SELECT 1 AS child_ref",
    "second statement behind a commit": CLOSED,
    "second statement that lifts the limits": CLOSED.replace("COMMIT;", "COMMIT; START TRANSACTION READ WRITE;", 1),
    "transaction of its own": f"{QUERIES.children}) q; BEGIN; {HIDDEN}; COMMIT; --",
    "drop": f"{QUERIES.children}) q; DROP TABLE person; --",
}  # fmt: skip
SQLITE = {
    "pragma": "PRAGMA query_only = OFF",
    "pragma behind the wrapping": f"{QUERIES.children}) q; PRAGMA query_only = OFF; {HIDDEN}; --",
    "attach": "ATTACH '{folder}/new.db' AS other",
    "vacuum": "VACUUM INTO '{folder}/new.db'",
    "extension": "SELECT load_extension('{folder}/x') AS child_ref, 1 AS unit, 1 AS officer, NULL AS closed_at,"
    " NULL AS closed_recorded_at",
}
POSTGRES = {
    "copy to a program": "COPY person TO PROGRAM 'touch {folder}/new.db'",
    "copy to a file behind the wrapping": f"{QUERIES.children}) q; COPY person TO '{{folder}}/new.db'; --",
    "select into": "SELECT * INTO other FROM person",
    "sequence": QUERIES.children.replace("p.station", "nextval('counter')::text"),
    "large object": QUERIES.children.replace("p.station", "lo_from_bytea(0, 'x')::text"),
    "lock": f"{QUERIES.children} FOR UPDATE",
    "lifted by a function": QUERIES.children.replace(
        "p.station", "set_config('transaction_read_only', 'off', true) || sly()"
    ),
    "lifted for the session": QUERIES.children.replace(
        "p.station", "set_config('default_transaction_read_only', 'off', false) || sly()"
    ),
}
MARIADB = {
    "into outfile": f"{QUERIES.children} INTO OUTFILE '{{folder}}/new.db'",
    "into dumpfile": "SELECT 'x' INTO DUMPFILE '{folder}/new.db'",
    "into outfile behind the wrapping": f"{QUERIES.children}) q INTO OUTFILE '{{folder}}/new.db' -- ",
    "into a variable": "SELECT person_no INTO @x FROM person",
    "load data": "LOAD DATA INFILE '/etc/passwd' INTO TABLE person",
}


def refused(agency: Agency, open_source: OpenSource, query: str, folder: Path) -> None:
    """Read by a query; see that it fails, that nothing was written, and that the connection is as it was."""
    agency.make_tables()
    agency.run("INSERT INTO person VALUES ('C1', 'filey', '', NULL, 'x')")
    if agency.is_postgres:
        agency.run(
            "CREATE SEQUENCE counter",
            f"CREATE FUNCTION sly() RETURNS text VOLATILE LANGUAGE sql AS $$ {HIDDEN} RETURNING person_no $$",
        )
    source = open_source(agency.url, QUERIES._replace(children=query.replace("{folder}", str(folder))))
    for _ in range(2):
        with pytest.raises(SourceFault, match="query 'children'"):
            everything(source)
        with pytest.raises(SourceFault, match="query 'children'"):
            source.read(["C1"])
        with suppress(SourceFault):  # a count may pass over what a column does
            source.counts()
    assert 1 == agency.scalar("SELECT COUNT(*) FROM person WHERE surname = 'x' AND person_no = 'C1'")
    assert 1 == agency.scalar("SELECT COUNT(*) FROM person")
    assert not (folder / "new.db").exists()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder into which anybody may write."""
    folder = tmp_path / "open"
    folder.mkdir()
    os.chmod(folder, 0o777)
    return folder


@pytest.mark.parametrize("query", ALL_MAKERS.values(), ids=ALL_MAKERS)
def test_writing_is_refused(agency: Agency, open_source: OpenSource, query: str, folder: Path) -> None:
    """Whatever the account may do."""
    refused(agency, open_source, query, folder)


@pytest.mark.parametrize("query", SQLITE.values(), ids=SQLITE)
def test_writing_to_sqlite(sqlite_agency: Agency, open_source: OpenSource, query: str, folder: Path) -> None:
    """Neither a setting, nor another file, nor a library is reached."""
    refused(sqlite_agency, open_source, query, folder)


@pytest.mark.parametrize("query", POSTGRES.values(), ids=POSTGRES)
def test_writing_to_postgresql(postgres_agency: Agency, open_source: OpenSource, query: str, folder: Path) -> None:
    """Not by a function with a side effect either."""
    refused(postgres_agency, open_source, query, folder)


@pytest.mark.parametrize("query", MARIADB.values(), ids=MARIADB)
def test_writing_to_mariadb(mariadb_agency: Agency, open_source: OpenSource, query: str, folder: Path) -> None:
    """Not to a file of the server's either, although the account may."""
    refused(mariadb_agency, open_source, query, folder)
