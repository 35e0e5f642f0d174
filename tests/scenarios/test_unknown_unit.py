"""An unknown unit.

C1's unit is written "York" in the agency's record, and the directory knows "york": words are compared exactly, and so
it is a unit that nobody knows. C2 has no unit at all. Both have an officer; above the officer, the default unit is
told.
"""

from tests.builders import assessed
from tests.scenarios.world import case, lines, told


def test_an_unknown_unit() -> None:
    """A unit that is misspelt or missing does not leave a child without a sergeant."""
    misspelt = case("C1", assessed("high", "2023-02-06 09:00"), unit="York")
    missing = case("C2", assessed("high", "2023-02-06 09:00"), unit="")

    expected = """
        Mon 2023-02-06 21:00  pc.one  C1 seen-high reminder, due 2023-02-07 09:00
                              and     C2 seen-high reminder, due 2023-02-07 09:00
        Tue 2023-02-07 09:00  pc.one  C1 seen-high overdue (officer), due 2023-02-07 09:00
                              and     C2 seen-high overdue (officer), due 2023-02-07 09:00
        Tue 2023-02-07 13:00  ds.hub  C1 seen-high overdue (supervisor), due 2023-02-07 09:00
                              and     C2 seen-high overdue (supervisor), due 2023-02-07 09:00
        Wed 2023-02-08 09:00  di.hub  C1 seen-high overdue (manager), due 2023-02-07 09:00
                              and     C2 seen-high overdue (manager), due 2023-02-07 09:00
        Fri 2023-02-10 09:00  head    C1 seen-high overdue (head), due 2023-02-07 09:00
                              and     C2 seen-high overdue (head), due 2023-02-07 09:00
        """
    assert lines(expected) == told(misspelt, missing, until="2023-02-11")
