"""Repeats of the last step: on their own days, or, for a backlog, together from the baseline on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskwatch.core.durations import rough_seconds
from riskwatch.core.policy import Ladder, Policy
from riskwatch.core.repeats import Repeats, repeat_at, repeats_passed
from tests.builders import at, local
from tests.core.climbing import next_at, said, spent, tell
from tests.example_policy import POLICY, ladder, step

WEEKLY = ladder(step("head", "72 hours", "head"))
LAST_STEP = "2023-02-10 09:00"
moments = st.datetimes(datetime(2022, 1, 1), datetime(2025, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001  bounds
    lambda moment: moment.replace(microsecond=0)
)
ladders = st.sampled_from(["12 hours", "1 day", "7 days", "10 working days", "1 month"]).map(
    lambda every: ladder(step("head", "72 hours", "head"), repeat_every=every)
)


def _under(baseline: str | datetime) -> Policy:
    return replace(POLICY, baseline=at(baseline) if isinstance(baseline, str) else baseline)


def test_without_a_baseline_a_repeat_keeps_the_days_of_its_own_step() -> None:
    """Repeat n falls due n times the interval after the last step."""
    assert "2023-03-03 09:00" == local(repeat_at(at(LAST_STEP), 3, WEEKLY, POLICY))
    assert 3 == repeats_passed(at(LAST_STEP), WEEKLY, POLICY, at("2023-03-03 09:00"))


@pytest.mark.parametrize(
    ("repeat", "falls_due"),
    [
        (0, "2023-02-10 09:00"),
        (1, "2023-02-17 09:00"),
        (2, "2023-02-24 09:00"),
        (3, "2023-03-08 08:00"),
        (4, "2023-03-15 08:00"),
    ],
)
def test_from_a_baseline_on_repeats_count_from_it(repeat: int, falls_due: str) -> None:
    """Those that it found passed keep their days and their numbers; the next is one interval after it."""
    assert falls_due == local(repeat_at(at(LAST_STEP), repeat, WEEKLY, _under("2023-03-01 08:00")))


def test_a_step_that_comes_after_the_baseline_knows_nothing_of_it() -> None:
    """What falls due in the ordinary course of the watch is told on its own days."""
    assert "2023-02-17 09:00" == local(repeat_at(at(LAST_STEP), 1, WEEKLY, _under(LAST_STEP)))


def test_a_ladder_without_repeats_has_none() -> None:
    """It ends quietly, baseline or not."""
    quiet = ladder(step("head", "72 hours", "head"), repeat_every=None)
    under = _under("2023-03-01 08:00")
    assert 0 == repeats_passed(at(LAST_STEP), quiet, under, at("2023-06-01 08:00"))
    assert at(LAST_STEP) == repeat_at(at(LAST_STEP), 5, quiet, under)


@given(moments, moments, ladders, st.integers(0, 40))
def test_repeats_come_in_order_and_never_two_intervals_apart(
    last_step_at: datetime, baseline: datetime, weekly: Ladder, repeat: int
) -> None:
    """Wherever the baseline lies: nobody is left without a repeat for as long as two intervals, and none coincide."""
    under = _under(baseline)
    this, following = (repeat_at(last_step_at, n, weekly, under) for n in (repeat, repeat + 1))
    assert weekly.repeat_every is not None
    assert this < following
    assert following - this < timedelta(seconds=2.6 * rough_seconds(weekly.repeat_every))  # working days: Christmas


@given(moments, moments, ladders, st.integers(0, 60))
def test_as_many_have_passed_as_have_fallen_due(
    last_step_at: datetime, baseline: datetime, weekly: Ladder, days: int
) -> None:
    """The count and the moments are one reckoning."""
    under, now = _under(baseline), last_step_at + timedelta(days=days)
    passed = repeats_passed(last_step_at, weekly, under, now)
    assert repeat_at(last_step_at, passed, weekly, under) <= now < repeat_at(last_step_at, passed + 1, weekly, under)


def test_a_backlog_is_told_at_once_and_again_together() -> None:
    """Two cases overdue since different days: every rung hears now, and the head of both a week after the baseline."""
    under = _under("2023-03-01 08:00")
    first = tell("2023-03-01 08:20", under=under)
    assert [
        "overdue officer 0 pc.one",
        "overdue supervisor 0 ds.york",
        "overdue manager 0 di.york",
        "overdue head 2 head",
    ] == said(first)
    assert "2023-03-08 08:00" == next_at(first)
    later = spent("2023-02-03 09:00", due_at=at("2023-02-03 12:00"), told_until=None)
    assert "2023-03-08 08:00" == next_at(tell("2023-03-01 08:20", of=later, under=under))


def test_a_baseline_that_is_set_while_the_watch_runs_repeats_nothing_and_drops_nothing() -> None:
    """The numbers go on: the repeat after those that were told comes, a week after the baseline at the latest."""
    told_until = "2023-02-24 09:00"  # the step, and two repeats
    telling = tell("2023-03-08 08:00", of=spent(told_until), under=_under("2023-03-01 08:00"))
    assert ["overdue head 3 head"] == [words for words in said(telling) if "head" in words]


@given(ladders, moments, st.none() | moments, st.lists(moments, min_size=1, max_size=6).map(sorted))
def test_passing_repeats_by_and_by_counts_them_as_at_one_moment(
    of: Ladder, last_step_at: datetime, baseline: datetime | None, looks: list[datetime]
) -> None:
    """However far apart the looks are, each finds the latest repeat and the next, as if it were the only one."""
    under = replace(POLICY, baseline=baseline)
    repeats = Repeats(last_step_at, of, under, looks[0])
    for now in looks:
        repeats.pass_until(now)
        latest = repeats_passed(last_step_at, of, under, now)
        assert (latest, repeat_at(last_step_at, latest, of, under)) == (repeats.latest, repeats.fell_due)
        assert repeat_at(last_step_at, latest + 1, of, under) == repeats.next_at
