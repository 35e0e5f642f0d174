"""Many lengths of time: how they are distributed, and how long the long ones are."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from riskwatch.core.lengths import Lengths

HOUR = timedelta(hours=1)


def lengths(*hours: float) -> Lengths:
    """Lengths of so many hours."""
    found = Lengths()
    for one in hours:
        found.add(timedelta(hours=one))
    return found


def test_a_length_stands_in_the_first_step_that_holds_it() -> None:
    """A limit belongs to its own step; what is longer than all has the last; below nothing is nothing."""
    assert [2, 1, 0, 1] == lengths(-3, 1, 1.5, 100).among([HOUR, 2 * HOUR, 3 * HOUR])


def test_a_percentile_is_a_length_that_is_there() -> None:
    """The nearest rank, of one length as of many."""
    assert [2 * HOUR, 4 * HOUR, 4 * HOUR] == lengths(4, 2, 1, 3).percentiles(50, 90, 100)
    assert [HOUR, HOUR] == lengths(1).percentiles(1, 100)


def test_of_nothing_there_is_no_percentile() -> None:
    """None, not a nought that would look like a good figure."""
    assert [None, None] == Lengths().percentiles(50, 100)


@given(st.lists(st.integers(0, 100)), st.lists(st.integers(0, 100)))
def test_merged_lengths_are_those_of_both(some: list[int], others: list[int]) -> None:
    """Whoever counted them."""
    merged = lengths(*some)
    merged.merge(lengths(*others))
    both = lengths(*some, *others)
    limits = [number * HOUR for number in (0, 10, 50)]
    assert (len(both), both.among(limits)) == (len(merged), merged.among(limits))
    assert both.percentiles(50, 99) == merged.percentiles(50, 99)
