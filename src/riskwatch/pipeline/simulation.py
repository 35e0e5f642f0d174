"""Simulation: the daemon's own stages over recorded facts, with a clock that is turned from moment to moment."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import NamedTuple, Protocol

from riskwatch.core.notices import Letter, Outcome, Told, Verdict
from riskwatch.pipeline.delivery import Delivery
from riskwatch.pipeline.ports import Store
from riskwatch.pipeline.refresh import Refresh
from riskwatch.pipeline.sweep import Sweep


class TurnedClock:
    """A clock that stands where it was set."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def set(self, at: datetime) -> None:
        """Turn the clock."""
        self._at = at

    def now(self) -> datetime:
        """Return the moment at which the clock stands."""
        return self._at


class Mailbag:
    """An outbox that keeps what it is given, until it is emptied."""

    connections = 1
    per_minute: int | None = None

    def __init__(self) -> None:
        self._letters: list[Letter] = []

    async def send(self, letter: Letter) -> Outcome:
        """Take a letter."""
        self._letters.append(letter)
        return Outcome(Verdict.SENT, "250 kept")

    async def look(self) -> Outcome | None:
        """Nothing is ever wrong."""
        return None

    async def warm(self) -> None:
        """Nothing is to be opened."""

    async def close(self) -> None:
        """Nothing is open."""

    def empty(self) -> list[Letter]:
        """Return the letters taken since the last time."""
        letters, self._letters = self._letters, []
        return letters


class Replay(Protocol):
    """Recorded facts that become visible as the clock is turned."""

    def until(self, moment: datetime) -> None:
        """Show what had been recorded by the moment."""
        ...

    def next_change(self, after: datetime | None) -> datetime | None:
        """Return when the next row becomes visible; None: no more do."""
        ...


class Posted(NamedTuple):
    """A letter that would have been sent."""

    at: datetime
    letter: Letter
    told: tuple[Told, ...]


class Machine(NamedTuple):
    """The stages, joined to a replay, a turned clock and a mailbag."""

    replay: Replay
    clock: TurnedClock
    store: Store
    mailbag: Mailbag
    refresh: Refresh
    sweep: Sweep
    delivery: Delivery


async def simulate(machine: Machine, *, until: datetime) -> AsyncIterator[Posted]:
    """Yield every letter that would have been sent before `until`, in order of time, then of recipient."""
    at = machine.replay.next_change(None)
    while at is not None and at < until:
        machine.clock.set(at)
        machine.replay.until(at)
        machine.refresh.changed(at)
        machine.sweep.run(at)
        await machine.delivery.run()
        for posted in _posted(machine, at):
            yield posted
        wakes = [machine.replay.next_change(at), machine.store.next_wake()]
        at = min((wake for wake in wakes if wake is not None and wake > at), default=None)


def _posted(machine: Machine, at: datetime) -> list[Posted]:
    letters = machine.mailbag.empty()
    if not letters:
        return []
    with machine.store.begin() as tx:
        told = tx.lines_of([letter.letter_id for letter in letters])
    posted = [
        Posted(at, letter, tuple(sorted(told[letter.letter_id], key=lambda one: one.notice.order)))
        for letter in letters
    ]
    return sorted(posted, key=lambda one: one.letter.recipient)
