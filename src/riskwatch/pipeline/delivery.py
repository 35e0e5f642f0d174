"""Delivery: send the letters that wait, and keep what the mail server said of each."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from hashlib import blake2b
from typing import NamedTuple, Protocol, TypeVar

import structlog

from riskwatch.core.faults import StoreFault
from riskwatch.core.mandate import Mandate
from riskwatch.core.notices import Letter, Outcome, ServiceLetter, Verdict
from riskwatch.core.tracking import Decision, Entry, Run
from riskwatch.pipeline.ports import Clock, Letters, Outbox, Store, Transaction
from riskwatch.pipeline.refresh import Refresh
from riskwatch.pipeline.sweep import Sweep

STAGE = "delivery"
LETTERS_A_CONNECTION = 16
"""How many letters are claimed at a time for each connection: few enough to be sent well within the lease."""
LEASE = timedelta(minutes=2)
"""How long a claimed letter is ours alone; a letter is begun only in the first half of it."""
FRESH = timedelta(seconds=5)
"""A letter younger than this was decided from what the source said just now: its children are not looked up again."""
FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(minutes=15)
MISCONFIGURED_RETRY = timedelta(minutes=1)
MAX_BATCHES = 10_000

log = structlog.get_logger()
_T = TypeVar("_T")


class Blocking(Protocol):
    """Runs a blocking call so that the caller can await it: in a thread, or on the spot."""

    def __call__(self, call: Callable[[], _T]) -> Awaitable[_T]:
        """Return an awaitable of the call's result."""
        ...


async def on_the_spot(call: Callable[[], _T]) -> _T:
    """Run a blocking call in the event loop itself: for a store in memory, where a thread costs more than the call."""
    return call()


async def in_a_thread(call: Callable[[], _T]) -> _T:
    """Run a blocking call in a thread, so that the event loop goes on."""
    return await asyncio.to_thread(call)


class Delivered(NamedTuple):
    """What one run of delivery did. `problem` is what stopped it, blank where nothing did."""

    sent: int = 0
    later: int = 0
    refused: int = 0
    problem: str = ""


class Stages(NamedTuple):
    """The earlier stages, which delivery asks to look once more before a letter leaves."""

    refresh: Refresh
    sweep: Sweep


