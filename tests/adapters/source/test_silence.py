"""A PostgreSQL that does not answer, before the log-in or in the midst of a reading: the reading ends all the same."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest
from sqlalchemy import make_url

from riskwatch.adapters.source import engine
from riskwatch.core.faults import SourceFault
from tests.adapters.source.agency import QUERIES, Agency, OpenSource

TIMEOUT_S = 1
LATEST_S = 15.0
"""Far below what a hung connection lasts, which is for ever."""


class Wire:
    """A listener on this machine that hands connections on to a server, until it falls silent; it then takes whatever
    is sent, and gives nothing back."""

    def __init__(self, server: str | None) -> None:
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.port: int = self._listener.getsockname()[1]
        self.is_silent = server is None
        self.silent_after = b""
        """Falls silent when this has been sent."""
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Close the listener and every connection."""
        for one in (self._listener, *self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                self._open.append(near)
                if self._server is not None:
                    far = socket.socket(socket.AF_UNIX)
                    far.connect(self._server)
                    self._open.append(far)
                    for pair in ((near, far), (far, near)):
                        threading.Thread(target=self._pass_on, args=pair, daemon=True).start()

    def _pass_on(self, here: socket.socket, there: socket.socket) -> None:
        with suppress(OSError):
            while sent := here.recv(65_536):
                self.is_silent |= bool(self.silent_after) and self.silent_after in sent
                if not self.is_silent:
                    there.sendall(sent)


@pytest.fixture
def wire(postgres_agency: Agency) -> Iterator[Wire]:
    """A way to the agency's PostgreSQL."""
    host = make_url(postgres_agency.url).query.get("host")
    if not isinstance(host, str) or not host.startswith("/"):
        pytest.skip("the server is not reached by a socket file")
    with closing(Wire(f"{host}/.s.PGSQL.5432")) as one:
        yield one


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "CONNECT_TIMEOUT_S", 1)


def through(wire: Wire, agency: Agency) -> str:
    """Return the address of the agency by the wire."""
    url = make_url(agency.url).set(host="127.0.0.1", port=wire.port, query={"sslmode": "disable"})
    return url.render_as_string(hide_password=False)


def test_a_server_that_takes_a_connection_and_says_nothing(open_source: OpenSource) -> None:
    """The log-in has an end."""
    with closing(Wire(None)) as wire:
        source = open_source(f"postgresql://u@127.0.0.1:{wire.port}/d", QUERIES, statement_timeout_s=TIMEOUT_S)
        begun_s = time.monotonic()
        with pytest.raises(SourceFault, match="cannot be reached"):
            source.read(["C1"])
        assert time.monotonic() - begun_s < LATEST_S


@pytest.mark.parametrize("at", [b"BEGIN", b"FROM risk", b"ROLLBACK"])
def test_a_server_that_falls_silent(at: bytes, wire: Wire, postgres_agency: Agency, open_source: OpenSource) -> None:
    """Wherever it does, reading ends with a fault in the time of a statement, and goes on when it answers again."""
    postgres_agency.make_tables()
    source = open_source(through(wire, postgres_agency), QUERIES, statement_timeout_s=TIMEOUT_S)
    assert [] == source.read(["C1"]).rejected
    wire.silent_after = at
    begun_s = time.monotonic()
    with suppress(SourceFault) if at == b"ROLLBACK" else pytest.raises(SourceFault, match="cannot be reached"):
        source.read(["C1"])
    assert wire.is_silent
    assert time.monotonic() - begun_s < LATEST_S
    wire.silent_after, wire.is_silent = b"", False
    assert [] == source.read(["C1"]).rejected


def test_a_kept_connection_that_fell_silent_meanwhile(
    wire: Wire, postgres_agency: Agency, open_source: OpenSource
) -> None:
    """The look at a connection before it is used ends too."""
    postgres_agency.make_tables()
    source = open_source(through(wire, postgres_agency), QUERIES, statement_timeout_s=TIMEOUT_S)
    source.read(["C1"])
    wire.is_silent = True
    begun_s = time.monotonic()
    with pytest.raises(SourceFault, match="cannot be reached"):
        source.read(["C1"])
    assert time.monotonic() - begun_s < LATEST_S
