"""Tells the service manager that started the daemon (systemd) how it is, in the words of sd_notify."""

import os
import socket
import time
from collections.abc import Mapping

import structlog

ADDRESS = "NOTIFY_SOCKET"
WATCHDOG_USEC = "WATCHDOG_USEC"
WATCHDOG_PID = "WATCHDOG_PID"
MAX_STATUS = 200
"""Characters of a status line."""

log = structlog.get_logger()


class Notifier:
    """A way to the service manager; it says nothing where there is none.

    `watchdog_s` is how long the manager waits for a sign of life before it starts the daemon anew; None: it does not.
    """

    def __init__(self, address: str = "", *, watchdog_s: float | None = None) -> None:
        self.watchdog_s = watchdog_s
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._lost = False

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Notifier":
        """Return the way that the environment names; one meant for another process is not ours."""
        address = environment.get(ADDRESS, "")
        if not address.startswith(("/", "@")) or address == "@":
            return cls()
        microseconds = environment.get(WATCHDOG_USEC, "")
        ours = environment.get(WATCHDOG_PID, str(os.getpid())) == str(os.getpid())
        watched = ours and microseconds.isascii() and microseconds.isdigit() and int(microseconds) > 0
        return cls(address, watchdog_s=int(microseconds) / 1e6 if watched else None)

    @property
    def listens(self) -> bool:
        """Whether there is a service manager that wants to know."""
        return self._address != ""

    def ready(self) -> None:
        """The daemon is up, or has taken up its configuration."""
        self._send("READY=1")

    def reloading(self) -> None:
        """The daemon takes up its configuration; `ready` ends it."""
        self._send(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """The daemon is on its way out."""
        self._send("STOPPING=1\nSTATUS=stopping: letters on their way are finished")

    def alive(self) -> None:
        """The watchdog need not bite."""
        self._send("WATCHDOG=1")

    def wait_longer(self, seconds: float) -> None:
        """The start is not over, and is not to be given up before this time has passed."""
        self._send(f"EXTEND_TIMEOUT_USEC={int(seconds * 1e6)}")

    def status(self, text: str) -> None:
        """Say how things are, in a line that everybody on this machine may read."""
        self._send(f"STATUS={' '.join(text.split())[:MAX_STATUS]}")

    def _send(self, message: str) -> None:
        """Send without waiting: a manager that does not listen must not stop a letter."""
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as way:
                way.setblocking(False)
                way.sendto(message.encode(errors="replace"), self._address)
        except OSError as error:
            if not self._lost:  # said once: this goes on for as long as the daemon runs
                log.warning("notify-failed", error=type(error).__name__)
            self._lost = True
        else:
            self._lost = False
