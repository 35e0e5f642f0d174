"""The machine under the daemon: a full disk, a locked file, a clock that is set."""

import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.entrypoints.mail_server import MailServer
from tests.entrypoints.processes import until
from tests.entrypoints.test_daemon_outages import free_port
from tests.faults.conftest import Scored
from tests.faults.surroundings import ADMINISTRATOR, SUPERVISOR, Surroundings, steps, surroundings

pytestmark = pytest.mark.timeout(400)

OVERDUE = 10
HOUR_S = 3600
SHORT_WAIT = "import riskwatch.adapters.store.engine as engine\nengine.BUSY_TIMEOUT_S = 0.2\n"
CONNECTIONS = 2
"""As many letters may come twice, with the same Message-ID, each time the store cannot keep that they were taken."""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own with little room, of memory."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], check=False, capture_output=True
    )
    if not mounted or mounted.returncode:
        pytest.skip("a small disk cannot be mounted here: that takes root and mount")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def with_work(world: Surroundings, *, number: int = 40) -> None:
    """Have children recorded who were overdue long ago, and some whose next step is to come."""
    world.record([world.now(-6 * HOUR_S)] * OVERDUE, name="L")
    world.record(steps(number), name="C")


def fill(folder: Path) -> Path:
    """Leave no room on a disk, and return the file that takes it."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            with suppress(OSError):
                while True:
                    file.write(b"\0" * size)
        os.fsync(file.fileno())
    return filler


def test_a_full_disk(tmp_path: Path, small_disk: Path, scored: Scored) -> None:
    """What cannot be kept is not told, and is not lost: it is told when there is room, after a restart amid it too."""
    with (
        MailServer() as mail,
        surroundings(tmp_path, mail, database=f"sqlite:///{small_disk / 'riskwatch.db'}") as world,
    ):
        with_work(world)
        with world.daemon() as running:
            world.wait_for_more_steps()
            running.wait_for("delivered")
            filler = fill(small_disk)
            assert "full" in running.wait_for("deciding-failed", times=2)["problem"]
            filler.unlink()
            world.wait_for_more_steps(2)
            filler = fill(small_disk)
            running.wait_for("deciding-failed", times=len(running.events("deciding-failed")) + 1)
            running.stop()
            filler.unlink()
        with world.daemon():
            world.wait_for_more_steps(2)
            owed_until = world.wait_until_all_came()
        scored(**world.judge("the disk full", 2, owed_until=owed_until, repeats_at_most=2 * CONNECTIONS))


@pytest.mark.faults_long
def test_a_store_locked_by_another(tmp_path: Path, scored: Scored) -> None:
    """A lock that is held for longer than is waited for delays, and loses nothing; a stop amid it does not hang."""
    with MailServer() as mail, surroundings(tmp_path, mail) as world:
        with_work(world)
        with world.daemon(SHORT_WAIT) as running:
            world.wait_until_all_came()
            for _ in range(2):
                with closing(sqlite3.connect(tmp_path / "riskwatch.db", timeout=30, isolation_level=None)) as other:
                    other.execute("BEGIN IMMEDIATE")
                    before = len(running.events("deciding-failed"))
                    assert "locked" in running.wait_for("deciding-failed", times=before + 2)["problem"]
                    other.execute("ROLLBACK")
                world.wait_for_more_steps()
            with closing(sqlite3.connect(tmp_path / "riskwatch.db", timeout=30, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                running.wait_for("deciding-failed", times=len(running.events("deciding-failed")) + 1)
                running.stop()
        with world.daemon():
            world.wait_for_more_steps()
            owed_until = world.wait_until_all_came()
        title = "SQLite locked by another"
        scored(**world.judge(title, 3, owed_until=owed_until, repeats_at_most=3 * CONNECTIONS))


@pytest.mark.faults_long
def test_the_clock_set_forward_and_back(tmp_path: Path, scored: Scored) -> None:
    """Set forward by an hour, it tells at once what is due by then; set back, it tells nobody twice, and goes on."""
    with MailServer() as mail, surroundings(tmp_path, mail) as world:
        with_work(world)
        ahead = world.record(steps(5, first_s=HOUR_S - 1500, apart_s=60), name="A")
        world.record(steps(30, first_s=HOUR_S + 8), name="B")
        with world.daemon() as running:
            world.wait_for_more_steps()
            world.turn(HOUR_S)
            running.wait_for("clock-was-set")
            world.wait_until_all_came()
            world.wait_for_more_steps(2)
            told = {one.child_ref for one in world.received().values() if one.person == SUPERVISOR}
            assert set(ahead) <= told
            world.turn(-HOUR_S)
            running.wait_for("clock-was-set", times=2)
            # A letter made by the wrong time is not put off by the right one: nothing may wait for an hour.
            fresh = world.record([world.now(-60)], name="N")
            until(lambda: fresh[0] in {one.child_ref for one in world.received().values()}, "a new child's letter")
            assert "told-ahead" in world.call("audit").stdout  # a clock that went back is for a person to look at
            world.turn(HOUR_S)
            running.wait_for("clock-was-set", times=3)
            owed_until = world.wait_until_all_came()
        scored(**world.judge("the clock set by an hour, and back", 3, owed_until=owed_until))


@pytest.mark.faults_long
def test_an_hour_without_a_mail_server(tmp_path: Path, scored: Scored) -> None:
    """Nothing is given up: every letter comes when the server is back, and the administrator hears how late."""
    mail = MailServer(port=free_port())
    with surroundings(tmp_path, mail) as world:
        with_work(world)
        with world.daemon() as running:
            running.wait_for("delivery-stopped")
            world.turn(HOUR_S // 2)
            running.wait_for("clock-was-set")
            stopped = len(running.events("delivery-stopped"))
            running.wait_for("delivery-stopped", times=stopped + 1)
            world.turn(HOUR_S // 2 + 300)
            running.wait_for("clock-was-set", times=2)
            waits = "SELECT count(*) FROM letter WHERE state IN ('refused', 'cancelled')"
            assert [(0,)] == world.ask(waits)
            assert 1 == world.call("status").returncode
            with mail:
                mended_at = time.monotonic()
                owed_until = world.wait_until_all_came(within_s=75)
                assert time.monotonic() - mended_at < 75  # a minute apart at the longest
                world.wait_for("Letters were delayed", ADMINISTRATOR)
                running.stop()
        scored(**world.judge("no mail server for an hour", 1, owed_until=owed_until))
