"""How fresh an extract is, and how many rows it has, as the database says."""

import pytest

from riskwatch.core.faults import SourceFault
from riskwatch.core.trust import Rows
from tests.adapters.source.agency import QUERIES, Agency, OpenSource, at

LOADED = QUERIES._replace(freshness="SELECT max(loaded) FROM load_log -- by the nightly job")


def loads(agency: Agency, *moments: str, time: str = "VARCHAR(40)") -> None:
    """Make the log of loads."""
    agency.run(f"CREATE TABLE load_log (loaded {time})", *(f"INSERT INTO load_log VALUES ('{m}')" for m in moments))


def test_the_latest_load_is_told(agency: Agency, open_source: OpenSource) -> None:
    """An aware moment as text, whatever else the log holds."""
    loads(agency, "2021-09-06T09:15:00Z", "2021-09-07T09:15:00Z")
    assert open_source(agency.url, LOADED).freshness() == at("2021-09-07T09:15")


def test_a_moment_of_the_databases_own_type_is_local(agency: Agency, open_source: OpenSource) -> None:
    """A naive time is local to the source's zone, as it is in every other column."""
    loads(agency, "2021-07-01 10:00:00", time="TIMESTAMP" if agency.is_postgres else "DATETIME")
    assert open_source(agency.url, LOADED).freshness() == at("2021-07-01T09:00")


def test_without_a_query_nothing_is_told(agency: Agency, open_source: OpenSource) -> None:
    """The source cannot tell, and is not asked."""
    assert open_source(agency.url, QUERIES).freshness() is None


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("SELECT max(loaded) FROM load_log", "gives no time"),
        ("SELECT 'yesterday' FROM load_log_two", "gives no time"),
        ("SELECT loaded FROM load_log", "must give one row with one column"),
        ("SELECT loaded, loaded AS again FROM load_log_two", "must give one row with one column"),
        ("SELECT loaded FROM nowhere", "query 'freshness'"),
    ],
)
def test_anything_else_is_a_fault(agency: Agency, open_source: OpenSource, query: str, problem: str) -> None:
    """No row, no time, more than one: an answer that is none must not pass for a fresh extract."""
    loads(agency)
    agency.run("CREATE TABLE load_log_two (loaded VARCHAR(40))", "INSERT INTO load_log_two VALUES ('2021-09-07')")
    with pytest.raises(SourceFault, match=problem):
        open_source(agency.url, QUERIES._replace(freshness=query)).freshness()


def test_rows_are_counted_whether_readable_or_not(agency: Agency, open_source: OpenSource) -> None:
    """The counts are those of the tables: a cheap look at whether an extract is whole."""
    agency.make_tables()
    agency.run(
        "INSERT INTO person VALUES ('C1', 'filey', NULL, NULL, 'x')",
        "INSERT INTO visit VALUES ('K1', 'C1', 'seen', 'junk', NULL), (NULL, NULL, NULL, NULL, NULL)",
    )
    assert open_source(agency.url, QUERIES).counts() == Rows(1, 0, 2)
