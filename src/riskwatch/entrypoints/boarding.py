"""Writing the board: what the store and the records say now, put into pages."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from datetime import datetime, timedelta
from typing import NamedTuple

from riskwatch.adapters.board_folder import BoardFolder
from riskwatch.adapters.pages.board import CASE_FILES, INDEX, Board, BoardPages, Row, Tally, case_file
from riskwatch.adapters.store.queries import Overdue
from riskwatch.bootstrap.service import Service
from riskwatch.core.escalation import next_step
from riskwatch.core.facts import by_child
from riskwatch.core.faults import SourceFault
from riskwatch.core.obligations import fold
from riskwatch.core.policy import Policy
from riskwatch.core.sightings import settle
from riskwatch.core.spelling import spell, wall_clock
from riskwatch.entrypoints.board_cases import case_of
from riskwatch.entrypoints.snapshot import Snapshot, take
from riskwatch.entrypoints.story import Story
from riskwatch.pipeline import refresh

SOON = timedelta(hours=72)
MAX_ROWS = 20_000
"""A bound on the rows of the board; that there were more is said on it."""
CASES_S = 2.0
"""How long the pages of cases may take at one time: the rest has its turn the next time."""
BATCH = 100
BUSIEST = 15
"""Officers counted by name, those with the most first; how many more there are is said."""


class Written(NamedTuple):
    """What was written: the rows of the board, and how many cases' pages of how many."""

    overdue: int
    soon: int
    pages: int
    cases: int


class BoardWriter:
    """Writes the board again and again. It is for one thread at a time.

    The board is written whole each time. The pages of cases are written as far as `CASES_S` go: those that are missing
    first, then those of which something has changed, then the oldest: each is renewed in its turn.
    """

    def __init__(self, *, steady: Callable[[], float] = time.monotonic) -> None:
        self._steady = steady
        self._pages = BoardPages()
        self._mine: dict[str, _Page] = {}

    def write(self, service: Service, folder: BoardFolder, now: datetime) -> Written:
        """Write the board as of now; the cases first, so that no link of the board leads nowhere.

        Raises StoreFault, and BoardFault where the folder cannot be written to. A source that does not answer leaves
        the cases' pages as they are, and is told on the board.
        """
        policy = service.sweep.mandate.policy
        snapshot = take(service.store, service.settings, now)
        found = service.store.reports.overdue(now + SOON, limit=MAX_ROWS + 1)
        notes = []
        if len(found) > MAX_ROWS:
            notes.append(f"Only the {MAX_ROWS:,} deadlines that are latest are listed; `riskwatch overdue` has all.")
            found = found[:MAX_ROWS]
        marks = _marks(found)
        there = {name for name in folder.names(CASE_FILES) if name in marks}
        try:
            written = self._write_cases(service, folder, self._in_turn(marks, there), now)
        except SourceFault:
            written = set()
            notes.append("The records cannot be read now: the pages of the cases are as they were.")
        there |= written
        if len(there) < len(marks):
            notes.append(
                f"Of {len(marks):,} cases {len(there):,} have their page by now; `riskwatch explain` tells of any."
            )
        rows = [_row(row, policy, now, there) for row in found]
        late, soon = [row for row in rows if row.late_s >= 0], [row for row in rows if row.late_s < 0]
        folder.put(INDEX, self._pages.index(_board(service, snapshot, late, soon, notes)))
        folder.remove(folder.names(CASE_FILES) - marks.keys())
        self._mine = {name: page for name, page in self._mine.items() if name in marks}
        return Written(len(late), len(soon), len(written), len(marks))

    def _in_turn(self, marks: Mapping[str, "_Case"], there: Set[str]) -> Sequence["_Case"]:
        """Return the cases in the order in which their pages are to be written."""

        def turn(item: tuple[str, _Case]) -> tuple[int, float]:
            name, case = item
            page = self._mine.get(name)
            if name not in there:
                return 0, 0.0
            return (1, 0.0) if page is None or page.mark != case.mark else (2, page.at_s)

        return [case for _, case in sorted(marks.items(), key=turn)]

    def _write_cases(self, service: Service, folder: BoardFolder, cases: Sequence["_Case"], now: datetime) -> set[str]:
        """Write pages as long as there is time for them; return their names."""
        until_s = self._steady() + CASES_S
        mandate = service.sweep.mandate
        written: set[str] = set()
        for start in range(0, len(cases), BATCH):
            if start and self._steady() >= until_s:
                break
            some = {case.child_ref: case for case in cases[start : start + BATCH]}
            for story in _stories(service, list(some), now):
                ref = story.history.child.child_ref
                case = case_of(list(story.records()), mandate.policy.calendar, service.settings.letters.marking)
                folder.put(case_file(ref), self._pages.case(case))
                written.add(case_file(ref))
                self._mine[case_file(ref)] = _Page(some[ref].mark, self._steady())
        return written


