"""Whatever a mail server does, when it is over everybody has what is owed to them, and nobody what is not."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from riskwatch.core.notices import LetterState, Outcome
from riskwatch.core.tracking import Decision
from riskwatch.pipeline.batch import Delivered
from tests.adapters.smtp.rude import DROP, DROP_IN_CONTENT, SILENCE, TAKE_AND_DROP, RudeServer
from tests.adapters.smtp.servers import an_outbox
from tests.builders import ADMINISTRATOR, DI, DS, FALLBACK, HEAD, at
from tests.faults.harness import Reckoning, World, a_world, letter_id_of, officer
from tests.pipeline.builders import DUE

CHILDREN = 6
CONNECTIONS = 2
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


class Story:
    """What happened in a world whose mail server was in a mood from DUE on, for a while."""

    def __init__(self) -> None:
        self.during: Sequence[Delivered] = ()
        self.after: Sequence[Delivered] = ()
        self.recovered_by: datetime | None = None
        self.mail: list[tuple[str, bytes]] = []
        self.reckoning = Reckoning(frozenset(), {}, ())

    @property
    def problems(self) -> str:
        """Return every problem that a delivery had while the fault lasted."""
        return "\n".join(done.problem for done in self.during)


Fault = Callable[[RudeServer], Coroutine[Any, Any, None]]


def in_a_mood(**mood: str) -> Fault:
    """Return a fault in which the server replies so; "dot" is the final one."""

    async def begin(server: RudeServer) -> None:
        port = server.port
        await server.shut()  # for a fault at the beginning of a connection, those that stand must end
        await server.open(port)
        server.mood = {"." if key == "dot" else key: reply for key, reply in mood.items()}

    return begin


async def refuse_connections(server: RudeServer) -> None:
    """Be down, so that nobody listens."""
    server.mood = {"port": str(server.port)}
    await server.shut()


async def mend(server: RudeServer) -> None:
    """End whatever was wrong."""
    if "port" in server.mood:
        await server.open(int(server.mood["port"]))
    server.mood = {}


def tell(folder: Path, fault: Fault, *, lasts: timedelta = 10 * MINUTE, children: int = CHILDREN) -> tuple[Story, World]:
    """Let a fault last from the deadline on, then mend it and let the world live until every letter has left."""
    story = Story()

    async def live() -> World:
        async with RudeServer() as server:
            outbox = an_outbox(server.port, connections=CONNECTIONS, timeout_s=0.25)
            with a_world(folder, outbox, children=children) as world:
                await world.live(at(DUE) - MINUTE)
                before = len(server.letters)
                await fault(server)
                story.during = await world.live(at(DUE) + lasts)
                await mend(server)
                story.after = await world.live(at(DUE) + lasts + 15 * MINUTE)
                mail = list(zip(server.recipients, server.letters, strict=True))
                story.mail = mail[before:]
                story.reckoning = world.reckon(mail)
                states = {letter.state for letter in world.letters()}
                assert states <= {LetterState.SENT, LetterState.REFUSED}, states
                await outbox.close()
                return world

    return story, asyncio.run(live())


SERVER_FAULTS: Mapping[str, Fault] = {
    "connection refused": refuse_connections,
    "421 at connect": in_a_mood(greeting="421 too busy"),
    "hangs up at connect": in_a_mood(greeting=DROP),
    "garbage at connect": in_a_mood(greeting="\xff\xfehello"),
    "421 at the recipient": in_a_mood(RCPT="421 going down"),
    "450 at the recipient": in_a_mood(RCPT="450 greylisted"),
    "452 at the sender": in_a_mood(MAIL="452 4.3.1 no room"),
    "5xx at the sender": in_a_mood(MAIL="550 5.1.8 sender refused"),
    "5xx at connect": in_a_mood(greeting="554 blocked"),
    "relay denied": in_a_mood(RCPT="554 5.7.1 Relay access denied"),
    "client refused, said of the recipient": in_a_mood(RCPT="554 5.7.1 <h[1]>: Client host rejected: Access denied"),
    "log in first": in_a_mood(MAIL="530 5.7.57 not authenticated"),
    "garbage in mid-way": in_a_mood(RCPT="\xff\x00garbage"),
    "dropped in mid-letter": in_a_mood(DATA=DROP_IN_CONTENT),
    "451 at the final dot": in_a_mood(dot="451 disk full"),
    "554 at the final dot": in_a_mood(dot="554 5.7.1 it smells"),
    "554 at DATA": in_a_mood(DATA="554 5.7.1 no"),
    "dropped after the final dot, not kept": in_a_mood(dot=DROP),
    "no reply at all": in_a_mood(greeting=SILENCE),
    "no reply to the final dot": in_a_mood(dot=SILENCE),
    "garbage after the final dot": in_a_mood(dot="what?"),
}


@pytest.mark.parametrize("fault", SERVER_FAULTS.values(), ids=SERVER_FAULTS.keys())
def test_everything_owed_arrives_once_the_fault_is_over(fault: Fault, tmp_path: Path) -> None:
    """A fault of the server loses no notice, refuses none, and repeats none that it did not keep."""
    story, _ = tell(tmp_path, fault)

    assert story.reckoning.missing == frozenset()
    assert story.reckoning.repeats == 0
    assert list(story.reckoning.astray) == []
    assert sorted(to for to, _ in story.mail if to != ADMINISTRATOR) == [officer(n) for n in range(CHILDREN)]
    assert sum(done.refused for done in [*story.during, *story.after]) == 0
    assert story.problems


@pytest.mark.parametrize("reply", [TAKE_AND_DROP, SILENCE], ids=["hangs up", "stalls before it says so"])
def test_a_letter_that_was_kept_without_a_word_comes_twice_at_most(reply: str, tmp_path: Path) -> None:
    """A connection lost after the final dot: at most one letter a connection is repeated, with its own Message-ID."""

    async def once(server: RudeServer) -> None:
        server.mood = {".": TAKE_AND_DROP} if reply == TAKE_AND_DROP else {".": reply}

    async def live() -> tuple[Reckoning, Sequence[bytes]]:
        async with RudeServer() as server:
            outbox = an_outbox(server.port, connections=CONNECTIONS, timeout_s=0.25)
            with a_world(tmp_path, outbox, children=CHILDREN) as world:
                await world.live(at(DUE) - MINUTE)
                await once(server)
                world.clock.set(at(DUE))
                world.sweep.run(at(DUE))
                task = asyncio.create_task(world.delivery.run())
                await asyncio.sleep(0.1)  # each connection has handed one letter over
                await mend(server)
                await task
                await world.live(at(DUE) + 15 * MINUTE)
                mail = list(zip(server.recipients, server.letters, strict=True))
                await outbox.close()
                return world.reckon(mail), server.letters

    reckoning, letters = asyncio.run(live())
    assert reckoning.missing == frozenset()
    assert reckoning.repeats <= CONNECTIONS
    assert list(reckoning.astray) == []
    ids = [letter_id_of(content) for content in letters]
    assert len(ids) - len(set(ids)) == reckoning.repeats
