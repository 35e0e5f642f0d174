"""Blindness: when the source is not to be believed, the managers hear it before anything else."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from riskwatch.core.heads import heads
from riskwatch.core.mandate import Mandate
from riskwatch.core.notices import Call, ServiceLetter
from riskwatch.core.spelling import spell, wall_clock
from riskwatch.core.tracking import Decision, Entry
from riskwatch.core.trust import Trouble
from riskwatch.pipeline import reading
from riskwatch.pipeline.confidence import standing_trouble
from riskwatch.pipeline.ports import Letters, Store, Transaction
from riskwatch.pipeline.posting import identity, post, take_turn

PURPOSE = "blind"
SINCE = "blind-since"
REASON = "blind-reason"
TOLD_AT = "blind-told-at"
TIMES_TOLD = "blind-times-told"
TURN = "blind-turn"
AGAIN_AFTER = timedelta(days=1)
_HEADS = ("What is wrong", "", "What it means, and what to do", "When you hear again")
_HEADS_OF_THE_END = ("What was wrong", "What happens next")
SHORTEST_GRACE = timedelta(minutes=5)
REFRESHES_FORGIVEN = 2


def grace_of(refresh_every: timedelta) -> timedelta:
    """Return how long a source may fail before that is called blindness: one passing failure is none."""
    return max(SHORTEST_GRACE, REFRESHES_FORGIVEN * refresh_every)


class Sight(NamedTuple):
    """Why the service is blind, and since when."""

    since: datetime
    reason: str


def blind_since(tx: Transaction) -> Sight | None:
    """Return the blindness that was told, or None where the service sees."""
    since = tx.recall(SINCE)
    return Sight(datetime.fromisoformat(since), tx.recall(REASON) or "") if since else None


class Blindness:
    """Tells that the service is blind: once, again each day while it lasts, and once when it is over."""

    def __init__(
        self, store: Store, letters: Letters, mandate: Mandate, *, grace: timedelta, stale_after: timedelta
    ) -> None:
        self._store = store
        self._letters = letters
        self._mandate = mandate
        self._grace = grace
        self._stale_after = stale_after

    def look(self, now: datetime) -> bool:
        """Tell what has changed or is to be repeated; whether the service is blind."""
        with self._store.begin() as tx:
            if self._has_news(tx, now):
                take_turn(tx, TURN, now)
                if self._has_news(tx, now):  # else another daemon has told it meanwhile
                    sight = self._judge(tx, now)
                    if sight is None:
                        self._tell_of_the_end(tx, now)
                    else:
                        self._tell(tx, sight, now)
            return blind_since(tx) is not None

    def _has_news(self, tx: Transaction, now: datetime) -> bool:
        told, sight = blind_since(tx), self._judge(tx, now)
        if told is None or sight is None:
            return told is not sight
        return self._times(tx, now) > int(tx.recall(TIMES_TOLD) or 0)

    def _judge(self, tx: Transaction, now: datetime) -> Sight | None:
        """Return why the service is blind, or None where it sees."""
        trouble = standing_trouble(tx)
        if trouble is not None:
            told = blind_since(tx)
            passing = trouble.trouble is Trouble.FAILED and now - trouble.since < self._grace
            if passing and told is None:
                return None
            return Sight(trouble.since, trouble.reason)
        good = tx.last_run(reading.STAGE)
        if good is None or now - good.finished_at <= self._stale_after:
            return None
        return Sight(good.finished_at, f"the records were not read for {spell(now - good.finished_at)}")

    def _times(self, tx: Transaction, now: datetime) -> int:
        """Return how often it should have been told by now."""
        told_at = datetime.fromisoformat(tx.recall(TOLD_AT) or now.isoformat())
        return 1 + (now - told_at) // AGAIN_AFTER

    def _tell(self, tx: Transaction, sight: Sight, now: datetime) -> None:
        told = blind_since(tx)
        if told is None:
            told = sight
            tx.remember(SINCE, sight.since.isoformat())
            tx.remember(TOLD_AT, now.isoformat())
            tx.journal([self._entry(Decision.BLIND, sight, now)])
        tx.remember(REASON, sight.reason)
        times = self._times(tx, now)
        tx.remember(TIMES_TOLD, str(times))
        since = self._clock(told.since)
        subject = f"riskwatch is blind since {since}"
        paragraphs = (
            f"{subject} because {sight.reason}.",
            self._last_read(tx),
            "Until it sees again, nothing is closed, withdrawn or cleared: what was known to be owed keeps running, "
            "and letters about it keep coming, even where a visit has been recorded meanwhile. Children assessed since "
            "then may be watched by nobody: have them watched by other means.",
            "You are told again each day while this lasts, and once when riskwatch sees again. The administrator finds "
            "more in `riskwatch status`.",
        )
        self._post(tx, subject, paragraphs, now, (told.since, times), _HEADS, Call.NOW)

    def _tell_of_the_end(self, tx: Transaction, now: datetime) -> None:
        since, reason = datetime.fromisoformat(tx.recall(SINCE) or now.isoformat()), tx.recall(REASON) or ""
        tx.journal([self._entry(Decision.SEES_AGAIN, Sight(since, reason), now)])
        for name in (SINCE, REASON, TOLD_AT, TIMES_TOLD):
            tx.remember(name, "")
        subject = f"riskwatch sees again since {self._clock(now)}"
        lasted = spell(now - since) or "less than a minute"
        paragraphs = (
            f"{subject}. It was blind since {self._clock(since)}, for {lasted}, because {reason}.",
            "Everything has been read. What was recorded in the meantime counts from now on, and what fell due is told "
            "now, late as it is.",
        )
        self._post(tx, subject, paragraphs, now, (since, "over"), _HEADS_OF_THE_END, Call.NONE)

    def _last_read(self, tx: Transaction) -> str:
        good, whole = tx.last_run(reading.STAGE), tx.last_run(reading.STAGE, full=True)
        if good is None:
            return "The records were never read without a problem."
        if whole is None:
            return f"The records were last read without a problem on {self._clock(good.finished_at)}, never in full."
        return (
            f"The records were last read without a problem on {self._clock(good.finished_at)}, and in full on "
            f"{self._clock(whole.finished_at)}."
        )

    def _post(
        self,
        tx: Transaction,
        subject: str,
        paragraphs: tuple[str, ...],
        now: datetime,
        of: Iterable[object],
        heads_of: tuple[str, ...],
        call: Call,
    ) -> None:
        directory = self._mandate.directory
        today = self._mandate.policy.calendar.today(now)
        for person in sorted({directory.administrator, *heads(directory, today)}):
            words = ServiceLetter(identity(PURPOSE, *of, person), person, now, PURPOSE, subject, paragraphs)
            post(tx, self._letters, words._replace(heads=heads_of, call=call), first=True)

    def _entry(self, decision: Decision, sight: Sight, now: datetime) -> Entry:
        detail = {"since": sight.since.isoformat(), "reason": sight.reason}
        return Entry(now, decision, "", "source", self._mandate.policy.version, detail)

    def _clock(self, moment: datetime) -> str:
        return wall_clock(moment, self._mandate.policy.calendar.timezone)
