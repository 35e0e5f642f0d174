"""What is particular to a file: its settings, its lock, and what a crash leaves of it."""

import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from riskwatch.adapters.store import SqlStore, engine
from riskwatch.core.faults import StoreFault
from tests.adapters.store.examples import NOON, owed
from tests.builders import watched

HOLD_LOCK = """
import sys, time
from riskwatch.adapters.store import SqlStore
with SqlStore(sys.argv[1]) as store, store.lock():
    print("ready", flush=True)
    time.sleep(60)
"""
HALF_WRITE = """
import sys, time
from tests.adapters.store.examples import NOON, entry, letter, owed
from riskwatch.adapters.store import SqlStore
with SqlStore(sys.argv[1]) as store, store.begin() as tx:
    tx._connection.exec_driver_sql("PRAGMA cache_size = 10")  # pages reach the file before the commit
    tx.save_tracked([owed(f"C{number}") for number in range(5000)])
    tx.add_letters([letter(f"L{number}") for number in range(500)])
    tx.journal([entry()])
    tx.write_journal()
    print("ready", flush=True)
    time.sleep(60)
"""
WRITE_PAIRS = """
import sys
from tests.adapters.store.examples import entry, owed
from tests.builders import watched
from riskwatch.adapters.store import SqlStore
with SqlStore(sys.argv[1]) as store:
    print("ready", flush=True)
    for number in range(1_000_000):
        with store.begin() as tx:
            tx.save_watched([watched(f"C{number}")])
            tx.save_tracked([owed(f"C{number}")])
            tx.journal([entry(child_ref=f"C{number}")])
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database is to stand."""
    return tmp_path / "riskwatch.db"


@contextmanager
def process(script: str, path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process of its own that has said that it is ready; killed at the end, as by `kill -9`."""
    command = [sys.executable, "-c", script, f"sqlite:///{path}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            yield child
        finally:
            child.send_signal(signal.SIGKILL)


def test_the_file_is_for_its_owner_alone(path: Path) -> None:
    """The database and its lock may be read by nobody else, also where the file was there before."""
    path.touch(mode=0o644)
    with SqlStore(f"sqlite:///{path}") as store, store.lock():
        files = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert {mode for name, mode in files.items() if name.startswith("riskwatch.db")} == {0o600}
    assert {"riskwatch.db", "riskwatch.db.lock"} <= set(files)


def test_nothing_is_lost_to_weak_settings(path: Path) -> None:
    """Every commit is on the disk, foreign keys hold, and the journal is of a kind that this SQLite keeps safe."""
    with SqlStore(f"sqlite:///{path}") as store, store.begin() as tx:
        settings = {
            name: tx._connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("synchronous", "foreign_keys", "journal_mode", "busy_timeout")
        }
    mode = engine.journal_mode(sqlite3.sqlite_version_info)
    assert settings == {"synchronous": 2, "foreign_keys": 1, "journal_mode": mode, "busy_timeout": 30_000}


@pytest.mark.parametrize(
    ("version", "mode"),
    [
        ((3, 40, 1), "truncate"),
        ((3, 50, 6), "truncate"),
        ((3, 50, 7), "wal"),
        ((3, 51, 0), "truncate"),
        ((3, 51, 2), "truncate"),
        ((3, 51, 3), "wal"),
        ((3, 52, 0), "wal"),
    ],
)
def test_a_write_ahead_log_only_where_it_is_safe(version: tuple[int, int, int], mode: str) -> None:
    """Before 3.51.3, and 3.50.7 in its line, resetting the log could lose a committed transaction."""
    assert engine.journal_mode(version) == mode


def test_a_second_daemon_is_refused(path: Path) -> None:
    """While one daemon holds a file another is told what to do about it; a killed daemon holds nothing."""
    with process(HOLD_LOCK, path) as holder:
        with SqlStore(f"sqlite:///{path}") as store:
            refusal = f"another riskwatch daemon holds {path}; stop it, or give this one another [database] url"
            with pytest.raises(StoreFault) as refused, store.lock():
                pass
            assert str(refused.value) == refusal
        holder.send_signal(signal.SIGKILL)
        holder.wait(timeout=30)
        with SqlStore(f"sqlite:///{path}") as store, store.lock(), store.begin() as tx:
            assert tx.watched(["C1"]) == {}


def test_commands_may_look_while_a_daemon_runs(path: Path) -> None:
    """The lock is between daemons: a report needs none, and sees what was last committed."""
    with SqlStore(f"sqlite:///{path}") as daemon, daemon.lock(), SqlStore(f"sqlite:///{path}") as command:
        with daemon.begin() as tx:
            tx.save_watched([watched("C1")])
            assert command.reports.counts(NOON).children == 0
        assert command.reports.counts(NOON).children == 1


def test_a_crash_leaves_nothing_half_written(path: Path) -> None:
    """After kill -9 in the middle of a transaction, of which much is in the file already, none of it is there."""
    with SqlStore(f"sqlite:///{path}") as store, store.begin() as tx:
        tx.save_tracked([owed("C7", told_officer="before")])
    with process(HALF_WRITE, path):
        assert path.stat().st_size > 1_000_000
    with SqlStore(f"sqlite:///{path}") as store:
        with store.begin() as tx:
            assert tx._connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
            assert tx.tracked(["C7", "C8"]) == [owed("C7", told_officer="before")]
            assert tx.letters(["L1"]) == []
        assert store.reports.journal() == []


def test_transactions_are_whole_wherever_a_crash_falls(path: Path) -> None:
    """A process killed while it writes leaves of each transaction all or nothing, and an unbroken journal."""
    with process(WRITE_PAIRS, path):
        time.sleep(0.5)
    with SqlStore(f"sqlite:///{path}") as store:
        with store.begin() as tx:
            seen = [row.child_ref for row in tx.unread_since(NOON)]
            assert sorted(row.child_ref for row in tx.tracked(seen)) == seen
        assert {link.child_ref for link in store.reports.journal(limit=100_000)} == set(seen)
        assert list(store.reports.verify_journal()) == []


def test_a_locked_file_is_a_fault(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where another process keeps the file locked, the fault says so and names what to look for."""
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_S", 0.1)
    with SqlStore(f"sqlite:///{path}") as store, store.begin(), pytest.raises(StoreFault, match="kept it locked"):
        SqlStore(f"sqlite:///{path}")
