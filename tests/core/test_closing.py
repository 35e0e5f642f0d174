"""Closing a record: who may, what it ends, and every cell of the table of what a child may be."""

from collections.abc import Sequence

import pytest

from riskwatch.core.account import UnhonouredClosure, review_deadline
from riskwatch.core.facts import Assessment, Check, Closure
from riskwatch.core.policy import Closing
from riskwatch.core.tracking import Ending, Standing
from tests.builders import account, assessed, at, checked, closed, history, in_words, obligation, outstanding
from tests.example_policy import NO_ACCESS, SEEN_HIGH, SEEN_STANDARD, SEEN_VERY_HIGH, policy, rule

Rows = Sequence[Assessment | Check | Closure]

BY_TIER = policy(SEEN_VERY_HIGH, rule(tiers=["high"], every="10 working days"), SEEN_STANDARD, NO_ACCESS)
FIRST = "seen-high first due 2023-02-07 09:00"

AUTHORITY = "closure_authorised"
OPEN: Rows = [assessed("high"), checked("seen", "2023-02-06 12:00")]
WAITING: Rows = [assessed("very_high"), checked("seen", "2023-02-06 12:00"), closed("2023-02-06 13:00")]
IN_DEBT: Rows = [assessed("high"), closed("2023-02-06 13:00")]
CLOSED: Rows = [*OPEN, closed("2023-02-06 13:00")]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(
            [*OPEN, assessed("very_high", "2023-02-07 09:00")],
            (Standing.OPEN, ["seen-high every due 2023-02-20 12:00", "seen-very-high first due 2023-02-08 09:00"]),
            id="open, an assessment: rises",
        ),
        pytest.param(
            [*OPEN, checked("seen", "2023-02-07 09:00")],
            (Standing.OPEN, ["seen-high every due 2023-02-21 09:00"]),
            id="open, a check: discharges and recurs",
        ),
        pytest.param(
            [*OPEN, checked(AUTHORITY, "2023-02-07 09:00")],
            (Standing.OPEN, ["seen-high every due 2023-02-20 12:00"]),
            id="open, authority: remembered, ends nothing yet",
        ),
        pytest.param(CLOSED, (Standing.CLOSED, []), id="open, closed with a cadence not yet due: honoured"),
        pytest.param(
            [assessed("high"), checked(AUTHORITY, "2023-02-06 12:00"), closed("2023-02-08 09:00")],
            (Standing.CLOSED, []),
            id="open, closed with authority: honoured, whatever is owed",
        ),
        pytest.param(
            [assessed("high"), checked(AUTHORITY, "2023-02-06 12:00"), closed("2023-02-06 12:00")],
            (Standing.CLOSED, []),
            id="open, closed at the very moment of the authority: honoured",
        ),
        pytest.param(IN_DEBT, (Standing.CLOSED, [FIRST]), id="open, closed while a first is owed: closed with debts"),
        pytest.param(
            [*OPEN, closed("2023-02-20 12:00")],
            (Standing.CLOSED, ["seen-high every due 2023-02-20 12:00"]),
            id="open, closed as the deadline comes: closed with debts",
        ),
        pytest.param(
            WAITING,
            (Standing.WAITING, ["seen-very-high every due 2023-02-13 12:00"]),
            id="open, closed on a tier that needs authority: waiting",
        ),
        pytest.param(
            [*WAITING[:2], assessed("no_further_action", "2023-02-06 12:30"), closed("2023-02-06 13:00")],
            (Standing.WAITING, []),
            id="open, lowered before it was closed: the highest tier since it was opened asks for authority",
        ),
        pytest.param(
            [*WAITING, assessed("high", "2023-02-07 09:00", concern="missing")],
            (Standing.WAITING, ["seen-very-high every due 2023-02-13 12:00"]),
            id="waiting, an assessment: as open",
        ),
        pytest.param(
            [*WAITING, checked("seen", "2023-02-07 09:00")],
            (Standing.WAITING, ["seen-very-high every due 2023-02-14 09:00"]),
            id="waiting, a check: as open",
        ),
        pytest.param(
            [*WAITING, checked(AUTHORITY, "2023-02-07 09:00")],
            (Standing.CLOSED, []),
            id="waiting, authority: closed, all ends",
        ),
        pytest.param(
            [*IN_DEBT, assessed("standard", "2023-02-07 09:00")],
            (Standing.OPEN, [FIRST, "seen-standard first due 2023-02-14 09:00"]),
            id="closed with debts, an assessment: open again, debts stay",
        ),
        pytest.param(
            [*IN_DEBT, assessed("no_further_action", "2023-02-07 09:00")],
            (Standing.CLOSED, [FIRST]),
            id="closed with debts, no further action: nothing changes",
        ),
        pytest.param(
            [*IN_DEBT, checked("seen", "2023-02-07 09:00")],
            (Standing.CLOSED, []),
            id="closed with debts, a check: discharges, and nothing recurs",
        ),
        pytest.param(
            [*IN_DEBT, checked("no_access", "2023-02-07 09:00")],
            (Standing.CLOSED, ["no-access-follow-up first due 2023-02-14 09:00", FIRST]),
            id="closed with debts, a check that starts: rules without tiers only",
        ),
        pytest.param(
            [*IN_DEBT, checked(AUTHORITY, "2023-02-07 09:00")],
            (Standing.CLOSED, []),
            id="closed with debts, authority: all ends",
        ),
        pytest.param(
            [*CLOSED, assessed("high", "2023-02-07 09:00")],
            (Standing.OPEN, ["seen-high first due 2023-02-08 09:00"]),
            id="closed, an assessment: open again, and a first is owed however recent the visit",
        ),
        pytest.param(
            [*CLOSED, assessed("standard", "2023-02-07 09:00")],
            (Standing.OPEN, ["seen-standard first due 2023-02-14 09:00"]),
            id="closed, a lower assessment: earlier ones no longer count",
        ),
        pytest.param(
            [*CLOSED, checked("no_access", "2023-02-07 09:00")],
            (Standing.CLOSED, ["no-access-follow-up first due 2023-02-14 09:00"]),
            id="closed, a check that starts: rules without tiers only",
        ),
        pytest.param(
            [*CLOSED, checked("no_access", "2023-02-07 09:00"), checked(AUTHORITY, "2023-02-08 09:00")],
            (Standing.CLOSED, []),
            id="closed, authority: ends what those started",
        ),
        pytest.param(
            [*WAITING, closed("2023-02-07 13:00")],
            (Standing.WAITING, ["seen-very-high every due 2023-02-13 12:00"]),
            id="waiting, another closing date: nothing changes",
        ),
        pytest.param(
            [closed("2023-02-06 13:00")], (Standing.CLOSED, []), id="never assessed, closed: honoured, nothing is owed"
        ),
    ],
)
def test_what_a_child_may_be(rows: Rows, expected: tuple[Standing, Sequence[str]]) -> None:
    """Each cell of the table: where the child stands after the record, and what is outstanding."""
    stands = account(history(*rows), "2023-02-21 12:00", BY_TIER)
    assert (stands.standing, in_words(stands.outstanding)) == expected


