"""The pace at which a mail server takes letters: it delays them, and drops none."""

import asyncio

MINUTE_S = 60.0


class Pace:
    """A bucket of one token: letters are begun evenly spaced, so that no minute has more than the server takes.

    Evenly, not thirty at once and then none for a minute: an urgent letter waits for one space at most.
    """

    def __init__(self) -> None:
        self._next_s = 0.0
        self._stopped = False
        self._waits: set[asyncio.Future[None]] = set()

    async def turn(self, per_minute: int | None) -> None:
        """Return when the next letter may be begun, which is then spoken for."""
        if per_minute is None:
            return
        begins_s = max(_now_s(), self._next_s)
        self._next_s = begins_s + MINUTE_S / per_minute
        await self._wait_until(begins_s)

    async def room(self, per_minute: int | None) -> None:
        """Return when a letter may be begun; it is not spoken for."""
        if per_minute is not None:
            await self._wait_until(self._next_s)

    def stop(self) -> None:
        """Let go whoever waits."""
        self._stopped = True
        for wait in self._waits:
            wait.cancel()

    async def _wait_until(self, at_s: float) -> None:
        if self._stopped or at_s <= _now_s():
            return
        wait = asyncio.get_running_loop().create_future()
        self._waits.add(wait)
        try:
            await asyncio.wait([wait], timeout=at_s - _now_s())
        finally:
            self._waits.discard(wait)


def _now_s() -> float:
    return asyncio.get_running_loop().time()
