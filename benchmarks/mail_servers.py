"""Mail servers to send to, each a process of its own that is stopped where the block ends."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

START_S = 10.0
ROOT = Path(__file__).parents[1]
MISSING = "postfix's smtp-sink and smtp-source are not installed: a sink of our own serves, and has a lower ceiling"


class MailServer(NamedTuple):
    """A mail server that throws letters away. `output` is what it prints, where it prints anything."""

    name: str
    port: int
    process: subprocess.Popen[str]


def postfix_tool(name: str) -> str | None:
    """Return where one of postfix's test programs is."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


@contextmanager
def fast_sink() -> Iterator[MailServer]:
    """Start postfix's smtp-sink, or our own where it is not installed."""
    program = postfix_tool("smtp-sink")
    if program is None:
        with own_sink(quiet=True) as server:
            yield server
        return
    with socket.create_server(("127.0.0.1", 0)) as probe:  # the program must be told which port is free
        port: int = probe.getsockname()[1]
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = _started([program, *user, f"inet:127.0.0.1:{port}", "128"])
    try:
        _await(port)
        yield MailServer("smtp-sink", port, process)
    finally:
        _stop(process)


@contextmanager
def own_sink(*, quiet: bool) -> Iterator[MailServer]:
    """Start our own; one that is not quiet prints when it took each letter."""
    process = _started([sys.executable, "-m", "benchmarks.sink", *(["--quiet"] if quiet else [])])
    try:
        first = process.stdout.readline() if process.stdout else ""
        yield MailServer("benchmarks.sink", int(first), process)
    finally:
        _stop(process)


def _started(command: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    process.wait(START_S)
    if process.stdout is not None:
        process.stdout.close()


def _await(port: int) -> None:
    """Wait until the server takes connections."""
    last = time.monotonic() + START_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            if time.monotonic() > last:
                raise
            time.sleep(0.02)
        else:
            return
