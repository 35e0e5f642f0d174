"""A new concern starts its own clock.

C1 is at high risk of neglect and is seen on Monday afternoon, in time. On Tuesday an assessment finds sexual abuse,
high as well. Monday's visit did not look for that: the child must be seen again within 24 hours, whatever the visit
bought for the neglect. A second high assessment of the same concern on Friday brings no new danger and starts nothing.

C2 is assessed as high on Wednesday, and an earlier visit cannot answer it. A further assessment, typed in on the 13th
and dated before that visit, changes nothing: paperwork that comes later takes nothing back.
"""

from tests.builders import assessed, checked
from tests.scenarios.world import case, lines, told


def test_a_new_concern_starts_its_own_clock() -> None:
    """A visit answers the dangers that it knew of, not the one found the day after."""
    new_concern = case(
        "C1",
        assessed("high", "2023-02-06 09:00", concern="neglect"),
        checked("seen", "2023-02-06 14:00"),
        assessed("high", "2023-02-07 09:00", concern="sexual_abuse"),
        assessed("high", "2023-02-10 09:00", concern="sexual_abuse"),
        checked("seen", "2023-02-10 15:00"),
    )
    paperwork = case(
        "C2",
        checked("seen", "2023-02-07 09:00"),
        assessed("high", "2023-02-08 09:00"),
        assessed("high", "2023-02-06 09:00", recorded="2023-02-13 09:00"),
        checked("seen", "2023-02-14 09:00"),
        officer="pc.two",
    )

    expected = """
        Tue 2023-02-07 21:00  pc.one   C1 seen-high reminder, due 2023-02-08 09:00
        Wed 2023-02-08 09:00  pc.one   C1 seen-high overdue (officer), due 2023-02-08 09:00
        Wed 2023-02-08 13:00  ds.york  C1 seen-high overdue (supervisor), due 2023-02-08 09:00
        Wed 2023-02-08 21:00  pc.two   C2 seen-high reminder, due 2023-02-09 09:00
        Thu 2023-02-09 09:00  di.york  C1 seen-high overdue (manager), due 2023-02-08 09:00
        Thu 2023-02-09 09:00  pc.two   C2 seen-high overdue (officer), due 2023-02-09 09:00
        Thu 2023-02-09 13:00  ds.york  C2 seen-high overdue (supervisor), due 2023-02-09 09:00
        Fri 2023-02-10 09:00  di.york  C2 seen-high overdue (manager), due 2023-02-09 09:00
        Fri 2023-02-10 15:00  di.york  C1 seen-high cleared, due 2023-02-08 09:00
        Fri 2023-02-10 15:00  ds.york  C1 seen-high cleared, due 2023-02-08 09:00
        Fri 2023-02-10 15:00  pc.one   C1 seen-high cleared, due 2023-02-08 09:00
        Sun 2023-02-12 09:00  head     C2 seen-high overdue (head), due 2023-02-09 09:00
        Tue 2023-02-14 09:00  di.york  C2 seen-high cleared, due 2023-02-09 09:00
        Tue 2023-02-14 09:00  ds.york  C2 seen-high cleared, due 2023-02-09 09:00
        Tue 2023-02-14 09:00  head     C2 seen-high cleared, due 2023-02-09 09:00
        Tue 2023-02-14 09:00  pc.two   C2 seen-high cleared, due 2023-02-09 09:00
        Fri 2023-02-24 03:00  pc.one   C1 seen-high reminder, due 2023-02-24 15:00
        Fri 2023-02-24 15:00  pc.one   C1 seen-high overdue (officer), due 2023-02-24 15:00
        Fri 2023-02-24 19:00  ds.york  C1 seen-high overdue (supervisor), due 2023-02-24 15:00
        """
    assert lines(expected) == told(new_concern, paperwork, until="2023-02-25")
