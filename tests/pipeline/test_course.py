"""The course of each child, held against the daemon's own stages over the same records."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskwatch.bootstrap.simulation import simulation
from riskwatch.core.course import course, moments_before
from riskwatch.core.facts import History
from riskwatch.core.mandate import Mandate
from riskwatch.core.notices import Notice
from riskwatch.core.policy import Policy
from riskwatch.pipeline.simulation import simulate
from tests.builders import absence, assessed, at, checked, closed, directory, history, mandate
from tests.core.strategies import START, grid, histories, policies
from tests.pipeline.fakes import FakeLetters

Said = tuple[datetime, str, tuple[Notice, ...]]
"""When a letter leaves, to whom, and what it says."""

officers = st.sampled_from(["pc.one@north.police.uk", "", "pc.gone@north.police.uk", "pc@elsewhere.uk"])
units = st.sampled_from(["york", "filey", "", "nowhere"])
PEOPLE = directory(
    absence("pc.one@north.police.uk", "2023-02-08", "2023-02-20", cover="pc.two@north.police.uk"),
    absence("pc.gone@north.police.uk", "2023-02-10"),
    absence("ds.york@north.police.uk", "2023-02-07", "2023-02-12"),
)


def _place(notice: Notice) -> tuple[object, ...]:
    return (*notice.order, notice.key)


def of_the_stages(cases: Iterable[History], under: Mandate, until: datetime) -> Sequence[Said]:
    """Return the letters of the daemon's own stages."""
    machine = simulation({one.child.child_ref: one for one in cases}, under, FakeLetters())

    async def replay() -> Sequence[Said]:
        return [
            (one.at, one.letter.recipient, tuple(sorted((told.notice for told in one.told), key=_place)))
            async for one in simulate(machine, until=until)
        ]

    return asyncio.run(replay())


def of_the_courses(cases: Iterable[History], under: Mandate, until: datetime) -> Sequence[Said]:
    """Return the same of the course of each child by itself, put into letters."""
    letters: dict[tuple[datetime, str], list[Notice]] = {}
    for one in cases:
        for told in course(one, moments_before(one, until), under, until).told:
            letters.setdefault((told.decided_at, told.notice.person), []).append(told.notice)
    return [(*key, tuple(sorted(letters[key], key=_place))) for key in sorted(letters)]


@st.composite
def families(draw: st.DrawFn) -> Sequence[History]:
    """One to three children of any unit and officer."""
    found = []
    for number in range(draw(st.integers(1, 3))):
        one = draw(histories(grid, f"C{number}"))
        found.append(one._replace(child=one.child._replace(unit=draw(units), officer=draw(officers))))
    return found


# How fast histories are made is the machine's affair.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(families(), policies(), st.integers(0, 60).map(lambda days: START + timedelta(days=days)))
def test_the_courses_say_what_the_stages_say(cases: Sequence[History], policy: Policy, until: datetime) -> None:
    """Every notice of every child leaves at the same moment, to the same person, in the same letter."""
    under = Mandate.of(policy, PEOPLE)
    assert of_the_stages(cases, under, until) == of_the_courses(cases, under, until)


def test_what_begins_and_ends_at_one_moment_was_never_owed() -> None:
    """A record closed with authority in the very entry that names the risk leaves nothing to be told."""
    entry = (assessed(), checked("closure_authorised"), closed())
    of = history(*entry)
    assert ([], []) == tuple(map(list, course(of, moments_before(of, at("2023-05-01")), mandate(), at("2023-05-01"))))
