"""A thousand children falling due in one sweep: decided, worded and committed."""

import shutil
from collections.abc import Callable
from pathlib import Path

from benchmarks.measuring import Took, in_a_child, middle, took
from benchmarks.report import Figure, Options, Report, rate, shares, times
from benchmarks.sqlite_floor import rows_told, write
from benchmarks.stages import Ledger, all_of
from benchmarks.worlds import FIRST, NOW, configure, owe, workplace
from riskwatch.adapters.letters import LetterWriter
from riskwatch.adapters.store import SqlStore
from riskwatch.bootstrap.letters import letter_writer
from riskwatch.core.mandate import Mandate
from riskwatch.pipeline import sweep as stage
from riskwatch.settings.model import Settings

CHILDREN = 1_000
ROUNDS = 5
TARGET = "3,000/s"


def run(options: Options) -> Report:
    """Measure with an officer for each child, and with ten children to an officer."""
    figures, notes = [], []
    for officers, name in ((CHILDREN, "an officer for each child"), (CHILDREN // 10, "ten children to an officer")):
        mine, floor, spent_s = in_a_child(_measure, officers, ROUNDS * options.rounds)
        cpu, by_floor = rate(CHILDREN, mine.cpu_s), f"{rate(CHILDREN, floor.wall_s)} (the same rows, bare driver)"
        ratio = times(mine.wall_s, floor.wall_s)
        figures.append(Figure(name, rate(CHILDREN, mine.wall_s), cpu, by_floor, ratio, TARGET))
        notes.append(f"{name}, CPU time by stage: {shares(spent_s)}")
    return Report(figures, notes)


def _measure(officers: int, rounds: int) -> tuple[Took, Took, dict[str, float]]:
    """Return what the sweep took, what its floor took, and the CPU time of a further sweep by stage."""
    with workplace() as folder:
        settings = configure(folder)
        empty, seeded = folder / "empty.db", folder / "seeded.db"
        SqlStore(f"sqlite:///{empty}").close()
        with SqlStore(f"sqlite:///{seeded}") as store:
            owe(store, settings.policy, CHILDREN, due_at=NOW, officers=officers)
        _sweep(settings, _copy(seeded, folder / "warm.db"), lambda action: action())
        mine, floors = [], []
        for number in range(rounds):
            swept = _copy(seeded, folder / f"swept-{number}.db")
            _sweep(settings, swept, lambda action: mine.append(took(action)))
            rows, path = rows_told(swept), _copy(empty, folder / f"floor-{number}.db")
            floors.append(took(lambda path=path, rows=rows: write(path, rows)))  # type: ignore[misc]
        ledger = Ledger()
        counted = (
            ledger.calls(stage, "escalate", "decide"),
            ledger.calls(LetterWriter, "render", "word"),
            ledger.store(reading="read", writing="write"),
        )
        with all_of(counted):
            _sweep(settings, _copy(seeded, folder / "staged.db"), lambda action: _staged(ledger, action))
        return middle(mine), middle(floors), dict(ledger.spent_s)


def _copy(path: Path, to: Path) -> Path:
    shutil.copyfile(path, to)
    return to


def _staged(ledger: Ledger, action: Callable[[], object]) -> None:
    ledger.spent_s.clear()
    with ledger.stage("put together"):
        action()


def _sweep(settings: Settings, path: Path, measure: Callable[[Callable[[], object]], object]) -> None:
    mandate = Mandate.of(settings.policy, settings.directory)
    with SqlStore(f"sqlite:///{path}") as store:
        sweep = stage.Sweep(store, letter_writer(settings), mandate)
        sweep.run(NOW - FIRST / 2)  # nothing is due: a daemon's statements are compiled by now
        measure(lambda: sweep.run(NOW))
        if sweep.run(NOW).due:
            raise RuntimeError("the sweep left something due")