def test_a_closed_child_starts_no_rule_with_tiers() -> None:
    """A check that starts a rule with tiers starts nothing while the child is closed, debts or not."""
    with_tiers = policy(rule(tiers=["high"]), rule("with-tiers", tiers=["high"], starts_on=["no_access"]))
    rows: Rows = [*IN_DEBT, checked("no_access", "2023-02-07 09:00")]
    assert outstanding(history(*rows), "2023-02-08", with_tiers) == [FIRST]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([assessed("medium", "2023-02-07", concern="missing")], Standing.WAITING, id="a risk assessment"),
        pytest.param([checked("no_access", "2023-02-07 09:00")], Standing.WAITING, id="a check that starts a clock"),
        pytest.param([assessed("no_further_action", "2023-02-07")], Standing.CLOSED, id="not no further action"),
        pytest.param([checked("seen", "2023-02-07 09:00")], Standing.CLOSED, id="not a visit"),
        pytest.param(
            [checked("no_access", "2023-02-06 11:00", recorded="2023-02-07 09:00")],
            Standing.CLOSED,
            id="not a check whose clock a visit has answered",
        ),
    ],
)
def test_what_voids_authority(rows: Rows, expected: Standing) -> None:
    """Authority covers what it knew: a new danger or a new clock asks for another."""
    before: Rows = [assessed("very_high"), checked("seen", "2023-02-06 12:00"), checked(AUTHORITY, "2023-02-06 13:00")]
    told = history(*before, *rows, closed("2023-02-08 09:00"))
    assert account(told, "2023-02-08 09:00", BY_TIER).standing == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(CLOSED, [], id="honoured: nobody is told"),
        pytest.param(
            IN_DEBT,
            [UnhonouredClosure("C1", at("2023-02-06 13:00"), at("2023-02-07 09:00"), authority_needed=False)],
            id="with debts: the earliest deadline",
        ),
        pytest.param(
            [assessed("high"), closed("2023-02-06 13:00", recorded="2023-02-09 09:00")],
            [UnhonouredClosure("C1", at("2023-02-09 09:00"), at("2023-02-07 09:00"), authority_needed=False)],
            id="recorded late: known from then",
        ),
        pytest.param(
            [assessed("very_high"), *OPEN[1:], assessed("no_further_action", "2023-02-07"), closed("2023-02-08 09:00")],
            [UnhonouredClosure("C1", at("2023-02-08 09:00"), at("2023-02-08 09:00"), authority_needed=True)],
            id="nothing owed, but no authority: its own moment",
        ),
    ],
)
def test_a_closure_that_is_not_honoured_is_kept_to_be_told(rows: Rows, expected: Sequence[UnhonouredClosure]) -> None:
    """It names the earliest outstanding deadline, or its own moment where nothing is outstanding."""
    assert account(history(*rows), "2023-02-10", BY_TIER).unhonoured == tuple(expected)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(
            [*OPEN, closed("2023-02-06 13:00", gone="2023-02-08 09:00")],
            ["seen-high every due 2023-02-20 12:00"],
            id="seen recently: the cadence counts from the visit",
        ),
        pytest.param(
            [*OPEN, closed("2023-02-06 13:00", gone="2023-02-20 09:00")],
            ["seen-high first due 2023-02-21 09:00"],
            id="seen long ago: a first counts from the moment of opening, not from before",
        ),
        pytest.param(
            [*OPEN, assessed("standard", "2023-02-06 12:30"), closed("2023-02-06 13:00", gone="2023-02-20 09:00")],
            ["seen-standard first due 2023-02-27 09:00"],
            id="only the rules that apply begin",
        ),
        pytest.param(
            [*WAITING, closed("2023-02-06 13:00", gone="2023-02-07 09:00")],
            ["seen-very-high every due 2023-02-13 12:00"],
            id="waiting for authority: it goes on as it did",
        ),
        pytest.param(
            [*CLOSED, closed("2023-02-06 13:30", recorded="2023-02-08 09:00"), closed(gone="2023-02-08 09:00")],
            [],
            id="gone as another comes: still closed",
        ),
    ],
)
def test_a_closing_date_that_disappears_opens_the_child(rows: Rows, expected: Sequence[str]) -> None:
    """The child is open from the moment at which the date was seen to be gone."""
    assert outstanding(history(*rows), "2023-02-20 09:00", BY_TIER) == expected


