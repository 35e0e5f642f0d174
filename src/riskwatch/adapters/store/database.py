"""The store: opens the database, and opens transactions on it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, select

from riskwatch.adapters.migrations import upgrade
from riskwatch.adapters.store.auditing import SqlBooks
from riskwatch.adapters.store.copying import copy_file, copy_rows
from riskwatch.adapters.store.engine import READING, open_engine, parse, place_of
from riskwatch.adapters.store.evidence import SqlEvidence
from riskwatch.adapters.store.figures import Figures
from riskwatch.adapters.store.guard import guarded
from riskwatch.adapters.store.owing import OBLIGATION, ObligationRows
from riskwatch.adapters.store.recording import Record
from riskwatch.adapters.store.sending import LETTER, UNDER_WAY, LetterRows
from riskwatch.adapters.store.telling import NOTICE, NoticeRows
from riskwatch.adapters.store.watching import WATCHED, WatchedRows
from riskwatch.core.faults import StoreFault
from riskwatch.core.notices import LetterState


class SqlTransaction(WatchedRows, ObligationRows, NoticeRows, LetterRows, Record):
    """One transaction: all of it is kept, or nothing."""


class SqlStore:
    """The service's own database. Every method raises StoreFault where the database does not answer."""

    def __init__(self, url: str, password: str | None = None) -> None:
        """Open the database and bring it to the newest schema."""
        address = parse(url, password)
        self.place = place_of(address)
        self._file = Path(str(address.database)) if address.get_backend_name() == "sqlite" else None
        self._engine = open_engine(address)
        self._reader = self._engine.execution_options(**{READING: True})
        try:
            with guarded(self.place):
                upgrade(self._engine)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    @contextmanager
    def begin(self) -> Iterator[SqlTransaction]:
        """Open a transaction: committed where the block ends, rolled back where it raises."""
        with self.writing() as connection:
            transaction = SqlTransaction(connection)
            yield transaction
            transaction.write_journal()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction as `begin` does, for tables that no stage knows."""
        with guarded(self.place), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a connection for reading: on SQLite it neither waits for a writer's turn nor takes it."""
        with guarded(self.place), self._reader.connect() as connection:
            yield connection

    @property
    def reports(self) -> Figures:
        """What commands, pages and the daily letter show of the store."""
        return Figures(self.reading)

    @property
    def books(self) -> SqlBooks:
        """What the auditor reads of the store."""
        return SqlBooks(self.reading)

    @property
    def evidence(self) -> SqlEvidence:
        """What a report asks of the store."""
        return SqlEvidence(self.reading)

    def next_wake(self) -> datetime | None:
        """Return the earliest moment at which something is to be told, sent, or becomes known; None: nothing is."""
        pending, sending = LETTER.c.state == LetterState.PENDING, LETTER.c.state == LetterState.SENDING
        untried = LETTER.c.next_attempt_at.is_(None)
        moments = (
            select(OBLIGATION.c.next_notice_at).where(OBLIGATION.c.next_notice_at.is_not(None)),
            select(WATCHED.c.next_known_at).where(WATCHED.c.next_known_at.is_not(None)),
            select(NOTICE.c.held_until).where(NOTICE.c.held_until.is_not(None)),
            select(LETTER.c.made_at).where(UNDER_WAY, pending, untried),
            select(LETTER.c.next_attempt_at).where(UNDER_WAY, pending, ~untried),
            select(LETTER.c.lease_until).where(UNDER_WAY, sending),
        )
        with self.reading() as connection:
            earliest = (connection.scalar(moment.order_by(moment.selected_columns[0]).limit(1)) for moment in moments)
            return min((moment for moment in earliest if moment is not None), default=None)

    @contextmanager
    def throwaway(self) -> Iterator["SqlStore"]:
        """Open a copy of this store, in a SQLite file for its owner alone that is gone where the block ends."""
        with TemporaryDirectory(prefix="riskwatch-") as folder, SqlStore(f"sqlite:///{folder}/copy.db") as copy:
            with self.reading() as source:
                if self._file is not None:
                    with guarded(copy.place), copy._engine.connect() as target:
                        copy_file(source, target)
                else:
                    with copy.writing() as target:
                        copy_rows(source, target)
            yield copy

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Be the only daemon on this database while the block runs; on PostgreSQL there may be several.

        The operating system lets go of the lock when the process ends, however it ends. Raises StoreFault where
        another process holds it.
        """
        if self._file is None:
            yield
            return
        path = Path(f"{self._file}.lock")
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreFault(f"{path} cannot be opened ({error.strerror}); mend the owner or mode") from None
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                text = "stop it, or give this one another [database] url"
                raise StoreFault(f"another riskwatch daemon holds {self._file}; {text}") from None
            os.ftruncate(handle, 0)
            os.write(handle, f"{os.getpid()}\n".encode())
            yield
        finally:
            os.close(handle)

    @property
    def is_shared(self) -> bool:
        """Whether several daemons may run on this database, so that no lock tells of any."""
        return self._file is None

    def daemon(self) -> int | None:
        """Return the process that holds the lock of this file; None where none does.

        Raises StoreFault where the lock's file cannot be read.
        """
        path = Path(f"{self._file}.lock")
        try:
            with path.open("rb") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    pid = file.read(20).strip()
                    return int(pid) if pid.isdigit() else None
        except FileNotFoundError:
            pass
        except OSError as error:
            raise StoreFault(f"{path} cannot be read ({error.strerror}); mend the owner or mode") from None
        return None
