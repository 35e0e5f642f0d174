"""Typed in out of order.

C1's high assessment of the 10th is typed in on the 13th, after the standard one of the 11th. It counts from the 10th
all the same: a danger is not undone by being typed in last.

C2's visit of 14:00 and lowering of 16:00 are typed in together at 16:30. The visit is known to the lowering, and
nothing is sent.

C3 comes to high risk for two concerns, at 09:00 and at 15:00, both typed in at 18:00. A visit at noon answers the
first only.
"""

from tests.builders import assessed, checked
from tests.scenarios.world import case, lines, told


def test_typed_in_out_of_order() -> None:
    """The order of typing neither hides a danger nor loses a visit."""
    raised_by_an_older_date = case(
        "C1",
        assessed("standard", "2023-02-01 09:00"),
        checked("seen", "2023-02-02 09:00"),
        assessed("standard", "2023-02-11 09:00", recorded="2023-02-12 09:00"),
        assessed("high", "2023-02-10 09:00", recorded="2023-02-13 09:00"),
        checked("seen", "2023-02-15 09:00"),
    )
    typed_in_together = case(
        "C2",
        assessed("high", "2023-02-06 09:00"),
        assessed("standard", "2023-02-06 16:00", recorded="2023-02-06 16:30"),
        checked("seen", "2023-02-06 14:00", recorded="2023-02-06 16:30"),
        officer="pc.two",
    )
    two_concerns = case(
        "C3",
        assessed("high", "2023-02-06 09:00", recorded="2023-02-06 18:00", concern="neglect"),
        assessed("high", "2023-02-06 15:00", recorded="2023-02-06 18:00", concern="sexual_abuse"),
        checked("seen", "2023-02-06 12:00"),
        checked("seen", "2023-02-08 12:00"),
        unit="scarborough",
        officer="pc.three",
    )

    expected = """
        Tue 2023-02-07 03:00  pc.three        C3 seen-high reminder, due 2023-02-07 15:00
        Tue 2023-02-07 15:00  pc.three        C3 seen-high overdue (officer), due 2023-02-07 15:00
        Tue 2023-02-07 19:00  ds.scarborough  C3 seen-high overdue (supervisor), due 2023-02-07 15:00
        Wed 2023-02-08 12:00  ds.scarborough  C3 seen-high cleared, due 2023-02-07 15:00
        Wed 2023-02-08 12:00  pc.three        C3 seen-high cleared, due 2023-02-07 15:00
        Mon 2023-02-13 09:00  di.york         C1 seen-high overdue (manager), due 2023-02-11 09:00
        Mon 2023-02-13 09:00  ds.york         C1 seen-high overdue (supervisor), due 2023-02-11 09:00
        Mon 2023-02-13 09:00  pc.one          C1 seen-high overdue (officer), due 2023-02-11 09:00
        Tue 2023-02-14 09:00  head            C1 seen-high overdue (head), due 2023-02-11 09:00
        Wed 2023-02-15 09:00  di.york         C1 seen-high cleared, due 2023-02-11 09:00
        Wed 2023-02-15 09:00  ds.york         C1 seen-high cleared, due 2023-02-11 09:00
        Wed 2023-02-15 09:00  head            C1 seen-high cleared, due 2023-02-11 09:00
        Wed 2023-02-15 09:00  pc.one          C1 seen-high cleared, due 2023-02-11 09:00
        Wed 2023-02-22 00:00  pc.three        C3 seen-high reminder, due 2023-02-22 12:00
        Wed 2023-02-22 12:00  pc.three        C3 seen-high overdue (officer), due 2023-02-22 12:00
        Wed 2023-02-22 16:00  ds.scarborough  C3 seen-high overdue (supervisor), due 2023-02-22 12:00
        Thu 2023-02-23 12:00  di.scarborough  C3 seen-high overdue (manager), due 2023-02-22 12:00
        """
    assert lines(expected) == told(raised_by_an_older_date, typed_in_together, two_concerns, until="2023-02-25")
