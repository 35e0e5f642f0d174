"""What the store must change so that it holds what the records say is owed, and no more than they take back."""

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from riskwatch.core.account import CLOSING_RULE, Account, Obligation, UnhonouredClosure
from riskwatch.core.policy import Apply, Policy
from riskwatch.core.steps import first_notice_at
from riskwatch.core.tracking import Basis, Decision, Ending, Standing, Tracked


class Change(NamedTuple):
    """An obligation as it is to be kept, and why it changed."""

    decision: Decision
    tracked: Tracked


class Look(NamedTuple):
    """How a child was looked at: when, and in a full reading or not.

    `moved`: its unit or officer has changed. `anew`: the policy has changed, so every ladder is to be climbed again.
    """

    now: datetime
    full: bool
    moved: bool
    anew: bool = False


def reconcile(account: Account, kept: Iterable[Tracked], policy: Policy, look: Look) -> Sequence[Change]:
    """Return the obligations of one child that are to be inserted or replaced.

    What the fold no longer gives is doubted first, and withdrawn only when a second full reading, later, agrees: an
    extract may be caught half-loaded. What a rule asked for that the policy has taken out is withdrawn at once: no
    reading can bring it back, and until it ends nobody would be told of it. What follows again after it ended starts a
    new telling.
    """
    by_key = {tracked.key: tracked for tracked in kept}
    changes = [_owed(owed, by_key, policy, look) for owed in account.outstanding]
    if open_before := [tracked for tracked in by_key.values() if tracked.ended_at is None]:
        ends = {owed.key: owed for owed in account.ended}
        still = {owed.key for owed in account.outstanding} | {closure.key for closure in account.unhonoured}
        gone = [one for one in open_before if one.key not in still]
        changes += [_no_longer(one, ends.get(one.key), policy, look) for one in gone]
    if account.unhonoured:
        changes += closures_to_tell(account, by_key)
    return [change for change in changes if change.tracked != by_key.get(change.tracked.key)]


def doubt(tracked: Tracked, look: Look) -> Change:
    """Return an obligation that a reading no longer gives, doubted or, if doubted before, withdrawn."""
    if look.moved and tracked.is_overdue(look.now):
        tracked = tracked._replace(next_notice_at=look.now)  # it runs on while it is doubted: a new officer is told
    if tracked.doubted_at is None:
        return Change(Decision.DOUBTED, tracked._replace(doubted_at=look.now))
    if look.full and tracked.doubted_at < look.now:
        return _withdraw(tracked, look)
    return Change(Decision.DOUBTED, tracked)


def is_retired(tracked: Tracked, policy: Policy) -> bool:
    """Whether the policy no longer has the rule that asked for an obligation."""
    return tracked.basis is not Basis.CLOSING and tracked.rule not in policy.rule_by_name


def _withdraw(tracked: Tracked, look: Look) -> Change:
    withdrawn = tracked._replace(ended_at=look.now, ending=Ending.WITHDRAWN, next_notice_at=look.now)
    return Change(Decision.ENDED, withdrawn)


def _owed(owed: Obligation, kept: Mapping[str, Tracked], policy: Policy, look: Look) -> Change:
    tracked = kept.get(owed.key)
    if tracked is None:
        return Change(Decision.OWED, newly_owed(owed, policy))
    if tracked.ended_at is not None:
        return Change(
            Decision.REOPENED, newly_owed(owed, policy)._replace(owed_from=look.now, generation=tracked.generation + 1)
        )
    if tracked.doubted_at is not None:
        tracked = tracked._replace(doubted_at=None)
    # The same key is the same rule and start: only another policy, or another calendar, gives it another deadline.
    if owed.due_at < tracked.due_at and policy.apply is Apply.EARLIER:
        # An earlier deadline is told from its first step; what was told already keeps its key and is not told twice.
        look_at = first_notice_at(tracked.rule, tracked.started_at, owed.due_at, policy)
        earlier = tracked._replace(due_at=owed.due_at, told_until=None, next_notice_at=look_at)
        return Change(Decision.OWED, earlier)
    if look.anew or (look.moved and tracked.is_overdue(look.now)):
        tracked = tracked._replace(next_notice_at=look.now)
    return Change(Decision.OWED, tracked)


def newly_owed(owed: Obligation, policy: Policy) -> Tracked:
    """Return an obligation of which nobody has been told yet as it is to be kept."""
    rule, started_at, due_at = owed.rule.name, owed.started_at, owed.due_at
    look_at = first_notice_at(rule, started_at, due_at, policy)
    # By position, in the order of the fields: every obligation of every history is made here.
    return Tracked(owed.key, owed.child_ref, rule, started_at, owed.basis, due_at, owed.owed_from, 0, None, "", look_at)


def ended(tracked: Tracked, by: Obligation, now: datetime) -> Tracked:
    """Return a kept obligation with its end, of which those who were told are to hear now."""
    return tracked._replace(
        ended_at=by.ended_at or now,
        ending=by.ending,
        ended_by=by.ended_by,
        checked_at=by.checked_at,
        doubted_at=None,
        next_notice_at=now,
    )


def _no_longer(tracked: Tracked, owed: Obligation | None, policy: Policy, look: Look) -> Change:
    if owed is None:
        return _withdraw(tracked, look) if is_retired(tracked, policy) else doubt(tracked, look)
    return Change(Decision.ENDED, ended(tracked, owed, look.now))


def closures_to_tell(account: Account, kept: Container[str]) -> Sequence[Change]:
    """Return the closures to be told of, less those kept by their keys: each once, and only while it matters still."""
    matters = account.standing is Standing.WAITING or (account.standing is Standing.CLOSED and account.outstanding)
    latest = [closure for closure in account.unhonoured[-1:] if matters and closure.settled_at is None]
    return [Change(Decision.OWED, _closing(closure)) for closure in latest if closure.key not in kept]


def _closing(closure: UnhonouredClosure) -> Tracked:
    return Tracked(
        key=closure.key,
        child_ref=closure.child_ref,
        rule=CLOSING_RULE,
        started_at=closure.known_at,
        basis=Basis.CLOSING,
        due_at=closure.due_at,
        owed_from=closure.known_at,
        next_notice_at=closure.known_at,
    )
