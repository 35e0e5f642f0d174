"""A ladder of one step.

A small force has one inspector for everything: the ladder has one step, to the manager at the deadline, repeated
daily. The one step is also the last: it is told, and told again every day, until the child is seen.
"""

from tests.builders import assessed, checked
from tests.example_policy import ladder, rule, step
from tests.scenarios.world import case, example_with, lines, told

SEEN = rule("seen", first="24 hours", ladder="inspector")
INSPECTOR = ladder(step("inspector", "0 hours", "manager"), name="inspector", repeat_every="1 day")


def test_a_ladder_of_one_step() -> None:
    """One step is enough to be told, and told again."""
    child = case("C1", assessed("high", "2023-02-06 09:00"), checked("seen", "2023-02-09 12:00"))
    policy = example_with(rules=(SEEN,), ladders={"inspector": INSPECTOR})

    expected = """
        Tue 2023-02-07 09:00  di.york  C1 seen overdue (inspector), due 2023-02-07 09:00
        Wed 2023-02-08 09:00  di.york  C1 seen overdue (inspector, again 1), due 2023-02-07 09:00
        Thu 2023-02-09 09:00  di.york  C1 seen overdue (inspector, again 2), due 2023-02-07 09:00
        Thu 2023-02-09 12:00  di.york  C1 seen cleared, due 2023-02-07 09:00
        """
    assert lines(expected) == told(child, until="2023-03-01", under=policy)
