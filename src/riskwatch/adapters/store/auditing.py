"""What the auditor reads of the store: the books themselves, past every stage."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime

from sqlalchemy import Connection, and_, func, or_, select

from riskwatch.adapters.columns import moment_text
from riskwatch.adapters.store.owing import OBLIGATION, READ_TRACKED
from riskwatch.adapters.store.rows import keys_of
from riskwatch.adapters.store.sending import LETTER, UNDER_WAY
from riskwatch.adapters.store.telling import NOTICE, READ_TOLD, told_of
from riskwatch.adapters.store.watching import READ_WATCHED, SIGHTING, WATCHED
from riskwatch.core.audit import Kept, Posted
from riskwatch.core.facts import Sighting, by_child
from riskwatch.core.notices import LetterState
from riskwatch.core.tracking import Tracked, Watched

READ_POSTED = select(*READ_TOLD.selected_columns, LETTER.c.state).select_from(
    NOTICE.outerjoin(LETTER, LETTER.c.letter_id == NOTICE.c.letter_id)
)
READ_SIGHTING = select(*(SIGHTING.c[name] for name in Sighting._fields))


class SqlBooks:
    """The books, read in short transactions that keep no writer waiting."""

    def __init__(self, reading: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._reading = reading

    def kept(self, child_refs: Sequence[str]) -> Mapping[str, Kept]:
        """Return everything kept of these children, as of one moment; every child asked for has an entry."""
        found: dict[str, Kept] = {}
        for refs in keys_of(child_refs):
            with self._reading() as connection:
                watched = connection.execute(READ_WATCHED.where(WATCHED.c.child_ref.in_(refs))).all()
                tracked = connection.execute(READ_TRACKED.where(OBLIGATION.c.child_ref.in_(refs))).all()
                posted = connection.execute(READ_POSTED.where(NOTICE.c.child_ref.in_(refs))).all()
            known = {row.child_ref: Watched._make(row) for row in watched}
            owed = by_child(map(Tracked._make, tracked))
            told: dict[str, list[Posted]] = {}
            for row in posted:
                one = Posted(told_of(row[:-1]), row[-1])
                told.setdefault(one.told.notice.child_ref, []).append(one)
            for ref in refs:
                found[ref] = Kept(known.get(ref), sorted(owed.get(ref, ())), sorted(told.get(ref, ()), key=_oldest))
        return found

    def sightings(self, child_refs: Sequence[str]) -> Mapping[str, Sequence[Sighting]]:
        """Return what is remembered of these children's records, oldest first; a child without any is left out."""
        found: list[Sighting] = []
        for refs in keys_of(child_refs):
            with self._reading() as connection:
                found += map(Sighting._make, connection.execute(READ_SIGHTING.where(SIGHTING.c.child_ref.in_(refs))))
        return by_child(sorted(found, key=lambda row: (row.first_seen_at, row[:3])))

    def children_owed(self, after: str, limit: int) -> Sequence[str]:
        """Return the next children of whom anything is open, in the database's own order; "" begins."""
        rows = select(OBLIGATION.c.child_ref).where(OBLIGATION.c.ended_at.is_(None), OBLIGATION.c.child_ref > after)
        with self._reading() as connection:
            found = connection.execute(rows.distinct().order_by(OBLIGATION.c.child_ref).limit(limit)).all()
        return [row.child_ref for row in found]

    def stuck(self, before: datetime, limit: int) -> Sequence[tuple[str, str]]:
        """Return letters, and notices held back, that should have moved before a moment, each with a sentence."""
        goes_at = func.coalesce(LETTER.c.next_attempt_at, LETTER.c.made_at)
        sending = and_(LETTER.c.state == LetterState.SENDING, LETTER.c.lease_until < before)
        late = and_(LETTER.c.state == LetterState.PENDING, goes_at < before)
        moved_at = func.coalesce(LETTER.c.lease_until, goes_at)
        letters = select(LETTER.c.letter_id, LETTER.c.state, LETTER.c.purpose, moved_at.label("at"))
        letters = letters.where(UNDER_WAY, or_(sending, late)).order_by(LETTER.c.letter_id).limit(limit)
        held = select(NOTICE.c.key, NOTICE.c.held_until).where(NOTICE.c.held_until < before)
        with self._reading() as connection:
            found = connection.execute(letters).all()
            waiting = connection.execute(held.order_by(NOTICE.c.key).limit(limit)).all()
        stuck = [
            (row.letter_id, f"a letter ({row.purpose}) is {row.state}, and was to move {_at(row.at)}") for row in found
        ]
        stuck += [(row.key, f"a notice is held back, and was to go out {_at(row.held_until)}") for row in waiting]
        return stuck[:limit]


def _oldest(posted: Posted) -> tuple[datetime, str]:
    return posted.told.decided_at, posted.told.notice.key


def _at(moment: datetime) -> str | None:
    return moment_text(moment)
