"""What a store keeps of what is owed."""

from riskwatch.core.tracking import Basis, Ending
from riskwatch.pipeline.ports import Store
from tests.adapters.store.examples import NOON, after, owed


def test_obligations_come_back_as_they_were_saved(store: Store) -> None:
    """An obligation is given back field by field, ended ones too, by key."""
    full = owed(
        "C1",
        rule="b",
        basis=Basis.EVERY,
        generation=2,
        told_until=after(hours=1),
        told_officer="pc.one@north.police.uk",
        doubted_at=after(hours=2),
        ended_at=after(hours=3),
        ending=Ending.DISCHARGED,
        ended_by="K7",
        checked_at=after(hours=2.5),
    )
    rows = [full, owed("C1", rule="a", next_notice_at=None), owed("C2")]
    with store.begin() as tx:
        tx.save_tracked(rows)
    with store.begin() as tx:
        assert tx.tracked(["C1"]) == [rows[1], full]
        assert tx.tracked(["C2", "C1"]) == [rows[1], full, rows[2]]
        assert tx.tracked(["C3"]) == []


def test_an_obligation_saved_again_is_replaced(store: Store) -> None:
    """Every field is replaced, also by an empty one."""
    with store.begin() as tx:
        tx.save_tracked([owed(told_until=NOON, ended_at=NOON, ending=Ending.CLOSED)])
        tx.save_tracked([owed(due_at=after(days=9))])
    with store.begin() as tx:
        assert tx.tracked(["C1"]) == [owed(due_at=after(days=9))]


def test_what_is_due_comes_earliest_first(store: Store) -> None:
    """Due is what is to be looked at by now, up to the limit; at one moment the order is by key."""
    rows = [
        owed("C3", next_notice_at=NOON),
        owed("C2", next_notice_at=NOON),
        owed("C4", next_notice_at=after(seconds=-1)),
        owed("C5", next_notice_at=after(seconds=1)),
        owed("C6", next_notice_at=None),
    ]
    with store.begin() as tx:
        tx.save_tracked(rows)
    with store.begin() as tx:
        assert tx.due(NOON, 10) == [rows[2], rows[1], rows[0]]
        assert tx.due(NOON, 2) == [rows[2], rows[1]]


def test_what_is_due_stays_due_until_it_is_saved(store: Store) -> None:
    """Looking does not move an obligation on; saving it does, to and fro."""
    with store.begin() as tx:
        tx.save_tracked([owed()])
    with store.begin() as tx:
        assert tx.due(NOON, 10) == [owed()]
        tx.save_tracked([owed(next_notice_at=after(days=1))])
        assert tx.due(NOON, 10) == []
        tx.save_tracked([owed(next_notice_at=None)])
        assert tx.due(after(days=2), 10) == []
        tx.save_tracked([owed()])
    with store.begin() as tx:
        assert tx.due(NOON, 10) == [owed()]