class Delivery:
    """The stage that empties the outbox."""

    def __init__(
        self,
        store: Store,
        outbox: Outbox,
        letters: Letters,
        stages: Stages,
        *,
        clock: Clock,
        blocking: Blocking,
        lease: timedelta = LEASE,
    ) -> None:
        """`lease` must be more than twice as long as one letter may take to send."""
        self._store = store
        self._outbox = outbox
        self._letters = letters
        self._stages = stages
        self._clock = clock
        self._blocking = blocking
        self.lease = lease
        self._stopping = False

    @property
    def mandate(self) -> Mandate:
        """The mandate that the sweep works under."""
        return self._stages.sweep.mandate

    async def run(self) -> Delivered:
        """Send every letter that is to go now; one that cannot go waits for its next attempt."""
        total = Delivered()
        started_at = self._clock.now()
        for _ in range(MAX_BATCHES):
            if self._stopping:
                break
            now = self._clock.now()
            claimed = await self._blocking(partial(self._claim, now))
            if not claimed:
                break
            batch = _Batch(self, claimed, now + self.lease)
            done = await batch.run()
            total = Delivered(
                total.sent + done.sent, total.later + done.later, total.refused + done.refused, done.problem
            )
            if done.problem:
                log.error("delivery-stopped", problem=done.problem)
                break
        if total != Delivered():
            await self._blocking(partial(self._keep_run, started_at, total))
        return total

    def stop(self) -> None:
        """Take no further letter: those on their way are finished, the others put back."""
        self._stopping = True

    @property
    def stopping(self) -> bool:
        """Whether no further letter is to be taken."""
        return self._stopping

    async def send(self, letter: Letter) -> Outcome:
        """Make one attempt."""
        return await self._outbox.send(letter)

    async def keep(self, outcomes: Sequence[tuple[Letter, Outcome]]) -> None:
        """Keep the outcomes of attempts, in one transaction."""
        await self._blocking(partial(self._settle, outcomes))

    @property
    def connections(self) -> int:
        """How many letters may be under way at once."""
        return self._outbox.connections

    def now(self) -> datetime:
        """Return the moment."""
        return self._clock.now()

    # --- in a thread -------------------------------------------------------------------------------------------------
    def _claim(self, now: datetime) -> Sequence[Letter]:
        """Look once more at the children of letters that have waited, strike what has ended, then take the letters."""
        limit = self._outbox.connections * LETTERS_A_CONNECTION
        with self._store.begin() as tx:
            waiting = tx.waiting(now, made_before=now - FRESH, limit=limit)
        if waiting and self._stages.refresh.look_again(waiting, now):
            self._stages.sweep.run(now)
        with self._store.begin() as tx:
            return tx.claim(now, lease_until=now + self.lease, limit=limit)

    def _settle(self, outcomes: Sequence[tuple[Letter, Outcome]]) -> None:
        now = self._clock.now()
        with self._store.begin() as tx:
            tx.settle(outcomes, now=now)
            tx.journal([self._entry(letter, outcome, now) for letter, outcome in outcomes if _ends(outcome)])
            refused = [letter for letter, outcome in outcomes if outcome.verdict is Verdict.REFUSED]
            if refused:
                self._pass_up(tx, refused, now)
                tx.add_letters(self._tell_administrator(dict(outcomes), refused, now))

    def _pass_up(self, tx: Transaction, refused: Sequence[Letter], now: datetime) -> None:
        """Have the next sweep look at what could not be delivered: it counts as an empty rung."""
        told = [one for tolds in tx.lines_of([letter.letter_id for letter in refused]).values() for one in tolds]
        subjects = {one.notice.subject for one in told}
        tracked = tx.tracked(sorted({one.notice.child_ref for one in told}))
        tx.save_tracked([one._replace(next_notice_at=now) for one in tracked if one.key in subjects])

    def _tell_administrator(
        self, outcomes: dict[Letter, Outcome], refused: Sequence[Letter], now: datetime
    ) -> Sequence[Letter]:
        told = []
        administrator = self.mandate.directory.administrator
        for letter in refused:
            if letter.recipient == administrator and letter.purpose != "notices":
                continue  # a letter about a letter about a letter helps nobody: the log and the status say it
            identity = blake2b(f"refused {letter.letter_id}".encode(), digest_size=16).hexdigest()
            words = ServiceLetter(
                letter_id=identity,
                recipient=administrator,
                made_at=now,
                purpose="refused",
                subject=f"A letter to {letter.recipient} was refused",
                paragraphs=(
                    f"The mail server refused a letter to {letter.recipient} for good. It said: "
                    f"{outcomes[letter].response}",
                    "What the letter said has been passed up to the next person of the ladder. Correct the address in "
                    "directory.toml, or in the agency's own record of the child's officer.",
                ),
            )
            rendered = self._letters.render_service(words)
            told.append(
                Letter(identity, administrator, "refused", rendered.subject, rendered.message, True, now, now)._replace(
                    next_attempt_at=now
                )
            )
        return told

    def _entry(self, letter: Letter, outcome: Outcome, now: datetime) -> Entry:
        decision = Decision.SENT if outcome.verdict is Verdict.SENT else Decision.REFUSED
        detail = {"recipient": letter.recipient, "response": outcome.response, "purpose": letter.purpose}
        return Entry(now, decision, "", letter.letter_id, self.mandate.policy.version, detail)

    def _keep_run(self, started_at: datetime, total: Delivered) -> None:
        counts = {"sent": total.sent, "later": total.later, "refused": total.refused}
        with self._store.begin() as tx:
            tx.save_run(Run(STAGE, started_at, self._clock.now(), False, counts, total.problem))


def _ends(outcome: Outcome) -> bool:
    return outcome.verdict in (Verdict.SENT, Verdict.REFUSED)


