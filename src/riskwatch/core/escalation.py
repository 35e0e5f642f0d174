"""Who is told what, now: the ladder of one obligation, climbed from what was told of it before."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from riskwatch.core.directory import Directory
from riskwatch.core.notices import Fate, Kind, Notice, Told
from riskwatch.core.policy import OFFICER, Ladder, Policy, Step
from riskwatch.core.repeats import repeat_at, repeats_passed
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
        # The policy no longer has the rule: the next reading withdraws what it asked for.
        return Telling(tracked._replace(next_notice_at=None), ())
    climb = Climb(case, policy, directory)
    notices = climb.tell(now)
    return Telling(climb.tracked, notices)


def opening_for(at: datetime, ladder: Ladder, policy: Policy) -> datetime:
    """Return when a step that falls due at `at` may be told: then, or when the ladder's window next opens."""
    return at if ladder.send_between is None else policy.calendar.next_opening(at, ladder.send_between)


def next_step(tracked: Tracked, policy: Policy, now: datetime) -> NextStep | None:
    """Return the first step or repeat that falls due after `now`, or None where the ladder ends quietly.

    A reminder that would fall at or before the obligation's start is none.
    """
    ladder = policy.ladder_of(tracked.rule)
    times = _times_of(ladder, tracked.due_at, policy)
    return _following(times, tracked.started_at, ladder, policy, now)


def _times_of(ladder: Ladder, due_at: datetime, policy: Policy) -> Sequence[datetime]:
    """Return when each step falls due."""
    add = policy.calendar.add
    return [add(due_at, step.after) for step in ladder.steps]


def _following(
    times: Sequence[datetime], started_at: datetime, ladder: Ladder, policy: Policy, now: datetime
) -> NextStep | None:
    for step, at in zip(ladder.steps, times, strict=True):
        if at > now and not (step.is_reminder and at <= started_at):
            return NextStep(step.to, at)
    if ladder.repeat_every is None:
        return None
    repeat = repeats_passed(times[-1], ladder, policy, now) + 1
    return NextStep(ladder.steps[-1].to, repeat_at(times[-1], repeat, ladder, policy))


def first_notice_at(tracked: Tracked, policy: Policy) -> datetime:
    """Return when an obligation that is newly owed is first to be looked at: when its earliest step may be told."""
    ladder = policy.ladder_of(tracked.rule)
    for step in ladder.steps[:-1]:
        at = policy.calendar.add(tracked.due_at, step.after)
        if not (step.is_reminder and at <= tracked.started_at):
            return opening_for(at, ladder, policy)
    return opening_for(policy.calendar.add(tracked.due_at, ladder.steps[-1].after), ladder, policy)


