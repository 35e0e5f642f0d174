"""Who is told what, and when: the ladder climbed step by step, and everything that may stand in the way.

The obligation of these tests started on Monday 6 February 2023 at 09:00 and was due on Tuesday at 09:00.
"""

from collections.abc import Sequence

import pytest

from riskwatch.core.directory import Directory
from riskwatch.core.notices import Kind
from riskwatch.core.steps import NextStep, first_notice_at, next_step
from riskwatch.core.tracking import Tracked, Watched
from tests.builders import (
    DI,
    DS,
    PC,
    absence,
    at,
    directory,
    local,
    notice,
    told,
    tracked,
    watched,
)
from tests.core.climbing import DUE, next_at, said, spent, tell
from tests.example_policy import LADDERS, POLICY, SEEN_MEDIUM, ladder, policy, rule, step

PC_TWO = "pc.two@north.police.uk"
COVER = "pc.cover@north.police.uk"
REMINDED = "reminder reminder 0 pc.one"
THREE_STEPS = ["overdue officer 0 pc.one", "overdue supervisor 0 ds.york", "overdue manager 0 di.york"]


@pytest.mark.parametrize(
    ("now", "until", "expected", "following"),
    [
        pytest.param("2023-02-06 20:59", None, [], "2023-02-06 21:00", id="before every step nothing is told"),
        pytest.param("2023-02-06 21:00", None, [REMINDED], DUE, id="the reminder"),
        pytest.param(DUE, "2023-02-06 21:00", ["overdue officer 0 pc.one"], "2023-02-07 13:00", id="at the deadline"),
        pytest.param("2023-02-07 13:00", DUE, ["overdue supervisor 0 ds.york"], "2023-02-08 09:00", id="4 hours on"),
        pytest.param(
            "2023-02-08 09:00", "2023-02-07 13:00", ["overdue manager 0 di.york"], "2023-02-10 09:00", id="24"
        ),
        pytest.param(
            "2023-02-10 09:00", "2023-02-08 09:00", ["overdue head 0 head"], "2023-02-17 09:00", id="72 hours"
        ),
        pytest.param("2023-02-17 09:00", "2023-02-10 09:00", ["overdue head 1 head"], "2023-02-24 09:00", id="a week"),
        pytest.param("2023-02-17 08:59", "2023-02-10 09:00", [], "2023-02-17 09:00", id="between two repeats nothing"),
        pytest.param(
            "2023-02-18 10:00",
            None,
            [
                "overdue officer 0 pc.one",
                "overdue supervisor 0 ds.york",
                "overdue manager 0 di.york",
                "overdue head 1 head",
            ],
            "2023-02-24 09:00",
            id="known late: each passed step once and in order, no reminder, the latest repeat only",
        ),
        pytest.param(
            "2023-03-10 10:00",
            "2023-02-10 09:00",
            ["overdue head 4 head"],
            "2023-03-17 09:00",
            id="after a silence",
        ),
    ],
)
def test_the_ladder_is_climbed(now: str, until: str | None, expected: Sequence[str], following: str) -> None:
    """Each step is told once, when it falls due or as soon as it can be; the last one repeats."""
    telling = tell(now, of=tracked() if until is None else spent(until))
    assert (said(telling), next_at(telling)) == (expected, following)
    assert telling.tracked.told_until == at(now)


@pytest.mark.parametrize(
    ("started", "now", "expected"),
    [
        pytest.param("2023-02-06 21:00", "2023-02-06 21:00", [], id="at the obligation's start"),
        pytest.param("2023-02-06 20:59", "2023-02-06 21:00", [REMINDED], id="just after it"),
        pytest.param("2023-02-06 09:00", "2023-02-07 08:59", [REMINDED], id="late, but in time"),
        pytest.param("2023-02-06 09:00", DUE, ["overdue officer 0 pc.one"], id="the deadline has come"),
    ],
)
def test_a_reminder_is_sent_between_start_and_deadline_only(started: str, now: str, expected: Sequence[str]) -> None:
    """A reminder that would fall at or before the start, or once the deadline has come, is dropped."""
    assert said(tell(now, of=tracked(started=started, due=DUE))) == expected


