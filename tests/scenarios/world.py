"""What a story needs: a child's case in a few words, and the letters that the replay would have sent, as lines.

The stories run under the example policy and directory of `tests/scenarios/config`. All times are London's.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from riskwatch.bootstrap.simulation import simulation
from riskwatch.core.course import course, moments_before
from riskwatch.core.directory import Absence
from riskwatch.core.facts import Assessment, Check, History
from riskwatch.core.mandate import Mandate
from riskwatch.core.notices import Notice
from riskwatch.entrypoints.commands.simulate import Unworded
from riskwatch.pipeline.simulation import Posted, simulate
from riskwatch.settings.load import load_for_simulation
from tests.builders import at, child, closed, local
from tests.example_policy import LONDON

CONFIG = Path(__file__).parent / "config"
DOMAIN = "@north.police.uk"


def case(
    child_ref: str,
    *records: Assessment | Check,
    unit: str = "york",
    officer: str = "pc.one",
    closed_at: str | None = None,
    closed_recorded: str | None = None,
) -> History:
    """Return all that was recorded of one child. An officer named without a domain is one of the force."""
    own = [record._replace(child_ref=child_ref) for record in records]
    address = officer if "@" in officer or not officer else officer + DOMAIN
    return History(
        child(child_ref, unit=unit, officer=address, closed=closed_at, closed_recorded=closed_recorded),
        assessments=[record for record in own if isinstance(record, Assessment)],
        checks=[record for record in own if isinstance(record, Check)],
        closures=[] if closed_at is None else [closed(closed_at, recorded=closed_recorded)],
    )


@cache
def example() -> Mandate:
    """Return the policy and the directory of the stories."""
    loaded = load_for_simulation(CONFIG, today=date(2024, 1, 1))
    assert loaded.settings is not None, loaded.problems
    return Mandate.of(loaded.settings.policy, loaded.settings.directory)


def example_with(*absences: Absence, **changes: Any) -> Mandate:
    """Return the policy of the stories with some of its fields changed, and a directory with further absences."""
    policy, directory = example().policy, example().directory
    return Mandate.of(replace(policy, **changes), replace(directory, absences=(*directory.absences, *absences)))


def told(*cases: History, until: str, under: Mandate | None = None) -> Sequence[str]:
    """Return the letters that would have been sent until a time (itself excluded), a line for each of their notices.

    A line reads "Tue 2021-09-07 10:15 ds.york C1 seen-high overdue (officer, passed up), due 2021-09-07 10:15": when
    the letter leaves, to whom, then the child, the rule, what is said of it (the step of the ladder, which repeat, and
    whether a rung below was empty), and the deadline. Further notices of the same letter begin with "and".
    """
    facts = {one.child.child_ref: one for one in cases}
    mandate = under or example()
    machine = simulation(facts, mandate, Unworded())

    async def replay() -> list[Posted]:
        return [posted async for posted in simulate(machine, until=at(until))]

    letters = asyncio.run(replay())
    _expect_the_same_of_the_courses(letters, cases, mandate, at(until))
    return [line for posted in letters for line in _lines(posted)]


def _expect_the_same_of_the_courses(
    letters: Sequence[Posted], cases: Sequence[History], mandate: Mandate, until: datetime
) -> None:
    """Every story holds for the course of each child, too: the same notices, at the same moments."""
    notices = [(posted.at, told.notice) for posted in letters for told in posted.told]
    courses = [course(one, moments_before(one, until), mandate, until) for one in cases]
    assert sorted(notices) == sorted((told.decided_at, told.notice) for one in courses for told in one.told)


def lines(text: str) -> Sequence[str]:
    """Return a story's letters as `told` gives them, however they are indented and aligned."""
    return [" ".join(line.split()) for line in text.strip().splitlines()]


def _lines(posted: Posted) -> Iterator[str]:
    head = f"{posted.at.astimezone(LONDON):%a} {local(posted.at)} {posted.letter.recipient.removesuffix(DOMAIN)}"
    for notice in (one.notice for one in posted.told):
        yield f"{head} {_said(notice)}"
        head = "and"


def _said(notice: Notice) -> str:
    notes = [
        "" if notice.step == notice.kind else notice.step,
        f"again {notice.repeat}" if notice.repeat else "",
        "passed up" if notice.passed_up else "",
    ]
    given = ", ".join(note for note in notes if note)
    kind = notice.kind.replace("_", " ") + (f" ({given})" if given else "")
    return f"{notice.child_ref} {notice.rule} {kind}, due {local(notice.due_at)}"
