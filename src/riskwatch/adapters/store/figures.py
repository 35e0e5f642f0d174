"""The figures of the daily letter."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from riskwatch.adapters.store.owing import OBLIGATION
from riskwatch.adapters.store.queries import Reports, is_overdue
from riskwatch.adapters.store.sending import LETTER
from riskwatch.adapters.store.telling import NOTICE
from riskwatch.adapters.store.watching import WATCHED
from riskwatch.core.figures import Tally, ToldTally
from riskwatch.core.notices import Fate, Kind, LetterState
from riskwatch.core.tracking import Standing


class Figures(Reports):
    """Reports, and what the daily letter asks beside them."""

    def tallies(self, now: datetime) -> Sequence[Tally]:
        """Return the children watched and what is overdue, by unit and tier; a child never read has neither."""
        unit, tier = func.coalesce(WATCHED.c.unit, ""), func.coalesce(WATCHED.c.tier, "")
        is_open = WATCHED.c.standing != Standing.CLOSED
        children = select(WATCHED.c.unit, WATCHED.c.tier, func.count()).where(is_open)
        owed = select(unit, tier, func.count(), func.count(OBLIGATION.c.child_ref.distinct()))
        joined = OBLIGATION.outerjoin(WATCHED, WATCHED.c.child_ref == OBLIGATION.c.child_ref)
        with self._reading() as connection:
            watched = connection.execute(children.group_by(WATCHED.c.unit, WATCHED.c.tier)).all()
            overdue = connection.execute(owed.select_from(joined).where(is_overdue(now)).group_by(unit, tier)).all()
        found = {(unit, tier): Tally(unit, tier, number) for unit, tier, number in watched}
        for of_unit, of_tier, number, of_children in overdue:
            tally = found.get((of_unit, of_tier), Tally(of_unit, of_tier))
            found[of_unit, of_tier] = tally._replace(overdue=number, overdue_children=of_children)
        return [tally for _, tally in sorted(found.items())]

    def told_between(self, start: datetime, end: datetime) -> Sequence[ToldTally]:
        """Return the notices decided from the start on and before the end, but for those held back or struck out."""
        unit = func.coalesce(WATCHED.c.unit, "")
        joined = NOTICE.outerjoin(WATCHED, WATCHED.c.child_ref == NOTICE.c.child_ref)
        told = NOTICE.c.fate.not_in((Fate.HELD, Fate.STRUCK))
        rows = select(unit, NOTICE.c.kind, NOTICE.c.step, func.count()).select_from(joined)
        rows = rows.where(NOTICE.c.decided_at >= start, NOTICE.c.decided_at < end, told)
        with self._reading() as connection:
            found = connection.execute(rows.group_by(unit, NOTICE.c.kind, NOTICE.c.step)).all()
        return sorted(ToldTally(of_unit, Kind(kind), step, number) for of_unit, kind, step, number in found)

    def refused_since(self, moment: datetime) -> int:
        """Return how many letters made since the moment a mail server has refused for good."""
        refused = select(func.count()).where(LETTER.c.state == LetterState.REFUSED, LETTER.c.made_at >= moment)
        with self._reading() as connection:
            return connection.scalar(refused) or 0
