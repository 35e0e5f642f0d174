"""Prints what it takes to word a letter and to give it its wire form: `python benchmarks/letters_bench.py`."""

import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from riskwatch.adapters.letters import LetterWriter
from riskwatch.core.notices import Draft, Kind, Line, Notice

ROUNDS = 3_000
NOW = datetime(2021, 9, 10, 13, 15, tzinfo=UTC)


def a_line(number: int) -> Line:
    """Return an overdue line with everything that a line may say."""
    due_at = NOW - timedelta(days=3, hours=4, minutes=number)
    notice = Notice(
        subject=f"C{number}|first-seen-high",
        generation=0,
        kind=Kind.OVERDUE,
        child_ref=f"NY/2021/{number:06}",
        rule="first-seen-high",
        step="manager",
        repeat=1,
        due_at=due_at,
        person="di@north.police.uk",
        passed_up=True,
        urgent=True,
    )
    return Line(
        notice,
        tier="high",
        unit="scarborough",
        officer="pc1@north.police.uk",
        started_at=due_at - timedelta(days=1),
        counts=("Child seen", "Child seen alone"),
        why="Knowsley local procedure (referral, 1 day)",
        next_role="head",
        next_at=NOW + timedelta(hours=20),
    )


def median_us(action: Callable[[], object], rounds: int) -> float:
    """Return the median time of an action, in microseconds."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter_ns()
        action()
        times.append(time.perf_counter_ns() - began)
    return statistics.median(times) / 1_000


def main() -> None:
    """Print a line for each size of letter."""
    writer = LetterWriter(
        templates=Path(__file__).parents[1] / "templates",
        marking="OFFICIAL-SENSITIVE",
        case_link="https://records.north.police.uk/case/{child_ref}",
        sender="riskwatch@north.police.uk",
        timezone=ZoneInfo("Europe/London"),
    )
    for count, rounds in ((1, ROUNDS), (10, ROUNDS // 3), (1_000, ROUNDS // 100)):
        draft = Draft("0123456789abcdef", "di@north.police.uk", NOW, [a_line(n) for n in range(count)])
        size = len(writer.render(draft).message)
        took_us = median_us(lambda draft=draft: writer.render(draft), rounds)  # type: ignore[misc]
        sys.stdout.write(f"{count:>5} notices: {took_us:>9.1f} us, {size:>9,} bytes\n")


if __name__ == "__main__":
    main()
