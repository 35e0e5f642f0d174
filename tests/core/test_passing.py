"""Why a notice was passed up: an empty post, an unusable address and a person who was refused are told apart."""

from datetime import date
from typing import Any

import pytest

from riskwatch.core.notices import Fate, Kind, Notice, Passing, Told
from riskwatch.core.passing import passing, refusals
from riskwatch.core.policy import Closing
from tests.builders import DI, DS, PC, absence, at, directory, notice, told, watched
from tests.example_policy import POLICY, policy, rule

TODAY = date(2023, 2, 7)
ABOVE = notice(person=DI, passed_up=True)


def refused(person: str, *, letter: str = "L", when: str = "2023-02-07 09:00", **of_notice: Any) -> Told:
    """Return a telling that a mail server refused for good."""
    return Told(ABOVE._replace(person=person, passed_up=False, **of_notice), at(when), Fate.REFUSED, letter)


@pytest.mark.parametrize(
    ("officer", "before", "expected"),
    [
        (PC, [refused(PC), refused(DS)], Passing((PC, DS), vacant=False)),
        ("", [refused(DS)], Passing((DS,), vacant=True)),
        ("", [], Passing((), vacant=True)),
        (DS, [refused(DS)], Passing((DS,), vacant=False)),
        (PC, [refused(PC), told(notice(person=DS))], Passing((PC,), vacant=False)),
        (PC, [refused(PC, generation=7), refused(DS, generation=7)], Passing((), vacant=True)),
        ("pc 2@north", [], Passing((), vacant=False, unusable=("officer",))),
        ("pc@south.uk", [refused(DS)], Passing((DS,), vacant=False, unusable=("officer",))),
    ],
)
def test_what_stands_in_the_way(officer: str, before: list[Told], expected: Passing) -> None:
    """Whoever was refused is named, in order and once; a post with nobody is told beside; another telling is another.

    Where nothing stands in the way any more, no refusal is invented.
    """
    assert expected == passing(ABOVE, watched(officer=officer), before, POLICY, directory(), TODAY)


def test_a_cover_who_was_refused_is_named() -> None:
    """Not whom the cover stands in for: nothing was sent to that person."""
    people = directory(absence(PC, "2023-02-01", "2023-02-20", cover="pc.two@north.police.uk"))
    before = [refused("pc.two@north.police.uk")]
    assert Passing(("pc.two@north.police.uk",), vacant=False) == passing(
        ABOVE, watched(officer=PC), before, POLICY, people, TODAY
    )


def test_an_address_that_cannot_be_used_is_no_empty_post() -> None:
    """The step is named, an empty one beside it is told apart, and a cover who hears of it in its place is enough."""
    units = {"york": {"supervisor": "ds.york", "manager": DI}}
    both = Passing((), vacant=True, unusable=("supervisor",))
    assert both == passing(ABOVE, watched(officer=""), [], POLICY, directory(units=units), TODAY)
    covered = directory(absence("pc@south.uk", "2023-02-01", cover=PC))
    assert Passing((PC,), vacant=False) == passing(
        ABOVE, watched(officer="pc@south.uk"), [refused(PC)], POLICY, covered, TODAY
    )


def test_a_role_that_is_asked_twice_is_named_once() -> None:
    """A ladder may come back to the officer; a letter does not say the same twice."""
    closure = ABOVE._replace(kind=Kind.CLOSED_UNCHECKED, rule="closing", step="closed_unchecked")
    under = policy(closing=Closing(tell=("officer", "officer", "manager")))
    expected = Passing((), vacant=False, unusable=("officer",))
    assert expected == passing(closure, watched(officer="pc 2@north"), [], under, directory(), TODAY)


def test_a_closure_is_passed_up_along_its_own_people() -> None:
    """Whoever hears of a closure is not on the ladder of a rule."""
    closure = ABOVE._replace(kind=Kind.CLOSED_UNCHECKED, rule="closing", step="closed_unchecked")
    before = [Told(closure._replace(person=DS), at("2023-02-07 09:00"), Fate.REFUSED, "L")]
    assert Passing((DS,), vacant=False) == passing(closure, watched(), before, POLICY, directory(), TODAY)


@pytest.mark.parametrize("of", [ABOVE._replace(step="gone"), ABOVE._replace(rule="gone")])
def test_a_step_that_the_policy_has_no_more_names_nobody(of: Notice) -> None:
    """Who stood there is not known any more."""
    assert Passing() == passing(of, watched(), [refused(PC)], policy(rule()), directory(), TODAY)


def test_the_latest_refusal_of_a_person_counts() -> None:
    """A person who was refused twice is named with what the server said last."""
    before = [refused(PC, letter="L2", when="2023-02-07 13:00"), refused(PC, letter="L1"), told(notice(person=DS))]
    assert {PC: "L2"} == refusals(ABOVE, before)
