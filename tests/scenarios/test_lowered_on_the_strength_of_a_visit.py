"""Lowered on the strength of a visit.

C1 is seen on Monday and lowered to standard on Wednesday, within five working days of the visit: that is how it should
go. The high deadline ends, the standard cadence counts three months from the visit, and nothing is sent.

C2 is seen on Monday and needs no further action on Tuesday: nothing is owed any more, and nothing is sent.

C3's lowering is dated two days after the visit as well, but it was typed in on 27 February, when the high deadline had
passed. What relaxes counts from when it was recorded: both deadlines are told.
"""

from tests.builders import assessed, checked
from tests.scenarios.world import case, lines, told


def test_lowered_on_the_strength_of_a_visit() -> None:
    """A lowering that follows a visit within days relaxes; one that comes to light three weeks later does not."""
    lowered = case(
        "C1",
        assessed("high", "2023-02-06 09:00", concern="neglect"),
        checked("seen", "2023-02-06 14:00"),
        assessed("standard", "2023-02-08 11:00", concern="neglect"),
        checked("seen", "2023-05-20 10:00"),
    )
    no_further_action = case(
        "C2",
        assessed("high", "2023-02-06 09:00", concern="neglect"),
        checked("seen", "2023-02-06 14:00"),
        assessed("closed", "2023-02-07 11:00", concern="neglect"),
    )
    lowered_on_paper = case(
        "C3",
        assessed("high", "2023-02-06 09:00", concern="neglect"),
        checked("seen", "2023-02-06 14:00"),
        assessed("standard", "2023-02-08 11:00", recorded="2023-02-27 12:00", concern="neglect"),
        checked("seen", "2023-03-02 10:00"),
        checked("seen", "2023-05-20 10:00"),
        unit="scarborough",
        officer="pc.two",
    )

    expected = """
        Mon 2023-02-20 02:00  pc.two          C3 seen-high reminder, due 2023-02-20 14:00
        Mon 2023-02-20 14:00  pc.two          C3 seen-high overdue (officer), due 2023-02-20 14:00
        Mon 2023-02-20 18:00  ds.scarborough  C3 seen-high overdue (supervisor), due 2023-02-20 14:00
        Tue 2023-02-21 14:00  di.scarborough  C3 seen-high overdue (manager), due 2023-02-20 14:00
        Thu 2023-02-23 14:00  head            C3 seen-high overdue (head), due 2023-02-20 14:00
        Mon 2023-02-27 12:00  di.scarborough  C3 seen-standard overdue (manager), due 2023-02-15 11:00
        Mon 2023-02-27 12:00  ds.scarborough  C3 seen-standard overdue (supervisor), due 2023-02-15 11:00
        Mon 2023-02-27 12:00  pc.two          C3 seen-standard overdue (officer), due 2023-02-15 11:00
        Wed 2023-03-01 11:00  head            C3 seen-standard overdue (head), due 2023-02-15 11:00
        Thu 2023-03-02 10:00  di.scarborough  C3 seen-high cleared, due 2023-02-20 14:00
                              and             C3 seen-standard cleared, due 2023-02-15 11:00
        Thu 2023-03-02 10:00  ds.scarborough  C3 seen-high cleared, due 2023-02-20 14:00
                              and             C3 seen-standard cleared, due 2023-02-15 11:00
        Thu 2023-03-02 10:00  head            C3 seen-high cleared, due 2023-02-20 14:00
                              and             C3 seen-standard cleared, due 2023-02-15 11:00
        Thu 2023-03-02 10:00  pc.two          C3 seen-high cleared, due 2023-02-20 14:00
                              and             C3 seen-standard cleared, due 2023-02-15 11:00
        """
    assert lines(expected) == told(lowered, no_further_action, lowered_on_paper, until="2023-03-15")
