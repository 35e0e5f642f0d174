"""Sends letters, one recipient an envelope, over a few connections that are kept open."""

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import aiosmtplib

from riskwatch.adapters.smtp.dialling import Dialler, Security, drop, say_goodbye
from riskwatch.adapters.smtp.verdicts import Stage, Streak, Trouble, of_break, of_reply, one_line, unavailable
from riskwatch.core.directory import domain_of
from riskwatch.core.notices import Letter, Outcome, Verdict

MAX_CHECK_LINES = 30
IDLE_S = 60.0
"""Servers hang up on an idle client after minutes, a firewall without a word: an older connection is not used."""

_CHECKED_S = 5.0  # a connection used within this time is warm without asking
_LINE_END = re.compile(rb"\r\n|\r|\n")


class _Stale(Exception):
    """A kept connection turned out to be gone before the server could have the letter."""


class _Kept(NamedTuple):
    client: aiosmtplib.SMTP
    since_s: float  # loop time


class _Attempt:
    """One letter on its way. `handed_over`: its end may have reached the server, which may have taken it."""

    def __init__(self, letter: Letter) -> None:
        self.letter = letter
        self.handed_over = False


class SmtpOutbox:
    """Sends letters. It belongs to one event loop, and is not for use from several threads."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        security: Security,
        username: str,
        password: Callable[[], str | None],
        sender: str,
        connections: int,
        timeout_s: float,
        ca_file: Path | None,
        hostname: str,
        per_minute: int | None = None,
    ) -> None:
        """`password` is asked at each log-in, so that a changed one is taken up; a blank `username` logs in nowhere.

        `timeout_s` bounds a letter in all; `ca_file` None trusts the system's authorities; `hostname` is what EHLO
        says; `per_minute` is how many letters a minute the server is known to take, and is for the caller to keep to.
        ValueError: "none" to a host that is not this machine, a sender that is not one plain address, a hostname
        or a bound that makes no sense.
        """
        if domain_of(sender) is None:
            raise ValueError("sender must be one plain lower-case email address")
        if connections < 1 or timeout_s <= 0 or (per_minute is not None and per_minute < 1):
            raise ValueError("connections, timeout_s and per_minute must be above 0")
        self._dialler = Dialler(
            host=host,
            port=port,
            security=security,
            username=username,
            password=password,
            timeout_s=timeout_s,
            ca_file=ca_file,
            hostname=hostname,
        )
        self._mail_from = b"FROM:<" + sender.encode("ascii") + b">"
        self._connections, self._timeout_s, self._per_minute = connections, timeout_s, per_minute
        self._streak = Streak()
        self._slots = asyncio.Semaphore(connections)
        self._idle: list[_Kept] = []  # the one used last is at the end, and is used next
        self._closed = False

    @property
    def connections(self) -> int:
        """How many letters may be under way at once."""
        return self._connections

    @property
    def per_minute(self) -> int | None:
        """How many letters a minute the server takes; None: as many as come."""
        return self._per_minute

    async def send(self, letter: Letter) -> Outcome:
        """Send one letter to its one recipient. Never raises for a fault of the mail server: the outcome says it.

        A server that falls silent after the whole letter has gone may have taken it: it is LATER all the same, since a
        letter that comes twice does less harm than one that never comes.
        """
        if domain_of(letter.recipient) is None:
            return Outcome(Verdict.REFUSED, "the recipient is not one plain email address")
        attempt = _Attempt(letter)
        async with self._slots:
            try:
                async with asyncio.timeout(self._timeout_s):
                    outcome = await self._deliver(attempt)
            except Trouble as trouble:
                outcome = trouble.outcome
            except TimeoutError:
                outcome = unavailable(f"no answer within {self._timeout_s:g} s", uncertain=attempt.handed_over)
        return self._streak.judged(letter, outcome)

    async def _deliver(self, attempt: _Attempt) -> Outcome:
        kept = self._take()
        if kept is not None:
            with suppress(_Stale):
                return await self._transact(kept, attempt, kept=True)
        return await self._transact(await self._dialler.connect(), attempt, kept=False)

    async def _transact(self, client: aiosmtplib.SMTP, attempt: _Attempt, *, kept: bool) -> Outcome:
        """Send one envelope. Raises _Stale where a kept connection broke before the server could have the letter.

        Whatever does not end with the server's 250 ends the connection: it may be out of step with us.
        """
        letter = attempt.letter
        commands = (
            (Stage.SENDER, 2, (b"MAIL", self._mail_from)),
            (Stage.RECIPIENT, 2, (b"RCPT", b"TO:<" + letter.recipient.encode("ascii") + b">")),
            (Stage.CONTENT, 3, (b"DATA",)),
        )
        sent = False
        try:
            for stage, wanted, command in commands:
                # The timeout is the letter's: one for each command would cost more than the command itself.
                code, text = await client.execute_command(*command, timeout=None)
                if kept and code == aiosmtplib.SMTPStatus.domain_unavailable:
                    raise _Stale
                if code // 100 != wanted:
                    return of_reply(stage, code, text)
            protocol = client.protocol
            if protocol is None:
                raise aiosmtplib.SMTPServerDisconnected("Connection lost")
            attempt.handed_over = True
            protocol.write(_payload(letter.message))
            code, text = await protocol.read_response(timeout=None)
            outcome = of_reply(Stage.END, code, text)
            sent = outcome.verdict is Verdict.SENT
        except (aiosmtplib.SMTPException, OSError) as error:
            if kept and not attempt.handed_over:
                raise _Stale from error
            return of_break(error, handed_over=attempt.handed_over)
        else:
            return outcome
        finally:
            if sent:
                self._keep(client)
            else:
                drop(client)

    def _take(self) -> aiosmtplib.SMTP | None:
        """Return the connection used last, if one is still to be trusted."""
        now_s = asyncio.get_running_loop().time()
        while self._idle:
            client, since_s = self._idle.pop()
            if client.is_connected and now_s - since_s < IDLE_S:
                return client
            drop(client)
        return None

    def _keep(self, client: aiosmtplib.SMTP) -> None:
        if self._closed:
            drop(client)
        else:
            self._idle.append(_Kept(client, asyncio.get_running_loop().time()))

    async def warm(self) -> None:
        """Open or check one connection ahead of time, so that a letter due now leaves at once. Never raises."""
        if self._slots.locked():
            return  # all connections are in use: as warm as can be
        async with self._slots:
            now_s = asyncio.get_running_loop().time()
            if self._idle and self._idle[-1].client.is_connected and now_s - self._idle[-1].since_s < _CHECKED_S:
                return
            with suppress(Trouble, TimeoutError):
                async with asyncio.timeout(self._timeout_s):
                    kept = self._take()
                    if kept is None or not await _answers(kept):
                        kept = await self._dialler.connect()
                    self._keep(kept)

    async def look(self) -> Outcome | None:
        """Connect afresh and keep the connection for the next letter; return what is wrong, None where nothing is."""
        async with self._slots:
            try:
                async with asyncio.timeout(self._timeout_s):
                    self._keep(await self._dialler.connect())
            except Trouble as trouble:
                return trouble.outcome
            except TimeoutError:
                return unavailable(f"no answer within {self._timeout_s:g} s")
        return None

    async def check(self) -> list[str]:
        """Connect afresh and return what the server said, a line each; or the one line that says what is wrong."""
        try:
            async with asyncio.timeout(self._timeout_s):
                client = await self._dialler.connect()
        except Trouble as trouble:
            return [f"{trouble.outcome.verdict}: {trouble.outcome.response}"]
        except TimeoutError:
            return [f"{Verdict.LATER}: no answer within {self._timeout_s:g} s"]
        lines = self._dialler.describe(client)
        hello = client.last_ehlo_response
        if hello is not None:
            lines += [f"{hello.code} {one_line(line)}" for line in hello.message.splitlines()[:MAX_CHECK_LINES]]
        await say_goodbye(client)
        return lines

    async def close(self) -> None:
        """Say goodbye on open connections; one in use is closed when its letter has gone."""
        self._closed = True
        idle, self._idle = self._idle, []
        await asyncio.gather(*(say_goodbye(kept.client) for kept in idle))


async def _answers(client: aiosmtplib.SMTP) -> bool:
    """Whether a kept connection is alive; one that is not is closed."""
    alive = False
    try:
        with suppress(aiosmtplib.SMTPException, OSError):
            async with asyncio.timeout(_CHECKED_S):
                code, _ = await client.execute_command(b"NOOP", timeout=None)
                alive = code == aiosmtplib.SMTPStatus.completed
    finally:
        if not alive:
            drop(client)
    return alive


def _payload(message: bytes) -> bytes:
    """Return the bytes that follow DATA: stuffed, ended, and without a bare CR or LF that could pass for an end."""
    ends = message.count(b"\r\n")
    if ends != message.count(b"\n") or ends != message.count(b"\r"):
        message = _LINE_END.sub(b"\r\n", message)
    if not message.endswith(b"\r\n"):
        message += b"\r\n"
    stuffed = message.replace(b"\r\n.", b"\r\n..")
    return (b"." if stuffed.startswith(b".") else b"") + stuffed + b".\r\n"
