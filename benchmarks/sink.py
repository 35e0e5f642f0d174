"""A mail server that throws letters away, in a process of its own: `python -m benchmarks.sink`.

It prints its port, then, for each letter, the recipient and when it said 250: seconds since 1970.
"""

import asyncio
import sys
import time
from typing import cast

END = b"\r\n.\r\n"


class _Talk(asyncio.Protocol):
    """One connection."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._buffer = b""
        self._in_letter = False
        self._recipient = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(END if self._in_letter else b"\r\n")) >= 0:
            line = self._buffer[:end]
            self._buffer = self._buffer[end + (len(END) if self._in_letter else 2) :]
            if self._in_letter:
                self._take()
            else:
                self._answer(line)

    def _take(self) -> None:
        self._in_letter = False
        self._transport.write(b"250 thrown away\r\n")
        if not self._quiet:
            sys.stdout.write(f"{self._recipient} {time.time():.6f}\n")
            sys.stdout.flush()

    def _answer(self, line: bytes) -> None:
        match line[:4].upper():
            case b"DATA":
                self._in_letter = True
                self._transport.write(b"354 go on\r\n")
            case b"QUIT":
                self._transport.write(b"221 bye\r\n")
                self._transport.close()
            case b"RCPT":
                self._recipient = line.partition(b"<")[2].partition(b">")[0].decode("ascii", "replace")
                self._transport.write(b"250 ok\r\n")
            case _:
                self._transport.write(b"250 ok\r\n")


async def _serve(*, quiet: bool) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Talk(quiet=quiet), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(quiet="--quiet" in sys.argv[1:]))