def retry_after(attempts: int) -> timedelta:
    """Return how long a letter waits after its nth failed attempt: ever longer, up to a bound, and for ever."""
    return min(FIRST_RETRY * (1 << min(attempts, 20)), LONGEST_RETRY)


class _Batch:
    """Letters that were claimed together, sent over several connections at once.

    A connection sends its next letter only when the outcome of the one before is kept: a crash repeats at most one
    letter a connection. Outcomes that wait at one time are kept in one transaction.
    """

    def __init__(self, delivery: Delivery, letters: Sequence[Letter], lease_until: datetime) -> None:
        self._delivery = delivery
        self._queue = deque(letters)
        self._lease_until = lease_until
        self._waiting: list[tuple[Letter, Outcome, asyncio.Future[None]]] = []
        self._keeper: asyncio.Task[None] | None = None
        self._failures = 0
        self._sent = self._later = self._refused = 0
        self._problem = ""

    async def run(self) -> Delivered:
        """Send them all, or as many as the mail server takes."""
        workers = min(self._delivery.connections, len(self._queue))
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(workers):
                    group.create_task(self._work())
        except ExceptionGroup as errors:
            _, others = errors.split(StoreFault)
            if others is not None:
                raise
            self._problem = "the store failed while outcomes were kept; letters may be sent twice"
        if self._queue and not self._problem.startswith("the store"):
            await self._put_back()
        return Delivered(self._sent, self._later, self._refused, self._problem)

    async def _work(self) -> None:
        while self._queue and not self._problem and not self._delivery.stopping:
            letter = self._queue.popleft()
            if self._delivery.now() >= self._lease_until - self._delivery.lease / 2:
                self._queue.appendleft(letter)
                return
            outcome = await self._delivery.send(letter)
            await self._keep(self._rescheduled(letter, outcome), outcome)
            self._count(outcome)

    def _rescheduled(self, letter: Letter, outcome: Outcome) -> Letter:
        now = self._delivery.now()
        if outcome.verdict is Verdict.LATER:
            return letter._replace(next_attempt_at=now + retry_after(letter.attempts))
        if outcome.verdict is Verdict.MISCONFIGURED:
            # The fault is not the letter's: no attempt is counted against it.
            return letter._replace(attempts=letter.attempts - 1, next_attempt_at=now + MISCONFIGURED_RETRY)
        return letter

    def _count(self, outcome: Outcome) -> None:
        match outcome.verdict:
            case Verdict.SENT:
                self._sent += 1
                self._failures = 0
            case Verdict.REFUSED:
                self._refused += 1
                self._failures = 0
            case Verdict.LATER:
                self._later += 1
                self._failures += 1
                if self._failures >= 2 * self._delivery.connections:
                    self._problem = f"the mail server keeps failing: {outcome.response}"
            case Verdict.MISCONFIGURED:
                self._problem = f"the mail server cannot be used as configured: {outcome.response}"

    async def _keep(self, letter: Letter, outcome: Outcome) -> None:
        kept = asyncio.get_running_loop().create_future()
        self._waiting.append((letter, outcome, kept))
        if self._keeper is None or self._keeper.done():
            self._keeper = asyncio.create_task(self._keep_waiting())
        await kept

    async def _keep_waiting(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                await self._delivery.keep([(letter, outcome) for letter, outcome, _ in batch])
            except Exception as error:  # handed to each worker that waits for it
                for _, _, kept in batch:
                    if not kept.done():
                        kept.set_exception(error)
            else:
                for _, _, kept in batch:
                    if not kept.done():
                        kept.set_result(None)

    async def _put_back(self) -> None:
        """Return letters that were not tried, so that they need not wait for the lease to run out."""
        wait = FIRST_RETRY if self._problem else timedelta(0)
        now = self._delivery.now()
        untried = [letter._replace(attempts=letter.attempts - 1, next_attempt_at=now + wait) for letter in self._queue]
        outcome = Outcome(Verdict.LATER, "not tried: the mail server failed for the letters before")
        await self._delivery.keep([(letter, outcome) for letter in untried])