def test_of_reminders_passed_together_the_last_is_sent() -> None:
    """Two warnings that could not be told in time are one."""
    protection = tracked(next(one for one in POLICY.rules if one.name == "police-protection"))
    assert said(tell("2023-02-09 00:00", of=protection)) == ["reminder warn-60 0 pc.one"]


def test_a_reminder_does_not_count_as_told() -> None:
    """Whoever was reminded is told all the same when the deadline has come."""
    reminded = told(notice(kind=Kind.REMINDER, step="reminder"))
    assert said(tell(DUE, of=spent("2023-02-06 21:00"), heard=[reminded])) == ["overdue officer 0 pc.one"]


def test_a_reminder_is_not_sent_twice() -> None:
    """A reminder that was sent stays sent, even if the ladder is climbed again from below."""
    reminded = told(notice(kind=Kind.REMINDER, step="reminder"))
    assert said(tell("2023-02-06 22:00", heard=[reminded])) == []


@pytest.mark.parametrize(
    ("child", "people", "expected"),
    [
        pytest.param(watched(officer=""), directory(), "ds.york ^", id="nobody allocated"),
        pytest.param(watched(officer="pc@elsewhere.police.uk"), directory(), "ds.york ^", id="another domain"),
        pytest.param(watched(), directory(absence(PC, "2023-02-01")), "ds.york ^", id="has left"),
        pytest.param(watched(), directory(absence(PC, "2023-02-07", "2023-02-07")), "ds.york ^", id="away that day"),
        pytest.param(watched(), directory(absence(PC, "2023-02-01", "2023-02-06")), "pc.one", id="back again"),
        pytest.param(watched(), directory(absence(PC, "2023-02-01", cover=COVER)), "pc.cover", id="to the cover"),
        pytest.param(watched(officer="", unit="filey"), directory(), "duty ^", id="a unit without roles: the fallback"),
        pytest.param(watched(officer="", unit=""), directory(), "ds.hub ^", id="a blank unit: the default one"),
        pytest.param(watched(officer="", unit="leeds"), directory(), "ds.hub ^", id="and so an unknown one"),
        pytest.param(
            watched(officer=""),
            directory(units={"york": {"supervisor": "", "manager": DI}}),
            "di.york ^",
            id="past two empty rungs",
        ),
    ],
)
def test_an_empty_rung_passes_up(child: Watched, people: Directory, expected: str) -> None:
    """A step keeps its name and its time, and goes to the next step's person that can be reached."""
    assert said(tell(DUE, child=child, people=people)) == [f"overdue officer 0 {expected}"]


def test_a_reminder_passes_up_too() -> None:
    """With nobody allocated the supervisor is reminded."""
    assert said(tell("2023-02-06 21:00", child=watched(officer=""))) == ["reminder reminder 0 ds.york ^"]


@pytest.mark.parametrize(
    ("now", "until", "expected"),
    [
        pytest.param("2023-02-07 13:00", DUE, [], id="his own later step is spent"),
        pytest.param("2023-02-10 09:00", "2023-02-08 09:00", ["overdue head 0 ds.york"], id="the last step tells"),
        pytest.param("2023-02-17 09:00", "2023-02-10 09:00", ["overdue head 1 ds.york"], id="and so do its repeats"),
    ],
)
def test_a_person_is_told_once_but_by_the_last_step(now: str, until: str, expected: Sequence[str]) -> None:
    """Who has had an overdue notice is not told again by a later step; the last step and its repeats always tell."""
    one_desk = directory(units={"york": {"supervisor": DS, "manager": DI, "head": DS}})
    heard = [told(notice(person=DS, passed_up=True))]
    assert said(tell(now, of=spent(until), child=watched(officer=""), heard=heard, people=one_desk)) == expected


