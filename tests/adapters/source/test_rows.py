"""Rows of any make become facts, or are set aside with a reason."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskwatch.adapters.source.rows import Row, Rows
from riskwatch.adapters.source.times import Times
from riskwatch.adapters.source.words import harmless, quoted
from riskwatch.core.facts import Assessment, Check, Child, Table
from tests.adapters.source.agency import LONDON, at
from tests.effort import examples

NINE = "2021-09-07T09:15:00Z"
TEN = "2021-09-07T10:15:00Z"
JUNK = "last tuesday"


def reader(*, ids_within_child: bool = False) -> Rows:
    return Rows(Times(LONDON), lambda table, row_id, _: f"{table} {row_id}", ids_within_child=ids_within_child)


def assessment_row(**changes: object) -> Row:
    cells = {"assessment_id": "A1", "child_ref": "C1", "concern": "neglect", "tier": "high"}
    return list(({**cells, "assessed_at": NINE, "recorded_at": TEN} | changes).values())


def check_row(**changes: object) -> Row:
    cells = {"check_id": "K1", "child_ref": "C1", "kind": "seen", "checked_at": NINE, "recorded_at": TEN}
    return list((cells | changes).values())


def child_row(**changes: object) -> Row:
    cells = {"child_ref": "C1", "unit": "filey", "officer": "pc1@north.police.uk", "closed_at": None}
    return list(({**cells, "closed_recorded_at": None} | changes).values())


def test_clean_rows() -> None:
    """Clean rows become facts, with addresses in lower case and a blank concern as the general one."""
    rows = reader()
    assert [Child("C1", "filey", "pc1@north.police.uk", at("2021-09-07T09:15"), None)] == list(
        rows.children([child_row(officer=" PC1@North.Police.UK ", closed_at=NINE)])
    )
    assert [Assessment("A1", "C1", "general", "HIGH", at("2021-09-07T09:15"), at("2021-09-07T10:15"))] == list(
        rows.assessments([assessment_row(concern=None, tier="HIGH")])
    )
    assert [Check("K1", "C1", "seen", at("2021-09-07T09:15"), None)] == list(rows.checks([check_row(recorded_at=" ")]))
    assert rows.rejected == []


@pytest.mark.parametrize(
    ("assessed_at", "recorded_at", "expected", "column"),
    [
        (JUNK, TEN, (at("2021-09-07T10:15"), at("2021-09-07T10:15")), "assessed_at"),
        ("", TEN, (at("2021-09-07T10:15"), at("2021-09-07T10:15")), "assessed_at"),
        (NINE, JUNK, (at("2021-09-07T09:15"), None), "recorded_at"),
    ],
)
def test_danger_is_not_hidden(
    assessed_at: str, recorded_at: str, expected: tuple[datetime, datetime | None], column: str
) -> None:
    """An assessment with one readable time counts from it, and is listed."""
    rows = reader()
    found = list(rows.assessments([assessment_row(assessed_at=assessed_at, recorded_at=recorded_at)]))
    assert [expected] == [(fact.assessed_at, fact.recorded_at) for fact in found]
    assert [(column, True)] == [(row.column, row.counted) for row in rows.rejected]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (assessment_row(assessment_id=" "), "assessment_id"),
        (assessment_row(assessment_id="", assessed_at=JUNK), "assessment_id"),
        (assessment_row(child_ref=None), "child_ref"),
        (assessment_row(child_ref="C\u200b1"), "child_ref"),
        (assessment_row(assessed_at=JUNK, recorded_at=JUNK), "assessed_at"),
        (assessment_row(assessed_at="", recorded_at=""), "assessed_at"),
    ],
)
def test_bad_assessments(row: Row, column: str) -> None:
    """An assessment without an id, a child or any readable time does not count."""
    rows = reader()
    assert list(rows.assessments([row])) == []
    assert [(column, False)] == [(bad.column, bad.counted) for bad in rows.rejected]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (check_row(check_id=""), "check_id"),
        (check_row(child_ref=""), "child_ref"),
        (check_row(checked_at=""), "checked_at"),
        (check_row(checked_at=JUNK), "checked_at"),
        (check_row(recorded_at=JUNK), "recorded_at"),
        (check_row(checked_at="", recorded_at=JUNK), "checked_at"),
    ],
)
def test_bad_checks(row: Row, column: str) -> None:
    """A check with any unreadable time does not count."""
    rows = reader()
    assert list(rows.checks([row])) == []
    assert [column] == [bad.column for bad in rows.rejected]


@pytest.mark.parametrize("column", ["closed_at", "closed_recorded_at"])
def test_bad_closing_date(column: str) -> None:
    """A child whose closing date cannot be read is listed, so that nobody takes it for open or closed."""
    rows = reader()
    assert list(rows.children([child_row(**{column: JUNK})])) == []
    assert [(column, "C1", "C1")] == [(bad.column, bad.row_id, bad.child_ref) for bad in rows.rejected]


def test_id_given_twice() -> None:
    """Of rows that give one id the first readable one counts."""
    rows = reader()
    found = list(rows.checks([check_row(checked_at=JUNK), check_row(kind="seen"), check_row(kind="phone_call")]))
    assert [check.kind for check in found] == ["seen"]
    assert [(bad.column, bad.counted) for bad in rows.rejected] == [("checked_at", False), ("check_id", False)]
    assert len(list(reader().children([child_row(), child_row()]))) == 1
    assert len(list(reader().assessments([assessment_row(), assessment_row(child_ref="C2")]))) == 1


def test_ids_within_child() -> None:
    """Where ids are a child's own, another child may use the same."""
    rows = reader(ids_within_child=True)
    assert len(list(rows.checks([check_row(), check_row(child_ref="C2"), check_row()]))) == 2
    assert len(list(rows.assessments([assessment_row(), assessment_row(child_ref="C2"), assessment_row()]))) == 2


