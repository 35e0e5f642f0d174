"""How a policy writes a length of time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskwatch.core.durations import MAX_AMOUNT, Duration, Unit, parse_duration, rough_seconds

durations = st.builds(Duration, st.integers(-MAX_AMOUNT, MAX_AMOUNT), st.sampled_from(Unit)).filter(
    lambda duration: duration != (0, Unit.WORKING_DAYS)
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("24 hours", Duration(24, Unit.HOURS)),
        ("0 hours", Duration(0, Unit.HOURS)),
        ("1 hour", Duration(1, Unit.HOURS)),
        ("1 hours", Duration(1, Unit.HOURS)),
        ("7 days", Duration(7, Unit.DAYS)),
        ("-2 days", Duration(-2, Unit.DAYS)),
        ("1 day", Duration(1, Unit.DAYS)),
        ("4 weeks", Duration(4, Unit.WEEKS)),
        ("3 months", Duration(3, Unit.MONTHS)),
        ("10 working days", Duration(10, Unit.WORKING_DAYS)),
        ("1 working day", Duration(1, Unit.WORKING_DAYS)),
        ("-1 working day", Duration(-1, Unit.WORKING_DAYS)),
        ("-100000 days", Duration(-100_000, Unit.DAYS)),
    ],
)
def test_reads_what_a_policy_writes(text: str, expected: Duration) -> None:
    """Every unit is read, in the singular and the plural, forward and back."""
    assert parse_duration(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *["", "24", "hours", "24hours", "24  hours", " 24 hours", "24 hours\n", "24 Hours", "2 years", "1 day 2 hours"],
        *["+5 days", "1.5 days", "1e3 days", "1_000 days", "٣ days", "- 2 days", "--2 days", "10 workingdays", "P1M"],
    ],
)
def test_refuses_what_it_does_not_know_and_shows_the_mend(text: str) -> None:
    """What is not written as a duration is refused in one line that shows how to write one."""
    with pytest.raises(
        ValueError, match=r'^[^\n]+ is not a duration: one is written like "24 hours"[^\n]*$'
    ) as refusal:
        parse_duration(text)
    assert repr(text) in str(refusal.value)


@pytest.mark.parametrize("text", ["0 working days", "-0 working days", "0 working day"])
def test_refuses_no_working_days(text: str) -> None:
    """On a day off nobody could say what 0 working days are."""
    with pytest.raises(ValueError, match='has no meaning on a day off: write "0 hours"'):
        parse_duration(text)


@pytest.mark.parametrize("text", ["100001 hours", "-100001 days", "9" * 5_000 + " days"])
def test_refuses_an_amount_beyond_the_limit(text: str) -> None:
    """An amount is bounded, and one of thousands of digits is refused like any other."""
    with pytest.raises(ValueError, match="is too long: write at most 100000 of a unit"):
        parse_duration(text)


@given(durations)
def test_a_written_duration_reads_back(duration: Duration) -> None:
    """What is printed of a duration is what a policy writes."""
    assert parse_duration(str(duration)) == duration


@pytest.mark.parametrize(
    ("shorter", "longer"),
    [
        ("71 hours", "3 days"),
        ("6 days", "1 week"),
        ("4 weeks", "1 month"),
        ("1 month", "31 days"),
        ("7 days", "6 working days"),
        ("10 working days", "15 days"),
        ("-2 days", "-1 working day"),
    ],
)
def test_unlike_units_compare_roughly(shorter: str, longer: str) -> None:
    """Durations of unlike units have an order, for telling whether one is the longer."""
    assert rough_seconds(parse_duration(shorter)) < rough_seconds(parse_duration(longer))


def test_five_working_days_are_a_week() -> None:
    """Five working days compare as one week."""
    assert rough_seconds(parse_duration("5 working days")) == rough_seconds(parse_duration("1 week"))
