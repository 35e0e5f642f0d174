"""Letters, outboxes, and real servers for them, with valid defaults."""

import asyncio
import ssl
from datetime import UTC, datetime
from typing import Any

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from riskwatch.adapters.smtp import SmtpOutbox
from riskwatch.core.notices import Letter, Outcome
from tests.adapters.smtp.rude import RudeServer

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


def a_tls(authority: trustme.CA, name: str = "127.0.0.1") -> ssl.SSLContext:
    """Return a server's side of TLS, with a certificate for the name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


async def send_two(server: RudeServer, **changes: Any) -> list[Outcome]:
    """Send a letter that meets the server's first script, then one that meets its manners."""
    async with server:
        outbox = an_outbox(server.port, **changes)
        outcomes = [await outbox.send(a_letter()), await outbox.send(a_letter())]
        await outbox.close()
    return outcomes
