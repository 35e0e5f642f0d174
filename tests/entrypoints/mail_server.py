"""A mail server on this machine, in a thread of its own, that keeps what it took."""

import asyncio
import ssl
import threading
import time
from email import message_from_bytes
from typing import NamedTuple, Self

from aiosmtpd.smtp import SMTP, Envelope, Session

READY_S = 40.0


class Arrived(NamedTuple):
    """A letter that the server took: when its last line had come, over which connection, to whom, and its bytes."""

    at: float
    peer: str
    to: str
    content: bytes

    @property
    def message_id(self) -> str:
        """Its Message-ID."""
        return str(message_from_bytes(self.content)["Message-ID"])


class MailServer:
    """A real mail server in a thread of its own. `delay_s` passes before it gives its `answer` to a letter."""

    def __init__(
        self, *, port: int = 0, delay_s: float = 0.0, answer: str = "250 taken", tls: ssl.SSLContext | None = None
    ) -> None:
        self.port = port
        self.delay_s = delay_s
        self.letters: list[Arrived] = []
        self.under_way = 0
        self._answer = answer
        self._tls = tls
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(READY_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def recipients(self) -> list[str]:
        """Return to whom letters came, sorted, each as often as one came."""
        return sorted(letter.to for letter in self.letters)

    async def handle_DATA(self, _: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's)
        """Take a letter."""
        content = envelope.content
        assert isinstance(content, bytes)
        assert session.peer is not None
        (recipient,) = envelope.rcpt_tos
        arrived = Arrived(time.time(), str(session.peer), recipient, content)
        self.under_way += 1
        try:
            await asyncio.sleep(self.delay_s)
            if self._answer.startswith("250"):
                self.letters.append(arrived)
        finally:
            self.under_way -= 1
        return self._answer

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        served: list[_Served] = []

        def serve() -> _Served:
            served.append(_Served(self, loop=self._loop))
            return served[-1]

        server = await self._loop.create_server(serve, "127.0.0.1", self.port, ssl=self._tls)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for one in served:
            if one.transport is not None:
                one.transport.abort()
        await asyncio.sleep(0)  # the connections learn that they are lost
        await server.wait_closed()


class _Served(SMTP):
    """One connection."""

    transport: asyncio.WriteTransport | None
