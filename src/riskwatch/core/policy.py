"""The rules that a force signs off: who must be seen, how soon, and who hears when nobody was."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from functools import cached_property

from riskwatch.core.calendar import Calendar
from riskwatch.core.durations import Duration

OFFICER = "officer"
"""The role of the child's own officer; every other role belongs to the child's unit."""


class Apply(StrEnum):
    """What a new policy does to the deadlines of obligations that are running when it comes into force.

    EARLIER: each keeps the deadline that it was given, unless the new one is earlier. FROM_NOW: each keeps the deadline
    that it was given, whatever the new one is; what was never owed before follows the new policy.
    """

    EARLIER = "earlier"
    FROM_NOW = "from-now"


class Start(StrEnum):
    """What starts a rule's clock."""

    ENTRY = "entry"
    ASSESSMENT = "assessment"
    CHECKS = "checks"


@dataclass(frozen=True, slots=True)
class Rule:
    """One interval in which a child must be seen (or another event recorded), and the ladder that tells of its breach.

    `tiers` and `concerns` are empty where the rule names none, which means all. `start_kinds` is filled where `start`
    is CHECKS. `basis` is the source of the interval, for the person who signs the policy.
    """

    name: str
    first: Duration
    satisfied_by: frozenset[str]
    ladder: str
    tiers: frozenset[str] = frozenset()
    concerns: frozenset[str] = frozenset()
    start: Start = Start.ENTRY
    start_kinds: frozenset[str] = frozenset()
    every: Duration | None = None
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One rung: who (`to`, a role) is told `after` the deadline; a negative `after` is a reminder before it."""

    name: str
    after: Duration
    to: str

    @property
    def is_reminder(self) -> bool:
        """Whether the step falls before the deadline."""
        return self.after.amount < 0


@dataclass(frozen=True, slots=True)
class Ladder:
    """Steps in order of time; the last one repeats until the obligation is cleared.

    `send_between` are local wall-clock times, the end excluded; None marks an urgent ladder, which tells at any hour.
    """

    name: str
    steps: tuple[Step, ...]
    repeat_every: Duration | None
    send_between: tuple[time, time] | None = None

    @property
    def urgent(self) -> bool:
        """Whether the ladder tells at any hour and is exempt from a recipient's cap."""
        return self.send_between is None


@dataclass(frozen=True, slots=True)
class Closing:
    """When a closed record ends what is owed."""

    authorised_by: frozenset[str] = frozenset()
    authority_needed_for: frozenset[str] = frozenset()
    tell: tuple[str, ...] = ("supervisor", "manager", "head")


@dataclass(frozen=True)
class Policy:
    """A whole policy, checked: every tier, kind, role and ladder that a rule names exists.

    `concerns` is None where the policy has no word list. `valid_from` is the moment from which it may be in force, None
    where it says nothing; `retires` are rules of the policy before it that it takes out on purpose. From `baseline` on,
    what had its whole ladder behind it by then is told again at one time: see repeats.
    """

    version: str
    calendar: Calendar
    tiers: tuple[str, ...]
    unknown_tier_runs_as: str
    check_kinds: Mapping[str, str]
    rules: tuple[Rule, ...]
    ladders: Mapping[str, Ladder]
    nation: str = "england-and-wales"
    no_further_action: frozenset[str] = frozenset()
    recent_check: Duration | None = None
    concerns: frozenset[str] | None = None
    closing: Closing = field(default_factory=Closing)
    valid_from: datetime | None = None
    approved_by: str = ""
    apply: Apply = Apply.EARLIER
    retires: frozenset[str] = frozenset()
    baseline: datetime | None = None

    @cached_property
    def rule_by_name(self) -> Mapping[str, Rule]:
        """The rules by name."""
        return {rule.name: rule for rule in self.rules}

    @cached_property
    def rank_of(self) -> Mapping[str, int]:
        """The rank of each known tier word, lowest 0; a word that ends the risk ranks below all as -1."""
        return {tier: rank for rank, tier in enumerate(self.tiers)} | dict.fromkeys(self.no_further_action, -1)

    @cached_property
    def unknown_rank(self) -> int:
        """The rank at which an unknown or blank tier runs."""
        return self.tiers.index(self.unknown_tier_runs_as)

    def ladder_of(self, rule_name: str) -> Ladder:
        """Return the ladder of a rule."""
        return self.ladders[self.rule_by_name[rule_name].ladder]
