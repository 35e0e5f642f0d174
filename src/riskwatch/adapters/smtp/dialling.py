"""Opens and ends connections to the mail server: encrypted, logged in, and never in plain text by accident."""

import asyncio
import re
import ssl
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Literal, cast

import aiosmtplib

from riskwatch.adapters.smtp.verdicts import Trouble, misconfigured, of_connecting
from riskwatch.core.faults import Fault
from riskwatch.core.notices import Verdict

Security = Literal["starttls", "tls", "none"]

_GOODBYE_S = 2.0
_HOSTNAME = re.compile(r"[A-Za-z0-9.\[\]:_-]{1,255}")


class Dialler:
    """Knows how to reach one mail server."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        security: Security,
        username: str,
        password: Callable[[], str | None],
        timeout_s: float,
        ca_file: Path | None,
        hostname: str,
    ) -> None:
        """ValueError: "none" to a host that is not this machine, or a `hostname` that is none."""
        if security not in ("starttls", "tls", "none"):
            raise ValueError('security must be "starttls", "tls" or "none"')
        if security == "none" and not _is_loopback(host):
            raise ValueError('security = "none" is for a server on this machine only')
        if not _HOSTNAME.fullmatch(hostname):
            raise ValueError("hostname must be a host name")
        self._host, self._port, self._security = host, port, security
        self._username, self._password = username, password
        self._timeout_s, self._ca_file, self._hostname = timeout_s, ca_file, hostname
        self._tls: ssl.SSLContext | None = None

    async def connect(self) -> aiosmtplib.SMTP:
        """Return a fresh connection, encrypted and logged in. Raises Trouble."""
        client: aiosmtplib.SMTP | None = None
        try:
            client = aiosmtplib.SMTP(
                hostname=self._host,
                port=self._port,
                local_hostname=self._hostname,
                timeout=self._timeout_s,
                use_tls=self._security == "tls",
                start_tls=self._security == "starttls",  # left out, it would fall back to plain text
                tls_context=await self._context(),
            )
            await client.connect()
            if client.is_ehlo_or_helo_needed:
                await client.ehlo()
            if self._username:
                await client.login(self._username, await self._secret())
        except BaseException as error:
            if client is not None:
                drop(client)
            if not isinstance(error, Exception):
                raise
            outcome = error.outcome if isinstance(error, Trouble) else of_connecting(error)
            if outcome.verdict is Verdict.MISCONFIGURED:
                self._tls = None  # whoever mends the certificates need not restart the service
            raise Trouble(outcome) from error
        return client

    async def _context(self) -> ssl.SSLContext | None:
        if self._security == "none":
            return None
        if self._tls is None:
            try:
                self._tls = await asyncio.to_thread(ssl.create_default_context, cafile=self._ca_file)
            except OSError as error:
                raise Trouble(misconfigured(f"ca_file cannot be used ({error.strerror or error})")) from error
        return self._tls

    async def _secret(self) -> str:
        try:
            secret = await asyncio.to_thread(self._password)
        except Exception as error:
            # A fault's text is ours; any other may quote what stands in the file.
            text = str(error) if isinstance(error, Fault) else f"no password to be had ({type(error).__name__})"
            raise Trouble(misconfigured(text)) from error
        if secret is None:
            raise Trouble(misconfigured("username is set, but there is no password"))
        return secret

    def describe(self, client: aiosmtplib.SMTP) -> list[str]:
        """Return what there is to say of a connection, a line each."""
        cipher = client.get_transport_info("cipher")
        lines = [f"connected to {self._host}:{self._port}"]
        lines.append(f"encrypted with {cipher[1]}, {cipher[0]}" if cipher else "not encrypted: it is on this machine")
        if self._username:
            lines.append(f"logged in as {self._username}")
        return lines


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def say_goodbye(client: aiosmtplib.SMTP) -> None:
    """End a connection politely, if the server lets us."""
    try:
        with suppress(aiosmtplib.SMTPException, OSError):
            async with asyncio.timeout(_GOODBYE_S):
                await client.quit(timeout=None)
    finally:
        drop(client)


def drop(client: aiosmtplib.SMTP) -> None:
    """End a connection at once, whatever state it is in."""
    transport = client.transport
    client.close()
    if transport is not None:
        cast(asyncio.WriteTransport, transport).abort()
