"""The daemon: reads, decides and sends, woken at the earliest moment at which something is due."""

import asyncio
import signal
from collections import deque
from collections.abc import Callable, Set
from contextlib import suppress
from enum import Enum
from functools import partial

import structlog

from riskwatch.bootstrap.service import Service
from riskwatch.core.faults import Fault, Stopped, StoreFault
from riskwatch.entrypoints.board_watch import BoardWatch
from riskwatch.entrypoints.life import Life
from riskwatch.entrypoints.scheduling import clock_jumps
from riskwatch.entrypoints.self_watch import SelfWatch, keep_head
from riskwatch.entrypoints.waking import LOOK, Timepiece, Waking
from riskwatch.pipeline.sweep import Claim, Swept

DRAIN_S = 30.0
"""How long letters that are on their way may take to arrive when the daemon is told to stop."""
STAGE_LIMIT_S = 3600.0
"""A stage that takes longer than this is reported; the daemon goes on without its result."""
CLOCK_LOOK_S = 5.0
CLOCK_JUMP_S = 5.0
LETTERS_FIRST_S = 0.05
"""How long new letters have the machine to themselves before the next wake is looked for."""

log = structlog.get_logger()


class Wish(Enum):
    """What the next decision is to do apart from telling."""

    RELOAD = "take up the configuration"
    FULL = "read everything"
    CHANGED = "read what has changed"
    LOOK = "read the children of whom is to be told in a moment"
    RETRY = "try every letter again that waits"


Reload = Callable[[Service], Service | None]
"""Returns a service on the configuration as it is now, or None where it cannot be used and the old one stays."""


