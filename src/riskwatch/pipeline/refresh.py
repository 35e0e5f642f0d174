"""Refresh: read the agency's records, and keep what they say is owed."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol, TypeVar

from riskwatch.core.account import Account
from riskwatch.core.digest import digest
from riskwatch.core.facts import History, Reading, Rejected, Sighting, Table
from riskwatch.core.faults import SourceFault
from riskwatch.core.mandate import Mandate
from riskwatch.core.obligations import fold
from riskwatch.core.reconciling import Change, Look, doubt, reconcile
from riskwatch.core.sightings import settle
from riskwatch.core.tracking import Decision, Entry, Run, Watched
from riskwatch.core.vocabulary import unknown_words
from riskwatch.pipeline.ports import Source, Store, Transaction

STAGE = "refresh"
CURSOR = "source-cursor"
FINGERPRINT = "policy-fingerprint"
BATCH = 1000
"""Children read, folded and kept in one transaction."""
DUE_LIMIT = 20_000
"""How many obligations that are due have their children read once more before they are told; a sweep takes as many."""
MAX_REJECTED = 10_000
"""How many unreadable rows are kept for a person to see; that there were more is said."""


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

    def __init__(self, source: Source, store: Store, mandate: Mandate, *, shrink_limit_percent: int = 100) -> None:
        self._source = source
        self._store = store
        self._shrink_limit_percent = shrink_limit_percent
        self.mandate = mandate

    def full(self, now: datetime) -> Refreshed:
        """Read everything, and doubt what is no longer there.

        A source that fails half-way, or has shrunk beyond the limit, withdraws nothing.
        """
        work = _Work(self._store, self.mandate, now, full=True)
        cursor = self._cursor()
        problem = ""
        try:
            changes = self._source.changed_since("") if cursor is None else self._source.changed_since(cursor)
            for reading in self._source.read_all(batch=BATCH):
                work.take(reading)
            problem = work.miss_the_absent(self._shrink_limit_percent)
        except SourceFault as fault:
            changes, problem = None, str(fault)
        with self._store.begin() as tx:
            if not problem:
                tx.replace_rejected(work.rejected_and_bound(), child_refs=None, at=now)
                tx.remember(FINGERPRINT, self.mandate.fingerprint)
                if changes is not None:
                    tx.remember(CURSOR, changes.cursor)
            return work.finish(tx, problem)

    def changed(self, now: datetime) -> Refreshed:
        """Read what has changed since the last look; everything, where the source cannot tell."""
        cursor = self._cursor()
        if cursor is None:
            return self.full(now)
        work = _Work(self._store, self.mandate, now, full=False)
        try:
            changes = self._source.changed_since(cursor)
            if changes is None:
                return self.full(now)
            with self._store.begin() as tx:
                due = tx.due_to_read(now)
            self._read(work, [*dict.fromkeys([*changes.child_refs, *due])])
        except SourceFault as fault:
            with self._store.begin() as tx:
                return work.finish(tx, str(fault))
        with self._store.begin() as tx:
            tx.remember(CURSOR, changes.cursor)
            return work.finish(tx, "")

    def look_again(self, child_refs: Sequence[str], now: datetime) -> bool:
        """Read these children once more before a letter about them leaves; whether the source answered."""
        work = _Work(self._store, self.mandate, now, full=False)
        try:
            self._read(work, child_refs)
        except SourceFault:
            return False
        return True

    def before_telling(self, now: datetime) -> None:
        """Read the children of whom the next sweep may tell: what a check has just discharged is not told."""
        with self._store.begin() as tx:
            due = {tracked.child_ref for tracked in tx.due(now, DUE_LIMIT)} | {*tx.due_to_read(now)}
        if due:
            self.look_again(sorted(due), now)

    def _read(self, work: "_Work", child_refs: Sequence[str]) -> None:
        for start in range(0, len(child_refs), BATCH):
            some = child_refs[start : start + BATCH]
            work.take(self._source.read(some), asked=some)

    def _cursor(self) -> str | None:
        with self._store.begin() as tx:
            return tx.recall(CURSOR)


class _Work:
    """One refresh under way."""

    def __init__(self, store: Store, mandate: Mandate, now: datetime, *, full: bool) -> None:
        self._store = store
        self._mandate = mandate
        self._now = now
        self._full = full
        self._children = 0
        self._changed = 0
        self._failed: list[str] = []
        self.rejected: list[Rejected] = []
        self.rejected_beyond = 0
        with store.begin() as tx:
            self._first_reading = tx.last_run(STAGE, full=True) is None
            # Until a full reading under it is done, the policy is new to every child that is met.
            self._anew = tx.recall(FINGERPRINT) not in (None, mandate.fingerprint)

    def take(self, reading: Reading, *, asked: Sequence[str] = ()) -> None:
        """Fold a reading, and keep what changed, in one transaction."""
        self._children += len(reading.histories)
        rejected = [*reading.rejected, *unknown_words(reading.histories, self._mandate.policy)]
        with self._store.begin() as tx:
            rejected += self._keep(tx, reading.histories)
            met = {history.child.child_ref for history in reading.histories}
            if self._full:
                tx.mark_met(sorted(met), self._now)
            else:
                self._doubt_all(tx, [ref for ref in asked if ref not in met])
                tx.replace_rejected(rejected, child_refs=asked, at=self._now)
        self._reject(rejected)

    def miss_the_absent(self, shrink_limit_percent: int) -> str:
        """Doubt what is owed to children whom a full reading did not meet; the problem where too many are missing."""
        with self._store.begin() as tx:
            absent = [child.child_ref for child in tx.unread_since(self._now)]
            before = len(absent) + self._children
            if self._children == 0:
                return "the source gave no children at all; check its queries and its last load"
            if len(absent) * 100 > before * shrink_limit_percent:
                return (
                    f"the source gave {self._children} children where {before} were known, beyond the limit of "
                    f"{shrink_limit_percent} %; check its last load, or raise source.shrink_limit_percent"
                )
            for start in range(0, len(absent), BATCH):
                self._doubt_all(tx, absent[start : start + BATCH])
        return ""

    def rejected_and_bound(self) -> Sequence[Rejected]:
        """Return the rows to keep; where there were more than are kept, one more row says so."""
        if not self.rejected_beyond:
            return self.rejected
        reason = f"{self.rejected_beyond} further rows could not be read; mend these {MAX_REJECTED} first"
        return [*self.rejected, Rejected(Table.CHILDREN, "(more)", "", "", "", reason)]

    def finish(self, tx: Transaction, problem: str) -> Refreshed:
        """Keep the run, and return what was done."""
        result = Refreshed(
            full=self._full,
            children=self._children,
            changed=self._changed,
            rejected=len(self.rejected) + self.rejected_beyond,
            failed=tuple(self._failed),
            problem=problem,
        )
        counts = {"children": result.children, "changed": result.changed, "rejected": result.rejected}
        tx.save_run(Run(STAGE, self._now, self._now, self._full, counts | {"failed": len(self._failed)}, problem))
        return result

    def _keep(self, tx: Transaction, histories: Sequence[History]) -> Sequence[Rejected]:
        """Keep what follows from these histories; the children that could not be reckoned are returned as rejected."""
        known = tx.watched([history.child.child_ref for history in histories])
        fingerprint = self._mandate.fingerprint
        digests = [(history, digest(history, fingerprint)) for history in histories]
        news = [(history, mark) for history, mark in digests if self._is_news(known.get(history.child.child_ref), mark)]
        if not news:
            return []
        refs = [history.child.child_ref for history, _ in news]
        sightings = _by_child(tx.sightings(refs))
        kept = _by_child(tx.tracked(refs))
        watched: list[Watched] = []
        changes: list[Change] = []
        seen: list[Sighting] = []
        rejected: list[Rejected] = []
        for history, mark in news:
            ref = history.child.child_ref
            try:
                settled = settle(history, sightings.get(ref, ()), self._now, first_reading=self._first_reading)
                account = fold(settled.history, self._mandate.rulebook, self._now)
                child = _watched(history, account, mark)
                look = Look(self._now, self._full, _has_moved(known.get(ref), child), self._anew)
                own = reconcile(account, kept.get(ref, ()), self._mandate.policy, look)
            except Exception as error:  # one child's records must not stop the others; what was known keeps running
                self._failed.append(ref)
                reason = f"the child could not be reckoned ({type(error).__name__}); report this to the makers"
                rejected.append(Rejected(Table.CHILDREN, f"children id {ref}", ref, ref, "", reason))
                if ref in known:
                    watched.append(known[ref]._replace(digest="", next_known_at=None))
                continue
            seen += settled.seen
            changes += own
            doubted = any(change.decision is Decision.DOUBTED for change in own)
            watched.append(child._replace(digest="") if doubted else child)
        tx.save_sightings(seen)
        tx.save_watched(watched)
        self._save(tx, changes)
        self._changed += len(watched)
        return rejected

    def _reject(self, rows: Sequence[Rejected]) -> None:
        room = MAX_REJECTED - len(self.rejected)
        self.rejected += rows[:room]
        self.rejected_beyond += max(0, len(rows) - room)

    def _doubt_all(self, tx: Transaction, child_refs: Sequence[str]) -> None:
        look = Look(self._now, self._full, moved=False)
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
        version = self._mandate.policy.version
        return Entry(self._now, change.decision, tracked.child_ref, tracked.key, version, detail)

    def _is_news(self, known: Watched | None, mark: str) -> bool:
        if known is None or known.digest != mark:
            return True
        return known.next_known_at is not None and known.next_known_at <= self._now


def _watched(history: History, account: Account, mark: str) -> Watched:
    child = history.child
    return Watched(
        child_ref=child.child_ref,
        unit=child.unit,
        officer=child.officer,
        tier=account.tier,
        standing=account.standing,
        digest=mark,
        next_known_at=account.next_known_at,
    )


def _has_moved(before: Watched | None, now: Watched) -> bool:
    return before is not None and (before.unit, before.officer) != (now.unit, now.officer)


class _OfChild(Protocol):
    @property
    def child_ref(self) -> str: ...


_Row = TypeVar("_Row", bound=_OfChild)


def _by_child(rows: Iterable[_Row]) -> dict[str, list[_Row]]:
    by_child: dict[str, list[_Row]] = {}
    for row in rows:
        by_child.setdefault(row.child_ref, []).append(row)
    return by_child
