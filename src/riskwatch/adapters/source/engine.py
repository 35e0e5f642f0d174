"""Opens the agency's database so that nothing can be written to it and no statement runs for ever."""

import sqlite3
from collections.abc import Callable
from time import monotonic
from typing import Any
from urllib.parse import quote

from psycopg.types.string import TextLoader
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from riskwatch.adapters.source.patience import PatientConnection
from riskwatch.core.faults import SourceFault

CONNECT_TIMEOUT_S = 10
POOL_SIZE = 3
RECYCLE_S = 1800

_SQLITE_STEPS_BETWEEN_LOOKS = 10_000


def open_engine(address: str, *, password: str | None, statement_timeout_s: int) -> Engine:
    """Return a read-only engine; nothing is connected yet. Raises SourceFault where the address is not understood.

    PostgreSQL, MariaDB, MySQL and SQLite are held to reading and to the timeout by the database. Of any other only the
    account's own rights keep us from writing: it must be given none but SELECT.
    """
    url = _parsed(address, password)
    options: dict[str, Any] = {
        "hide_parameters": True,
        "pool_pre_ping": True,
        "pool_recycle": RECYCLE_S,
        "pool_size": POOL_SIZE,
        "max_overflow": 0,
        "pool_timeout": statement_timeout_s,
    }
    try:
        match url.get_backend_name():
            case "sqlite":
                return _sqlite(url, options, statement_timeout_s)
            case "postgresql":
                return _postgresql(url, options, statement_timeout_s)
            case "mysql" | "mariadb":
                return _mysql(url, options, statement_timeout_s)
            case _:
                return create_engine(url, **options)
    except (ImportError, ArgumentError):
        raise SourceFault(f"[source] url: no driver for {url.drivername}; install it, or name another") from None


def _parsed(address: str, password: str | None) -> URL:
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        raise SourceFault("[source] url is not understood; write dialect+driver://USER@HOST/NAME") from None
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    elif url.drivername in ("mysql", "mariadb"):
        url = url.set(drivername=f"{url.drivername}+pymysql")
    return url if password is None else url.set(password=password)


def _sqlite(url: URL, options: dict[str, Any], statement_timeout_s: int) -> Engine:
    path = url.database
    if path in (None, "", ":memory:") or path.startswith("file:"):
        raise SourceFault("[source] url names no file; write sqlite:///FILE")
    address = f"file:{quote(path)}?mode=ro"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            address, uri=True, timeout=statement_timeout_s, check_same_thread=False, isolation_level=None
        )
        connection.execute("PRAGMA query_only = ON")
        return connection

    # A kept connection would go on reading an extract that a newer one has been moved over.
    engine = create_engine(url, creator=connect, poolclass=NullPool, hide_parameters=options["hide_parameters"])

    def limit_statement(connection: Connection, *_: object) -> None:
        give_up_at = monotonic() + statement_timeout_s
        driver = connection.connection.driver_connection
        if isinstance(driver, sqlite3.Connection):
            driver.set_progress_handler(lambda: monotonic() > give_up_at, _SQLITE_STEPS_BETWEEN_LOOKS)

    # The driver opens no transaction for a SELECT: the three queries of one reading would see three moments.
    event.listen(engine, "begin", _runs("BEGIN"))
    event.listen(engine, "before_cursor_execute", limit_statement)
    return engine


def _postgresql(url: URL, options: dict[str, Any], statement_timeout_s: int) -> Engine:
    if url.get_driver_name() != "psycopg":
        engine = create_engine(url, **options)
    else:
        # Statements are not prepared, because a pooler between us and the server may not keep them.
        arguments = {"connect_timeout": CONNECT_TIMEOUT_S, "prepare_threshold": None, "application_name": "riskwatch"}
        arguments["tcp_user_timeout"] = (statement_timeout_s + CONNECT_TIMEOUT_S) * 1000
        engine = create_engine(url, connect_args=arguments, **options)
        patience_s = statement_timeout_s + CONNECT_TIMEOUT_S

        def connect(_dialect: object, _record: object, args: Any, named: Any) -> PatientConnection:
            connection = PatientConnection.connect(*args, **named)
            connection.patience_s = patience_s
            return connection

        event.listen(engine, "do_connect", connect)
        event.listen(engine, "connect", _load_times_as_text)
    # Set with each transaction, for the pooler's sake again.
    begin = (
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;"
        f" SET LOCAL statement_timeout = '{statement_timeout_s}s'; SET LOCAL datestyle = 'ISO'"
    )
    event.listen(engine, "begin", _runs(begin))
    return engine


def _mysql(url: URL, options: dict[str, Any], statement_timeout_s: int) -> Engine:
    arguments: dict[str, Any] = {}
    if url.get_driver_name() == "pymysql":
        arguments = {
            "connect_timeout": CONNECT_TIMEOUT_S,
            "read_timeout": statement_timeout_s + CONNECT_TIMEOUT_S,
            "write_timeout": statement_timeout_s + CONNECT_TIMEOUT_S,
        }
    engine = create_engine(url, connect_args=arguments, **options)

    def set_up(connection: Any, _: object) -> None:
        cursor = connection.cursor()
        cursor.execute("SELECT VERSION()")
        is_mariadb = "mariadb" in str(cursor.fetchone()[0]).lower()
        limit = f"max_statement_time = {statement_timeout_s}"
        cursor.execute(f"SET SESSION {limit if is_mariadb else f'max_execution_time = {statement_timeout_s * 1000}'}")
        cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.close()
        connection.rollback()

    event.listen(engine, "connect", set_up)
    return engine


def _runs(sql: str) -> Callable[[Connection], None]:
    def run(connection: Connection) -> None:
        connection.exec_driver_sql(sql)

    return run


def _load_times_as_text(connection: Any, _: object) -> None:
    """Take times as PostgreSQL writes them: its driver refuses a whole result for one 'infinity'."""
    for name in ("timestamptz", "timestamp", "date"):
        connection.adapters.register_loader(name, TextLoader)


def takes_any_bytes(connection: Connection, error: Exception) -> bool:
    """Tell whether the statement is to be asked again, once: one cell of it was not UTF-8, and will be read now.

    SQLite refuses a whole result for one such byte. From here on the connection keeps them as lone surrogates; it does
    not from the start, because that doubles the time of every reading.
    """
    if "Could not decode to UTF-8" not in str(error):
        return False  # a connection that was lost has no driver to look at
    driver = connection.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection) or driver.text_factory is not str:
        return False
    driver.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    return True
