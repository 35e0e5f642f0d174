"""An outbox under everything that may befall it: one or two daemons that deliver at once, each a step at a time.

What is drawn decides how long each step of a daemon takes, and so who goes first; what happens to it, and after how
many steps: an end of its process, a stop, a clock that jumps.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import cycle
from typing import NamedTuple, TypeVar

from riskwatch.core.notices import Letter, LetterState, Outcome, Scope, Verdict
from riskwatch.pipeline.batch import Delivered
from riskwatch.pipeline.delivery import Delivery
from riskwatch.pipeline.simulation import TurnedClock
from riskwatch.pipeline.sweep import Claim
from tests.builders import FALLBACK
from tests.faults.mortal import Killed, Mortality, Postman
from tests.faults.world import LEASE, Daemon, World
from tests.pipeline.test_pace import TurnedLoop

_T = TypeVar("_T")


class Answer(NamedTuple):
    """What the mail server says of one letter, whether it has the letter, and after how long it says so."""

    outcome: Outcome
    taken: bool = False
    after_s: float = 0.0


_SILENT = Outcome(Verdict.LATER, "no answer within 50 s", Scope.SERVER)
ANSWERS = {
    "250": Answer(Outcome(Verdict.SENT, "250 ok"), taken=True),
    "250 after a while": Answer(Outcome(Verdict.SENT, "250 ok"), taken=True, after_s=50),
    "421": Answer(Outcome(Verdict.LATER, "421 busy", Scope.SERVER)),
    "450 at RCPT": Answer(Outcome(Verdict.LATER, "450 later", Scope.RECIPIENT)),
    "451 at the dot": Answer(Outcome(Verdict.LATER, "451 later", Scope.CONTENT)),
    "550 at RCPT": Answer(Outcome(Verdict.REFUSED, "550 no such user", Scope.RECIPIENT)),
    "554 at the dot": Answer(Outcome(Verdict.REFUSED, "554 content", Scope.CONTENT)),
    "550 of any content": Answer(Outcome(Verdict.MISCONFIGURED, "550 policy", Scope.CONTENT)),
    "550 at MAIL": Answer(Outcome(Verdict.MISCONFIGURED, "550 sender", Scope.SERVER)),
    "535": Answer(Outcome(Verdict.MISCONFIGURED, "535 no", Scope.SERVER)),
    "broken before the letter went": Answer(Outcome(Verdict.LATER, "connection lost", Scope.SERVER)),
    "broken after it": Answer(_SILENT._replace(uncertain=True)),
    "broken after it, and taken": Answer(_SILENT._replace(uncertain=True), taken=True),
    "silent": Answer(_SILENT, after_s=50),
    "silent after the letter, and taken": Answer(_SILENT._replace(uncertain=True), taken=True, after_s=50),
}


class Mishap(NamedTuple):
    """What happens to a run of delivery after so many steps of all daemons."""

    step: int
    kind: str  # "kill", "cancel", "stop" or "jump"
    number: int = 0  # of the daemon
    by: timedelta = timedelta(0)  # of a clock that jumps


class Handed(NamedTuple):
    """A letter that the mail server has, and the life of the daemon that handed it over."""

    letter_id: str
    life: int


class RunningClock(TurnedClock):
    """A wall clock that goes on while a loop runs whose time is skipped."""

    def __init__(self, at: datetime) -> None:
        super().__init__(at)
        self.loop: TurnedLoop | None = None

    def now(self) -> datetime:
        """Return the moment, in whole seconds."""
        skipped_s = 0 if self.loop is None else int(self.loop.skipping.skipped_s)
        return super().now() + timedelta(seconds=skipped_s)

    def jump(self, by: timedelta) -> None:
        """Set the clock while the loop runs."""
        self.set(super().now() + by)

    def keep(self) -> None:
        """Stand where the loop has ended."""
        now, self.loop = self.now(), None
        self.set(now)


class Run:
    """One run of delivery by several daemons: its pauses, and what befalls it."""

    def __init__(self, world: "OutboxWorld", pauses: Sequence[int], mishaps: Sequence[Mishap]) -> None:
        self._world = world
        self._pauses = cycle(pauses or [0])
        self._mishaps = sorted(mishaps)
        self._steps = 0
        self.cancelled: set[int] = set()

    async def step(self) -> None:
        """Let the others go first for a while, and let happen what is to happen now."""
        for _ in range(next(self._pauses)):
            await asyncio.sleep(0)
        self._steps += 1
        while self._mishaps and self._mishaps[0].step <= self._steps:
            self._befall(self._mishaps.pop(0))

    def _befall(self, mishap: Mishap) -> None:
        number = mishap.number % len(self._world.daemons)
        daemon = self._world.daemons[number]
        assert isinstance(daemon, OutboxDaemon)
        if mishap.kind == "kill":
            daemon.mortality.left = mishap.step % 7  # at one of the next statements or steps of its own
        elif mishap.kind == "cancel" and daemon.delivery.task is not None and not daemon.delivery.task.done():
            self.cancelled.add(number)
            daemon.delivery.task.cancel()
        elif mishap.kind == "stop":
            daemon.delivery.stop()
        elif mishap.kind == "jump":
            self._world.jump(mishap.by)


class SteppedPostman(Postman):
    """A way to the mail server on which each letter takes its time."""

    def __init__(self, world: "OutboxWorld", mortality: Mortality, life: int) -> None:
        super().__init__(world.server, mortality, world.per_minute)
        self._world = world
        self._life = life

    async def send(self, letter: Letter) -> Outcome:
        world = self._world
        self._mortality.tick()
        world.in_hand.add((self._life, letter.letter_id))
        await world.step()
        self._mortality.tick()
        answer = world.next_answer()
        if answer.taken:
            world.take(letter, self._life, answer)
        world.said.setdefault(letter.letter_id, []).append(answer.outcome)
        await asyncio.sleep(answer.after_s)
        await world.step()
        self._mortality.tick()
        return answer.outcome


class WatchedDelivery(Delivery):
    """The stage itself; the world hears when an outcome is kept."""

    world: "OutboxWorld"
    life: int
    task: asyncio.Task[object] | None = None

    async def run(self, claims: Iterable[Claim] = ()) -> Delivered:
        """Send what is to go now."""
        self.task = asyncio.current_task()
        return await super().run(claims)

    async def keep(self, outcomes: Sequence[tuple[Letter, Outcome]]) -> None:
        """Keep the outcomes of attempts, in one transaction."""
        await super().keep(outcomes)
        self.world.in_hand -= {(self.life, letter.letter_id) for letter, _ in outcomes}


class OutboxDaemon(Daemon):
    """A daemon whose letters, and whose calls to the store, take a step of a run each."""

    delivery: WatchedDelivery

    def join(self) -> None:
        """Make the stages, under the mandate and the mail server's limit of the moment."""
        super().join()
        world = self._world
        assert isinstance(world, OutboxWorld)
        if not hasattr(self, "life"):
            world.lives += 1
            self.life = world.lives
        stages = self.delivery._stages
        postman = SteppedPostman(world, self.mortality, self.life)
        self.delivery = WatchedDelivery(
            self.store,
            postman,
            self.delivery._letters,
            stages,
            clock=world.clock,
            blocking=self._blocking,
            lease=LEASE,
        )
        self.delivery.world, self.delivery.life = world, self.life

    async def _send(self) -> None:
        try:
            await super()._send()
        except (Killed, asyncio.CancelledError):
            self._leave_in_doubt()
            raise

    def _leave_in_doubt(self) -> None:
        """Note, before another daemon takes up what was left, which letters arrived without the store knowing it.

        There is one for each connection at the most: the next letter is begun when the outcome of the one is kept.
        """
        world, dead = self._world, self.mortality.dead
        assert isinstance(world, OutboxWorld)
        self.mortality.dead, self.mortality.left = False, None
        with self.store.begin() as tx:
            mine = tx.letters([one.letter_id for one in world.handed if one.life == self.life])
        self.mortality.dead = dead
        in_doubt = [letter.letter_id for letter in mine if letter.state is not LetterState.SENT]
        assert len(in_doubt) <= Postman.connections, in_doubt
        world.excused.update(in_doubt)
        world.left_in_doubt += len(in_doubt)

    async def _blocking(self, call: Callable[[], _T]) -> _T:
        assert isinstance(self._world, OutboxWorld)
        await self._world.step()
        self.mortality.tick()
        done = call()
        await self._world.step()
        self.mortality.tick()
        return done


