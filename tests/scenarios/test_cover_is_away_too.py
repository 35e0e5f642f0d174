"""The cover is away too.

C1's officer is away, and the officer who covers is away as well, with a cover of their own. Covers are not followed
from one to the next: nobody in that chain was ever told of this child. The sergeant hears at once in the officer's
place.

C2's officer has two absences that overlap. The first one's cover is the officer who is away; the second one's is
there, and gets what the officer would have got.
"""

from tests.builders import absence, assessed, checked
from tests.scenarios.world import DOMAIN, case, example_with, lines, told

FIRST, SECOND, THIRD, TWICE = (f"pc.{name}{DOMAIN}" for name in ("first", "second", "third", "twice"))


def test_the_cover_is_away_too() -> None:
    """A cover who is away is no cover; another absence's cover may be."""
    absences = [
        absence(FIRST, "2024-06-01", "2024-06-30", cover=SECOND),
        absence(SECOND, "2024-06-01", "2024-06-30", cover=THIRD),
        absence(TWICE, "2024-06-01", "2024-06-30", cover=SECOND),
        absence(TWICE, "2024-06-05", "2024-06-20", cover=THIRD),
    ]
    visits = (assessed("high", "2024-06-10 09:00"), checked("seen", "2024-06-12 10:00"))
    chained = case("C1", *visits, officer=FIRST)
    covered_twice = case("C2", *visits, officer=TWICE)

    expected = """
        Mon 2024-06-10 21:00  ds.york   C1 seen-high reminder (passed up), due 2024-06-11 09:00
        Mon 2024-06-10 21:00  pc.third  C2 seen-high reminder, due 2024-06-11 09:00
        Tue 2024-06-11 09:00  ds.york   C1 seen-high overdue (officer, passed up), due 2024-06-11 09:00
        Tue 2024-06-11 09:00  pc.third  C2 seen-high overdue (officer), due 2024-06-11 09:00
        Tue 2024-06-11 13:00  ds.york   C2 seen-high overdue (supervisor), due 2024-06-11 09:00
        Wed 2024-06-12 09:00  di.york   C1 seen-high overdue (manager), due 2024-06-11 09:00
                              and       C2 seen-high overdue (manager), due 2024-06-11 09:00
        Wed 2024-06-12 10:00  di.york   C1 seen-high cleared, due 2024-06-11 09:00
                              and       C2 seen-high cleared, due 2024-06-11 09:00
        Wed 2024-06-12 10:00  ds.york   C1 seen-high cleared, due 2024-06-11 09:00
                              and       C2 seen-high cleared, due 2024-06-11 09:00
        Wed 2024-06-12 10:00  pc.third  C2 seen-high cleared, due 2024-06-11 09:00
        """
    assert lines(expected) == told(chained, covered_twice, until="2024-06-13", under=example_with(*absences))
