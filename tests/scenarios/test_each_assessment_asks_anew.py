"""Each assessment asks anew.

A force holds a core group within two working days of every assessment on high, not only where the risk has risen.
Monday's assessment is answered by the meeting on Tuesday morning. Tuesday's, an hour later and high again, asks for
another one. Wednesday's, standard, asks for none, and takes nothing back.
"""

from tests.builders import assessed, checked
from tests.example_policy import rule
from tests.scenarios.world import case, example_with, lines, told

CORE_GROUP = rule(
    "core-group", tiers=["high"], starts_on="assessment", first="2 working days", satisfied_by=["core_group"]
)


def test_each_assessment_asks_anew() -> None:
    """A rule that starts on each assessment is answered for each of them."""
    child = case(
        "C1",
        assessed("high", "2023-02-06 09:00"),
        checked("core_group", "2023-02-07 08:00"),
        assessed("high", "2023-02-07 09:00"),
        assessed("standard", "2023-02-08 09:00"),
        checked("core_group", "2023-02-09 11:00"),
    )

    expected = """
        Wed 2023-02-08 21:00  pc.one  C1 core-group reminder, due 2023-02-09 09:00
        Thu 2023-02-09 09:00  pc.one  C1 core-group overdue (officer), due 2023-02-09 09:00
        Thu 2023-02-09 11:00  pc.one  C1 core-group cleared, due 2023-02-09 09:00
        """
    assert lines(expected) == told(child, until="2023-03-01", under=example_with(rules=(CORE_GROUP,)))
