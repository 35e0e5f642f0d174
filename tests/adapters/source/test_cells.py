"""Times, identifiers and words of any make."""

from datetime import date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskwatch.adapters.source import times as times_module
from riskwatch.adapters.source import words as words_module
from riskwatch.adapters.source.times import Times, UnreadableTime
from riskwatch.adapters.source.words import LENGTH_LIMIT, UnreadableIdentifier, Words, identifier
from riskwatch.core.calendar import resolve_local
from tests.adapters.source.agency import LONDON, at

NINE = "2021-09-07T09:15:00Z"
JUNK = "last tuesday"


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


def test_memories_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither days nor words are remembered without end."""
    monkeypatch.setattr(times_module, "_DAYS_LIMIT", 1)
    monkeypatch.setattr(words_module, "_CACHE_LIMIT", 1)
    times, words = Times(LONDON), Words()
    for day in ("2021-09-07", "2021-12-07", "2021-09-07"):
        assert times.read(day) == resolve_local(datetime.fromisoformat(day), LONDON)
        assert words.read(day) == day
    assert (len(times._origins), len(words._known)) == (1, 1)


def test_text_of_a_driver_of_its_own() -> None:
    """A driver's own kind of text is text, and its zone without an offset makes a local time unreadable."""

    class Text(str):
        __slots__ = ()

    class Nowhere(tzinfo):
        def utcoffset(self, moment: datetime | None) -> timedelta:
            raise ValueError

        dst = utcoffset

        def tzname(self, moment: datetime | None) -> str:
            return "nowhere"

    assert Times(LONDON).read(Text(NINE)) == at("2021-09-07T09:15")
    with pytest.raises(UnreadableTime):
        Times(LONDON).read(datetime(2021, 9, 7, tzinfo=Nowhere()))


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
