"""The simulation is the daemon's own stages over recorded facts, turned from moment to moment."""

import asyncio
from collections.abc import Sequence

from riskwatch.bootstrap.simulation import simulation
from riskwatch.core.facts import History
from riskwatch.pipeline.simulation import Mailbag, Posted, simulate
from tests.builders import assessed, at, checked, local, mandate
from tests.pipeline.builders import in_words, recorded
from tests.pipeline.fakes import FakeLetters


def posted(*histories: History, until: str) -> Sequence[Posted]:
    """Return the letters of a replay."""
    facts = {history.child.child_ref: history for history in histories}
    machine = simulation(facts, mandate(), FakeLetters())

    async def replay() -> Sequence[Posted]:
        return [one async for one in simulate(machine, until=at(until))]

    return asyncio.run(replay())


def said(letters: Sequence[Posted]) -> Sequence[str]:
    """Return the letters in words, with the moment at which each would have left."""
    return [f"{local(one.at)} {line}" for one in letters for line in in_words(one.letter)]


def test_every_letter_leaves_at_the_exact_moment() -> None:
    """The replay wakes where a record becomes known or a step falls due, and nowhere else."""
    child = recorded("C1", assessed(), checked("seen", "2023-02-07 13:30"))

    assert said(posted(child, until="2023-02-08")) == [
        "2023-02-06 21:00 pc.one: reminder C1 reminder",
        "2023-02-07 09:00 pc.one: overdue C1 officer",
        "2023-02-07 13:00 ds.york: overdue C1 supervisor",
        "2023-02-07 13:30 ds.york: cleared C1 cleared",
        "2023-02-07 13:30 pc.one: cleared C1 cleared",
    ]


def test_the_end_of_the_span_is_excluded() -> None:
    """What falls due at the end itself is not in the replay."""
    assert len(posted(recorded(), until="2023-02-07 09:00")) == 1


def test_no_facts_make_no_letters() -> None:
    """A replay without any record ends at once."""
    assert posted(until="2023-02-07 09:00") == []


def test_the_notices_of_a_letter_are_in_the_order_for_programs() -> None:
    """They are sorted by child, rule, kind and step, whichever was decided first."""
    [_, letter] = posted(recorded("C2"), recorded("C1"), until="2023-02-07 09:01")

    assert [told.notice.child_ref for told in letter.told] == ["C1", "C2"]


def test_a_mailbag_is_closed_like_any_outbox() -> None:
    """It holds no connection."""
    asyncio.run(Mailbag().close())
    assert asyncio.run(Mailbag().look()) is None
