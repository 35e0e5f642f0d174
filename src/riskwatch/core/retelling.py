"""What should have been told by now: the ladder climbed anew from the deadline, whatever the books say of how far."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from riskwatch.core.climb import Case
from riskwatch.core.directory import Directory
from riskwatch.core.escalation import escalate
from riskwatch.core.mandate import Mandate
from riskwatch.core.notices import Fate, Kind, Notice
from riskwatch.core.policy import OFFICER, Ladder, Step
from riskwatch.core.repeats import repeat_at
from riskwatch.core.steps import next_step, opening_for
from riskwatch.core.tracking import Basis, Ending


class View(NamedTuple):
    """From where the auditor looks: the mandate, the moment, and how long the stages may take for anything.

    `since` is the moment from which the auditor knows the mandate to have been as it is; None: as long as it knows. Who
    should have been told before then cannot be reckoned from the directory of today.
    """

    mandate: Mandate
    now: datetime
    grace_from: datetime
    since: datetime | None = None


def untold(case: Case, view: View) -> Sequence[Notice]:
    """Return what was due well before now and was never told, of an open obligation or of one that has ended."""
    if case.tracked.basis is Basis.CLOSING:
        return _closure_untold(case, view)
    if case.tracked.ended_at is not None:
        return _end_untold(case, view)
    ladder = view.mandate.policy.ladder_of(case.tracked.rule)
    shut = any(opening_for(at, ladder, view.mandate.policy) > at for at in (view.grace_from, view.now))
    # One that became known within the grace may be told yet; one whose window is shut waits for the next opening.
    if shut or case.tracked.owed_from > view.grace_from:
        return []
    by_key = {
        notice.key: notice for notice in (*_by_the_ladder(case, ladder, view), *_by_the_books(case, ladder, view))
    }
    return list(by_key.values())


def latest_look(case: Case, view: View) -> datetime | None:
    """Return the latest moment at which an open obligation may next be looked at; None where its ladder has ended."""
    policy = view.mandate.policy
    following = next_step(case.tracked, policy, view.now)
    return following and opening_for(following.at, policy.ladder_of(case.tracked.rule), policy)


def _by_the_ladder(case: Case, ladder: Ladder, view: View) -> Sequence[Notice]:
    """Return the steps that nobody was told of, whatever the books say of how far it was told."""
    generation = case.tracked.generation
    tried = [told.notice for told in case.told if told.notice.generation == generation]
    afresh = case._replace(tracked=case.tracked._replace(told_until=None))
    telling = escalate(afresh, view.mandate.policy, view.mandate.directory, view.grace_from)
    steps = {step.name: index for index, step in enumerate(ladder.steps)}
    return [
        notice
        for notice in telling.notices
        if not _is_told(notice, tried, steps, view)
        and not _is_before(_fell_due(notice, ladder.steps[steps[notice.step]], ladder, view), view.since)
        and not _answered_for(notice, ladder, case, view.mandate.directory)
    ]


def _is_told(notice: Notice, tried: Iterable[Notice], steps: Mapping[str, int], view: View) -> bool:
    """Whether a step was told, or need not be any more: what comes late is told by the latest reminder or repeat."""
    if _is_too_late(notice, view):
        return True
    reminds = notice.kind is Kind.REMINDER
    for one in tried:
        if one.kind is not notice.kind:
            continue
        if (reminds and steps.get(one.step, -1) >= steps[notice.step]) or (
            one.step == notice.step and one.repeat >= notice.repeat
        ):
            return True
    return False


def _is_too_late(notice: Notice, view: View) -> bool:
    """Whether a reminder's deadline has come: it is dropped then."""
    return notice.kind is Kind.REMINDER and notice.due_at <= view.now