def test_undecodable_words_are_told() -> None:
    """Bytes that are not UTF-8 make a word unknown, and the row is listed although it counts."""
    rows = reader()
    assert [check.kind for check in rows.checks([check_row(kind=b"se\xffn")])] == ["se\ufffdn"]
    assert [child.unit for child in rows.children([child_row(officer="p\udcff@x", unit="")])] == [""]
    assert [fact.tier for fact in rows.assessments([assessment_row(tier="hi\udcff")])] == ["hi\ufffd"]
    assert [(bad.column, bad.counted) for bad in rows.rejected] == [("kind", True), ("officer", True), ("tier", True)]


def test_reasons_are_short_and_safe() -> None:
    """A reason quotes no more than forty harmless characters, and never an officer's address."""
    rows = reader()
    list(rows.checks([check_row(checked_at="\x1b[31m" + "x" * 10_000)]))
    list(rows.children([child_row(officer="secret\udcff@x")]))
    reasons = [bad.reason for bad in rows.rejected]
    assert all(len(reason) < 120 and reason.isprintable() for reason in reasons)
    assert "secret" not in " ".join(reasons)
    assert quoted(True) == "'True'"
    assert quoted(object()) == "'object'"


CELLS = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.sampled_from([NINE, TEN, "C1", "2021-09-07", "infinity", "0000-00-00 00:00:00", "x" * 300, "\udcff"]),
    st.binary(max_size=12),
    st.integers(),
    st.booleans(),
    st.floats(),
    st.decimals(),
    st.dates(),
    st.datetimes(),
    st.datetimes(timezones=st.timezones()),
    st.uuids(),
    st.lists(st.integers(), max_size=2),
)


@settings(max_examples=examples(80), deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS, CELLS, CELLS), max_size=4))
def test_any_row_is_a_fact_or_rejected(cells: list[tuple[object, ...]]) -> None:
    """No value whatever raises: each row becomes a fact, or a rejected row that is fit to print."""
    rows = reader()
    facts: list[Assessment | Child | Check] = [
        *rows.assessments(cells),
        *rows.children(row[:5] for row in cells),
        *rows.checks(row[:5] for row in cells),
    ]
    assert len(facts) + sum(not bad.counted for bad in rows.rejected) == 3 * len(cells)
    for bad in rows.rejected:
        assert harmless(bad.reason) == bad.reason
        assert bad.table in Table
    for fact in facts:
        assert fact.child_ref == fact.child_ref.strip() != ""
        moments = [value for value in fact if isinstance(value, datetime)]
        assert all(moment.tzinfo is UTC and moment.microsecond == 0 for moment in moments)
        assert all(value.encode() is not None for value in fact if isinstance(value, str))
