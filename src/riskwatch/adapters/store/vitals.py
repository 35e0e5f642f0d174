"""What the service's health is judged by: a few short looks at the store, none of which waits for a stage's turn."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Executable, Select, func, select

from riskwatch.adapters.store.owing import OBLIGATION
from riskwatch.adapters.store.queries import Reports, is_overdue
from riskwatch.adapters.store.recording import KEEPSAKE, READ_RUN, RUN
from riskwatch.adapters.store.sending import LETTER, UNDER_WAY
from riskwatch.adapters.store.watching import REJECTED, WATCHED
from riskwatch.core.tracking import Run, Standing

UNCLOCKED_LIMIT = 1000
"""Children at risk without anything outstanding that are counted; beyond it the number says "at least"."""

Reading = Callable[[], AbstractContextManager[Connection]]
ByTierAndUnit = Mapping[tuple[str, str], int]


class Vitals(NamedTuple):
    """The state of the service's work. `good` and `latest` are runs by stage; a stage that has none is left out.

    `watched` counts children that are not closed, `overdue` obligations: both by tier and unit, blank where unknown.
    """

    good: Mapping[str, Run]
    latest: Mapping[str, Run]
    watched: ByTierAndUnit
    overdue: ByTierAndUnit
    oldest_unsent_at: datetime | None
    unsent: int
    rejected: int
    unclocked: Sequence[str]
    kept: Mapping[str, str]  # small named values


def look(reading: Reading, now: datetime, *, stages: Sequence[str], names: Sequence[str] = ()) -> Vitals:
    """Look at the store. Raises StoreFault where it does not answer.

    Each question is a transaction of its own: on SQLite's rollback journal a long one would hold up who writes.
    """

    def rows(statement: Executable) -> Sequence[Any]:
        with reading() as connection:
            return connection.execute(statement).all()

    latest = {stage: run for stage in stages if (run := _run(rows(_runs_of(stage)))) is not None}
    good = {
        stage: run for stage in latest if (run := _run(rows(_runs_of(stage).where(RUN.c.problem == "")))) is not None
    }
    ((oldest_unsent_at, unsent),) = rows(select(func.min(LETTER.c.made_at), func.count()).where(UNDER_WAY))
    ((rejected,),) = rows(select(func.count()).select_from(REJECTED))
    return Vitals(
        good=good,
        latest=latest,
        watched={(tier, unit): number for tier, unit, number in rows(_watched())},
        overdue=_sums(rows(_overdue(now))),
        oldest_unsent_at=oldest_unsent_at,
        unsent=unsent,
        rejected=rejected,
        unclocked=[child.child_ref for child in Reports(reading).unclocked(UNCLOCKED_LIMIT)],
        kept=dict(rows(select(KEEPSAKE.c.name, KEEPSAKE.c.value).where(KEEPSAKE.c.name.in_(names)))) if names else {},
    )


def _runs_of(stage: str) -> Select[Any]:
    return READ_RUN.where(RUN.c.stage == stage).order_by(RUN.c.finished_at.desc(), RUN.c.id.desc()).limit(1)


def _run(rows: Sequence[Any]) -> Run | None:
    return Run._make(rows[0])._replace(counts=json.loads(rows[0].counts)) if rows else None


def _watched() -> Select[Any]:
    groups = (WATCHED.c.tier, WATCHED.c.unit)
    return select(*groups, func.count()).where(WATCHED.c.standing != Standing.CLOSED).group_by(*groups)


def _overdue(now: datetime) -> Select[Any]:
    groups = (WATCHED.c.tier, WATCHED.c.unit)
    joined = OBLIGATION.outerjoin(WATCHED, WATCHED.c.child_ref == OBLIGATION.c.child_ref)
    return select(*groups, func.count()).select_from(joined).where(is_overdue(now)).group_by(*groups)


def _sums(rows: Sequence[Any]) -> ByTierAndUnit:
    """Count what is owed to a child that was never read with what is owed to one without tier and unit."""
    sums: dict[tuple[str, str], int] = {}
    for tier, unit, number in rows:
        group = (tier or "", unit or "")
        sums[group] = sums.get(group, 0) + number
    return sums
