"""The course of one child: all that would have been owed and told from its first record on, moment by moment.

The daemon's stages look at many children at one moment; this looks at one child at each moment that matters to it, and
asks the same functions: the fold, how what it gives is kept, and the climb of each ladder.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from riskwatch.core.account import Obligation
from riskwatch.core.climb import Case, Climb
from riskwatch.core.escalation import escalate
from riskwatch.core.facts import History
from riskwatch.core.mandate import Mandate
from riskwatch.core.notices import Fate, Told
from riskwatch.core.obligations import ChildFold
from riskwatch.core.reconciling import closures_to_tell, ended, newly_owed
from riskwatch.core.timeline import Moment, timeline
from riskwatch.core.tracking import Tracked, Watched


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


class _Life:
    """An obligation or a closure on its way, what was told of it, and when to look at it again."""

    __slots__ = ("climb", "kept", "next_notice_at", "told")

    def __init__(self, tracked: Tracked) -> None:
        self.kept = tracked
        self.climb: Climb | None = None
        self.next_notice_at = tracked.next_notice_at
        self.told: list[Told] = []

    @property
    def tracked(self) -> Tracked:
        """It as it stands."""
        return self.kept if self.climb is None else self.climb.tracked


class _Way:
    """A child on its way through time, and the books that are kept of it."""

    def __init__(self, history: History, mandate: Mandate) -> None:
        child = history.child
        self._mandate = mandate
        self._fold = ChildFold(child.child_ref, mandate.rulebook)
        self._watched = Watched(child.child_ref, child.unit, child.officer, "", self._fold.standing, "")
        self._live: dict[Obligation, _Life] = {}
        self._ended = 0  # how many obligations have been seen to end
        self._done: list[_Life] = []
        self._closures: dict[str, _Life] = {}  # each is told of once, at once

    def learn(self, moment: Moment) -> None:
        """Take in what became known, and keep what follows. What has ended is told to those who were told of it.

        Nothing is looked up by its key, as `reconcile` must: the fold's own obligations say which is which.
        """
        fold, live, policy, now = self._fold, self._live, self._mandate.policy, moment.at
        fold.feed(moment)
        for owed in fold.begun:
            if owed.ended_at is None:
                live[owed] = _Life(newly_owed(owed, policy))
        for owed in fold.ended[self._ended :]:
            life = live.pop(owed, None)  # what began and ended at one moment was never kept
            if life is not None:
                life.kept, life.climb = ended(life.tracked, owed, now), None
                if life.told:
                    self._tell_at_once(life, now)
                self._done.append(life)
        self._ended = len(fold.ended)
        if fold.unhonoured:
            for _, closure in closures_to_tell(fold.account(None), self._closures):
                self._closures[closure.key] = life = _Life(closure)
                self._tell_at_once(life, now)

    def _tell_at_once(self, life: _Life, now: datetime) -> None:
        """Tell that it is over, or of a closure: once, and no more."""
        telling = escalate(
            Case(life.kept, self._watched, life.told), self._mandate.policy, self._mandate.directory, now
        )
        life.told += [Told(notice, now, Fate.SENT) for notice in telling.notices]
        life.kept = telling.tracked

    def tell(self, start: datetime, end: datetime) -> None:
        """Tell whatever falls due from a moment on and before another, each at its own time; what was due before it
        became known is told at the first.

        No obligation minds what is told of another: each is followed to the end by itself.
        """
        for life in self._live.values():
            at = life.next_notice_at
            if at is not None and at < end:
                self._climb(life, start, end)

    def _climb(self, life: _Life, start: datetime, end: datetime) -> None:
        climb = life.climb
        if climb is None:
            case = Case(life.kept, self._watched, life.told)
            climb = life.climb = Climb(case, self._mandate.policy, self._mandate.directory)
        told = life.told
        while (at := climb.next_notice_at) is not None and at < end:
            now = at if at > start else start
            for notice in climb.tell(now):
                told.append(Told(notice, now, Fate.SENT))
        life.next_notice_at = at

    def course(self) -> Course:
        """Return what has become of the child."""
        lives = (*self._done, *self._closures.values(), *self._live.values())
        return Course([life.tracked for life in lives], [one for life in lives for one in life.told])
