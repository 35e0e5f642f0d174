"""The heartbeat, against a real server: it is heard, it never raises, and it goes nowhere else."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from riskwatch.adapters.heartbeat import AT_MOST_EVERY_S, Heartbeat


class Watchdog(ThreadingHTTPServer):
    """Answers each path in its own way, and keeps what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[str] = []
        self.elsewhere = ""

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        """Return the address of a path."""
        return f"http://{host}:{self.server_port}{path}"


class _Handler(BaseHTTPRequestHandler):
    server: Watchdog

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        if self.path == "/slow":
            time.sleep(1)
        if self.path == "/garbage":
            self.wfile.write(b"no HTTP at all\r\n\r\n")
            return
        codes = {"/gone": 404, "/near": 302, "/far": 302}
        self.send_response(codes.get(self.path, 200))
        if self.path == "/near":
            self.send_header("Location", "/ping")
        if self.path == "/far":
            self.send_header("Location", self.server.elsewhere)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def watchdog() -> Iterator[Watchdog]:
    """A watchdog on this machine."""
    with Watchdog() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def beat(url: str, timeout_s: float = 5.0) -> str | None:
    """Beat once."""
    return asyncio.run(Heartbeat(url, timeout_s=timeout_s).beat())


def test_a_heartbeat_is_heard(watchdog: Watchdog) -> None:
    """One GET, and a blank outcome."""
    assert beat(watchdog.url("/ping?x=1")) == ""
    assert watchdog.asked == ["/ping?x=1"]


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/gone", "the watchdog refused the heartbeat (status 404)"),
        ("/slow", "the watchdog did not answer in time"),
        ("/garbage", "the watchdog cannot be reached (BadStatusLine)"),
    ],
)
def test_a_watchdog_that_does_not_hear_is_said(watchdog: Watchdog, path: str, problem: str) -> None:
    """Whatever it answers, nothing is raised and the address is not told."""
    assert beat(watchdog.url(path), timeout_s=0.3) == problem


def test_a_watchdog_that_is_not_there_is_said() -> None:
    """No server, no such host, no connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert beat(f"http://127.0.0.1:{port}/") == "the watchdog cannot be reached (ConnectionRefusedError)"
    assert beat("http://no-such-host.invalid/") == "the watchdog cannot be reached (gaierror)"


def test_a_silent_watchdog_is_waited_for_no_longer_than_its_time() -> None:
    """A server that takes the connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert beat(f"http://127.0.0.1:{server.getsockname()[1]}/", 0.2) == "the watchdog did not answer in time"


def test_a_redirect_stays_on_its_host(watchdog: Watchdog) -> None:
    """The address is a secret: no other host is shown it, or taken for the watchdog."""
    assert beat(watchdog.url("/near")) == ""
    watchdog.elsewhere = watchdog.url("/ping", host="localhost")
    assert beat(watchdog.url("/far")) == "the watchdog redirects to another host (status 302)"
    assert watchdog.asked == ["/near", "/ping", "/far"]


def test_at_most_one_heartbeat_a_minute(watchdog: Watchdog) -> None:
    """However often all is well, and also after one that was not heard."""
    now_s = 0.0
    heart = Heartbeat(watchdog.url("/gone"), steady=lambda: now_s)
    outcomes = []
    for now_s in (0.0, 1.0, AT_MOST_EVERY_S - 1, AT_MOST_EVERY_S, AT_MOST_EVERY_S + 1):  # noqa: B007  read by `steady`
        outcomes.append(asyncio.run(heart.beat()) is not None)
    assert outcomes == [True, False, False, True, False]


def test_no_other_kind_of_address() -> None:
    """A file is no watchdog."""
    with pytest.raises(ValueError, match="http or https"):
        Heartbeat("file:///etc/passwd")
