"""Whatever a server does instead of taking a letter has a verdict, and spoils no other letter."""

import asyncio
from collections.abc import Mapping

import pytest

from riskwatch.core.notices import Outcome, Verdict
from tests.adapters.smtp.rude import DROP, DROP_IN_CONTENT, SILENCE, RudeServer
from tests.adapters.smtp.servers import (
    MESSAGE,
    a_letter,
    an_outbox,
    send_two,
)


@pytest.mark.parametrize(
    ("script", "verdict", "said"),
    [
        ({"greeting": "421 too busy"}, Verdict.LATER, "421 too busy"),
        ({"greeting": "554 we do not like you"}, Verdict.MISCONFIGURED, "554 we do not like you"),
        ({"greeting": DROP}, Verdict.LATER, ""),
        ({"greeting": "hello there"}, Verdict.LATER, ""),
        ({"EHLO": DROP}, Verdict.LATER, ""),
        ({"MAIL": "451 not now"}, Verdict.LATER, "451 not now"),
        ({"MAIL": "553 sender refused"}, Verdict.MISCONFIGURED, "553 sender refused"),
        ({"MAIL": "530 5.7.0 log in"}, Verdict.MISCONFIGURED, "530 5.7.0 log in"),
        ({"MAIL": "354 what"}, Verdict.LATER, "354 what"),
        ({"RCPT": "450 greylisted"}, Verdict.LATER, "450 greylisted"),
        ({"RCPT": "550 no such user"}, Verdict.REFUSED, "550 no such user"),
        ({"RCPT": "550-no such\r\n550 user"}, Verdict.REFUSED, "550 no such user"),
        ({"RCPT": "554 5.7.1 Relay access denied"}, Verdict.MISCONFIGURED, "554 5.7.1 Relay access denied"),
        ({"RCPT": "535 who are you"}, Verdict.MISCONFIGURED, "535 who are you"),
        ({"RCPT": "421 going down"}, Verdict.LATER, "421 going down"),
        ({"RCPT": DROP}, Verdict.LATER, ""),
        ({"DATA": "554 no"}, Verdict.REFUSED, "554 no"),
        ({"DATA": "250 sure"}, Verdict.LATER, "250 sure"),
        ({"DATA": DROP}, Verdict.LATER, ""),
        ({"DATA": DROP_IN_CONTENT}, Verdict.LATER, ""),
        ({".": "451 disk full"}, Verdict.LATER, "451 disk full"),
        ({".": "554 it smells"}, Verdict.REFUSED, "554 it smells"),
        ({".": "421 going down"}, Verdict.LATER, "421 going down"),
        ({".": DROP}, Verdict.LATER, ""),
        ({".": "what?"}, Verdict.LATER, ""),
        ({"RCPT": "\xff\xfe\x00garbage"}, Verdict.LATER, ""),
    ],
    ids=str,
)
def test_misbehaviour(script: Mapping[str, str], verdict: Verdict, said: str) -> None:
    """Whatever goes wrong has its verdict; that connection is not used again, and the next letter goes through."""
    server = RudeServer(script)
    first, second = asyncio.run(send_two(server))
    assert first.verdict is verdict
    assert said in first.response
    assert first.response
    assert second == Outcome(Verdict.SENT, "250 taken")
    assert server.connections == 2
    assert server.letters == [MESSAGE]


@pytest.mark.parametrize("stage", ["greeting", "EHLO", "MAIL", "DATA", "."])
def test_silence(stage: str) -> None:
    """A server that says nothing costs a letter its time, and no more."""
    server = RudeServer({stage: SILENCE})
    first, second = asyncio.run(send_two(server, timeout_s=0.2))
    assert first.verdict is Verdict.LATER
    assert second.verdict is Verdict.SENT


def test_response_is_one_bounded_line() -> None:
    """A server's chatter of any length and kind is kept as one short line."""
    server = RudeServer({"RCPT": "550-\x1b[31m a \t b\r\n550 " + "x" * 5_000})
    first, _ = asyncio.run(send_two(server))
    assert first.response.isprintable()
    assert len(first.response) == 200


def test_nobody_listens() -> None:
    """A server that is down is a passing fault."""

    async def scenario() -> Outcome:
        async with RudeServer() as server:
            port = server.port
        return await an_outbox(port).send(a_letter())

    assert asyncio.run(scenario()).verdict is Verdict.LATER


@pytest.mark.parametrize("after", [DROP, "421 idle too long"])
def test_connection_that_went_while_idle(after: str) -> None:
    """A server that hung up, or said that it would, between two letters fails neither."""

    async def scenario() -> tuple[list[Outcome], RudeServer]:
        async with RudeServer({"after": after}) as server:
            outbox = an_outbox(server.port)
            outcomes = []
            for _ in range(3):
                outcomes.append(await outbox.send(a_letter()))
                await asyncio.sleep(0.02)
            await outbox.close()
        return outcomes, server

    outcomes, server = asyncio.run(scenario())
    assert [outcome.verdict for outcome in outcomes] == [Verdict.SENT] * 3
    assert len(server.letters) == 3


def test_server_that_talks_out_of_turn() -> None:
    """A server whose replies are out of step never makes a letter pass for sent that it did not take."""
    server = RudeServer({"after": "250 unasked"}, {"after": "250 unasked"})

    async def scenario() -> list[Outcome]:
        async with server:
            outbox = an_outbox(server.port)
            outcomes = [await outbox.send(a_letter()) for _ in range(6)]
            await outbox.close()
        return outcomes

    outcomes = asyncio.run(scenario())
    assert [outcome.verdict for outcome in outcomes].count(Verdict.SENT) == len(server.letters)
    assert outcomes[-1].verdict is Verdict.SENT


@pytest.mark.parametrize(("verb", "reply"), [("MAIL", DROP), ("RCPT", DROP), ("DATA", DROP), ("RCPT", "421 bye")])
def test_kept_connection_that_breaks(verb: str, reply: str) -> None:
    """A kept connection that turns out dead before the letter was handed over is replaced at once."""
    server = RudeServer({f"second {verb}": reply})
    first, second = asyncio.run(send_two(server))
    assert [first.verdict, second.verdict] == [Verdict.SENT, Verdict.SENT]
    assert (server.connections, len(server.letters)) == (2, 2)


def test_kept_connection_that_breaks_after_the_letter() -> None:
    """A letter that the server may have taken is not sent again at once: that is the next attempt's to do."""
    server = RudeServer({"second .": DROP})
    first, second = asyncio.run(send_two(server))
    assert [first.verdict, second.verdict] == [Verdict.SENT, Verdict.LATER]
    assert server.connections == 1


def test_cancelled_letter_ends_its_connection() -> None:
    """A letter that is called off in mid-flight takes its connection with it; the next one starts clean."""

    async def scenario() -> tuple[Outcome, RudeServer]:
        async with RudeServer({".": SILENCE}) as server:
            outbox = an_outbox(server.port)
            task = asyncio.create_task(outbox.send(a_letter()))
            await asyncio.sleep(0.1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            outcome = await outbox.send(a_letter())
            await outbox.close()
        return outcome, server

    outcome, server = asyncio.run(scenario())
    assert outcome.verdict is Verdict.SENT
    assert server.connections == 2
