"""One batch of claimed letters, sent over several connections at once."""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from riskwatch.core.faults import StoreFault
from riskwatch.core.notices import Letter, Outcome, Scope, Verdict
from riskwatch.pipeline.refusals import without_addresses

FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(minutes=15)
LINGER_S = 0.005
"""How long an outcome waits for those of the other connections, so that one transaction keeps them all."""
SERVER_RETRY = timedelta(minutes=1)
"""The longest wait where the fault was the server's: when it is back, every letter leaves within this time."""
MISCONFIGURED_RETRY = timedelta(minutes=1)
CONTENT_RETRY = timedelta(minutes=5)
"""How long a letter waits that is refused for its content as others are: those of another content come between."""


class Carrier(Protocol):
    """What a batch asks of the delivery that it belongs to."""

    @property
    def connections(self) -> int:
        """How many letters may be under way at once."""
        ...

    @property
    def stopping(self) -> bool:
        """Whether no further letter is to be begun."""
        ...

    def now(self) -> datetime:
        """Return the moment."""
        ...

    async def turn(self) -> None:
        """Return when the next letter may be begun."""
        ...

    async def send(self, letter: Letter) -> Outcome:
        """Make one attempt."""
        ...

    async def keep(self, outcomes: Sequence[tuple[Letter, Outcome]]) -> None:
        """Keep the outcomes of attempts, in one transaction."""
        ...


class Delivered(NamedTuple):
    """What one run of delivery did. `problem` is what stopped it, blank where nothing did; `note` is what somebody
    should mend although letters went; `put_off` is the last answer to a letter that waits for the server's own sake.
    """

    sent: int = 0
    later: int = 0
    refused: int = 0
    problem: str = ""
    note: str = ""
    put_off: str = ""

    def then(self, other: "Delivered") -> "Delivered":
        """Return both, one after the other."""
        return Delivered(
            self.sent + other.sent,
            self.later + other.later,
            self.refused + other.refused,
            other.problem,
            other.note or self.note,
            other.put_off or self.put_off,
        )

    def concluded(self) -> "Delivered":
        """Return the same with a problem where the server failed and no letter came to an end.

        So few letters are no reason to leave the server alone, but that nothing leaves must not go untold. A recipient
        who is put off for a reason of his own says nothing of the server.
        """
        if self.problem or self.sent or self.refused or not self.put_off:
            return self
        return self._replace(problem=f"the mail server took no letter: {self.put_off}")


def retry_after(attempts: int) -> timedelta:
    """Return how long a letter waits after its nth failed attempt: ever longer, up to a bound, and for ever."""
    return min(FIRST_RETRY * (1 << min(attempts, 20)), LONGEST_RETRY)


