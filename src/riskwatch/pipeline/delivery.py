"""Delivery: send the letters that wait, and keep what the mail server said of each."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple, Protocol, TypeVar

import structlog

from riskwatch.core.mandate import Mandate
from riskwatch.core.notices import Letter, Notice, Outcome, Verdict
from riskwatch.core.tracking import Decision, Entry, Run
from riskwatch.pipeline.batch import Batch, Delivered
from riskwatch.pipeline.delays import note_delays
from riskwatch.pipeline.joining import join_waiting
from riskwatch.pipeline.pace import Pace
from riskwatch.pipeline.ports import Clock, Letters, Outbox, Store, Transaction
from riskwatch.pipeline.refresh import Refresh
from riskwatch.pipeline.refusals import complaints, judged, without_addresses
from riskwatch.pipeline.sweep import Claim, Sweep

STAGE = "delivery"
LETTERS_A_CONNECTION = 32
"""How many letters are claimed at a time for each connection: few enough to be sent well within the lease."""
SOON_S = 6
"""Where the mail server takes so many letters a minute, no more are claimed than it takes in this time: an urgent one
made meanwhile waits behind these alone."""
LEASE = timedelta(minutes=2)
"""How long a claimed letter is ours alone; a letter is begun only in the first half of it."""
FRESH = timedelta(seconds=5)
"""A letter younger than this was decided from what the source said just now: its children are not looked up again."""
NO_TIME = timedelta(0)
LOOK_EVERY = timedelta(minutes=1)
"""How often a mail server that failed is looked at where no letter waits."""
MAX_BATCHES = 10_000
MAX_LOOKED = 100_000
"""A bound on the children looked up before one batch of letters; beyond it a letter goes as it is."""

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
        unsent_limit: timedelta | None = None,
    ) -> None:
        """`unsent_limit` None: nobody is told of letters that leave late.

        `lease` must be more than twice as long as one letter may take to send, its wait for its turn included.
        """
        self._unsent_limit = unsent_limit
        self._store = store
        self._outbox = outbox
        self._letters = letters
        self._stages = stages
        self._clock = clock
        self._blocking = blocking
        self.lease = lease
        self._pace = Pace()
        self._was_troubled: bool | None = None  # None: not known, because this delivery has not sent anything yet
        self._looked_at: datetime | None = None
        self._stopping = False

    @property
    def mandate(self) -> Mandate:
        """The mandate that the sweep works under."""
        return self._stages.sweep.mandate

    def claim(self, now: datetime) -> Claim | None:
        """Return a wish to send at once what a sweep at `now` makes; None where letters go at a measured pace."""
        if self._stopping or self._outbox.per_minute:
            return None
        return Claim(limit=self._outbox.connections, lease=self.lease, begin_until=now + self.lease / 2)

    async def run(self, claims: Iterable[Claim] = ()) -> Delivered:
        """Send what was claimed, then every letter that is to go now; one that cannot go waits for its next attempt."""
        total = Delivered()
        started_at = self._clock.now()
        for claim in claims:
            total = total.then(await Batch(self, claim.taken, begin_until=claim.begin_until).run())
        for _ in range(MAX_BATCHES):
            if total.problem:
                log.error("delivery-stopped", problem=total.problem)
                break
            await self._pace.room(self._outbox.per_minute)  # what is claimed when it may go is the most urgent then
            if self._stopping:
                break
            now = self._clock.now()
            claimed = await self._blocking(partial(self._claim, now, self._at_once()))
            if not claimed:
                break
            total = total.then(await Batch(self, claimed, begin_until=now + self.lease / 2).run())
        total = total.concluded()
        if total.note:
            log.error("delivery-needs-mending", problem=total.note)
        is_news = total != Delivered()
        if is_news:
            self._was_troubled = bool(total.problem or total.note)
        elif self._was_troubled is not False and not self._stopping:
            total, is_news = await self._look(started_at)
        if is_news:
            await self._blocking(partial(self._keep_run, started_at, total))
        return total

    def retry_now(self) -> None:
        """Have every letter that waits tried at once: what stood in its way may be mended, or the clock was set."""
        with self._store.begin() as tx:
            tx.bring_forward(self._clock.now(), beyond=NO_TIME)

    def stop(self) -> None:
        """Take no further letter: those on their way are finished, the others put back."""
        self._stopping = True
        self._pace.stop()

    @property
    def stopping(self) -> bool:
        """Whether no further letter is to be taken."""
        return self._stopping

    async def turn(self) -> None:
        """Return when the mail server takes the next letter."""
        await self._pace.turn(self._outbox.per_minute)

    async def send(self, letter: Letter) -> Outcome:
        """Make one attempt, and return the outcome that counts."""
        outcome = judged(letter, await self._outbox.send(letter), self.mandate.directory)
        if outcome.verdict is not Verdict.SENT:
            log.info(
                "letter-not-taken",
                letter_id=letter.letter_id,
                purpose=letter.purpose,
                attempts=letter.attempts + 1,
                verdict=outcome.verdict,
                problem=without_addresses(outcome.response),
            )
        return outcome

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

    def _at_once(self) -> int:
        """Return how many letters are claimed at a time."""
        connections, per_minute = self._outbox.connections, self._outbox.per_minute
        if per_minute is None:
            return connections * LETTERS_A_CONNECTION
        return max(1, min(connections, per_minute * SOON_S // 60))

    async def _look(self, now: datetime) -> tuple[Delivered, bool]:
        """Where the last delivery failed and no letter is left to show that it is over, look at the mail server itself.

        Returns what was found, and whether it is to be kept. While letters wait, they tell.
        """
        if self._looked_at is not None and abs(now - self._looked_at) < LOOK_EVERY:
            return Delivered(), False
        self._was_troubled, waits = await self._blocking(self._trouble)
        if not self._was_troubled or waits:
            return Delivered(), False
        self._looked_at = now
        fault = await self._outbox.look()
        self._was_troubled = fault is not None
        if fault is None:
            return Delivered(), True
        return Delivered(note=f"no letter waits, but the mail server fails: {without_addresses(fault.response)}"), True

    # --- in a thread -------------------------------------------------------------------------------------------------
    def _claim(self, now: datetime, limit: int) -> Sequence[Letter]:
        """Look once more at the children of letters that have waited, strike what has ended, then take the letters.

        Where a mail server's pace holds letters back, those to one person are joined first.
        """
        looked: set[str] = set()
        while True:  # each look may strike letters out, and so bring others forward that were not looked at
            with self._store.begin() as tx:
                if self._outbox.per_minute:  # before the look: it is to see whatever the joined letter holds
                    join_waiting(tx, self._letters, self.mandate, now, going=limit)
                waiting = [ref for ref in tx.waiting(now, made_before=now - FRESH, limit=limit) if ref not in looked]
                if not waiting or len(looked) > MAX_LOOKED:
                    return tx.claim(now, lease_until=now + self.lease, limit=limit)
            looked.update(waiting)
            if self._stages.refresh.look_again(waiting, now):
                self._stages.sweep.run(now)

    def _trouble(self) -> tuple[bool, bool]:
        """Return whether the latest delivery had a problem, and whether letters wait."""
        with self._store.begin() as tx:
            latest = tx.last_run(STAGE, good=False)
            return latest is not None and bool(latest.problem), tx.unsent()

    def _settle(self, outcomes: Sequence[tuple[Letter, Outcome]]) -> None:
        now = self._clock.now()
        with self._store.begin() as tx:
            tx.settle(outcomes, now=now)
            if self._unsent_limit is not None:
                note_delays(tx, outcomes, now, unsent_limit=self._unsent_limit)
            self._record(tx, [(letter, outcome) for letter, outcome in outcomes if _ends(outcome)], now)
            refused = [letter for letter, outcome in outcomes if outcome.verdict is Verdict.REFUSED]
            # What could not be delivered counts as an empty rung; what did not leave may have ended meanwhile.
            undelivered = [letter for letter, outcome in outcomes if outcome.verdict is not Verdict.SENT]
            if undelivered:
                self._look_at_soon(tx, undelivered, {letter.letter_id for letter in refused}, now)
            tx.add_letters(list(complaints(outcomes, self.mandate.directory, self._letters, now)))

    def _look_at_soon(self, tx: Transaction, letters: Sequence[Letter], refused: set[str], now: datetime) -> None:
        """Have the next sweep pass up what was refused, and strike out what ended while its letter was on its way."""
        lines = tx.lines_of([letter.letter_id for letter in letters])
        told = [(one.notice, identity in refused) for identity, tolds in lines.items() for one in tolds]
        passed_up = {notice.subject for notice, is_refused in told if is_refused}
        subjects = {notice.subject for notice, _ in told}
        tracked = tx.tracked(sorted({notice.child_ref for notice, _ in told}))
        tx.save_tracked(
            [
                one._replace(next_notice_at=now)
                for one in tracked
                if one.key in subjects and (one.key in passed_up or one.ended_at is not None)
            ]
        )

    def _record(self, tx: Transaction, ended: Sequence[tuple[Letter, Outcome]], now: datetime) -> None:
        """Journal each letter that has ended: of one that was sent, each case disclosed and why (DPA 2018 s.62)."""
        sent = [letter.letter_id for letter, outcome in ended if outcome.verdict is Verdict.SENT]
        lines = tx.lines_of(sent) if sent else {}
        version = self.mandate.policy.version
        entries = []
        for letter, outcome in ended:
            decision = Decision.SENT if outcome.verdict is Verdict.SENT else Decision.REFUSED
            detail = {"recipient": letter.recipient, "response": outcome.response, "purpose": letter.purpose}
            cases = [
                Entry(now, decision, told.notice.child_ref, letter.letter_id, version, detail | _reason_of(told.notice))
                for told in lines.get(letter.letter_id, ())
            ]
            entries += cases or [Entry(now, decision, "", letter.letter_id, version, detail)]
        tx.journal(entries)

    def _keep_run(self, started_at: datetime, total: Delivered) -> None:
        counts = {"sent": total.sent, "later": total.later, "refused": total.refused}
        with self._store.begin() as tx:
            tx.save_run(Run(STAGE, started_at, self._clock.now(), False, counts, total.problem or total.note))


def _reason_of(notice: Notice) -> dict[str, str]:
    """Return why a case was disclosed, as the journal holds it."""
    return {"reason": str(notice.kind), "rule": notice.rule, "step": notice.step, "about": notice.subject}


def _ends(outcome: Outcome) -> bool:
    return outcome.verdict in (Verdict.SENT, Verdict.REFUSED)
