"""The audit: an independent look at whether everything that is owed is kept, and everybody who was to hear was told."""

import json
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from itertools import islice
from typing import NamedTuple, Protocol

import structlog

from riskwatch.core.audit import Code, Finding, Kept, fingerprint, judge, judge_absent
from riskwatch.core.digest import digest
from riskwatch.core.facts import History, Sighting
from riskwatch.core.faults import SourceFault
from riskwatch.core.mandate import Mandate
from riskwatch.core.obligations import fold
from riskwatch.core.retelling import View
from riskwatch.core.sightings import settle
from riskwatch.core.tracking import Run, Watched
from riskwatch.pipeline.confidence import standing_trouble
from riskwatch.pipeline.ports import Source, Store
from riskwatch.pipeline.reading import STAGE as REFRESH

STAGE = "audit"
MEMORY = "audit-memory"
"""The named value in which the auditor keeps what it has seen and could not be certain of, and its mandate."""
BATCH = 1000
"""Children read and judged at a time."""
MAX_SUSPECTS = 1000
"""Children looked at a second time; how many more there were is said."""
MAX_FINDINGS = 200
SLACK = timedelta(minutes=2)
"""How long the stages may take beyond the time between two readings."""
LETTER_WAIT = timedelta(minutes=30)
"""How long after its next attempt was due a letter is stuck: attempts are at most a quarter of an hour apart."""
_WAIT_FOR_FULL = (Code.UNOWED, Code.TOLD_UNOWED)
"""Only a full reading takes back what is no longer asked for: until one has been made nobody is to blame."""

log = structlog.get_logger()


class Books(Protocol):
    """What the store holds, read without a stage's help and without keeping any writer waiting."""

    def kept(self, child_refs: Sequence[str]) -> Mapping[str, Kept]:
        """Return everything kept of these children, as of one moment; every child asked for has an entry."""
        ...

    def sightings(self, child_refs: Sequence[str]) -> Mapping[str, Sequence[Sighting]]:
        """Return what is remembered of these children's records, oldest first; a child without any is left out."""
        ...

    def children_owed(self, after: str, limit: int) -> Sequence[str]:
        """Return the next children of whom anything is open, in the store's own order; "" begins."""
        ...

    def stuck(self, before: datetime, limit: int) -> Sequence[tuple[str, str]]:
        """Return letters whose claim ran out, or whose next attempt was due, before a moment, and why in words.

        Notices that are held back for longer than that are among them.
        """
        ...


class Audited(NamedTuple):
    """What an audit found. `problem` is what kept it from judging, blank where nothing did.

    `beyond` counts what is not listed; `waiting` what a reading or a sweep that is still to come may explain.
    """

    children: int
    findings: Sequence[Finding]
    beyond: int = 0
    waiting: int = 0
    problem: str = ""

    @property
    def clean(self) -> bool:
        """Whether everything was looked at, and nothing is wrong."""
        return not self.findings and not self.problem

    @property
    def summary(self) -> str:
        """What is wrong, in one line; blank where nothing is."""
        said = [self.problem] if self.problem else []
        if self.findings:
            number = len(self.findings)
            found = f"more than {number} findings" if self.beyond else f"{number} finding{'s' if number > 1 else ''}"
            said.append(f"{found}, the first: {self.findings[0].sentence}")
        return "; ".join(said)


class Auditor:
    """Judges the books by the facts, the policy and the directory as they are."""

    def __init__(
        self, source: Source, store: Store, books: Books, mandate: Mandate, *, refresh_every: timedelta
    ) -> None:
        self._source = source
        self._store = store
        self._books = books
        self._grace = refresh_every + SLACK
        self.mandate = mandate

    def run(self, now: datetime, clock: Callable[[], datetime] | None = None) -> Audited:
        """Look at everything, at what is suspect a second time, and keep the run.

        `clock` tells how time goes on meanwhile; None: it stands still.
        """
        clock = clock or (lambda: now)
        work = _Audit(self._source, self._store, self._books, self.mandate, now, clock, self._grace)
        done = work.run()
        finished_at = clock()
        counts = {
            "children": done.children,
            "findings": len(done.findings) + done.beyond,
            "waiting": done.waiting,
        }
        with self._store.begin() as tx:
            tx.remember(MEMORY, work.memory.text())
            tx.save_run(Run(STAGE, now, finished_at, False, counts, done.summary))
        for finding in done.findings:
            log.error(
                "audit-finding",
                kind=finding.code,
                child_ref=finding.child_ref,
                subject=finding.subject,
                problem=finding.sentence,
            )
        return done


