"""Referred again after closing.

A child is seen and the record is closed in January, as it should be. In February the child is assessed again, at high
risk, and nobody takes the old closing date out of the record. The child is open again all the same.
"""

from tests.builders import assessed, checked
from tests.scenarios.world import case, lines, told


def test_referred_again_after_closing() -> None:
    """A closing date that still stands in the record does not hide a new danger."""
    child = case(
        "C1",
        assessed("medium", "2023-01-09 09:00", concern="neglect"),
        checked("seen", "2023-01-11 10:00"),
        assessed("high", "2023-02-06 09:00", concern="sexual_abuse"),
        checked("seen", "2023-02-08 11:00"),
        unit="scarborough",
        closed_at="2023-01-12 12:00",
    )

    expected = """
        Wed 2023-01-11 09:00  pc.one          C1 seen-medium reminder, due 2023-01-12 09:00
        Mon 2023-02-06 21:00  pc.one          C1 seen-high reminder, due 2023-02-07 09:00
        Tue 2023-02-07 09:00  pc.one          C1 seen-high overdue (officer), due 2023-02-07 09:00
        Tue 2023-02-07 13:00  ds.scarborough  C1 seen-high overdue (supervisor), due 2023-02-07 09:00
        Wed 2023-02-08 09:00  di.scarborough  C1 seen-high overdue (manager), due 2023-02-07 09:00
        Wed 2023-02-08 11:00  di.scarborough  C1 seen-high cleared, due 2023-02-07 09:00
        Wed 2023-02-08 11:00  ds.scarborough  C1 seen-high cleared, due 2023-02-07 09:00
        Wed 2023-02-08 11:00  pc.one          C1 seen-high cleared, due 2023-02-07 09:00
        Tue 2023-02-21 23:00  pc.one          C1 seen-high reminder, due 2023-02-22 11:00
        Wed 2023-02-22 11:00  pc.one          C1 seen-high overdue (officer), due 2023-02-22 11:00
        Wed 2023-02-22 15:00  ds.scarborough  C1 seen-high overdue (supervisor), due 2023-02-22 11:00
        Thu 2023-02-23 11:00  di.scarborough  C1 seen-high overdue (manager), due 2023-02-22 11:00
        Sat 2023-02-25 11:00  head            C1 seen-high overdue (head), due 2023-02-22 11:00
        """
    assert lines(expected) == told(child, until="2023-03-01")
