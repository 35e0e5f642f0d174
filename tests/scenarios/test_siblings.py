"""Siblings.

Two siblings at medium risk. The elder is seen in time, the younger is not, and the younger stays overdue: nobody takes
one child's visit for the other's. A new assessment raises both; one letter reminds the officer of the two of them.
"""

from tests.builders import assessed, checked
from tests.scenarios.world import case, lines, told


def test_siblings() -> None:
    """One child's check never clears another child."""
    elder = case(
        "ELDER",
        assessed("medium", "2023-02-06 18:00", concern="domestic_abuse"),
        checked("seen", "2023-02-08 12:00"),
        assessed("high", "2023-02-27 15:00", concern="domestic_abuse"),
        checked("seen", "2023-02-28 09:00"),
    )
    younger = case(
        "YOUNGER",
        assessed("medium", "2023-02-06 18:00", concern="domestic_abuse"),
        assessed("high", "2023-02-27 15:00", concern="domestic_abuse"),
        checked("seen", "2023-02-28 09:30"),
    )

    expected = """
        Wed 2023-02-08 18:00  pc.one   YOUNGER seen-medium reminder, due 2023-02-09 18:00
        Thu 2023-02-09 18:00  pc.one   YOUNGER seen-medium overdue (officer), due 2023-02-09 18:00
        Fri 2023-02-10 18:00  ds.york  YOUNGER seen-medium overdue (supervisor), due 2023-02-09 18:00
        Tue 2023-02-14 18:00  di.york  YOUNGER seen-medium overdue (manager), due 2023-02-09 18:00
        Thu 2023-02-23 18:00  head     YOUNGER seen-medium overdue (head), due 2023-02-09 18:00
        Tue 2023-02-28 03:00  pc.one   ELDER seen-high reminder, due 2023-02-28 15:00
                              and      YOUNGER seen-high reminder, due 2023-02-28 15:00
        Tue 2023-02-28 09:30  di.york  YOUNGER seen-medium cleared, due 2023-02-09 18:00
        Tue 2023-02-28 09:30  ds.york  YOUNGER seen-medium cleared, due 2023-02-09 18:00
        Tue 2023-02-28 09:30  head     YOUNGER seen-medium cleared, due 2023-02-09 18:00
        Tue 2023-02-28 09:30  pc.one   YOUNGER seen-medium cleared, due 2023-02-09 18:00
        """
    assert lines(expected) == told(elder, younger, until="2023-03-05")
