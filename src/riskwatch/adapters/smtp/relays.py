"""Several mail servers in order of preference: the next one carries the letters while those before it are down."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple, Protocol

import structlog

from riskwatch.core.notices import Letter, Outcome, Scope, Verdict

LOOK_EVERY_S = 60.0
"""How often a server that is down is looked at again."""
MAX_UNCERTAIN = 10_000
"""Letters remembered that a server may have taken without saying so; of more, the oldest are forgotten."""

_ORDINALS = ("first", "second", "third", "fourth", "fifth")

log = structlog.get_logger()


class Server(Protocol):
    """What a chain asks of the way to one mail server."""

    @property
    def connections(self) -> int: ...

    @property
    def per_minute(self) -> int | None: ...

    async def send(self, letter: Letter) -> Outcome: ...

    async def warm(self) -> None: ...

    async def look(self) -> Outcome | None: ...

    async def check(self) -> list[str]: ...

    async def close(self) -> None: ...


class _Doubt(NamedTuple):
    relay: "_Relay"
    until_s: float


class _Relay:
    """One server, and what is known of it."""

    def __init__(self, server: Server, title: str) -> None:
        self.server = server
        self.title = title
        self.down_since_s: float | None = None
        self.looked_at_s = 0.0
        self.on_trial = False  # a look found it answering: the next letter is to show whether it takes one
        self.trouble = ""
        self.given_up = False

    def is_out(self, now_s: float, after_s: float) -> bool:
        """Whether it has been down for so long that letters go by the next one."""
        return self.down_since_s is not None and now_s - self.down_since_s >= after_s

    def learn(self, outcome: Outcome, now_s: float) -> None:
        """Take note of what a letter, or a look, met with."""
        if not _is_down(outcome):
            if self.given_up:
                log.info("relay-works-again", problem=self.title)
            self.down_since_s, self.trouble, self.given_up = None, "", False
            return
        if self.down_since_s is None:
            self.down_since_s = now_s
        self.looked_at_s = now_s
        broken = outcome.verdict is Verdict.MISCONFIGURED
        said = "cannot be used as configured" if broken else "takes no letters"
        self.trouble = f"{self.title} {said}: {outcome.response}"


class RelayChain:
    """Sends letters by the first server that works. It belongs to one event loop, as each of its servers does.

    A server is given up for the time being once it has been down for `fallback_after_s`: until then its letters wait
    for it, so that a restart of a server does not spread letters over several. One that is given up is looked at once
    a minute, beside the letters and without delaying them; where it answers, one letter is its trial, and a letter
    that it takes, or refuses for what it is, takes the server back into use.

    What a server says of a recipient is final: no other is asked. A letter that a server may have taken without saying
    so stays with that server for `fallback_after_s`; after that it goes to another one, with the same Message-ID: a
    letter that comes twice does less harm than one that never comes.
    """

    def __init__(
        self,
        servers: Sequence[tuple[str, Server]],
        *,
        fallback_after_s: float,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """`servers` are named as a person knows them (host:port), the preferred one first, from two to five."""
        if not 1 < len(servers) <= len(_ORDINALS) or fallback_after_s <= 0:
            raise ValueError("a chain is of two to five servers, and fallback_after_s is above 0")
        self._relays = [
            _Relay(server, f"the {place} relay ({name})")
            for place, (name, server) in zip(_ORDINALS, servers, strict=False)
        ]
        self._after_s, self._now_s = fallback_after_s, now_s
        self._uncertain: dict[str, _Doubt] = {}
        self._looks: set[asyncio.Task[None]] = set()

    @property
    def connections(self) -> int:
        """How many letters may be under way at once, to the server in use."""
        return self._in_use().server.connections

    @property
    def per_minute(self) -> int | None:
        """How many letters a minute the server in use takes; None: as many as come."""
        return self._in_use().server.per_minute

    async def send(self, letter: Letter) -> Outcome:
        """Send one letter to its one recipient, and try another server where it is certain that one did not take it."""
        self._look_at_what_is_down()
        tried = self._order(letter)
        outcome = await self._try(tried[0], letter)
        for relay in tried[1:]:
            if not _is_down(outcome) or outcome.uncertain:
                break
            outcome = await self._try(relay, letter)
        return outcome._replace(note=self._note())

    async def _try(self, relay: _Relay, letter: Letter) -> Outcome:
        relay.on_trial = False
        outcome = await relay.server.send(letter)
        now_s = self._now_s()
        relay.learn(outcome, now_s)
        self._uncertain.pop(letter.letter_id, None)
        if outcome.uncertain:
            self._uncertain[letter.letter_id] = _Doubt(relay, now_s + self._after_s)
            if len(self._uncertain) > MAX_UNCERTAIN:
                del self._uncertain[next(iter(self._uncertain))]
        return outcome

    def _order(self, letter: Letter) -> Sequence[_Relay]:
        """Return the servers that a letter is offered to, one after the other as long as they are down.

        After one that is not given up none is asked: the letter waits for it. Where all are given up, all are asked.
        """
        doubt = self._uncertain.get(letter.letter_id)
        if doubt is not None and self._now_s() < doubt.until_s:
            return [doubt.relay]
        order = []
        for relay in self._relays:
            out = self._is_out(relay)
            if not out or relay.on_trial:
                order.append(relay)
            if not out:
                return order
        return self._relays

    def _in_use(self) -> _Relay:
        return next((relay for relay in self._relays if not self._is_out(relay)), self._relays[0])

    def _is_out(self, relay: _Relay) -> bool:
        return relay.is_out(self._now_s(), self._after_s)

    def _note(self) -> str:
        return "; ".join(relay.trouble for relay in self._relays if self._is_out(relay))

    # --- is it back? -------------------------------------------------------------------------------------------------
    def _look_at_what_is_down(self) -> None:
        now_s = self._now_s()
        for relay in filter(self._is_out, self._relays):
            if not relay.given_up:
                relay.given_up = True
                log.warning("relay-given-up", problem=relay.trouble)
            if not relay.on_trial and now_s - relay.looked_at_s >= LOOK_EVERY_S:
                relay.looked_at_s = now_s
                look = asyncio.create_task(self._look(relay))
                self._looks.add(look)
                look.add_done_callback(self._looks.discard)

    async def _look(self, relay: _Relay) -> None:
        fault = await relay.server.look()
        if fault is None:
            relay.on_trial = True
        else:
            relay.learn(fault, self._now_s())

    async def look(self) -> Outcome | None:
        """Connect to the server in use without a letter; return what is wrong, None where nothing is. Never raises."""
        relay = self._in_use()
        fault = await relay.server.look()
        if fault is not None:
            relay.learn(fault, self._now_s())
            return fault
        note = self._note()
        return Outcome(Verdict.LATER, note, Scope.SERVER) if note else None

    async def warm(self) -> None:
        """Open or check a connection to the server in use ahead of time. Never raises."""
        await self._in_use().server.warm()

    async def check(self) -> list[str]:
        """Connect to each server afresh and return what it said, a line each."""
        said = []
        for relay in self._relays:
            said += [f"{relay.title}: {line}" for line in await relay.server.check()]
        return said

    async def close(self) -> None:
        """Say goodbye on open connections."""
        for look in self._looks:
            look.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*self._looks, return_exceptions=True)
        await asyncio.gather(*(relay.server.close() for relay in self._relays))


def _is_down(outcome: Outcome) -> bool:
    """Whether another letter would have fared the same."""
    if outcome.verdict is Verdict.MISCONFIGURED:
        return True
    return outcome.verdict is Verdict.LATER and outcome.scope is Scope.SERVER
