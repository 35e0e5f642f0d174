"""Figures of the day: how many children are watched, how many are not seen in time, and how much was told."""

from typing import NamedTuple

from riskwatch.core.notices import Kind


class Tally(NamedTuple):
    """The children of one unit in one tier, closed ones left out, and what is overdue of them; blank where unknown."""

    unit: str
    tier: str
    children: int = 0
    overdue: int = 0
    overdue_children: int = 0


class ToldTally(NamedTuple):
    """How many notices of one kind and step were told about one unit's children."""

    unit: str
    kind: Kind
    step: str
    number: int
