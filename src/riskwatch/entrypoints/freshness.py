"""How far what the store says can be relied on: a list that is empty because nobody looked is no good news."""

from datetime import datetime

from riskwatch.adapters.store import SqlStore
from riskwatch.core.health import Limits, reading_problems
from riskwatch.entrypoints.snapshot import take
from riskwatch.settings.model import Settings


def doubts(store: SqlStore, settings: Settings, now: datetime) -> list[str]:
    """Return why the store may not show how things are, a sentence each; none where it was filled of late."""
    figures = take(store, settings, now).figures
    return [problem.message for problem in reading_problems(figures, Limits.of(settings.source.refresh_every))]
