"""Writing the board: what the store and the records say now, put into pages."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog

from riskwatch.adapters.board_folder import BoardFolder
from riskwatch.adapters.pages.board import CASE_FILES, INDEX, BoardPages, case_file
from riskwatch.adapters.store.queries import Overdue
from riskwatch.bootstrap.service import Service
from riskwatch.core.facts import by_child
from riskwatch.core.faults import Fault, SourceFault
from riskwatch.core.obligations import fold
from riskwatch.core.sightings import settle
from riskwatch.core.spelling import counted
from riskwatch.entrypoints.board_cases import case_of
from riskwatch.entrypoints.board_index import age_of, board_of
from riskwatch.entrypoints.snapshot import take
from riskwatch.entrypoints.story import Story
from riskwatch.pipeline import refresh

SOON = timedelta(hours=72)
MAX_ROWS = 20_000
"""A bound on the rows of the board; that there were more is said on it."""
CASES_S = 2.0
"""How long the pages of cases may take at one time: the rest has its turn the next time."""
BATCH = 50
PAGES_AT_LEAST = 200
"""Pages of cases that are written in that time on a slow machine: a page waits for its turn no longer than that."""

log = structlog.get_logger()


class Written(NamedTuple):
    """What was written: the rows of the board, how many pages of how many cases, and how many could not be made."""

    overdue: int
    soon: int
    pages: int
    cases: int
    failed: int


class BoardWriter:
    """Writes the board again and again. It is for one thread at a time.

    The board is written whole each time. The pages of cases are written as far as the time for them goes: those that
    are missing first, the worst first, then those of which something has changed, then the oldest: each is renewed in
    its turn.
    """

    def __init__(self, *, cases_s: float = CASES_S, steady: Callable[[], float] = time.monotonic) -> None:
        self._cases_s = cases_s
        self._steady = steady
        self._pages = BoardPages()
        self._tried: dict[str, _Try] = {}

    def write(self, service: Service, folder: BoardFolder, now: datetime) -> Written:
        """Write the board as of now; the cases first, so that no link of the board leads nowhere.

        Raises StoreFault, and BoardFault where the folder cannot be written to. A source that does not answer leaves
        the cases' pages as they are, and is told on the board; so is a case whose page cannot be made.
        """
        snapshot = take(service.store, service.settings, now)
        found = service.store.reports.overdue(now + SOON, limit=MAX_ROWS + 1)
        found, beyond = found[:MAX_ROWS], found[MAX_ROWS:]
        cases = _cases(found)
        there = folder.names(CASE_FILES) & cases.keys()
        notes, done = [], _Done(turns=1 + len(cases) // PAGES_AT_LEAST)
        try:
            self._write_cases(service, folder, self._in_turn(cases, there), now, done)
        except SourceFault:
            notes.append("The records cannot be read now: the pages of the cases are as they were.")
        there |= done.written
        if done.failed:
            notes.append(f"The page of {counted(done.failed, 'case')} cannot be made; the log has more.")
        if len(there) < len(cases):
            notes.append(
                f"{len(there):,} of {len(cases):,} cases have a page by now; `riskwatch explain` tells of any."
            )
        index = board_of(service.settings, snapshot, found, there, notes, beyond=beyond)
        folder.put(INDEX, self._pages.index(index))
        folder.remove(folder.names(CASE_FILES) - cases.keys())
        self._tried = {name: tried for name, tried in self._tried.items() if name in cases}
        overdue, soon = (len(part.rows) for part in index.parts)
        return Written(overdue, soon, len(done.written), len(cases), done.failed)

    def _in_turn(self, cases: Mapping[str, "_Case"], there: Set[str]) -> Sequence["_Case"]:
        """Return the cases in the order in which their pages are to be written."""

        def turn(item: tuple[str, _Case]) -> tuple[int, float]:
            name, case = item
            tried = self._tried.get(name)
            if tried is None:
                return (1 if name in there else 0), 0.0
            return (1, 0.0) if tried.mark != case.mark else (2, tried.at_s)

        return [case for _, case in sorted(cases.items(), key=turn)]

    def _write_cases(
        self, service: Service, folder: BoardFolder, cases: Sequence["_Case"], now: datetime, done: "_Done"
    ) -> None:
        """Write pages as long as there is time for them, and note what came of it."""
        until_s = self._steady() + self._cases_s
        for start in range(0, len(cases), BATCH):
            if start and self._steady() >= until_s:
                return
            some = cases[start : start + BATCH]
            for story in _stories(service, [case.child_ref for case in some], now):
                self._write_case(service, folder, story, done)
            for case in some:  # one that the source no longer gives has had its turn, too
                self._tried[case_file(case.child_ref)] = _Try(case.mark, self._steady())

    def _write_case(self, service: Service, folder: BoardFolder, story: Story, done: "_Done") -> None:
        child_ref, settings = story.history.child.child_ref, service.settings
        try:
            age = age_of(settings, story.at, story.at, turns=done.turns)
            page = self._pages.case(case_of(list(story.records()), settings, age))
        except Fault:
            raise
        except Exception as error:  # a record that we cannot tell of must not hide the others
            log.exception("board-case-failed", child_ref=child_ref, error=type(error).__name__)
            done.failed += 1
            return
        folder.put(case_file(child_ref), page)
        done.written.add(case_file(child_ref))


class _Case(NamedTuple):
    """A child on the board. `mark` changes where something has changed that its page shows."""

    child_ref: str
    mark: int


class _Try(NamedTuple):
    """When a page was written last, or was to be, on the steady clock, and the mark of its case then."""

    mark: int
    at_s: float


class _Done:
    """What came of writing cases, so far."""

    def __init__(self, *, turns: int) -> None:
        """`turns` says how often the board may be written until each case has had its turn."""
        self.turns = turns
        self.written: set[str] = set()
        self.failed = 0


def _cases(found: Sequence[Overdue]) -> Mapping[str, _Case]:
    """Return the children on the board by the names of their pages, the worst first."""
    rows: dict[str, list[Overdue]] = {}
    for row in found:
        rows.setdefault(row.tracked.child_ref, []).append(row)
    return {case_file(ref): _Case(ref, hash(tuple(map(_mark, of_child)))) for ref, of_child in rows.items()}


def _mark(row: Overdue) -> tuple[object, ...]:
    watched = row.watched
    return row.tracked.key, row.tracked.told_until, row.tracked.next_notice_at, watched and watched.digest


def _stories(service: Service, child_refs: Sequence[str], now: datetime) -> Iterator[Story]:
    """Yield the stories of these children, as far as the source has records of them."""
    store, mandate = service.store, service.sweep.mandate
    reading = service.source.read(child_refs)
    with store.begin() as tx:
        first_reading = tx.last_run(refresh.STAGE, full=True) is None
        sightings = by_child(tx.sightings(child_refs))
    told = store.reports.told_of_children(child_refs)
    tracked = store.reports.tracked_of_children(child_refs)
    rejected = by_child(reading.rejected)
    for history in reading.histories:
        ref = history.child.child_ref
        settled = settle(history, sightings.get(ref, ()), now, first_reading=first_reading).history
        account = fold(settled, mandate.rulebook, now)
        found = rejected.get(ref, ()), told.get(ref, ())
        yield Story(now, settled, account, *found, mandate.policy, tracked.get(ref, ()))