class OutboxWorld(World):
    """A world in which several daemons deliver at once."""

    daemon_kind = OutboxDaemon
    clock_kind = RunningClock

    def __init__(self, address: str, *, daemons: int = 1) -> None:
        self.lives = 0  # of daemons, ever begun
        self.said: dict[str, list[Outcome]] = {}
        self.handed: list[Handed] = []
        self.in_hand: set[tuple[int, str]] = set()
        """Letters, each with the life that has it, that are handed over just now, or whose outcome is not kept yet."""
        self.excused: Counter[str] = Counter()
        """How often each letter may come again: nobody could know that it had been taken."""
        self.left_in_doubt = 0
        self._answers: Iterator[Answer] = iter(())
        self._run: Run | None = None
        super().__init__(address, daemons=daemons)

    # --- what the daemons meet with ----------------------------------------------------------------------------------
    def next_answer(self) -> Answer:
        """Return what the mail server does with the next letter."""
        return next(self._answers, ANSWERS["250"])

    def take(self, letter: Letter, life: int, answer: Answer) -> None:
        """Have the mail server keep a letter."""
        self.server.received.append((letter.letter_id, tuple(json.loads(letter.message))))
        if answer.outcome.uncertain:
            self.excused[letter.letter_id] += 1
        else:
            self.handed.append(Handed(letter.letter_id, life))

    async def step(self) -> None:
        """Take a step of the run."""
        if self._run is not None:
            await self._run.step()

    def jump(self, by: timedelta) -> None:
        """Set the clock while letters are on their way; forward, another daemon may take them for abandoned."""
        clock = self.clock
        assert isinstance(clock, RunningClock)
        clock.jump(by)
        self.latest = max(self.latest, clock.now())
        if by > timedelta(0):
            self.excused.update(name for _, name in self.in_hand)

    # --- delivering --------------------------------------------------------------------------------------------------
    def deliver(self, answers: Sequence[Answer], pauses: Sequence[int], mishaps: Sequence[Mishap]) -> None:
        """Have every daemon deliver, side by side, until nothing more is to go now; whoever ended is started anew."""
        self._answers, self._run = iter(answers), Run(self, pauses, mishaps)
        with asyncio.Runner(loop_factory=TurnedLoop) as runner:
            loop = runner.get_loop()
            assert isinstance(loop, TurnedLoop)
            assert isinstance(self.clock, RunningClock)
            self.clock.loop = loop
            try:
                runner.run(self._side_by_side(self._run))
            finally:
                self.clock.keep()
                self.latest = max(self.latest, self.clock.now())
                self._answers, run, self._run = iter(()), self._run, None
                self.in_hand.clear()
        for number, daemon in enumerate(self.daemons):
            daemon.mortality.left = None
            if daemon.mortality.dead or number in run.cancelled:
                self._bury(number)
            elif daemon.delivery.stopping:
                daemon.join()

    async def _side_by_side(self, run: Run) -> None:
        ends = await asyncio.gather(*(daemon._send() for daemon in self.daemons), return_exceptions=True)
        for number, end in enumerate(ends):
            was_cancelled = number in run.cancelled and isinstance(end, asyncio.CancelledError)
            if isinstance(end, BaseException) and not isinstance(end, Killed) and not was_cancelled:
                raise end

    def _bury(self, number: int) -> None:
        """Start a daemon anew."""
        self.daemons[number].store.close()
        self.kills += 1
        self.daemons[number] = self.daemon_kind(self)

    # --- what is so at rest ------------------------------------------------------------------------------------------
    def check_outbox(self) -> None:
        """Every letter has ended as the rules say, its notices with it, and none came twice without a reason."""
        with self.daemons[0].store.reading() as connection:
            letters = connection.exec_driver_sql(LETTERS).all()
            notices = connection.exec_driver_sql(NOTICES).all()
        received: dict[str, set[str]] = {}
        for name, keys in self.server.received:
            received.setdefault(name, set()).update(keys)
        fates: dict[str, set[str]] = {}
        for notice in notices:
            fates.setdefault(notice.letter_id, set()).add(notice.fate)
            assert notice.fate != "sent" or notice.key in received.get(notice.letter_id, ()), notice
        for letter in letters:
            self._check_letter(letter.letter_id, letter.state, letter.recipient, letter.purpose, letter.joined_at)
            left = fates.get(letter.letter_id, set()) - {"struck"}
            assert left <= {letter.state}, letter
            assert left or letter.state != "sent" or letter.purpose != "notices", letter
            assert (letter.state == "sent") <= (letter.letter_id in received), letter

    def _check_repeats(self, sent: Counter[str]) -> None:
        assert {name: n for name, n in sent.items() if n - 1 > self.excused[name]} == {}

    def _check_letter(self, name: str, state: str, recipient: str, purpose: str, joined_at: object) -> None:
        assert state in ("sent", "refused", "cancelled"), (name, state)
        said = Counter((one.verdict, one.scope) for one in self.said.get(name, ()))
        if state == "refused":
            assert recipient != FALLBACK or purpose != "notices", name
            by_content = said[Verdict.REFUSED, Scope.CONTENT]
            assert said[Verdict.REFUSED, Scope.RECIPIENT] or by_content, name
        if state == "cancelled":  # struck out, or joined into another; never after it was sent
            assert not said[Verdict.SENT, Scope.RECIPIENT], name


LETTERS = "SELECT letter_id, state, recipient, purpose, joined_at FROM letter"
NOTICES = "SELECT key, fate, letter_id FROM notice WHERE letter_id IS NOT NULL"
