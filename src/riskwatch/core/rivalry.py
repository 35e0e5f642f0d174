"""Two policies over the same child: what each would have owed and told."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from enum import IntFlag
from typing import NamedTuple

from riskwatch.core.course import Course, course, moments_before
from riskwatch.core.facts import History
from riskwatch.core.mandate import Mandate
from riskwatch.core.notices import Told
from riskwatch.core.policy import Policy
from riskwatch.core.timeline import Moment


class Side(IntFlag):
    """Under which policy something is so: that in force, the new one, or both."""

    OLD = 1
    NEW = 2
    BOTH = 3


class Courses(NamedTuple):
    """The course of one child under each policy. The lists of `told` are those of one side alone, and of both."""

    child_ref: str
    moments: Sequence[Moment]
    old: Course
    new: Course
    told: Sequence[tuple[Side, Sequence[Told]]]


class Rivals:
    """The policy in force and a new one, with the same directory; each as if it had been in force all along."""

    def __init__(self, old: Mandate, new: Mandate) -> None:
        self.old = old
        self.new = new
        self._same = _rules_in_common(old.policy, new.policy)
        others = tuple(rule for rule in new.policy.rules if rule.name not in self._same)
        self._others = Mandate.of(replace(new.policy, rules=others), new.directory)

    def over(self, history: History, until: datetime) -> Courses:
        """Return the courses of a child until a time, which is excluded.

        Rules meet only in closing a record. Where no closing date ever stood, a rule that both policies have runs the
        same course under both, and is not run twice.
        """
        ref = history.child.child_ref
        moments = moments_before(history, until)
        old = course(history, moments, self.old, until)
        if history.closures or not self._same:
            new = course(history, moments, self.new, until)
            return Courses(ref, moments, old, new, ((Side.OLD, old.told), (Side.NEW, new.told)))
        own = course(history, moments, self._others, until)
        same = self._same
        shared = [told for told in old.told if told.notice.rule in same]
        left = [told for told in old.told if told.notice.rule not in same]
        new = Course((*(life for life in old.lives if life.rule in same), *own.lives), (*shared, *own.told))
        return Courses(ref, moments, old, new, ((Side.BOTH, shared), (Side.OLD, left), (Side.NEW, own.told)))


def _rules_in_common(old: Policy, new: Policy) -> frozenset[str]:
    """Return the rules that ask the same of every child under both policies, and tell the same people."""
    if _frame(old) != _frame(new):
        return frozenset()
    return frozenset(
        rule.name
        for rule in new.rules
        if rule == old.rule_by_name.get(rule.name) and old.ladder_of(rule.name) == new.ladder_of(rule.name)
    )


def _frame(policy: Policy) -> Policy:
    """Return a policy without its rules, ladders and papers: what every rule rests on."""
    return replace(
        policy,
        version="",
        rules=(),
        ladders={},
        check_kinds=dict.fromkeys(policy.check_kinds, ""),
        valid_from=None,
        approved_by="",
        retires=frozenset(),
    )
