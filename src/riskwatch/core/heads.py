"""Who answers for which units: the heads, as they can be told today."""

from collections.abc import Mapping
from datetime import date

from riskwatch.core.directory import Directory

HEAD = "head"
"""The role whose holder hears how the service is, and how the unit stands."""
OTHER_UNITS = ""
"""Stands for every unit that is blank, or not in the directory: the default unit's head answers for those."""


def heads(directory: Directory, today: date) -> Mapping[str, frozenset[str]]:
    """Return each person who is to be told, once, with the units that this person answers for.

    A unit whose head is missing, away without cover, or not to be written to is the fallback's: there is always
    somebody.
    """
    held: dict[str, set[str]] = {}
    for unit in (*directory.units, OTHER_UNITS):
        address = directory.holder(HEAD, unit) if unit != OTHER_UNITS else directory.default_unit.get(HEAD, "")
        person = directory.present(address, today) or directory.fallback
        held.setdefault(person, set()).add(unit)
    return {person: frozenset(units) for person, units in sorted(held.items())}
