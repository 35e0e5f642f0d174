"""What a duration from a moment is, on the local clock and its working days."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskwatch.core.calendar import EARLIEST, LATEST, Calendar, resolve_local
from riskwatch.core.durations import Duration, Unit, parse_duration

LONDON = ZoneInfo("Europe/London")
TOKYO = ZoneInfo("Asia/Tokyo")
NEW_YORK = ZoneInfo("America/New_York")
BANK_HOLIDAYS = [
    date(2021, 12, 27),
    date(2021, 12, 28),
    date(2022, 1, 3),
    date(2022, 4, 15),
    date(2022, 4, 18),
    date(2022, 9, 19),
    date(2022, 12, 25),  # a Sunday: it changes nothing
]
CALENDAR = Calendar(LONDON, BANK_HOLIDAYS)
NIGHT = (time(22), time(6))
DAY = (time(8), time(18))

moments = st.integers(0, 3_000_000_000).map(lambda second: datetime.fromtimestamp(second, UTC))
any_moments = st.datetimes(timezones=st.just(UTC))
zones = st.sampled_from([LONDON, TOKYO, NEW_YORK, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("UTC")])
times_of_day = st.times().map(lambda clock: clock.replace(microsecond=0))


@st.composite
def moments_and_calendars(draw: st.DrawFn) -> tuple[datetime, Calendar]:
    """A moment, and a calendar with holidays scattered about it, some at weekends."""
    moment = draw(moments)
    offsets = draw(st.lists(st.integers(-45, 45), max_size=20))
    return moment, Calendar(draw(zones), [moment.date() + timedelta(days=offset) for offset in offsets])


def local(text: str, zone: ZoneInfo = LONDON) -> datetime:
    """Return a moment from a wall-clock time; "*" at its end means the second of a doubled one."""
    naive = datetime.fromisoformat(text.rstrip("*"))
    return naive.replace(tzinfo=zone, fold=text.endswith("*")).astimezone(UTC)


def is_working_day(day: date, calendar: Calendar) -> bool:
    """Whether somebody works on the date, told without any arithmetic."""
    return day.weekday() < 5 and day not in calendar.holidays


def step_by_step(day: date, amount: int, calendar: Calendar) -> date:
    """Return the working day that stepping from day to day arrives at."""
    step = timedelta(days=1 if amount > 0 else -1)
    for _ in range(abs(amount)):
        day += step
        while not is_working_day(day, calendar):
            day += step
    return day


@pytest.mark.parametrize(
    ("start", "duration", "expected"),
    [
        ("2021-12-17 09:15", "10 working days", "2022-01-05 09:15"),
        ("2021-12-17 09:15", "14 days", "2021-12-31 09:15"),
        ("2022-04-14 16:00", "1 working day", "2022-04-19 16:00"),
        ("2022-04-19 16:00", "-1 working day", "2022-04-14 16:00"),
        ("2022-09-16 16:00", "1 working day", "2022-09-20 16:00"),
        ("2022-10-28 22:00", "72 hours", "2022-10-31 21:00"),
        ("2022-10-28 22:00", "3 days", "2022-10-31 22:00"),
        ("2022-11-30 10:00", "3 months", "2023-02-28 10:00"),
        ("2023-11-30 10:00", "3 months", "2024-02-29 10:00"),
        ("2022-03-31 10:00", "-1 month", "2022-02-28 10:00"),
        ("2022-01-10 10:00", "-1 month", "2021-12-10 10:00"),
        ("2022-03-01 10:00", "4 weeks", "2022-03-29 10:00"),
        ("2022-05-10 00:10", "-2 days", "2022-05-08 00:10"),
    ],
)
def test_known_answers(start: str, duration: str, expected: str) -> None:
    """Deadlines worked out by hand, over Christmas, Easter, a one-off holiday and a clock change."""
    assert CALENDAR.add(local(start), parse_duration(duration)) == local(expected)


@pytest.mark.parametrize(
    ("amount", "expected"),
    [(1, "2022-04-19"), (2, "2022-04-20"), (-1, "2022-04-14"), (-2, "2022-04-13")],
)
@pytest.mark.parametrize("start", ["2022-04-15", "2022-04-16", "2022-04-17", "2022-04-18"])
def test_from_a_day_off_the_next_working_day_is_the_first(start: str, amount: int, expected: str) -> None:
    """From any day of an Easter weekend, number 1 is the Tuesday and number -1 the Thursday."""
    due = CALENDAR.add(local(f"{start} 12:00"), Duration(amount, Unit.WORKING_DAYS))
    assert due == local(f"{expected} 12:00")


@pytest.mark.parametrize(
    ("start", "duration", "expected_utc"),
    [
        ("2022-03-26 01:30", "1 day", "2022-03-27T01:30"),  # skipped: 02:30 BST
        ("2022-03-27 02:30", "1 day", "2022-03-28T01:30"),
        ("2022-02-27 01:30", "1 month", "2022-03-27T01:30"),
        ("2022-10-29 01:30", "1 day", "2022-10-30T00:30"),  # doubled: 01:30 BST
        ("2022-10-30 01:30*", "7 days", "2022-11-06T01:30"),
        ("2022-09-30 01:30", "1 month", "2022-10-30T00:30"),
        ("2022-10-30 01:30", "1 hour", "2022-10-30T01:30"),
        ("2022-10-30 01:30*", "0 days", "2022-10-30T01:30"),
    ],
)
def test_clock_changes(start: str, duration: str, expected_utc: str) -> None:
    """A skipped wall-clock time moves forward by the gap, and of a doubled one the first counts."""
    due = CALENDAR.add(local(start), parse_duration(duration))
    assert due == datetime.fromisoformat(expected_utc).replace(tzinfo=UTC)


def test_a_working_day_at_a_skipped_hour_moves_forward() -> None:
    """Where the clocks change on a working day, its working-day deadline moves by the gap too."""
    cairo = ZoneInfo("Africa/Cairo")
    due = Calendar(cairo).add(local("2023-04-27 00:30", cairo), Duration(1, Unit.WORKING_DAYS))
    assert str(due.astimezone(cairo)) == "2023-04-28 01:30:00+03:00"


@pytest.mark.parametrize(
    ("naive", "expected"),
    [
        ("2022-06-01 12:00", "2022-06-01 11:00"),
        ("2022-03-27 01:30", "2022-03-27 01:30"),
        ("2022-10-30 01:30", "2022-10-30 00:30"),
    ],
)
@pytest.mark.parametrize("fold", [0, 1])
def test_a_wall_clock_time_resolves(naive: str, expected: str, fold: int) -> None:
    """A naive local time is one moment, also where the clock skips or doubles it."""
    moment = resolve_local(datetime.fromisoformat(naive).replace(fold=fold), LONDON)
    assert moment == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_a_wall_clock_time_at_the_ends_of_the_years_is_held_there() -> None:
    """A naive time whose moment would lie before year 1 or after 9999 is the earliest or the latest moment."""
    assert resolve_local(EARLIEST.replace(tzinfo=None), TOKYO) == EARLIEST
    assert resolve_local(LATEST.replace(tzinfo=None), NEW_YORK) == LATEST


def test_a_repeat_is_one_addition() -> None:
    """The second month after 31 January is 31 March, not the month after 28 February."""
    start = local("2022-01-31 10:00")
    assert CALENDAR.add(start, Duration(1, Unit.MONTHS), times=2) == local("2022-03-31 10:00")


@pytest.mark.parametrize("unit", Unit)
def test_nothing_to_add_is_the_moment_itself(unit: Unit) -> None:
    """Zero of a unit, or no times of it, moves nothing: not even the second pass of a doubled hour."""
    start = local("2022-10-30 01:30*")
    assert CALENDAR.add(start, Duration(0, unit)) == start
    assert CALENDAR.add(start, Duration(5, unit), times=0) == start


@pytest.mark.parametrize("unit", Unit)
@pytest.mark.parametrize("times", [1, 10**9, 10**30])
def test_beyond_the_years_is_held_at_their_ends(unit: Unit, times: int) -> None:
    """An addition beyond year 9999, or back before year 1, gives the last or the first moment."""
    assert CALENDAR.add(LATEST, Duration(1, unit), times) == LATEST
    assert CALENDAR.add(EARLIEST, Duration(-1, unit), times) == EARLIEST


def test_the_ends_of_the_years_have_a_local_time() -> None:
    """Where the local clock would leave the years 1 to 9999 it is held at their ends."""
    assert Calendar(NEW_YORK).local(EARLIEST) == EARLIEST.replace(tzinfo=NEW_YORK)
    assert Calendar(TOKYO).local(LATEST) == LATEST.replace(tzinfo=TOKYO)
    assert Calendar(NEW_YORK).add(EARLIEST, Duration(1, Unit.DAYS)).year == 1


def test_the_local_date_is_not_that_of_utc() -> None:
    """Half past midnight in summer is still yesterday in UTC."""
    moment = datetime(2022, 6, 1, 23, 30, tzinfo=UTC)
    assert CALENDAR.today(moment) == date(2022, 6, 2)
    assert CALENDAR.local(moment).time() == time(0, 30)


@pytest.mark.parametrize(
    ("moment", "window", "expected"),
    [
        ("2022-05-10 08:00", DAY, "2022-05-10 08:00"),
        ("2022-05-10 17:59:59", DAY, "2022-05-10 17:59:59"),
        ("2022-05-10 18:00", DAY, "2022-05-11 08:00"),
        ("2022-05-10 07:59", DAY, "2022-05-10 08:00"),
        ("2022-05-10 23:00", NIGHT, "2022-05-10 23:00"),
        ("2022-05-10 05:59", NIGHT, "2022-05-10 05:59"),
        ("2022-05-10 06:00", NIGHT, "2022-05-10 22:00"),
        ("2022-05-10 03:00", (time(9), time(9)), "2022-05-10 03:00"),
        ("2022-12-31 18:00", DAY, "2023-01-01 08:00"),
        ("2022-10-29 19:00", DAY, "2022-10-30 08:00"),
        ("2022-03-26 19:00", (time(1, 30), time(6)), "2022-03-27 02:30"),
        ("2022-03-27 00:30", (time(1, 30), time(1, 45)), "2022-03-27 02:30"),
        ("2022-10-30 00:30", (time(1, 30), time(6)), "2022-10-30 01:30"),
        ("2022-10-30 01:10*", (time(1, 30), time(6)), "2022-10-30 01:30*"),
        ("2022-10-30 01:40*", (time(1, 30), time(6)), "2022-10-30 01:40*"),
        ("2022-10-30 01:50", (time(1, 30), time(1, 45)), "2022-10-31 01:30"),
    ],
)
def test_next_opening(moment: str, window: tuple[time, time], expected: str) -> None:
    """The moment itself inside the window, else its next opening, over midnight and both clock changes."""
    assert CALENDAR.next_opening(local(moment), window) == local(expected)


def test_no_opening_after_the_last_day() -> None:
    """After the last closing of year 9999 the opening is held at the last moment."""
    assert CALENDAR.next_opening(LATEST, DAY) == LATEST


def test_calendars_are_equal_by_zone_and_holidays() -> None:
    """Two calendars of one zone and the same holidays are one value; anything else differs."""
    same = Calendar(LONDON, reversed(BANK_HOLIDAYS))
    assert same == CALENDAR
    assert hash(same) == hash(CALENDAR)
    assert Calendar(TOKYO, BANK_HOLIDAYS) != CALENDAR
    assert Calendar(LONDON) != CALENDAR
    assert CALENDAR != "Europe/London"


@given(moments_and_calendars(), st.integers(-60, 60).filter(bool))
def test_working_days_equal_stepping_from_day_to_day(case: tuple[datetime, Calendar], amount: int) -> None:
    """The arithmetic lands on the working day that counting on one's fingers finds."""
    moment, calendar = case
    landed = calendar.today(calendar.add(moment, Duration(amount, Unit.WORKING_DAYS)))
    assert landed == step_by_step(calendar.today(moment), amount, calendar)
    assert is_working_day(landed, calendar)


