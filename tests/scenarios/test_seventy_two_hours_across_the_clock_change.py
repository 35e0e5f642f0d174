"""Seventy-two hours across the clock change.

A child is taken into police protection at ten in the evening of 28 October. The law gives 72 hours, and these are real
hours: they end at nine in the evening of the 31st, because the clocks went back in between.

The assessment beside it has a blank tier, which runs as high; the visit in the night meets it. No officer is named,
and the unit is one that nobody knows: the default unit is told.
"""

from tests.builders import assessed, checked
from tests.scenarios.world import case, lines, told


def test_seventy_two_hours_across_the_clock_change() -> None:
    """Elapsed hours are real hours, and an unknown unit still has a sergeant."""
    child = case(
        "C1",
        assessed("", "2022-10-28 22:00"),
        checked("taken_into_protection", "2022-10-28 22:00"),
        checked("seen", "2022-10-29 01:30"),
        checked("protection_ended", "2022-11-02 09:00"),
        unit="nowhere",
        officer="",
    )

    expected = """
        Sun 2022-10-30 21:00  ds.hub  C1 police-protection reminder (warn-48, passed up), due 2022-10-31 21:00
        Mon 2022-10-31 09:00  ds.hub  C1 police-protection reminder (warn-60, passed up), due 2022-10-31 21:00
        Mon 2022-10-31 21:00  ds.hub  C1 police-protection overdue (ended), due 2022-10-31 21:00
        Mon 2022-10-31 22:00  di.hub  C1 police-protection overdue (manager), due 2022-10-31 21:00
        Tue 2022-11-01 10:00  di.hub  C1 police-protection overdue (manager, again 1), due 2022-10-31 21:00
        Tue 2022-11-01 22:00  di.hub  C1 police-protection overdue (manager, again 2), due 2022-10-31 21:00
        Wed 2022-11-02 09:00  di.hub  C1 police-protection cleared, due 2022-10-31 21:00
        Wed 2022-11-02 09:00  ds.hub  C1 police-protection cleared, due 2022-10-31 21:00
        """
    assert lines(expected) == told(child, until="2022-11-10")
