"""A raised tier pulls the deadline forward.

A child at standard risk of neglect was seen on Tuesday and would have three months. On Saturday night an assessment
says high risk of sexual abuse: the child must be seen within 24 hours, on a Sunday as on any day. Sunday's assessment
of the neglect, standard again, changes nothing: the stricter concern governs, whichever is later.
"""

from tests.builders import assessed, checked
from tests.scenarios.world import case, lines, told


def test_a_raised_tier_pulls_the_deadline_forward() -> None:
    """A raise counts from the moment of the raise, and the milder concern beside it does not soften it."""
    child = case(
        "C1",
        assessed("standard", "2023-02-06 09:00", concern="neglect"),
        checked("seen", "2023-02-07 09:00"),
        assessed("high", "2023-02-11 22:00", concern="sexual_abuse"),
        assessed("standard", "2023-02-12 08:00", concern="neglect"),
        checked("seen", "2023-02-13 10:00"),
    )

    expected = """
        Sun 2023-02-12 10:00  pc.one   C1 seen-high reminder, due 2023-02-12 22:00
        Sun 2023-02-12 22:00  pc.one   C1 seen-high overdue (officer), due 2023-02-12 22:00
        Mon 2023-02-13 02:00  ds.york  C1 seen-high overdue (supervisor), due 2023-02-12 22:00
        Mon 2023-02-13 10:00  ds.york  C1 seen-high cleared, due 2023-02-12 22:00
        Mon 2023-02-13 10:00  pc.one   C1 seen-high cleared, due 2023-02-12 22:00
        """
    assert lines(expected) == told(child, until="2023-02-20")
