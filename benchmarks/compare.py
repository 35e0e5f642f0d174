"""Two policies over a year of an agency's records: from CSV files in no order to what is different."""

import csv
import os
import resource
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from unittest.mock import patch

from benchmarks.agency import ASSESSMENTS, CHECKS, SEED, rows_of
from benchmarks.measuring import Took, in_a_child, middle, peak_mb, took
from benchmarks.report import Figure, Options, Report, shares, span, times
from benchmarks.stages import Ledger, all_of
from benchmarks.worlds import BATCH, NOW, configure, workplace
from riskwatch.adapters.postings import Postings
from riskwatch.bootstrap import comparison
from riskwatch.bootstrap.comparison import Case, compare_facts, count_letters
from riskwatch.core import course, rivalry
from riskwatch.core.climb import Climb
from riskwatch.core.comparing import Comparison, Span, Tally
from riskwatch.core.durations import parse_duration
from riskwatch.core.obligations import ChildFold
from riskwatch.core.policy import Policy
from riskwatch.core.workload import Counting, Workload
from riskwatch.settings.model import Settings

TARGET_S, TARGET_MB, TARGET_CHILDREN = 60, 400, 100_000
STAGED_CHILDREN = 2_000
FEW = 10
"""How many times fewer children show that memory does not grow with them."""
HEADS = {
    "children": ("child_ref", "unit", "officer", "closed_at", "closed_recorded_at"),
    "assessments": ("assessment_id", "child_ref", "concern", "tier", "assessed_at", "recorded_at"),
    "checks": ("check_id", "child_ref", "kind", "checked_at", "recorded_at"),
}
YEAR = Span(NOW - timedelta(days=365), NOW)
CHANGED = {"seen-high": "5 working days"}
"""Rules of the shipped policy that the new one changes, and their new interval."""


def run(options: Options) -> Report:
    """Measure a comparison of all children and of fewer, each in a process of its own that starts its own processes."""
    count, few = options.children, max(1, options.children // FEW)
    target_s = TARGET_S * count / TARGET_CHILDREN
    runs, floors, memory_mb, memory_of_few_mb = [], [], [], []
    for _ in range(options.rounds):
        with workplace() as folder:
            in_a_child(_write, folder, count)
            floors.append(in_a_child(_read, folder))
            one, peak = in_a_child(_compare, folder, count)
            runs.append(one)
            memory_mb.append(peak)
        with workplace() as folder:
            in_a_child(_write, folder, few)
            memory_of_few_mb.append(in_a_child(_compare, folder, few)[1])
    with workplace() as folder:
        in_a_child(_write, folder, STAGED_CHILDREN)
        spent_s = in_a_child(_staged, folder, STAGED_CHILDREN)
    mine, floor = middle(runs), middle(floors)
    rows = f"{count * (1 + ASSESSMENTS + CHECKS):,} rows, csv alone"
    figures = [
        Figure(
            f"{count:,} children, {os.cpu_count()} cores",
            span(mine.wall_s),
            span(mine.cpu_s),
            f"{span(floor.wall_s)} ({rows})",
            times(mine.wall_s, floor.wall_s),
            f"under {target_s:g} s",
        ),
        Figure(
            "peak of memory, largest process",
            f"{max(memory_mb):,.0f} MB",
            "",
            f"{max(memory_of_few_mb):,.0f} MB ({few:,} children)",
            times(max(memory_mb), max(memory_of_few_mb)),
            f"under {TARGET_MB} MB",
        ),
    ]
    return Report(figures, [f"CPU time by stage, of {STAGED_CHILDREN:,} children: {shares(spent_s)}"])


def _write(folder: Path, count: int) -> None:
    """Write the three files, in batches that are shuffled: no child's rows stand together."""
    chance, order = Random(SEED), Random(SEED)
    files = {name: (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") for name in HEADS}
    writers = {name: csv.writer(file) for name, file in files.items()}
    for name, head in HEADS.items():
        writers[name].writerow(head)
    for start in range(0, count, BATCH):
        numbers = list(range(start, min(start + BATCH, count)))
        for name, rows in zip(HEADS, rows_of(numbers, chance, NOW), strict=True):
            order.shuffle(rows)
            writers[name].writerows(row[:-1] for row in rows)
    for file in files.values():
        file.close()


def _read(folder: Path) -> Took:
    def read() -> None:
        for name in HEADS:
            with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
                for _ in csv.reader(file):
                    pass

    return took(read)


def _compare(folder: Path, count: int) -> tuple[Took, float]:
    """Return what a comparison took, with the CPU of all its processes, and the peak of the largest of them."""
    case = _case(folder)
    before_s = _cpu_of_children_s()
    mine = took(partial(_whole, case, folder, count))
    largest_mb = max(peak_mb(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e6)
    return mine._replace(cpu_s=mine.cpu_s + _cpu_of_children_s() - before_s), largest_mb


def _whole(case: Case, facts: Path, count: int) -> None:
    tally, workload = Tally(), Workload()
    for part in compare_facts(case, facts, lambda _: None):
        tally.merge(part.tally)
    for letters in count_letters(case):
        workload.merge(letters)
    if (tally.children, tally.failures) != (count, 0):
        raise RuntimeError(f"{tally.children} children where {count} were wanted, {tally.failures} not reckoned")


def _staged(folder: Path, children: int) -> dict[str, float]:
    """Return the CPU time of each stage of a comparison in this process."""
    ledger = Ledger()
    counted = (
        ledger.calls(comparison, "fill_buckets", "sort"),
        ledger.calls(comparison, "histories_of", "read"),
        ledger.calls(rivalry, "moments_before", "timeline"),
        ledger.calls(ChildFold, "feed", "fold"),
        ledger.calls(course, "newly_owed", "keep"),
        ledger.calls(course, "ended", "keep"),
        ledger.calls(Climb, "tell", "escalate"),
        ledger.calls(course, "escalate", "escalate"),
        ledger.calls(rivalry, "course", "course"),
        ledger.calls(Comparison, "add", "compare"),
        ledger.calls(Postings, "post", "letters"),
        ledger.calls(Counting, "add", "letters"),
    )
    case = _case(folder)
    in_this_process = patch.object(comparison, "_processes", lambda: 1)
    with all_of((*counted, in_this_process)), ledger.stage("other"):
        _whole(case, folder, children)
    return dict(ledger.spent_s)


def _cpu_of_children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _case(folder: Path) -> Case:
    settings: Settings = configure(folder)
    inside = folder / "temporary"
    inside.mkdir()
    policy = settings.policy
    return Case(policy, _changed(policy), settings.directory, YEAR, policy.calendar.timezone, inside)


def _changed(policy: Policy) -> Policy:
    rules = tuple(
        replace(rule, every=parse_duration(CHANGED[rule.name])) if rule.name in CHANGED else rule
        for rule in policy.rules
    )
    return replace(policy, rules=rules, version="changed")
