"""Who hears next of an obligation, and when, if nothing is recorded: the ladder climbed ahead of time."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from riskwatch.core.climb import Case, Climb
from riskwatch.core.directory import Directory
from riskwatch.core.notices import Fate, Notice
from riskwatch.core.policy import Policy
from riskwatch.core.steps import next_step, opening_for

_UNTOLD = frozenset({Fate.STRUCK, Fate.REFUSED})


class Outlook(NamedTuple):
    """The next telling: the role that its step names, the person, when, and whether that person was told before."""

    role: str
    person: str
    at: datetime
    passed_up: bool
    again: bool


def outlook(case: Case, policy: Policy, directory: Directory, now: datetime) -> Outlook | None:
    """Return who is told next of an outstanding obligation, as posts and absences stand; None: nobody ever.

    What fell due until `now` counts as told. A step whose person has heard already tells nobody, and is passed over;
    what falls due while the ladder's window is shut is told when it opens.
    """
    tracked = case.tracked._replace(told_until=now, told_officer=case.watched.officer)
    ladder = policy.ladder_of(tracked.rule)
    following = next_step(tracked, policy, now)
    at = following and opening_for(following.at, ladder, policy)
    climb = Climb(case._replace(tracked=tracked), policy, directory)
    # Each moment spends a step, and the last step always tells.
    for moment, notices in islice(_moments(climb, at), len(ladder.steps)):
        if notices:
            told = notices[-1]
            roles = {step.name: step.to for step in ladder.steps}
            heard = {one.notice.person for one in case.told if one.fate not in _UNTOLD}
            return Outlook(roles[told.step], told.person, moment, told.passed_up, told.person in heard)
    return None


def _moments(climb: Climb, at: datetime | None) -> Iterator[tuple[datetime, Sequence[Notice]]]:
    """Yield each moment at which the ladder is to be looked at, and what is told then."""
    while at is not None:
        yield at, climb.tell(at)
        at = climb.next_notice_at
