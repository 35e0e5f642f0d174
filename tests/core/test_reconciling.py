"""What the store must change so that it holds what the records say is owed."""

from collections.abc import Sequence

import pytest

from riskwatch.core.account import Account, Obligation, UnhonouredClosure
from riskwatch.core.facts import Assessment, Check, Closure
from riskwatch.core.obligations import Rulebook, fold
from riskwatch.core.reconciling import Change, Look, doubt, reconcile
from riskwatch.core.tracking import Basis, Decision, Ending, Standing, Tracked
from tests.builders import assessed, at, checked, closed, history, obligation, tracked
from tests.example_policy import POLICY, SEEN_MEDIUM, rule

NOW = "2023-02-08 09:00"
EARLIER = "2023-02-08 08:00"
FIRST_LOOK = at("2023-02-06 21:00")
KEPT = tracked(next_notice_at=FIRST_LOOK)
SEEN_AT = at("2023-02-07 23:00")


def owing(*outstanding: Obligation, ended: Sequence[Obligation] = ()) -> Account:
    """An account of an open child."""
    return Account("C1", Standing.OPEN, "high", outstanding, ended, (), None)


def look(*, full: bool = True, moved: bool = False) -> Look:
    """A full reading now, of a child whose unit and officer are as before."""
    return Look(at(NOW), full, moved)


def reconciled(account: Account, *kept: Tracked, seen: Look | None = None) -> Sequence[Change]:
    """Reconcile an account with what is kept."""
    return reconcile(account, kept, POLICY, seen or look())


def discharged() -> Obligation:
    """The obligation, ended by a visit."""
    owed = obligation()
    owed.end(Ending.DISCHARGED, SEEN_AT, checked("seen", "2023-02-07 22:00", check_id="K1"))
    return owed


@pytest.mark.parametrize(
    ("account", "kept", "expected"),
    [
        pytest.param(
            owing(obligation()), [], [Change(Decision.OWED, KEPT)], id="newly owed: looked at by its first step"
        ),
        pytest.param(owing(obligation()), [KEPT], [], id="owed as before: nothing changes"),
        pytest.param(
            owing(obligation()),
            [KEPT._replace(doubted_at=at(EARLIER))],
            [Change(Decision.OWED, KEPT)],
            id="doubted, and owed after all: doubted no longer",
        ),
        pytest.param(
            owing(obligation()),
            [tracked(due="2023-02-09 09:00", told_until=at(NOW))],
            [Change(Decision.OWED, KEPT)],
            id="due earlier than was thought: told from its first step",
        ),
        pytest.param(
            owing(obligation()),
            [tracked(due="2023-02-06 12:00", next_notice_at=at(NOW))],
            [],
            id="due later than was thought: the earlier deadline stands",
        ),
        pytest.param(
            owing(obligation()),
            [KEPT._replace(ended_at=SEEN_AT, ending=Ending.WITHDRAWN, told_until=at(NOW))],
            [Change(Decision.REOPENED, KEPT._replace(generation=1, owed_from=at(NOW)))],
            id="owed again after its end: a new telling",
        ),
        pytest.param(
            owing(ended=[discharged()]),
            [KEPT._replace(doubted_at=at(EARLIER))],
            [
                Change(
                    Decision.ENDED,
                    KEPT._replace(
                        ended_at=SEEN_AT,
                        ending=Ending.DISCHARGED,
                        ended_by="K1",
                        checked_at=at("2023-02-07 22:00"),
                        next_notice_at=at(NOW),
                    ),
                )
            ],
            id="ended: whoever was told is to hear of it now",
        ),
        pytest.param(owing(ended=[discharged()]), [], [], id="owed and ended before anybody looked: nothing to keep"),
        pytest.param(
            owing(),
            [KEPT],
            [Change(Decision.DOUBTED, KEPT._replace(doubted_at=at(NOW)))],
            id="it no longer follows: doubted",
        ),
        pytest.param(owing(), [KEPT._replace(ended_at=SEEN_AT, ending=Ending.CLOSED)], [], id="what has ended rests"),
    ],
)
def test_what_is_kept_follows_the_records(
    account: Account, kept: Sequence[Tracked], expected: Sequence[Change]
) -> None:
    """Each case of what the records say against what is kept, and the one change that follows."""
    assert reconciled(account, *kept) == expected


