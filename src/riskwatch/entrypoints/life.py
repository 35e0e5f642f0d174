"""Signs of life: whether the event loop turns and the deciding thread gets on, for the health page and the watchdog."""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from riskwatch.core.health import Problem
from riskwatch.entrypoints.notify import Notifier

BEAT_S = 1.0
HUNG_S = 10.0
"""A loop that has not come round for so long hangs."""
START_SIGN_S = 10.0
"""How often the service manager hears that the start goes on, where it names no watchdog time."""

T = TypeVar("T")


class Life:
    """What a daemon shows of being alive. Everything may be asked from any thread."""

    def __init__(self, notifier: Notifier | None = None, *, steady: Callable[[], float] = time.monotonic) -> None:
        self._notifier = notifier or Notifier()
        self._steady = steady
        self._beat_at = steady()
        self._lock = threading.Lock()
        self._deciding: dict[object, tuple[float, float]] = {}
        self._is_ready = False
        self._sign_every_s = (self._notifier.watchdog_s or 2 * START_SIGN_S) / 2
        self._sign_at = steady() - self._sign_every_s

    # --- what the daemon shows ---------------------------------------------------------------------------------------
    async def beat_on(self) -> None:
        """Beat until cancelled: a task of the loop that is watched."""
        while True:
            self.beat()
            await asyncio.sleep(min(BEAT_S, self._sign_every_s))

    def beat(self) -> None:
        """The loop has come round; the service manager hears of it now and then, unless the deciding thread hangs."""
        now_s = self._steady()
        self._beat_at = now_s
        if now_s - self._sign_at < self._sign_every_s or self._overlong_s() > 0:
            return
        self._sign_at = now_s
        if not self._is_ready:
            self._notifier.wait_longer(3 * self._sign_every_s)
        if self._notifier.watchdog_s is not None:
            self._notifier.alive()

    def deciding(self, limit_s: float, work: Callable[[], T]) -> T:
        """Do this thread's work, which should take no longer than this; it is seen even if nobody waits for it."""
        token = object()
        with self._lock:
            self._deciding[token] = (self._steady(), limit_s)
        try:
            return work()
        finally:
            with self._lock:
                del self._deciding[token]

    def ready(self) -> None:
        """The first pass is over, whatever came of it: from now on it is watched, and tried again."""
        if not self._is_ready:
            self._is_ready = True
            self._notifier.ready()

    def reloading(self) -> None:
        """The configuration is to be taken up anew."""
        if self._is_ready:
            self._notifier.reloading()

    def reloaded(self) -> None:
        """The configuration was taken up, or refused: the daemon goes on."""
        if self._is_ready:
            self._notifier.ready()

    def stopping(self) -> None:
        """The daemon ends."""
        self._notifier.stopping()

    # --- what is seen of it ------------------------------------------------------------------------------------------
    def problems(self) -> list[Problem]:
        """Return what hangs."""
        found = []
        silence_s, overlong_s = self._steady() - self._beat_at, self._overlong_s()
        if silence_s > HUNG_S:
            found.append(Problem("loop-hung", f"the daemon's event loop has not come round for {silence_s:.0f} s"))
        if overlong_s > 0:
            text = f"reading and deciding have gone on for {overlong_s:.0f} s beyond their limit"
            found.append(Problem("deciding-stuck", text))
        return found

    def _overlong_s(self) -> float:
        with self._lock:
            under_way = list(self._deciding.values())
        now_s = self._steady()
        return max((now_s - began_s - limit_s for began_s, limit_s in under_way), default=0.0)
