"""Several daemons on one PostgreSQL, some of them killed: a letter is one daemon's, and a dead one's are taken up."""

import signal
import time
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from tests.entrypoints.mail_server import MailServer
from tests.entrypoints.processes import Running, patched
from tests.faults.conftest import Scored
from tests.faults.effort import Effort
from tests.faults.scene import CONNECTIONS, a_scene

QUIET_S = 240.0
START = patched(service__LEASE=timedelta(seconds=30))
"""The claims of a daemon that was killed run out sooner than after two minutes; not so soon that, on a busy machine,
those of a living one do, and another sends the same letters."""


@pytest.mark.faults_long
@pytest.mark.parametrize("daemons", [2, 4])
def test_several_daemons_of_which_some_are_killed(
    daemons: int, tmp_path: Path, postgres_url: str, effort: Effort, scored: Scored
) -> None:
    """Nobody is told twice but for the letters that were under way at a kill, and the journal is one chain."""
    kills, children = 5 * effort.rounds, 2_000
    with MailServer(delay_s=0.05) as mail, ExitStack() as stack:
        scene = a_scene(
            tmp_path,
            mail,
            children=children,
            lasts_s=1.5 * kills,
            seed=effort.seed,
            database=postgres_url,
            timeout_s=3,
        )

        def one(number: int) -> Running:
            return stack.enter_context(scene.daemon(f"daemon-{number}", start=START))

        running = [one(number) for number in range(daemons)]
        for kill in range(kills):
            scene.wait_for_mail(scene.rolled.randint(1, 40), within_s=3)
            time.sleep(scene.rolled.uniform(0, 0.1))
            victim = scene.rolled.randrange(daemons)
            running[victim].send(signal.SIGKILL)
            assert -signal.SIGKILL == running[victim].ended(), running[victim].lines()
            running[victim] = one(victim)
            if kill % 10 == 5:
                scene.record_visits()
        mail.delay_s = 0.0
        scene.wait_until_all_came(within_s=QUIET_S)
        for each in running:
            each.wait_for("refreshed")
            each.stop()
        fault = f"kill -9 of one of {daemons} daemons"
        scene.judge(fault, kills, scored, repeats_at_most=kills * CONNECTIONS)