class Batch:
    """Letters that were claimed together, sent over several connections at once.

    A connection sends its next letter only when the outcome of the one before is kept: a crash repeats at most one
    letter a connection. Outcomes that wait at one time are kept in one transaction.
    """

    def __init__(self, carrier: Carrier, letters: Sequence[Letter], *, begin_until: datetime) -> None:
        self._carrier = carrier
        self._queue = deque(letters)
        self._begin_until = begin_until
        self._waiting: list[tuple[Letter, Outcome, asyncio.Future[None]]] = []
        self._keeper: asyncio.Task[None] | None = None
        self._under_way = 0
        self._all_here = asyncio.Event()
        self._failures = 0
        self._sent = self._later = self._refused = 0
        self._problem = self._put_off = ""
        self._note = ""  # of the latest letter
        self._content_fault = ""
        self._rest_waits = FIRST_RETRY

    async def run(self) -> Delivered:
        """Send them all, or as many as the mail server takes."""
        workers = min(self._carrier.connections, len(self._queue))
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(workers):
                    group.create_task(self._work())
        except ExceptionGroup as errors:
            _, others = errors.split(StoreFault)
            if others is not None:
                raise
            self._problem = "the store failed while outcomes were kept; letters may be sent twice"
            await asyncio.gather(*filter(None, [self._keeper]))  # what can still be kept is
        if self._queue and not self._problem.startswith("the store"):
            await self._put_back()
        note = "; ".join(filter(None, (self._content_fault, self._note)))
        return Delivered(self._sent, self._later, self._refused, self._problem, note, self._put_off)

    async def _work(self) -> None:
        while self._queue and not self._is_over():
            letter = self._queue.popleft()
            await self._carrier.turn()
            if self._is_over():
                self._queue.appendleft(letter)
                return
            self._under_way += 1
            self._all_here.clear()
            try:
                outcome = await self._carrier.send(letter)
            finally:
                self._under_way -= 1
                if not self._under_way:
                    self._all_here.set()
            await self._keep(self._rescheduled(letter, outcome), outcome)
            self._count(outcome)

    def _is_over(self) -> bool:
        return bool(self._problem) or self._carrier.stopping or self._carrier.now() >= self._begin_until

    def _rescheduled(self, letter: Letter, outcome: Outcome) -> Letter:
        wait = _wait_after(letter, outcome)
        # Where nothing can be sent, the fault is not the letter's: no attempt is counted against it.
        burnt = 1 if outcome.verdict is Verdict.MISCONFIGURED else 0
        if outcome.scope is Scope.SERVER:
            self._rest_waits = wait
        return letter._replace(attempts=letter.attempts - burnt, next_attempt_at=self._carrier.now() + wait)

    def _count(self, outcome: Outcome) -> None:
        self._note = outcome.note
        said = without_addresses(outcome.response)
        if outcome.verdict is Verdict.SENT:
            self._sent += 1
        elif outcome.verdict is Verdict.REFUSED:
            self._refused += 1
        elif outcome.verdict is Verdict.LATER:
            self._later += 1
            if outcome.scope is Scope.SERVER:
                self._put_off = said
            self._fail(f"the mail server keeps failing: {said}")
            return
        else:
            fault = f"the mail server cannot be used as configured: {said}"
            if outcome.scope is not Scope.CONTENT:
                self._problem = fault
            else:  # a letter of another content may pass: all must not wait for those that cannot
                self._content_fault = fault
                self._fail(fault)
            return
        self._failures = 0

    def _fail(self, problem: str) -> None:
        self._failures += 1
        if self._failures >= 2 * self._carrier.connections:
            self._problem = problem

    async def _keep(self, letter: Letter, outcome: Outcome) -> None:
        kept = asyncio.get_running_loop().create_future()
        self._waiting.append((letter, outcome, kept))
        if self._keeper is None or self._keeper.done():
            self._keeper = asyncio.create_task(self._keep_waiting())
        await kept

    async def _keep_waiting(self) -> None:
        while self._waiting:
            if self._under_way:  # a commit costs as much as several letters: those that end just now share it
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._all_here.wait(), LINGER_S)
            batch, self._waiting = self._waiting, []
            try:
                await self._carrier.keep([(letter, outcome) for letter, outcome, _ in batch])
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
        wait = self._rest_waits if self._problem else timedelta(0)
        now = self._carrier.now()
        untried = [letter._replace(attempts=letter.attempts - 1, next_attempt_at=now + wait) for letter in self._queue]
        outcome = Outcome(Verdict.LATER, f"not tried: {self._why_untried()}", Scope.SERVER)
        await self._carrier.keep([(letter, outcome) for letter in untried])

    def _why_untried(self) -> str:
        if self._problem:
            return "the mail server failed for the letters before"
        if self._carrier.stopping:
            return "riskwatch was stopping, or taking up its configuration"
        return "the letters before it took long"


def _wait_after(letter: Letter, outcome: Outcome) -> timedelta:
    """Return how long a letter waits that was not taken."""
    if outcome.verdict is Verdict.MISCONFIGURED:
        return CONTENT_RETRY if outcome.scope is Scope.CONTENT else MISCONFIGURED_RETRY
    wait = retry_after(letter.attempts)
    return min(wait, SERVER_RETRY) if outcome.scope is Scope.SERVER else wait
