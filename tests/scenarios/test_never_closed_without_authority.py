"""Never closed without authority.

C1 is at very high risk, is seen, and is closed by a clerk the next day. The sergeant is told, and the child is simply
not closed: the visits go on falling due, until authority is recorded on 22 February and ends everything.

C2 is at very high risk, is seen, needs no further action, and is closed. Nothing is owed, yet the highest tier since
the child was opened asks for authority, and the sergeant is told.

C3's closure was authorised in January. The child is taken into police protection on 20 February and closed on the
21st: the older authority does not cover the new clock, which is told every twelve hours.
"""

from tests.builders import assessed, checked
from tests.scenarios.world import case, lines, told


def test_never_closed_without_authority() -> None:
    """A child at very high risk is closed by authority alone, and by one that knew of everything that was owed."""
    closed_by_a_clerk = case(
        "C1",
        assessed("very_high", "2023-02-06 09:00"),
        checked("seen", "2023-02-06 14:00"),
        checked("seen", "2023-02-08 14:00"),
        checked("closure_authorised", "2023-02-22 09:00"),
        closed_at="2023-02-07 10:00",
    )
    lowered_first = case(
        "C2",
        assessed("very_high", "2023-02-06 09:00"),
        checked("seen", "2023-02-06 14:00"),
        assessed("closed", "2023-02-07 09:00"),
        unit="scarborough",
        officer="pc.two",
        closed_at="2023-02-08 10:00",
    )
    taken_into_protection = case(
        "C3",
        assessed("standard", "2023-01-09 09:00"),
        checked("seen", "2023-01-09 14:00"),
        checked("closure_authorised", "2023-01-10 09:00"),
        checked("taken_into_protection", "2023-02-20 15:00"),
        officer="pc.three",
        closed_at="2023-02-21 10:00",
    )

    expected = """
        Tue 2023-02-07 10:00  ds.york         C1 closing closed unchecked, due 2023-02-13 14:00
        Wed 2023-02-08 10:00  ds.scarborough  C2 closing closed unchecked, due 2023-02-08 10:00
        Wed 2023-02-15 02:00  pc.one          C1 seen-very-high reminder, due 2023-02-15 14:00
        Wed 2023-02-15 14:00  pc.one          C1 seen-very-high overdue (officer), due 2023-02-15 14:00
        Wed 2023-02-15 18:00  ds.york         C1 seen-very-high overdue (supervisor), due 2023-02-15 14:00
        Thu 2023-02-16 14:00  di.york         C1 seen-very-high overdue (manager), due 2023-02-15 14:00
        Sat 2023-02-18 14:00  head            C1 seen-very-high overdue (head), due 2023-02-15 14:00
        Mon 2023-02-20 02:00  pc.three        C3 six-week-backstop reminder, due 2023-02-20 14:00
        Mon 2023-02-20 14:00  pc.three        C3 six-week-backstop overdue (officer), due 2023-02-20 14:00
        Mon 2023-02-20 18:00  ds.york         C3 six-week-backstop overdue (supervisor), due 2023-02-20 14:00
        Tue 2023-02-21 10:00  ds.york         C3 closing closed unchecked, due 2023-02-20 14:00
        Tue 2023-02-21 14:00  di.york         C3 six-week-backstop overdue (manager), due 2023-02-20 14:00
        Wed 2023-02-22 02:00  pc.one          C1 seen-high reminder, due 2023-02-22 14:00
        Wed 2023-02-22 09:00  di.york         C1 seen-very-high cleared, due 2023-02-15 14:00
        Wed 2023-02-22 09:00  ds.york         C1 seen-very-high cleared, due 2023-02-15 14:00
        Wed 2023-02-22 09:00  head            C1 seen-very-high cleared, due 2023-02-15 14:00
        Wed 2023-02-22 09:00  pc.one          C1 seen-very-high cleared, due 2023-02-15 14:00
        Wed 2023-02-22 15:00  pc.three        C3 police-protection reminder (warn-48), due 2023-02-23 15:00
        Thu 2023-02-23 03:00  pc.three        C3 police-protection reminder (warn-60), due 2023-02-23 15:00
        Thu 2023-02-23 14:00  head            C3 six-week-backstop overdue (head), due 2023-02-20 14:00
        Thu 2023-02-23 15:00  ds.york         C3 police-protection overdue (ended), due 2023-02-23 15:00
        Thu 2023-02-23 16:00  di.york         C3 police-protection overdue (manager), due 2023-02-23 15:00
        Fri 2023-02-24 04:00  di.york         C3 police-protection overdue (manager, again 1), due 2023-02-23 15:00
        Fri 2023-02-24 16:00  di.york         C3 police-protection overdue (manager, again 2), due 2023-02-23 15:00
        Sat 2023-02-25 04:00  di.york         C3 police-protection overdue (manager, again 3), due 2023-02-23 15:00
        Sat 2023-02-25 16:00  di.york         C3 police-protection overdue (manager, again 4), due 2023-02-23 15:00
        Sun 2023-02-26 04:00  di.york         C3 police-protection overdue (manager, again 5), due 2023-02-23 15:00
        Sun 2023-02-26 16:00  di.york         C3 police-protection overdue (manager, again 6), due 2023-02-23 15:00
        Mon 2023-02-27 04:00  di.york         C3 police-protection overdue (manager, again 7), due 2023-02-23 15:00
        Mon 2023-02-27 16:00  di.york         C3 police-protection overdue (manager, again 8), due 2023-02-23 15:00
        Tue 2023-02-28 04:00  di.york         C3 police-protection overdue (manager, again 9), due 2023-02-23 15:00
        Tue 2023-02-28 16:00  di.york         C3 police-protection overdue (manager, again 10), due 2023-02-23 15:00
        Wed 2023-03-01 04:00  di.york         C3 police-protection overdue (manager, again 11), due 2023-02-23 15:00
        Wed 2023-03-01 16:00  di.york         C3 police-protection overdue (manager, again 12), due 2023-02-23 15:00
        Thu 2023-03-02 04:00  di.york         C3 police-protection overdue (manager, again 13), due 2023-02-23 15:00
        Thu 2023-03-02 14:00  head            C3 six-week-backstop overdue (head, again 1), due 2023-02-20 14:00
        Thu 2023-03-02 16:00  di.york         C3 police-protection overdue (manager, again 14), due 2023-02-23 15:00
        Fri 2023-03-03 04:00  di.york         C3 police-protection overdue (manager, again 15), due 2023-02-23 15:00
        Fri 2023-03-03 16:00  di.york         C3 police-protection overdue (manager, again 16), due 2023-02-23 15:00
        Sat 2023-03-04 04:00  di.york         C3 police-protection overdue (manager, again 17), due 2023-02-23 15:00
        Sat 2023-03-04 16:00  di.york         C3 police-protection overdue (manager, again 18), due 2023-02-23 15:00
        """
    assert lines(expected) == told(closed_by_a_clerk, lowered_first, taken_into_protection, until="2023-03-05")