@given(moments_and_calendars(), st.integers(1, 500))
def test_working_days_forth_and_back(case: tuple[datetime, Calendar], amount: int) -> None:
    """From a working day, so many working days forth and back are the same date."""
    moment, calendar = case
    start = calendar.add(moment, Duration(1, Unit.WORKING_DAYS))
    there = calendar.add(start, Duration(amount, Unit.WORKING_DAYS))
    back = calendar.add(there, Duration(-amount, Unit.WORKING_DAYS))
    assert calendar.today(back) == calendar.today(start)


@given(moments_and_calendars(), st.integers(1, 60), st.integers(-45, 90))
def test_a_missing_holiday_makes_no_deadline_later(case: tuple[datetime, Calendar], amount: int, offset: int) -> None:
    """One holiday more moves a working-day deadline later or leaves it, so a forgotten one errs to the early side."""
    moment, calendar = case
    more = Calendar(calendar.timezone, calendar.holidays | {moment.date() + timedelta(days=offset)})
    duration = Duration(amount, Unit.WORKING_DAYS)
    assert calendar.add(moment, duration) <= more.add(moment, duration)


@given(moments_and_calendars(), st.sampled_from(Unit), st.integers(-500, 500))
def test_one_more_of_a_unit_is_later(case: tuple[datetime, Calendar], unit: Unit, amount: int) -> None:
    """Repeats of an interval never coincide, nor change places."""
    moment, calendar = case
    before, after = (calendar.add(moment, Duration(1, unit), times) for times in (amount, amount + 1))
    assert before < after


