"""Closed with authority.

C1 is closed as in the story of the phone call; two days later a supervisor authorises the closure. What is owed ends
there, and those who were told that it was overdue hear so once.

C2 was seen before the record was closed and nothing was overdue: the closure is honoured, and nothing at all is sent.
"""

from tests.builders import assessed, checked
from tests.scenarios.world import case, lines, told


def test_closed_with_authority() -> None:
    """Authority ends what is owed, and so does a visit before an ordinary closure."""
    authorised_afterwards = case(
        "C1",
        assessed("high", "2022-08-08 12:00"),
        checked("closure_authorised", "2022-08-10 10:00"),
        closed_at="2022-08-08 16:30",
    )
    seen_and_closed = case(
        "C2",
        assessed("medium", "2022-08-08 12:00"),
        checked("seen", "2022-08-09 10:00"),
        closed_at="2022-08-10 10:00",
    )

    expected = """
        Mon 2022-08-08 16:30  ds.york  C1 closing closed unchecked, due 2022-08-09 12:00
        Tue 2022-08-09 00:00  pc.one   C1 seen-high reminder, due 2022-08-09 12:00
        Tue 2022-08-09 12:00  pc.one   C1 seen-high overdue (officer), due 2022-08-09 12:00
        Tue 2022-08-09 16:00  ds.york  C1 seen-high overdue (supervisor), due 2022-08-09 12:00
        Wed 2022-08-10 10:00  ds.york  C1 seen-high cleared, due 2022-08-09 12:00
        Wed 2022-08-10 10:00  pc.one   C1 seen-high cleared, due 2022-08-09 12:00
        """
    assert lines(expected) == told(authorised_afterwards, seen_and_closed, until="2022-09-20")
