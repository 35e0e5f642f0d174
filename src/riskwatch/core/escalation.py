"""Who is told what, now: the ladder of one obligation, climbed from what was told of it before."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from riskwatch.core.directory import Directory
from riskwatch.core.durations import rough_seconds
from riskwatch.core.notices import Fate, Kind, Notice, Told
from riskwatch.core.policy import OFFICER, Ladder, Policy, Step
from riskwatch.core.tracking import Basis, Ending, Tracked, Watched

CLEARED_STEP = "cleared"
CLOSED_UNCHECKED_STEP = "closed_unchecked"
_UNSENT = frozenset({Fate.HELD, Fate.PENDING})
_ARRIVED = frozenset({Fate.SENDING, Fate.SENT})


class Case(NamedTuple):
    """One obligation, its child, and every notice about it so far."""

    tracked: Tracked
    watched: Watched
    told: Sequence[Told]


class Telling(NamedTuple):
    """What is to be told now, which unsent notices are to be struck out, and the obligation as it stands afterwards."""

    tracked: Tracked
    notices: Sequence[Notice]
    struck: Sequence[Told] = ()


class NextStep(NamedTuple):
    """What happens next if nothing is recorded: the role that hears, and when it falls due."""

    role: str
    at: datetime


def escalate(case: Case, policy: Policy, directory: Directory, now: datetime) -> Telling:
    """Return what is to be told of one obligation at `now`."""
    tracked = case.tracked
    if tracked.basis is Basis.CLOSING:
        return _tell_of_closure(case, policy, directory, now)
    if tracked.ended_at is not None:
        return _clear(case, policy, directory, now)
    if tracked.rule not in policy.rule_by_name:
        # The policy no longer has the rule: the next two full readings withdraw what it asked for.
        return Telling(tracked._replace(next_notice_at=None), ())
    ladder = policy.ladder_of(tracked.rule)
    climb = _Climb(case, ladder, policy, directory, now)
    if ladder.send_between is not None:
        opening = policy.calendar.next_opening(now, ladder.send_between)
        if opening > now:
            return Telling(tracked._replace(next_notice_at=opening), ())
    notices = tuple(climb.notices())
    told_officer = case.watched.officer if climb.officer_step_passed else tracked.told_officer
    following = next_step(tracked, policy, now)
    return Telling(
        tracked._replace(
            told_until=now,
            told_officer=told_officer,
            next_notice_at=following and opening_for(following.at, ladder, policy),
        ),
        notices,
    )


def opening_for(at: datetime, ladder: Ladder, policy: Policy) -> datetime:
    """Return when a step that falls due at `at` may be told: then, or when the ladder's window next opens."""
    return at if ladder.send_between is None else policy.calendar.next_opening(at, ladder.send_between)


def next_step(tracked: Tracked, policy: Policy, now: datetime) -> NextStep | None:
    """Return the first step or repeat that falls due after `now`, or None where the ladder ends quietly.

    A reminder that would fall at or before the obligation's start is none.
    """
    ladder = policy.ladder_of(tracked.rule)
    for step in ladder.steps:
        at = policy.calendar.add(tracked.due_at, step.after)
        if at > now and not (step.is_reminder and at <= tracked.started_at):
            return NextStep(step.to, at)
    last = ladder.steps[-1]
    at = policy.calendar.add(tracked.due_at, last.after)
    if ladder.repeat_every is None:
        return None
    repeat = repeats_passed(at, ladder, policy, now) + 1
    return NextStep(last.to, policy.calendar.add(at, ladder.repeat_every, repeat))


def first_notice_at(tracked: Tracked, policy: Policy) -> datetime:
    """Return when an obligation that is newly owed is first to be looked at: when its earliest step may be told."""
    ladder = policy.ladder_of(tracked.rule)
    for step in ladder.steps[:-1]:
        at = policy.calendar.add(tracked.due_at, step.after)
        if not (step.is_reminder and at <= tracked.started_at):
            return opening_for(at, ladder, policy)
    return opening_for(policy.calendar.add(tracked.due_at, ladder.steps[-1].after), ladder, policy)


