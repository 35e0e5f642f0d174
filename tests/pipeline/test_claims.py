"""What a delivery claims is its own for the length of a lease, and each outcome is kept before the next letter goes."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeVar

import pytest

from riskwatch.core.notices import Letter, LetterState, Outcome, Verdict
from riskwatch.pipeline import batch
from riskwatch.pipeline.batch import Delivered
from riskwatch.pipeline.delivery import LEASE, in_a_thread
from tests.builders import MONDAY, at
from tests.pipeline.builders import DUE, Works, recorded
from tests.pipeline.fakes import FakeOutbox

_T = TypeVar("_T")
LATER = "2023-02-07 09:01"
NOT_KEPT = Delivered(problem="the store failed while outcomes were kept; letters may be sent twice")


def due(number: int, *, connections: int = 1) -> Works:
    """Return works in which so many officers are each to be told of a child now, over some connections."""
    rows = [recorded(f"C{index}", officer=f"pc.{index}@north.police.uk") for index in range(number)]
    works = Works(*rows, outbox=FakeOutbox(connections=connections), blocking=slowly)
    works.read(MONDAY)
    works.tell(DUE)
    return works


async def slowly(call: Callable[[], _T]) -> _T:
    """Run a blocking call as a thread would: what else is under way comes first."""
    for _ in range(3):
        await asyncio.sleep(0)
    return call()


def under_way(works: Works, letters: Sequence[Letter]) -> int:
    """Return how many of these letters have no outcome in the store."""
    return sum(works.letter(letter.letter_id).state is LetterState.SENDING for letter in letters)


@pytest.mark.parametrize("connections", [1, 3])
def test_an_outcome_is_kept_before_the_next_letter_of_its_connection(connections: int) -> None:
    """When a letter begins, the other connections alone can have letters without an outcome: a crash repeats those."""
    works = due(9, connections=connections)
    without_outcome: list[int] = []
    works.outbox.on_send = lambda _: without_outcome.append(under_way(works, works.outbox.tried))

    assert works.send(DUE) == Delivered(sent=9)
    assert max(without_outcome) == connections


def test_outcomes_that_wait_together_are_kept_together() -> None:
    """Eight letters that arrive at once cost fewer transactions than eight."""
    works = due(8, connections=8)

    works.send(DUE)

    assert sum(works.store.settled) == 8
    assert len(works.store.settled) < 8


def test_an_outcome_waits_a_moment_for_those_of_other_connections() -> None:
    """A letter that ends a few turns after another is kept in the same transaction: a commit costs more than both."""
    works = due(2, connections=2)
    works.outbox.turns["pc.1@north.police.uk"] = 3

    works.send(DUE)

    assert works.store.settled == [2]


def test_a_store_that_cannot_keep_outcomes_stops_the_delivery() -> None:
    """What was sent may be sent twice; it is not sent on and on without a record."""
    works = due(4, connections=2)
    works.store.fail_to_keep("the disk is full", times=1)

    assert works.send(DUE) == NOT_KEPT
    assert len(works.outbox.sent) == 2
    assert works.send(at(DUE) + LEASE) == Delivered(sent=4)


@pytest.mark.parametrize(
    ("times", "repeated"),
    [
        pytest.param(1, ["pc.0"], id="the store has recovered: the other outcome is kept all the same"),
        pytest.param(2, ["pc.0", "pc.1"], id="the store is still out of order: both letters are sent twice"),
    ],
)
def test_an_outcome_that_arrives_while_the_store_fails(
    times: int, repeated: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A letter that arrives while another's outcome is being lost has its own chance to be recorded."""
    monkeypatch.setattr(batch, "LINGER_S", 0)  # the first outcome does not wait for the second
    works = due(2, connections=2)
    works.outbox.turns["pc.1@north.police.uk"] = 7  # it arrives when the other outcome is being kept
    works.store.fail_to_keep("the disk is full", times=times)

    assert works.send(DUE) == NOT_KEPT
    works.outbox.sent.clear()
    works.send(at(DUE) + LEASE)

    assert sorted(letter.recipient.partition("@")[0] for letter in works.outbox.sent) == repeated


def test_a_crash_of_one_connection_is_not_swallowed() -> None:
    """A mistake of ours in sending ends the run with its own error, once the letters beside it have ended too."""
    works = due(2, connections=2)

    def break_down(letter: Letter) -> None:
        raise ZeroDivisionError

    works.outbox.on_send = break_down

    with pytest.raises(ExceptionGroup) as raised:
        works.send(DUE)
    assert raised.group_contains(ZeroDivisionError)


def test_a_lease_that_ran_out_returns_its_letters() -> None:
    """A daemon that died with letters under way loses them to the next one, which sends them again."""
    works = due(1)
    with works.store.begin() as tx:
        [claimed] = tx.claim(at(DUE), lease_until=at(DUE) + LEASE, limit=10)

    assert works.send(at(DUE) + LEASE - timedelta(seconds=1)) == Delivered()
    assert works.send(at(DUE) + LEASE) == Delivered(sent=1)
    assert [letter.letter_id for letter in works.outbox.sent] == [claimed.letter_id]


def test_no_letter_is_begun_in_the_second_half_of_its_lease() -> None:
    """A slow server eats up the lease: the letters not begun are claimed anew before they go."""
    works = due(3)
    sent_at = []

    def take_a_minute(_: Letter) -> None:
        sent_at.append(works.clock.now())
        works.clock.set(works.clock.now() + LEASE / 2)

    works.outbox.on_send = take_a_minute

    assert works.send(DUE) == Delivered(sent=3)
    assert sent_at == [at(DUE), at(DUE) + LEASE / 2, at(DUE) + LEASE]
    assert {works.letter(letter.letter_id).attempts for letter in works.outbox.sent} == {1}


def test_threads_carry_the_blocking_calls() -> None:
    """A store on disk is used from threads, and the outcome is the same."""
    works = due(2)
    works._blocking = in_a_thread
    works.restart()

    assert works.send(DUE) == Delivered(sent=2)


def test_a_cancelled_delivery_leaves_its_letters_to_the_lease() -> None:
    """A letter cut off in the middle may have arrived: it is tried again when its lease has run out, not before."""
    works = due(1)
    begun = asyncio.Event()

    async def cut_off() -> None:
        async def never(letter: Letter) -> Outcome:
            begun.set()
            await asyncio.sleep(3600)
            return Outcome(Verdict.SENT, "")

        works.clock.set(at(DUE))
        works.outbox.send = never  # type: ignore[method-assign]
        run = asyncio.create_task(works.delivery.run())
        await begun.wait()
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)

    asyncio.run(cut_off())
    del works.outbox.send

    assert works.send(LATER) == Delivered()
    assert works.send(at(DUE) + LEASE) == Delivered(sent=1)
