"""A downgrade buys no time.

A child at high risk is seen on 6 February and is to be seen again within ten working days. On the 17th the risk is
lowered to standard, though nobody has seen the child in between.

The deadline of the high risk stands, and is told when it passes; the standard rule asks for a first visit of its own.
Only the visit on 1 March settles both, and from then on the child is on the standard cadence.
"""

from tests.builders import assessed, checked
from tests.scenarios.world import case, lines, told


def test_a_downgrade_buys_no_time() -> None:
    """A lowering without a visit takes no deadline away."""
    child = case(
        "C1",
        assessed("high", "2023-02-06 09:00", concern="neglect"),
        checked("seen", "2023-02-06 14:00"),
        assessed("standard", "2023-02-17 11:00", concern="neglect"),
        checked("seen_alone", "2023-03-01 10:00"),
    )

    expected = """
        Mon 2023-02-20 02:00  pc.one   C1 seen-high reminder, due 2023-02-20 14:00
        Mon 2023-02-20 14:00  pc.one   C1 seen-high overdue (officer), due 2023-02-20 14:00
        Mon 2023-02-20 18:00  ds.york  C1 seen-high overdue (supervisor), due 2023-02-20 14:00
        Tue 2023-02-21 14:00  di.york  C1 seen-high overdue (manager), due 2023-02-20 14:00
        Thu 2023-02-23 11:00  pc.one   C1 seen-standard reminder, due 2023-02-24 11:00
        Thu 2023-02-23 14:00  head     C1 seen-high overdue (head), due 2023-02-20 14:00
        Fri 2023-02-24 11:00  pc.one   C1 seen-standard overdue (officer), due 2023-02-24 11:00
        Mon 2023-02-27 11:00  ds.york  C1 seen-standard overdue (supervisor), due 2023-02-24 11:00
        Wed 2023-03-01 10:00  di.york  C1 seen-high cleared, due 2023-02-20 14:00
        Wed 2023-03-01 10:00  ds.york  C1 seen-high cleared, due 2023-02-20 14:00
                              and      C1 seen-standard cleared, due 2023-02-24 11:00
        Wed 2023-03-01 10:00  head     C1 seen-high cleared, due 2023-02-20 14:00
        Wed 2023-03-01 10:00  pc.one   C1 seen-high cleared, due 2023-02-20 14:00
                              and      C1 seen-standard cleared, due 2023-02-24 11:00
        """
    assert lines(expected) == told(child, until="2023-03-20")
