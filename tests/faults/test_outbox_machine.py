"""The outbox under any answers, ends, stops and jumps of the clock: every letter ends as the rules say, and once."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from tests.builders import DS, FALLBACK, PC, assessed, checked
from tests.faults.effort import Effort
from tests.faults.outbox_world import ANSWERS, Mishap, OutboxWorld
from tests.faults.test_any_history import on_postgresql, on_sqlite, profile
from tests.pipeline.builders import recorded

OFFICERS = (PC, PC, PC, "pc.two@north.police.uk", DS, FALLBACK, FALLBACK, "")
JUMPS_S = (-3_600, -100, 50, 130, 3_600)
AHEAD = timedelta(minutes=20)
"""More than any letter waits for its next attempt."""

usual = st.sampled_from(["250", "250", "250 after a while"])
any_answer = usual | st.sampled_from(sorted(ANSWERS)) | st.sampled_from(["550 at RCPT", "554 at the dot"])
mishaps = st.builds(
    Mishap,
    step=st.integers(0, 12) | st.integers(0, 60),
    kind=st.sampled_from(["kill", "kill", "cancel", "stop", "jump"]),
    number=st.integers(0, 1),
    by=st.sampled_from(JUMPS_S).map(lambda seconds: timedelta(seconds=seconds)),
)


class AnyOutbox(RuleBasedStateMachine):
    """Letters that are owed, and daemons that deliver them side by side."""

    def __init__(self, world: OutboxWorld) -> None:
        super().__init__()
        self.world = world
        self._count = 0
        world.put(recorded("B0", assessed("standard"), checked("phone_call")))

    def teardown(self) -> None:
        """Come to rest, and look at everything."""
        try:
            self.world.rest()
            self.world.check()
            self.world.check_outbox()
        finally:
            self.world.close()

    def _owe(self, officer: str, tier: str) -> None:
        """Find a child overdue: each is a letter of its own."""
        self._count += 1
        made = assessed(tier, self.world.clock.now() - timedelta(days=12), assessment_id=f"A{self._count}")
        self.world.put(recorded(f"C{self._count:03}", made, officer=officer))
        self.world.do(0, lambda one: one.refresh.changed(self.world.clock.now()))
        self.world.do(0, lambda one: one.sweep.run(self.world.clock.now()))

    @precondition(lambda self: self._count)
    @rule(data=st.data())
    def see(self, data: st.DataObject) -> None:
        """A child is seen, so that what waits about it is struck out as it is to leave."""
        number = data.draw(st.integers(1, self._count))
        history = self.world.source.history(f"C{number:03}")
        visit = checked("seen", self.world.clock.now(), check_id=f"K{number}", child_ref=history.child.child_ref)
        self.world.put(history._replace(checks=(visit,)))

    @rule(
        owed=st.lists(st.tuples(st.sampled_from(OFFICERS), st.sampled_from(["high", "standard"])), max_size=5),
        answers=st.lists(any_answer, min_size=4, max_size=12),
        pauses=st.lists(st.integers(0, 6), min_size=1, max_size=9),
        mishaps=st.lists(mishaps, max_size=4),
    )
    def deliver(
        self,
        owed: Sequence[tuple[str, str]],
        answers: Sequence[str],
        pauses: Sequence[int],
        mishaps: Sequence[Mishap],
    ) -> None:
        """Children are found overdue, and all daemons deliver, side by side."""
        for officer, tier in owed:
            self._owe(officer, tier)
        self.world.deliver([ANSWERS[name] for name in answers], pauses, mishaps)

    @rule(number=st.integers(0, 1))
    def sweep(self, number: int) -> None:
        """What was refused is passed up."""
        self.world.do(number, lambda one: one.sweep.run(self.world.clock.now()))

    @rule(seconds=st.sampled_from([*JUMPS_S, 5, 10, 20, 61, 900, 6 * 3_600]))
    def turn(self, seconds: int) -> None:
        """The clock goes on, or is set back, between two deliveries."""
        self.world.turn(timedelta(seconds=seconds))

    @rule(per_minute=st.sampled_from([None, 1, 20, 30]))
    def pace(self, per_minute: int | None) -> None:
        """The mail server's limit is changed: letters to one person are joined where it holds them back."""
        self.world.per_minute = per_minute
        self.world.govern(self.world.mandate)


def run(machine: Callable[[], AnyOutbox], effort: Effort, examples: int) -> None:
    """Run the state machine; what makes one is called for each history."""
    run_state_machine_as_test(machine, settings=profile(effort, examples))  # type: ignore[arg-type]  # any factory will do


def test_any_outbox_on_sqlite(effort: Effort) -> None:
    """One daemon on its file."""
    with on_sqlite() as address:
        run(lambda: AnyOutbox(OutboxWorld(address())), effort, 4)


def test_any_outbox_on_postgresql(effort: Effort, postgres_server: str) -> None:
    """Two daemons on one database, which send side by side, a step of one between any two of the other."""
    with on_postgresql(postgres_server) as address:
        run(lambda: AnyOutbox(OutboxWorld(address(), daemons=2)), effort, 3)
