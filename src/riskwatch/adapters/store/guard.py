"""Turns a driver's error into a StoreFault that names the mend and shows no data."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from riskwatch.core.faults import StoreFault

SQLITE_MENDS = {
    "SQLITE_BUSY": "another process kept it locked; look for a long import, a backup, or a second daemon",
    "SQLITE_LOCKED": "another process kept it locked; look for a long import, a backup, or a second daemon",
    "SQLITE_FULL": "the disk is full; make room",
    "SQLITE_IOERR": "the disk failed to read or write; look at the disk and its mount",
    "SQLITE_READONLY": "it may only be read; mend the owner or mode of the file and its folder",
    "SQLITE_CANTOPEN": "it cannot be opened; mend the owner or mode of the file and its folder",
    "SQLITE_CORRUPT": "the file is damaged; restore a backup",
    "SQLITE_NOTADB": "the file is not a SQLite database; check [database] url",
}
POSTGRESQL_MENDS = {
    "08": "the connection broke; it is tried again",
    "28": "the user or password was refused; check [database] url and the password file",
    "3D": "there is no such database; create it, or check [database] url",
    "40": "two daemons stood in each other's way; it is tried again",
    "42": "the user lacks a right or a table; grant it the schema",
    "53": "the server has no room left; look at its disk and connections",
    "55": "another session kept a lock too long; look for a long import or a backup",
    "57": "the server is shutting down or took too long; it is tried again",
}


@contextmanager
def guarded(place: str) -> Iterator[None]:
    """Raise StoreFault for every fault of the database inside the block.

    The driver's own error is not chained to it: its text may quote the row that failed.
    """
    try:
        yield
    except CommandError:
        text = f"the schema of {place} is not one this riskwatch knows; a newer one wrote it: install that, or newer"
        raise StoreFault(text) from None
    except DBAPIError as error:
        raise StoreFault(f"database {place}: {_mend(error.orig)}") from None
    except SQLAlchemyError as error:
        raise StoreFault(f"database {place}: {type(error).__name__}") from None


def _mend(error: BaseException | None) -> str:
    if isinstance(error, sqlite3.Error):
        name: str = getattr(error, "sqlite_errorname", "") or type(error).__name__
        known = next((mend for prefix, mend in SQLITE_MENDS.items() if name.startswith(prefix)), None)
        return name if known is None else f"{known} ({name})"
    if isinstance(error, psycopg.Error):
        state = error.sqlstate
        if state is None:
            return f"no connection; check that the server runs, [database] url and the password file ({_kind(error)})"
        known = POSTGRESQL_MENDS.get(state[:2])
        return f"{_kind(error)} {state}" if known is None else f"{known} ({_kind(error)} {state})"
    return _kind(error)


def _kind(error: BaseException | None) -> str:
    return type(error).__name__
