"""Problems: what the service knows to be wrong with itself, as every page and letter says it."""

from collections.abc import Sequence
from datetime import datetime

from riskwatch.core.health import Figures, Limits, Problem, Work, problems
from riskwatch.pipeline import audit, delivery, reading, sweep
from riskwatch.pipeline.blindness import blind_since
from riskwatch.pipeline.configuration import REFUSED, refusal
from riskwatch.pipeline.ports import Transaction

BOARD = "board-problem"
"""The named value that holds why the board could not be written; blank where it could."""


def problems_of(
    tx: Transaction, now: datetime, limits: Limits, *, oldest_unsent_at: datetime | None, unclocked: int
) -> Sequence[Problem]:
    """Return what is wrong, the gravest first."""
    sight = blind_since(tx)
    refused = refusal(tx.recall(REFUSED))
    figures = Figures(
        at=now,
        refresh=_work(tx, reading.STAGE),
        sweep=_work(tx, sweep.STAGE),
        delivery=_work(tx, delivery.STAGE),
        audit=_work(tx, audit.STAGE),
        blind_since=None if sight is None else sight.since,
        oldest_unsent_at=oldest_unsent_at,
        unclocked=unclocked,
        refused="" if refused is None else refused.sentence,
        board=tx.recall(BOARD) or "",
    )
    return problems(figures, limits)


def _work(tx: Transaction, stage: str) -> Work:
    good, latest = tx.last_run(stage), tx.last_run(stage, good=False)
    if latest is None:
        return Work()
    return Work(None if good is None else good.finished_at, latest.finished_at, latest.problem)
