"""Reading: what one look at the source gives is reckoned, held against what was known, and kept."""

from collections.abc import Sequence
from datetime import datetime

from riskwatch.core.digest import digest
from riskwatch.core.facts import History, Reading, Rejected, Sighting, Table, by_child
from riskwatch.core.mandate import Mandate
from riskwatch.core.obligations import fold
from riskwatch.core.reconciling import Change, Look, doubt, is_retired, reconcile
from riskwatch.core.sightings import settle
from riskwatch.core.succession import Effects, deadlines_kept, effects_of
from riskwatch.core.tracking import Decision, Entry, Run, Tracked, Watched
from riskwatch.core.trust import Distrust, Rows, Trouble, judge_rows, rows_of, shrunk, visits_are_missing
from riskwatch.core.vocabulary import unknown_people, unknown_words
from riskwatch.pipeline.confidence import good_rows
from riskwatch.pipeline.configuration import add_effects
from riskwatch.pipeline.ports import Source, Store, Transaction
from riskwatch.pipeline.stakes import Caution, Reckoned, Stakes, has_moved, watched_of

STAGE = "refresh"
_REASONS = {Decision.DOUBTED: "not-in-the-records", Decision.REOPENED: "follows-again"}
RETIRED = "rule-retired"
FINGERPRINT = "policy-fingerprint"
MAX_REJECTED = 10_000
"""How many unreadable rows are kept for a person to see; that there were more is said."""

_CUT = Distrust(Trouble.FAILED, "the source gave fewer rows of a child than a moment ago; it may be loading")


