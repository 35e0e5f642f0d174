"""What a benchmark has to say: its figures, each beside its floor and its target, and how they are printed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

HEAD = ("figure", "measured", "CPU alone", "floor", "ratio", "target")


class Options(NamedTuple):
    """How much is measured."""

    children: int
    letters: int
    deadlines: int
    rounds: int


class Figure(NamedTuple):
    """One figure in words. `cpu` is the same figure by the measuring process's CPU time; blank where it has none."""

    name: str
    measured: str
    cpu: str
    floor: str
    ratio: str
    target: str


class Report(NamedTuple):
    """The figures of one benchmark, and what is to be known of them."""

    figures: Sequence[Figure]
    notes: Sequence[str] = ()


Benchmark = Callable[[Options], Report]


def in_text(name: str, report: Report) -> str:
    """Return a report as a table with its notes."""
    rows = [HEAD, *report.figures]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    rule = "-" * max(map(len, lines))
    return "\n".join([f"{name}", lines[0], rule, *lines[1:], *(f"  {note}" for note in report.notes), "", ""])


def span(seconds: float) -> str:
    """Return a time in words."""
    return f"{seconds:,.1f} s" if seconds >= 1 else f"{seconds * 1e3:,.2f} ms"


def rate(count: int, seconds: float) -> str:
    """Return how many were done in a second, in words."""
    return f"{count / seconds:,.0f}/s"


def times(mine: float, floor: float) -> str:
    """Return how many times the floor a time is, in words."""
    return f"{mine / floor:.2f}x"


def shares(spent_s: Mapping[str, float]) -> str:
    """Return the shares of time by stage, largest first, in words."""
    total_s = sum(spent_s.values())
    largest: Iterable[tuple[str, float]] = sorted(spent_s.items(), key=lambda pair: -pair[1])
    return ", ".join(f"{stage} {part_s / total_s:.0%}" for stage, part_s in largest)
