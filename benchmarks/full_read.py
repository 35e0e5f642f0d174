"""A first full read: every child's rows from the embedded tables, folded into obligations and kept."""

from pathlib import Path

from benchmarks.agency import ASSESSMENTS, CHECKS, fetch, fill
from benchmarks.measuring import Took, in_a_child, middle, peak_mb, took
from benchmarks.report import Figure, Options, Report, shares, span, times
from benchmarks.stages import Ledger, all_of
from benchmarks.worlds import NOW, configure, workplace
from riskwatch.adapters.source.sql import SqlSource
from riskwatch.adapters.store import SqlStore
from riskwatch.bootstrap.service import open_source, open_store
from riskwatch.core.mandate import Mandate
from riskwatch.pipeline import reading as stage
from riskwatch.pipeline.refresh import Refresh
from riskwatch.settings.model import Settings

TARGET_S, TARGET_MB, TARGET_CHILDREN = 40, 300, 100_000
STAGED_CHILDREN = 5_000
"""At most so many are read once more to see which stage takes how long."""


def run(options: Options) -> Report:
    """Measure each read on a database of its own and in a process of its own, with a floor before and after."""
    count = options.children
    target_s = TARGET_S * count / TARGET_CHILDREN
    reads, floors, memory_mb = [], [], []
    for _ in range(options.rounds):
        with workplace() as folder:
            in_a_child(_prepare, folder, count)
            floors.append(in_a_child(_fetch, folder, count))
            took_it, peak = in_a_child(_read, folder, count)
            reads.append(took_it)
            memory_mb.append(peak)
            floors.append(in_a_child(_fetch, folder, count))
    mine, floor = middle(reads), middle(floors)
    with workplace() as folder:
        staged = min(count, STAGED_CHILDREN)
        in_a_child(_prepare, folder, staged)
        spent_s = in_a_child(_staged, folder)
    rows = f"{count * (1 + ASSESSMENTS + CHECKS):,} rows, bare driver"
    by_floor, ratio = f"{span(floor.wall_s)} ({rows})", times(mine.wall_s, floor.wall_s)
    figures = [
        Figure(f"{count:,} children", span(mine.wall_s), span(mine.cpu_s), by_floor, ratio, f"under {target_s:g} s"),
        Figure("peak of memory", f"{max(memory_mb):,.0f} MB", "", "", "", f"under {TARGET_MB} MB"),
    ]
    return Report(figures, [f"CPU time by stage, of {staged:,} children: {shares(spent_s)}"])


def _prepare(folder: Path, count: int) -> None:
    settings = configure(folder)
    open_store(settings).close()
    fill(_database(folder), count, NOW)


def _fetch(folder: Path, count: int) -> Took:
    return took(lambda: _expect(fetch(_database(folder)), count * (1 + ASSESSMENTS + CHECKS)))


def _read(folder: Path, count: int) -> tuple[Took, float]:
    settings = configure(folder)
    with open_store(settings) as store:
        refresh, source = _refresh(settings, store)
        mine = took(lambda: _expect(refresh.full(NOW).changed, count))
        source.close()
    return mine, peak_mb()


def _staged(folder: Path) -> dict[str, float]:
    """Return the CPU time of each stage of a read."""
    ledger = Ledger()
    counted = (
        ledger.steps(SqlSource, "read_all", "read"),
        ledger.calls(stage, "digest", "digest"),
        ledger.calls(stage, "fold", "fold"),
        ledger.calls(stage, "reconcile", "reconcile"),
        ledger.store(reading="write", writing="write"),
    )
    settings = configure(folder)
    with open_store(settings) as store, all_of(counted):
        refresh, source = _refresh(settings, store)
        with ledger.stage("other"):
            refresh.full(NOW)
        source.close()
    return dict(ledger.spent_s)


def _refresh(settings: Settings, store: SqlStore) -> tuple[Refresh, SqlSource]:
    source = open_source(settings)
    return Refresh(source, store, Mandate.of(settings.policy, settings.directory)), source


def _database(folder: Path) -> Path:
    return folder / "riskwatch.db"


def _expect(given: int, wanted: int) -> None:
    if given != wanted:
        raise RuntimeError(f"{given} where {wanted} were wanted")
