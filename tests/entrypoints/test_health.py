"""The health page, over real HTTP: what it answers, and to whom it does not listen."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any, NamedTuple

import pytest

from riskwatch.adapters.store.vitals import Vitals
from riskwatch.core.faults import Fault
from riskwatch.core.health import Figures, Problem
from riskwatch.entrypoints import health
from riskwatch.entrypoints.health import MAX_HEAD_BYTES, MAX_THREADS, Answers, HealthServer
from riskwatch.entrypoints.snapshot import Snapshot
from tests.adapters.store.examples import NOON, after, run
from tests.entrypoints.test_daemon_outages import free_port

VITALS = Vitals({"refresh": run("refresh")}, {"refresh": run("refresh")}, {}, {}, after(minutes=-10), 1, 0, [], {})


class Service:
    """A service whose state a test sets."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.snapshot: Snapshot | None = Snapshot(NOON, "2026-11", VITALS, Figures(NOON), [])
        self.metrics = b"riskwatch_healthy 1\n"


class Answer(NamedTuple):
    """What a request got."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.body)


class Page:
    """A health page on a port of its own, and ways to ask it."""

    def __init__(self, service: Service) -> None:
        self.port = free_port()
        answers = Answers(
            lambda: after(seconds=30), lambda: service.snapshot, lambda: service.problems, lambda: service.metrics
        )
        self.server = HealthServer(f"127.0.0.1:{self.port}", answers)
        self.server.start()

    def ask(self, path: str = "/healthz", method: str = "GET", **headers: str) -> Answer:
        """Ask as any client does."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, headers=headers)
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()

    def connect(self) -> socket.socket:
        """Open a connection, and say nothing."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def say(self, text: bytes) -> bytes:
        """Send these bytes, and return whatever comes back until the connection is closed."""
        with self.connect() as connection:
            connection.sendall(text)
            return rest_of(connection)


def rest_of(connection: socket.socket) -> bytes:
    """Return what comes until the other side hangs up, however rudely."""
    said = b""
    while True:
        try:
            more = connection.recv(4096)
        except ConnectionResetError:
            return said
        if not more:
            return said
        said += more


@pytest.fixture
def service() -> Service:
    """A service with which nothing is wrong."""
    return Service()


@pytest.fixture
def page(service: Service) -> Iterator[Page]:
    """Its health page."""
    page = Page(service)
    yield page
    page.server.stop()


def test_a_healthy_service_says_what_it_did_and_when(page: Page) -> None:
    """200, and the figures for whoever looks closer, with their ages."""
    answer = page.ask()
    assert (200, "application/json") == (answer.status, answer.headers["Content-Type"])
    assert {
        "healthy": True,
        "problems": [],
        "looked_at": "2023-02-06T12:00:00Z",
        "policy_version": "2026-11",
        "last_good": {
            "refresh": {"at": "2023-02-06T12:00:00Z", "age_s": 30},
            "sweep": None,
            "delivery": None,
            "audit": None,
        },
        "blind_since": None,
        "oldest_unsent_letter": {"at": "2023-02-06T11:50:00Z", "age_s": 630},
    } == answer.json


def test_an_unhealthy_service_says_why(page: Page, service: Service) -> None:
    """503, each reason with a code for programs and a sentence for people."""
    service.problems = [Problem("loop-hung", "the loop hangs"), Problem("blind", "since noon")]
    answer = page.ask()
    assert 503 == answer.status
    assert [
        {"code": "loop-hung", "message": "the loop hangs"},
        {"code": "blind", "message": "since noon"},
    ] == answer.json["problems"]
    assert not answer.json["healthy"]


def test_a_service_that_has_not_looked_yet_answers(page: Page, service: Service) -> None:
    """Without a snapshot there are the reasons alone."""
    service.snapshot, service.problems = None, [Problem("starting", "just started")]
    assert {"healthy", "problems"} == set(page.ask().json)


def test_metrics_are_a_page_of_their_own(page: Page) -> None:
    """In the type that Prometheus expects; a query string changes nothing."""
    answer = page.ask("/metrics?name[]=x")
    assert (200, b"riskwatch_healthy 1\n") == (answer.status, answer.body)
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")


@pytest.mark.parametrize("path", ["/", "/healthz/", "/healthz/../metrics", "/metricsx", "/favicon.ico"])
def test_there_is_nothing_else(page: Page, path: str) -> None:
    """No page lists the others."""
    assert 404 == page.ask(path).status


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE"])
def test_only_get_is_answered(page: Page, method: str) -> None:
    """Nothing can be changed from here."""
    answer = page.ask(method=method)
    assert (405, "GET") == (answer.status, answer.headers["Allow"])


def test_no_answer_says_what_runs_here(page: Page) -> None:
    """Neither the program's version nor Python's, and nothing of what the client wrote."""
    answers = [page.say(b"GET /healthz HTTP/1.1\r\n\r\n"), page.say(b"NONSENSE<script>\r\n\r\n")]
    for answer in [*answers, page.say(b"GET /<script> HTTP/9.9\r\n\r\n")]:
        assert answer.startswith(b"HTTP/1.0 "), answer
        assert b"server:" not in answer.lower()
        assert b"python" not in answer.lower()
        assert b"script" not in answer


def test_a_head_without_end_is_refused(page: Page) -> None:
    """Memory is bounded, whatever is sent."""
    answer = page.say(b"GET /healthz HTTP/1.1\r\n" + b"X: y\r\n" * MAX_HEAD_BYTES)
    assert answer == b"" or b" 431 " in answer
    assert 200 == page.ask().status


def test_a_client_that_sends_a_byte_at_a_time_is_hung_up_on(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is on the whole request: each byte does not buy more time."""
    monkeypatch.setattr(health, "REQUEST_S", 1.0)
    began_s = time.monotonic()
    with page.connect() as connection:
        connection.settimeout(0.1)
        while time.monotonic() - began_s < 20:
            try:
                connection.sendall(b"G")
                if connection.recv(1) == b"":
                    break
            except TimeoutError:
                continue
            except OSError:
                break
    assert time.monotonic() - began_s < 10