class Daemon:
    """One daemon, from start to stop, on one event loop."""

    def __init__(self, service: Service, clock: Timepiece, reload: Reload, life: Life | None = None) -> None:
        self._service = service
        self._clock = clock
        self._reload = reload
        self._life = life or Life()
        self._waking = Waking(clock, ring=self._ring, prepare=self._prepare)
        self._arming = asyncio.Lock()
        self._bell = asyncio.Event()
        self._mail = asyncio.Event()
        self._stop = asyncio.Event()
        self._sending = asyncio.Lock()
        self._self_watch = SelfWatch(lambda: self._service, clock, written=self._mail.set)
        self._board = BoardWatch(lambda: self._service, clock)
        self._wishes = {Wish.FULL}
        self._claims: deque[Claim] = deque()  # filled by the deciding thread, emptied by the loop that sends

    @property
    def service(self) -> Service:
        """The service as configured now."""
        return self._service

    async def run(self) -> None:
        """Run until told to stop; raises the fault that makes going on useless."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        loop.add_signal_handler(signal.SIGHUP, self.reload)
        self._set_alarm()
        self._bell.set()
        log.info("started", policy_version=self._service.settings.policy.version)
        tasks = [asyncio.create_task(work) for work in (self._decide(), self._deliver(), self._watch_the_clock())]
        stopped = asyncio.create_task(self._stop.wait())
        beside = [
            asyncio.create_task(work) for work in (self._life.beat_on(), self._self_watch.run(), self._board.run())
        ]
        try:
            await asyncio.wait([*tasks, stopped], return_when=asyncio.FIRST_COMPLETED)
        finally:
            await self._wind_up(tasks, stopped)
            for task in beside:
                task.cancel()

    def stop(self) -> None:
        """Stop when the stage under way is done and the letters on their way have arrived."""
        log.info("stopping")
        self._life.stopping()
        self._stop.set()
        self._service.delivery.stop()
        self._service.source.stop()
        self._bell.set()
        self._mail.set()

    def reload(self) -> None:
        """Take up the configuration anew, before the next decision."""
        self._life.reloading()
        self._wish(Wish.RELOAD, Wish.FULL)

    # --- what rings --------------------------------------------------------------------------------------------------
    def _set_alarm(self) -> None:
        settings = self._service.settings
        alarm = self._waking.begin(settings.policy.calendar.timezone)
        alarm.every(settings.source.refresh_every, self._refresh_soon)
        alarm.daily(settings.source.full_read_at, self._read_all_soon)
        alarm.daily(settings.service.daily_letter_at, self._refresh_soon)
        hold = self._service.chosen.hold
        if hold is not None and hold.until is not None:
            alarm.once("policy", self._clock.on_the_machine(hold.until), self._reload_soon)
        alarm.start()

    def _wish(self, *wishes: Wish) -> None:
        self._wishes.update(wishes)
        self._bell.set()

    async def _refresh_soon(self) -> None:
        self._wish(Wish.CHANGED)

    async def _reload_soon(self) -> None:
        self.reload()

    async def _read_all_soon(self) -> None:
        self._wish(Wish.FULL)

    async def _ring(self) -> None:
        self._bell.set()

    async def _prepare(self) -> None:
        """Do ahead of a deadline what would stand in the way of its letters."""
        self._wish(Wish.LOOK)
        await self._service.outbox.warm()

    # --- the loops ---------------------------------------------------------------------------------------------------
    async def _decide(self) -> None:
        """Read and sweep whenever the bell rings, then sleep until something is due."""
        while not self._stop.is_set():
            await self._bell.wait()
            self._bell.clear()
            if self._stop.is_set():
                return
            wishes, self._wishes = self._wishes, set()
            try:
                if Wish.RELOAD in wishes:
                    await self._take_up_configuration()
                    self._life.reloaded()
                    wishes = (wishes - {Wish.RELOAD}) | {Wish.RETRY}  # what was wrong may be mended
                if Wish.RETRY in wishes:
                    await asyncio.to_thread(self._service.delivery.retry_now)
                    wishes.discard(Wish.RETRY)
                    self._mail.set()
                async with asyncio.timeout(STAGE_LIMIT_S):
                    work = partial(self._look_and_sweep, frozenset(wishes))
                    swept = await asyncio.to_thread(self._life.deciding, STAGE_LIMIT_S, work)
            except Stopped:
                return
            except Fault as fault:
                self._wishes |= wishes
                self._try_again("deciding-failed", str(fault))
            except TimeoutError:
                self._wishes |= wishes
                self._try_again("deciding-failed", f"a stage took longer than {STAGE_LIMIT_S:.0f} s")
            except Exception as error:  # a mistake of ours must not end the watch: it is told, and tried again
                self._wishes |= wishes
                log.exception("deciding-failed", error=type(error).__name__)
                self._waking.retry()
            else:
                self._mail.set()
                if swept.letters:
                    await asyncio.sleep(LETTERS_FIRST_S)
                self._self_watch.swept()
                self._board.swept()
                await self._arm_next()
            self._life.ready()

    def _look_and_sweep(self, wishes: Set[Wish]) -> Swept:
        """In a thread: read what is to be read, then tell of what is due."""
        self._waking.wait_to_the_point()
        service = self._service
        now = self._clock.now()
        refresh = service.refresh
        if Wish.FULL in wishes or Wish.CHANGED in wishes:
            done = refresh.full(now) if Wish.FULL in wishes else refresh.changed(now)
            log.info("refreshed", **{**done._asdict(), "failed": len(done.failed)})
            service.assurance.watch(now)
            service.assurance.daily(now)
        elif Wish.LOOK in wishes:
            refresh.before_telling(now, ahead=LOOK)
            self._waking.looked(now)
        elif not self._waking.is_looked(now):
            refresh.before_telling(now)
        now = self._clock.now()
        claim = None if self._sending.locked() else service.delivery.claim(now)
        swept = service.sweep.run(now, claim=claim)
        if claim is not None and claim.taken:
            self._claims.append(claim)
        if swept.due:
            log.info("swept", **swept._asdict())
        return swept

    async def _deliver(self) -> None:
        """Send whenever there may be letters."""
        while not self._stop.is_set():
            await self._mail.wait()
            self._mail.clear()
            if self._stop.is_set():
                return
            try:
                async with self._sending:
                    claims = [self._claims.popleft() for _ in range(len(self._claims))]
                    done = await self._service.delivery.run(claims)
            except Stopped:
                return
            except Fault as fault:
                self._try_again("delivery-failed", str(fault))
                continue
            except Exception as error:  # as above
                log.exception("delivery-failed", error=type(error).__name__)
                self._waking.retry()
                continue
            if done.sent or done.later or done.refused or done.problem:
                (log.warning if done.problem else log.info)("delivered", **done._asdict())
                await self._arm_next()
            if done.refused:
                self._bell.set()

    async def _watch_the_clock(self) -> None:
        """Ring when the machine's clock was set: what sleeps by the old time would wake too late."""
        async for jump_s in clock_jumps(self._stop, every_s=CLOCK_LOOK_S, least_s=CLOCK_JUMP_S):
            log.warning("clock-was-set", seconds=round(jump_s))
            self._waking.clock_was_set()
            self._wish(Wish.RETRY)

    # --- waking ------------------------------------------------------------------------------------------------------
    async def _arm_next(self) -> None:
        async with self._arming:  # both loops arm: what was read last is to be armed last
            try:
                at = await asyncio.to_thread(self._service.store.next_wake)
            except StoreFault as fault:
                self._try_again("store-failed", str(fault))
                return
            if at is not None:
                self._waking.at(at)

    def _try_again(self, event: str, problem: str) -> None:
        log.error(event, problem=problem)
        self._waking.retry()

    # --- configuration and end ---------------------------------------------------------------------------------------
    async def _take_up_configuration(self) -> None:
        fresh = await asyncio.to_thread(partial(self._reload, self._service))
        if fresh is None:
            return
        old = self._service
        old.delivery.stop()
        async with self._sending:  # a connection is not closed under a letter that is on its way
            self._service = fresh
        self._set_alarm()
        log.info("configured", policy_version=fresh.settings.policy.version)
        await old.outbox.close()
        old.source.close()

    async def _wind_up(self, tasks: list[asyncio.Task[None]], stopped: asyncio.Task[bool]) -> None:
        self._waking.stop()
        self._stop.set()
        self._service.delivery.stop()
        self._service.source.stop()
        self._bell.set()
        self._mail.set()
        stopped.cancel()
        _, late = await asyncio.wait(tasks, timeout=DRAIN_S)
        for task in late:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_S):
                await self._service.outbox.close()
        with suppress(StoreFault):
            await asyncio.to_thread(keep_head, self._service, self._clock.now())
        self._service.source.close()
        log.info("stopped", late=len(late))
        for result in results:
            if isinstance(result, Exception):
                raise result