@given(moments_and_calendars(), st.timedeltas(timedelta(0), timedelta(days=60)), st.sampled_from(Unit))
def test_a_later_start_is_due_no_earlier(case: tuple[datetime, Calendar], later: timedelta, unit: Unit) -> None:
    """A clock that starts later runs out later or on the same date (clock changes move times within a date)."""
    moment, calendar = case
    duration = Duration(3, unit)
    first, second = calendar.add(moment, duration), calendar.add(moment + later, duration)
    assert calendar.today(first) <= calendar.today(second)


@given(moments_and_calendars(), st.sampled_from([Unit.DAYS, Unit.WEEKS, Unit.MONTHS, Unit.WORKING_DAYS]))
def test_the_wall_clock_time_is_kept(case: tuple[datetime, Calendar], unit: Unit) -> None:
    """All units but hours keep the local time of day, unless the clock change skips it."""
    moment, calendar = case
    start, due = calendar.local(moment), calendar.local(calendar.add(moment, Duration(7, unit)))
    assert due.fold == 0
    assert due.time() == start.time() or due.utcoffset() != (due - timedelta(hours=3)).utcoffset()


@given(any_moments, zones, st.sampled_from(Unit), st.integers(-(10**7), 10**7))
def test_no_date_is_too_far(moment: datetime, zone: ZoneInfo, unit: Unit, amount: int) -> None:
    """Any addition gives an aware moment in UTC, on the right side of where it began."""
    due = Calendar(zone, BANK_HOLIDAYS).add(moment, Duration(amount, unit))
    assert due.tzinfo is UTC
    if abs(amount) > 1:
        assert (due >= moment) if amount > 0 else (due <= moment)


@given(moments, zones, times_of_day, times_of_day)
def test_an_opening_is_within_the_day(moment: datetime, zone: ZoneInfo, opens: time, closes: time) -> None:
    """The opening is never in the past, and never more than a day and a clock change ahead."""
    opening = Calendar(zone).next_opening(moment, (opens, closes))
    assert opening.tzinfo is UTC
    assert timedelta(0) <= opening - moment <= timedelta(hours=25)
