"""Letters leave over real SMTP, on a few connections that are kept."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import trustme

from riskwatch.adapters.smtp import outbox as outbox_module
from riskwatch.core.notices import Outcome, Verdict
from riskwatch.pipeline.ports import Outbox
from tests.adapters.smtp.rude import DROP, SILENCE, RudeServer
from tests.adapters.smtp.servers import (
    MESSAGE,
    Mailbox,
    a_letter,
    a_tls,
    an_outbox,
    log_in,
    port_of,
    real_server,
    send_two,
)


@pytest.mark.parametrize("security", ["starttls", "tls", "none"])
def test_real_server(security: str, authority: trustme.CA, ca_file: Path) -> None:
    """A letter reaches a real server as it is, one recipient an envelope, however the connection is protected."""

    async def scenario() -> tuple[list[Outcome], Mailbox]:
        mailbox, context = Mailbox(), a_tls(authority)
        options: dict[str, Any] = {}
        account: dict[str, Any] = {}
        if security == "starttls":
            options = {"tls_context": context, "require_starttls": True, "authenticator": log_in, "auth_required": True}
            account = {"username": "riskwatch", "password": lambda: "secret"}
        elif security == "tls":
            options = {"tls": context}
        server = await real_server(mailbox, **options)
        outbox: Outbox = an_outbox(port_of(server), security=security, ca_file=ca_file, **account)
        letters = [a_letter(recipient=f"pc{number}@north.police.uk") for number in range(5)]
        outcomes = [await outbox.send(letter) for letter in letters]
        outcomes += await asyncio.gather(*(outbox.send(letter) for letter in letters))
        await outbox.close()
        server.close()
        await server.wait_closed()
        return outcomes, mailbox

    outcomes, mailbox = asyncio.run(scenario())
    assert outcomes == [Outcome(Verdict.SENT, "250 taken")] * 10
    assert {envelope.original_content for envelope in mailbox.envelopes} == {MESSAGE}
    assert {envelope.mail_from for envelope in mailbox.envelopes} == {"riskwatch@north.police.uk"}
    assert sorted(tuple(e.rcpt_tos) for e in mailbox.envelopes) == sorted(
        2 * [(f"pc{number}@north.police.uk",) for number in range(5)]
    )


def test_connections_are_kept() -> None:
    """Letters one after another share a connection, without asking whether it is there, and it ends politely."""

    async def scenario() -> RudeServer:
        async with RudeServer() as server:
            outbox = an_outbox(server.port)
            for _ in range(10):
                assert (await outbox.send(a_letter())).verdict is Verdict.SENT
            await outbox.close()
        return server

    server = asyncio.run(scenario())
    assert (server.connections, server.said_goodbye, len(server.letters)) == (1, 1, 10)
    assert "NOOP" not in server.commands


def test_connections_are_few() -> None:
    """However many letters are under way, there are no more connections than the setting says."""

    async def scenario() -> RudeServer:
        async with RudeServer() as server:
            outbox = an_outbox(server.port, connections=3)
            assert outbox.connections == 3
            await asyncio.gather(*(outbox.send(a_letter()) for _ in range(50)))
            await outbox.close()
        return server

    server = asyncio.run(scenario())
    assert (server.connections, len(server.letters)) == (3, 50)


def test_old_connection_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection idle for long is not trusted: a firewall may have dropped it without a word."""
    monkeypatch.setattr(outbox_module, "IDLE_S", 0.0)
    server = RudeServer()
    outcomes = asyncio.run(send_two(server))
    assert [outcome.verdict for outcome in outcomes] == [Verdict.SENT, Verdict.SENT]
    assert server.connections == 2


def test_warm(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection opened ahead of time carries the next letter; warming again checks it, and replaces a dead one."""
    monkeypatch.setattr(outbox_module, "_CHECKED_S", 0.5)

    async def scenario() -> tuple[list[int], Outcome, RudeServer]:
        async with RudeServer({"NOOP": DROP}) as server:
            outbox = an_outbox(server.port)
            counts = []
            await outbox.warm()
            counts.append(server.connections)
            await outbox.warm()
            counts.append(server.connections)
            await asyncio.sleep(0.6)
            await outbox.warm()
            counts.append(server.connections)
            outcome = await outbox.send(a_letter())
            await outbox.close()
        await outbox.warm()  # nobody listens any more: no matter
        return counts, outcome, server

    counts, outcome, server = asyncio.run(scenario())
    assert counts == [1, 1, 2]
    assert outcome.verdict is Verdict.SENT
    assert server.connections == 2


def test_message_cannot_end_itself() -> None:
    """Bytes that try to end the letter early and speak for us arrive as text of the letter."""
    evil = b"Subject: s\r\n\r\na\n.\nMAIL FROM:<x@evil.example>\r.\r\nb"

    async def scenario() -> RudeServer:
        async with RudeServer() as server:
            outbox = an_outbox(server.port)
            await outbox.send(a_letter(message=evil))
            await outbox.send(a_letter(message=b".\r\n"))
            await outbox.close()
        return server

    server = asyncio.run(scenario())
    assert server.letters[0] == b"Subject: s\r\n\r\na\r\n.\r\nMAIL FROM:<x@evil.example>\r\n.\r\nb\r\n"
    assert server.commands.count("MAIL") == 2


@pytest.mark.parametrize("recipient", ["", "a@b.uk> SIZE=1\r\nRCPT TO:<x@evil.example", "PC1@north.police.uk", "a@b"])
def test_recipient_that_is_no_address(recipient: str) -> None:
    """What is not one plain address is refused without asking the server."""
    outcome = asyncio.run(an_outbox(1).send(a_letter(recipient=recipient)))
    assert outcome.verdict is Verdict.REFUSED


def test_check() -> None:
    """The administrator's test shows the connection and what the server said, or the one thing that is wrong."""

    async def scenario() -> list[list[str]]:
        async with RudeServer({}, {"greeting": "554 go away"}, {"greeting": SILENCE}) as server:
            outbox = an_outbox(server.port, timeout_s=0.5)
            return [await outbox.check() for _ in range(3)]

    good, refused, silent = asyncio.run(scenario())
    assert good[0].startswith("connected to 127.0.0.1:")
    assert good[1:] == ["not encrypted: it is on this machine", "250 rude.example", "250 8BITMIME"]
    assert refused == ["misconfigured: 554 go away"]
    assert len(silent) == 1
    assert silent[0].startswith("later: ")
