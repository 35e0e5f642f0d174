"""How far what the store says can be relied on: a list that is empty because nobody looked is no good news."""

from datetime import datetime

from riskwatch.adapters.letters.words import spell
from riskwatch.adapters.store import SqlStore
from riskwatch.pipeline import refresh
from riskwatch.settings.model import Settings


def doubts(store: SqlStore, settings: Settings, now: datetime) -> list[str]:
    """Return why the store may not show how things are, a sentence each; none where it was filled of late."""
    with store.begin() as tx:
        good = tx.last_run(refresh.STAGE)
        latest = tx.last_run(refresh.STAGE, good=False)
    if latest is None:
        return ["the records were never read; start `riskwatch run`, or run `riskwatch sweep`"]
    sentences = []
    if latest.problem:
        sentences.append(f"the last reading of the records failed: {latest.problem}")
    if good is None:
        sentences.append("the records were never read without a problem")
    elif now - good.finished_at > settings.source.stale_after:
        sentences.append(f"the records were last read {spell(now - good.finished_at)} ago; is `riskwatch run` running?")
    return sentences
