"""kill -9 at any moment of a busy run: nothing is lost, and each connection repeats one letter at the most."""

import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.entrypoints.mail_server import MailServer
from tests.faults.conftest import Scored
from tests.faults.effort import Effort
from tests.faults.scene import CONNECTIONS, Scene, a_scene

START_S = 1.5
LIFE_S = 3.0
"""About how long a daemon lives that is killed, its start included."""
PATIENCE_S = 8.0
"""How long a kill waits for the letters in the midst of which it is to come."""
QUIET_S = 300.0
"""How long the last letters may take: those that a killed daemon had claimed wait for the end of their lease."""


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.faults_long)])
def test_kill_9_at_any_moment(
    database: str, tmp_path: Path, request: pytest.FixtureRequest, effort: Effort, scored: Scored
) -> None:
    """Whoever was owed a notice has it; a letter comes twice only where its connection had no answer kept."""
    where = {"database": request.getfixturevalue("postgres_url")} if database == "postgresql" else {}
    lasts_s = effort.kills * LIFE_S
    moments: Counter[str] = Counter()
    with MailServer(delay_s=0.05) as mail:
        scene = a_scene(tmp_path, mail, children=effort.letters, lasts_s=lasts_s, seed=effort.seed, **where)
        for kill in range(effort.kills):
            moments[kill_at_random(scene)] += 1
            if kill % 10 == 5:
                scene.record_visits()
        mail.delay_s = 0.0
        with scene.daemon() as running:
            running.wait_for("refreshed")
            scene.wait_until_all_came(within_s=QUIET_S)
            running.stop()
        most = effort.kills * CONNECTIONS
        scene.judge(f"kill -9, {database}", effort.kills, scored, repeats_at_most=most)
    print(f"killed {dict(moments)}")  # noqa: T201 (shown with -s)
    if effort.long:  # a run in which they all fell into the start would prove little
        assert moments["among letters"] >= effort.kills // 3, moments
        assert moments["while starting"] >= effort.kills // 20, moments


def kill_at_random(scene: Scene) -> str:
    """Start a daemon, and kill it somewhere in its start, soon after, or in the midst of its letters; say where."""
    rolled, before = scene.rolled, scene.letters
    with scene.daemon() as running:
        kind = rolled.randrange(4)
        if kind == 0:
            time.sleep(rolled.uniform(0.1, START_S))
        elif kind == 1:
            running.wait_for("started")
            time.sleep(rolled.uniform(0, LIFE_S - START_S))
        else:
            scene.wait_for_mail(rolled.randint(1, 60), within_s=PATIENCE_S)
            time.sleep(rolled.uniform(0, 0.05))
        running.send(signal.SIGKILL)
        assert -signal.SIGKILL == running.ended(), running.lines()
        if scene.letters > before:
            return "among letters"
        return "after its start" if running.events("started") else "while starting"
