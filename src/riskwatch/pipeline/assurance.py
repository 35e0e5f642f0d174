"""Assurance: what the service says of itself, so that its silence is never taken for good news."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import partial
from typing import NamedTuple

import structlog

from riskwatch.core.facts import Rejected, Table
from riskwatch.core.faults import Fault
from riskwatch.core.health import Limits
from riskwatch.core.mandate import Mandate
from riskwatch.core.notices import ServiceLetter
from riskwatch.core.tracking import Watched
from riskwatch.pipeline.blindness import Blindness
from riskwatch.pipeline.changes import Changes
from riskwatch.pipeline.daily import Daily
from riskwatch.pipeline.delays import Delays
from riskwatch.pipeline.ports import Letters, Store
from riskwatch.pipeline.posting import identity, post
from riskwatch.pipeline.reports import Reports

MAX_ROWS = 500
"""How many rejected rows a letter lists; how many more there are is said in words."""

log = structlog.get_logger()


class Vigilance(NamedTuple):
    """When the service speaks of itself: each day at a local time; and when it should not wait any longer.

    `grace` is how long the source may fail, `stale_after` how long it may not be read, before that is blindness; a
    letter that is older than `unsent_limit` is late.
    """

    daily_at: time
    grace: timedelta
    stale_after: timedelta
    unsent_limit: timedelta
    health: Limits


class Assurance:
    """Writes letters about the service itself."""

    def __init__(
        self, store: Store, reports: Reports, letters: Letters, mandate: Mandate, vigilance: Vigilance
    ) -> None:
        self._store = store
        self._reports = reports
        self._letters = letters
        self.mandate = mandate
        self._blindness = Blindness(store, letters, mandate, grace=vigilance.grace, stale_after=vigilance.stale_after)
        self._delays = Delays(store, reports, letters, mandate, unsent_limit=vigilance.unsent_limit)
        self._changes = Changes(store, letters, mandate)
        self._daily = Daily(store, reports, letters, mandate, at=vigilance.daily_at, limits=vigilance.health)

    def watch(self, now: datetime) -> None:
        """Tell of a source that is not to be believed, of late letters, and of what a new configuration changed.

        For every pass, after reading.
        """
        if self._attempt(partial(self._blindness.look, now)):
            log.warning("blind")
        self._attempt(partial(self._delays.look, now))
        self._attempt(partial(self._changes.look, now))

    def daily(self, now: datetime) -> None:
        """Write the letters of the local day, once their time has come and until they are written.

        A service that was down at that time makes up for it at its start.
        """
        self._attempt(partial(self._write_once, now))

    def _write_once(self, now: datetime) -> bool:
        if not self._daily.is_due(now):
            return False
        self.data_quality(now)
        log.info("daily-letters-written", letters=self._daily.write(now))
        return True

    def _attempt(self, work: Callable[[], bool]) -> bool:
        try:
            return work()
        except Fault:
            raise
        except Exception as error:  # what the service says of itself must not keep it from telling of children
            log.exception("assurance-failed", error=type(error).__name__)
            return False

    def data_quality(self, now: datetime) -> bool:
        """Put a letter on the rows that could not be read into the outbox; whether there was anything to say.

        One letter a local day: a second call on the same day gives the same letter, which the outbox keeps once.
        """
        rows = [*map(_unclocked, self._reports.unclocked(MAX_ROWS + 1)), *self._reports.rejected(MAX_ROWS + 1)]
        if not rows:
            return False
        day = self.mandate.policy.calendar.local(now).date()
        listed = rows[:MAX_ROWS]
        more = (
            "" if len(rows) <= MAX_ROWS else f" Only the first {MAX_ROWS} are listed here; `riskwatch status` has more."
        )
        need = "needs" if len(rows) == 1 else "need"
        words = ServiceLetter(
            letter_id=identity("data-quality", day),
            recipient=self.mandate.directory.administrator,
            made_at=now,
            purpose="data-quality",
            subject=f"Data quality: {_count(len(rows))} of the agency's records {need} a person",
            paragraphs=(
                "These records could not be read, or hold a word that the policy or the directory does not know. A "
                "record that does not count can hide a danger or a visit: please have each put right at its source."
                + more,
                "A row marked as counted was taken into account in the strict way named beside it.",
            ),
            heads=("What is wrong, and what to do",),
            table_head=("record", "case", "column", "what is wrong", "counted"),
            table_rows=tuple(
                (row.where, row.child_ref, row.column, row.reason, "yes" if row.counted else "no") for row in listed
            ),
        )
        with self._store.begin() as tx:
            post(tx, self._letters, words)
        return True


def _unclocked(child: Watched) -> Rejected:
    """Return the line of a child at risk whom no rule watches: the order of its assessments started none."""
    reason = f"at risk ({child.tier}), but no rule has anything outstanding: assess the child anew, or mend the policy"
    ref = child.child_ref
    return Rejected(Table.CHILDREN, f"children id {ref}", ref, ref, "", reason, counted=True)


def _count(rows: int) -> str:
    return f"more than {MAX_ROWS}" if rows > MAX_ROWS else str(rows)
