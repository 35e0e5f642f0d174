"""Why a notice was passed up: whom it should have told, and what stood in the way."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import dropwhile

from riskwatch.core.directory import Directory
from riskwatch.core.notices import Fate, Kind, Notice, Passing, Told
from riskwatch.core.policy import OFFICER, Policy
from riskwatch.core.tracking import Watched


def passing(
    notice: Notice, watched: Watched, told: Sequence[Told], policy: Policy, directory: Directory, today: date
) -> Passing:
    """Return what stood between the notice and the step that it tells, as roles resolve on the local date `today`.

    `told` is all that was ever told of the same obligation or closure.
    """
    refused = {one.notice.person for one in told if _is_refused(one, notice)}
    past: list[str] = []
    unusable: list[str] = []
    is_vacant = False
    for role in _roles(notice, policy):
        address = watched.officer if role == OFFICER else directory.holder(role, watched.unit)
        if directory.present(address, today, refused=refused) is not None:
            break
        person = directory.present(address, today)
        if person is None:
            if directory.is_unusable(address, today):
                unusable.append(role)
            else:
                is_vacant = True
        elif person not in past:
            past.append(person)
    return Passing(tuple(past), is_vacant or not (past or unusable), unusable=tuple(dict.fromkeys(unusable)))


def refusals(notice: Notice, told: Sequence[Told]) -> Mapping[str, str]:
    """Return, for each person who was refused for good, the id of the letter of which the mail server said so last."""
    return {
        one.notice.person: one.letter_id
        for one in sorted(told, key=lambda one: one.decided_at)
        if _is_refused(one, notice)
    }


def _is_refused(one: Told, notice: Notice) -> bool:
    return one.fate is Fate.REFUSED and one.notice.generation == notice.generation


def _roles(notice: Notice, policy: Policy) -> Sequence[str]:
    """Return the roles that are asked in turn for the notice's step; none where the policy has it no more."""
    if notice.kind is Kind.CLOSED_UNCHECKED:
        return policy.closing.tell
    if notice.rule not in policy.rule_by_name:
        return ()
    steps = policy.ladder_of(notice.rule).steps
    return [step.to for step in dropwhile(lambda step: step.name != notice.step, steps)]
