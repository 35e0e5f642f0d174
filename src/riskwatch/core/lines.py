"""What a letter says of a notice: the facts behind it, gathered for whoever words it."""

from collections.abc import Sequence
from datetime import datetime

from riskwatch.core.climb import Case
from riskwatch.core.mandate import Mandate
from riskwatch.core.notices import Fate, Kind, Line, Notice, Told
from riskwatch.core.outlook import outlook
from riskwatch.core.tracking import Basis, Ending, Tracked, Watched

TOLD = 8
"""How many tellings a line lists: the first half and the latest; between them it says how many more there were."""


def line(
    notice: Notice, tracked: Tracked, watched: Watched, mandate: Mandate, now: datetime, told: Sequence[Told] = ()
) -> Line:
    """Return the line of a notice as things stand at `now`; `told` is all that was ever told of the same obligation."""
    policy = mandate.policy
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
    following = None
    if pending:
        with_this = [Told(notice, now, Fate.PENDING), *told]
        following = outlook(Case(tracked, watched, with_this), policy, mandate.directory, now)
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
        next_person=following.person if following else "",
        next_again=following is not None and following.again,
        next_passed_up=following is not None and following.passed_up,
        checked_at=tracked.checked_at,
        ended_at=tracked.ended_at if notice.kind is Kind.CLEARED else None,
        ending=_ending(tracked, has_rule=rule is not None) if notice.kind is Kind.CLEARED else "",
        told=(*before[: TOLD // 2], *before[-TOLD // 2 :]) if beside else before,
        told_beside=beside,
    )


def _ending(tracked: Tracked, *, has_rule: bool) -> str:
    """Return what ended an obligation; "retired" where it was withdrawn because the policy no longer has its rule."""
    if tracked.ending is Ending.WITHDRAWN and tracked.basis is not Basis.CLOSING and not has_rule:
        return "retired"
    return str(tracked.ending) if tracked.ending else ""


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