def test_in_one_catch_up_each_person_is_told_once() -> None:
    """Steps that passed together and resolve to one person are one notice."""
    expected = ["overdue officer 0 ds.york ^", "overdue manager 0 di.york"]
    assert said(tell("2023-02-08 09:00", child=watched(officer=""))) == expected


def test_an_earlier_deadline_repeats_nothing() -> None:
    """A ladder that is climbed again from its first step skips what was told of it before, to whomever it was."""
    telling = tell("2023-02-07 13:00", child=watched(officer=PC_TWO), heard=[told(notice())])
    assert said(telling) == ["overdue supervisor 0 ds.york"]


def test_a_ladder_that_ends_quietly_does_not_repeat() -> None:
    """Without `repeat_every` the last step is told once, and nothing follows."""
    quiet = ladder(step("officer", "0 hours", "officer"), repeat_every=None)
    ending = policy(ladders={**LADDERS, "urgent": quiet})
    assert next_at(tell("2023-02-10 09:00", under=ending)) == "never"
    assert said(tell("2023-02-10 09:00", of=spent(DUE), under=ending)) == []


# --- a window ---------------------------------------------------------------------------------------------------------
EVENING = tracked(SEEN_MEDIUM, started="2023-02-06 22:30")


@pytest.mark.parametrize(
    ("now", "expected", "following"),
    [
        pytest.param("2023-02-08 22:30", [], "2023-02-09 07:00", id="a reminder that falls at night waits"),
        pytest.param("2023-02-09 07:00", [REMINDED], "2023-02-10 07:00", id="and is told then"),
        pytest.param("2023-02-09 22:30", [], "2023-02-10 07:00", id="the deadline comes at night"),
        pytest.param("2023-02-10 07:00", ["overdue officer 0 pc.one"], "2023-02-11 07:00", id="told in the morning"),
        pytest.param(
            "2023-02-11 07:00",
            ["overdue officer 0 pc.one", "overdue supervisor 0 ds.york"],
            "2023-02-15 07:00",
            id="later steps keep their own times: a working day from the deadline, not from the telling",
        ),
        pytest.param("2023-02-11 20:00", [], "2023-02-12 07:00", id="the window's end is outside"),
    ],
)
def test_a_window_moves_the_telling_not_the_step(now: str, expected: Sequence[str], following: str) -> None:
    """Outside `send_between` nothing is told; at the next opening, what has fallen due."""
    telling = tell(now, of=EVENING)
    assert (said(telling), next_at(telling)) == (expected, following)


def test_a_shut_window_spends_nothing() -> None:
    """What waits for the morning is not counted as told."""
    assert tell("2023-02-09 22:30", of=EVENING).tracked.told_until is None


# --- a new officer ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("child", "heard", "expected"),
    [
        pytest.param(watched(officer=PC_TWO), [PC], ["overdue officer 0 pc.two"], id="told at once"),
        pytest.param(watched(officer=PC_TWO), [PC, PC_TWO], [], id="unless told before"),
        pytest.param(watched(officer=PC), [PC], [], id="the same officer is not told again"),
        pytest.param(watched(officer=""), [PC], [], id="nobody in place of the old one: the other rungs go on"),
    ],
)
def test_a_new_officer_is_told_at_once(child: Watched, heard: Sequence[str], expected: Sequence[str]) -> None:
    """Who is given an overdue child after the officer's step hears of it from the next look on."""
    notices = [told(notice(person=person)) for person in heard]
    telling = tell("2023-02-07 10:00", of=spent(DUE), child=child, heard=notices)
    assert (said(telling), telling.tracked.told_officer) == (expected, child.officer)


