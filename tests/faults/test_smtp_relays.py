"""Two mail servers: the second carries the letters while the first is down, and nobody is told twice for it."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from riskwatch.adapters.smtp import RelayChain
from riskwatch.bootstrap.service import open_outbox
from riskwatch.core.tracking import Run
from riskwatch.pipeline import delivery
from riskwatch.pipeline.simulation import TurnedClock
from riskwatch.settings.load import load
from tests.adapters.smtp.rude import RudeServer
from tests.adapters.smtp.servers import an_outbox
from tests.builders import MONDAY, at
from tests.faults.harness import Reckoning, World, a_world
from tests.pipeline.builders import DUE
from tests.settings.folders import TODAY, changed, write_folder

CHILDREN = 6
AFTER = timedelta(minutes=2)
MINUTE = timedelta(minutes=1)


class Ended(NamedTuple):
    """How it went: to how many people letters came by each server, the reckoning, and the latest run of delivery."""

    by_first: int
    by_second: int
    reckoning: Reckoning
    run: Run


def mail_of(*servers: RudeServer) -> Sequence[tuple[str, bytes]]:
    """Return what came, by any of the servers."""
    return [pair for server in servers for pair in zip(server.recipients, server.letters, strict=True)]


def latest_run(world: World) -> Run:
    """Return the latest delivery, good or not."""
    with world.store.begin() as tx:
        run = tx.last_run(delivery.STAGE, good=False)
    assert run is not None
    return run


def a_chain(clock: TurnedClock, first: RudeServer, second: RudeServer) -> RelayChain:
    """Return a chain of two servers, by the clock of a world."""
    servers = [("one:25", an_outbox(first.port)), ("two:25", an_outbox(second.port))]

    def now_s() -> float:
        return (clock.now() - at(MONDAY)).total_seconds()

    return RelayChain(servers, fallback_after_s=AFTER.total_seconds(), now_s=now_s)


@pytest.mark.parametrize("mood", ["gone", "421 too busy", "554 blocked"])
def test_the_second_takes_over_and_hands_back(mood: str, tmp_path: Path) -> None:
    """Letters wait two minutes for the first, leave by the second, say what is wrong, and come back to the first."""

    async def scenario() -> tuple[Ended, Ended]:
        clock = TurnedClock(at(MONDAY))
        async with RudeServer() as first, RudeServer() as second:
            chain = a_chain(clock, first, second)
            with a_world(tmp_path, chain, children=CHILDREN, clock=clock) as world:
                await world.live(at(DUE) - MINUTE)
                before, port = len(first.letters), first.port
                await first.shut()
                if mood != "gone":
                    await first.open(port)
                    first.mood = {"greeting": mood}
                await world.live(at(DUE) + 2 * AFTER)
                taken_over = Ended(
                    len(first.letters) - before, len(second.letters), world.reckon(mail_of(first, second)),
                    latest_run(world),
                )  # fmt: skip
                if mood == "gone":
                    await first.open(port)
                first.mood = {}
                await world.live(at(DUE) + timedelta(hours=5))  # the sergeant is told after four
                await asyncio.sleep(0.1)  # the look at the first ends
                await world.live(at(DUE) + timedelta(hours=30))  # and the inspector after a day
                ended = Ended(
                    len(first.letters) - before, len(second.letters), world.reckon(mail_of(first, second)),
                    latest_run(world),
                )  # fmt: skip
            await chain.close()
        return taken_over, ended

    taken_over, ended = asyncio.run(scenario())
    assert (taken_over.by_first, taken_over.by_second) == (0, CHILDREN)
    assert (taken_over.reckoning.missing, taken_over.reckoning.repeats) == (frozenset(), 0)
    assert taken_over.run.problem.startswith("the first relay (one:25) ")
    assert ended.by_first > 0
    assert (ended.reckoning.missing, ended.reckoning.repeats) == (frozenset(), 0)
    assert ended.reckoning.astray == []
    assert ended.run.problem == ""


def test_the_settings_make_the_chain(tmp_path: Path) -> None:
    """riskwatch.toml names the servers; what the administrator's check says names each of them."""

    async def scenario() -> list[str]:
        async with RudeServer() as first, RudeServer() as second:
            text = changed(
                "riskwatch.toml",
                'host = "relay.north.police.uk"\nsecurity = "starttls"\n',
                f'host = "127.0.0.1"\nport = {first.port}\nsecurity = "none"\n',
            )
            fallback = f'[[smtp.fallback]]\nhost = "127.0.0.1"\nport = {second.port}\nsecurity = "none"\n'
            folder = write_folder(tmp_path, riskwatch=text.replace("[letters]", f"{fallback}\n[letters]"))
            loaded = load(folder, today=TODAY)
            assert loaded.settings is not None, loaded.problems
            chain = open_outbox(loaded.settings)
            lines = await chain.check()
            await chain.close()
            return lines

    titles = Counter(line.partition(" (")[0] for line in asyncio.run(scenario()))
    assert set(titles) == {"the first relay", "the second relay"}
