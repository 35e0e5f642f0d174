"""What is owed to one child at a time: the result of the fold."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from riskwatch.core.facts import Check
from riskwatch.core.policy import Policy, Rule
from riskwatch.core.tracking import Basis, Ending, Standing

CLOSING_RULE = "closing"
"""The rule that a notice of a closure not honoured names."""


class Obligation:
    """A satisfying check at or after `started_at` must be recorded by `due_at`.

    `owed_from` is the moment at which it became known that this is owed; `occurrence` counts earlier obligations of the
    same rule, start and basis. `ended_at` is the moment at which its end became known, None while it is outstanding;
    `checked_at` and `ended_by` are those of the check that discharged it.
    """

    __slots__ = (
        "_due_at",
        "_key",
        "_policy",
        "basis",
        "checked_at",
        "child_ref",
        "ended_at",
        "ended_by",
        "ending",
        "occurrence",
        "owed_from",
        "rule",
        "started_at",
    )

    def __init__(
        self, policy: Policy, child_ref: str, rule: Rule, started_at: datetime, basis: Basis, owed_from: datetime
    ) -> None:
        self._policy = policy
        self._due_at: datetime | None = None
        self._key = ""
        self.child_ref = child_ref
        self.rule = rule
        self.started_at = started_at
        self.basis = basis
        self.owed_from = owed_from
        self.occurrence = 0
        self.ended_at: datetime | None = None
        self.ending: Ending | None = None
        self.ended_by = ""
        self.checked_at: datetime | None = None

    @property
    def due_at(self) -> datetime:
        """The deadline. Reckoned when it is asked for: most obligations of a history were met long ago."""
        if self._due_at is None:
            interval = self.rule.every if self.basis is Basis.EVERY else self.rule.first
            # An `every` starts only for a rule that has one; were it not so, the first interval is the stricter.
            self._due_at = self._policy.calendar.add(self.started_at, interval or self.rule.first)
        return self._due_at

    @property
    def key(self) -> str:
        """The identity under which it is stored and told; `occurrence` does not change once it has been asked for."""
        if not self._key:
            again = f"|{self.occurrence}" if self.occurrence else ""
            started_at = self.started_at.isoformat()[:19]
            self._key = f"{self.child_ref}|{self.rule.name}|{started_at}Z|{self.basis.value}{again}"
        return self._key

    def end(self, ending: Ending, at: datetime, check: Check | None = None) -> None:
        """Record that the end became known."""
        self.ending, self.ended_at = ending, at
        if check is not None:
            self.ended_by, self.checked_at = check.check_id, check.checked_at


class UnhonouredClosure(NamedTuple):
    """A closure that ends nothing: for want of authority, or while something is outstanding.

    `due_at` is the earliest outstanding deadline then, or `known_at` where nothing was outstanding; `settled_at` when
    authority settled it, None while it has not.
    """

    child_ref: str
    known_at: datetime
    due_at: datetime
    authority_needed: bool
    settled_at: datetime | None = None

    @property
    def key(self) -> str:
        """The identity under which it is told."""
        return f"{self.child_ref}|{CLOSING_RULE}|{self.known_at.isoformat()[:19]}Z"


class Account(NamedTuple):
    """What is owed to one child at a time.

    `tier` is the highest in force, blank where none is. `next_known_at` is when a record of the future becomes known.
    """

    child_ref: str
    standing: Standing
    tier: str
    outstanding: Sequence[Obligation]
    ended: Sequence[Obligation]
    unhonoured: Sequence[UnhonouredClosure]
    next_known_at: datetime | None


def review_deadline(obligations: Iterable[Obligation]) -> datetime | None:
    """Return the earliest outstanding deadline, or None where nothing is owed.

    The earliest, not the next one ahead: a missed deadline stays the child's deadline until a check discharges it.
    """
    return min((owed.due_at for owed in obligations if owed.ended_at is None), default=None)
