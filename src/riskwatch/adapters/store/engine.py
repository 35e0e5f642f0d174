"""Opens a database, with the settings without which it would lose or leak something."""

import os
import sqlite3
import stat
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from riskwatch.core.faults import StoreFault

BUSY_TIMEOUT_S = 30
CONNECT_TIMEOUT_S = 10
LOCK_TIMEOUT_S = 30
STATEMENT_TIMEOUT_S = 120
CACHE_KIB = 16_384

READING = "riskwatch_reading"
"""The execution option of a connection that only reads: on SQLite it does not wait for the writer's turn."""


def parse(url: str, password: str | None) -> URL:
    """Return the address with its driver named. Raises StoreFault where it is none of the two kinds."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    kind = "" if parsed is None else parsed.get_backend_name()
    if parsed is None or kind not in ("sqlite", "postgresql"):
        raise StoreFault("[database] url is not understood; write sqlite:///FILE or postgresql://USER@HOST/NAME")
    if kind == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
        return parsed if password is None else parsed.set(password=password)
    if parsed.database in (None, "", ":memory:") or parsed.database.startswith("file:"):
        raise StoreFault("[database] url names no file; write sqlite:///FILE")
    return parsed.set(drivername="sqlite+pysqlite")


def place_of(url: URL) -> str:
    """Return the database's name as people know it, without a password."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return f"{url.host or url.query.get('host') or 'localhost'}/{url.database or ''}"


def open_engine(url: URL) -> Engine:
    """Return an engine. On SQLite the file is made here; on PostgreSQL nothing is connected yet."""
    if url.get_backend_name() == "sqlite":
        _make_private(Path(str(url.database)))
        engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_TIMEOUT_S})
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    options = (
        f"-c timezone=UTC -c statement_timeout={STATEMENT_TIMEOUT_S}s -c lock_timeout={LOCK_TIMEOUT_S}s"
        f" -c idle_in_transaction_session_timeout={STATEMENT_TIMEOUT_S}s"
    )
    connect_args = {"connect_timeout": CONNECT_TIMEOUT_S, "application_name": "riskwatch", "options": options}
    return create_engine(url, hide_parameters=True, pool_pre_ping=True, connect_args=connect_args)


def journal_mode(version: tuple[int, int, int]) -> str:
    """Return how a SQLite of this version may keep its journal.

    Before 3.51.3 (and 3.50.7 in its line) resetting the write-ahead log could lose a committed transaction.
    """
    mended = version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51, 0)
    return "wal" if mended else "truncate"


def _make_private(path: Path) -> None:
    """Make the file if it is not there, for its owner alone: the journal files take its mode."""
    if not path.parent.is_dir():
        raise StoreFault(f"the folder {path.parent} does not exist; make it, or change [database] url")
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if stat.S_IMODE(os.fstat(handle).st_mode) != 0o600:
                os.fchmod(handle, 0o600)
        finally:
            os.close(handle)
    except OSError as error:
        raise StoreFault(f"{path} cannot be opened for writing ({error.strerror}); mend its owner or mode") from None


def _set_up_sqlite(connection: sqlite3.Connection, _: Any) -> None:
    connection.isolation_level = None  # the driver would begin later and weaker than we do
    wanted = journal_mode(sqlite3.sqlite_version_info)
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != wanted:
        connection.execute(f"PRAGMA journal_mode = {wanted}")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA temp_store = MEMORY")  # what is sorted never touches another file
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")


def _begin_sqlite(connection: Connection) -> None:
    """Take the writer's turn at the start: a transaction that began by reading could not be finished safely."""
    reading = connection.get_execution_options().get(READING, False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
