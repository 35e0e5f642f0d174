"""Which of several mail servers carries a letter: the first that works, and no letter goes astray between them."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pytest

from riskwatch.adapters.smtp import RelayChain
from riskwatch.adapters.smtp.relays import LOOK_EVERY_S
from riskwatch.core.notices import Letter, Outcome, Scope, Verdict
from riskwatch.pipeline.ports import Outbox
from tests.adapters.smtp.servers import a_letter

AFTER_S = 120.0
SENT = Outcome(Verdict.SENT, "250 taken")
DOWN = Outcome(Verdict.LATER, "connection refused", Scope.SERVER)
LOST = Outcome(Verdict.LATER, "connection lost", Scope.SERVER, uncertain=True)
BROKEN = Outcome(Verdict.MISCONFIGURED, "535 wrong password", Scope.SERVER)
GREYLISTED = Outcome(Verdict.LATER, "450 greylisted")
REFUSED = Outcome(Verdict.REFUSED, "550 no such user")

T = TypeVar("T")


class FakeRelay:
    """A mail server that always says the same, until a test changes it. `found` is what a look meets with."""

    def __init__(self, says: Outcome = SENT, *, connections: int = 2, per_minute: int | None = None) -> None:
        self.says = says
        self.found: Outcome | None = None
        self.connections = connections
        self.per_minute = per_minute
        self.tried: list[str] = []
        self.looks = self.warmed = self.closed = 0
        self.silent = False

    async def send(self, letter: Letter) -> Outcome:
        self.tried.append(letter.letter_id)
        return self.says

    async def warm(self) -> None:
        self.warmed += 1

    async def look(self) -> Outcome | None:
        self.looks += 1
        if self.silent:
            await asyncio.Event().wait()
        return self.found

    async def check(self) -> list[str]:
        return ["connected", "250 hello"]

    async def close(self) -> None:
        self.closed += 1


class Chain:
    """A chain of two relays, on a clock that a test turns."""

    def __init__(self, first: Outcome = SENT, second: Outcome = SENT) -> None:
        self.now_s = 1_000.0
        self.first, self.second = FakeRelay(first), FakeRelay(second, connections=5, per_minute=30)
        servers = [("one:25", self.first), ("two:25", self.second)]
        self.relays = RelayChain(servers, fallback_after_s=AFTER_S, now_s=lambda: self.now_s)

    async def send(self, name: str = "L1", *, later_s: float = 0.0) -> Outcome:
        """Send a letter after a while, and let what began beside it end."""
        self.now_s += later_s
        outcome = await self.relays.send(a_letter()._replace(letter_id=name))
        for _ in range(3):
            await asyncio.sleep(0)
        return outcome

    async def down_for_long(self) -> None:
        """Have the first relay given up, and looked at in vain a moment ago."""
        self.first.found = self.first.says
        await self.send()
        await self.send(later_s=AFTER_S)
        self.first.looks = 0
        self.first.tried.clear()
        self.second.tried.clear()


def run(scenario: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a scenario to its end."""
    return asyncio.run(scenario())


def test_the_first_carries_everything_while_it_works() -> None:
    """A fallback that is not needed is not asked."""

    async def scenario() -> None:
        chain = Chain()
        outbox: Outbox = chain.relays
        assert [await chain.send(), await chain.send()] == [SENT, SENT]
        assert (chain.second.tried, outbox.connections, outbox.per_minute) == ([], 2, None)

    run(scenario)


@pytest.mark.parametrize("fault", [DOWN, BROKEN], ids=["down", "misconfigured"])
def test_the_second_carries_letters_once_the_first_was_down_for_a_while(fault: Outcome) -> None:
    """Until then a letter waits for the first; from then on it goes by the second, whose limits hold."""

    async def scenario() -> None:
        chain = Chain(fault)
        assert await chain.send() == fault
        assert await chain.send(later_s=AFTER_S - 1) == fault
        assert chain.second.tried == []
        outcome = await chain.send(later_s=1)
        assert (outcome.verdict, chain.second.tried) == (Verdict.SENT, ["L1"])
        assert (chain.relays.connections, chain.relays.per_minute) == (5, 30)
        await chain.relays.warm()
        assert (chain.first.warmed, chain.second.warmed) == (0, 1)

    run(scenario)


def test_every_letter_says_what_is_wrong_with_the_first() -> None:
    """That letters leave all the same does not hide the fault: it stays in the outcome of each."""

    async def scenario() -> None:
        chain = Chain(BROKEN)
        await chain.down_for_long()
        outcome = await chain.send()
        assert outcome.note == "the first relay (one:25) cannot be used as configured: 535 wrong password"

    run(scenario)


def test_a_look_without_a_letter_says_what_is_wrong() -> None:
    """The server in use is asked; one that is given up is wrong too, although letters leave by the other."""

    async def scenario() -> None:
        chain = Chain()
        assert await chain.relays.look() is None
        chain.first.found = DOWN
        assert await chain.relays.look() == DOWN
        chain.now_s += AFTER_S
        outcome = await chain.relays.look()
        assert outcome is not None
        assert outcome.response.startswith("the first relay (one:25) takes no letters")
        assert (chain.first.looks, chain.second.looks) == (2, 1)

    run(scenario)


