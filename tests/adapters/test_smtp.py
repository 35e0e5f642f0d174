"""Letters leave over real SMTP, and whatever the server does instead has a verdict."""

import asyncio
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from riskwatch.adapters.smtp import SmtpOutbox
from riskwatch.adapters.smtp import outbox as outbox_module
from riskwatch.core.notices import Letter, Outcome, Verdict
from riskwatch.pipeline.ports import Outbox
from tests.adapters.rude_smtp import DROP, DROP_IN_CONTENT, SILENCE, RudeServer

NOW = datetime(2021, 9, 7, 9, 15, tzinfo=UTC)
MESSAGE = b"Subject: s\r\n\r\none\r\n.two\r\n..\r\n.\r\nlast\r\n"


def a_letter(*, recipient: str = "pc1@north.police.uk", message: bytes = MESSAGE) -> Letter:
    """Return a letter that is to go."""
    return Letter("id", recipient, "notices", "s", message, urgent=True, due_at=NOW, made_at=NOW)


def an_outbox(port: int, **changes: Any) -> SmtpOutbox:
    """Return an outbox to a server on this machine."""
    settings: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "username": "",
        "password": lambda: None,
        "sender": "riskwatch@north.police.uk",
        "connections": 2,
        "timeout_s": 10.0,
        "ca_file": None,
        "hostname": "riskwatch.north.police.uk",
    }
    return SmtpOutbox(**settings | changes)


class Mailbox:
    """What a real server took."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's)
        """Take a letter."""
        self.envelopes.append(envelope)
        return "250 taken"


def log_in(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
    """Let in whoever knows the password."""
    known = isinstance(data, LoginPassword) and (data.login, data.password) == (b"riskwatch", b"secret")
    return AuthResult(success=known, handled=False)


async def real_server(mailbox: Mailbox, *, tls: ssl.SSLContext | None = None, **options: Any) -> asyncio.Server:
    """Return an aiosmtpd that listens on loopback."""
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: SMTP(mailbox, loop=loop, **options), "127.0.0.1", 0, ssl=tls)


def port_of(server: asyncio.Server) -> int:
    """Return where it listens."""
    port: int = server.sockets[0].getsockname()[1]
    return port


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """An authority that nobody else trusts."""
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    """Its certificate, as a file."""
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path


def a_tls(authority: trustme.CA, name: str = "127.0.0.1") -> ssl.SSLContext:
    """Return a server's side of TLS, with a certificate for the name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


@pytest.mark.parametrize("security", ["starttls", "tls", "none"])
def test_real_server(security: str, authority: trustme.CA, ca_file: Path) -> None:
    """A letter reaches a real server as it is, one recipient an envelope, however the connection is protected."""

    async def scenario() -> tuple[list[Outcome], Mailbox]:
        mailbox, context = Mailbox(), a_tls(authority)
        options: dict[str, Any] = {"authenticator": log_in, "auth_required": security != "none"}
        if security == "starttls":
            options |= {"tls_context": context, "require_starttls": True}
        elif security == "tls":
            options |= {"tls": context, "auth_require_tls": False}
        else:
            options = {}
        server = await real_server(mailbox, **options)
        account = {"username": "riskwatch", "password": lambda: "secret"} if options else {}
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


async def send_two(server: RudeServer, **changes: Any) -> list[Outcome]:
    """Send a letter that meets the server's first script, then one that meets its manners."""
    async with server:
        outbox = an_outbox(server.port, **changes)
        outcomes = [await outbox.send(a_letter()), await outbox.send(a_letter())]
        await outbox.close()
    return outcomes


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


@pytest.mark.parametrize("after", [DROP, "421 idle too long", "250 unasked"])
def test_connection_that_went_while_idle(after: str) -> None:
    """A server that hung up, or talked, between two letters fails neither."""

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


def test_kept_connection_that_breaks_mid_way() -> None:
    """A kept connection that turns out dead before the letter was handed over is replaced at once."""

    class Tired(RudeServer):
        async def _converse(self, script: Any, reader: Any, writer: Any) -> None:
            tired = dict(script)
            if self.connections == 1:
                original = tired["RCPT"]
                tired.pop("RCPT")
                tired = _Fading(tired, original)
            await super()._converse(tired, reader, writer)

    class _Fading(dict[str, str]):
        """Answers RCPT once, then hangs up."""

        def __init__(self, manners: Mapping[str, str], first: str) -> None:
            super().__init__(manners)
            self._replies = iter([first])

        def get(self, key: str, default: Any = None) -> Any:
            return next(self._replies, DROP) if key == "RCPT" else super().get(key, default)

    server = Tired()
    first, second = asyncio.run(send_two(server))
    assert [first.verdict, second.verdict] == [Verdict.SENT, Verdict.SENT]
    assert (server.connections, len(server.letters)) == (2, 2)


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


def test_starttls_is_required() -> None:
    """A server that does not offer STARTTLS gets no letter, and nothing in plain text but the greeting."""
    server = RudeServer()
    first, _ = asyncio.run(send_two(server, security="starttls"))
    assert first.verdict is Verdict.MISCONFIGURED
    assert "STARTTLS" in first.response
    assert set(server.commands) <= {"EHLO", "QUIT"}


