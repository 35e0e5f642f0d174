"""The store in memory, for simulations and tests: it keeps the same promises as the one on disk."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from heapq import heappop, heappush
from threading import Lock

from riskwatch.adapters.memory_letters import MemoryLetters
from riskwatch.core.facts import Record, Rejected, Sighting, Table
from riskwatch.core.faults import StoreFault
from riskwatch.core.tracking import Entry, Run, Tracked, Watched

WAIT_LIMIT_S = 30.0


class Alarms:
    """Keys by the moment at which each comes due. A moment that was replaced stays in the heap until it is met."""

    def __init__(self) -> None:
        self._moments: dict[str, datetime] = {}
        self._heap: list[tuple[datetime, str]] = []

    def set(self, key: str, moment: datetime | None) -> datetime | None:
        """Set or clear a key's moment and return the one before."""
        before = self._moments.get(key)
        if moment is None:
            self._moments.pop(key, None)
        elif moment != before:
            self._moments[key] = moment
            heappush(self._heap, (moment, key))
        return before

    def due(self, now: datetime, limit: int | None = None) -> list[str]:
        """Return the keys whose moment has come, earliest first; they stay due until they are set anew."""
        met: dict[str, datetime] = {}
        while self._heap and self._heap[0][0] <= now and (limit is None or len(met) < limit):
            moment, key = heappop(self._heap)
            if self._moments.get(key) == moment:
                met[key] = moment
        for key, moment in met.items():
            heappush(self._heap, (moment, key))
        return list(met)

    def earliest(self) -> datetime | None:
        """Return the next moment, or None where no key has one."""
        while self._heap and self._moments.get(self._heap[0][1]) != self._heap[0][0]:
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None


