"""What holds of every history under every policy."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from riskwatch.core.account import Account, Obligation
from riskwatch.core.calendar import LATEST
from riskwatch.core.climb import Case
from riskwatch.core.escalation import escalate
from riskwatch.core.facts import Assessment, History
from riskwatch.core.obligations import ChildFold, Rulebook, fold
from riskwatch.core.policy import Policy
from riskwatch.core.reconciling import Look, reconcile
from riskwatch.core.timeline import assessment_known_at, check_known_at, timeline
from riskwatch.core.tracking import Basis, Ending, Standing
from tests.builders import assessed, at, checked, directory, history, watched
from tests.core.strategies import KIND_WORDS, START, assessments, grid, histories, known, policies, wild
from tests.effort import examples
from tests.example_policy import SEEN, SEEN_HIGH, SEEN_MEDIUM, SEEN_STANDARD, SEEN_VERY_HIGH, policy

AFTER_ALL = START + timedelta(days=250)
"""Later than every time of the grid."""
NO_AUTHORITY = tuple(kind for kind in KIND_WORDS if kind != "closure_authorised")
thorough = settings(
    deadline=None, max_examples=examples(40), suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


class State(NamedTuple):
    """An account as plain values, for comparison."""

    standing: Standing
    tier: str
    outstanding: frozenset[tuple[object, ...]]
    ended: frozenset[tuple[object, ...]]
    unhonoured: frozenset[object]


def state(account: Account) -> State:
    """Return all of an account but when the next record becomes known."""
    return State(
        account.standing,
        account.tier,
        frozenset(map(values, account.outstanding)),
        frozenset(map(values, account.ended)),
        frozenset(account.unhonoured),
    )


def values(owed: Obligation) -> tuple[object, ...]:
    """Return all that an obligation says."""
    return (owed.key, owed.due_at, owed.owed_from, owed.ended_at, owed.ending, owed.ended_by, owed.checked_at)


def keys(owed: Iterable[Obligation]) -> set[str]:
    """Return the keys of obligations."""
    return {one.key for one in owed}


def may_end(owed: Obligation, at: datetime, history: History, policy: Policy) -> bool:
    """Whether the rows that became known when an obligation ended could end it, told from the rows alone."""
    checks = [row for row in history.checks if check_known_at(row) == at]
    authority = [check_known_at(row) for row in history.checks if row.kind in policy.closing.authorised_by]
    match owed.ending:
        case Ending.DISCHARGED:
            return any(
                row.check_id == owed.ended_by
                and row.kind in owed.rule.satisfied_by
                and row.checked_at >= owed.started_at
                for row in checks
            )
        case Ending.AUTHORISED:
            return at in authority and any(row.known_at <= at for row in history.closures)
        case Ending.CLOSED:
            closed = any(row.known_at == at for row in history.closures)
            in_debt = owed.basis is Basis.FIRST or owed.due_at <= at
            return closed and (not in_debt or any(known_at <= at for known_at in authority))
        case Ending.RELAXED:
            within = policy.recent_check
            lowered = any(assessment_known_at(row) == at for row in history.assessments)
            recent = within is not None and policy.calendar.add(owed.started_at, within) >= at
            return lowered and recent and owed.basis is Basis.EVERY and owed.due_at > at
    return False


@thorough
@given(histories(), policies())
def test_only_a_check_authority_a_closure_or_a_lowering_after_a_visit_ends_what_is_owed(
    history: History, policy: Policy
) -> None:
    """A record that becomes known later ends an obligation only if it is one of the four that may."""
    ended = fold(history, Rulebook(policy), AFTER_ALL).ended
    assert [owed.key for owed in ended if not may_end(owed, owed.ended_at or LATEST, history, policy)] == []


@thorough
@given(histories(), policies(), grid, assessments(identity="paper"))
def test_paperwork_buys_no_time(history: History, policy: Policy, now: datetime, paper: Assessment) -> None:
    """An assessment that becomes known last moves no outstanding deadline, and ends none but by a recent visit."""
    paper = paper._replace(recorded_at=now + timedelta(minutes=1))
    before = fold(history, Rulebook(policy), now)
    after = fold(
        known(history, now)._replace(assessments=[*known(history, now).assessments, paper]), Rulebook(policy), AFTER_ALL
    )
    relaxed = keys(owed for owed in after.ended if owed.ending is Ending.RELAXED)
    due = {owed.key: owed.due_at for owed in after.outstanding}
    expected = {owed.key: owed.due_at for owed in before.outstanding if owed.key not in relaxed}
    assert {key: due.get(key) for key in expected} == expected


@thorough
@given(histories(kinds=NO_AUTHORITY), policies(), grid, st.timedeltas(timedelta(), timedelta(days=36_500)))
def test_a_missed_deadline_stays_overdue(history: History, policy: Policy, missed: datetime, later: timedelta) -> None:
    """Whatever paperwork follows and however long it takes, what is overdue stays so until a check or authority."""
    overdue = {o.key for o in fold(history, Rulebook(policy), missed).outstanding if o.due_at <= missed}
    paperwork = history._replace(checks=known(history, missed).checks)
    still = fold(paperwork, Rulebook(policy), missed + later).outstanding
    assert overdue - keys(still) == set()


@thorough
@given(histories(), policies(), grid, st.data())
def test_the_order_of_rows_means_nothing(history: History, policy: Policy, now: datetime, data: st.DataObject) -> None:
    """Rows may be read in any order."""
    shuffled = history._replace(
        assessments=data.draw(st.permutations(history.assessments)),
        checks=data.draw(st.permutations(history.checks)),
        closures=data.draw(st.permutations(history.closures)),
    )
    assert state(fold(shuffled, Rulebook(policy), now)) == state(fold(history, Rulebook(policy), now))


@thorough
@given(histories(), histories(child_ref="C2"), policies())
def test_one_child_never_changes_another(one: History, other: History, policy: Policy) -> None:
    """Two children fed turn by turn under one rulebook stand as each would alone."""
    rulebook = Rulebook(policy)
    folds = {"C1": ChildFold("C1", rulebook), "C2": ChildFold("C2", rulebook)}
    moments = [("C1", moment) for moment in timeline(one, LATEST).moments]
    moments += [("C2", moment) for moment in timeline(other, LATEST).moments]
    for child_ref, moment in sorted(moments, key=lambda pair: pair[1].at):
        folds[child_ref].feed(moment)
    together = [state(child.account(None)) for child in folds.values()]
    assert together == [state(fold(history, Rulebook(policy), LATEST)) for history in (one, other)]


@thorough
@given(histories(), policies())
def test_all_at_once_is_moment_by_moment(history: History, policy: Policy) -> None:
    """What was owed at a moment is the same if it is fed, folded then, or folded later; the future changes nothing."""
    rulebook = Rulebook(policy)
    child = ChildFold("C1", rulebook)
    for moment in timeline(history, LATEST).moments:
        child.feed(moment)
        fed = state(child.account(None))
        assert fed == state(fold(history, rulebook, moment.at))
        assert fed == state(fold(known(history, moment.at), rulebook, moment.at))


@thorough
@given(histories(), policies())
def test_keys_are_unique(history: History, policy: Policy) -> None:
    """No two obligations or closures of a child share a key: a shared one would be told once for both."""
    account = fold(history, Rulebook(policy), AFTER_ALL)
    found = [owed.key for owed in (*account.outstanding, *account.ended)] + [one.key for one in account.unhonoured]
    assert len(set(found)) == len(found)


@thorough
@given(histories(), policies(), st.data())
def test_a_visit_entered_twice_never_ends_the_watch(history: History, policy: Policy, data: st.DataObject) -> None:
    """A second entry of the same visit, under another id and at any time, leaves all that is outstanding."""
    visits = [row for row in history.checks if row.kind not in policy.closing.authorised_by]
    twice = [
        row._replace(check_id=f"{row.check_id}-again", recorded_at=max(check_known_at(row), data.draw(grid)))
        for row in visits
    ]
    once = fold(history, Rulebook(policy), AFTER_ALL)
    again = fold(history._replace(checks=[*history.checks, *twice]), Rulebook(policy), AFTER_ALL)
    assert keys(once.outstanding) - keys(again.outstanding) == set()


BY_TIER = policy(SEEN_VERY_HIGH, SEEN_HIGH, SEEN_MEDIUM, SEEN_STANDARD)
TYPED_IN = "2023-02-08 09:00"
RAISED_AND_LOWERED_IN_ONE_TYPING = history(
    assessed("very_high", "2023-02-06 09:00", recorded=TYPED_IN),
    assessed("standard", "2023-02-07 09:00", recorded=TYPED_IN),
    checked("seen", "2023-02-08 12:00"),
)


@pytest.mark.xfail(strict=True, reason="a rule that begins to apply with neither a rise nor a lowering starts nothing")
@thorough
@example(RAISED_AND_LOWERED_IN_ONE_TYPING, at("2023-02-09 09:00"))
@given(histories(kinds=(*SEEN, "no_access", "closure_authorised")), grid)
def test_an_open_child_at_risk_is_always_watched(history: History, now: datetime) -> None:
    """While a tier is in force and the child is not closed, the rule of that tier has something outstanding."""
    account = fold(history, Rulebook(BY_TIER), now)
    watching = {owed.rule.name for owed in account.outstanding}
    at_risk = account.standing is not Standing.CLOSED and account.tier != ""
    assert not at_risk or f"seen-{account.tier.replace('_', '-')}" in watching


@settings(thorough, max_examples=examples(25))
@given(histories(times=wild), policies(), wild, wild)
def test_nothing_raises_for_a_mistyped_year(history: History, policy: Policy, now: datetime, later: datetime) -> None:
    """Dates of the year 1 or 9999 are folded, kept and told like any other: one bad row stops nothing."""
    account = fold(history, Rulebook(policy), now)
    kept = [change.tracked for change in reconcile(account, [], policy, Look(now, full=True, moved=False))]
    people = directory()
    for tracked in kept:
        telling = escalate(Case(tracked, watched(), ()), policy, people, max(now, later))
        assert telling.tracked.key == tracked.key
