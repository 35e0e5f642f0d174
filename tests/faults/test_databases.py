"""The database fails under a busy daemon: stopped, cut off, or at odds with what it said of a commit."""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from tests.entrypoints.mail_server import MailServer
from tests.entrypoints.processes import Running, patched, until
from tests.faults.conftest import Scored
from tests.faults.effort import Effort
from tests.faults.postgres import CuttingProxy, own_postgres
from tests.faults.scene import CONNECTIONS, Scene, a_scene

LEASE_S = 8
RETRY_S = 1.5
QUIET_S = 120.0
DELAY_S = 0.05
TIMEOUT_S = 3

LYING = """
import random, sqlite3, sys
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite as dialect
rolled, commit = random.Random({seed}), dialect.do_commit
commits = 0

def lie(self, connection):
    global commits
    if not connection.in_transaction:
        return commit(self, connection)
    commits += 1
    kind = rolled.random() if commits > 10 and rolled.randrange({one_in}) == 0 else None
    if kind is not None and kind < 0.3:
        print("LIE before", file=sys.stderr, flush=True)
        raise sqlite3.OperationalError("disk I/O error")
    commit(self, connection)
    if kind is not None:
        print("LIE after", file=sys.stderr, flush=True)
        raise sqlite3.OperationalError("disk I/O error")

dialect.do_commit = lie
"""
"""Put before the daemon's start: one commit in so many is said to have failed, and most of those were done."""


def quick(prelude: str = "") -> Sequence[str]:
    """Return how to start a daemon that tries again soon, and whose claims soon run out."""
    flag, program = patched(waking__RETRY=timedelta(seconds=RETRY_S), service__LEASE=timedelta(seconds=LEASE_S))
    return (flag, prelude + program)


def a_run(scene: Scene, work: Callable[[Running], None], *, start: Sequence[str]) -> None:
    """Run a daemon while something is done to its database, and then until everything has come."""
    with scene.daemon(start=start) as running:
        running.wait_for("refreshed")
        work(running)
        scene.mail.delay_s = 0.0
        scene.wait_until_all_came(within_s=QUIET_S)
        assert running.process.poll() is None, running.lines()
        running.stop()


@pytest.mark.faults_long
def test_postgresql_is_stopped_and_started(tmp_path: Path, effort: Effort, scored: Scored) -> None:
    """The daemon waits for it, and goes on by itself; what it could not keep is sent again, and nothing is lost."""
    with own_postgres() as server, MailServer(delay_s=DELAY_S) as mail:
        scene = a_scene(
            tmp_path, mail, children=1_000, lasts_s=60, seed=effort.seed, database=server.url, timeout_s=TIMEOUT_S
        )

        def stop_and_start(_: Running) -> None:
            for number in range(effort.rounds):
                scene.wait_for_mail(scene.rolled.randint(1, 80), within_s=15)
                time.sleep(scene.rolled.uniform(0, 0.2))
                server.stop(("immediate", "fast")[number % 2])
                time.sleep(scene.rolled.uniform(0, 2))
                server.start()

        a_run(scene, stop_and_start, start=quick())
        most = effort.rounds * CONNECTIONS
        scene.judge("PostgreSQL stopped (crash, fast)", effort.rounds, scored, repeats_at_most=most)


@pytest.mark.faults_long
def test_connections_to_postgresql_are_cut(tmp_path: Path, effort: Effort, scored: Scored) -> None:
    """Each connection is ended by the server, again and again, in the middle of whatever it does."""
    times = 5 * effort.rounds
    with own_postgres() as server, MailServer(delay_s=DELAY_S) as mail:
        scene = a_scene(
            tmp_path, mail, children=1_000, lasts_s=60, seed=effort.seed, database=server.url, timeout_s=TIMEOUT_S
        )

        def hang_up(_: Running) -> None:
            cut = 0
            while cut < times:
                scene.wait_for_mail(scene.rolled.randint(1, 20), within_s=5)
                time.sleep(scene.rolled.uniform(0, 0.1))
                cut += server.hang_up() > 0

        a_run(scene, hang_up, start=quick())
        scene.judge("PostgreSQL connections cut", times, scored, repeats_at_most=times * CONNECTIONS)


def test_a_commit_of_postgresql_whose_answer_is_lost(
    tmp_path: Path, postgres_url: str, effort: Effort, scored: Scored
) -> None:
    """Whether it was done the daemon cannot know: what it does next must be right in both cases."""
    letters, cuts = (1_000, 15 * effort.rounds) if effort.long else (effort.letters, 4)
    with CuttingProxy(postgres_url, seed=effort.seed, one_in=4) as proxy, MailServer(delay_s=DELAY_S) as mail:
        lasts_s = 60.0 if effort.long else 6.0
        scene = a_scene(
            tmp_path, mail, children=letters, lasts_s=lasts_s, seed=effort.seed, database=proxy.url, timeout_s=TIMEOUT_S
        )

        def cut(_: Running) -> None:
            proxy.active = True
            until(lambda: proxy.cuts >= cuts, "commits that are cut", within_s=QUIET_S)
            proxy.active = False

        a_run(scene, cut, start=quick())
        scene.judge("PostgreSQL commit, answer lost", proxy.cuts, scored, repeats_at_most=proxy.cuts * CONNECTIONS)
    assert 0 < proxy.kept < proxy.cuts or not effort.long


def test_a_commit_of_sqlite_that_is_said_to_have_failed(tmp_path: Path, effort: Effort, scored: Scored) -> None:
    """The disk says that it failed, most often after the transaction was kept; the daemon goes on."""
    letters, lies = (1_000, 15 * effort.rounds) if effort.long else (effort.letters, 4)
    with MailServer(delay_s=DELAY_S) as mail:
        lasts_s = 60.0 if effort.long else 6.0
        scene = a_scene(tmp_path, mail, children=letters, lasts_s=lasts_s, seed=effort.seed, timeout_s=TIMEOUT_S)
        told = 0

        def lie(running: Running) -> None:
            nonlocal told
            until(lambda: lies_of(running) >= lies, "commits that are said to have failed", within_s=QUIET_S)
            told = lies_of(running)

        with scene.daemon(start=quick(LYING.format(seed=effort.seed, one_in=6))) as running:
            lie(running)
            running.process.kill()
        a_run(scene, lambda _: None, start=quick())
        scene.judge("SQLite commit, said to have failed", told, scored, repeats_at_most=(told + 1) * CONNECTIONS)


def lies_of(running: Running) -> int:
    """Return how many commits were said to have failed."""
    return sum(line.startswith("LIE") for line in running.lines())
