"""Recorded late.

C1 was seen on Tuesday, in time, but the visit was typed in on Friday. Until then nobody could know, and so the ladder
was climbed; everyone who was told is told that it is over. The next visit counts from Tuesday.

C2's assessment of Monday was typed in a week later: every step that had passed is told at once, each person once.
"""

from tests.builders import assessed, checked
from tests.scenarios.world import case, lines, told


def test_recorded_late() -> None:
    """A visit that is not recorded cannot be known, and a danger recorded late is as late as it is."""
    visit_recorded_late = case(
        "C1",
        assessed("high", "2024-01-08 09:00"),
        checked("seen", "2024-01-09 08:00", recorded="2024-01-12 16:00"),
        unit="scarborough",
    )
    assessment_recorded_late = case(
        "C2",
        assessed("high", "2024-01-08 09:00", recorded="2024-01-15 09:00"),
        checked("seen", "2024-01-15 15:00"),
        unit="scarborough",
        officer="pc.two",
    )

    expected = """
        Mon 2024-01-08 21:00  pc.one          C1 seen-high reminder, due 2024-01-09 09:00
        Tue 2024-01-09 09:00  pc.one          C1 seen-high overdue (officer), due 2024-01-09 09:00
        Tue 2024-01-09 13:00  ds.scarborough  C1 seen-high overdue (supervisor), due 2024-01-09 09:00
        Wed 2024-01-10 09:00  di.scarborough  C1 seen-high overdue (manager), due 2024-01-09 09:00
        Fri 2024-01-12 09:00  head            C1 seen-high overdue (head), due 2024-01-09 09:00
        Fri 2024-01-12 16:00  di.scarborough  C1 seen-high cleared, due 2024-01-09 09:00
        Fri 2024-01-12 16:00  ds.scarborough  C1 seen-high cleared, due 2024-01-09 09:00
        Fri 2024-01-12 16:00  head            C1 seen-high cleared, due 2024-01-09 09:00
        Fri 2024-01-12 16:00  pc.one          C1 seen-high cleared, due 2024-01-09 09:00
        Mon 2024-01-15 09:00  di.scarborough  C2 seen-high overdue (manager), due 2024-01-09 09:00
        Mon 2024-01-15 09:00  ds.scarborough  C2 seen-high overdue (supervisor), due 2024-01-09 09:00
        Mon 2024-01-15 09:00  head            C2 seen-high overdue (head), due 2024-01-09 09:00
        Mon 2024-01-15 09:00  pc.two          C2 seen-high overdue (officer), due 2024-01-09 09:00
        Mon 2024-01-15 15:00  di.scarborough  C2 seen-high cleared, due 2024-01-09 09:00
        Mon 2024-01-15 15:00  ds.scarborough  C2 seen-high cleared, due 2024-01-09 09:00
        Mon 2024-01-15 15:00  head            C2 seen-high cleared, due 2024-01-09 09:00
        Mon 2024-01-15 15:00  pc.two          C2 seen-high cleared, due 2024-01-09 09:00
        Mon 2024-01-22 20:00  pc.one          C1 seen-high reminder, due 2024-01-23 08:00
        Tue 2024-01-23 08:00  pc.one          C1 seen-high overdue (officer), due 2024-01-23 08:00
        Tue 2024-01-23 12:00  ds.scarborough  C1 seen-high overdue (supervisor), due 2024-01-23 08:00
        Wed 2024-01-24 08:00  di.scarborough  C1 seen-high overdue (manager), due 2024-01-23 08:00
        Fri 2024-01-26 08:00  head            C1 seen-high overdue (head), due 2024-01-23 08:00
        Mon 2024-01-29 03:00  pc.two          C2 seen-high reminder, due 2024-01-29 15:00
        Mon 2024-01-29 15:00  pc.two          C2 seen-high overdue (officer), due 2024-01-29 15:00
        Mon 2024-01-29 19:00  ds.scarborough  C2 seen-high overdue (supervisor), due 2024-01-29 15:00
        Tue 2024-01-30 15:00  di.scarborough  C2 seen-high overdue (manager), due 2024-01-29 15:00
        Thu 2024-02-01 15:00  head            C2 seen-high overdue (head), due 2024-01-29 15:00
        Fri 2024-02-02 08:00  head            C1 seen-high overdue (head, again 1), due 2024-01-23 08:00
        Thu 2024-02-08 15:00  head            C2 seen-high overdue (head, again 1), due 2024-01-29 15:00
        Fri 2024-02-09 08:00  head            C1 seen-high overdue (head, again 2), due 2024-01-23 08:00
        """
    assert lines(expected) == told(visit_recorded_late, assessment_recorded_late, until="2024-02-10")
