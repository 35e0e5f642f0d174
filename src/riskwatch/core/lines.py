"""What a letter says of a notice: the facts behind it, gathered for whoever words it."""

from collections.abc import Sequence
from datetime import datetime

from riskwatch.core.escalation import next_step
from riskwatch.core.notices import Fate, Kind, Line, Notice, Told
from riskwatch.core.policy import Policy
from riskwatch.core.tracking import Basis, Tracked, Watched

TOLD = 8
"""How many tellings a line lists: the first half and the latest; between them it says how many more there were."""


def line(
    notice: Notice, tracked: Tracked, watched: Watched, policy: Policy, now: datetime, told: Sequence[Told] = ()
) -> Line:
    """Return the line of a notice as things stand at `now`; `told` is all that was ever told of the same obligation."""
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
    before = () if notice.kind is Kind.CLEARED or not told else told_before(notice, told)
    beside = max(0, len(before) - TOLD)
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
        told=(*before[: TOLD // 2], *before[-TOLD // 2 :]) if beside else before,
        told_beside=beside,
    )


def told_before(notice: Notice, told: Sequence[Told]) -> Sequence[Told]:
    """Return who was told of the obligation beside this notice, oldest first: the ladder so far.

    What was struck out before it left told nobody. Of the repeats of a step to one person only the latest stands: its
    number says how many there were.
    """
    latest: dict[tuple[Kind, str, str], Told] = {}
    for one in sorted(told, key=lambda one: (one.decided_at, one.notice.repeat)):
        other = one.notice
        if other.generation == notice.generation and one.fate is not Fate.STRUCK and other.key != notice.key:
            place = (other.kind, other.step, other.person)
            latest.pop(place, None)  # a repeat stands where it was told, not where the step was
            latest[place] = one
    return tuple(latest.values())
