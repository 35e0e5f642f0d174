"""An invented agency: a hundred thousand children with five assessments and twenty checks each, in its own tables."""

import random
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.sqlite_floor import bare

ASSESSMENTS, CHECKS = 5, 20
"""Of each child."""
SEED = 1
BATCH = 1_000
CONCERNS = ("neglect", "sexual_abuse")
TIERS = ("standard", "medium", "high", "very_high")
KINDS = ("seen", "seen", "seen_alone", "phone_call")
TABLES = {"child": 6, "assessment": 7, "recorded_check": 6}
"""The embedded tables, and how many columns each has."""

Rows = tuple[list[tuple[Any, ...]], list[tuple[Any, ...]], list[tuple[Any, ...]]]


def fill(path: Path, count: int, now: datetime) -> None:
    """Put children into the embedded tables of a store."""
    chance = random.Random(SEED)
    numbers = iter(range(count))
    with closing(bare(path)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        while batch := list(islice(numbers, BATCH)):
            for (table, columns), rows in zip(TABLES.items(), rows_of(batch, chance, now), strict=True):
                marks = ", ".join("?" * columns)
                connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
        connection.execute("COMMIT")


def fetch(path: Path) -> int:
    """Fetch every row by the bare driver, and return how many there were."""
    with closing(bare(path)) as connection:
        return sum(len(some) for table in TABLES for some in _fetched(connection.execute(f"SELECT * FROM {table}")))


def _fetched(cursor: Any) -> Iterator[list[Any]]:
    while some := cursor.fetchmany(BATCH):
        yield some


def rows_of(numbers: list[int], chance: random.Random, now: datetime) -> Rows:
    """Return the rows of some children in each of the tables."""
    children: list[tuple[Any, ...]] = []
    assessments: list[tuple[Any, ...]] = []
    checks: list[tuple[Any, ...]] = []
    changed_at = _text(now)
    for number in numbers:
        child_ref = f"C{number:06}"
        officer = f"pc{number % 3000}@example.police.uk"
        children.append((child_ref, f"unit{number % 50}", officer, None, None, changed_at))
        for one in range(ASSESSMENTS):
            at = now - timedelta(days=chance.uniform(1, 365))
            recorded_at = _text(at + timedelta(hours=chance.choice([0, 0, 3])))
            concern, tier = chance.choice(CONCERNS), chance.choice(TIERS)
            assessments.append((f"A{number}-{one}", child_ref, concern, tier, _text(at), recorded_at, changed_at))
        for one in range(CHECKS):
            at = now - timedelta(days=18.25 * (CHECKS - one) - chance.uniform(0, 18))
            recorded_at = _text(at + timedelta(hours=chance.choice([0, 0, 5])))
            checks.append((f"K{number}-{one}", child_ref, chance.choice(KINDS), _text(at), recorded_at, changed_at))
    return children, assessments, checks


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()[:19] + "Z"
