"""What wakes the daemon: a wake is late at worst, never lost."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from apscheduler.triggers.date import DateTrigger

from riskwatch.entrypoints import daemon as daemon_module
from riskwatch.entrypoints import scheduling
from riskwatch.entrypoints.daemon import Daemon
from riskwatch.entrypoints.scheduling import Alarm
from tests.entrypoints.processes import PATIENCE_S


class Bell:
    """Counts how often it rings, and tells who waits for it."""

    def __init__(self) -> None:
        self.rings = 0
        self._rung = asyncio.Event()

    async def ring(self) -> None:
        """Ring."""
        self.rings += 1
        self._rung.set()

    async def heard(self) -> None:
        """Return when it rings next."""
        self._rung.clear()
        async with asyncio.timeout(PATIENCE_S):
            await self._rung.wait()


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that is tried again takes a test long."""
    monkeypatch.setattr(scheduling, "RETRY_S", 0.05)


def in_an_alarm(play: Callable[[Alarm, Bell], Awaitable[None]]) -> None:
    """Play a test's story with an alarm that runs."""

    async def run() -> None:
        alarm = Alarm(UTC)
        alarm.start()
        try:
            await play(alarm, Bell())
        finally:
            alarm.stop()
            await asyncio.sleep(0)

    asyncio.run(run())


def ahead(seconds: float) -> datetime:
    """Return a moment so far ahead."""
    return datetime.now(UTC) + timedelta(seconds=seconds)


def test_a_scheduler_that_raised_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library's own stops for good, and still says that it runs."""
    asked = DateTrigger.get_next_fire_time
    faults = [MemoryError("no"), RuntimeError("nor now")]

    def fail_twice(self: DateTrigger, before: datetime | None, now: datetime) -> Any:
        if before is not None and faults:  # asked what comes after a ring
            raise faults.pop()
        return asked(self, before, now)

    monkeypatch.setattr(DateTrigger, "get_next_fire_time", fail_twice)

    async def play(alarm: Alarm, bell: Bell) -> None:
        alarm.once("wake", ahead(0.05), bell.ring)
        await bell.heard()
        alarm.once("later", ahead(0.2), (later := Bell()).ring)
        await later.heard()
        assert [] == faults

    in_an_alarm(play)


def test_a_wake_that_is_replaced_again_and_again_is_not_lost() -> None:
    """However quickly: the last moment set is the one that rings, once, and no other does."""

    async def play(alarm: Alarm, bell: Bell) -> None:
        old = Bell()
        for _ in range(300):
            alarm.once("wake", ahead(0), old.ring)
            alarm.once("wake", ahead(3600), old.ring)
        alarm.once("wake", ahead(0.05), bell.ring)
        await bell.heard()
        await asyncio.sleep(0.05)
        assert (1, 0) == (bell.rings, old.rings)

    in_an_alarm(play)


def test_a_wake_set_from_its_own_ring_rings() -> None:
    """The next moment is set while the job of the one before is ending."""

    async def play(alarm: Alarm, bell: Bell) -> None:
        async def ring() -> None:
            await bell.ring()
            if bell.rings < 20:
                alarm.once("wake", ahead(0), ring)

        alarm.once("wake", ahead(0), ring)
        while bell.rings < 20:
            await bell.heard()

    in_an_alarm(play)


def test_wakes_of_different_names_do_not_displace_each_other() -> None:
    """A retry in a while leaves the wake before it as it is."""

    async def play(alarm: Alarm, bell: Bell) -> None:
        alarm.once("wake", ahead(0.1), bell.ring)
        alarm.once("retry", ahead(3600), Bell().ring)
        await bell.heard()

    in_an_alarm(play)


def test_what_is_late_rings_at_once_and_once() -> None:
    """A moment that has passed, and many moments that passed while the loop was busy."""

    async def play(alarm: Alarm, bell: Bell) -> None:
        alarm.once("wake", ahead(-86_400), bell.ring)
        await bell.heard()
        every = Bell()
        alarm.every(timedelta(seconds=1), every.ring)
        time.sleep(2.3)  # noqa: ASYNC251  the loop is to be busy
        await every.heard()
        assert (1, 1) == (bell.rings, every.rings)

    in_an_alarm(play)


@pytest.mark.parametrize("set_by_s", [-7200, 7200])
def test_a_clock_that_was_set_rings(monkeypatch: pytest.MonkeyPatch, set_by_s: int) -> None:
    """What sleeps by the old time would wake too late: everything is looked at anew at once."""
    monkeypatch.setattr(daemon_module, "CLOCK_LOOK_S", 0.02)
    wall = time.time

    async def play(alarm: Alarm, bell: Bell) -> None:
        policy = SimpleNamespace(calendar=SimpleNamespace(timezone=UTC))
        service: Any = SimpleNamespace(settings=SimpleNamespace(policy=policy))
        daemon: Any = Daemon(service, service, service)
        daemon._waking._alarm = alarm
        alarm.every(timedelta(hours=1), bell.ring)
        watching = asyncio.create_task(daemon._watch_the_clock())
        await asyncio.sleep(0.1)
        assert not daemon._bell.is_set()
        monkeypatch.setattr(time, "time", lambda: wall() + set_by_s)
        await bell.heard()
        assert daemon._bell.is_set()
        daemon._stop.set()
        await watching

    in_an_alarm(play)
