"""When the daemon wakes: APScheduler, guarded against what would stop it without a word."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta, tzinfo
from datetime import time as time_of_day

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

RETRY_S = 1.0
log = structlog.get_logger()


class _Scheduler(AsyncIOScheduler):  # type: ignore[misc]  # the library has no types
    """A scheduler that goes on when a trigger or the job store raises: its own would stop, and still say it runs."""

    def _process_jobs(self) -> float | None:
        try:
            wait_s: float | None = super()._process_jobs()
        except Exception as error:  # whatever it was, the next wake must come
            log.exception("scheduler-recovered", error=type(error).__name__)
            return RETRY_S
        return wait_s


async def clock_jumps(stop: asyncio.Event, *, every_s: float, least_s: float) -> AsyncIterator[float]:
    """Yield by how many seconds the machine's clock was set, whenever it was by more than `least_s`, until `stop`."""
    wall, steady = time.time(), time.monotonic()
    while not stop.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), every_s)
        jump_s = (time.time() - wall) - (time.monotonic() - steady)
        wall, steady = time.time(), time.monotonic()
        if abs(jump_s) > least_s:
            yield jump_s


class Alarm:
    """Rings at set times. A ring is an async call that must return at once."""

    def __init__(self, timezone: tzinfo) -> None:
        # A late job is run late, once; the library's own default drops one that is a second late.
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        self._scheduler = _Scheduler(job_defaults=defaults, timezone=timezone)
        self._timezone = timezone
        self._set = 0
        self._ids: dict[str, str] = {}

    def start(self) -> None:
        """Begin to ring."""
        self._scheduler.start()

    def stop(self) -> None:
        """Ring no more."""
        self._scheduler.shutdown(wait=False)

    def every(self, interval: timedelta, ring: Callable[[], Awaitable[None]]) -> None:
        """Ring again and again, `interval` apart."""
        self._scheduler.add_job(ring, IntervalTrigger(seconds=max(1, int(interval.total_seconds()))))

    def daily(self, at: time_of_day, ring: Callable[[], Awaitable[None]]) -> None:
        """Ring once a day at a local time."""
        trigger = CronTrigger(hour=at.hour, minute=at.minute, second=at.second, timezone=self._timezone)
        self._scheduler.add_job(ring, trigger)

    def once(self, name: str, at: datetime, ring: Callable[[], Awaitable[None]]) -> None:
        """Ring at a moment, in place of the moment last set under this name; a moment that has passed rings at once."""
        before = self._ids.get(name, "")
        if before and self._scheduler.get_job(before) is not None:
            self._scheduler.remove_job(before)
        self._set += 1  # never the id of a job that may be ending just now: it would count as running still
        self._ids[name] = f"{name}-{self._set}"
        self._scheduler.add_job(ring, DateTrigger(at), id=self._ids[name])

    def restart(self, now: datetime) -> None:
        """Ring every repeated alarm from `now` on: the clock was set, and what waited by the old one waits wrongly."""
        for job in self._scheduler.get_jobs():
            if isinstance(job.trigger, IntervalTrigger):
                job.modify(next_run_time=now)
        self._scheduler.wakeup()
