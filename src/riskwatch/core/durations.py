"""Lengths of time as a policy writes them: elapsed hours, calendar days, and working days."""

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
