"""What a letter says of a notice: the facts behind it, gathered for whoever words it."""

from datetime import datetime

from riskwatch.core.escalation import next_step
from riskwatch.core.notices import Kind, Line, Notice
from riskwatch.core.policy import Policy
from riskwatch.core.tracking import Basis, Tracked, Watched


def line(notice: Notice, tracked: Tracked, watched: Watched, policy: Policy, now: datetime) -> Line:
    """Return the line of a notice as things stand at `now`."""
    rule = policy.rule_by_name.get(tracked.rule)
    if tracked.basis is Basis.CLOSING:
        kinds, why = (
            policy.closing.authorised_by,
            "a record is closed only when what was owed is done, or with authority",
        )
    elif rule is not None:
        kinds, why = rule.satisfied_by, rule.basis
    else:
        kinds, why = frozenset(), ""
    pending = notice.kind in (Kind.REMINDER, Kind.OVERDUE) and rule is not None
    following = next_step(tracked, policy, now) if pending else None
    return Line(
        notice=notice,
        tier=watched.tier,
        unit=watched.unit,
        officer=watched.officer,
        started_at=tracked.started_at,
        counts=tuple(label for kind, label in policy.check_kinds.items() if kind in kinds),
        why=why,
        next_role=following.role if following else "",
        next_at=following.at if following else None,
        checked_at=tracked.checked_at,
        ended_at=tracked.ended_at if notice.kind is Kind.CLEARED else None,
        ending=str(tracked.ending) if notice.kind is Kind.CLEARED and tracked.ending else "",
    )
