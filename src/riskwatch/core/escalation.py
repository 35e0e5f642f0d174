"""Who is told what, now: of one obligation, while it is owed and when it is over, or of one closure."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from riskwatch.core.climb import Case, Climb, notice_of
from riskwatch.core.directory import Directory
from riskwatch.core.notices import Fate, Kind, Notice, Told
from riskwatch.core.policy import OFFICER, Policy
from riskwatch.core.tracking import Basis, Ending, Tracked

CLEARED_STEP = "cleared"
CLOSED_UNCHECKED_STEP = "closed_unchecked"
_UNSENT = frozenset({Fate.HELD, Fate.PENDING})
_ARRIVED = frozenset({Fate.SENDING, Fate.SENT})


class Telling(NamedTuple):
    """What is to be told now, which unsent notices are to be struck out, and the obligation as it stands afterwards."""

    tracked: Tracked
    notices: Sequence[Notice]
    struck: Sequence[Told] = ()


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


def _clear(case: Case, policy: Policy, directory: Directory, now: datetime) -> Telling:
    """Tell everyone who was told that it is over; what has not left yet is struck out instead."""
    tracked = case.tracked
    mine = [told for told in case.told if told.notice.generation == tracked.generation]
    if not mine:
        return Telling(tracked._replace(next_notice_at=None), ())
    struck = tuple([told for told in mine if told.fate in _UNSENT and told.notice.kind is not Kind.CLEARED])
    today = policy.calendar.local(now).date()
    rule = policy.rule_by_name.get(tracked.rule)
    urgent = rule is not None and policy.ladders[rule.ladder].urgent
    heard = {told.notice.person for told in mine if told.notice.kind is Kind.OVERDUE and told.fate in _ARRIVED}
    notices = tuple(
        notice_of(tracked, Kind.CLEARED, CLEARED_STEP, person, urgent)
        for person in sorted(heard)
        if directory.is_never_away(person)
        or person == directory.fallback
        or (directory.is_allowed(person) and not directory.has_left(person, today))
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
    notice = notice_of(tracked, Kind.CLOSED_UNCHECKED, CLOSED_UNCHECKED_STEP, person, True, 0, passed_up)
    done = tracked._replace(next_notice_at=None, ended_at=tracked.ended_at or now, ending=Ending.TOLD)
    return Telling(done, (notice,))
