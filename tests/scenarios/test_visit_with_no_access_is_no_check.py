"""A visit with no access is no check.

A child at medium risk is to be seen within three days. An officer calls on 11 April and nobody answers the door; the
school sees the child on the 12th. Neither is a police check: the deadline keeps running and is told up the ladder. The
failed visit moreover starts a follow-up of its own, five working days, with Easter in between. The visit on 28 April
settles both, and everybody who was told hears so once.
"""

from tests.builders import assessed, checked
from tests.scenarios.world import case, lines, told


def test_a_visit_with_no_access_is_no_check() -> None:
    """A closed door stops no clock and starts another one."""
    child = case(
        "C1",
        assessed("medium", "2022-04-08 16:00"),
        checked("no_access", "2022-04-11 18:00"),
        checked("seen_by_agency", "2022-04-12 09:30"),
        checked("seen", "2022-04-28 15:00"),
        unit="scarborough",
    )

    expected = """
        Sun 2022-04-10 16:00  pc.one          C1 seen-medium reminder, due 2022-04-11 16:00
        Mon 2022-04-11 16:00  pc.one          C1 seen-medium overdue (officer), due 2022-04-11 16:00
        Tue 2022-04-12 16:00  ds.scarborough  C1 seen-medium overdue (supervisor), due 2022-04-11 16:00
        Thu 2022-04-14 16:00  di.scarborough  C1 seen-medium overdue (manager), due 2022-04-11 16:00
        Tue 2022-04-19 18:00  pc.one          C1 no-access-follow-up reminder, due 2022-04-20 18:00
        Wed 2022-04-20 18:00  pc.one          C1 no-access-follow-up overdue (officer), due 2022-04-20 18:00
        Thu 2022-04-21 18:00  ds.scarborough  C1 no-access-follow-up overdue (supervisor), due 2022-04-20 18:00
        Mon 2022-04-25 18:00  di.scarborough  C1 no-access-follow-up overdue (manager), due 2022-04-20 18:00
        Wed 2022-04-27 16:00  head            C1 seen-medium overdue (head), due 2022-04-11 16:00
        Thu 2022-04-28 15:00  di.scarborough  C1 no-access-follow-up cleared, due 2022-04-20 18:00
                              and             C1 seen-medium cleared, due 2022-04-11 16:00
        Thu 2022-04-28 15:00  ds.scarborough  C1 no-access-follow-up cleared, due 2022-04-20 18:00
                              and             C1 seen-medium cleared, due 2022-04-11 16:00
        Thu 2022-04-28 15:00  head            C1 seen-medium cleared, due 2022-04-11 16:00
        Thu 2022-04-28 15:00  pc.one          C1 no-access-follow-up cleared, due 2022-04-20 18:00
                              and             C1 seen-medium cleared, due 2022-04-11 16:00
        """
    assert lines(expected) == told(child, until="2022-05-20")
