"""The course of one child: all that would have been owed and told from its first record on, moment by moment.

The daemon's stages look at many children at one moment; this looks at one child at each moment that matters to it, and
asks the same functions: the fold, what it changes in the books, and the climb of each ladder.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from riskwatch.core.escalation import Case, Climb, escalate
from riskwatch.core.facts import History
from riskwatch.core.mandate import Mandate
from riskwatch.core.notices import Fate, Told
from riskwatch.core.obligations import ChildFold
from riskwatch.core.reconciling import Look, reconcile
from riskwatch.core.timeline import Moment, timeline
from riskwatch.core.tracking import Basis, Tracked, Watched


class Course(NamedTuple):
    """What became of a child before a time.

    `lives` are the obligations and the closures that were not honoured, as they stood then; `told` are the notices,
    those of one obligation in order of time, each with the moment at which it would have left as `decided_at`.
    """

    lives: Sequence[Tracked]
    told: Sequence[Told]


def moments_before(history: History, until: datetime) -> Sequence[Moment]:
    """Return what became known of a child before a time, which is excluded."""
    moments = timeline(history, until).moments
    return moments[:-1] if moments and moments[-1].at == until else moments


def course(history: History, moments: Sequence[Moment], mandate: Mandate, until: datetime) -> Course:
    """Return the course of a child under a mandate until a time, which is excluded.

    `moments` are those of `moments_before`, which are the same under every mandate. Every letter arrives at once; the
    child's unit and officer are those of the history all along.
    """
    way = _Way(history, mandate)
    ends = (*(moment.at for moment in moments[1:]), until)
    for moment, end in zip(moments, ends, strict=False):  # without any moment there is one end too many
        way.learn(moment)
        way.tell(moment.at, end)
    return way.course()


class _Way:
    """A child on its way through time, and the books that are kept of it."""

    def __init__(self, history: History, mandate: Mandate) -> None:
        child = history.child
        self._mandate = mandate
        self._fold = ChildFold(child.child_ref, mandate.rulebook)
        self._watched = Watched(child.child_ref, child.unit, child.officer, "", self._fold.standing, "")
        self._live: dict[str, Tracked] = {}
        self._climbs: dict[str, Climb] = {}
        self._done: list[Tracked] = []
        self._closures: list[Tracked] = []  # told of; a closure that stands is not told of again
        self._ended = 0  # how many obligations have been seen to end
        self._told: dict[str, list[Told]] = {}

    def learn(self, moment: Moment) -> None:
        """Take in what became known, and keep what follows. What has ended was reconciled when it ended."""
        self._fold.feed(moment)
        account = self._fold.account(None)
        fresh = account._replace(ended=account.ended[self._ended :])
        self._ended = len(account.ended)
        look = Look(moment.at, full=False, moved=False)
        kept = (*self._live.values(), *self._closures) if self._closures else self._live.values()
        for _, tracked in reconcile(fresh, kept, self._mandate.policy, look):
            self._live[tracked.key] = tracked
            self._climbs.pop(tracked.key, None)

    def tell(self, start: datetime, end: datetime) -> None:
        """Tell whatever falls due from a moment on and before another, each at its own time; what was due before it
        became known is told at the first.

        No obligation minds what is told of another: each is followed to the end by itself.
        """
        for tracked in list(self._live.values()):
            at = tracked.next_notice_at
            if at is not None and at < end:
                if tracked.ended_at is None and tracked.basis is not Basis.CLOSING:
                    self._climb(tracked, start, end)
                else:
                    self._finish(tracked, start)

    def _climb(self, tracked: Tracked, start: datetime, end: datetime) -> None:
        key = tracked.key
        told = self._told.setdefault(key, [])
        climb = self._climbs.get(key)
        if climb is None:
            case = Case(tracked, self._watched, told)
            climb = self._climbs[key] = Climb(case, self._mandate.policy, self._mandate.directory)
        while (at := climb.next_notice_at) is not None and at < end:
            now = max(at, start)
            for notice in climb.tell(now):
                told.append(Told(notice, now, Fate.SENT))
        self._live[key] = climb.tracked

    def _finish(self, tracked: Tracked, at: datetime) -> None:
        """Tell that it is over, or of a closure: once, and no more."""
        told = self._told.setdefault(tracked.key, [])
        telling = escalate(Case(tracked, self._watched, told), self._mandate.policy, self._mandate.directory, at)
        told += [Told(notice, at, Fate.SENT) for notice in telling.notices]
        del self._live[tracked.key]
        (self._closures if tracked.basis is Basis.CLOSING else self._done).append(telling.tracked)

    def course(self) -> Course:
        """Return what has become of the child."""
        lives = (*self._done, *self._closures, *self._live.values())
        return Course(lives, [one for told in self._told.values() for one in told])
