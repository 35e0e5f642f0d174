"""Moments and lengths of time as people say them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from riskwatch.core.calendar import EARLIEST
from riskwatch.core.spelling import counted, spell, wall_clock


def test_a_moment_is_local() -> None:
    """Letters speak of the clock on the wall, in summer too."""
    moment = datetime(2023, 7, 4, 8, 5, tzinfo=UTC)

    assert wall_clock(moment, ZoneInfo("Europe/London")) == "Tue 4 Jul 2023, 09:05"


def test_the_ends_of_the_calendar_can_be_said() -> None:
    """A mistyped year must not stop a letter."""
    assert wall_clock(EARLIEST, ZoneInfo("America/New_York")) == "Mon 1 Jan 1, 00:00"


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(seconds=59), ""),
        (timedelta(days=-1), ""),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(hours=2), "2 hours"),
        (timedelta(hours=2, minutes=5), "2 hours 5 minutes"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=3, hours=1, minutes=59), "3 days 1 hour"),
    ],
)
def test_a_length_of_time_is_said_in_its_two_greatest_units(span: timedelta, said: str) -> None:
    """Long enough to judge by, short enough to read."""
    assert spell(span) == said


def test_a_number_is_said_with_its_noun() -> None:
    """One of something, and any other number of them."""
    assert [counted(1, "row"), counted(2, "row"), counted(0, "child", "children")] == ["1 row", "2 rows", "0 children"]