class MemoryTransaction(MemoryLetters):
    """One transaction after another, on the same rows."""

    def __init__(self) -> None:
        super().__init__()
        self._watched: dict[str, Watched] = {}
        self._met: dict[str, datetime] = {}
        self._known = Alarms()
        self._sightings: defaultdict[str, dict[tuple[Record, str, datetime], Sighting]] = defaultdict(dict)
        self._rejected: dict[tuple[Table, str, str], Rejected] = {}
        self._tracked: dict[str, Tracked] = {}
        self._of_child: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._notices_due = Alarms()
        self._entries: list[Entry] = []
        self._runs: dict[tuple[str, bool, bool], Run] = {}  # the latest of each stage, full or not, good or not
        self._named: dict[str, str] = {}

    # --- what was read -----------------------------------------------------------------------------------------------
    def watched(self, child_refs: Sequence[str]) -> Mapping[str, Watched]:
        return {ref: self._watched[ref] for ref in sorted(set(child_refs)) if ref in self._watched}

    def save_watched(self, rows: Sequence[Watched]) -> None:
        for row in rows:
            self._put(self._watched, row.child_ref, row)
            self._alarm(self._known, row.child_ref, row.next_known_at)

    def unread_since(self, moment: datetime) -> Sequence[Watched]:
        return [row for ref, row in sorted(self._watched.items()) if ref not in self._met or self._met[ref] < moment]

    def mark_met(self, child_refs: Sequence[str], at: datetime) -> None:
        for ref in child_refs:
            if ref in self._watched:
                self._put(self._met, ref, at)

    def due_to_read(self, now: datetime) -> Sequence[str]:
        return sorted(self._known.due(now))

    def sightings(self, child_refs: Sequence[str]) -> Sequence[Sighting]:
        seen = [row for ref in set(child_refs) if ref in self._sightings for row in self._sightings[ref].values()]
        return sorted(seen, key=lambda row: (row.first_seen_at, row[:3]))

    def save_sightings(self, rows: Sequence[Sighting]) -> None:
        for row in rows:
            self._put(self._sightings[row.child_ref], (row.record, row.record_id, row.first_seen_at), row)

    def replace_rejected(self, rows: Sequence[Rejected], *, child_refs: Sequence[str] | None, at: datetime) -> None:
        children = None if child_refs is None else set(child_refs)
        for key, row in list(self._rejected.items()):
            if children is None or row.child_ref in children:
                self._drop(self._rejected, key)
        for row in sorted(rows):
            self._put(self._rejected, (row.table, row.where, row.column), row)

    # --- what is owed ------------------------------------------------------------------------------------------------
    def tracked(self, child_refs: Sequence[str]) -> Sequence[Tracked]:
        keys = (key for ref in set(child_refs) if ref in self._of_child for key in self._of_child[ref])
        return [self._tracked[key] for key in sorted(keys)]

    def every_tracked(self) -> Sequence[Tracked]:
        """Return every obligation ever kept, by key."""
        return [self._tracked[key] for key in sorted(self._tracked)]

    def save_tracked(self, rows: Sequence[Tracked]) -> None:
        for row in rows:
            if row.key not in self._tracked:
                self._put(self._of_child[row.child_ref], row.key, None)
            self._put(self._tracked, row.key, row)
            self._alarm(self._notices_due, row.key, row.next_notice_at)

    def due(self, now: datetime, limit: int) -> Sequence[Tracked]:
        return [self._tracked[key] for key in self._notices_due.due(now, limit)]

    # --- the record --------------------------------------------------------------------------------------------------
    def journal(self, entries: Sequence[Entry]) -> None:
        self._append(self._entries, entries)

    def save_run(self, run: Run) -> None:
        key = (run.stage, run.full, run.problem == "")
        before = self._runs.get(key)
        if before is None or before.finished_at <= run.finished_at:
            self._drop(self._runs, key)  # the last saved stands last: of two that ended together it counts
            self._put(self._runs, key, run)

    def last_run(self, stage: str, *, full: bool | None = None, good: bool = True) -> Run | None:
        latest: Run | None = None
        for (of_stage, is_full, is_good), run in self._runs.items():
            if of_stage == stage and full in (None, is_full) and (is_good or not good):
                latest = run if latest is None or latest.finished_at <= run.finished_at else latest
        return latest

    def remember(self, name: str, value: str) -> None:
        self._put(self._named, name, value)

    def recall(self, name: str) -> str | None:
        return self._named.get(name)

    def _alarm(self, alarms: Alarms, key: str, moment: datetime | None) -> None:
        before = alarms.set(key, moment)
        if before != moment:
            self._undo.append(lambda: alarms.set(key, before))

    def next_wake(self) -> datetime | None:
        """Return the earliest moment of all."""
        moments = [self._notices_due.earliest(), self._known.earliest(), self._next_letter(), self._next_held()]
        return min((moment for moment in moments if moment is not None), default=None)

    def commit(self) -> None:
        """Keep what was done since the last commit."""
        self._undo.clear()

    def roll_back(self) -> None:
        """Take back what was done since the last commit, the latest first."""
        while self._undo:
            undo: Callable[[], object] = self._undo.pop()
            undo()


class MemoryStore:
    """A store that forgets everything when it is dropped. One transaction at a time, as on SQLite."""

    def __init__(self) -> None:
        self._rows = MemoryTransaction()
        self._busy = Lock()

    @contextmanager
    def begin(self) -> Iterator[MemoryTransaction]:
        """Open a transaction: kept where the block ends, taken back where it raises."""
        if not self._busy.acquire(timeout=WAIT_LIMIT_S):
            raise StoreFault(f"the store in memory stayed busy for {WAIT_LIMIT_S:.0f} s: is a transaction left open?")
        try:
            yield self._rows
            self._rows.commit()
        finally:
            self._rows.roll_back()
            self._busy.release()

    def next_wake(self) -> datetime | None:
        """Return the earliest moment at which something is to be told, sent, or becomes known; None: nothing is."""
        with self.begin() as rows:
            return rows.next_wake()

    @property
    def entries(self) -> Sequence[Entry]:
        """The journal so far, oldest first."""
        return tuple(self._rows._entries)

    def rejected(self, limit: int) -> Sequence[Rejected]:
        """Return rows that cannot be read now, those that do not count first, by table and place."""
        return sorted(self._rows._rejected.values(), key=lambda row: (row.counted, row))[:limit]