def _by_the_books(case: Case, ladder: Ladder, view: View) -> Sequence[Notice]:
    """Return what the next sweep would tell by its own books, although nothing is to wake it: a new officer, say."""
    tracked = case.tracked
    just_due = tracked.next_notice_at is not None and view.grace_from <= tracked.next_notice_at <= view.now
    if just_due or tracked.told_until is None or _is_before(tracked.told_until, view.since):
        return []
    known = {told.notice.key for told in case.told}
    telling = escalate(case, view.mandate.policy, view.mandate.directory, view.grace_from)
    # A step that fell due was judged by the ladder: what is left are new officers, and what was refused.
    refused = {told.notice.step for told in case.told if told.fate is Fate.REFUSED}
    anew = case.watched.officer != tracked.told_officer
    return [
        notice
        for notice in telling.notices
        if notice.key not in known
        and (anew or notice.step in refused)
        and not _is_too_late(notice, view)
        and not (notice.passed_up and _has_reached(notice, ladder, case, view.mandate.directory))
    ]


def _answered_for(notice: Notice, ladder: Ladder, case: Case, directory: Directory) -> bool:
    """Whether somebody told at an earlier step may have been the person of this one, when it fell due.

    Whoever was told already is not told again by a later step, and no record is kept of that. Who it was depends on the
    absences and posts of that day: only a person who can never have stood for the step does not excuse its silence.
    """
    index = [step.name for step in ladder.steps].index(notice.step)
    earlier = {step.name for step in ladder.steps[:index]}
    heard = [told.notice for told in case.told if told.fate is not Fate.STRUCK and told.notice.step in earlier]
    return _may_be_among(heard, notice, ladder.steps[index:], case, directory)


def _has_reached(notice: Notice, ladder: Ladder, case: Case, directory: Directory) -> bool:
    """Whether what was refused may have been passed up, on its day, to somebody who had heard of it already."""
    index = [step.name for step in ladder.steps].index(notice.step)
    heard = [told.notice for told in case.told if told.fate not in (Fate.STRUCK, Fate.REFUSED)]
    return _may_be_among(heard, notice, ladder.steps[index:], case, directory)


def _may_be_among(
    heard: Iterable[Notice], notice: Notice, steps: Sequence[Step], case: Case, directory: Directory
) -> bool:
    """Whether one of those who heard may have stood for these steps; the last step is told to whoever it is."""
    if notice.kind is not Kind.OVERDUE or len(steps) == 1:
        return False
    roles = {step.to for step in steps}
    may_stand = _may_stand_for(roles, directory)
    return any(
        one.kind is Kind.OVERDUE
        and one.generation == case.tracked.generation
        and (one.passed_up or OFFICER in roles or one.person in may_stand)
        for one in heard
    )


def _may_stand_for(roles: Iterable[str], directory: Directory) -> set[str]:
    """Return everyone who holds one of these roles in any unit, or covers for anybody."""
    units = (*directory.units.values(), directory.default_unit)
    holders = {unit.get(role, "") for unit in units for role in roles}
    return holders | {absence.cover for absence in directory.absences} - {""}


def _fell_due(notice: Notice, step: Step, ladder: Ladder, view: View) -> datetime:
    policy = view.mandate.policy
    return repeat_at(policy.calendar.add(notice.due_at, step.after), notice.repeat, ladder, policy)


def _is_before(at: datetime, since: datetime | None) -> bool:
    return since is not None and at < since


def _end_untold(case: Case, view: View) -> Sequence[Notice]:
    """Return the clearing notices that nobody is going to send any more."""
    tracked = case.tracked
    ended_at = tracked.ended_at
    if ended_at is None or _is_before(ended_at, view.since):
        return []
    if tracked.next_notice_at is not None and tracked.next_notice_at >= view.grace_from:
        return []
    known = {told.notice.key for told in case.told}
    telling = escalate(case, view.mandate.policy, view.mandate.directory, view.now)
    return [notice for notice in telling.notices if notice.key not in known]


def _closure_untold(case: Case, view: View) -> Sequence[Notice]:
    """Return the notice of a closure that is not honoured, where there is none."""
    tracked = case.tracked
    waits = tracked.ended_at is None and tracked.next_notice_at is not None
    if waits and tracked.next_notice_at is not None and tracked.next_notice_at >= view.grace_from:
        return []
    withdrawn = tracked.ending is Ending.WITHDRAWN or tracked.doubted_at is not None
    if withdrawn or any(told.notice.kind is Kind.CLOSED_UNCHECKED for told in case.told):
        return []
    return escalate(case, view.mandate.policy, view.mandate.directory, view.now).notices
