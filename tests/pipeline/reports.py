"""What assurance asks of a store, answered from the one in memory by the plainest loops there are."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from riskwatch.adapters.memory import MemoryStore
from riskwatch.adapters.store.chain import GENESIS, linked
from riskwatch.core.facts import Rejected
from riskwatch.core.figures import Tally, ToldTally
from riskwatch.core.notices import Fate, LetterState
from riskwatch.core.tracking import Basis, Standing, Tracked, Watched

UNSENT = (LetterState.PENDING, LetterState.SENDING)


class Counts(NamedTuple):
    """How much there is."""

    letters: Mapping[LetterState, int]
    oldest_unsent_at: datetime | None
    rejected: int


class Late(NamedTuple):
    """An overdue obligation and its child."""

    tracked: Tracked
    watched: Watched | None


class MemoryReports:
    """Reports on a store in memory."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._rows = store._rows

    def rejected(self, limit: int) -> Sequence[Rejected]:
        return self._store.rejected(limit)

    def unclocked(self, limit: int) -> Sequence[Watched]:
        owed = {
            row.child_ref
            for row in self._rows._tracked.values()
            if row.ended_at is None and row.basis is not Basis.CLOSING
        }
        return [child for child in self._open() if child.tier and child.child_ref not in owed][:limit]

    def counts(self, now: datetime) -> Counts:
        letters = list(self._rows._letters.values())
        states = Counter(letter.state for letter in letters)
        oldest = min((letter.made_at for letter in letters if letter.state in UNSENT), default=None)
        return Counts(states, oldest, len(self._rows._rejected))

    def overdue(self, now: datetime, unit: str | None, limit: int) -> Sequence[Late]:
        late = [row for row in self._rows._tracked.values() if row.is_overdue(now)]
        found = [Late(row, self._rows._watched.get(row.child_ref)) for row in sorted(late, key=lambda row: row.due_at)]
        return [row for row in found if unit in (None, row.watched.unit if row.watched else "")][:limit]

    def tallies(self, now: datetime) -> Sequence[Tally]:
        found: dict[tuple[str, str], Tally] = {}
        for child in self._open():
            key = (child.unit, child.tier)
            found[key] = found.get(key, Tally(*key))._replace(children=found.get(key, Tally(*key)).children + 1)
        for key in {(row.watched.unit, row.watched.tier) for row in self.overdue(now, None, 999) if row.watched}:
            late = [row.tracked for row in self.overdue(now, key[0], 999) if row.watched and row.watched.tier == key[1]]
            children = len({row.child_ref for row in late})
            found[key] = found.get(key, Tally(*key))._replace(overdue=len(late), overdue_children=children)
        return [tally for _, tally in sorted(found.items())]

    def told_between(self, start: datetime, end: datetime) -> Sequence[ToldTally]:
        steps = Counter(
            (self._rows._watched[told.notice.child_ref].unit, told.notice.kind, told.notice.step)
            for told in self._rows._told.values()
            if start <= told.decided_at < end and told.fate not in (Fate.HELD, Fate.STRUCK)
        )
        return sorted(ToldTally(*step, number) for step, number in steps.items())

    def refused_since(self, moment: datetime) -> int:
        letters = self._rows._letters.values()
        return sum(letter.state is LetterState.REFUSED and letter.made_at >= moment for letter in letters)

    def journal_head(self) -> tuple[int, str]:
        links = list(linked(self._store.entries, 0, GENESIS))
        return len(links), links[-1].hash if links else GENESIS

    def _open(self) -> Sequence[Watched]:
        return [child for _, child in sorted(self._rows._watched.items()) if child.standing is not Standing.CLOSED]
