"""No letter leaves in plain text, to a server of doubtful name, or in silence about a wrong password."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import trustme

from riskwatch.core.faults import Fault
from riskwatch.core.notices import Outcome, Scope, Verdict
from tests.adapters.smtp.rude import RudeServer
from tests.adapters.smtp.servers import (
    Mailbox,
    a_letter,
    a_tls,
    an_outbox,
    log_in,
    port_of,
    real_server,
    send_two,
)


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
    assert first == Outcome(Verdict.LATER, "454 not now", Scope.SERVER)


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


def no_text() -> str | None:
    """Fail as a password file that is not text does: the error quotes the file."""
    return b"secret\xff".decode()


def empty_file() -> str | None:
    """Fail as the settings do where the file is empty."""
    raise Fault("password_file smtp is empty")


@pytest.mark.parametrize(
    ("password", "said"),
    [
        (lambda: "wrong", "535"),
        (lambda: None, "no password"),
        (no_file, "no password to be had (FileNotFoundError)"),
        (no_text, "no password to be had (UnicodeDecodeError)"),
        (empty_file, "password_file smtp is empty"),
    ],
    ids=["wrong", "none", "missing", "not text", "empty"],
)
def test_wrong_password(password: Any, said: str, authority: trustme.CA, ca_file: Path) -> None:
    """A wrong, absent or unreadable password is a fault that somebody must mend; a mended one is taken up."""

    async def scenario() -> list[Outcome]:
        context = a_tls(authority)
        server = await real_server(Mailbox(), tls_context=context, authenticator=log_in, auth_required=True)
        passwords = [lambda: "secret", password]

        def the_password() -> str | None:
            asked: str | None = passwords.pop()()
            return asked

        outbox = an_outbox(
            port_of(server),
            security="starttls",
            ca_file=ca_file,
            username="riskwatch",
            password=the_password,
        )
        outcomes = [await outbox.send(a_letter()), await outbox.send(a_letter())]
        await outbox.close()
        server.close()
        await server.wait_closed()
        return outcomes

    first, second = asyncio.run(scenario())
    assert first.verdict is Verdict.MISCONFIGURED
    assert said in first.response
    assert "secret" not in first.response
    assert second.verdict is Verdict.SENT


def test_no_login_offered() -> None:
    """A server that takes no log-in where one is configured is a fault that somebody must mend."""
    first, _ = asyncio.run(send_two(RudeServer(), username="riskwatch", password=lambda: "secret"))
    assert first.verdict is Verdict.MISCONFIGURED


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
