"""The health page and the metrics, on a loopback port, in threads of their own: they answer when the loop does not."""

import json
import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from socketserver import TCPServer
from typing import Any, NamedTuple

import structlog

from riskwatch.core.faults import Fault
from riskwatch.core.health import Problem
from riskwatch.entrypoints.console import stamp, stamp_or_none
from riskwatch.entrypoints.snapshot import STAGES, Snapshot
from riskwatch.settings.urls import split_host_port

MAX_THREADS = 8
"""Requests that are answered at one time; one beyond it is hung up on."""
MAX_HEAD_BYTES = 8192
REQUEST_S = 5.0
"""How long a client may take to ask, and again to take the answer."""
JSON = "application/json"
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"

log = structlog.get_logger()


class Answers(NamedTuple):
    """Where the pages come from. None of these may wait for anything."""

    now: Callable[[], datetime]
    snapshot: Callable[[], Snapshot | None]
    problems: Callable[[], list[Problem]]
    metrics: Callable[[], bytes]


class Page(NamedTuple):
    """An answer."""

    status: HTTPStatus
    kind: str
    body: bytes


def health_page(answers: Answers) -> Page:
    """Return how the service is: 200 where nothing is wrong, 503 and the reasons where something is."""
    problems = answers.problems()
    record: dict[str, Any] = {"healthy": not problems, "problems": [problem._asdict() for problem in problems]}
    snapshot = answers.snapshot()
    if snapshot is not None:
        record |= _details(snapshot, answers.now())
    status = HTTPStatus.SERVICE_UNAVAILABLE if problems else HTTPStatus.OK
    return Page(status, JSON, f"{json.dumps(record)}\n".encode())


def _details(snapshot: Snapshot, now: datetime) -> dict[str, Any]:
    good, oldest = snapshot.vitals.good, snapshot.vitals.oldest_unsent_at
    return {
        "looked_at": stamp(snapshot.at),
        "policy_version": snapshot.policy_version,
        "last_good": {stage: _moment(good[stage].finished_at if stage in good else None, now) for stage in STAGES},
        "blind_since": stamp_or_none(snapshot.figures.blind_since),
        "oldest_unsent_letter": _moment(oldest, now),
    }


def _moment(at: datetime | None, now: datetime) -> dict[str, Any] | None:
    return None if at is None else {"at": stamp(at), "age_s": max(0, int((now - at).total_seconds()))}


class HealthServer(ThreadingHTTPServer):
    """Answers GET /healthz and GET /metrics until stopped. Raises Fault where it cannot listen."""

    daemon_threads = True
    block_on_close = False  # a client that hangs keeps nobody from stopping
    request_queue_size = 32

    def __init__(self, listen: str, answers: Answers) -> None:
        """`listen` is host:port."""
        host, port = split_host_port(listen)
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.answers = answers
        self._slots = threading.BoundedSemaphore(MAX_THREADS)
        self._thread = threading.Thread(target=self.serve_forever, name="health", daemon=True)
        try:
            super().__init__((host, port), _Handler)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise Fault(
                f"service.health_listen: cannot listen on {listen} ({reason}); "
                'stop what listens there, or choose another port, or "" for none'
            ) from None

    def server_bind(self) -> None:
        """Bind, without the look-up of this machine's name that the library makes: it may hang."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]

    def start(self) -> None:
        """Begin to answer, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no more."""
        self.shutdown()
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread, if one is free."""
        if not self._slots.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:  # no thread could be started: its place is free again
            self._slots.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer, and free the place."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._slots.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is no matter; anything else is a mistake of ours, for the log."""
        log.debug("health-request-failed", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    """One request, one answer; then the connection is closed."""

    server: HealthServer
    timeout = REQUEST_S

    def handle(self) -> None:
        """Read the head within its bounds, then answer."""
        self.close_connection = True
        head = self._head()
        if head is None:
            return
        self.rfile = BytesIO(head)
        self.raw_requestline = self.rfile.readline()
        if self.parse_request():
            self._answer(self._page())

    def _head(self) -> bytes | None:
        """Return the request's head; None from a client that is too slow, or gone."""
        head, until_s = b"", time.monotonic() + REQUEST_S
        while b"\r\n\r\n" not in head and b"\n\n" not in head:
            if len(head) > MAX_HEAD_BYTES:
                self._answer(_words(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE))
                return None
            left_s = until_s - time.monotonic()
            if left_s <= 0:
                return None
            self.connection.settimeout(left_s)
            try:
                more = self.connection.recv(MAX_HEAD_BYTES)
            except OSError:
                return None
            if not more:
                return None
            head += more
        self.connection.settimeout(REQUEST_S)
        return head

    def _page(self) -> Page:
        if self.command != "GET":
            return _words(HTTPStatus.METHOD_NOT_ALLOWED)
        answers, path = self.server.answers, self.path.partition("?")[0]
        try:
            if path == "/healthz":
                return health_page(answers)
            if path == "/metrics":
                return Page(HTTPStatus.OK, METRICS_TYPE, answers.metrics())
        except Exception as error:  # whoever watches must hear that something is wrong, not a broken connection
            log.exception("health-page-failed", error=type(error).__name__)
            return _words(HTTPStatus.INTERNAL_SERVER_ERROR)
        return _words(HTTPStatus.NOT_FOUND)

    def _answer(self, page: Page) -> None:
        self.send_response_only(page.status)
        self.send_header("Content-Type", page.kind)
        self.send_header("Content-Length", str(len(page.body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        if page.status is HTTPStatus.METHOD_NOT_ALLOWED:
            self.send_header("Allow", "GET")
        self.end_headers()
        self.wfile.write(page.body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse in the status' own words: the library's page would repeat what the client wrote."""
        self.request_version = "HTTP/1.0"
        self._answer(_words(HTTPStatus(code)))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the library's name
        """Requests are not logged."""


def _words(status: HTTPStatus) -> Page:
    return Page(status, "text/plain; charset=utf-8", f"{status.phrase}\n".encode())
