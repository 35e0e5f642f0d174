"""What commands and letters show of the store: who is overdue, the story of a child, counts, the journal."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, and_, func, select

from riskwatch.adapters.store.chain import GENESIS, Link, breaks
from riskwatch.adapters.store.owing import OBLIGATION, READ_TRACKED
from riskwatch.adapters.store.recording import HEAD, JOURNAL
from riskwatch.adapters.store.rows import KEYS, keys_of
from riskwatch.adapters.store.sending import LETTER
from riskwatch.adapters.store.telling import NOTICE, READ_TOLD, told_of
from riskwatch.adapters.store.watching import READ_WATCHED, REJECTED, REJECTED_COLUMNS, WATCHED
from riskwatch.core.facts import Rejected, by_child
from riskwatch.core.notices import LetterState, Told
from riskwatch.core.tracking import Basis, Standing, Tracked, Watched

PAGE = 1000
READ_LINK = select(*(JOURNAL.c[name] for name in Link._fields))


class Overdue(NamedTuple):
    """An obligation that is overdue, and its child; None where the child itself was never read."""

    tracked: Tracked
    watched: Watched | None


class Posted(NamedTuple):
    """How the letter of a notice stands."""

    letter_id: str
    recipient: str
    state: LetterState
    made_at: datetime
    attempts: int
    next_attempt_at: datetime | None
    last_response: str


class Fated(NamedTuple):
    """A notice and its letter; None while it is held back."""

    told: Told
    letter: Posted | None


_FATED = select(*READ_TOLD.selected_columns, *(LETTER.c[name] for name in Posted._fields)).select_from(
    NOTICE.outerjoin(LETTER, LETTER.c.letter_id == NOTICE.c.letter_id)
)


class Story(NamedTuple):
    """Everything kept of one child. `links` are the latest journal rows about the child, oldest first."""

    watched: Watched | None
    tracked: Sequence[Tracked]
    told: Sequence[Fated]
    links: Sequence[Link]


class Counts(NamedTuple):
    """How much there is. `children` and the two tables under it leave out those that are closed."""

    children: int
    by_tier: dict[str, int]
    by_unit: dict[str, int]
    overdue: int
    overdue_children: int
    letters: dict[LetterState, int]
    oldest_unsent_at: datetime | None
    held: int
    rejected: int


def is_overdue(now: datetime) -> Any:
    """Return the condition that Tracked.is_overdue states; a test holds the two together."""
    open_since = and_(OBLIGATION.c.ended_at.is_(None), OBLIGATION.c.due_at <= now)
    return and_(open_since, OBLIGATION.c.basis != Basis.CLOSING)


class Reports:
    """Questions that change nothing."""

    def __init__(self, reading: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._reading = reading

    def overdue(self, now: datetime, unit: str | None = None, limit: int = PAGE) -> Sequence[Overdue]:
        """Return what is overdue, the earliest deadline first; of one unit only where one is named."""
        both = select(*READ_TRACKED.selected_columns, *READ_WATCHED.selected_columns)
        joined = OBLIGATION.outerjoin(WATCHED, WATCHED.c.child_ref == OBLIGATION.c.child_ref)
        rows = both.select_from(joined).where(is_overdue(now))
        if unit is not None:
            rows = rows.where(func.coalesce(WATCHED.c.unit, "") == unit)
        width = len(Tracked._fields)
        with self._reading() as connection:
            found = connection.execute(rows.order_by(OBLIGATION.c.due_at, OBLIGATION.c.key).limit(limit)).all()
        overdue = (_overdue_of(Tracked._make(row[:width]), row[width:]) for row in found)
        return sorted(overdue, key=lambda row: (row.tracked.due_at, row.tracked.key))

    def running(self) -> Mapping[str, int]:
        """Return how many obligations are outstanding, by rule."""
        rows = select(OBLIGATION.c.rule, func.count()).where(OBLIGATION.c.ended_at.is_(None))
        with self._reading() as connection:
            return {rule: int(number) for rule, number in connection.execute(rows.group_by(OBLIGATION.c.rule))}

    def of_child(self, child_ref: str, limit: int = PAGE) -> Story:
        """Return everything kept of one child, and at most `limit` of its latest journal rows."""
        journal = READ_LINK.where(JOURNAL.c.child_ref == child_ref).order_by(JOURNAL.c.seq.desc()).limit(limit)
        with self._reading() as connection:
            watched = connection.execute(READ_WATCHED.where(WATCHED.c.child_ref == child_ref)).first()
            tracked = connection.execute(READ_TRACKED.where(OBLIGATION.c.child_ref == child_ref)).all()
            told = connection.execute(_FATED.where(NOTICE.c.child_ref == child_ref)).all()
            links = connection.execute(journal).all()
        return Story(
            watched=None if watched is None else Watched._make(watched),
            tracked=sorted(map(Tracked._make, tracked), key=lambda row: (row.started_at, row.key)),
            told=sorted((_fated_of(row, len(Posted._fields)) for row in told), key=_oldest),
            links=[Link._make(row) for row in reversed(links)],
        )

    def told_of_children(self, child_refs: Sequence[str]) -> Mapping[str, Sequence[Fated]]:
        """Return every notice about these children with its letter, by child, oldest first."""
        found: dict[str, list[Fated]] = {}
        with self._reading() as connection:
            for refs in keys_of(child_refs):
                for row in connection.execute(_FATED.where(NOTICE.c.child_ref.in_(KEYS)), {"keys": refs}):
                    fated = _fated_of(row, len(Posted._fields))
                    found.setdefault(fated.told.notice.child_ref, []).append(fated)
        return {ref: sorted(notices, key=_oldest) for ref, notices in found.items()}

    def tracked_of_children(self, child_refs: Sequence[str]) -> Mapping[str, Sequence[Tracked]]:
        """Return every obligation of these children, ended or not, by child; no row is locked."""
        found: list[Tracked] = []
        with self._reading() as connection:
            for refs in keys_of(child_refs):
                rows = connection.execute(READ_TRACKED.where(OBLIGATION.c.child_ref.in_(KEYS)), {"keys": refs})
                found += map(Tracked._make, rows)
        return by_child(sorted(found, key=lambda row: (row.started_at, row.key)))

    def rejected(self, limit: int = PAGE) -> Sequence[Rejected]:
        """Return rows that cannot be read now, those that do not count first, by table and place."""
        rows = select(*(REJECTED.c[name] for name in REJECTED_COLUMNS))
        first = rows.order_by(REJECTED.c.counted, REJECTED.c.source_table, REJECTED.c.place)
        with self._reading() as connection:
            found = connection.execute(first.limit(limit)).all()
        return sorted(map(Rejected._make, found), key=lambda row: (row.counted, row))

    def unclocked(self, limit: int = PAGE) -> Sequence[Watched]:
        """Return children at risk, not closed, for whom no rule has anything outstanding, by child_ref."""
        outstanding = and_(OBLIGATION.c.ended_at.is_(None), OBLIGATION.c.basis != Basis.CLOSING)
        owed = select(OBLIGATION.c.key).where(outstanding, OBLIGATION.c.child_ref == WATCHED.c.child_ref)
        at_risk = and_(WATCHED.c.tier != "", WATCHED.c.standing != Standing.CLOSED, ~owed.exists())
        with self._reading() as connection:
            found = connection.execute(READ_WATCHED.where(at_risk).order_by(WATCHED.c.child_ref).limit(limit)).all()
        return sorted(map(Watched._make, found))

    def counts(self, now: datetime) -> Counts:
        """Return how much there is."""
        by_tier_and_unit = select(WATCHED.c.tier, WATCHED.c.unit, func.count()).group_by(WATCHED.c.tier, WATCHED.c.unit)
        overdue = select(func.count(), func.count(OBLIGATION.c.child_ref.distinct())).where(is_overdue(now))
        by_state = select(LETTER.c.state, func.count().label("number")).group_by(LETTER.c.state)
        unsent = LETTER.c.state.in_((LetterState.PENDING, LetterState.SENDING))
        with self._reading() as connection:
            watched = connection.execute(by_tier_and_unit.where(WATCHED.c.standing != Standing.CLOSED)).all()
            number, children = connection.execute(overdue).one()
            letters = connection.execute(by_state).all()
            oldest = connection.scalar(select(func.min(LETTER.c.made_at)).where(unsent))
            held = connection.scalar(select(func.count()).where(NOTICE.c.held_until.is_not(None)))
            rejected = connection.scalar(select(func.count()).select_from(REJECTED))
        return Counts(
            children=sum(count for _, _, count in watched),
            by_tier=_sums((tier, count) for tier, _, count in watched),
            by_unit=_sums((unit, count) for _, unit, count in watched),
            overdue=number,
            overdue_children=children,
            letters=dict.fromkeys(LetterState, 0) | {row.state: row.number for row in letters},
            oldest_unsent_at=oldest,
            held=held or 0,
            rejected=rejected or 0,
        )

    def journal(
        self,
        after: int = 0,
        limit: int = PAGE,
        *,
        child_ref: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> Sequence[Link]:
        """Return journal rows after this number, in order: of one child, from `start` on and before `end` if named."""
        rows = READ_LINK.where(JOURNAL.c.seq > after)
        if child_ref is not None:
            rows = rows.where(JOURNAL.c.child_ref == child_ref)
        if start is not None:
            rows = rows.where(JOURNAL.c.at >= start)
        if end is not None:
            rows = rows.where(JOURNAL.c.at < end)
        with self._reading() as connection:
            found = connection.execute(rows.order_by(JOURNAL.c.seq).limit(limit)).all()
        return [Link._make(row) for row in found]

    def journal_head(self) -> tuple[int, str]:
        """Return the number and the hash of the last row of the chain, 0 and zeros before the first."""
        with self._reading() as connection:
            seq, chain_hash = connection.execute(select(HEAD.c.seq, HEAD.c.hash)).one()
        return seq, chain_hash

    def journal_hash(self, seq: int) -> str | None:
        """Return the hash that a row of the journal holds, or None where there is no such row."""
        with self._reading() as connection:
            found: str | None = connection.scalar(select(JOURNAL.c.hash).where(JOURNAL.c.seq == seq))
        return found

    def verify_journal(self) -> Iterator[str]:
        """Yield a sentence for each place where the hash chain is broken; none where it holds to its end.

        Read a page at a time, up to the end as it stood at the start: the daemon may go on writing.
        """
        end, end_hash = self.journal_head()
        seq, prev_hash = 0, GENESIS
        while page := [link for link in self.journal(seq) if link.seq <= end]:
            yield from breaks(page, seq, prev_hash)
            seq, prev_hash = page[-1].seq, page[-1].hash
        if (seq, prev_hash) != (end, end_hash):
            yield f"journal row {end}: the chain's head names it as the last, but the rows end at {seq} or differ"


def _overdue_of(tracked: Tracked, watched: Sequence[Any]) -> Overdue:
    return Overdue(tracked, None if watched[0] is None else Watched._make(watched))


def _fated_of(row: Row[Any], width: int) -> Fated:
    letter = Posted._make(row[-width:])
    return Fated(told_of(row[:-width]), None if letter.letter_id is None else letter)


def _oldest(row: Fated) -> tuple[datetime, str]:
    return row.told.decided_at, row.told.notice.key


def _sums(pairs: Any) -> dict[str, int]:
    sums: dict[str, int] = {}
    for name, count in pairs:
        sums[name] = sums.get(name, 0) + count
    return dict(sorted(sums.items()))
