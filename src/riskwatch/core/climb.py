"""The ladder of one obligation, climbed from what was told of it before."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple

from riskwatch.core.directory import Directory
from riskwatch.core.notices import Fate, Kind, Notice, Told
from riskwatch.core.policy import OFFICER, Policy, Step
from riskwatch.core.repeats import Repeats
from riskwatch.core.steps import step_times
from riskwatch.core.tracking import Tracked, Watched


class Case(NamedTuple):
    """One obligation, its child, and every notice about it so far."""

    tracked: Tracked
    watched: Watched
    told: Sequence[Told]


class Climb:
    """The ladder of one outstanding obligation, climbed from moment to moment, forward in time.

    It takes what it tells for told: whoever keeps one over several moments says that every letter has arrived.
    """

    def __init__(self, case: Case, policy: Policy, directory: Directory) -> None:
        tracked = case.tracked
        self._case = case
        self._ladder = policy.ladder_of(tracked.rule)
        self._urgent = self._ladder.urgent
        self._policy = policy
        self._directory = directory
        self._times = step_times(self._ladder, tracked.due_at, policy)
        self._told_until = until = tracked.told_until
        self._unspent = [index for index, at in enumerate(self._times) if until is None or at > until]
        self._repeats: Repeats | None = None  # none is due before the last step
        self._told_officer = tracked.told_officer
        self.next_notice_at = tracked.next_notice_at
        self._open_at: datetime | None = None  # a moment that is known to be inside the ladder's window
        self._sure: dict[int, tuple[str, bool]] = {}  # who is told of a step on any day
        self._refused: frozenset[str] = frozenset()
        self._spent: set[tuple[Kind, str, int]] = set()
        self._to_redo: Sequence[Notice] = ()
        self._heard: set[str] = set()
        if case.told:
            self._remember([told for told in case.told if told.notice.generation == tracked.generation])

    def _remember(self, mine: Sequence[Told]) -> None:
        """Take in what was told before."""
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
        window = self._ladder.send_between
        if window is not None and now != self._open_at:
            opening = self._policy.calendar.next_opening(now, window)
            if opening > now:
                self.next_notice_at = opening
                return ()
        self._now = now
        new: list[int] = []
        ahead: list[int] = []
        for index in self._unspent:
            (new if self._times[index] <= now else ahead).append(index)
        notices = self._notices(new)
        self._told_until, self._unspent = now, ahead
        self.next_notice_at = at = self._following()
        if window is not None and at is not None:
            self.next_notice_at = opening = self._policy.calendar.next_opening(at, window)
            self._open_at = at if opening == at else None
        return notices

    def _following(self) -> datetime | None:
        """Return when the first step or repeat after now falls due, as `next_step` says it of any moment."""
        steps, times = self._ladder.steps, self._times
        for index in self._unspent:
            if times[index] > self._case.tracked.started_at or not steps[index].is_reminder:
                return times[index]
        return self._repeats_until_now().next_at

    def _repeats_until_now(self) -> Repeats:
        if self._repeats is None:
            self._repeats = Repeats(self._times[-1], self._ladder, self._policy, self._now)
        else:
            self._repeats.pass_until(self._now)
        return self._repeats

    def _notices(self, new: Sequence[int]) -> list[Notice]:
        now, times, steps, tracked = self._now, self._times, self._ladder.steps, self._case.tracked
        notices: list[Notice] = []
        overdue = tracked.due_at <= now
        if not overdue:
            notices += self._remind([index for index in new if times[index] > tracked.started_at])
        if self._to_redo:
            notices += self._replace_refused(overdue=overdue)
        if overdue and self._case.watched.officer != self._told_officer:
            notices += self._tell_new_officer(new)
        last = len(steps) - 1
        for index in new:
            if index != last and not steps[index].is_reminder:
                notices += self._tell(index)
        if times[last] <= now:
            notices += self._tell_last()
        return notices

    def _remind(self, reminders: Sequence[int]) -> Sequence[Notice]:
        if not reminders:
            return ()
        step = self._ladder.steps[reminders[-1]].name
        if (Kind.REMINDER, step, 0) in self._spent:
            return ()
        person, passed_up = self._resolve(reminders[-1])
        return (notice_of(self._case.tracked, Kind.REMINDER, step, person, self._urgent, 0, passed_up),)

    def _tell(self, index: int) -> Sequence[Notice]:
        step = self._ladder.steps[index]
        if (Kind.OVERDUE, step.name, 0) in self._spent:
            return ()
        person, passed_up = self._resolve(index)
        return () if person in self._heard else (self._overdue(step, 0, person, passed_up),)

    def _tell_last(self) -> Sequence[Notice]:
        """Tell whoever holds the last step, told before or not: of the step and its repeats only the latest."""
        repeats = self._repeats_until_now()
        last, told_until = len(self._times) - 1, self._told_until
        step, repeat = self._ladder.steps[last], repeats.latest
        if (told_until is not None and repeats.fell_due <= told_until) or (
            Kind.OVERDUE,
            step.name,
            repeat,
        ) in self._spent:
            return ()
        person, passed_up = self._resolve(last)
        return (self._overdue(step, repeat, person, passed_up),)

    def _tell_new_officer(self, new: Sequence[int]) -> Iterator[Notice]:
        """Tell an officer who was given the child after the officer's step: nobody else would."""
        officer, now, steps = self._case.watched.officer, self._now, self._ladder.steps
        for_officer = [
            index
            for index, at in enumerate(self._times)
            if at <= now and steps[index].to == OFFICER and not steps[index].is_reminder
        ]
        spent = [index for index in for_officer if index not in new]
        if spent:
            person = self._directory.present(officer, self._today(), refused=self._refused)
            if person is not None and person not in self._heard:
                yield self._overdue(steps[spent[0]], 0, person, False)
        if for_officer:
            self._told_officer = officer

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
            self._spent.add(_place(notice))  # nor told once more as a step that is new
            if notice.kind is Kind.OVERDUE:
                yield self._overdue(self._ladder.steps[index], notice.repeat, person, True)
            else:
                yield notice_of(self._case.tracked, notice.kind, notice.step, person, self._urgent, notice.repeat, True)
        self._to_redo = [notice for notice in self._to_redo if _place(notice) not in replaced]

    def _resolve(self, index: int) -> tuple[str, bool]:
        """Return who is told of a step, and whether it was passed up: past empty rungs, to the next that resolves."""
        sure = self._sure.get(index)
        if sure is not None:
            return sure
        watched, directory, steps = self._case.watched, self._directory, self._ladder.steps
        for higher in range(index, len(steps)):
            role = steps[higher].to
            address = watched.officer if role == OFFICER else directory.holder(role, watched.unit)
            if higher == index and directory.is_never_away(address) and address not in self._refused:
                self._sure[index] = (address, False)
                return address, False
            person = directory.present(address, self._today(), refused=self._refused)
            if person is not None:
                return person, higher > index
        return directory.fallback, True

    def _today(self) -> date:
        return self._policy.calendar.today(self._now)

    def _overdue(self, step: Step, repeat: int, person: str, passed_up: bool) -> Notice:
        self._heard.add(person)
        return notice_of(self._case.tracked, Kind.OVERDUE, step.name, person, self._urgent, repeat, passed_up)


def _place(notice: Notice) -> tuple[Kind, str, int]:
    """Return which step of a ladder, or which repeat of it, a notice tells."""
    return (notice.kind, notice.step, notice.repeat)


def notice_of(
    tracked: Tracked, kind: Kind, step: str, person: str, urgent: bool, repeat: int = 0, passed_up: bool = False
) -> Notice:
    """Return a notice to one person of one obligation, or of one closure."""
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
