"""The store in memory and the one on disk answer alike, whatever is done to them."""

import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from riskwatch.adapters.memory import MemoryStore
from riskwatch.adapters.store import SqlStore
from riskwatch.core.notices import Fate, LetterState
from riskwatch.pipeline.ports import Transaction
from tests.adapters.store.examples import LATER, NOON, REFUSED, SENT, after, kept, letter, of, owed, run
from tests.builders import watched

REFS = ["C1", "C2", "C3"]
PEOPLE = ["pc@north.police.uk", "ds@north.police.uk"]
LETTERS = ["L1", "L2", "L3"]
UNCERTAIN = LATER._replace(uncertain=True)

refs = st.sampled_from(REFS)
moments = st.integers(-3, 3).map(lambda hours: after(hours=hours))
times = st.none() | moments
letter_ids = st.sampled_from(LETTERS)
fates = st.sampled_from([Fate.HELD, Fate.PENDING, Fate.SENDING, Fate.STRUCK])
limits = st.integers(1, 4)


class Broken(Exception):
    """A fault at the end of a transaction."""


def _break_if(fail: bool) -> None:
    if fail:
        raise Broken


class TwoStores(RuleBasedStateMachine):
    """Does the same to both stores, and compares their answers."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._disk = SqlStore(f"sqlite:///{Path(self._folder.name) / 'riskwatch.db'}")
        with self._disk.reading() as connection:
            # The pool gives this one connection out again and again; waiting for the disk proves nothing here.
            driver: Any = connection.connection.driver_connection
            driver.execute("PRAGMA synchronous = OFF")
        self._memory = MemoryStore()

    def teardown(self) -> None:
        self._disk.close()
        self._folder.cleanup()

    def both(self, act: Callable[[Transaction], Any], *, fail: bool = False) -> None:
        """Act on both; where it is to fail, neither may keep anything."""
        answers = []
        for store in (self._disk, self._memory):
            failing: AbstractContextManager[Any] = pytest.raises(Broken) if fail else nullcontext()
            with failing, store.begin() as tx:
                answers.append(act(tx))
                _break_if(fail)
        assert answers[0] == answers[1]

    @rule(ref=refs, when=times, met=st.booleans(), fail=st.booleans())
    def read(self, ref: str, when: datetime | None, met: bool, fail: bool) -> None:
        """A child is read."""

        def act(tx: Transaction) -> None:
            tx.save_watched([watched(ref, next_known_at=when)])
            if met:
                tx.mark_met([ref], NOON)

        self.both(act, fail=fail)

    @rule(ref=refs, when=times, fail=st.booleans())
    def owe(self, ref: str, when: datetime | None, fail: bool) -> None:
        """An obligation is saved."""
        self.both(lambda tx: tx.save_tracked([owed(ref, next_notice_at=when)]), fail=fail)

    @rule(letter_id=letter_ids, made=moments, urgent=st.booleans(), again=times, fail=st.booleans())
    def write(self, letter_id: str, made: datetime, urgent: bool, again: datetime | None, fail: bool) -> None:
        """A letter is made."""
        new = letter(letter_id, made_at=made, urgent=urgent, next_attempt_at=again)
        self.both(lambda tx: tx.add_letters([new]), fail=fail)

    @rule(ref=refs, person=st.sampled_from(PEOPLE), fate=fates, letter_id=letter_ids, at=moments, fail=st.booleans())
    def tell(self, ref: str, person: str, fate: Fate, letter_id: str, at: datetime, fail: bool) -> None:
        """A notice is added and placed; its letter is made where there is none."""
        told = kept(of(owed(ref), person=person), fate=fate, letter_id="" if fate is Fate.HELD else letter_id, at=at)

        def act(tx: Transaction) -> None:
            tx.add_letters([letter(letter_id)])
            tx.add_told([told], policy_version="v1")
            tx.place([told])

        self.both(act, fail=fail)

    @rule(ref=refs, person=st.sampled_from(PEOPLE), until=moments)
    def hold(self, ref: str, person: str, until: datetime) -> None:
        """A notice is made to wait."""
        self.both(lambda tx: tx.hold([of(owed(ref), person=person).key], until))

    @rule(letter_id=letter_ids, state=st.sampled_from([LetterState.PENDING, LetterState.CANCELLED]))
    def rewrite(self, letter_id: str, state: LetterState) -> None:
        """A letter is reworded."""
        self.both(lambda tx: tx.rewrite([letter(letter_id, subject="new", state=state)]))

    @rule(now=moments, limit=limits, fail=st.booleans())
    def claim(self, now: datetime, limit: int, fail: bool) -> None:
        """Letters are claimed for an hour."""
        until = after(hours=4)
        self.both(lambda tx: tx.waiting(now, made_before=NOON, limit=limit))
        self.both(lambda tx: tx.claim(now, lease_until=until, limit=limit), fail=fail)

    @rule(fail=st.booleans())
    def release(self, fail: bool) -> None:
        """The daemon starts anew."""
        self.both(lambda tx: tx.release_claims(), fail=fail)

    @rule(now=moments, going=st.integers(0, 2), limit=limits, fail=st.booleans())
    def join(self, now: datetime, going: int, limit: int, fail: bool) -> None:
        """Letters are joined into another one."""

        def act(tx: Transaction) -> Any:
            found = tx.joinable(now, going=going, most=limit)
            tx.join([one.letter_id for one in found if one.letter_id != "L1"], "L1")
            tx.add_letters([letter("L1", joined_at=now)])
            return found

        self.both(act, fail=fail)

    @rule(ref=refs, person=st.sampled_from(PEOPLE), fail=st.booleans())
    def strike(self, ref: str, person: str, fail: bool) -> None:
        """A notice is taken out of its letter, if it is there still."""
        self.both(lambda tx: tx.strike([of(owed(ref), person=person).key]), fail=fail)

    @rule(
        letter_id=letter_ids,
        outcome=st.sampled_from([SENT, REFUSED, LATER, UNCERTAIN]),
        again=times,
        fail=st.booleans(),
    )
    def settle(self, letter_id: str, outcome: Any, again: datetime | None, fail: bool) -> None:
        """An outcome arrives, of a letter in whatever state."""
        tried = letter(letter_id, attempts=2, next_attempt_at=again)
        self.both(lambda tx: tx.settle([(tried, outcome)], now=NOON), fail=fail)

    @rule(at=moments, full=st.booleans(), problem=st.sampled_from(["", "no answer"]))
    def ran(self, at: datetime, full: bool, problem: str) -> None:
        """A stage has run."""
        self.both(lambda tx: tx.save_run(run(at=at, full=full, problem=problem)))
        self.both(
            lambda tx: [tx.last_run("sweep", full=kind, good=good) for kind in (None, full) for good in (True, False)]
        )

    @rule(now=moments, limit=limits)
    def ask(self, now: datetime, limit: int) -> None:
        """The questions that take a moment and a limit."""
        self.both(lambda tx: (tx.due(now, limit), tx.due_to_read(now), tx.unread_since(now)))
        self.both(lambda tx: (tx.held(now, PEOPLE[:1], limit), tx.held(now, [], limit), tx.letters_made(PEOPLE, now)))

    @invariant()
    def same_rows(self) -> None:
        """Both hold the same, and wake at the same moment."""
        subjects = [owed(ref).key for ref in REFS]
        self.both(
            lambda tx: (
                tx.watched(REFS),
                tx.tracked(REFS),
                tx.told(subjects),
                tx.letters(LETTERS),
                tx.lines_of(LETTERS),
            )
        )
        assert self._disk.next_wake() == self._memory.next_wake()


TestTwoStores = TwoStores.TestCase
TestTwoStores.settings = settings(
    max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
