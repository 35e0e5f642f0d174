"""Refresh: read the agency's records, and keep what they say is owed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from riskwatch.core.faults import SourceFault
from riskwatch.core.mandate import Mandate
from riskwatch.core.trust import Distrust, Trouble, judge_age, judge_rows
from riskwatch.pipeline import reading
from riskwatch.pipeline.confidence import (
    good_rows,
    keep_good_rows,
    note_good,
    note_loaded,
    note_trouble,
    standing_trouble,
)
from riskwatch.pipeline.ports import Source, Store, Transaction
from riskwatch.pipeline.reading import Work
from riskwatch.pipeline.stakes import postponed

STAGE = reading.STAGE
CURSOR = "source-cursor"
BATCH = 1000
"""Children read, folded and kept in one transaction."""
NO_TIME = timedelta(0)
DUE_LIMIT = 20_000
"""How many obligations that are due have their children read once more before they are told; a sweep takes as many."""


class Limits(NamedTuple):
    """How far the source is believed: how much it may lose between readings, and how old an extract may be."""

    shrink_percent: int
    stale_after: timedelta


class Refreshed(NamedTuple):
    """What a refresh did. `problem` is blank where all went well; a child that could not be reckoned is in `failed`."""

    full: bool
    children: int
    changed: int
    rejected: int
    failed: Sequence[str] = ()
    problem: str = ""


class Refresh:
    """The stage that turns records into obligations. It tells nobody: the sweep does."""

    def __init__(self, source: Source, store: Store, mandate: Mandate, *, limits: Limits | None = None) -> None:
        """`limits` None: whatever the source gives is believed, as recorded facts are in a simulation."""
        self._source = source
        self._store = store
        self._limits = limits
        self.mandate = mandate

    def full(self, now: datetime) -> Refreshed:
        """Read everything, and doubt what is no longer there.

        What tightens is kept at once; what ends, or is no longer there, only once the reading as a whole is believed.
        """
        work = self._work(now, full=True)
        changes = None
        try:
            distrust = self._distrust_of_age(now)
            changes = self._source.changed_since(self._cursor() or "")
            for part in self._source.read_all(batch=BATCH):
                work.take(part)
            distrust = distrust or self._distrust_of_rows(work)
            distrust = work.settle(self._source, distrust)
            if distrust is None:
                work.doubt_the_absent()
        except SourceFault as fault:
            distrust = Distrust(Trouble.FAILED, str(fault))
        with self._store.begin() as tx:
            if distrust is None:
                tx.replace_rejected(work.rejected_and_bound(), child_refs=None, at=now)
                tx.remember(reading.FINGERPRINT, self.mandate.fingerprint)
                keep_good_rows(tx, work.rows, now)
                if changes is not None:
                    tx.remember(CURSOR, changes.cursor)
            return _finish(tx, work, distrust, now)

    def changed(self, now: datetime) -> Refreshed:
        """Read what has changed since the last look; everything, where the source cannot tell, or was not believed."""
        cursor = self._cursor()
        if cursor is None or self._needs_full():
            return self.full(now)
        work = self._work(now, full=False)
        try:
            distrust = self._distrust_of_age(now)
            changes = self._source.changed_since(cursor)
            if changes is None:
                return self.full(now)
            with self._store.begin() as tx:
                due = tx.due_to_read(now)
            distrust = self._read(work, [*dict.fromkeys([*changes.child_refs, *due])], distrust)
        except SourceFault as fault:
            distrust = Distrust(Trouble.FAILED, str(fault))
        with self._store.begin() as tx:
            if distrust is None and changes is not None:
                tx.remember(CURSOR, changes.cursor)
            return _finish(tx, work, distrust, now)

    def look_again(self, child_refs: Sequence[str], now: datetime) -> bool:
        """Read these children once more before a letter about them leaves; whether the source answered.

        While the source is not believed, nothing is struck out on its word.
        """
        with self._store.begin() as tx:
            trouble = standing_trouble(tx)
        known = None
        if trouble is not None and trouble.needs_full:
            known = Distrust(trouble.trouble, trouble.reason)
        work = self._work(now, full=False)
        try:
            distrust = self._read(work, child_refs, known)
        except SourceFault:
            with self._store.begin() as tx:
                tx.save_watched([postponed(child, now) for child in tx.watched(child_refs).values()])
            return False
        if distrust is not None and known is None:
            with self._store.begin() as tx:
                note_trouble(tx, distrust, now, full=True)
        return True

    def before_telling(self, now: datetime, *, ahead: timedelta = NO_TIME) -> None:
        """Read the children of whom a sweep may tell within `ahead`: what a check has just discharged is not told."""
        with self._store.begin() as tx:
            due = {tracked.child_ref for tracked in tx.due(now + ahead, DUE_LIMIT)} | {*tx.due_to_read(now)}
        if due:
            self.look_again(sorted(due), now)

    def _work(self, now: datetime, *, full: bool) -> Work:
        guarded = self._limits is not None
        return Work(self._store, self.mandate, now, full=full, guarded=guarded, batch=BATCH)

    def _read(self, work: Work, child_refs: Sequence[str], distrust: Distrust | None) -> Distrust | None:
        """Read these children; return why what the source gives is not believed, None where it is."""
        work.stakes.visits_count = distrust is None
        for start in range(0, len(child_refs), BATCH):
            some = child_refs[start : start + BATCH]
            work.take(self._source.read(some), asked=some)
        if self._limits is None or not work.holds:
            return distrust
        return work.settle(self._source, distrust or self._distrust_of_counts(self._limits))

    # --- whether it is believed --------------------------------------------------------------------------------------
    def _distrust_of_age(self, now: datetime) -> Distrust | None:
        """Ask the source when it was loaded, where it can tell."""
        if self._limits is None:
            return None
        try:
            loaded_at = self._source.freshness()
        except SourceFault as fault:  # the records themselves may be there: what tightens is still read
            return Distrust(Trouble.FAILED, str(fault))
        if loaded_at is None:
            return None
        with self._store.begin() as tx:
            note_loaded(tx, loaded_at)
        calendar = self.mandate.policy.calendar
        return judge_age(loaded_at, now, stale_after=self._limits.stale_after, calendar=calendar)

    def _distrust_of_rows(self, work: Work) -> Distrust | None:
        return None if self._limits is None else work.judge(self._limits.shrink_percent)

    def _distrust_of_counts(self, limits: Limits) -> Distrust | None:
        """Count the source's rows: a look at a few children cannot tell by itself that an extract is half-loaded."""
        counts = self._source.counts()
        with self._store.begin() as tx:
            good = good_rows(tx)
        return judge_rows(counts, good, limit_percent=limits.shrink_percent)

    def _needs_full(self) -> bool:
        with self._store.begin() as tx:
            trouble = standing_trouble(tx)
        return trouble is not None and trouble.needs_full

    def _cursor(self) -> str | None:
        with self._store.begin() as tx:
            return tx.recall(CURSOR)


def _finish(tx: Transaction, work: Work, distrust: Distrust | None, now: datetime) -> Refreshed:
    """Keep the run, and return what was done."""
    problem = "" if distrust is None else distrust.reason
    if distrust is None:
        note_good(tx, full=work.full)
    else:
        note_trouble(tx, distrust, now, full=work.full)
    run = work.run(problem)
    tx.save_run(run)
    return Refreshed(
        full=work.full,
        children=work.children,
        changed=work.changed,
        rejected=run.counts["rejected"],
        failed=tuple(work.failed),
        problem=problem,
    )
