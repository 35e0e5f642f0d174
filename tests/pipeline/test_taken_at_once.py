"""A deadline's few letters are taken for sending in the transaction that made them: they leave a commit sooner."""

import asyncio
from datetime import timedelta

import pytest

from riskwatch.core.notices import LetterState, Verdict
from riskwatch.pipeline.batch import Delivered
from riskwatch.pipeline.sweep import Claim
from tests.builders import MONDAY, at
from tests.pipeline.builders import DUE, Works, recorded
from tests.pipeline.fakes import FakeOutbox


def due(number: int) -> Works:
    """Return works in which so many officers are each to be told of a child."""
    rows = [recorded(f"C{index}", officer=f"pc.{index}@north.police.uk") for index in range(number)]
    works = Works(*rows, outbox=FakeOutbox(connections=2))
    works.read(MONDAY)
    works.clock.set(at(DUE))
    return works


def swept(works: Works) -> Claim:
    """Sweep with a claim, and return it."""
    claim = works.delivery.claim(at(DUE))
    assert claim is not None
    works.sweep.run(at(DUE), claim=claim)
    return claim


def test_few_letters_are_taken_and_sent() -> None:
    """Two letters over two connections are on their way when the sweep commits, and are sent without a further look."""
    works = due(2)

    claim = swept(works)

    assert {works.letter(letter.letter_id).state for letter in claim.taken} == {LetterState.SENDING}
    assert asyncio.run(works.delivery.run([claim])) == Delivered(sent=2)


def test_many_letters_are_left_to_the_delivery() -> None:
    """More letters than connections are claimed batch by batch, as ever."""
    works = due(3)

    assert swept(works).taken == []
    assert works.send(DUE) == Delivered(sent=3)


def test_a_letter_that_waits_goes_first() -> None:
    """Where an older letter waits, its children are looked up before anything leaves: nothing is taken at once."""
    works = due(1)
    works.tell(DUE)
    later = at(DUE) + timedelta(hours=4)  # the supervisor's step
    works.clock.set(later)
    claim = works.delivery.claim(later)
    assert claim is not None

    works.sweep.run(later, claim=claim)

    assert claim.taken == []
    assert works.send(later).sent == 2


def test_a_fault_met_by_what_was_taken_stops_the_rest() -> None:
    """A mail server that cannot be used as configured is not asked for the next letters either."""
    works = due(1)
    claim = swept(works)
    works.outbox.answer("pc.0@north.police.uk", Verdict.MISCONFIGURED)

    done = asyncio.run(works.delivery.run([claim]))

    assert "cannot be used as configured" in done.problem


@pytest.mark.parametrize("stopped", [True, False])
def test_nothing_is_taken_by_a_delivery_that_stops_or_keeps_a_pace(*, stopped: bool) -> None:
    """Where letters go at a measured pace, the most urgent go first; where the delivery stops, none goes."""
    works = due(1)
    if stopped:
        works.delivery.stop()
    else:
        works.outbox.per_minute = 30

    assert works.delivery.claim(at(DUE)) is None
