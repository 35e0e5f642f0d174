"""Routine letters wait for the morning.

A child is assessed as at medium risk at half past ten in the evening. The reminder, the deadline and the steps all
fall at night and are told when the ladder's window opens, at seven; the times of the ladder do not drift by it.

The raise to very high, at two in the night, has an urgent ladder. It does not wait, and no clearing ever does.
"""

from tests.builders import assessed, checked
from tests.scenarios.world import case, lines, told


def test_routine_letters_wait_for_the_morning() -> None:
    """A routine ladder lets people sleep; an urgent one and good news do not wait."""
    child = case(
        "C1",
        assessed("medium", "2023-06-05 22:30"),
        assessed("very_high", "2023-06-15 02:00"),
        checked("seen", "2023-06-16 02:30"),
    )

    expected = """
        Thu 2023-06-08 07:00  pc.one   C1 seen-medium reminder, due 2023-06-08 22:30
        Fri 2023-06-09 07:00  pc.one   C1 seen-medium overdue (officer), due 2023-06-08 22:30
        Sat 2023-06-10 07:00  ds.york  C1 seen-medium overdue (supervisor), due 2023-06-08 22:30
        Wed 2023-06-14 07:00  di.york  C1 seen-medium overdue (manager), due 2023-06-08 22:30
        Thu 2023-06-15 14:00  pc.one   C1 seen-high reminder, due 2023-06-16 02:00
                              and      C1 seen-very-high reminder, due 2023-06-16 02:00
        Fri 2023-06-16 02:00  pc.one   C1 seen-high overdue (officer), due 2023-06-16 02:00
                              and      C1 seen-very-high overdue (officer), due 2023-06-16 02:00
        Fri 2023-06-16 02:30  di.york  C1 seen-medium cleared, due 2023-06-08 22:30
        Fri 2023-06-16 02:30  ds.york  C1 seen-medium cleared, due 2023-06-08 22:30
        Fri 2023-06-16 02:30  pc.one   C1 seen-high cleared, due 2023-06-16 02:00
                              and      C1 seen-medium cleared, due 2023-06-08 22:30
                              and      C1 seen-very-high cleared, due 2023-06-16 02:00
        Thu 2023-06-22 14:30  pc.one   C1 seen-very-high reminder, due 2023-06-23 02:30
        Fri 2023-06-23 02:30  pc.one   C1 seen-very-high overdue (officer), due 2023-06-23 02:30
        Fri 2023-06-23 06:30  ds.york  C1 seen-very-high overdue (supervisor), due 2023-06-23 02:30
        Sat 2023-06-24 02:30  di.york  C1 seen-very-high overdue (manager), due 2023-06-23 02:30
        Mon 2023-06-26 02:30  head     C1 seen-very-high overdue (head), due 2023-06-23 02:30
        Thu 2023-06-29 14:30  pc.one   C1 seen-high reminder, due 2023-06-30 02:30
        """
    assert lines(expected) == told(child, until="2023-06-30")
