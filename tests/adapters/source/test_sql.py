"""The source over SQL, held to one contract on SQLite, PostgreSQL and MariaDB."""

import pytest

from riskwatch.adapters.source import sql as sql_module
from riskwatch.adapters.source.queries import EMBEDDED_QUERIES, SourceQueries
from riskwatch.adapters.source.sql_rows import settled, unusable_rows
from riskwatch.adapters.source.times import Times
from riskwatch.core.facts import Assessment, Check, Child, History, Table
from tests.adapters.source.agency import LONDON, QUERIES, Agency, OpenSource, at, everything, only

NINE = at("2021-09-07T09:15")


def test_facts_of_other_tables(agency: Agency, open_source: OpenSource) -> None:
    """Facts come out of tables and columns of any name, in any number of batches."""
    agency.make_tables()
    agency.run(
        "INSERT INTO person VALUES ('C1', 'filey', 'PC1@North.police.uk', NULL, 'x'), ('C3', NULL, NULL, NULL, 'x')",
        "INSERT INTO risk VALUES ('A1', 'C1', NULL, 'high', '2021-09-07T09:15:00Z', '2021-09-07 10:15:00')",
        "INSERT INTO visit VALUES ('K1', 'C2', 'seen', '2021-09-07T09:15:00Z', NULL)",
    )
    source = open_source(agency.url, QUERIES)
    for batch in (1, 2, 1000):
        histories, rejected = everything(source, batch)
        assert list(histories) == ["C1", "C2", "C3"]
        assert rejected == []
    assert histories["C1"] == History(
        Child("C1", "filey", "pc1@north.police.uk"), [Assessment("A1", "C1", "general", "high", NINE, NINE)]
    )
    assert histories["C2"] == History(Child("C2"), (), [Check("K1", "C2", "seen", NINE, None)])
    assert only(source.read(["C2", "C2", "unknown"])) == histories["C2"]
    assert source.read([]).histories == []


def test_empty_tables(agency: Agency, open_source: OpenSource) -> None:
    """Empty tables give no children, and no fault."""
    agency.make_tables()
    source = open_source(agency.url, QUERIES)
    assert everything(source) == ({}, [])
    assert source.read(["C1"]).histories == []
    assert source.changed_since("") is None


def test_local_times_across_both_clock_changes(agency: Agency, open_source: OpenSource) -> None:
    """A driver's naive times are local: a skipped one moves forward, a doubled one is the first."""
    agency.make_tables(time="TEXT" if agency.maker == "sqlite" else "TIMESTAMP" if agency.is_postgres else "DATETIME")
    wall = ["2021-03-28 00:59:59", "2021-03-28 01:30:00", "2021-03-28 02:30:00", "2021-10-31 01:30:00"]
    wall += ["2021-10-31 02:00:00", "2021-07-01 00:00:00"]
    for number, visited in enumerate(wall):
        agency.run(f"INSERT INTO visit VALUES ('K{number}', 'C1', 'seen', '{visited}', NULL)")
    history = only(open_source(agency.url, QUERIES).read(["C1"]))
    assert {check.check_id: check.checked_at for check in history.checks} == {
        "K0": at("2021-03-28T00:59:59"),
        "K1": at("2021-03-28T01:30:00"),
        "K2": at("2021-03-28T01:30:00"),
        "K3": at("2021-10-31T00:30:00"),
        "K4": at("2021-10-31T02:00:00"),
        "K5": at("2021-06-30T23:00:00"),
    }


def test_junk_stops_nothing(agency: Agency, open_source: OpenSource) -> None:
    """A bad row is rejected where it stands, and hides neither the child nor other rows."""
    agency.make_tables()
    agency.run(
        "INSERT INTO person VALUES ('C1', NULL, NULL, 'soon', 'x'), ('C2', 'filey', NULL, NULL, 'x'),"
        " ('C2', 'filey', NULL, NULL, 'x')",
        "INSERT INTO risk VALUES ('A1', 'C1', '', 'high', 'junk', '2021-09-07T09:15:00Z'),"
        " (NULL, 'C1', '', 'high', '2021-09-07T09:15:00Z', NULL)",
        "INSERT INTO visit VALUES ('K1', 'C1', 'seen', 'junk', NULL), ('K2', 'C1', 'seen', NULL, NULL),"
        " ('K3', 'C1', 'seen', '2021-09-07T09:15:00Z', 'junk'), ('K4', 'C1', 'seen', '2021-09-07T09:15:00Z', NULL)",
    )
    histories, rejected = everything(open_source(agency.url, QUERIES))
    assert histories["C1"].child == Child("C1")
    assert [row.assessed_at for row in histories["C1"].assessments] == [NINE]
    assert [row.check_id for row in histories["C1"].checks] == ["K4"]
    assert histories["C2"].child == Child("C2", "filey")
    assert {(row.where, row.column, row.counted) for row in rejected} == {
        ("children id C1", "closed_at", False),
        ("children id C2", "child_ref", False),
        ("assessments id A1 of child C1", "assessed_at", True),
        ("assessments without id of child C1", "assessment_id", False),
        ("checks id K1 of child C1", "checked_at", False),
        ("checks id K2 of child C1", "checked_at", False),
        ("checks id K3 of child C1", "recorded_at", False),
    }


