"""Comparison: children's histories under two policies, counted one after another."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

import structlog

from riskwatch.core.comparing import Comparison, Span, Tally
from riskwatch.core.escalation import CLEARED_STEP, CLOSED_UNCHECKED_STEP
from riskwatch.core.facts import History
from riskwatch.core.policy import Policy
from riskwatch.core.rivalry import Courses, Rivals, Side

_DAY_S = 86_400

log = structlog.get_logger()


class Postbox(Protocol):
    """Keeps who would have been told when, until letters are counted."""

    def post(self, address: str, notices: Iterable[tuple[int, int]], side: Side) -> None:
        """Keep one recipient's notices: of each the second since the start of the span, and the number of the step."""
        ...


class Comparer:
    """Runs children through both policies."""

    def __init__(self, rivals: Rivals, span: Span, postbox: Postbox) -> None:
        self._rivals = rivals
        self._span = span
        self._postbox = postbox
        self._steps = {name: number for number, name in enumerate(steps_of(rivals.old.policy, rivals.new.policy))}

    def compare(self, histories: Iterable[History]) -> Tally:
        """Return what is different of these children. One that cannot be reckoned is counted, and stops no other."""
        comparison = Comparison(self._rivals, self._span)
        for history in histories:
            try:
                courses = self._rivals.over(history, self._span.end)
            except Exception as error:
                log.exception("child-set-aside", child_ref=history.child.child_ref, error=type(error).__name__)
                comparison.tally.fail(history.child.child_ref)
                continue
            comparison.add(courses)
            self._post(courses, self._span.start)
        return comparison.tally

    def _post(self, courses: Courses, start: datetime) -> None:
        steps = self._steps
        for side, told in courses.told:
            by_person: dict[str, list[tuple[int, int]]] = {}
            for one in told:
                if one.decided_at >= start:
                    notice, since = one.notice, one.decided_at - start
                    second = since.days * _DAY_S + since.seconds
                    by_person.setdefault(notice.person, []).append((second, steps[notice.step]))
            for person, notices in by_person.items():
                self._postbox.post(person, notices, side)


def steps_of(*policies: Policy) -> list[str]:
    """Return the names of all steps of some policies, and those of what is told when it is over."""
    names = {step.name for policy in policies for ladder in policy.ladders.values() for step in ladder.steps}
    return sorted(names | {CLEARED_STEP, CLOSED_UNCHECKED_STEP})
