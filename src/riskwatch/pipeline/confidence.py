"""Confidence: what the store remembers of how far the source can be believed."""

import json
from datetime import datetime, timedelta
from typing import NamedTuple

from riskwatch.core.trust import Distrust, Rows, Trouble
from riskwatch.pipeline.ports import Transaction

TROUBLE = "source-trouble"
GOOD_ROWS = "source-rows"
LOADED_AT = "source-loaded-at"
BASELINE_KEPT = timedelta(days=1)
"""For so long the most rows that were seen are what a reading is held against: a slow loss counts as a whole."""


class Standing(NamedTuple):
    """A trouble that has not ended. `since` is the first reading that met it or the one before it.

    `needs_full`: only a good full reading ends it. Of a look that merely failed nothing is known to be wrong.
    """

    trouble: Trouble
    since: datetime
    reason: str
    needs_full: bool


def standing_trouble(tx: Transaction) -> Standing | None:
    """Return the trouble that stands, or None where the last reading was good."""
    kept = tx.recall(TROUBLE)
    if not kept:
        return None
    words = json.loads(kept)
    since = datetime.fromisoformat(words["since"])
    return Standing(Trouble(words["trouble"]), since, words["reason"], words["needs_full"])


def note_trouble(tx: Transaction, distrust: Distrust, now: datetime, *, full: bool) -> None:
    """Remember why the source is not believed; since when stays, whatever the trouble turns into."""
    before = standing_trouble(tx)
    words = {
        "trouble": distrust.trouble,
        "since": (now if before is None else before.since).isoformat(),
        "reason": distrust.reason,
        "needs_full": full or distrust.trouble is not Trouble.FAILED or (before is not None and before.needs_full),
    }
    tx.remember(TROUBLE, json.dumps(words))


def note_good(tx: Transaction, *, full: bool) -> None:
    """End a trouble that such a good reading ends."""
    before = standing_trouble(tx)
    if before is not None and (full or not before.needs_full):
        tx.remember(TROUBLE, "")


def good_rows(tx: Transaction) -> Rows | None:
    """Return how many rows good full readings gave of late, or None before the first."""
    kept = tx.recall(GOOD_ROWS)
    return None if kept is None else Rows(*json.loads(kept)["rows"])


def keep_good_rows(tx: Transaction, rows: Rows, now: datetime) -> None:
    """Keep what a good full reading gave: the most of a day, or just this where a trouble was overcome by it."""
    kept = tx.recall(GOOD_ROWS)
    since = now
    if kept is not None and standing_trouble(tx) is None:
        before = json.loads(kept)
        began = datetime.fromisoformat(before["since"])
        if now - began < BASELINE_KEPT:
            since = began
            rows = Rows(*map(max, zip(rows, before["rows"], strict=True)))
    tx.remember(GOOD_ROWS, json.dumps({"since": since.isoformat(), "rows": rows}))


def note_loaded(tx: Transaction, loaded_at: datetime) -> None:
    """Remember when the source says that it was loaded."""
    tx.remember(LOADED_AT, loaded_at.isoformat())


def loaded_at(tx: Transaction) -> datetime | None:
    """Return when the source was loaded, as it last said; None where it never did."""
    kept = tx.recall(LOADED_AT)
    return None if kept is None else datetime.fromisoformat(kept)