@pytest.mark.parametrize(
    ("full", "doubted", "expected"),
    [
        pytest.param(True, None, (Decision.DOUBTED, None), id="first missed in a full reading"),
        pytest.param(False, None, (Decision.DOUBTED, None), id="or in a partial one"),
        pytest.param(False, EARLIER, (Decision.DOUBTED, None), id="a partial reading never withdraws"),
        pytest.param(True, NOW, (Decision.DOUBTED, None), id="nor does the same reading twice"),
        pytest.param(True, EARLIER, (Decision.ENDED, Ending.WITHDRAWN), id="a later full reading agrees: withdrawn"),
    ],
)
def test_two_readings_withdraw(full: bool, doubted: str | None, expected: tuple[Decision, Ending | None]) -> None:
    """An extract may be caught half-loaded: only a second full reading, later, takes back what was owed."""
    doubtful = KEPT._replace(doubted_at=None if doubted is None else at(doubted))
    change = doubt(doubtful, look(full=full))
    assert (change.decision, change.tracked.ending) == expected


@pytest.mark.parametrize(
    ("kept", "moved", "expected"),
    [
        pytest.param(KEPT, True, at(NOW), id="overdue, and the officer is another: looked at now"),
        pytest.param(tracked(due="2023-02-08 09:01", next_notice_at=FIRST_LOOK), True, None, id="not yet overdue"),
        pytest.param(KEPT, False, None, id="nobody new"),
    ],
)
def test_a_new_officer_of_an_overdue_child_is_looked_at_now(kept: Tracked, moved: bool, expected: object) -> None:
    """A change of unit or officer brings the next look forward, once the deadline has come."""
    owed = obligation() if kept is KEPT else obligation(rule(first="3 days"))
    changes = reconciled(owing(owed), kept, seen=look(moved=moved))
    assert [change.tracked.next_notice_at for change in changes] == ([] if expected is None else [expected])


# --- closures ---------------------------------------------------------------------------------------------------------
CLOSURE = UnhonouredClosure("C1", at("2023-02-07 10:00"), at("2023-02-07 09:00"), authority_needed=False)
CLOSING = Tracked(
    key=CLOSURE.key,
    child_ref="C1",
    rule="closing",
    started_at=at("2023-02-07 10:00"),
    basis=Basis.CLOSING,
    due_at=at("2023-02-07 09:00"),
    owed_from=at("2023-02-07 10:00"),
    next_notice_at=at("2023-02-07 10:00"),
)


@pytest.mark.parametrize(
    ("standing", "outstanding", "kept", "expected"),
    [
        pytest.param(Standing.CLOSED, [obligation()], [KEPT], [CLOSING], id="closed with debts"),
        pytest.param(Standing.WAITING, [], [], [CLOSING], id="waiting for authority, with nothing owed"),
        pytest.param(Standing.WAITING, [], [CLOSING], [], id="each is told once"),
        pytest.param(Standing.CLOSED, [], [], [], id="settled before anybody looked"),
        pytest.param(Standing.OPEN, [obligation()], [KEPT], [], id="opened again before anybody looked"),
    ],
)
def test_a_closure_that_is_not_honoured_is_to_be_told(
    standing: Standing, outstanding: Sequence[Obligation], kept: Sequence[Tracked], expected: Sequence[Tracked]
) -> None:
    """It is told while it matters still, whenever it became known."""
    account = Account("C1", standing, "high", outstanding, (), (CLOSURE,), None)
    assert [change.tracked for change in reconciled(account, *kept)] == expected


def test_of_several_unhonoured_closures_the_latest_is_told() -> None:
    """An earlier one, seen for the first time together with a later one, is of no use to anybody."""
    earlier = CLOSURE._replace(known_at=at("2023-02-06 10:00"))
    account = Account("C1", Standing.WAITING, "high", (), (), (earlier, CLOSURE), None)
    assert [change.tracked for change in reconciled(account)] == [CLOSING]


def test_a_closure_that_no_longer_follows_is_doubted() -> None:
    """One not yet told, and no longer in the records, is withdrawn like anything else."""
    expected = [Change(Decision.DOUBTED, CLOSING._replace(doubted_at=at(NOW)))]
    assert reconciled(owing(), CLOSING) == expected


def test_each_obligation_is_kept_for_itself() -> None:
    """Of two that are owed the one that is new is inserted, the other left alone."""
    medium = obligation(SEEN_MEDIUM)
    changes = reconciled(owing(obligation(), medium), KEPT)
    assert [change.tracked.key for change in changes] == [medium.key]


def test_a_closure_that_authority_has_settled_is_not_told() -> None:
    """Authority ended it; a clock that starts afterwards is a matter of its own."""
    rows: Sequence[Assessment | Check | Closure] = [
        assessed("high"),
        closed("2023-02-06 10:00"),
        checked("closure_authorised", "2023-02-06 11:00"),
        checked("no_access", "2023-02-07 09:00"),
    ]
    changes = reconciled(fold(history(*rows), Rulebook(POLICY), at(NOW)))
    assert [change.tracked.rule for change in changes] == ["no-access-follow-up"]
