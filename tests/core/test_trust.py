"""Whether a reading may be believed."""

from datetime import timedelta

import pytest

from riskwatch.core.trust import Distrust, Rows, Trouble, judge_age, judge_rows, rows_of
from tests.builders import MONDAY, assessed, at, checked, child, history
from tests.example_policy import POLICY

GOOD = Rows(10, 100, 1000)


@pytest.mark.parametrize(
    ("rows", "trouble", "checks_missing"),
    [
        pytest.param(GOOD, None, False, id="as many as before"),
        pytest.param(Rows(11, 110, 1100), None, False, id="more"),
        pytest.param(Rows(9, 90, 900), None, False, id="up to the limit"),
        pytest.param(Rows(8, 100, 1000), Trouble.SHRUNK, False, id="children beyond it"),
        pytest.param(Rows(10, 89, 1000), Trouble.SHRUNK, False, id="assessments beyond it"),
        pytest.param(Rows(8, 100, 999), Trouble.SHRUNK, True, id="children beyond it, and a visit"),
        pytest.param(Rows(10, 89, 999), Trouble.SHRUNK, True, id="assessments beyond it, and a visit"),
        pytest.param(Rows(10, 100, 899), Trouble.SHRUNK, True, id="checks beyond it"),
        pytest.param(Rows(10, 100, 0), Trouble.EMPTY, True, id="no checks any more"),
    ],
)
def test_a_table_that_lost_too_much_is_not_believed(rows: Rows, trouble: Trouble | None, checks_missing: bool) -> None:
    """Each table is held against the last good reading by itself: a tenth may be lost."""
    distrust = judge_rows(rows, GOOD, limit_percent=10)

    assert (distrust and distrust.trouble) == trouble
    assert (distrust is not None and distrust.checks_missing) == checks_missing


def test_a_table_that_never_had_rows_is_not_missed() -> None:
    """A force that records no checks yet is not blind; nor is the first reading of all judged by one before."""
    assert judge_rows(Rows(10, 10, 0), Rows(10, 10, 0), limit_percent=10) is None
    assert judge_rows(Rows(1, 1, 0), None, limit_percent=10) is None


def test_an_emptied_table_is_not_believed_whatever_the_limit() -> None:
    """Tables are emptied to be loaded again."""
    assert judge_rows(Rows(10, 100, 0), GOOD, limit_percent=100) is not None


@pytest.mark.parametrize(
    ("loaded", "believed"),
    [("2023-02-05 07:00", True), ("2023-02-05 06:59", False), ("2023-02-07 09:00", True), ("2023-02-07 09:01", False)],
)
def test_an_old_extract_is_not_believed_nor_one_of_the_future(loaded: str, believed: bool) -> None:
    """Up to 26 hours old, and up to a day ahead for clocks and zones that differ."""
    limit = timedelta(hours=26)
    distrust = judge_age(at(loaded), at(MONDAY), stale_after=limit, calendar=POLICY.calendar)

    assert (distrust is None) is believed


def test_a_short_limit_can_be_said() -> None:
    """A limit below a minute is said in seconds."""
    limit = timedelta(seconds=30)
    distrust = judge_age(at("2023-02-06 08:00"), at(MONDAY), stale_after=limit, calendar=POLICY.calendar)

    assert isinstance(distrust, Distrust)
    assert "longer ago than 30 seconds" in distrust.reason


def test_children_of_whom_nothing_is_said_are_not_counted() -> None:
    """A child known by its visits alone stands in no children table."""
    unlisted = history(checked(), of=child(unit="", officer=""))

    assert rows_of([history(assessed(), checked()), unlisted]) == Rows(1, 1, 2)
