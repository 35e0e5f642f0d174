"""Authority covers what it knew.

C1's closure was authorised on 10 January, and the record left open. On 27 February a new assessment says very high,
and on 1 March a clerk closes the record under the old authority. It is not honoured: nobody had authorised closing
that danger.

C2 is at very high risk, is seen, and is closed the next day without authority. Nothing is overdue, yet the sergeant is
told: such a child is never closed by a clerk.

C3's closing date of 10 February is typed in on 1 March, when the child is overdue. It is judged as of the day on which
it became known, and not honoured.
"""

from tests.builders import assessed, checked
from tests.scenarios.world import case, lines, told


def test_authority_covers_what_it_knew() -> None:
    """An old authority does not close a new danger, nor does an early closing date that was typed in late."""
    closed_under_an_old_authority = case(
        "C1",
        assessed("standard", "2023-01-09 09:00", concern="neglect"),
        checked("seen", "2023-01-09 15:00"),
        checked("closure_authorised", "2023-01-10 09:00"),
        assessed("very_high", "2023-02-27 09:00", concern="sexual_abuse"),
        closed_at="2023-03-01 10:00",
    )
    closed_by_a_clerk = case(
        "C2",
        assessed("very_high", "2023-02-06 09:00"),
        checked("seen", "2023-02-07 08:00"),
        closed_at="2023-02-08 10:00",
    )
    closed_late = case(
        "C3",
        assessed("high", "2023-02-06 09:00"),
        checked("seen", "2023-02-06 15:00"),
        unit="scarborough",
        officer="pc.two",
        closed_at="2023-02-10 10:00",
        closed_recorded="2023-03-01 09:00",
    )

    expected = """
        Mon 2023-02-06 21:00  pc.one          C2 seen-high reminder, due 2023-02-07 09:00
                              and             C2 seen-very-high reminder, due 2023-02-07 09:00
        Wed 2023-02-08 10:00  ds.york         C2 closing closed unchecked, due 2023-02-14 08:00
        Mon 2023-02-13 20:00  pc.one          C2 seen-very-high reminder, due 2023-02-14 08:00
        Tue 2023-02-14 08:00  pc.one          C2 seen-very-high overdue (officer), due 2023-02-14 08:00
        Tue 2023-02-14 12:00  ds.york         C2 seen-very-high overdue (supervisor), due 2023-02-14 08:00
        Wed 2023-02-15 08:00  di.york         C2 seen-very-high overdue (manager), due 2023-02-14 08:00
        Fri 2023-02-17 08:00  head            C2 seen-very-high overdue (head), due 2023-02-14 08:00
        Mon 2023-02-20 03:00  pc.one          C1 six-week-backstop reminder, due 2023-02-20 15:00
        Mon 2023-02-20 03:00  pc.two          C3 seen-high reminder, due 2023-02-20 15:00
        Mon 2023-02-20 15:00  pc.one          C1 six-week-backstop overdue (officer), due 2023-02-20 15:00
        Mon 2023-02-20 15:00  pc.two          C3 seen-high overdue (officer), due 2023-02-20 15:00
        Mon 2023-02-20 19:00  ds.scarborough  C3 seen-high overdue (supervisor), due 2023-02-20 15:00
        Mon 2023-02-20 19:00  ds.york         C1 six-week-backstop overdue (supervisor), due 2023-02-20 15:00
        Mon 2023-02-20 20:00  pc.one          C2 seen-high reminder, due 2023-02-21 08:00
        Tue 2023-02-21 08:00  pc.one          C2 seen-high overdue (officer), due 2023-02-21 08:00
        Tue 2023-02-21 12:00  ds.york         C2 seen-high overdue (supervisor), due 2023-02-21 08:00
        Tue 2023-02-21 15:00  di.scarborough  C3 seen-high overdue (manager), due 2023-02-20 15:00
        Tue 2023-02-21 15:00  di.york         C1 six-week-backstop overdue (manager), due 2023-02-20 15:00
        Wed 2023-02-22 08:00  di.york         C2 seen-high overdue (manager), due 2023-02-21 08:00
        Thu 2023-02-23 15:00  head            C1 six-week-backstop overdue (head), due 2023-02-20 15:00
                              and             C3 seen-high overdue (head), due 2023-02-20 15:00
        Fri 2023-02-24 08:00  head            C2 seen-high overdue (head), due 2023-02-21 08:00
                              and             C2 seen-very-high overdue (head, again 1), due 2023-02-14 08:00
        Mon 2023-02-27 21:00  pc.one          C1 seen-high reminder, due 2023-02-28 09:00
                              and             C1 seen-very-high reminder, due 2023-02-28 09:00
        Tue 2023-02-28 09:00  pc.one          C1 seen-high overdue (officer), due 2023-02-28 09:00
                              and             C1 seen-very-high overdue (officer), due 2023-02-28 09:00
        Tue 2023-02-28 13:00  ds.york         C1 seen-high overdue (supervisor), due 2023-02-28 09:00
                              and             C1 seen-very-high overdue (supervisor), due 2023-02-28 09:00
        Wed 2023-03-01 09:00  di.york         C1 seen-high overdue (manager), due 2023-02-28 09:00
                              and             C1 seen-very-high overdue (manager), due 2023-02-28 09:00
        Wed 2023-03-01 09:00  ds.scarborough  C3 closing closed unchecked, due 2023-02-20 15:00
        Wed 2023-03-01 10:00  ds.york         C1 closing closed unchecked, due 2023-02-20 15:00
        Thu 2023-03-02 15:00  head            C1 six-week-backstop overdue (head, again 1), due 2023-02-20 15:00
                              and             C3 seen-high overdue (head, again 1), due 2023-02-20 15:00
        Fri 2023-03-03 08:00  head            C2 seen-high overdue (head, again 1), due 2023-02-21 08:00
                              and             C2 seen-very-high overdue (head, again 2), due 2023-02-14 08:00
        Fri 2023-03-03 09:00  head            C1 seen-high overdue (head), due 2023-02-28 09:00
                              and             C1 seen-very-high overdue (head), due 2023-02-28 09:00
        Thu 2023-03-09 15:00  head            C1 six-week-backstop overdue (head, again 2), due 2023-02-20 15:00
                              and             C3 seen-high overdue (head, again 2), due 2023-02-20 15:00
        """
    assert lines(expected) == told(closed_under_an_old_authority, closed_by_a_clerk, closed_late, until="2023-03-10")
