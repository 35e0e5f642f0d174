"""Nobody but the duty desk.

C1's officer has an address outside the force, and nobody is named for any role of the unit: every rung passes up, in
the end to the duty desk. It is told once for the steps that all come to it; but the last step is told for itself, and
every week, so that the desk does not hear once and never again.

C2's officer is away, and so is the cover: the sergeant is told in the officer's place.
"""

from tests.builders import assessed, checked
from tests.scenarios.world import case, lines, told


def test_nobody_but_the_duty_desk() -> None:
    """There is always somebody who is told."""
    nobody_there = case(
        "C1",
        assessed("high", "2024-06-10 09:00"),
        checked("seen", "2024-06-26 09:00"),
        unit="filey",
        officer="someone@gmail.com",
    )
    covered_badly = case(
        "C2",
        assessed("high", "2024-06-10 09:00"),
        checked("seen", "2024-06-11 10:00"),
        officer="pc.covered.badly",
    )

    expected = """
        Mon 2024-06-10 21:00  ds.york  C2 seen-high reminder (passed up), due 2024-06-11 09:00
        Mon 2024-06-10 21:00  duty     C1 seen-high reminder (passed up), due 2024-06-11 09:00
        Tue 2024-06-11 09:00  ds.york  C2 seen-high overdue (officer, passed up), due 2024-06-11 09:00
        Tue 2024-06-11 09:00  duty     C1 seen-high overdue (officer, passed up), due 2024-06-11 09:00
        Tue 2024-06-11 10:00  ds.york  C2 seen-high cleared, due 2024-06-11 09:00
        Fri 2024-06-14 09:00  duty     C1 seen-high overdue (head, passed up), due 2024-06-11 09:00
        Fri 2024-06-21 09:00  duty     C1 seen-high overdue (head, again 1, passed up), due 2024-06-11 09:00
        Mon 2024-06-24 22:00  ds.york  C2 seen-high reminder (passed up), due 2024-06-25 10:00
        Tue 2024-06-25 10:00  ds.york  C2 seen-high overdue (officer, passed up), due 2024-06-25 10:00
        Wed 2024-06-26 09:00  duty     C1 seen-high cleared, due 2024-06-11 09:00
        Wed 2024-06-26 10:00  di.york  C2 seen-high overdue (manager), due 2024-06-25 10:00
        Fri 2024-06-28 10:00  head     C2 seen-high overdue (head), due 2024-06-25 10:00
        """
    assert lines(expected) == told(nobody_there, covered_badly, until="2024-07-01")
