"""Closed after a phone call.

A father says that he fears for his child. An officer telephones the mother, who says that it is over, and the record
is closed the same afternoon. Nobody has seen the child.

A phone call is no check and a closed record stops no clock. The sergeant hears of the closure at once, the ladder is
climbed as if nothing had been closed, and after six weeks the backstop falls due: on a bank holiday, at noon all the
same.
"""

from tests.builders import assessed, checked
from tests.scenarios.world import case, lines, told


def test_closed_after_a_phone_call() -> None:
    """Closing a record does not see a child."""
    child = case(
        "C1",
        assessed("high", "2022-08-08 12:00"),
        checked("phone_call", "2022-08-08 16:00"),
        closed_at="2022-08-08 16:30",
    )

    expected = """
        Mon 2022-08-08 16:30  ds.york  C1 closing closed unchecked, due 2022-08-09 12:00
        Tue 2022-08-09 00:00  pc.one   C1 seen-high reminder, due 2022-08-09 12:00
        Tue 2022-08-09 12:00  pc.one   C1 seen-high overdue (officer), due 2022-08-09 12:00
        Tue 2022-08-09 16:00  ds.york  C1 seen-high overdue (supervisor), due 2022-08-09 12:00
        Wed 2022-08-10 12:00  di.york  C1 seen-high overdue (manager), due 2022-08-09 12:00
        Fri 2022-08-12 12:00  head     C1 seen-high overdue (head), due 2022-08-09 12:00
        Fri 2022-08-19 12:00  head     C1 seen-high overdue (head, again 1), due 2022-08-09 12:00
        Fri 2022-08-26 12:00  head     C1 seen-high overdue (head, again 2), due 2022-08-09 12:00
        Fri 2022-09-02 12:00  head     C1 seen-high overdue (head, again 3), due 2022-08-09 12:00
        Fri 2022-09-09 12:00  head     C1 seen-high overdue (head, again 4), due 2022-08-09 12:00
        Fri 2022-09-16 12:00  head     C1 seen-high overdue (head, again 5), due 2022-08-09 12:00
        Mon 2022-09-19 00:00  pc.one   C1 six-week-backstop reminder, due 2022-09-19 12:00
        Mon 2022-09-19 12:00  pc.one   C1 six-week-backstop overdue (officer), due 2022-09-19 12:00
        Mon 2022-09-19 16:00  ds.york  C1 six-week-backstop overdue (supervisor), due 2022-09-19 12:00
        Tue 2022-09-20 12:00  di.york  C1 six-week-backstop overdue (manager), due 2022-09-19 12:00
        Thu 2022-09-22 12:00  head     C1 six-week-backstop overdue (head), due 2022-09-19 12:00
        Fri 2022-09-23 12:00  head     C1 seen-high overdue (head, again 6), due 2022-08-09 12:00
        Thu 2022-09-29 12:00  head     C1 six-week-backstop overdue (head, again 1), due 2022-09-19 12:00
        Fri 2022-09-30 12:00  head     C1 seen-high overdue (head, again 7), due 2022-08-09 12:00
        Thu 2022-10-06 12:00  head     C1 six-week-backstop overdue (head, again 2), due 2022-09-19 12:00
        Fri 2022-10-07 12:00  head     C1 seen-high overdue (head, again 8), due 2022-08-09 12:00
        """
    assert lines(expected) == told(child, until="2022-10-10")
