"""The invented children of the demo, dated around now."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from riskwatch.core.facts import Assessment, Check, Child, History

SEEN_LATER = "D-1003"
"""The child that is seen while the demo runs."""
_DOMAIN = "example.police.uk"


def demo_children(now: datetime) -> Sequence[History]:
    """Return children: some fine, some due soon, some overdue, and one in each trouble that riskwatch knows."""
    return [
        _child("D-1001", now, "harbour", "chris.lowe", "high", timedelta(days=2), seen=timedelta(days=1, hours=8)),
        _child("D-1002", now, "moorside", "dana.reyes", "medium", timedelta(days=2, hours=22)),
        _child(SEEN_LATER, now, "harbour", "chris.lowe", "very_high", timedelta(hours=26)),
        _child("D-1004", now, "harbour", "", "high", timedelta(hours=54)),
        _child("D-1005", now, "moorside", "jo.fenwick", "high", timedelta(hours=23)),
        _child("D-1006", now, "harbour", "dana.reyes", "", timedelta(hours=25)),
        _child("D-1007", now, "moorside", "dana.reyes", "high", timedelta(days=43)),
        _closed_after_a_phone_call("D-1008", now),
        _child("D-1009", now, "harbour", "chris.lowe", "standard", timedelta(days=40), seen=timedelta(days=39)),
    ]


def _child(
    ref: str, now: datetime, unit: str, officer: str, tier: str, assessed: timedelta, seen: timedelta | None = None
) -> History:
    """`assessed` and `seen` are how long ago; `seen` None: nobody has seen the child."""
    address = f"{officer}@{_DOMAIN}" if officer else ""
    at = now - assessed
    checks = [] if seen is None else [Check(f"{ref}-K", ref, "seen", now - seen, now - seen)]
    return History(Child(ref, unit, address), [Assessment(f"{ref}-A", ref, "neglect", tier, at, at)], checks)


def _closed_after_a_phone_call(ref: str, now: datetime) -> History:
    history = _child(ref, now, "moorside", "dana.reyes", "high", timedelta(hours=6))
    call, closed = now - timedelta(hours=3), now - timedelta(hours=2)
    child = history.child._replace(closed_at=closed, closed_recorded_at=closed)
    return history._replace(child=child, checks=[Check(f"{ref}-K", ref, "phone_call", call, call)])