class Climb:
    """The ladder of one outstanding obligation, climbed from moment to moment.

    It takes what it tells for told: whoever keeps one over several moments says that every letter has arrived.
    """

    def __init__(self, case: Case, policy: Policy, directory: Directory) -> None:
        self._case = case
        self._ladder = policy.ladder_of(case.tracked.rule)
        self._policy = policy
        self._directory = directory
        tracked = case.tracked
        self._times = _times_of(self._ladder, tracked.due_at, policy)
        self._told_until = tracked.told_until
        self._told_officer = tracked.told_officer
        self.next_notice_at = tracked.next_notice_at
        mine = [told for told in case.told if told.notice.generation == tracked.generation]
        self._refused = frozenset(told.notice.person for told in mine if told.fate is Fate.REFUSED)
        valid = [told for told in mine if told.fate not in (Fate.REFUSED, Fate.STRUCK)]
        # When each step was last told: a new officer is told of it again, and may be refused after the old one was not.
        latest = {_place(told.notice): told.decided_at for told in valid}
        self._spent = set(latest)
        self._to_redo = [
            told.notice
            for told in mine
            if told.fate is Fate.REFUSED
            and not (_place(told.notice) in latest and told.decided_at <= latest[_place(told.notice)])
        ]
        self._heard = {told.notice.person for told in valid if told.notice.kind is Kind.OVERDUE}

    @property
    def tracked(self) -> Tracked:
        """The obligation as it stands after what was told."""
        return self._case.tracked._replace(
            told_until=self._told_until, told_officer=self._told_officer, next_notice_at=self.next_notice_at
        )

    def tell(self, now: datetime) -> Sequence[Notice]:
        """Return what is to be told now, in order of the steps."""
        ladder, policy = self._ladder, self._policy
        if ladder.send_between is not None:
            opening = policy.calendar.next_opening(now, ladder.send_between)
            if opening > now:
                self.next_notice_at = opening
                return ()
        self._now = now
        self._today = policy.calendar.today(now)
        notices = tuple(self._notices())
        self._told_until = now
        following = _following(self._times, self._case.tracked.started_at, ladder, policy, now)
        self.next_notice_at = following and opening_for(following.at, ladder, policy)
        return notices

    def _notices(self) -> Iterator[Notice]:
        times, steps, told_until = self._times, self._ladder.steps, self._told_until
        passed = [index for index, at in enumerate(times) if at <= self._now]
        new = [index for index in passed if told_until is None or times[index] > told_until]
        overdue = self._case.tracked.due_at <= self._now
        if not overdue:
            yield from self._remind([index for index in new if times[index] > self._case.tracked.started_at])
        if self._to_redo:
            yield from self._replace_refused(overdue=overdue)
        if self._case.watched.officer != self._told_officer:
            yield from self._tell_new_officer(passed, new)
            if any(steps[index].to == OFFICER and not steps[index].is_reminder for index in passed):
                self._told_officer = self._case.watched.officer
        last = len(steps) - 1
        for index in new:
            if not steps[index].is_reminder and index != last:
                yield from self._tell(index)
        if passed and passed[-1] == last:
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
        fell_due = repeat_at(at, repeat, self._ladder, self._policy)
        told_until = self._told_until
        if (told_until is None or fell_due > told_until) and (Kind.OVERDUE, step.name, repeat) not in self._spent:
            person, passed_up = self._resolve(len(self._ladder.steps) - 1)
            yield self._overdue(step, repeat, person, passed_up=passed_up)

    def _tell_new_officer(self, passed: Sequence[int], new: Sequence[int]) -> Iterator[Notice]:
        """Tell an officer who was given the child after the officer's step: nobody else would."""
        officer, steps = self._case.watched.officer, self._ladder.steps
        spent = [i for i in passed if i not in new and steps[i].to == OFFICER and not steps[i].is_reminder]
        person = self._directory.present(officer, self._today, refused=self._refused)
        if spent and person is not None and person not in self._heard:
            yield self._overdue(steps[spent[0]], 0, person, passed_up=False)

    def _replace_refused(self, *, overdue: bool) -> Iterator[Notice]:
        """Pass up at once what a mail server refused for good."""
        steps = {step.name: index for index, step in enumerate(self._ladder.steps)}
        last = self._ladder.steps[-1].name
        replaced = set()
        for notice in self._to_redo:
            index = steps.get(notice.step)
            if index is None or (notice.kind is Kind.REMINDER and overdue) or notice.kind is Kind.CLEARED:
                continue
            if _place(notice) in replaced:  # refused by two people, replaced once
                continue
            person, _ = self._resolve(index)
            if person in self._refused or (person in self._heard and notice.step != last):
                continue
            replaced.add(_place(notice))
            if notice.kind is Kind.OVERDUE:
                yield self._overdue(self._ladder.steps[index], notice.repeat, person, passed_up=True)
            else:
                yield self._notice(notice.kind, self._ladder.steps[index], notice.repeat, person, passed_up=True)
        self._to_redo = [notice for notice in self._to_redo if _place(notice) not in replaced]

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
        self._spent.add((kind, step.name, repeat))
        return _notice(
            self._case.tracked, kind, step.name, person, self._ladder.urgent, repeat=repeat, passed_up=passed_up
        )


def _clear(case: Case, policy: Policy, directory: Directory, now: datetime) -> Telling:
    """Tell everyone who was told that it is over; what has not left yet is struck out instead."""
    tracked = case.tracked
    mine = [told for told in case.told if told.notice.generation == tracked.generation]
    struck = tuple(told for told in mine if told.fate in _UNSENT and told.notice.kind is not Kind.CLEARED)
    if not mine:
        return Telling(tracked._replace(next_notice_at=None), ())
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
    notice = _notice(tracked, Kind.CLOSED_UNCHECKED, CLOSED_UNCHECKED_STEP, person, True, passed_up=passed_up)
    done = tracked._replace(next_notice_at=None, ended_at=tracked.ended_at or now, ending=Ending.TOLD)
    return Telling(done, (notice,))


def _place(notice: Notice) -> tuple[Kind, str, int]:
    """Return which step of a ladder, or which repeat of it, a notice tells."""
    return (notice.kind, notice.step, notice.repeat)


def _notice(
    tracked: Tracked, kind: Kind, step: str, person: str, urgent: bool, *, repeat: int = 0, passed_up: bool = False
) -> Notice:
    # By position, in the order of the fields: there may be millions.
    return Notice(
        tracked.key,
        tracked.generation,
        kind,
        tracked.child_ref,
        tracked.rule,
        step,
        repeat,
        tracked.due_at,
        person,
        passed_up,
        urgent,
    )
