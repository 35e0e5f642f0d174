"""Rows of any make become facts, or are set aside with a reason."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskwatch.adapters.source.rows import Row, Rows
from riskwatch.adapters.source.times import Times, UnreadableTime
from riskwatch.adapters.source.words import LENGTH_LIMIT, UnreadableIdentifier, Words, harmless, identifier, quoted
from riskwatch.core.calendar import resolve_local
from riskwatch.core.facts import Assessment, Check, Child, Table
from tests.adapters.source.agency import LONDON, at

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


@pytest.mark.parametrize(
    ("given_value", "expected"),
    [
        ("2021-09-07T09:15:00Z", "2021-09-07T09:15:00"),
        ("  2021-09-07 10:15:00  ", "2021-09-07T09:15:00"),  # British Summer Time
        ("2021-12-07T10:15", "2021-12-07T10:15:00"),
        ("2021-09-07T09:15:00.999+00:00", "2021-09-07T09:15:00"),
        ("2021-09-07 10:15:00+01", "2021-09-07T09:15:00"),
        ("20210907T101500", "2021-09-07T09:15:00"),
        ("2021-09-07", "2021-09-06T23:00:00"),
        (date(2021, 9, 7), "2021-09-06T23:00:00"),
        (b"2021-09-07T09:15:00Z", "2021-09-07T09:15:00"),
        (datetime(2021, 9, 7, 10, 15, 0, 5), "2021-09-07T09:15:00"),  # noqa: DTZ001
        (datetime(2021, 9, 7, 4, 15, tzinfo=timezone(timedelta(hours=-5))), "2021-09-07T09:15:00"),
        ("2021-03-28T01:30:00", "2021-03-28T01:30:00"),  # skipped: 02:30 in summer time
        ("2021-10-31T01:30:00", "2021-10-31T00:30:00"),  # doubled: the first
        (datetime(2021, 10, 31, 1, 30, fold=1), "2021-10-31T00:30:00"),  # noqa: DTZ001
        ("9999-12-31", "9999-12-31T00:00:00"),
        ("9999-12-31T23:59:59-05:00", "9999-12-31T23:59:59"),  # beyond the calendar: held at its end
        ("0001-01-01T00:00:00+05:00", "0001-01-01T00:00:00"),
    ],
)
def test_times_come_out_in_utc(given_value: object, expected: str) -> None:
    """A time is read by its offset, or by the zone where it has none, and comes out in UTC and whole seconds."""
    assert at(expected) == Times(LONDON).read(given_value)


@pytest.mark.parametrize("blank", [None, "", "  \t", b""])
def test_blank_time(blank: object) -> None:
    """A blank cell is no time, which is not the same as an unreadable one."""
    assert Times(LONDON).read(blank) is None


@pytest.mark.parametrize(
    "junk", [JUNK, "07/09/2021", "2021-13-01", "2021-09-07x09:15", 1631006100, 1.5, True, b"\xff", object(), "infinity"]
)
def test_unreadable_times(junk: object) -> None:
    """What is no ISO 8601 time is not guessed at; a number least of all, as it may count anything."""
    with pytest.raises(UnreadableTime):
        Times(LONDON).read(junk)


@given(
    st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1)),  # noqa: DTZ001
    st.sampled_from(["Europe/London", "Australia/Lord_Howe", "Pacific/Apia", "America/St_Johns", "Asia/Kolkata"]),
)
def test_quick_way_is_the_right_way(naive: datetime, zone_name: str) -> None:
    """The remembered offset of a day gives what the zone itself gives."""
    zone = ZoneInfo(zone_name)
    times = Times(zone)
    assert resolve_local(naive.replace(microsecond=0), zone) == times.read(naive)
    assert times.read(naive) == times.read(naive.isoformat())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (" C1 ", "C1"),
        (17, "17"),
        (Decimal("17"), "17"),
        (Decimal("17.00"), "17"),
        (17.0, "17"),
        (Decimal("1.5"), "1.5"),
        (b"C1", "C1"),
        (UUID(int=5), "00000000-0000-0000-0000-000000000005"),
        (None, ""),
        ("Zoë 児", "Zoë 児"),
    ],
)
def test_identifiers(value: object, expected: str) -> None:
    """An identifier is text, however the database keeps it."""
    assert expected == identifier(value)


@pytest.mark.parametrize(
    "value", ["C\x00", "C\n1", "C\u202e1", "C\u200b1", b"C\xff", "x" * (LENGTH_LIMIT + 1), True, []]
)
def test_unusable_identifiers(value: object) -> None:
    """An identifier that could be mistaken for another is refused."""
    with pytest.raises(UnreadableIdentifier):
        identifier(value)


def test_endless_number_is_no_identifier() -> None:
    """A whole number that Python would not print is refused like any other long one."""
    with pytest.raises(UnreadableIdentifier):
        identifier(10**5000)


def test_odd_words_are_made_harmless() -> None:
    """A word with unsafe characters stays an unknown word; its case is kept."""
    words = Words(blank="general")
    assert [words.read(value) for value in (" HIGH ", "hi\u202egh", "  ", "x" * 300, 7)] == [
        "HIGH",
        "hi\ufffdgh",
        "general",
        "x" * 200,
        "7",
    ]


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


@settings(max_examples=400, deadline=None)
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
