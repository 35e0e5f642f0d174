"""Why something is owed, and how it stands, in words: what `explain` tells a person who asks."""

from collections.abc import Container
from datetime import datetime

from riskwatch.core.account import Obligation
from riskwatch.core.facts import Assessment, History
from riskwatch.core.policy import Policy, Start
from riskwatch.core.reconciling import is_retired
from riskwatch.core.spelling import spell
from riskwatch.core.timeline import check_known_at, dated
from riskwatch.core.tracking import Basis, Ending, Tracked
from riskwatch.entrypoints.console import wall_clock


def why(owed: Obligation, history: History, policy: Policy) -> str:
    """Return the sentence that says what started an obligation, and the interval that its rule gives."""
    rule = owed.rule
    if owed.basis is Basis.EVERY:
        interval = rule.every or rule.first
        return f"{_checks_at(owed, history, policy)}; the rule asks for the next within {interval}"
    if rule.start is Start.CHECKS:
        return f"{_checks_at(owed, history, policy)}; the rule asks for an answer within {rule.first}"
    started = [row for row in history.assessments if dated(row) == owed.started_at and _looks_at(owed, row, policy)]
    if not started:
        return f"the rule began to apply, by a lower tier or a new opening; it gives {rule.first}"
    named = " and ".join(sorted(_assessment(row, policy) for row in started))
    return f"assessed as {named}; the rule gives {rule.first}"


def counts(owed: Obligation, policy: Policy) -> list[str]:
    """Return the recorded events that would settle an obligation, in words."""
    return labels(owed.rule.satisfied_by, policy)


def labels(kinds: Container[str], policy: Policy) -> list[str]:
    """Return check kinds in the policy's words and order."""
    return [words for kind, words in policy.check_kinds.items() if kind in kinds]


def state(owed: Obligation | Tracked, history: History, policy: Policy, at: datetime) -> str:
    """Return how an obligation stands at a moment. Whatever ended it, in the history or the books, came before that."""
    if owed.ended_at is None:
        late = spell(at - owed.due_at)
        if owed.due_at <= at:
            return f"overdue by {late}" if late else "overdue now"
        return f"due in {spell(owed.due_at - at) or 'less than a minute'}"
    known = wall_clock(owed.ended_at, policy.calendar)
    match owed.ending:
        case Ending.DISCHARGED:
            return _discharged(owed, history, policy)
        case Ending.AUTHORISED:
            return f"ended by an authorised closure, known {known}"
        case Ending.CLOSED:
            return f"ended by the closure of the record, known {known}"
        case Ending.RELAXED:
            return f"ended by a lower tier soon after a visit, known {known}"
        case Ending.WITHDRAWN if isinstance(owed, Tracked) and is_retired(owed, policy):
            return "withdrawn: the policy no longer has the rule"
        case Ending.WITHDRAWN:
            return "withdrawn: the records no longer ask for it"
        case _:
            return f"ended, known {known}"


def label(kind: str, policy: Policy) -> str:
    """Return a check kind in the policy's words, or itself where the policy does not know it."""
    return policy.check_kinds.get(kind, f"{kind or 'a blank kind'} (unknown to the policy: it satisfies nothing)")


def tier_in_words(tier: str, policy: Policy) -> str:
    """Return a tier word, with what it runs as where the policy does not know it."""
    if tier in policy.rank_of:
        return tier
    return f"{tier or 'a blank tier'} (unknown to the policy: it runs as {policy.unknown_tier_runs_as})"


def _discharged(owed: Obligation | Tracked, history: History, policy: Policy) -> str:
    check = next((check for check in history.checks if check.check_id == owed.ended_by), None)
    if check is None or owed.ended_at is None:
        return "met"
    words = f"met: {label(check.kind, policy)} {wall_clock(check.checked_at, policy.calendar)} ({check.check_id})"
    if late := spell(check.checked_at - owed.due_at):
        words += f", {late} late"
    if after := spell(check_known_at(check) - check.checked_at):
        words += f", recorded {after} after it"
    return words


def _checks_at(owed: Obligation, history: History, policy: Policy) -> str:
    """Return the checks of the moment at which an obligation starts."""
    kinds = owed.rule.satisfied_by if owed.basis is Basis.EVERY else owed.rule.start_kinds
    found = sorted(
        f"{label(check.kind, policy)} ({check.check_id})"
        for check in history.checks
        if check.checked_at == owed.started_at and check.kind in kinds
    )
    return " and ".join(found) or "a check that is no longer recorded"


def _looks_at(owed: Obligation, row: Assessment, policy: Policy) -> bool:
    concerns, known = owed.rule.concerns, policy.concerns
    applies = not concerns or row.concern in concerns or (known is not None and row.concern not in known)
    tier = row.tier if row.tier in policy.rank_of else policy.unknown_tier_runs_as
    return applies and tier not in policy.no_further_action and (not owed.rule.tiers or tier in owed.rule.tiers)


def _assessment(row: Assessment, policy: Policy) -> str:
    return f"{tier_in_words(row.tier, policy)}, {row.concern} ({row.assessment_id})"