def test_starttls_that_is_not_ready() -> None:
    """A server whose TLS is down for the moment is a passing fault."""
    script = {"EHLO": "250-rude\r\n250 STARTTLS", "STARTTLS": "454 not now"}
    first, _ = asyncio.run(send_two(RudeServer(script), security="starttls"))
    assert first == Outcome(Verdict.LATER, "454 not now")


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("wrong", ["name", "authority"])
def test_wrong_certificate(security: str, wrong: str, authority: trustme.CA, ca_file: Path) -> None:
    """A certificate for another name, or of an authority that is not ours, is a fault that somebody must mend."""

    async def scenario() -> Outcome:
        context = a_tls(trustme.CA()) if wrong == "authority" else a_tls(authority, "mail.evil.example")
        options: dict[str, Any] = {"tls_context": context} if security == "starttls" else {"tls": context}
        server = await real_server(Mailbox(), **options)
        outbox = an_outbox(port_of(server), security=security, ca_file=ca_file)
        outcome = await outbox.send(a_letter())
        await outbox.close()
        await asyncio.sleep(0.05)
        server.close()
        await server.wait_closed()
        return outcome

    outcome = asyncio.run(scenario())
    assert outcome.verdict is Verdict.MISCONFIGURED
    assert outcome.response.startswith("TLS: CERTIFICATE_VERIFY_FAILED")


def test_plain_server_on_a_tls_port(ca_file: Path) -> None:
    """TLS to a server that speaks none is a fault that somebody must mend."""
    outcome, _ = asyncio.run(send_two(RudeServer(), security="tls", ca_file=ca_file))
    assert outcome.verdict is Verdict.MISCONFIGURED


def test_authorities_that_cannot_be_read(tmp_path: Path) -> None:
    """A file of authorities that is missing, or holds none, is named."""
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    for path in (tmp_path / "missing.pem", empty):
        outcome = asyncio.run(an_outbox(1, security="tls", ca_file=path).send(a_letter()))
        assert outcome.verdict is Verdict.MISCONFIGURED
        assert "ca_file" in outcome.response


def no_file() -> str | None:
    """Fail as a missing password file does."""
    raise FileNotFoundError("/run/secrets/smtp")


@pytest.mark.parametrize("password", [lambda: "wrong", lambda: None, no_file], ids=["wrong", "none", "missing"])
def test_wrong_password(password: Any, authority: trustme.CA, ca_file: Path) -> None:
    """A wrong, absent or unreadable password is a fault that somebody must mend; a mended one is taken up."""

    async def scenario() -> list[Outcome]:
        context = a_tls(authority)
        server = await real_server(Mailbox(), tls_context=context, authenticator=log_in, auth_required=True)
        passwords = iter([password])
        outbox = an_outbox(
            port_of(server),
            security="starttls",
            ca_file=ca_file,
            username="riskwatch",
            password=lambda: next(passwords, lambda: "secret")(),
        )
        outcomes = [await outbox.send(a_letter()), await outbox.send(a_letter())]
        await outbox.close()
        server.close()
        await server.wait_closed()
        return outcomes

    first, second = asyncio.run(scenario())
    assert first.verdict is Verdict.MISCONFIGURED
    assert "secret" not in first.response.replace("/run/secrets", "")
    assert second.verdict is Verdict.SENT


def test_no_login_offered() -> None:
    """A server that takes no log-in where one is configured is a fault that somebody must mend."""
    first, _ = asyncio.run(send_two(RudeServer(), username="riskwatch", password=lambda: "secret"))
    assert first.verdict is Verdict.MISCONFIGURED


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


def test_check_of_an_encrypted_server(authority: trustme.CA, ca_file: Path) -> None:
    """The administrator sees how the connection is protected, and as whom it is logged in."""

    async def scenario() -> list[str]:
        server = await real_server(Mailbox(), tls_context=a_tls(authority), authenticator=log_in, auth_required=True)
        outbox = an_outbox(
            port_of(server), security="starttls", ca_file=ca_file, username="riskwatch", password=lambda: "secret"
        )
        lines = await outbox.check()
        server.close()
        await server.wait_closed()
        return lines

    lines = asyncio.run(scenario())
    assert lines[1].startswith("encrypted with TLSv1.")
    assert lines[2] == "logged in as riskwatch"


@pytest.mark.parametrize("host", ["mail.north.police.uk", "10.0.0.1", "localhost.evil.example"])
def test_plain_text_stays_on_this_machine(host: str) -> None:
    """No setting sends letters in plain text over a network."""
    with pytest.raises(ValueError, match="this machine"):
        an_outbox(25, host=host)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.53", "::1"])
def test_loopback_hosts(host: str) -> None:
    """This machine may be named in any of its ways."""
    assert an_outbox(25, host=host).connections == 2


@pytest.mark.parametrize(
    "changes",
    [{"sender": "a"}, {"hostname": "a b"}, {"hostname": ""}, {"connections": 0}, {"timeout_s": 0}, {"security": ""}],
    ids=str,
)
def test_settings_that_make_no_sense(changes: dict[str, Any]) -> None:
    """A setting that cannot work is refused at the start."""
    with pytest.raises(ValueError, match=r"sender|hostname|above 0|security"):
        an_outbox(25, **changes)
