"""A duplicate entry of the same visit.

A child at high risk is seen on Monday at two in the afternoon. The officer types the visit in at once; two hours later
the sergeant, who cannot find the entry, types it in again. It is one visit: the second entry does not meet the
deadline that counts from the first, nor does it start a second one.
"""

from tests.builders import assessed, checked
from tests.scenarios.world import case, lines, told


def test_a_duplicate_entry_of_the_same_visit() -> None:
    """A visit that was entered twice neither ends the next deadline nor doubles it."""
    child = case(
        "C1",
        assessed("high", "2023-02-06 09:00"),
        checked("seen", "2023-02-06 14:00"),
        checked("seen", "2023-02-06 14:00", recorded="2023-02-06 16:00"),
    )

    expected = """
        Mon 2023-02-20 02:00  pc.one   C1 seen-high reminder, due 2023-02-20 14:00
        Mon 2023-02-20 14:00  pc.one   C1 seen-high overdue (officer), due 2023-02-20 14:00
        Mon 2023-02-20 18:00  ds.york  C1 seen-high overdue (supervisor), due 2023-02-20 14:00
        """
    assert lines(expected) == told(child, until="2023-02-21")
