"""The officer is away.

Three children at medium risk were seen on 15 May and are due again on 12 June. The first one's officer is on long-term
sick leave without cover, the second one's has cover, the third one's has left the force.

Nothing goes to an empty desk: it passes up at once to the sergeant, who gets one letter for both children and is not
told again by his own step. The cover reads what the covered officer would have read.
"""

from tests.builders import assessed, checked
from tests.scenarios.world import case, lines, told


def test_the_officer_is_away() -> None:
    """An absent officer's cases are somebody's: the cover's, or else the sergeant's at once."""
    visits = (
        assessed("medium", "2024-05-14 10:00"),
        checked("seen", "2024-05-15 10:00"),
        checked("seen", "2024-06-20 10:00"),
    )
    sick = case("C1", *visits, officer="pc.sick")
    covered = case("C2", *visits, officer="pc.away")
    gone = case("C3", *visits, officer="pc.left")

    expected = """
        Tue 2024-06-11 10:00  ds.york   C1 seen-medium reminder (passed up), due 2024-06-12 10:00
                              and       C3 seen-medium reminder (passed up), due 2024-06-12 10:00
        Tue 2024-06-11 10:00  pc.cover  C2 seen-medium reminder, due 2024-06-12 10:00
        Wed 2024-06-12 10:00  ds.york   C1 seen-medium overdue (officer, passed up), due 2024-06-12 10:00
                              and       C3 seen-medium overdue (officer, passed up), due 2024-06-12 10:00
        Wed 2024-06-12 10:00  pc.cover  C2 seen-medium overdue (officer), due 2024-06-12 10:00
        Thu 2024-06-13 10:00  ds.york   C2 seen-medium overdue (supervisor), due 2024-06-12 10:00
        Mon 2024-06-17 10:00  di.york   C1 seen-medium overdue (manager), due 2024-06-12 10:00
                              and       C2 seen-medium overdue (manager), due 2024-06-12 10:00
                              and       C3 seen-medium overdue (manager), due 2024-06-12 10:00
        Thu 2024-06-20 10:00  di.york   C1 seen-medium cleared, due 2024-06-12 10:00
                              and       C2 seen-medium cleared, due 2024-06-12 10:00
                              and       C3 seen-medium cleared, due 2024-06-12 10:00
        Thu 2024-06-20 10:00  ds.york   C1 seen-medium cleared, due 2024-06-12 10:00
                              and       C2 seen-medium cleared, due 2024-06-12 10:00
                              and       C3 seen-medium cleared, due 2024-06-12 10:00
        Thu 2024-06-20 10:00  pc.cover  C2 seen-medium cleared, due 2024-06-12 10:00
        """
    assert lines(expected) == told(sick, covered, gone, until="2024-07-10")