def test_idle_clients_do_not_take_more_than_their_places(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound a client is hung up on; when the idle ones are gone, it is answered."""
    monkeypatch.setattr(health, "REQUEST_S", 3.0)
    before = threading.active_count()
    idle = [page.connect() for _ in range(MAX_THREADS)]
    deadline_s = time.monotonic() + 20
    while threading.active_count() < before + MAX_THREADS and time.monotonic() < deadline_s:
        time.sleep(0.01)
    with page.connect() as one_more:
        assert b"" == rest_of(one_more)
    for connection in idle:
        assert b"" == rest_of(connection)
        connection.close()
    assert 200 == page.ask().status


def test_a_mistake_of_ours_is_an_answer_too(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever watches hears that something is wrong, but not what a record says."""

    def fail(_: object) -> None:
        raise ValueError("C1")

    monkeypatch.setattr(health, "health_page", fail)
    answer = page.ask()
    assert (500, b"Internal Server Error\n") == (answer.status, answer.body)


def test_a_port_in_use_is_one_clear_line(page: Page) -> None:
    """It names the setting and the mend."""
    with pytest.raises(Fault, match=r"service\.health_listen: cannot listen on 127\.0\.0\.1:") as raised:
        HealthServer(f"127.0.0.1:{page.port}", page.server.answers)
    assert "another port" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_address_that_is_not_here_is_one_clear_line(page: Page) -> None:
    """Nothing is left listening elsewhere."""
    with pytest.raises(Fault, match=r"service\.health_listen"):
        HealthServer("192.0.2.1:8099", page.server.answers)


def test_loopback_of_the_newer_kind_will_do(page: Page) -> None:
    """An IPv6 address stands in brackets."""
    if not socket.has_ipv6:
        pytest.skip("this Python has no IPv6")
    try:
        server = HealthServer(f"[::1]:{free_port()}", page.server.answers)
    except Fault as fault:
        pytest.skip(f"this machine has no IPv6: {fault}")
    server.start()
    connection = HTTPConnection("::1", server.server_port, timeout=20)
    connection.request("GET", "/healthz")
    assert 200 == connection.getresponse().status
    connection.close()
    server.stop()
