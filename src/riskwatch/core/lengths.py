"""Many lengths of time, kept as whole seconds: how many, how they are distributed, and how long the long ones are."""

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from datetime import timedelta

_SECOND = timedelta(seconds=1)


class Lengths:
    """Lengths of time in no order; eight bytes each. One below nothing counts as nothing."""

    def __init__(self) -> None:
        self._seconds = array("q")

    def __len__(self) -> int:
        return len(self._seconds)

    def add(self, length: timedelta) -> None:
        """Keep one more."""
        self._seconds.append(max(0, length // _SECOND))

    def merge(self, other: "Lengths") -> None:
        """Keep those of another, too."""
        self._seconds.extend(other._seconds)

    def among(self, limits: Sequence[timedelta]) -> list[int]:
        """Return how many are at most as long as the first limit, then longer and at most the second, and so on.

        The last number is of those longer than every limit. The limits stand in order.
        """
        edges = [limit // _SECOND for limit in limits]
        counts = [0] * (len(edges) + 1)
        for seconds in self._seconds:
            counts[bisect_left(edges, seconds)] += 1
        return counts

    def percentiles(self, *percents: int) -> list[timedelta | None]:
        """Return for each percentage the shortest length that so many of a hundred do not exceed; None where none is.

        The nearest rank: a length that is there, not one in between.
        """
        ordered = sorted(self._seconds)
        if not ordered:
            return [None] * len(percents)
        ranks = (max(1, -(-len(ordered) * percent // 100)) for percent in percents)
        return [timedelta(seconds=ordered[rank - 1]) for rank in ranks]