def test_an_officer_who_is_new_before_the_deadline_waits_for_it() -> None:
    """Nothing is overdue yet: the officer's step will tell whoever holds the child then."""
    telling = tell("2023-02-07 08:00", of=spent("2023-02-06 21:00"), child=watched(officer=PC_TWO))
    assert (said(telling), telling.tracked.told_officer) == ([], PC)


# --- the times of a ladder --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        pytest.param(tracked(), "2023-02-06 21:00", id="the reminder"),
        pytest.param(tracked(started="2023-02-06 22:00", due=DUE), DUE, id="one before the start is none"),
        pytest.param(EVENING, "2023-02-09 07:00", id="when the window opens"),
    ],
)
def test_an_obligation_is_first_looked_at_when_its_first_step_may_be_told(kept: Tracked, expected: str) -> None:
    """A look is due at the first step that will be told, at the opening of the window if it is shut."""
    assert local(first_notice_at(kept.rule, kept.started_at, kept.due_at, POLICY)) == expected


def test_a_look_before_the_start_waits_for_no_reminder_from_before_it() -> None:
    """A reminder that would fall before the obligation starts is none, whenever it is looked at."""
    telling = tell("2023-02-06 20:00", of=tracked(started="2023-02-06 22:00", due=DUE))
    assert ([], DUE) == (said(telling), next_at(telling))


def test_a_ladder_of_one_step_is_first_looked_at_then() -> None:
    """A ladder may have no more than its last step."""
    one_step = policy(ladders={**LADDERS, "urgent": ladder(step("head", "2 hours", "head"))})
    kept = tracked()
    assert local(first_notice_at(kept.rule, kept.started_at, kept.due_at, one_step)) == "2023-02-07 11:00"


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param("2023-02-06 09:00", NextStep("officer", at("2023-02-06 21:00")), id="the reminder"),
        pytest.param(DUE, NextStep("supervisor", at("2023-02-07 13:00")), id="the rung above"),
        pytest.param("2023-02-10 09:00", NextStep("head", at("2023-02-17 09:00")), id="the first repeat"),
        pytest.param("2023-02-17 09:00", NextStep("head", at("2023-02-24 09:00")), id="the second"),
    ],
)
def test_the_next_step_is_the_first_that_falls_due_later(now: str, expected: NextStep) -> None:
    """A letter says who hears next, and when."""
    assert next_step(tracked(), POLICY, at(now)) == expected


@pytest.mark.parametrize(
    ("every", "due", "now", "expected"),
    [
        pytest.param("1 month", "2023-01-31 12:00", "2023-02-28 12:00", 1, id="a month is clamped at its end"),
        pytest.param("1 month", "2023-01-31 12:00", "2023-04-30 12:00", 3, id="each repeat is one addition"),
        pytest.param("1 month", "2023-01-31 12:00", "2023-04-30 11:59", 2, id="up to the minute"),
        pytest.param("1 month", "2023-07-01 12:00", "2023-07-31 23:00", 0, id="a month may be longer than the mean"),
        pytest.param("1 working day", "2023-02-01 12:00", "2023-02-06 11:59", 2, id="the week-end does not count"),
        pytest.param("5 working days", "2023-04-03 12:00", "2023-04-11 12:00", 0, id="nor does Easter"),
    ],
)
def test_repeats_are_counted_from_the_last_step(every: str, due: str, now: str, expected: int) -> None:
    """Repeat n falls due n times the interval after the last step, in one addition."""
    repeating = policy(ladders={**LADDERS, "urgent": ladder(step("head", "0 hours", "head"), repeat_every=every)})
    (only,) = tell(now, of=tracked(due=due), under=repeating).notices
    assert only.repeat == expected


def test_an_obligation_of_a_rule_that_is_gone_rests() -> None:
    """Without its rule nobody is told: two full readings withdraw what it asked for."""
    gone = tracked(rule("no-such-rule"))
    telling = tell("2023-02-10 09:00", of=gone)
    assert (said(telling), next_at(telling)) == ([], "never")
