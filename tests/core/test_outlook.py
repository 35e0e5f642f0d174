"""Who hears next, if nothing is recorded."""

import pytest

from riskwatch.core.climb import Case
from riskwatch.core.notices import Fate, Kind, Notice
from riskwatch.core.outlook import Outlook, outlook
from tests.builders import DI, DS, HEAD, PC, absence, at, directory, notice, told, tracked, watched
from tests.example_policy import LADDERS, POLICY, ladder, policy, step

AWAY = absence(PC, "2023-02-01", "2023-02-28")


def ahead(*heard: Notice, now: str = "2023-02-07 09:00", **people: object) -> Outlook | None:
    """Return who hears next, after what was told."""
    case = Case(tracked(), watched(), [told(one) for one in heard])
    return outlook(case, POLICY, directory(*([AWAY] if people.get("away") else [])), at(now))


def test_the_next_step_is_told_where_its_person_has_not_heard() -> None:
    """The officer was told; the supervisor is next."""
    assert ahead(notice()) == Outlook("supervisor", DS, at("2023-02-07 13:00"), passed_up=False, again=False)


def test_a_step_whose_person_has_heard_is_passed_over() -> None:
    """The officer's step went up to the supervisor, who is not told anew four hours later: the manager is next."""
    expected = Outlook("manager", DI, at("2023-02-08 09:00"), passed_up=False, again=False)
    assert ahead(notice(person=DS, passed_up=True), away=True) == expected


def test_a_reminder_is_no_telling_but_the_next_is_one_more() -> None:
    """Whoever was reminded is told at the deadline, again."""
    reminded = ahead(notice(kind=Kind.REMINDER, step="reminder"), now="2023-02-06 21:00")
    assert reminded == Outlook("officer", PC, at("2023-02-07 09:00"), passed_up=False, again=True)


def test_the_last_step_is_told_again() -> None:
    """The repeats of the last step go to whoever holds it, told before or not."""
    found = ahead(notice(step="head", person=HEAD), now="2023-02-10 09:00")
    assert found == Outlook("head", HEAD, at("2023-02-17 09:00"), passed_up=False, again=True)


def test_what_was_struck_told_nobody() -> None:
    """A letter that never left does not make the next one a second."""
    case = Case(tracked(), watched(), [told(notice(person=DS, passed_up=True), fate=Fate.STRUCK)])
    expected = Outlook("supervisor", DS, at("2023-02-07 13:00"), passed_up=False, again=False)
    assert outlook(case, POLICY, directory(), at("2023-02-07 09:00")) == expected


def test_an_empty_post_is_told_of_as_passed_up() -> None:
    """The step keeps its role; the person is the one above."""
    case = Case(tracked(), watched(), [told()])
    found = outlook(case, POLICY, directory(absence(DS, "2023-02-01", "2023-02-28")), at("2023-02-07 09:00"))
    assert found == Outlook("supervisor", DI, at("2023-02-07 13:00"), passed_up=True, again=False)


def test_a_shut_window_is_waited_for() -> None:
    """A step that falls due at night is told in the morning, and the letter says so."""
    by_day = policy(ladders={**LADDERS, "urgent": ladder(*LADDERS["urgent"].steps, send_between=("14:00", "20:00"))})
    case = Case(tracked(), watched(), [told()])
    expected = Outlook("supervisor", DS, at("2023-02-07 14:00"), passed_up=False, again=False)
    assert outlook(case, by_day, directory(), at("2023-02-07 09:00")) == expected


@pytest.mark.parametrize("person", [PC, DS])
def test_a_ladder_that_ends_quietly_tells_nobody_more(person: str) -> None:
    """After its last step nobody hears."""
    quiet = policy(ladders={**LADDERS, "urgent": ladder(step("officer", "0 hours", "officer"), repeat_every=None)})
    case = Case(tracked(), watched(), [told(notice(person=person))])
    assert outlook(case, quiet, directory(), at("2023-02-07 09:00")) is None
