"""A closing date without a recorded time counts from when the service first saw it, and its loss from when it was lost.

The child of these tests is at high risk, was seen on Monday 6 February 2023 at 14:00, and is due again on the 20th.
"""

from collections.abc import Sequence

from riskwatch.core.facts import History
from riskwatch.core.tracking import Standing, Watched
from tests.builders import assessed, checked
from tests.pipeline.builders import Works, recorded

RECORDS = (assessed(), checked("seen", "2023-02-06 14:00"))


def seen_child(closed: str | None = None) -> History:
    """The child, closed on a date that came without a recorded time."""
    return recorded("C1", *RECORDS, closed=closed)


def watched(works: Works) -> Watched:
    """Return the child as last read."""
    with works.store.begin() as tx:
        return tx.watched(["C1"])["C1"]


def sent_on(works: Works, *days: str) -> Sequence[Sequence[str]]:
    """Return what was sent in a round on each day."""
    return [works.round(day) for day in days]


def test_the_first_reading_of_all_believes_the_date() -> None:
    """When the service first looks, nobody can know when the date was typed in: the date itself has to do."""
    works = Works(seen_child(closed="2023-02-10 10:00"))

    assert works.round("2023-03-01 09:00") == []
    assert watched(works).standing is Standing.CLOSED


def test_a_date_first_seen_later_counts_from_then() -> None:
    """A date that was not there at an earlier reading is judged as of its first sight: the child is overdue by then."""
    works = Works(seen_child())
    works.read("2023-02-07 09:00")

    works.source.put(seen_child(closed="2023-02-10 10:00"))
    works.read("2023-03-01 09:00")
    works.tell("2023-03-01 09:00")

    assert sorted({told.notice.kind for told in works.told()}) == ["closed_unchecked", "overdue"]


def test_a_date_of_the_future_counts_from_its_own_day() -> None:
    """A closure that is announced closes nothing before its day, and the service wakes for it."""
    works = Works(seen_child(closed="2023-02-10 10:00"))

    works.read("2023-02-07 09:00")
    announced = watched(works).standing
    works.read("2023-02-10 10:00")

    assert (announced, watched(works).standing) == (Standing.OPEN, Standing.CLOSED)


def test_the_date_that_was_seen_is_remembered_after_a_restart() -> None:
    """A new process does not mistake its own first reading for the first of all."""
    works = Works(seen_child())
    works.read("2023-02-07 09:00")
    works.source.put(seen_child(closed="2023-02-10 10:00"))
    works.read("2023-02-15 09:00")

    works.restart()
    works.source.put(seen_child(closed="2023-02-10 10:00"), recorded("C2"))
    works.read("2023-03-01 09:00")

    assert watched(works).standing is Standing.CLOSED


def test_a_date_that_disappears_opens_the_child_from_then() -> None:
    """A record that is opened again owes a first visit from the moment of opening, and nothing for the time before."""
    works = Works(seen_child(closed="2023-02-10 10:00"))
    assert works.round("2023-02-15 09:00") == []

    works.source.put(seen_child())

    assert sent_on(works, "2023-03-01 09:00", "2023-03-01 21:00", "2023-03-02 09:00") == [
        [],
        ["pc.one: reminder C1 reminder"],
        ["pc.one: overdue C1 officer"],
    ]
    assert watched(works).standing is Standing.OPEN