@pytest.mark.parametrize("answer", [GREYLISTED, REFUSED], ids=["later", "refused"])
def test_what_the_first_says_of_a_recipient_is_final(answer: Outcome) -> None:
    """No other server is asked for a better answer, and one that answers is not down."""

    async def scenario() -> None:
        chain = Chain(answer)
        assert await chain.send() == answer
        assert await chain.send(later_s=AFTER_S) == answer
        assert chain.second.tried == []

    run(scenario)


def test_a_server_that_takes_a_letter_now_and_then_is_not_down() -> None:
    """The time is counted anew from the last letter that it took."""

    async def scenario() -> None:
        chain = Chain(DOWN)
        await chain.send()
        chain.first.says = SENT
        await chain.send(later_s=AFTER_S - 1)
        chain.first.says = DOWN
        await chain.send(later_s=1)
        assert chain.second.tried == []

    run(scenario)


def test_the_first_is_looked_at_once_a_minute_and_taken_back_by_a_letter_that_it_takes() -> None:
    """A look delays no letter; where it finds an answer, the next letter is the trial."""

    async def scenario() -> None:
        chain = Chain(DOWN)
        await chain.down_for_long()
        chain.first.says = SENT
        await chain.send("L2", later_s=LOOK_EVERY_S)
        await chain.send("L3", later_s=1)
        assert (chain.first.looks, chain.first.tried, chain.second.tried) == (1, [], ["L2", "L3"])
        chain.first.found = None
        await chain.send("L4", later_s=LOOK_EVERY_S)
        assert (await chain.send("L5")).note == ""
        assert (chain.first.looks, chain.first.tried) == (2, ["L5"])
        await chain.send("L6")
        assert (chain.first.tried, chain.second.tried) == (["L5", "L6"], ["L2", "L3", "L4"])

    run(scenario)


def test_a_trial_that_fails_costs_its_letter_nothing() -> None:
    """A server that answers and takes nothing has one letter a minute, which the second carries at once."""

    async def scenario() -> None:
        chain = Chain(BROKEN)
        await chain.down_for_long()
        chain.first.found = None
        names = ["L2", "L3", "L4", "L5", "L6"]
        for name in names:
            assert (await chain.send(name, later_s=LOOK_EVERY_S / 2)).verdict is Verdict.SENT
        assert (chain.first.tried, chain.second.tried) == (["L4"], names)

    run(scenario)


def test_a_letter_that_may_have_been_taken_stays_with_its_server() -> None:
    """Its fate is not certain: another server has it only once the first has been silent about it for a while."""

    async def scenario() -> None:
        chain = Chain(DOWN)
        await chain.down_for_long()
        chain.first.found, chain.first.says = None, LOST
        await chain.send("L2", later_s=LOOK_EVERY_S)
        assert (await chain.send("L3")).uncertain
        chain.first.says = DOWN
        assert (await chain.send("L3", later_s=5)).verdict is Verdict.LATER
        assert (chain.first.tried, chain.second.tried) == (["L3", "L3"], ["L2"])
        await chain.send("L3", later_s=AFTER_S)
        assert chain.second.tried == ["L2", "L3"]

    run(scenario)


def test_where_all_are_down_each_is_asked() -> None:
    """Nothing is given up: the letter is offered to one after the other, and stays LATER."""

    async def scenario() -> None:
        chain = Chain(DOWN, DOWN)
        await chain.send()
        await chain.send(later_s=AFTER_S)
        await chain.send(later_s=AFTER_S)
        chain.second.tried.clear()
        outcome = await chain.send("L2")
        assert (outcome.verdict, chain.second.tried) == (Verdict.LATER, ["L2"])
        assert "the first relay" in outcome.note
        assert "the second relay" in outcome.note
        chain.second.says = SENT
        assert (await chain.send("L3")).verdict is Verdict.SENT

    run(scenario)


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of more letters than the bound the oldest are forgotten."""
    monkeypatch.setattr("riskwatch.adapters.smtp.relays.MAX_UNCERTAIN", 2)

    async def scenario() -> None:
        chain = Chain(LOST)
        for name in ("L1", "L2", "L3"):
            await chain.send(name)
        assert list(chain.relays._uncertain) == ["L2", "L3"]

    run(scenario)


def test_check_and_close_reach_every_server() -> None:
    """The administrator sees each server; closing ends a look that waits for a silent one."""

    async def scenario() -> None:
        chain = Chain(DOWN)
        await chain.down_for_long()
        chain.first.silent = True
        await chain.send(later_s=LOOK_EVERY_S)
        lines = await chain.relays.check()
        assert lines[0] == "the first relay (one:25): connected"
        assert lines[3] == "the second relay (two:25): 250 hello"
        await chain.relays.close()
        assert (chain.first.closed, chain.second.closed) == (1, 1)

    run(scenario)


@pytest.mark.parametrize(("number", "after_s"), [(1, 120.0), (6, 120.0), (2, 0.0)])
def test_a_chain_that_makes_no_sense(number: int, after_s: float) -> None:
    """One server is no chain, and a server that is given up at once is none either."""
    servers = [(f"{index}:25", FakeRelay()) for index in range(number)]
    with pytest.raises(ValueError, match="two to five"):
        RelayChain(servers, fallback_after_s=after_s)
