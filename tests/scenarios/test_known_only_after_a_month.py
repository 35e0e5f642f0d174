"""Known only after a month.

C1's assessment of 8 January is typed in on 12 February at ten in the evening. Every step that had passed is told at
once, each person once, and of the head's step and its weekly repeats only the latest. The visit that is entered for C1
on the 13th is dated the 14th: it counts from the 14th.

C2's assessment is as late, but medium, and its ladder keeps office hours: it is told at seven in the morning.

C3's assessment is dated a year ahead by mistake. It counts from when it was recorded.
"""

from tests.builders import assessed, checked
from tests.scenarios.world import case, lines, told


def test_known_only_after_a_month() -> None:
    """What becomes known late is told at once, as late as it is; what is dated in the future is not waited for."""
    known_late = case(
        "C1",
        assessed("high", "2024-01-08 09:00", recorded="2024-02-12 22:00"),
        checked("seen", "2024-02-14 09:00", recorded="2024-02-13 09:00"),
    )
    known_late_by_office_hours = case(
        "C2",
        assessed("medium", "2024-01-08 09:00", recorded="2024-02-12 22:00"),
        checked("seen", "2024-02-20 09:00"),
        officer="pc.two",
    )
    dated_next_year = case(
        "C3",
        assessed("high", "2025-02-12 09:00", recorded="2024-02-12 09:00"),
        checked("seen", "2024-02-15 09:00"),
        officer="pc.three",
    )

    expected = """
        Mon 2024-02-12 21:00  pc.three  C3 seen-high reminder, due 2024-02-13 09:00
        Mon 2024-02-12 22:00  di.york   C1 seen-high overdue (manager), due 2024-01-09 09:00
        Mon 2024-02-12 22:00  ds.york   C1 seen-high overdue (supervisor), due 2024-01-09 09:00
        Mon 2024-02-12 22:00  head      C1 seen-high overdue (head, again 4), due 2024-01-09 09:00
        Mon 2024-02-12 22:00  pc.one    C1 seen-high overdue (officer), due 2024-01-09 09:00
        Tue 2024-02-13 07:00  di.york   C2 seen-medium overdue (manager), due 2024-01-11 09:00
        Tue 2024-02-13 07:00  ds.york   C2 seen-medium overdue (supervisor), due 2024-01-11 09:00
        Tue 2024-02-13 07:00  head      C2 seen-medium overdue (head, again 2), due 2024-01-11 09:00
        Tue 2024-02-13 07:00  pc.two    C2 seen-medium overdue (officer), due 2024-01-11 09:00
        Tue 2024-02-13 09:00  pc.three  C3 seen-high overdue (officer), due 2024-02-13 09:00
        Tue 2024-02-13 13:00  ds.york   C3 seen-high overdue (supervisor), due 2024-02-13 09:00
        Wed 2024-02-14 09:00  di.york   C1 seen-high cleared, due 2024-01-09 09:00
                              and       C3 seen-high overdue (manager), due 2024-02-13 09:00
        Wed 2024-02-14 09:00  ds.york   C1 seen-high cleared, due 2024-01-09 09:00
        Wed 2024-02-14 09:00  head      C1 seen-high cleared, due 2024-01-09 09:00
        Wed 2024-02-14 09:00  pc.one    C1 seen-high cleared, due 2024-01-09 09:00
        Thu 2024-02-15 09:00  di.york   C3 seen-high cleared, due 2024-02-13 09:00
        Thu 2024-02-15 09:00  ds.york   C3 seen-high cleared, due 2024-02-13 09:00
        Thu 2024-02-15 09:00  head      C2 seen-medium overdue (head, again 3), due 2024-01-11 09:00
        Thu 2024-02-15 09:00  pc.three  C3 seen-high cleared, due 2024-02-13 09:00
        Sun 2024-02-18 21:00  pc.two    C2 six-week-backstop reminder, due 2024-02-19 09:00
        Mon 2024-02-19 09:00  pc.two    C2 six-week-backstop overdue (officer), due 2024-02-19 09:00
        Mon 2024-02-19 13:00  ds.york   C2 six-week-backstop overdue (supervisor), due 2024-02-19 09:00
        Tue 2024-02-20 09:00  di.york   C2 seen-medium cleared, due 2024-01-11 09:00
        Tue 2024-02-20 09:00  ds.york   C2 seen-medium cleared, due 2024-01-11 09:00
                              and       C2 six-week-backstop cleared, due 2024-02-19 09:00
        Tue 2024-02-20 09:00  head      C2 seen-medium cleared, due 2024-01-11 09:00
        Tue 2024-02-20 09:00  pc.two    C2 seen-medium cleared, due 2024-01-11 09:00
                              and       C2 six-week-backstop cleared, due 2024-02-19 09:00
        Tue 2024-02-27 21:00  pc.one    C1 seen-high reminder, due 2024-02-28 09:00
        Wed 2024-02-28 09:00  pc.one    C1 seen-high overdue (officer), due 2024-02-28 09:00
        Wed 2024-02-28 13:00  ds.york   C1 seen-high overdue (supervisor), due 2024-02-28 09:00
        Wed 2024-02-28 21:00  pc.three  C3 seen-high reminder, due 2024-02-29 09:00
        Thu 2024-02-29 09:00  di.york   C1 seen-high overdue (manager), due 2024-02-28 09:00
        Thu 2024-02-29 09:00  pc.three  C3 seen-high overdue (officer), due 2024-02-29 09:00
        Thu 2024-02-29 13:00  ds.york   C3 seen-high overdue (supervisor), due 2024-02-29 09:00
        Fri 2024-03-01 09:00  di.york   C3 seen-high overdue (manager), due 2024-02-29 09:00
        Sat 2024-03-02 09:00  head      C1 seen-high overdue (head), due 2024-02-28 09:00
        Sun 2024-03-03 09:00  head      C3 seen-high overdue (head), due 2024-02-29 09:00
        Sat 2024-03-09 09:00  head      C1 seen-high overdue (head, again 1), due 2024-02-28 09:00
        Sun 2024-03-10 09:00  head      C3 seen-high overdue (head, again 1), due 2024-02-29 09:00
        Sat 2024-03-16 09:00  head      C1 seen-high overdue (head, again 2), due 2024-02-28 09:00
        Sun 2024-03-17 09:00  head      C3 seen-high overdue (head, again 2), due 2024-02-29 09:00
        Mon 2024-03-18 09:00  pc.two    C2 seen-medium reminder, due 2024-03-19 09:00
        Tue 2024-03-19 09:00  pc.two    C2 seen-medium overdue (officer), due 2024-03-19 09:00
        """
    assert lines(expected) == told(known_late, known_late_by_office_hours, dated_next_year, until="2024-03-20")