class Work:
    """One look at the source under way, at all children or at some.

    A look that may be of a half-loaded extract is `guarded`: a child of which it would end, doubt or reopen something,
    or lose whose it is, is held, until it is known whether the look as a whole may be believed. `batch` children are
    kept in one transaction.
    """

    def __init__(self, store: Store, mandate: Mandate, now: datetime, *, full: bool, guarded: bool, batch: int) -> None:
        self.full = full
        self.children = 0
        self.rows = Rows()
        self.changed = 0
        self.failed: list[str] = []
        self.rejected: list[Rejected] = []
        self.rejected_beyond = 0
        self._store = store
        self._mandate = mandate
        self._now = now
        self._batch = batch
        self._caution = Caution.HOLD if guarded else Caution.BELIEVE
        self._held: dict[str, Rows] = {}
        self._effects = Effects()
        with store.begin() as tx:
            good = tx.last_run(STAGE)
            whole = tx.last_run(STAGE, full=True)
            self.stakes = Stakes(None if good is None else good.started_at, visits_count=not full)
            self._whole_at = None if whole is None else whole.started_at
            # Until a full reading under it is done, the policy is new to every child that is met.
            self._anew = tx.recall(FINGERPRINT) not in (None, mandate.fingerprint)
        self._first_reading = whole is None

    # --- taking ------------------------------------------------------------------------------------------------------
    def take(self, reading: Reading, *, asked: Sequence[str] = ()) -> None:
        """Fold a reading, and keep what changed, in one transaction."""
        self.children += len(reading.histories)
        self.rows = self.rows.plus(rows_of(reading.histories))
        rejected = [*reading.rejected, *self._unknown(reading.histories)]
        with self._store.begin() as tx:
            rejected += self._keep(tx, reading.histories, self._caution)
            met = {history.child.child_ref for history in reading.histories}
            if self.full:
                tx.mark_met(sorted(met), self._now)
            else:
                self._miss(tx, [ref for ref in asked if ref not in met])
                tx.replace_rejected(rejected, child_refs=asked, at=self._now)
            self._count_effects(tx)
        self._reject(rejected)

    def _unknown(self, histories: Sequence[History]) -> Sequence[Rejected]:
        """Return a row for each word that the policy or the directory does not know."""
        policy = self._mandate.policy
        people = unknown_people(histories, self._mandate.directory, self._now, policy.calendar.today(self._now))
        return [*unknown_words(histories, policy), *people]

    @property
    def holds(self) -> bool:
        """Whether a child is held until the look is judged."""
        return bool(self._held)

    def settle(self, source: Source, distrust: Distrust | None) -> Distrust | None:
        """Read the children that were held once more, now that the look is judged, and keep what may be kept.

        Returns why the look is not believed after all. Raises SourceFault where the source does not answer.
        """
        caution = Caution.BELIEVE if distrust is None else Caution.TIGHTEN
        self.stakes.checks_missing = distrust is not None and distrust.checks_missing
        held = sorted(self._held)
        for start in range(0, len(held), self._batch):
            some = held[start : start + self._batch]
            if not self._take_held(source.read(some), some, caution):
                distrust = distrust or _CUT
        return distrust

    def _take_held(self, reading: Reading, asked: Sequence[str], caution: Caution) -> bool:
        """Keep children that were held; whether each had all the rows that it had before."""
        met = {history.child.child_ref: history for history in reading.histories}
        whole = [history for ref, history in met.items() if rows_of([history]).at_least(self._held[ref])]
        absent = [ref for ref in asked if ref not in met]
        with self._store.begin() as tx:
            rejected = self._keep(tx, whole, caution)
            if self.full:
                tx.mark_met([history.child.child_ref for history in whole], self._now)
            elif caution is Caution.BELIEVE:
                self._doubt_all(tx, [ref for ref in absent if self._held[ref] == Rows()])
            self._count_effects(tx)
        self._reject(rejected)
        return len(whole) == len(met) and all(self._held[ref] == Rows() for ref in absent)

    def _miss(self, tx: Transaction, absent: Sequence[str]) -> None:
        """Doubt what is owed to children who were asked for and not given, at once or when the look is judged."""
        if self._caution is Caution.BELIEVE:
            self._doubt_all(tx, absent)
        elif absent:
            self._held.update(dict.fromkeys(tx.watched(absent), Rows()))

    # --- judging -----------------------------------------------------------------------------------------------------
    def judge(self, limit_percent: int) -> Distrust | None:
        """Return why this full reading is not believed; None where it is."""
        if not self.children:
            return Distrust(Trouble.EMPTY, "the source gave no children at all; check its queries and its last load")
        if not self.rows.assessments:
            text = "the source gave no assessments at all, so that nobody would be watched; check its queries and load"
            return Distrust(Trouble.EMPTY, text)
        with self._store.begin() as tx:
            good = good_rows(tx)
            lost = len(tx.unread_since(self._now))
            if self._whole_at is not None:  # who was missing at the last good reading is not lost anew
                lost -= len(tx.unread_since(self._whole_at))
        if lost * 100 > (lost + self.children) * limit_percent:
            sentence = shrunk("children", self.children, lost + self.children, limit_percent)
            return Distrust(Trouble.SHRUNK, sentence, visits_are_missing(self.rows, good))
        return judge_rows(self.rows, good, limit_percent=limit_percent)

    def doubt_the_absent(self) -> None:
        """Doubt what is owed to children whom a full reading, which is believed, did not meet."""
        with self._store.begin() as tx:
            absent = [child.child_ref for child in tx.unread_since(self._now)]
            for start in range(0, len(absent), self._batch):
                self._doubt_all(tx, absent[start : start + self._batch])

    # --- keeping -----------------------------------------------------------------------------------------------------
    def rejected_and_bound(self) -> Sequence[Rejected]:
        """Return the rows to keep; where there were more than are kept, one more row says so."""
        if not self.rejected_beyond:
            return self.rejected
        reason = f"{self.rejected_beyond} further rows need a person; mend these {len(self.rejected)} first"
        return [*self.rejected, Rejected(Table.CHILDREN, "(more)", "", "", "", reason)]

    def run(self, problem: str) -> Run:
        """Return the run to keep."""
        rejected = len(self.rejected) + self.rejected_beyond
        counts = {"children": self.children, "changed": self.changed, "rejected": rejected, "failed": len(self.failed)}
        if self.full:
            counts |= {"listed": self.rows.children, "assessments": self.rows.assessments, "checks": self.rows.checks}
        return Run(STAGE, self._now, self._now, self.full, counts, problem)

    def _keep(self, tx: Transaction, histories: Sequence[History], caution: Caution) -> list[Rejected]:
        """Keep what follows from these histories; the children that could not be reckoned are returned as rejected."""
        known = tx.watched([history.child.child_ref for history in histories])
        fingerprint = self._mandate.fingerprint
        digests = [(history, digest(history, fingerprint)) for history in histories]
        news = [(history, mark) for history, mark in digests if self._is_news(known.get(history.child.child_ref), mark)]
        if not news:
            return []
        refs = [history.child.child_ref for history, _ in news]
        sightings = by_child(tx.sightings(refs))
        kept = by_child(tx.tracked(refs))
        done: list[Reckoned] = []
        failed: list[Watched] = []
        rejected: list[Rejected] = []
        for history, mark in news:
            ref = history.child.child_ref
            try:
                one = self._reckon(history, mark, known.get(ref), sightings.get(ref, ()), kept.get(ref, ()))
            except Exception as error:  # one child's records must not stop the others; what was known keeps running
                self.failed.append(ref)
                reason = f"the child could not be reckoned ({type(error).__name__}); report this to the makers"
                rejected.append(Rejected(Table.CHILDREN, f"children id {ref}", ref, ref, "", reason))
                if ref in known:
                    failed.append(known[ref]._replace(digest="", next_known_at=None))
                continue
            if caution is Caution.HOLD and self.stakes.are_in(one):
                self._held[ref] = rows_of([history])
            else:
                done.append(self.stakes.tightened(one, self._now) if caution is Caution.TIGHTEN else one)
        tx.save_sightings([seen for one in done for seen in one.seen])
        tx.save_watched([one.child for one in done] + failed)
        self._save(tx, [change for one in done for change in one.changes])
        if self._anew:
            for one in done:
                effects = effects_of(one.changes, one.kept, self._mandate.policy)
                self._effects = self._effects.plus(effects._replace(kept=one.stands))
        self.changed += len(done) + len(failed)
        return rejected

    def _reckon(
        self,
        history: History,
        mark: str,
        before: Watched | None,
        sightings: Sequence[Sighting],
        kept: Sequence[Tracked],
    ) -> Reckoned:
        settled = settle(history, sightings, self._now, first_reading=self._first_reading)
        account = fold(settled.history, self._mandate.rulebook, self._now)
        child = watched_of(history, account, mark)
        look = Look(self._now, self.full, has_moved(before, child), self._anew)
        own = reconcile(account, kept, self._mandate.policy, look)
        after = {tracked.key: tracked for tracked in (*kept, *(change.tracked for change in own))}
        # Until a doubt is settled the rows are news: only a full reading that reckons the child can withdraw.
        if any(tracked.doubted_at is not None and tracked.ended_at is None for tracked in after.values()):
            child = child._replace(digest="")
        new = frozenset(change.tracked.key for change in own) - {tracked.key for tracked in kept}
        stands = deadlines_kept(account, kept, self._mandate.policy) if self._anew else 0
        return Reckoned(before, child, own, new, settled.seen, kept, stands)

    def _count_effects(self, tx: Transaction) -> None:
        """Count what a new policy has changed, in the transaction that changes it."""
        add_effects(tx, self._effects, self._now)
        self._effects = Effects()

    def _reject(self, rows: Sequence[Rejected]) -> None:
        for row in rows:
            # A unit that nobody entered is a row for each of its children; they leave room for what is not counted.
            if len(self.rejected) < (MAX_REJECTED // 2 if row.counted else MAX_REJECTED):
                self.rejected.append(row)
            else:
                self.rejected_beyond += 1

    def _doubt_all(self, tx: Transaction, child_refs: Sequence[str]) -> None:
        look = Look(self._now, self.full, moved=False)
        kept = [tracked for tracked in tx.tracked(child_refs) if tracked.ended_at is None]
        self._save(tx, [change for tracked in kept if (change := doubt(tracked, look)).tracked != tracked])
        forgotten = [child._replace(digest="", next_known_at=None) for child in tx.watched(child_refs).values()]
        tx.save_watched(forgotten)

    def _save(self, tx: Transaction, changes: Sequence[Change]) -> None:
        tx.save_tracked([change.tracked for change in changes])
        tx.journal([self._entry(change) for change in changes])

    def _entry(self, change: Change) -> Entry:
        tracked = change.tracked
        detail = {"rule": tracked.rule, "basis": str(tracked.basis), "due_at": tracked.due_at.isoformat()}
        if tracked.ending is not None:
            detail |= {"ending": str(tracked.ending), "by": tracked.ended_by}
        retired = change.decision is Decision.ENDED and is_retired(tracked, self._mandate.policy)
        detail["reason"] = RETIRED if retired else _REASONS.get(change.decision) or str(tracked.ending or tracked.basis)
        version = self._mandate.policy.version
        return Entry(self._now, change.decision, tracked.child_ref, tracked.key, version, detail)

    def _is_news(self, known: Watched | None, mark: str) -> bool:
        if known is None or known.digest != mark:
            return True
        return known.next_known_at is not None and known.next_known_at <= self._now
