"""Times in which a child was not checked, and the backstop that they are held against."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from riskwatch.core.account import Account, Obligation
from riskwatch.core.durations import Duration, rough_seconds
from riskwatch.core.facts import Check
from riskwatch.core.policy import Policy, Rule, Start
from riskwatch.core.timeline import Moment
from riskwatch.core.tracking import Ending

_SURELY_SHORT = 0.8
"""A time shorter than this share of a roughly reckoned interval, less the days below, is within it in any calendar."""
_HOLIDAYS = timedelta(days=14)


class Begun(StrEnum):
    """What a time unchecked counts from."""

    RISK = "risk"  # the start of the risk, or of what asks for the child to be checked
    CHECK = "check"  # the check before


class Closed(StrEnum):
    """How a time unchecked came to its end."""

    CHECKED = "checked"
    OPEN = "open"  # the child was still unchecked when the period ended
    LIFTED = "lifted"  # nothing was owed any longer: authority, a closure that is honoured, a lowering


class Unchecked(NamedTuple):
    """A time in which a child at risk was not checked. `over` is by how much it exceeds the backstop, or nothing."""

    length: timedelta
    child_ref: str
    since: datetime
    until: datetime
    begun: Begun
    closed: Closed
    over: timedelta


class Measure(NamedTuple):
    """What times unchecked are measured by: the rules that say while they run, and the checks that cut them.

    `backstop` is the rule they are held against, None where the policy has none; then `rules` are all that are started
    by assessments.
    """

    backstop: Rule | None
    rules: frozenset[str]
    kinds: frozenset[str]


def backstop_of(policy: Policy) -> Rule | None:
    """Return the last net of a policy: of the rules that cover every tier and every concern the one that waits longest.

    It is started by assessments, not by what is recorded; the longest is that with the longest `first`, of equals the
    first in the file. None where no rule covers every tier.
    """
    tiers = frozenset(policy.tiers)
    whole = [
        rule
        for rule in policy.rules
        if rule.start is not Start.CHECKS and not rule.concerns and (not rule.tiers or rule.tiers >= tiers)
    ]
    return max(whole, key=lambda rule: rough_seconds(rule.first), default=None)


def measure_of(policy: Policy) -> Measure:
    """Return what times unchecked are measured by under a policy."""
    backstop = backstop_of(policy)
    if backstop is not None:
        return Measure(backstop, frozenset({backstop.name}), backstop.satisfied_by)
    rules = [rule for rule in policy.rules if rule.start is not Start.CHECKS]
    kinds = frozenset(kind for rule in rules for kind in rule.satisfied_by)
    return Measure(None, frozenset(rule.name for rule in rules), kinds)


def unchecked(
    account: Account, moments: Sequence[Moment], measure: Measure, policy: Policy, end: datetime
) -> Iterator[Unchecked]:
    """Yield the times in which a child was not checked, from its first record on, in order, until `end` at the latest.

    The fold says while a child is to be checked: from the start of the first obligation of the measuring rules until
    nothing of theirs is owed. Checks of a kind that satisfies them cut that time at the moment at which they were made,
    whenever they were recorded; those known by `end` count.
    """
    owed = [one for one in (*account.ended, *account.outstanding) if one.rule.name in measure.rules]
    visits = sorted({check.checked_at for check in _checks(moments) if check.kind in measure.kinds})
    for start, stop, last in _stretches(owed):
        since, begun = start, Begun.RISK
        until = end if stop is None else stop
        for visit in visits:
            if start < visit <= until:
                yield _one(account.child_ref, since, visit, begun, Closed.CHECKED, measure, policy)
                since, begun = visit, Begun.CHECK
        if stop is None:
            yield _one(account.child_ref, since, end, begun, Closed.OPEN, measure, policy)
        elif last is not Ending.DISCHARGED and since < stop:  # else the check cut it, and was only recorded later
            yield _one(account.child_ref, since, stop, begun, Closed.LIFTED, measure, policy)


def _checks(moments: Iterable[Moment]) -> Iterator[Check]:
    return (check for moment in moments for check in moment.checks)


def _stretches(owed: Iterable[Obligation]) -> Iterator[tuple[datetime, datetime | None, Ending | None]]:
    """Yield from when until when something is owed without a break, and what ended it last; None: nothing has."""
    start: datetime | None = None
    stop: datetime | None = None
    last: Ending | None = None
    for one in sorted(owed, key=lambda one: one.started_at):
        if start is not None and stop is not None and one.started_at > stop:
            yield start, stop, last
            start = None
        if start is None:
            start, stop, last = one.started_at, one.ended_at, one.ending
        elif stop is not None and (one.ended_at is None or one.ended_at >= stop):
            stop, last = one.ended_at, one.ending
    if start is not None:
        yield start, stop, last


def _one(
    child_ref: str, since: datetime, until: datetime, begun: Begun, closed: Closed, measure: Measure, policy: Policy
) -> Unchecked:
    length, over = until - since, timedelta(0)
    rule = measure.backstop
    if rule is not None:
        interval = rule.first if begun is Begun.RISK else rule.every or rule.first
        if length > _surely_within(interval):
            over = max(over, until - policy.calendar.add(since, interval))
    return Unchecked(length, child_ref, since, until, begun, closed, over)


def _surely_within(interval: Duration) -> timedelta:
    return timedelta(seconds=rough_seconds(interval)) * _SURELY_SHORT - _HOLIDAYS