def test_child_whose_rows_are_all_bad_is_not_hidden(agency: Agency, open_source: OpenSource) -> None:
    """A child of whom nothing can be read is still a child."""
    agency.make_tables()
    agency.run("INSERT INTO visit VALUES ('K1', 'C1', 'seen', 'junk', NULL)")
    reading = open_source(agency.url, QUERIES).read(["C1"])
    assert only(reading) == History(Child("C1"), (), ())
    assert len(reading.rejected) == 1


def test_rows_that_name_no_child(agency: Agency, open_source: OpenSource, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that name no child are listed once in a full reading, up to a limit that is told."""
    monkeypatch.setattr(sql_module, "UNUSABLE_LIMIT", 4)
    agency.make_tables()
    agency.run(
        "INSERT INTO visit VALUES ('K1', NULL, 'seen', '2021-09-07', NULL), ('K2', '', 'seen', '2021-09-07', NULL),"
        " ('K3', '  ', 'seen', '2021-09-07', NULL), ('K4', 'C1', 'seen', '2021-09-07', NULL)",
        *(f"INSERT INTO risk VALUES ('A{number}', NULL, '', 'high', '2021-09-07', NULL)" for number in range(6)),
    )
    histories, rejected = everything(open_source(agency.url, QUERIES), batch=1)
    assert list(histories) == ["C1"]
    checks = [row.row_id for row in rejected if row.table is Table.CHECKS]
    assert sorted(checks) == ["K1", "K2", "K3"]
    assessments = [row for row in rejected if row.table is Table.ASSESSMENTS]
    assert len(assessments) == 5
    assert "only 4 are listed" in assessments[-1].reason
    assert all(row.child_ref == "" for row in rejected)


def test_only_rows_that_name_no_child(agency: Agency, open_source: OpenSource) -> None:
    """They are told even where no other row is."""
    agency.make_tables()
    agency.run("INSERT INTO visit VALUES ('K1', NULL, 'seen', '2021-09-07', NULL)")
    histories, rejected = everything(open_source(agency.url, QUERIES))
    assert (histories, [row.where for row in rejected]) == ({}, ["checks id K1 without child"])


def test_integer_keys(agency: Agency, open_source: OpenSource) -> None:
    """Children numbered by whole numbers are found, before a full reading too; a child_ref that is none is nobody."""
    agency.make_tables(key="INTEGER")
    agency.run(
        "INSERT INTO person VALUES (17, 'filey', NULL, NULL, 'x'), (5, NULL, NULL, NULL, 'x')",
        "INSERT INTO visit VALUES ('K1', 17, 'seen', '2021-09-07T09:15:00Z', NULL)",
    )
    source = open_source(agency.url, QUERIES)
    assert only(source.read(["17", "C1", "1_7", "017"])).child == Child("17", "filey")
    histories, rejected = everything(source)
    assert (list(histories), rejected) == (["17", "5"], [])
    assert len(histories["17"].checks) == 1


@pytest.mark.parametrize("key", ["CHAR(20)", "VARCHAR(20)"])
def test_padded_keys(agency: Agency, open_source: OpenSource, key: str) -> None:
    """White space around a child_ref is no part of it, on whichever side and in whichever table it stands."""
    agency.make_tables(key=key)
    agency.run(
        "INSERT INTO person VALUES ('C1   ', 'filey', NULL, NULL, 'x')",
        "INSERT INTO visit VALUES ('K1', 'C1', 'seen', '2021-09-07T09:15:00Z', NULL),"
        " ('K2', '  C1', 'seen', '2021-09-07T09:15:00Z', NULL)",
    )
    source = open_source(agency.url, QUERIES)
    histories, rejected = everything(source)
    assert (list(histories), rejected) == (["C1"], [])
    assert histories["C1"].child.unit == "filey"
    assert {check.check_id for check in histories["C1"].checks} == {"K1", "K2"}
    assert only(source.read(["C1"])) == histories["C1"]


def test_keys_that_differ_in_case(agency: Agency, open_source: OpenSource) -> None:
    """C1 and c1 are two children, also where the database takes them for one."""
    agency.make_tables(key="VARCHAR(20) COLLATE NOCASE" if agency.maker == "sqlite" else "VARCHAR(20)")
    agency.run(
        "INSERT INTO person VALUES ('C1', 'filey', NULL, NULL, 'x'), ('c1', 'whitby', NULL, NULL, 'x')",
        "INSERT INTO visit VALUES ('K1', 'C1', 'seen', '2021-09-07T09:15:00Z', NULL),"
        " ('K2', 'c1', 'seen', 'junk', NULL)",
    )
    histories, rejected = everything(open_source(agency.url, QUERIES))
    assert {ref: (history.child.unit, len(history.checks)) for ref, history in histories.items()} == {
        "C1": ("filey", 1),
        "c1": ("whitby", 0),
    }
    assert [row.child_ref for row in rejected] == ["c1"]


def test_one_id_for_two_rows(agency: Agency, open_source: OpenSource) -> None:
    """Which of two rows with one id counts does not depend on the order in which they were written."""
    agency.make_tables()
    rows = ["('K1', 'C1', 'seen', '2021-09-07', NULL)", "('K1', 'C1', 'phone', '2021-09-07', NULL)"]
    found = []
    for order in (rows, rows[::-1]):
        agency.run("DELETE FROM visit", *(f"INSERT INTO visit VALUES {row}" for row in order))
        reading = open_source(agency.url, QUERIES).read(["C1"])
        found.append([check.kind for check in only(reading).checks])
        assert [row.column for row in reading.rejected] == ["check_id"]
    assert found[0] == found[1]
    assert len(found[0]) == 1


def test_many_children(agency: Agency, open_source: OpenSource) -> None:
    """More children than fit into one list are all read."""
    agency.make_tables()
    values = ", ".join(f"('C{number}', 'filey', NULL, NULL, 'x')" for number in range(2500))
    agency.run(f"INSERT INTO person VALUES {values}")
    source = open_source(agency.url, QUERIES)
    assert len(source.read([f"C{number}" for number in range(2500)]).histories) == 2500
    assert len(everything(source, batch=2000)[0]) == 2500


def test_colons_and_percent_signs_in_a_query(agency: Agency, open_source: OpenSource) -> None:
    """A query may hold casts, times in quotes and wildcards."""
    agency.make_tables()
    agency.run("INSERT INTO person VALUES ('C1', 'filey', NULL, NULL, 'x')")
    cast = "::text" if agency.is_postgres else ""
    wild = f"SELECT person_no AS child_ref, '%:a %s 12:30'{cast} AS unit, oic AS officer, ended AS closed_at,"
    wild += " ended AS closed_recorded_at FROM person WHERE station LIKE 'f%' ; -- filey :only"
    source = open_source(agency.url, QUERIES._replace(children=wild.replace(" ; -- filey :only", " -- :only\n;")))
    assert only(source.read(["C1"])).child.unit == "%:a %s 12:30"


def test_batch_of_nobody(sqlite_agency: Agency, open_source: OpenSource) -> None:
    """A batch of no children would never end."""
    with pytest.raises(ValueError, match="at least one child"):
        next(open_source(sqlite_agency.url, QUERIES).read_all(batch=0))


def test_ids_of_unhashable_types_have_an_order() -> None:
    """Rows with ids that are lists are put in order too."""
    assert settled([[[2], "b"], [[1], "a"]]) == [[[1], "a"], [[2], "b"]]


def test_child_refs_that_cannot_be_asked_for() -> None:
    """A value that is no child_ref stands for its rows."""
    found = unusable_rows(Table.CHECKS, [], [None, " ", True], Times(LONDON), limit=5)
    assert [(row.where, row.column) for row in found] == [("checks without id without child", "child_ref")]


def test_embedded_queries_name_their_columns() -> None:
    """The queries of the embedded tables are whole."""
    assert isinstance(EMBEDDED_QUERIES, SourceQueries)
    assert all(query.strip().startswith("SELECT") for query in EMBEDDED_QUERIES if query)
    assert EMBEDDED_QUERIES.freshness == ""