def repeats_passed(last_step_at: datetime, ladder: Ladder, policy: Policy, now: datetime) -> int:
    """Return how many repeats of the last step have fallen due by `now`; 0 where the step itself is the latest."""
    every = ladder.repeat_every
    if every is None or now <= last_step_at:
        return 0
    repeat = max(0, int((now - last_step_at).total_seconds() // rough_seconds(every)))
    while repeat > 0 and policy.calendar.add(last_step_at, every, repeat) > now:
        repeat -= 1
    while policy.calendar.add(last_step_at, every, repeat + 1) <= now:
        repeat += 1
    return repeat


class _Climb:
    """One climb of a ladder at one moment."""

    def __init__(self, case: Case, ladder: Ladder, policy: Policy, directory: Directory, now: datetime) -> None:
        self._case = case
        self._ladder = ladder
        self._policy = policy
        self._directory = directory
        self._now = now
        self._today = policy.calendar.local(now).date()
        tracked = case.tracked
        mine = [told for told in case.told if told.notice.generation == tracked.generation]
        self._refused = frozenset(told.notice.person for told in mine if told.fate is Fate.REFUSED)
        valid = [told.notice for told in mine if told.fate not in (Fate.REFUSED, Fate.STRUCK)]
        self._spent = {(notice.kind, notice.step, notice.repeat) for notice in valid}
        self._to_redo = [
            told.notice
            for told in mine
            if told.fate is Fate.REFUSED
            and (told.notice.kind, told.notice.step, told.notice.repeat) not in self._spent
        ]  # fmt: skip
        self._heard = {notice.person for notice in valid if notice.kind is Kind.OVERDUE}
        self.officer_step_passed = False

    def notices(self) -> Iterator[Notice]:
        """Yield what is to be told now, in order of the steps."""
        tracked, steps = self._case.tracked, self._ladder.steps
        times = [self._policy.calendar.add(tracked.due_at, step.after) for step in steps]
        passed = [index for index, at in enumerate(times) if at <= self._now]
        new = [index for index in passed if tracked.told_until is None or times[index] > tracked.told_until]
        overdue = tracked.due_at <= self._now
        if not overdue:
            yield from self._remind([index for index in new if times[index] > tracked.started_at])
        self.officer_step_passed = any(steps[i].to == OFFICER and not steps[i].is_reminder for i in passed)
        yield from self._replace_refused(overdue=overdue)
        yield from self._tell_new_officer(passed, new)
        last = len(steps) - 1
        for index in new:
            if not steps[index].is_reminder and index != last:
                yield from self._tell(index)
        if last in passed:
            yield from self._tell_last(times[last])

    def _remind(self, reminders: Sequence[int]) -> Iterator[Notice]:
        if reminders and (Kind.REMINDER, self._ladder.steps[reminders[-1]].name, 0) not in self._spent:
            person, passed_up = self._resolve(reminders[-1])
            yield self._notice(Kind.REMINDER, self._ladder.steps[reminders[-1]], 0, person, passed_up=passed_up)

    def _tell(self, index: int) -> Iterator[Notice]:
        step = self._ladder.steps[index]
        if (Kind.OVERDUE, step.name, 0) in self._spent:
            return
        person, passed_up = self._resolve(index)
        if person not in self._heard:
            yield self._overdue(step, 0, person, passed_up=passed_up)

    def _tell_last(self, at: datetime) -> Iterator[Notice]:
        """Tell whoever holds the last step, told before or not: of the step and its repeats only the latest."""
        repeat = repeats_passed(at, self._ladder, self._policy, self._now)
        step = self._ladder.steps[-1]
        fell_due = at
        if repeat and self._ladder.repeat_every is not None:
            fell_due = self._policy.calendar.add(at, self._ladder.repeat_every, repeat)
        told_until = self._case.tracked.told_until
        if (told_until is None or fell_due > told_until) and (Kind.OVERDUE, step.name, repeat) not in self._spent:
            person, passed_up = self._resolve(len(self._ladder.steps) - 1)
            yield self._overdue(step, repeat, person, passed_up=passed_up)

    def _tell_new_officer(self, passed: Sequence[int], new: Sequence[int]) -> Iterator[Notice]:
        """Tell an officer who was given the child after the officer's step: nobody else would."""
        officer = self._case.watched.officer
        if officer == self._case.tracked.told_officer:
            return
        steps = self._ladder.steps
        spent = [i for i in passed if i not in new and steps[i].to == OFFICER and not steps[i].is_reminder]
        person = self._directory.present(officer, self._today, refused=self._refused)
        if spent and person is not None and person not in self._heard:
            yield self._overdue(steps[spent[0]], 0, person, passed_up=False)

    def _replace_refused(self, *, overdue: bool) -> Iterator[Notice]:
        """Pass up at once what a mail server refused for good."""
        steps = {step.name: index for index, step in enumerate(self._ladder.steps)}
        last = self._ladder.steps[-1].name
        for notice in self._to_redo:
            index = steps.get(notice.step)
            if index is None or (notice.kind is Kind.REMINDER and overdue) or notice.kind is Kind.CLEARED:
                continue
            if (notice.kind, notice.step, notice.repeat) in self._spent:  # refused by two people, replaced once
                continue
            person, _ = self._resolve(index)
            if person in self._refused or (person in self._heard and notice.step != last):
                continue
            self._spent.add((notice.kind, notice.step, notice.repeat))
            if notice.kind is Kind.OVERDUE:
                yield self._overdue(self._ladder.steps[index], notice.repeat, person, passed_up=True)
            else:
                yield self._notice(notice.kind, self._ladder.steps[index], notice.repeat, person, passed_up=True)

    def _resolve(self, index: int) -> tuple[str, bool]:
        """Return who is told of a step, and whether it was passed up: past empty rungs, to the next that resolves."""
        watched = self._case.watched
        for higher in range(index, len(self._ladder.steps)):
            role = self._ladder.steps[higher].to
            address = watched.officer if role == OFFICER else self._directory.holder(role, watched.unit)
            person = self._directory.present(address, self._today, refused=self._refused)
            if person is not None:
                return person, higher > index
        return self._directory.fallback, True

    def _overdue(self, step: Step, repeat: int, person: str, *, passed_up: bool) -> Notice:
        self._heard.add(person)
        return self._notice(Kind.OVERDUE, step, repeat, person, passed_up=passed_up)

    def _notice(self, kind: Kind, step: Step, repeat: int, person: str, *, passed_up: bool) -> Notice:
        return _notice(self._case.tracked, kind, step.name, person, self._ladder.urgent)._replace(
            repeat=repeat, passed_up=passed_up
        )


def _clear(case: Case, policy: Policy, directory: Directory, now: datetime) -> Telling:
    """Tell everyone who was told that it is over; what has not left yet is struck out instead."""
    tracked = case.tracked
    mine = [told for told in case.told if told.notice.generation == tracked.generation]
    struck = tuple(told for told in mine if told.fate in _UNSENT and told.notice.kind is not Kind.CLEARED)
    today = policy.calendar.local(now).date()
    rule = policy.rule_by_name.get(tracked.rule)
    urgent = rule is not None and policy.ladders[rule.ladder].urgent
    heard = {told.notice.person for told in mine if told.notice.kind is Kind.OVERDUE and told.fate in _ARRIVED}
    notices = tuple(
        _notice(tracked, Kind.CLEARED, CLEARED_STEP, person, urgent)
        for person in sorted(heard)
        if person == directory.fallback or (directory.is_allowed(person) and not directory.has_left(person, today))
    )
    return Telling(tracked._replace(next_notice_at=None), notices, struck)


def _tell_of_closure(case: Case, policy: Policy, directory: Directory, now: datetime) -> Telling:
    """Tell one person, at once and once, of a closure that is not honoured."""
    tracked = case.tracked
    if tracked.ending is Ending.WITHDRAWN:
        return Telling(tracked._replace(next_notice_at=None), ())
    today = policy.calendar.local(now).date()
    refused = frozenset(told.notice.person for told in case.told if told.fate is Fate.REFUSED)
    person, passed_up = directory.fallback, True
    for index, role in enumerate(policy.closing.tell):
        address = case.watched.officer if role == OFFICER else directory.holder(role, case.watched.unit)
        found = directory.present(address, today, refused=refused)
        if found is not None:
            person, passed_up = found, index > 0
            break
    notice = _notice(tracked, Kind.CLOSED_UNCHECKED, CLOSED_UNCHECKED_STEP, person, True)
    done = tracked._replace(next_notice_at=None, ended_at=tracked.ended_at or now, ending=Ending.TOLD)
    return Telling(done, (notice._replace(passed_up=passed_up),))


def _notice(tracked: Tracked, kind: Kind, step: str, person: str, urgent: bool) -> Notice:
    return Notice(
        subject=tracked.key,
        generation=tracked.generation,
        kind=kind,
        child_ref=tracked.child_ref,
        rule=tracked.rule,
        step=step,
        repeat=0,
        due_at=tracked.due_at,
        person=person,
        passed_up=False,
        urgent=urgent,
    )
