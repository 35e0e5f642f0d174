"""A mail server that misbehaves as it is told, one script a connection."""

import asyncio
import ssl
from collections.abc import Mapping
from types import TracebackType

DROP = "drop"
SILENCE = "silence"
DROP_IN_CONTENT = "drop in content"
"""As the reply to DATA: takes it, and hangs up in the middle of the letter."""
TAKE_AND_DROP = "take and drop"
"""As the reply to the final dot: keeps the letter, and hangs up without saying so."""

MANNERS = {
    "greeting": "220 rude.example",
    "EHLO": "250-rude.example\r\n250 8BITMIME",
    "MAIL": "250 sender ok",
    "RCPT": "250 recipient ok",
    "DATA": "354 go on",
    ".": "250 taken",
    "NOOP": "250 here",
    "QUIT": "221 bye",
    "after": "",  # said, unasked, after a letter; DROP hangs up
}
"""A key "second VERB" is the reply to that command of a connection's second letter."""


class RudeServer:
    """Serves on loopback. The nth connection follows the nth script over MANNERS; later ones are polite.

    `manners` are its own, over MANNERS. `mood` goes over everything, on connections that stand too; its key
    "RCPT address", or of another verb, is for one recipient alone.
    """

    def __init__(self, *scripts: Mapping[str, str], tls: ssl.SSLContext | None = None) -> None:
        self._scripts: tuple[Mapping[str, str], ...] = scripts
        self.tls = tls
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.connections = 0
        self.said_goodbye = 0
        self.letters: list[bytes] = []
        self.recipients: list[str] = []  # of the letters, in the same order
        self.mood: Mapping[str, str] = {}
        self.manners: Mapping[str, str] = {}
        self.commands: list[str] = []

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def is_open(self) -> bool:
        """Whether it listens."""
        return self._server is not None and self._server.is_serving()

    async def __aenter__(self) -> "RudeServer":
        await self.open(0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.shut()

    async def open(self, port: int) -> None:
        """Listen; `port` 0 is any that is free."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port, ssl=self.tls)

    def expect(self, *scripts: Mapping[str, str]) -> None:
        """Have the next connections follow these scripts."""
        self._scripts = ({},) * self.connections + scripts

    async def shut(self) -> None:
        """Hang up on everybody, and listen no more."""
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        scripted = self._scripts[self.connections] if self.connections < len(self._scripts) else {}
        script = MANNERS | dict(self.manners) | dict(scripted)
        self.connections += 1
        try:
            await self._converse(script, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client hung up, or the test is over
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _converse(
        self, script: dict[str, str], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await _say(writer, self.mood.get("greeting", script["greeting"]))
        letters = 0
        recipient = ""
        while line := await reader.readline():
            verb = line.decode().split()[0].upper()
            self.commands.append(verb)
            if verb == "MAIL":
                letters += 1
            if letters == 2:
                script = script | {key[7:]: said for key, said in script.items() if key.startswith("second ")}
            if verb == "RCPT":
                recipient = line.decode().partition("<")[2].partition(">")[0]
            reply = self.mood.get(verb, script.get(verb, "502 what?"))
            reply = self.mood.get(f"{verb} {recipient}", reply)
            if verb == "DATA" and reply == DROP_IN_CONTENT:
                await _say(writer, "354 go on")
                await reader.readexactly(10)
                return
            await _say(writer, reply)
            if verb == "DATA" and reply.startswith("354"):
                content = await reader.readuntil(b"\r\n.\r\n")
                verdict = self.mood.get(".", script["."])
                if verdict == TAKE_AND_DROP or verdict.startswith("250"):
                    self.letters.append(content.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n."))
                    self.recipients.append(recipient)
                await _say(writer, verdict)
                await _say(writer, script["after"])
            if verb == "QUIT":
                self.said_goodbye += 1
                return


async def _say(writer: asyncio.StreamWriter, reply: str) -> None:
    if reply in (DROP, TAKE_AND_DROP):
        raise ConnectionAbortedError
    if reply == SILENCE:
        await asyncio.Event().wait()
    if reply:
        writer.write(reply.encode("latin-1") + b"\r\n")
        await writer.drain()
