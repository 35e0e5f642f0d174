"""Lengths of time as a policy writes them: elapsed hours, calendar days, and working days."""

import re
from enum import StrEnum
from typing import NamedTuple


class Unit(StrEnum):
    """What a duration counts."""

    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    WORKING_DAYS = "working days"


class Duration(NamedTuple):
    """`amount` of a `unit`; a negative amount counts back. How it is added to a moment: `calendar.Calendar.add`."""

    amount: int
    unit: Unit

    def __str__(self) -> str:
        unit = str(self.unit)
        return f"{self.amount} {unit[:-1] if abs(self.amount) == 1 else unit}"


MAX_AMOUNT = 100_000
"""The largest amount that is read, of any unit: 11 years of hours."""

_WRITTEN = re.compile(r"(-?[0-9]+) (hour|day|week|month|working day)s?")
_ROUGH_SECONDS = {
    Unit.HOURS: 3_600,
    Unit.DAYS: 86_400,
    Unit.WEEKS: 7 * 86_400,
    Unit.MONTHS: 146_097 * 86_400 // 4_800,  # the 4,800 months of the Gregorian cycle have 146,097 days
    Unit.WORKING_DAYS: 7 * 86_400 // 5,
}


def parse_duration(text: str) -> Duration:
    """Return the duration that a policy writes as "24 hours" or "-1 working day".

    Anything else, an amount beyond MAX_AMOUNT, or "0 working days" raises ValueError with one line that names the mend.
    """
    match = _WRITTEN.fullmatch(text)
    if match is None:
        raise ValueError(
            f'{text!r} is not a duration: one is written like "24 hours", "7 days", "4 weeks", "3 months", '
            f'"10 working days", or with a minus "-2 days"'
        )
    # Python refuses to read thousands of digits, with a message of its own.
    digits = match[1].lstrip("-0")
    if len(digits) > len(str(MAX_AMOUNT)) or int(digits or 0) > MAX_AMOUNT:
        raise ValueError(f"{text!r} is too long: write at most {MAX_AMOUNT} of a unit, or a larger unit")
    duration = Duration(int(match[1]), Unit(f"{match[2]}s"))
    if duration == (0, Unit.WORKING_DAYS):
        raise ValueError(f'{text!r} has no meaning on a day off: write "0 hours", or at least "1 working day"')
    return duration


def rough_seconds(duration: Duration) -> int:
    """Return about how long the duration is, only to compare durations of unlike units ("is `first` the longer?").

    A month counts as its mean of about 30.4 days, a working day as 7/5 of a day. Never to be added to a moment.
    """
    return duration.amount * _ROUGH_SECONDS[duration.unit]
