"""The tier in force: what a child's known assessments say of the risk at a time."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from riskwatch.core.policy import Policy

NO_RISK = -1
"""The rank of a child, or of a concern, without any risk in force."""
_ABOVE_ALL = 1 << 30


def rank_of(tier: str, policy: Policy) -> int:
    """Return the rank of a tier word; an unknown or blank one ranks as the policy says that unknown tiers run."""
    return policy.rank_of.get(tier, policy.unknown_rank)


class News(NamedTuple):
    """What an assessment that has just become known says: the concern, the rank of its tier, and its date."""

    concern: str
    rank: int
    date: datetime


class Risk:
    """The known assessments of one child since it was opened, by concern."""

    def __init__(self) -> None:
        self._by_concern: dict[str, list[tuple[datetime, int]]] = {}
        self._highest: dict[Scope, int] = {}
        self.highest_ever = NO_RISK
        """The highest rank since the child was opened, whatever its date."""

    def learn(self, news: Iterable[News]) -> None:
        """Take assessments into account."""
        self._highest.clear()
        for concern, rank, date in news:
            # At one date the highest rank sorts last, and so is the one that counts.
            insort(self._by_concern.setdefault(concern, []), (date, rank))
            self.highest_ever = max(self.highest_ever, rank)

    def highest(self, scope: "Scope") -> int:
        """Return the highest rank in force now among the concerns that a scope looks at."""
        highest = self._highest.get(scope)
        if highest is None:
            ranks = [ranked[-1][1] for concern, ranked in self._by_concern.items() if scope.looks_at(concern)]
            highest = self._highest[scope] = max(ranks, default=NO_RISK)
        return highest

    def highest_at(self, scope: "Scope", at: datetime) -> int:
        """Return the highest rank in force at a time among the concerns that a scope looks at."""
        highest = NO_RISK
        for concern, ranked in self._by_concern.items():
            if scope.looks_at(concern):
                index = bisect_right(ranked, (at, _ABOVE_ALL))
                if index:
                    highest = max(highest, ranked[index - 1][1])
        return highest

    def before(self, concern: str, at: datetime) -> int | None:
        """Return the rank of the concern's latest assessment dated before a time, or None where there is none."""
        ranked = self._by_concern.get(concern, [])
        index = bisect_left(ranked, (at, NO_RISK))
        return ranked[index - 1][1] if index else None


class Scope:
    """Which concerns a rule looks at: those it names, or all; and always those outside the policy's word list."""

    def __init__(self, named: frozenset[str], word_list: frozenset[str] | None) -> None:
        self._named = named
        self._word_list = word_list
        self._known: dict[str, bool] = {}

    def looks_at(self, concern: str) -> bool:
        """Whether an assessment of the concern counts for the rule."""
        known = self._known.get(concern)
        if known is None:
            unlisted = self._word_list is not None and concern not in self._word_list
            known = not self._named or concern in self._named or unlisted
            if len(self._known) < 1000:  # concerns come from outside: a bound on what they may make us keep
                self._known[concern] = known
        return known


EVERY_CONCERN = Scope(frozenset(), None)


def scopes_of(policy: Policy) -> Mapping[frozenset[str], Scope]:
    """Return one scope for each set of concerns that the policy's rules name."""
    return {rule.concerns: Scope(rule.concerns, policy.concerns) for rule in policy.rules}
