"""The daemon's watch over itself: the audit, the heartbeat to outside, and the heads of the journal."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

import structlog

from riskwatch.adapters.journal_heads import HeadsFault
from riskwatch.bootstrap.service import Service
from riskwatch.core.faults import Fault
from riskwatch.entrypoints.snapshot import take
from riskwatch.pipeline import audit_letter
from riskwatch.pipeline.audit import Audited

HEARTBEAT = "heartbeat"
"""The named value that holds what came of the last heartbeat: when, and the problem, blank where there was none."""
HEAD_DAY = "journal-head-day"
RETRY = timedelta(minutes=5)
"""How soon an audit that could not judge is tried again."""

log = structlog.get_logger()


class Timepiece(Protocol):
    """A clock that knows when the machine's will show a moment of its own."""

    def now(self) -> datetime: ...

    def on_the_machine(self, moment: datetime) -> datetime: ...


class SelfWatch:
    """Works beside the daemon's loops, never in their way."""

    def __init__(self, service: Callable[[], Service], clock: Timepiece, *, written: Callable[[], None]) -> None:
        """`written` is called when there is a letter to send."""
        self._service = service
        self._clock = clock
        self._written = written
        self._swept = asyncio.Event()
        self._audit_at: datetime | None = None

    def swept(self) -> None:
        """Take note that a whole sweep went well."""
        self._swept.set()

    async def run(self) -> None:
        """Audit, beat and keep the journal's heads until cancelled; from the first whole sweep on."""
        await self._swept.wait()
        while True:
            self._swept.clear()
            await self.look()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._swept.wait(), self._seconds_to_the_audit())

    async def look(self) -> None:
        """Do what is due now. What goes wrong here is logged: it must end neither this watch nor the daemon's."""
        try:
            await self._look()
        except Fault as fault:
            log.error("self-watch-failed", problem=str(fault))
        except Exception as error:  # a mistake of ours
            log.exception("self-watch-failed", error=type(error).__name__)

    async def _look(self) -> None:
        service = self._service()
        now = self._clock.now()
        await asyncio.to_thread(partial(keep_daily_head, service, now))
        if self._is_steady and (self._audit_at is None or self._audit_at <= now):
            self._audit_at = now + min(RETRY, service.settings.service.audit_every)
            done = await asyncio.to_thread(partial(run_audit, service))
            if service is self._service() and not done.problem:
                self._audit_at = now + service.settings.service.audit_every
            if done.findings:
                self._written()
        await self._beat(service)

    @property
    def _is_steady(self) -> bool:
        """Whether the clock runs as the machine's: on one that is turned fast the stages have no time to be in time."""
        now = self._clock.now()
        hour = timedelta(hours=1)
        return self._clock.on_the_machine(now + hour) - self._clock.on_the_machine(now) == hour

    def _seconds_to_the_audit(self) -> float | None:
        if self._audit_at is None:
            return None
        return max(1.0, (self._audit_at - self._clock.now()).total_seconds())

    async def _beat(self, service: Service) -> None:
        """Call the watchdog if all is well: read of late, swept, audited with nothing found, and letters leaving."""
        if service.heartbeat is None:
            return
        snapshot = await asyncio.to_thread(partial(take, service.store, service.settings, self._clock.now()))
        audited = snapshot.figures.audit
        if snapshot.problems or audited.latest_at is None or audited.problem:
            return
        problem = await service.heartbeat.beat()
        if problem is None:
            return
        if problem:
            log.error("heartbeat-failed", problem=problem)
        await asyncio.to_thread(partial(_remember_beat, service, self._clock.now(), problem))


def _remember_beat(service: Service, now: datetime, problem: str) -> None:
    with service.store.begin() as tx:
        tx.remember(HEARTBEAT, f"{now.isoformat()} {problem}".rstrip())


def run_audit(service: Service) -> Audited:
    """Audit, and write to the administrator where there is something to say."""
    now = service.clock.now()
    done = service.auditor.run(now, service.clock.now)
    audit_letter.write(service.store, service.letters, service.auditor.mandate, done, now)
    log.info("audited", children=done.children, count=len(done.findings) + done.beyond, problem=done.summary)
    return done


def keep_daily_head(service: Service, now: datetime) -> None:
    """Keep the journal's head, once a local day."""
    day = service.settings.policy.calendar.local(now).date().isoformat()
    with service.store.begin() as tx:
        if tx.recall(HEAD_DAY) == day:
            return
    if keep_head(service, now):
        with service.store.begin() as tx:
            tx.remember(HEAD_DAY, day)


def keep_head(service: Service, now: datetime) -> bool:
    """Keep the journal's head outside its database, and in the log; whether that worked."""
    seq, chain_hash = service.store.reports.journal_head()
    log.info("journal-head", state=f"{seq} {chain_hash}")
    if service.heads is None:
        return True
    try:
        service.heads.record(now, seq, chain_hash)
    except HeadsFault as fault:
        log.error("journal-head-lost", problem=str(fault))
        return False
    return True
