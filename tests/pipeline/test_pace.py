"""A mail server that takes so many letters a minute: they are delayed, the urgent ones least, and none is lost."""

import asyncio
import selectors
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from riskwatch.core.notices import Letter
from riskwatch.pipeline.batch import Delivered
from riskwatch.pipeline.delivery import Delivery, Stages, on_the_spot
from tests.builders import at
from tests.pipeline.builders import DUE, Works
from tests.pipeline.fakes import FakeOutbox

NUMBER = 100
PER_MINUTE = 30


class _Skipping(selectors.DefaultSelector):
    """Waits for nothing: the time that it would have waited is skipped."""

    skipped_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.skipped_s += max(0.0, timeout or 0.0)
        return super().select(0)


class TurnedLoop(asyncio.SelectorEventLoop):
    """An event loop whose time stands still while it works, and jumps to the next moment at which it has work."""

    def __init__(self) -> None:
        self.skipping = _Skipping()
        super().__init__(self.skipping)

    def time(self) -> float:
        return 1_000.0 + self.skipping.skipped_s


class LoopClock:
    """The wall clock beside such a loop."""

    def __init__(self, loop: TurnedLoop) -> None:
        self._loop = loop

    def now(self) -> datetime:
        return at(DUE) + timedelta(seconds=int(self._loop.skipping.skipped_s))


class Paced:
    """A hundred letters at a server that takes thirty a minute; when each was begun, in seconds."""

    def __init__(self, *, connections: int, urgent: Sequence[int] = ()) -> None:
        self.outbox = FakeOutbox(connections=connections)
        self.outbox.per_minute = PER_MINUTE
        self.outbox.on_send = self._note
        self.begun_s: list[float] = []
        self.loop = TurnedLoop()
        self.works = Works(outbox=self.outbox)
        self.add([a_letter(number, urgent=number in urgent) for number in range(NUMBER)])
        stages = Stages(self.works.refresh, self.works.sweep)
        self.delivery = Delivery(
            self.works.store,
            self.outbox,
            self.works.letters,
            stages,
            clock=LoopClock(self.loop),
            blocking=on_the_spot,
        )

    def add(self, letters: Sequence[Letter]) -> None:
        """Put letters into the outbox."""
        with self.works.store.begin() as tx:
            tx.add_letters(letters)

    def run(self) -> Delivered:
        """Deliver, until nothing is left to send."""
        with asyncio.Runner(loop_factory=lambda: self.loop) as runner:
            return runner.run(self.delivery.run())

    def _note(self, _: Letter) -> None:
        self.begun_s.append(self.loop.time() - 1_000.0)


def a_letter(number: int, *, urgent: bool = False) -> Letter:
    """Return a letter that is to go at once."""
    name, now = f"L{number:03}", at(DUE)
    letter = Letter(name, f"{name.lower()}@north.police.uk", "notices", "s", b"m", urgent, now, now)
    return letter._replace(next_attempt_at=now)


@pytest.mark.parametrize("connections", [1, 3])
def test_a_hundred_letters_at_thirty_a_minute(connections: int) -> None:
    """They take three minutes and eighteen seconds, no minute has more than thirty, and none is lost."""
    paced = Paced(connections=connections)

    assert paced.run().sent == NUMBER
    assert paced.begun_s[-1] == pytest.approx((NUMBER - 1) * 60 / PER_MINUTE)
    for begun_s in paced.begun_s:
        assert sum(begun_s <= other < begun_s + 59.999 for other in paced.begun_s) <= PER_MINUTE


def test_the_urgent_ones_go_first() -> None:
    """The order is that of urgency, then of the deadline."""
    paced = Paced(connections=3, urgent=[97, 98])

    paced.run()

    assert [letter.letter_id for letter in paced.outbox.sent[:3]] == ["L097", "L098", "L000"]


def test_an_urgent_letter_made_meanwhile_does_not_wait_behind_the_others() -> None:
    """It waits behind those alone that were claimed already: as many as there are connections."""
    paced = Paced(connections=3)

    def make_one(letter: Letter) -> None:
        paced._note(letter)
        if letter.letter_id == "L020":
            paced.add([a_letter(500, urgent=True)])

    paced.outbox.on_send = make_one
    paced.run()

    order = [letter.letter_id for letter in paced.outbox.sent]
    assert order.index("L500") - order.index("L020") <= 3
    assert len(order) == NUMBER + 1


def test_a_delivery_that_is_stopped_waits_no_longer() -> None:
    """Whoever waits for the next space is let go at once, and its letter is put back."""
    paced = Paced(connections=2)

    def stop_soon(letter: Letter) -> None:
        paced._note(letter)
        if letter.letter_id == "L008":  # claimed together with L009, which waits for its turn
            asyncio.get_running_loop().call_later(0.1, paced.delivery.stop)

    paced.outbox.on_send = stop_soon
    done = paced.run()

    assert done.sent == 9
    assert paced.loop.time() - 1_000.0 == pytest.approx(16.1, abs=0.05)
    with paced.works.store.begin() as tx:
        assert {letter.attempts for letter in tx.letters([f"L{n:03}" for n in range(9, NUMBER)])} == {0}


def test_one_letter_at_a_time_where_the_server_is_slow_to_take_them() -> None:
    """At one letter a minute a single one is claimed: what is most urgent a minute later goes then."""
    paced = Paced(connections=3)
    paced.outbox.per_minute = 1
    paced.outbox.on_send = lambda letter: paced.delivery.stop()

    assert paced.run().sent == 1