class _Memory:
    """What the auditor remembers from one audit to the next."""

    def __init__(self, text: str | None, mandate: str, now: datetime) -> None:
        kept = json.loads(text or "{}")
        self.first_seen = {key: datetime.fromisoformat(at) for key, at in kept.get("seen", {}).items()}
        self.mandate = mandate
        # At the very first audit nothing is known of an earlier mandate: it is taken to have been as it is.
        since = kept.get("since") if kept.get("mandate", mandate) == mandate else now.isoformat()
        self.since = None if since is None else datetime.fromisoformat(since)

    def text(self) -> str:
        """Return it as it is kept."""
        seen = {key: at.isoformat() for key, at in self.first_seen.items()}
        since = None if self.since is None else self.since.isoformat()
        return json.dumps({"seen": seen, "mandate": self.mandate, "since": since}, sort_keys=True)


class _Audit:
    """One audit under way."""

    def __init__(
        self,
        source: Source,
        store: Store,
        books: Books,
        mandate: Mandate,
        now: datetime,
        clock: Callable[[], datetime],
        grace: timedelta,
    ) -> None:
        self._source = source
        self._clock = clock
        self._books = books
        self._mandate = mandate
        self._now = now
        self._grace = grace
        with store.begin() as tx:
            self.memory = _Memory(tx.recall(MEMORY), fingerprint(mandate), now)
            self._latest = tx.last_run(REFRESH, good=False)
            self._full = tx.last_run(REFRESH, full=True)
            self._trouble = standing_trouble(tx)
        self._view = View(mandate, now, now - grace, self.memory.since)
        self._children = 0
        self._met: array[int] = array("q")
        # What is certain has its own room: a change of policy makes every child doubtful for a while.
        self._suspects: dict[bool, dict[str, None]] = {True: {}, False: {}}
        self._beyond = 0

    def run(self) -> Audited:
        """Judge letters and children."""
        stuck = list(self._stuck())
        problem = self._blind()
        findings: list[Finding] = []
        if not problem:
            try:
                self._look_at_all()
                findings = [finding for refs in self._doubtful() for finding in self._judge(refs)]
            except SourceFault as fault:
                problem, findings = f"blind: the records cannot be read: {fault}", []
        counted, waiting = self._lasting(findings) if not problem else ([], 0)
        stuck += counted
        beyond = self._beyond + max(0, len(stuck) - MAX_FINDINGS)
        return Audited(self._children, stuck[:MAX_FINDINGS], beyond, waiting, problem)

    def _blind(self) -> str:
        """Return why the facts cannot be relied on; blank where they can."""
        if self._latest is None:
            return "blind: the records were never read"
        if self._trouble is not None:
            return f"blind: what the source gives is not believed: {self._trouble.reason}"
        return f"blind: the last reading of the records failed: {self._latest.problem}" if self._latest.problem else ""

    # --- the first look ----------------------------------------------------------------------------------------------
    def _look_at_all(self) -> None:
        """Judge every child of the source, then every child that only the books know; note who is suspect."""
        for reading in self._source.read_all(batch=BATCH):
            self._children += len(reading.histories)
            self._met.extend(_mark(history.child.child_ref) for history in reading.histories)
            self._suspect(self._judge_present(reading.histories))
        self._met = array("q", sorted(self._met))
        after = ""
        while refs := self._books.children_owed(after, BATCH):
            after = refs[-1]
            absent = [ref for ref in refs if not self._is_met(ref)]
            self._suspect(self._judge_absent(absent))

    def _is_met(self, child_ref: str) -> bool:
        mark = _mark(child_ref)
        index = bisect_left(self._met, mark)
        return index < len(self._met) and self._met[index] == mark

    def _suspect(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            shelf = self._suspects[self._counts(finding)]
            if finding.child_ref in shelf or len(shelf) < MAX_SUSPECTS:
                shelf[finding.child_ref] = None
            elif self._counts(finding):
                self._beyond += 1

    # --- the second look ---------------------------------------------------------------------------------------------
    def _doubtful(self) -> Iterator[list[str]]:
        refs = iter(dict.fromkeys([*self._suspects[True], *self._suspects[False]]))
        while batch := list(islice(refs, BATCH)):
            yield batch

    def _judge(self, child_refs: Sequence[str]) -> Iterator[Finding]:
        """Read these children anew, and judge them anew: what was only on its way has arrived."""
        reading = self._source.read(child_refs)
        met = {history.child.child_ref for history in reading.histories}
        yield from self._judge_present(reading.histories)
        yield from self._judge_absent([ref for ref in child_refs if ref not in met])

    def _judge_present(self, histories: Sequence[History]) -> Iterator[Finding]:
        refs = [history.child.child_ref for history in histories]
        sightings = self._books.sightings(refs)
        kept = self._books.kept(refs)
        # The stages go on meanwhile: what they told by the time at which the books were read was not told ahead.
        now = max(self._now, self._clock())
        self._view = self._view._replace(now=now, grace_from=now - self._grace)
        for history in histories:
            ref = history.child.child_ref
            try:
                yield from self._judge_one(history, sightings.get(ref, ()), kept[ref])
            except Exception as error:  # one child must not end the audit: that it cannot be judged is the finding
                log.exception("child-set-aside", child_ref=ref, error=type(error).__name__)
                sentence = f"the child cannot be reckoned ({type(error).__name__}), and so is not watched as it should"
                yield Finding(Code.UNRECKONABLE, ref, ref, sentence)

    def _judge_one(self, history: History, sightings: Sequence[Sighting], kept: Kept) -> list[Finding]:
        now = self._view.now
        settled = settle(history, sightings, now, first_reading=False).history
        account = fold(settled, self._mandate.rulebook, now)
        facts = Watched(
            child_ref=history.child.child_ref,
            unit=history.child.unit,
            officer=history.child.officer,
            tier=account.tier,
            standing=account.standing,
            digest=digest(history, self._mandate.fingerprint),
            next_known_at=account.next_known_at,
        )
        return list(judge(facts, account, kept, self._view))

    def _judge_absent(self, child_refs: Sequence[str]) -> Iterator[Finding]:
        if child_refs:
            for kept in self._books.kept(child_refs).values():
                yield from judge_absent(kept)

    def _stuck(self) -> Iterator[Finding]:
        for letter_id, sentence in self._books.stuck(self._now - LETTER_WAIT, MAX_FINDINGS + 1):
            yield Finding(Code.STUCK, "", letter_id, sentence)

    # --- what lasts --------------------------------------------------------------------------------------------------
    def _lasting(self, findings: Iterable[Finding]) -> tuple[list[Finding], int]:
        """Return what counts, and how much does not yet; what may be explained counts once it has lasted."""
        counted: list[Finding] = []
        seen: dict[str, datetime] = {}
        for finding in findings:
            if self._counts(finding):
                counted.append(finding)
            if not finding.certain:
                seen[finding.key] = self.memory.first_seen.get(finding.key, self._now)
        self.memory.first_seen = dict(islice(seen.items(), 2 * MAX_SUSPECTS))
        return counted, len(seen.keys() - {finding.key for finding in counted})

    def _counts(self, finding: Finding) -> bool:
        first_seen = self.memory.first_seen.get(finding.key)
        if finding.certain or first_seen is None:
            return finding.certain
        if finding.code in _WAIT_FOR_FULL and (self._full is None or self._full.started_at < first_seen):
            return False
        return self._now - first_seen >= self._grace


def _mark(child_ref: str) -> int:
    """Return a number for a child_ref: eight bytes a child, where a million names would take a hundred megabytes."""
    return int.from_bytes(blake2b(child_ref.encode("utf-8", "surrogatepass"), digest_size=8).digest(), signed=True)
