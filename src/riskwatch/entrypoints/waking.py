"""When the daemon wakes for what is due: a moment early, with its children read and a connection open by then."""

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Protocol

from riskwatch.entrypoints.scheduling import Alarm

AGAIN = timedelta(seconds=1)
RETRY = timedelta(seconds=10)
AHEAD = timedelta(seconds=1)
"""How long before something is due its children are read and a connection is opened: then only telling is left."""
LOOK = 2 * AHEAD
"""How far ahead that reading looks: the clock cuts fractions of a second, so what is due may be nearly this far off."""
EARLY = timedelta(milliseconds=5)
"""An event loop's timer rings milliseconds late: it is set this much early, and the rest is waited out to the point."""

Ring = Callable[[], Awaitable[None]]


class Timepiece(Protocol):
    """A clock that knows when the machine's will show a moment of its own."""

    def now(self) -> datetime: ...

    def on_the_machine(self, moment: datetime) -> datetime: ...

    def seconds_until(self, moment: datetime) -> float: ...


class Waking:
    """Rings for the earliest moment at which something is due, and a little before it for what can be done ahead."""

    def __init__(self, clock: Timepiece, *, ring: Ring, prepare: Ring) -> None:
        self._clock = clock
        self._ring = ring
        self._prepare = prepare
        self._alarm: Alarm | None = None
        self._armed_for: datetime | None = None
        self._looked_until: datetime | None = None

    def begin(self, zone: tzinfo) -> Alarm:
        """Return a new alarm in place of the one before, for whoever has more to set; it is not started yet."""
        self.stop()
        self._alarm = Alarm(zone)
        return self._alarm

    def stop(self) -> None:
        """Ring no more."""
        if self._alarm is not None:
            self._alarm.stop()
            self._alarm = None

    def at(self, moment: datetime) -> None:
        """Ring when something falls due; where that has come already, soon: it could not be settled."""
        now = self._clock.now()
        if moment <= now:  # tried again soon, not in a tight loop
            self._once("wake", self._clock.on_the_machine(now) + AGAIN, self._ring)
            return
        self._armed_for = moment
        self._once("wake", self._clock.on_the_machine(moment) - EARLY, self._ring)
        if self._looked_until is None or moment > self._looked_until:
            self._once("prepare", self._clock.on_the_machine(moment - AHEAD), self._prepare)

    def retry(self) -> None:
        """Ring in a while; a wake that is set stays: what is due before is not put off."""
        self._once("retry", self._clock.on_the_machine(self._clock.now()) + RETRY, self._ring)

    def wait_to_the_point(self) -> None:
        """Wait out, in the thread that decides, the moment by which the wake came early."""
        while self._armed_for is not None and (wait_s := self._clock.seconds_until(self._armed_for)) > 0:
            if wait_s > 2 * EARLY.total_seconds():
                return  # rung for something else
            time.sleep(wait_s)

    def looked(self, now: datetime) -> None:
        """Take note that the children of what is due within `LOOK` were read at `now`."""
        self._looked_until = now + LOOK

    def is_looked(self, now: datetime) -> bool:
        """Whether the children of what is due at `now` were read a moment ago."""
        return self._looked_until is not None and now <= self._looked_until

    def clock_was_set(self) -> None:
        """Ring every repeated alarm anew; the last look might stand for hours by the old time."""
        self._looked_until = None
        if self._alarm is not None:
            self._alarm.restart(datetime.now(UTC))

    def _once(self, name: str, at: datetime, ring: Ring) -> None:
        if self._alarm is not None:
            self._alarm.once(name, at, ring)
