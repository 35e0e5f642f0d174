"""Six weeks unchecked.

A child is assessed as at high risk of sexual abuse on a Monday morning in September. The case is allocated to nobody,
and so nobody goes. In real life it was noticed after six weeks, when an officer happened to see the child.

The clock starts at the assessment, not at the allocation, and an empty desk is passed up at once: the sergeant hears
twelve hours before the deadline and again at 24 hours, the inspector a day later, the head of public protection on the
third day and every week from then on. That is a reminder and eight letters on the first rule, not one for each of
forty-one days. The six-week backstop would have fallen due an hour after the child was seen.
"""

from tests.builders import assessed, checked
from tests.scenarios.world import case, lines, told


def test_six_weeks_unchecked() -> None:
    """Nobody waits six weeks to hear that a child was allocated to nobody."""
    child = case(
        "C1",
        assessed("high", "2021-09-06 10:15", concern="sexual_abuse"),
        checked("seen", "2021-10-18 09:00"),
        unit="scarborough",
        officer="",
    )

    expected = """
        Mon 2021-09-06 22:15  ds.scarborough  C1 seen-high reminder (passed up), due 2021-09-07 10:15
        Tue 2021-09-07 10:15  ds.scarborough  C1 seen-high overdue (officer, passed up), due 2021-09-07 10:15
        Wed 2021-09-08 10:15  di.scarborough  C1 seen-high overdue (manager), due 2021-09-07 10:15
        Fri 2021-09-10 10:15  head            C1 seen-high overdue (head), due 2021-09-07 10:15
        Fri 2021-09-17 10:15  head            C1 seen-high overdue (head, again 1), due 2021-09-07 10:15
        Fri 2021-09-24 10:15  head            C1 seen-high overdue (head, again 2), due 2021-09-07 10:15
        Fri 2021-10-01 10:15  head            C1 seen-high overdue (head, again 3), due 2021-09-07 10:15
        Fri 2021-10-08 10:15  head            C1 seen-high overdue (head, again 4), due 2021-09-07 10:15
        Fri 2021-10-15 10:15  head            C1 seen-high overdue (head, again 5), due 2021-09-07 10:15
        Sun 2021-10-17 22:15  ds.scarborough  C1 six-week-backstop reminder (passed up), due 2021-10-18 10:15
        Mon 2021-10-18 09:00  di.scarborough  C1 seen-high cleared, due 2021-09-07 10:15
        Mon 2021-10-18 09:00  ds.scarborough  C1 seen-high cleared, due 2021-09-07 10:15
        Mon 2021-10-18 09:00  head            C1 seen-high cleared, due 2021-09-07 10:15
        Sun 2021-10-31 21:00  ds.scarborough  C1 seen-high reminder (passed up), due 2021-11-01 09:00
        """
    assert lines(expected) == told(child, until="2021-11-01")
