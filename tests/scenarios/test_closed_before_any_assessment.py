"""Closed before any assessment.

C1's record carries a closing date from an older matter when the first assessment comes in. Nothing was owed when it
was closed, and nobody is told of the closure; the assessment opens the child, and the clock runs.

C2 is assessed and closed at the very same minute. The assessment counts first, the closure is not honoured, and the
sergeant hears of it at once.
"""

from tests.builders import assessed, checked
from tests.scenarios.world import case, lines, told


def test_closed_before_any_assessment() -> None:
    """A closing date that is older than the danger, or as old, does not hide it."""
    records = (assessed("high", "2023-02-06 09:00"), checked("seen", "2023-02-07 10:00"))
    closed_earlier = case("C1", *records, closed_at="2023-02-01 09:00")
    closed_at_once = case("C2", *records, closed_at="2023-02-06 09:00")

    expected = """
        Mon 2023-02-06 09:00  ds.york  C2 closing closed unchecked, due 2023-02-07 09:00
        Mon 2023-02-06 21:00  pc.one   C1 seen-high reminder, due 2023-02-07 09:00
                              and      C2 seen-high reminder, due 2023-02-07 09:00
        Tue 2023-02-07 09:00  pc.one   C1 seen-high overdue (officer), due 2023-02-07 09:00
                              and      C2 seen-high overdue (officer), due 2023-02-07 09:00
        Tue 2023-02-07 10:00  pc.one   C1 seen-high cleared, due 2023-02-07 09:00
                              and      C2 seen-high cleared, due 2023-02-07 09:00
        Mon 2023-02-20 22:00  pc.one   C1 seen-high reminder, due 2023-02-21 10:00
        """
    assert lines(expected) == told(closed_earlier, closed_at_once, until="2023-02-21")
