"""Access to the agency's database: read-only transactions, which can be broken off when the service is to stop."""

import os
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
from sqlalchemy import Connection, Engine

from riskwatch.adapters.source.failures import fault_of
from riskwatch.core.faults import Fault, SourceFault, Stopped


class Access:
    """Opens transactions, one for each thread that wants one."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._open: set[Connection] = set()
        self._is_stopped = False

    def stop(self) -> None:
        """Break off every statement that is running, and open no transaction any more. From any thread."""
        self._is_stopped = True
        for connection in list(self._open):
            _break_off(connection)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Open a transaction, in which all queries see one moment; it is always rolled back.

        Raises Stopped, in place of whatever comes of breaking off, once `stop` was called.
        """
        self._stop_here()
        with told("connection"):
            connection = self._engine.connect()
        self._open.add(connection)
        try:
            self._stop_here()  # what was opened after the others were broken off
            with told("connection"):
                connection.begin()
            yield connection
        except SourceFault:
            self._stop_here()
            raise
        finally:
            self._open.discard(connection)
            with told("connection"):
                connection.close()

    def _stop_here(self) -> None:
        if self._is_stopped:
            raise Stopped("reading was broken off: riskwatch is to stop")


def _break_off(connection: Connection) -> None:
    """Have the statement that another thread runs fail at once, where the driver knows a way.

    A PostgreSQL that hangs would not answer a request to cancel: its connection is cut instead. With other drivers a
    statement runs to its end or its timeout.
    """
    with suppress(Exception):  # it may be closing at this moment
        driver = connection.connection.driver_connection
        if isinstance(driver, sqlite3.Connection):
            driver.interrupt()
        elif isinstance(driver, psycopg.Connection):
            with socket.socket(fileno=os.dup(driver.fileno())) as wire:
                wire.shutdown(socket.SHUT_RDWR)


@contextmanager
def told(what: str) -> Iterator[None]:
    """Turn whatever a driver raises into a fault without data."""
    try:
        yield
    except Fault:
        raise
    except Exception as error:
        raise fault_of(error, what) from None
