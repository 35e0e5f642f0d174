"""When a policy takes the place of the one before it, and what it changes for what is running."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from riskwatch.core.account import CLOSING_RULE, Account
from riskwatch.core.policy import Apply, Policy
from riskwatch.core.reconciling import Change
from riskwatch.core.spelling import counted, wall_clock
from riskwatch.core.tracking import Basis, Decision, Tracked

NAMED = 10
"""Names that a sentence lists; how many more there are is said."""


class Hold(NamedTuple):
    """Why a policy is not taken up, though its file is in order. `until` None: until somebody changes the file."""

    reason: str
    until: datetime | None = None


def held_back(policy: Policy, now: datetime, running: Mapping[str, int]) -> Hold | None:
    """Return why a policy may not take the place of the one in force yet, or None where it may.

    `running` counts the outstanding obligations by rule. A rule under which something is running is taken out only by a
    policy that names it in `retires`: nothing that is owed ends by a slip of the pen.
    """
    gone = {
        rule: number
        for rule, number in sorted(running.items())
        if number and rule != CLOSING_RULE and rule not in policy.rule_by_name and rule not in policy.retires
    }
    if gone:
        rules = listed([f"{rule} ({counted(number, 'obligation')})" for rule, number in gone.items()])
        text = f"rules are gone under which obligations are running: {rules}; keep them, or name them in `retires`"
        return Hold(text)
    if policy.valid_from is not None and now < policy.valid_from:
        start = wall_clock(policy.valid_from, policy.calendar.timezone)
        return Hold(f"policy {policy.version} is valid from {start}", policy.valid_from)
    return None


def listed(names: Sequence[str]) -> str:
    """Return names in a row, at most NAMED of them, and how many more there are."""
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


class Effects(NamedTuple):
    """What a new policy did to what was running, by the number of obligations."""

    earlier: int = 0  # took an earlier deadline
    kept: int = 0  # kept the deadline that it was given, although the new policy would give another
    owed: int = 0  # never owed before
    reopened: int = 0  # had ended, and is owed again
    doubted: int = 0  # no longer asked for: ends if a second full reading agrees
    retired: int = 0  # ended, because its rule was taken out
    ended: int = 0  # ended otherwise

    def plus(self, other: "Effects") -> "Effects":
        """Return the sums."""
        return Effects(*(one + two for one, two in zip(self, other, strict=True)))


def effects_of(changes: Sequence[Change], kept: Sequence[Tracked], policy: Policy) -> Effects:
    """Return what these changes of one child did to what was kept of it."""
    before = {tracked.key: tracked for tracked in kept}
    effects = Effects()
    for decision, tracked in changes:
        old = before.get(tracked.key)
        if tracked.basis is Basis.CLOSING:
            continue
        if decision is Decision.OWED:
            is_earlier = old is not None and tracked.due_at < old.due_at
            effects = effects._replace(owed=effects.owed + (old is None), earlier=effects.earlier + is_earlier)
        elif decision is Decision.REOPENED:
            effects = effects._replace(reopened=effects.reopened + 1)
        elif decision is Decision.DOUBTED:
            effects = effects._replace(doubted=effects.doubted + 1)
        elif tracked.rule not in policy.rule_by_name:
            effects = effects._replace(retired=effects.retired + 1)
        else:
            effects = effects._replace(ended=effects.ended + 1)
    return effects


def deadlines_kept(account: Account, kept: Sequence[Tracked], policy: Policy) -> int:
    """Return how many running obligations of a child keep a deadline that the policy would not give them."""
    given = {tracked.key: tracked.due_at for tracked in kept if tracked.ended_at is None}
    any_other = policy.apply is Apply.FROM_NOW
    return sum(
        owed.key in given and (owed.due_at > given[owed.key] or (any_other and owed.due_at < given[owed.key]))
        for owed in account.outstanding
    )