def test_an_honoured_closure_and_an_authority_are_told_apart() -> None:
    """What a closure ends and what authority ends bear their own endings."""
    (by_closure,) = account(history(*CLOSED), "2023-02-07", policy(SEEN_HIGH)).ended[1:]
    authorised = history(*IN_DEBT, checked(AUTHORITY, "2023-02-07 09:00"))
    (by_authority,) = account(authorised, "2023-02-08", policy(SEEN_HIGH)).ended
    assert (by_closure.ending, by_authority.ending) == (Ending.CLOSED, Ending.AUTHORISED)


def test_without_authority_in_the_policy_a_debt_is_ended_by_checks_alone() -> None:
    """Where `[closing]` is left out nothing authorises and no tier needs authority."""
    bare = policy(SEEN_VERY_HIGH, closing=Closing())
    rows: Rows = [assessed("very_high"), checked(AUTHORITY, "2023-02-06 12:00"), closed("2023-02-06 13:00")]
    assert outstanding(history(*rows), "2023-02-07", bare) == ["seen-very-high first due 2023-02-07 09:00"]


def test_the_review_deadline_is_the_earliest_outstanding() -> None:
    """A missed deadline stays the child's deadline until a check discharges it; with nothing owed there is none."""
    missed, ahead, done = obligation(), obligation(started="2023-02-08 09:00"), obligation(started="2023-02-01 09:00")
    done.end(Ending.DISCHARGED, at("2023-02-01 12:00"))
    assert review_deadline([ahead, done, missed]) == at("2023-02-07 09:00")
    assert review_deadline([done]) is None
