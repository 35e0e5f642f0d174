"""Bare SMTP over raw sockets, each command answered before the next: the floor of everything that is sent."""

import selectors
import socket
import subprocess
from collections.abc import Iterator, Sequence

from benchmarks.mail_servers import postfix_tool

SENDER = b"riskwatch@example.police.uk"
MAX_REPLY = 65_536

Mail = tuple[str, bytes]
"""A recipient, and the message in its wire form."""


class Connection:
    """One connection, used to the letter's rhythm: say, wait for the reply, say."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.hear()
        self.say(b"EHLO bench\r\n")

    def say(self, words: bytes) -> None:
        """Send, and wait for the reply."""
        self.socket.sendall(words)
        self.hear()

    def hear(self) -> None:
        """Wait for a whole reply that is not a refusal."""
        reply = b""
        while not is_whole(reply):
            reply += self.socket.recv(MAX_REPLY)
            if not reply:
                raise ConnectionError("the server hung up")

    def send(self, mail: Mail) -> None:
        """Send one letter."""
        for words in envelope(mail):
            self.say(words)

    def close(self) -> None:
        """Say goodbye."""
        self.say(b"QUIT\r\n")
        self.socket.close()


def is_whole(reply: bytes) -> bool:
    """Whether a reply has come in full. Raises ConnectionError where it is a refusal."""
    if not reply.endswith(b"\r\n"):
        return False
    last = reply[reply.rfind(b"\r\n", 0, -2) + 2 if b"\r\n" in reply[:-2] else 0 :]
    if last[:1] not in b"23":
        raise ConnectionError(last.decode("ascii", "replace"))
    return last[3:4] != b"-"


def envelope(mail: Mail) -> Iterator[bytes]:
    """Yield what is said for one letter."""
    recipient, message = mail
    yield b"MAIL FROM:<" + SENDER + b">\r\n"
    yield b"RCPT TO:<" + recipient.encode("ascii") + b">\r\n"
    yield b"DATA\r\n"
    yield message.replace(b"\r\n.", b"\r\n..") + b".\r\n"


def send_bare(port: int, letters: Sequence[Mail], connections: int) -> None:
    """Send the letters over some connections, on one thread."""
    waiting = iter(letters)

    def talk() -> Iterator[bytes]:
        for mail in waiting:
            yield from envelope(mail)

    with selectors.DefaultSelector() as selector:
        for _ in range(connections):
            connection, talking = Connection(port), talk()
            connection.socket.sendall(next(talking))
            selector.register(connection.socket, selectors.EVENT_READ, (connection, talking))
        while selector.get_map():
            for key, _ in selector.select():
                connection, talking = key.data
                connection.hear()
                words = next(talking, None)
                if words is not None:
                    connection.socket.sendall(words)
                else:
                    selector.unregister(connection.socket)
                    connection.close()


def send_by_postfix(port: int, count: int, size: int, connections: int) -> None:
    """Send letters of one size by postfix's smtp-source."""
    program = postfix_tool("smtp-source")
    if program is None:
        raise FileNotFoundError("smtp-source")
    sizes = ["-s", str(connections), "-m", str(count), "-l", str(size)]
    envelope_of = ["-f", SENDER.decode(), "-t", "pc@example.police.uk"]
    subprocess.run([program, "-d", *sizes, *envelope_of, f"inet:127.0.0.1:{port}"], check=True)
