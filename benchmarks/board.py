"""The board of a force with a backlog: the page of who is overdue, and as many cases' pages as there is time for."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path

from benchmarks.agency import ASSESSMENTS, CHECKS, fill
from benchmarks.measuring import Took, in_a_child, middle, peak_mb, took
from benchmarks.report import Figure, Options, Report, rate, shares, span, times
from benchmarks.sqlite_floor import bare
from benchmarks.stages import Ledger, all_of
from benchmarks.worlds import NOW, configure, owe, workplace
from riskwatch.adapters.board_folder import BoardFolder
from riskwatch.adapters.pages.board import BoardPages
from riskwatch.adapters.store.queries import Reports
from riskwatch.bootstrap.service import open_service, open_store
from riskwatch.entrypoints import boarding
from riskwatch.entrypoints.boarding import BoardWriter, Written
from riskwatch.pipeline.simulation import Mailbag

TARGET_S, TARGET_CHILDREN = 5, 100_000
OVERDUE, SOON = 20, 30
"""One child in so many is overdue, and one in so many is due within three days."""
OFFICERS = 3000
LATEST, NEXT = timedelta(days=40), timedelta(hours=70)
GROUPS = 40
"""So many moments at which children were or are due: the same for many of them."""
FLOOR = (
    "SELECT o.*, w.* FROM obligation o LEFT JOIN watched w ON w.child_ref = o.child_ref "
    "WHERE o.ended_at IS NULL AND o.due_at <= ? ORDER BY o.due_at"
)


def run(options: Options) -> Report:
    """Measure a first board and the one after it, in a process of its own each."""
    count = options.children
    target = f"under {TARGET_S * max(1.0, count / TARGET_CHILDREN):g} s"
    firsts, seconds, floors, memory_mb = [], [], [], []
    with workplace() as folder:
        in_a_child(_prepare, folder, count)
        for number in range(options.rounds):
            first, second, written, peak = in_a_child(_write, folder, number)
            floors.append(in_a_child(_fetch, folder, written.overdue + written.soon))
            firsts.append(first)
            seconds.append(second)
            memory_mb.append(peak)
        spent_s = in_a_child(_staged, folder)
    floor = middle(floors)
    rows = f"{written.overdue + written.soon:,} rows, bare driver"
    figures = [
        _figure(name, middle(runs), f"{span(floor.wall_s)} ({rows})", floor, target)
        for name, runs in (("the first board", firsts), ("the next board", seconds))
    ]
    figures.append(Figure("peak of memory", f"{max(memory_mb):,.0f} MB", "", "", "", ""))
    notes = [
        f"of {count:,} children: {written.overdue:,} overdue, {written.soon:,} due soon; "
        f"pages of {written.pages:,} of {written.cases:,} cases in {boarding.CASES_S:g} s "
        f"({rate(written.pages, boarding.CASES_S)}), with {ASSESSMENTS + CHECKS} records each",
        f"CPU time by stage: {shares(spent_s)}",
    ]
    return Report(figures, notes)


def _figure(name: str, mine: Took, floor_words: str, floor: Took, target: str) -> Figure:
    return Figure(name, span(mine.wall_s), span(mine.cpu_s), floor_words, times(mine.wall_s, floor.wall_s), target)


def _prepare(folder: Path, count: int) -> None:
    settings = configure(folder)
    overdue, soon = max(1, count // OVERDUE), max(1, count // SOON)
    with open_store(settings) as store:
        begun = 0
        for some, ahead in ((overdue, -LATEST), (soon, NEXT)):
            for group in range(GROUPS):
                number = some * (group + 1) // GROUPS - some * group // GROUPS
                due_at = NOW + ahead * (group + 1) / GROUPS
                owe(store, settings.policy, number, due_at=due_at, officers=OFFICERS, first=begun)
                begun += number
        rest = max(0, count - begun)
        owe(store, settings.policy, rest, due_at=NOW + timedelta(days=9), officers=OFFICERS, first=begun)
    fill(folder / "riskwatch.db", count, NOW)


def _fetch(folder: Path, wanted: int) -> Took:
    def fetched() -> None:
        with closing(bare(folder / "riskwatch.db")) as connection:
            until = (NOW + boarding.SOON).strftime("%Y-%m-%dT%H:%M:%SZ")
            given = len(connection.execute(FLOOR, (until,)).fetchall())
        if given != wanted:
            raise RuntimeError(f"{given} where {wanted} were wanted")

    return took(fetched)


def _write(folder: Path, number: int) -> tuple[Took, Took, Written, float]:
    """Write a board into a folder of its own, and a second time."""
    with open_service(configure(folder), outbox=lambda _: Mailbag()) as service:
        writer, place = BoardWriter(), BoardFolder(folder / f"board-{number}")
        results: list[Written] = []
        first = took(lambda: results.append(writer.write(service, place, NOW)))
        second = took(lambda: results.append(writer.write(service, place, NOW)))
    return first, second, results[0], peak_mb()


def _staged(folder: Path) -> dict[str, float]:
    """Return the CPU time of each stage of a first board."""
    ledger = Ledger()
    counted = (
        ledger.calls(boarding, "take", "health"),
        ledger.calls(Reports, "overdue", "rows read"),
        ledger.calls(boarding, "board_of", "rows in words"),
        ledger.calls(BoardPages, "index", "board in HTML"),
        ledger.steps(boarding, "_stories", "cases read and folded"),
        ledger.calls(boarding, "case_of", "cases in words"),
        ledger.calls(BoardPages, "case", "cases in HTML"),
        ledger.calls(BoardFolder, "put", "files"),
    )
    with open_service(configure(folder), outbox=lambda _: Mailbag()) as service, all_of(counted), ledger.stage("other"):
        BoardWriter().write(service, BoardFolder(folder / "board-staged"), NOW)
    return dict(ledger.spent_s)
