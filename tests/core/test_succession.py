"""When a policy takes the place of the one before it, and what it does to what is running."""

from collections.abc import Mapping
from typing import Any

import pytest

from riskwatch.core.policy import Apply
from riskwatch.core.reconciling import Change, Look, reconcile
from riskwatch.core.succession import Effects, Hold, deadlines_kept, effects_of, held_back, listed
from riskwatch.core.tracking import Basis, Decision, Ending
from tests.builders import account, assessed, at, checked, ended, history, tracked
from tests.example_policy import SEEN_HIGH, policy, rule

NOW = "2023-02-06 12:00"
LONGER, SHORTER = rule(first="48 hours"), rule(first="12 hours")
KEPT = tracked(rule(), next_notice_at=at("2023-02-06 21:00"))
HIGH = history(assessed())


@pytest.mark.parametrize(
    ("changes", "running", "expected"),
    [
        pytest.param({}, {"seen-high": 3, "closing": 1}, None, id="nothing stands in its way"),
        pytest.param({"valid_from": at(NOW)}, {}, None, id="its moment has come"),
        pytest.param(
            {"valid_from": at("2023-02-07")},
            {},
            Hold("policy test-1 is valid from Tue 7 Feb 2023, 00:00", at("2023-02-07")),
            id="its moment is yet to come",
        ),
        pytest.param(
            {"valid_from": at("2023-02-07")},
            {"old": 2, "older": 1, "oldest": 0},
            Hold(
                "rules are gone under which obligations are running: old (2 obligations), older (1 obligation); keep "
                "them, or name them in `retires`"
            ),
            id="a rule is gone: said at once",
        ),
        pytest.param({"retires": frozenset({"old"})}, {"old": 2}, None, id="a rule is taken out on purpose"),
    ],
)
def test_what_holds_a_policy_back(changes: dict[str, Any], running: Mapping[str, int], expected: Hold | None) -> None:
    """Its moment, or a rule that is lost by a slip of the pen."""
    assert expected == held_back(policy(SEEN_HIGH, version="test-1", **changes), at(NOW), running)


def test_a_long_list_is_cut() -> None:
    """Ten names, and how many more there are."""
    assert "a, b" == listed(["a", "b"])
    assert listed([str(number) for number in range(12)]).endswith("8, 9 and 2 more")


@pytest.mark.parametrize(
    ("new", "apply", "due"),
    [
        pytest.param(LONGER, Apply.EARLIER, KEPT.due_at, id="later: the deadline that was given stands"),
        pytest.param(SHORTER, Apply.EARLIER, at("2023-02-06 21:00"), id="earlier: it is taken"),
        pytest.param(LONGER, Apply.FROM_NOW, KEPT.due_at, id="later, from now: it stands"),
        pytest.param(SHORTER, Apply.FROM_NOW, KEPT.due_at, id="earlier, from now: it stands, too"),
    ],
)
def test_running_deadlines(new: Any, apply: Apply, due: object) -> None:
    """No new policy gives what is running more time; with "from-now" it takes none, either."""
    changed = policy(new, apply=apply)
    owed = account(HIGH, NOW, changed)
    changes = reconcile(owed, [KEPT], changed, Look(at(NOW), full=True, moved=False, anew=True))
    assert [due] == [change.tracked.due_at for change in changes]
    assert [at(NOW)] == [
        c.tracked.next_notice_at for c in changes if c.tracked.due_at == KEPT.due_at
    ] or due != KEPT.due_at
    effects = effects_of(changes, [KEPT], changed)
    assert Effects(earlier=int(due != KEPT.due_at)) == effects
    assert int(due == KEPT.due_at) == deadlines_kept(owed, [KEPT], changed)


def test_what_never_ran_follows_the_new_policy() -> None:
    """With "from-now" too: a new rule counts from the assessment that starts it."""
    changed = policy(rule("seen-again", first="12 hours"), apply=Apply.FROM_NOW, retires=frozenset({"seen-high"}))
    owed = account(HIGH, NOW, changed)
    changes = reconcile(owed, [KEPT], changed, Look(at(NOW), full=False, moved=False, anew=True))
    new, old = changes
    assert (Decision.OWED, "seen-again", at("2023-02-06 21:00")) == (new.decision, new.tracked.rule, new.tracked.due_at)
    assert (Decision.ENDED, Ending.WITHDRAWN, at(NOW)) == (old.decision, old.tracked.ending, old.tracked.ended_at)
    assert at(NOW) == old.tracked.next_notice_at
    assert Effects(owed=1, retired=1) == effects_of(changes, [KEPT], changed)
    assert 0 == deadlines_kept(owed, [KEPT], changed)


def test_what_is_no_longer_asked_for_is_doubted_first() -> None:
    """A rule that no longer applies to the child is not a rule that is gone: two readings agree before it ends."""
    changed = policy(rule(tiers=["very_high"]))
    changes = reconcile(account(HIGH, NOW, changed), [KEPT], changed, Look(at(NOW), full=True, moved=False, anew=True))
    assert [(Decision.DOUBTED, None)] == [(change.decision, change.tracked.ending) for change in changes]
    assert Effects(doubted=1) == effects_of(changes, [KEPT], changed)


def test_every_other_effect_is_counted() -> None:
    """What ends by the records, what follows again, and what is no obligation."""
    seen = history(assessed(), checked("seen", "2023-02-06 10:00"))
    under = policy(rule())
    look = Look(at(NOW), full=True, moved=False, anew=True)
    assert Effects(ended=1) == effects_of(reconcile(account(seen, NOW, under), [KEPT], under, look), [KEPT], under)
    over = ended(KEPT, "2023-02-06 10:00")
    assert Effects(reopened=1) == effects_of(reconcile(account(HIGH, NOW, under), [over], under, look), [over], under)
    closing = Change(Decision.OWED, KEPT._replace(basis=Basis.CLOSING, rule="closing"))
    assert Effects() == effects_of([closing], [], under)
    assert Effects(earlier=3, ended=1) == Effects(earlier=1).plus(Effects(earlier=2, ended=1))
