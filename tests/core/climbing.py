"""One climb of a ladder, in words: what is told of a child who was not seen.

The obligation started on Monday 6 February 2023 at 09:00 and was due on Tuesday at 09:00.
"""

from collections.abc import Sequence
from typing import Any

from riskwatch.core.climb import Case
from riskwatch.core.directory import Directory
from riskwatch.core.escalation import Telling, escalate
from riskwatch.core.notices import Notice, Told
from riskwatch.core.policy import Policy
from riskwatch.core.tracking import Tracked, Watched
from tests.builders import PC, at, directory, local, tracked, watched
from tests.example_policy import POLICY

DUE = "2023-02-07 09:00"


def tell(
    now: str,
    *,
    of: Tracked | None = None,
    child: Watched | None = None,
    heard: Sequence[Told] = (),
    people: Directory | None = None,
    under: Policy = POLICY,
) -> Telling:
    """Climb the ladder of a high-risk child of York who was not seen, at a moment."""
    return escalate(Case(of or tracked(), child or watched(), heard), under, people or directory(), at(now))


def said(telling: Telling) -> Sequence[str]:
    """Return what is told, in words: "overdue supervisor 0 ds.york", with "^" where it was passed up."""
    return [in_words(notice) for notice in telling.notices]


def in_words(notice: Notice) -> str:
    """Return a notice in words."""
    mark = " ^" if notice.passed_up else ""
    return f"{notice.kind} {notice.step} {notice.repeat} {notice.person.removesuffix('@north.police.uk')}{mark}"


def spent(until: str, **changes: Any) -> Tracked:
    """The obligation, told up to a moment of it by its officer."""
    return tracked(told_until=at(until), told_officer=PC)._replace(**changes)


def next_at(telling: Telling) -> str:
    """Return when to look at the obligation again."""
    moment = telling.tracked.next_notice_at
    return "never" if moment is None else local(moment)
