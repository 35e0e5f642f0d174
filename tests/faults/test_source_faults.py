"""The agency's database is gone, slow, empty or half loaded: nobody is forgotten, and the watchers hear of it first."""

import signal
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

from riskwatch.core.notices import Kind
from tests.entrypoints.mail_server import MailServer
from tests.faults.conftest import Scored
from tests.faults.effort import Effort
from tests.faults.surroundings import (
    ADMINISTRATOR,
    SUPERVISOR,
    WATCHERS,
    Surroundings,
    letter_id_of,
    steps,
    subject_of,
    surroundings,
)

pytestmark = pytest.mark.timeout(400)

OVERDUE = 20
SHORT = ("gone", "cut in mid-table")
"""Enough for `make test`."""
STEPS = 90
BLIND, SEES = "riskwatch is blind since", "riskwatch sees again"
ENDLESS = "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT MAX(i) FROM n) > 0"


class Fault(NamedTuple):
    """What is done to the agency, and how it ends."""

    begin: Callable[[Surroundings], None]
    end: Callable[[Surroundings], None]


def hide(**conditions: str) -> Fault:
    """Return a fault in which only some rows are there."""
    return Fault(lambda world: world.show(**conditions), lambda world: world.show())


def take_away(world: Surroundings) -> None:
    """Move the file away."""
    (world.folder / "agency.db").rename(world.folder / "away.db")


def bring_back(world: Surroundings) -> None:
    """Move it back."""
    (world.folder / "away.db").rename(world.folder / "agency.db")


FAULTS: Mapping[str, Fault] = {
    "gone": Fault(take_away, bring_back),
    "slower than the timeout": hide(visit=ENDLESS),
    "empty": hide(child="1 = 0", risk="1 = 0", visit="1 = 0"),
    "cut in mid-table": hide(risk="number <= 40", visit="number <= 1"),
    "only the children loaded": hide(risk="1 = 0", visit="1 = 0"),
    "only the assessments loaded": hide(child="1 = 0", visit="1 = 0"),
    "no visits": hide(visit="1 = 0"),
    "90 % of its rows missing": hide(child="number % 10 = 0", risk="number % 10 = 0", visit="number % 10 = 0"),
}


def an_agency_with_work(world: Surroundings) -> None:
    """Have children recorded who were overdue long ago, others seen since, and some whose next step is to come."""
    world.record([world.now(-6 * 3600)] * OVERDUE, name="L")
    for ref in world.record([world.now(-7 * 3600)] * OVERDUE, name="S"):
        world.visit(ref, world.now(-8 * 3600 + 60))
    world.record(steps(STEPS), name="C")


def suffer(world: Surroundings, fault: Fault, *, times: int, seen: str, meanwhile: Callable[[], None]) -> None:
    """Let a fault begin, see what is told while it lasts, and let it end; a child is seen in the meantime."""
    fault.begin(world)
    world.wait_for(BLIND, *WATCHERS, times=times)
    ended = "SELECT count(*) FROM obligation WHERE ended_at IS NOT NULL OR doubted_at IS NOT NULL"
    before = world.ask(ended)
    world.wait_for_more_steps()
    meanwhile()
    world.wait_for_more_steps(2)
    assert before == world.ask(ended)
    assert times - 1 == len(world.subjects(ADMINISTRATOR, purpose=SEES))
    fault.end(world)
    world.visit(seen)
    world.wait_for(SEES, *WATCHERS, times=times)
    world.wait_for_notice(Kind.CLEARED, SUPERVISOR, seen)


def first_of_all(world: Surroundings) -> list[str]:
    """Return the letters that were made while the service knew that it was blind, and came before a watcher heard."""
    made = {str(name): str(moment) for name, moment in world.ask("SELECT letter_id, made_at FROM letter")}
    early = []
    letters = [(letter_id_of(letter), letter) for letter in list(world.mail.letters)]
    told = [(place, made[name]) for place, (name, letter) in enumerate(letters) if BLIND in str(letter.content)]
    for place, (name, letter) in enumerate(letters):
        for heard_at, known_at in told:
            if place < heard_at and made[name] > known_at:
                early.append(f"{name} to {letter.to}")
    return early


@pytest.mark.parametrize("maker", ["sqlite", pytest.param("postgresql", marks=pytest.mark.faults_long)])
def test_a_source_that_is_not_to_be_believed(
    maker: str, tmp_path: Path, request: pytest.FixtureRequest, effort: Effort, scored: Scored
) -> None:
    """One fault after the other befalls one agency; SIGHUP, or a stop and a start, falls into the middle of each.

    Nothing ends or is doubted meanwhile, steps that fall due are told, the watchers hear once of each beginning and
    end, before whatever is decided after it, and a visit of that time counts when it is over.
    """
    postgres = request.getfixturevalue("postgres_url").replace(":@", "@") if maker == "postgresql" else ""
    faults = {name: FAULTS[name] for name in (FAULTS if effort.long else SHORT)}
    if postgres:  # the agency stays on SQLite, the store is on PostgreSQL
        faults = {name: fault for name, fault in faults.items() if name in ("gone", "empty", "no visits")}
    with MailServer() as mail, surroundings(tmp_path, mail, database=postgres or "sqlite:///../riskwatch.db") as world:
        an_agency_with_work(world)
        with ExitStack() as stack:
            running = [stack.enter_context(world.start())]

            def hang_up() -> None:
                already = len(running[0].events("configured"))
                running[0].send(signal.SIGHUP)
                running[0].wait_for("configured", times=already + 1)

            def stop_and_start() -> None:
                running[0].stop()
                running[0] = stack.enter_context(world.start())
                running[0].wait_for("refreshed")

            world.wait_for_more_steps()
            for number, fault in enumerate(faults.values()):
                meanwhile = hang_up if number % 4 else stop_and_start
                suffer(world, fault, times=number + 1, seen=f"L{number}", meanwhile=meanwhile)
            owed_until = world.wait_until_all_came()
            running[0].stop()
        assert [] == first_of_all(world)
        for person in WATCHERS:
            assert len(faults) == len(world.subjects(person, purpose=BLIND))
            assert len(faults) == len(world.subjects(person, purpose=SEES))
        title = f"the source gone, slow, empty, cut, shrunk ({maker})"
        scored(**world.judge(title, len(faults), owed_until=owed_until))


@pytest.mark.faults_long
@pytest.mark.parametrize("name", ["empty", "only the children loaded"])
def test_a_first_reading_that_gives_nothing_is_no_all_clear(name: str, tmp_path: Path, scored: Scored) -> None:
    """The watchers hear of it, the service says that it is unwell, and everything owed is told when the rows come."""
    with MailServer() as mail, surroundings(tmp_path, mail) as world:
        an_agency_with_work(world)
        FAULTS[name].begin(world)
        with world.daemon() as running:
            world.wait_for(BLIND, *WATCHERS)
            assert [] == [subject_of(letter) for letter in mail.letters if letter.to not in WATCHERS]
            assert 1 == world.call("status").returncode
            running.send(signal.SIGHUP)
            running.wait_for("configured")
            FAULTS[name].end(world)
            world.wait_for(SEES, *WATCHERS)
            owed_until = world.wait_until_all_came()
        assert [1, 1] == [len(world.subjects(person, purpose=BLIND)) for person in WATCHERS]
        scored(**world.judge(f"the first reading: {name}", 1, owed_until=owed_until))
