"""kill -9 at any moment of a busy run: nothing is lost, and each connection repeats one letter at the most."""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest

from riskwatch.adapters.smtp.outbox import SmtpOutbox
from riskwatch.core.notices import Letter, Outcome
from riskwatch.pipeline.batch import Batch
from tests.adapters.smtp.servers import a_letter, an_outbox
from tests.entrypoints.mail_server import MailServer
from tests.entrypoints.processes import soon
from tests.faults.conftest import Scored
from tests.faults.effort import Effort
from tests.faults.reckoning import repeats_by_life
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
        ends = []
        for kill in range(effort.kills):
            moments[kill_at_random(scene)] += 1
            ends.append(scene.wait_for_the_last_of_a_life())
            if kill % 10 == 5:
                scene.record_visits()
        mail.delay_s = 0.0
        with scene.daemon() as running:
            running.wait_for("refreshed")
            scene.wait_until_all_came(within_s=QUIET_S)
            running.stop()
        again = repeats_by_life(mail.letters, ends)
        fault = f"kill -9, {database}"
        scene.judge(fault, effort.kills, scored, repeats_at_most=sum(again.values()))
        # Of each life by itself: what was under way, or not kept yet, when it was killed. The last one was not killed.
        assert {} == {life: number for life, number in again.items() if number > CONNECTIONS}, fault
        assert effort.kills not in again, fault
    print(f"killed {dict(moments)}, letters again by life {dict(again)}")  # noqa: T201 (shown with -s)
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


class _Held:
    """Carries a batch over real SMTP. The first outcome is kept only when the second letter has been taken."""

    stopping = False

    def __init__(self, outbox: SmtpOutbox, mail: MailServer) -> None:
        self._outbox, self._mail = outbox, mail
        self._sent = [asyncio.Event(), asyncio.Event()]
        self._turns = 0
        self.kept: list[str] = []
        self.came_before_one_was_kept = 0

    @property
    def connections(self) -> int:
        return self._outbox.connections

    def now(self) -> datetime:
        return soon(0)

    async def turn(self) -> None:
        self._turns += 1
        if self._turns == 2:
            await self._sent[0].wait()

    async def send(self, letter: Letter) -> Outcome:
        outcome = await self._outbox.send(letter)
        next((event for event in self._sent if not event.is_set()), self._sent[-1]).set()
        return outcome

    async def keep(self, outcomes: Sequence[tuple[Letter, Outcome]]) -> None:
        await self._sent[1].wait()
        if not self.kept:
            self.came_before_one_was_kept = len(self._mail.letters)
        self.kept += [letter.letter_id for letter, _ in outcomes]


def test_a_connection_carries_the_next_letter_before_the_outcome_of_the_last_is_kept() -> None:
    """Hence the bound is on all connections together: two letters that one of them carried may both come again, but no
    more letters than there are connections are taken and not kept."""
    with MailServer() as mail:

        async def scenario() -> _Held:
            outbox = an_outbox(mail.port, connections=2)
            held = _Held(outbox, mail)
            letters = [a_letter(recipient=f"pc{number}@north.police.uk") for number in range(4)]
            named = [letter._replace(letter_id=f"L{number}") for number, letter in enumerate(letters)]
            done = await Batch(held, named, begin_until=soon(60)).run()
            assert 4 == done.sent
            await outbox.close()
            return held

        held = asyncio.run(scenario())
        assert 1 == len({letter.peer for letter in mail.letters[:2]})
    assert 2 == held.came_before_one_was_kept
    assert ["L0", "L1", "L2", "L3"] == sorted(held.kept)
