"""Delays: letters that left late are told of once they have left, because whoever waited for them cannot know."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from riskwatch.core.mandate import Mandate
from riskwatch.core.notices import Letter, Outcome, ServiceLetter, Verdict
from riskwatch.core.spelling import counted, spell
from riskwatch.pipeline.ports import Letters, Store, Transaction
from riskwatch.pipeline.posting import identity, post, take_turn
from riskwatch.pipeline.reports import Reports

PURPOSE = "delayed"
DELAYED = "letters-delayed"
TURN = "letters-delayed-turn"
_HEADS = ("What was wrong", "How it stands", "What to do")
LONGEST_WAIT = timedelta(hours=1)
"""So long the letter waits for the last late one: one that a mail server never takes must not hold it back for ever."""


def note_delays(
    tx: Transaction, outcomes: Iterable[tuple[Letter, Outcome]], now: datetime, *, unsent_limit: timedelta
) -> None:
    """Count the letters that have just been sent later than the limit after they were made."""
    sent = [now - letter.made_at for letter, outcome in outcomes if outcome.verdict is Verdict.SENT]
    late = [delay for delay in sent if delay > unsent_limit]
    if not late:
        return
    take_turn(tx, TURN, now)
    kept = tx.recall(DELAYED)
    nothing: dict[str, Any] = {"since": now.isoformat(), "letters": 0, "longest_s": 0}
    before = json.loads(kept) if kept else nothing
    longest_s = max(before["longest_s"], int(max(late).total_seconds()))
    tx.remember(DELAYED, json.dumps(before | {"letters": before["letters"] + len(late), "longest_s": longest_s}))


class Delays:
    """Tells the administrator of letters that left late."""

    def __init__(
        self, store: Store, reports: Reports, letters: Letters, mandate: Mandate, *, unsent_limit: timedelta
    ) -> None:
        self._store = store
        self._reports = reports
        self._letters = letters
        self._mandate = mandate
        self._unsent_limit = unsent_limit

    def look(self, now: datetime) -> bool:
        """Tell of the letters that left late, when no other waits too long; whether there was anything to tell."""
        with self._store.begin() as tx:
            waits = tx.recall(DELAYED)
        if not waits:
            return False
        oldest = self._reports.counts(now).oldest_unsent_at
        more = oldest is not None and now - oldest > self._unsent_limit
        if more and now - datetime.fromisoformat(json.loads(waits)["since"]) < LONGEST_WAIT:
            return False
        with self._store.begin() as tx:
            take_turn(tx, TURN, now)
            kept = tx.recall(DELAYED)
            if kept:  # else another daemon has told of them meanwhile
                tx.remember(DELAYED, "")
                delayed = json.loads(kept)
                longest = spell(timedelta(seconds=delayed["longest_s"]))
                words = self._words(delayed["letters"], longest, more=more)
                identified = identity(PURPOSE, delayed["since"], delayed["letters"])
                person = self._mandate.directory.administrator
                letter = ServiceLetter(identified, person, now, PURPOSE, words[0], tuple(words[1:]), heads=_HEADS)
                post(tx, self._letters, letter)
        return True

    def _words(self, number: int, longest: str, *, more: bool) -> Sequence[str]:
        limit = spell(self._unsent_limit) or "a moment"
        return (
            f"Letters were delayed: {counted(number, 'letter')}, the oldest by {longest}",
            f"Letters were delayed: {counted(number, 'letter')} left more than {limit} after being written, the oldest "
            f"by {longest}. Whoever was to be told was told late.",
            "Others are waiting still: `riskwatch status` says how many." if more else "All of them have left now.",
            "Look for the cause at the mail server: `riskwatch journal show` has what it said to each letter.",
        )