class _Case(NamedTuple):
    """A child on the board. `mark` changes where something has changed that its page shows."""

    child_ref: str
    mark: int


class _Page(NamedTuple):
    mark: int
    at_s: float  # on the steady clock


def _marks(found: Sequence[Overdue]) -> dict[str, _Case]:
    """Return the children on the board by the names of their pages, the worst first."""
    seen: dict[str, list[object]] = {}
    for row in found:
        seen.setdefault(row.tracked.child_ref, []).append(row)
    return {case_file(ref): _Case(ref, hash(repr(rows))) for ref, rows in seen.items()}


def _stories(service: Service, child_refs: Sequence[str], now: datetime) -> Iterator[Story]:
    """Yield the stories of these children, as far as the source has records of them."""
    store, mandate = service.store, service.sweep.mandate
    reading = service.source.read(child_refs)
    with store.begin() as tx:
        first_reading = tx.last_run(refresh.STAGE, full=True) is None
        sightings = by_child(tx.sightings(child_refs))
    told = store.reports.told_of_children(child_refs)
    rejected = by_child([row for row in reading.rejected if row.child_ref in child_refs])
    for history in reading.histories:
        ref = history.child.child_ref
        settled = settle(history, sightings.get(ref, ()), now, first_reading=first_reading).history
        account = fold(settled, mandate.rulebook, now)
        yield Story(now, settled, account, rejected.get(ref, ()), told.get(ref, ()), mandate.policy)


def _board(
    service: Service, snapshot: Snapshot, late: Sequence[Row], soon: Sequence[Row], notes: Sequence[str]
) -> Board:
    settings, zone = service.settings, service.settings.policy.calendar.timezone
    read_at = snapshot.figures.refresh.good_at
    officers = _tallies("officer", late, soon)
    if len(officers) > BUSIEST:
        notes = [*notes, f"By officer: the {BUSIEST} with the most of {len(officers)}."]
    return Board(
        marking=settings.letters.marking,
        made=wall_clock(snapshot.at, zone),
        read="" if read_at is None else wall_clock(read_at, zone),
        read_at_s=0 if read_at is None else int(read_at.timestamp()),
        stale_after_s=int(2 * max(settings.board.every, settings.source.refresh_every).total_seconds()),
        problems=[problem.message for problem in snapshot.problems],
        overdue=late,
        soon=soon,
        soon_span="72 hours",
        tallies=[
            ("unit", _tallies("unit", late, soon)),
            ("tier", _tallies("tier", late, soon)),
            ("officer", officers[:BUSIEST]),
        ],
        notes=notes,
    )


def _row(one: Overdue, policy: Policy, now: datetime, names: Set[str]) -> Row:
    tracked, watched = one.tracked, one.watched
    zone = policy.calendar.timezone
    late = now - tracked.due_at
    following = next_step(tracked, policy, now) if tracked.rule in policy.rule_by_name else None
    return Row(
        child_ref=tracked.child_ref,
        unit=watched.unit if watched is not None else "",
        tier=watched.tier if watched is not None else "",
        officer=watched.officer if watched is not None else "",
        rule=tracked.rule,
        due=wall_clock(tracked.due_at, zone),
        late=spell(abs(late)) or "now",
        late_s=int(late.total_seconds()),
        next_told="nobody" if following is None else f"{following.role}, {wall_clock(following.at, zone)}",
        has_page=case_file(tracked.child_ref) in names,
    )


def _tallies(name: str, late: Sequence[Row], soon: Sequence[Row]) -> list[Tally]:
    overdue, coming = Counter(getattr(row, name) for row in late), Counter(getattr(row, name) for row in soon)
    words = {*overdue, *coming}
    return sorted((Tally(word, overdue[word], coming[word]) for word in words), key=lambda one: (-one.overdue, one))
