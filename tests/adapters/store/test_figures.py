"""The figures of the daily letter, on both databases."""

from typing import Any

from riskwatch.adapters.store import SqlStore
from riskwatch.core.calendar import EARLIEST
from riskwatch.core.figures import Tally, ToldTally
from riskwatch.core.notices import Fate, Kind, LetterState
from riskwatch.core.tracking import Basis, Standing
from tests.adapters.store.examples import NOON, after, kept, letter, of, owed
from tests.builders import watched


def test_children_and_what_is_overdue_are_counted_by_unit_and_tier(sql_store: SqlStore) -> None:
    """Closed children are not watched; what they still owe is overdue; a closure that is told is no debt."""
    late: dict[str, Any] = {"due_at": after(hours=-1)}
    with sql_store.begin() as tx:
        tx.save_watched(
            [watched("C1"), watched("C2"), watched("C3", unit="", tier=""), watched("C4", standing=Standing.CLOSED)]
        )
        tx.save_tracked([owed("C1", **late), owed("C1", rule="other", **late), owed("C2", due_at=after(hours=1))])
        tx.save_tracked([owed("C4", **late), owed("C3", basis=Basis.CLOSING, **late), owed("C9", **late)])
    assert sql_store.reports.tallies(NOON) == [
        Tally("", "", children=1, overdue=1, overdue_children=1),
        Tally("york", "high", children=2, overdue=3, overdue_children=2),
    ]


def test_an_overdue_child_of_a_tier_that_nobody_is_watched_in_is_counted(sql_store: SqlStore) -> None:
    """A closed child's debt stands although its group has no open child."""
    with sql_store.begin() as tx:
        tx.save_watched([watched("C4", standing=Standing.CLOSED)])
        tx.save_tracked([owed("C4", due_at=NOON)])
    assert sql_store.reports.tallies(NOON) == [Tally("york", "high", overdue=1, overdue_children=1)]


def test_what_was_told_is_counted_by_unit_kind_and_step(sql_store: SqlStore) -> None:
    """Of a span of time, its end excluded; what was held back or struck out was told to nobody."""
    people = [f"pc{number}@north.police.uk" for number in range(5)]
    with sql_store.begin() as tx:
        tx.save_watched([watched("C1")])
        tx.add_letters([letter()])
        tx.add_told(
            [
                kept(of(person=people[0]), fate=Fate.SENT, letter_id="L1"),
                kept(of(person=people[1]), letter_id="L1", at=after(hours=1)),
                kept(of(person=people[2]), letter_id="L1", at=after(hours=24)),
                kept(of(person=people[3]), fate=Fate.STRUCK, letter_id="L1"),
                kept(of(person=people[4]), fate=Fate.HELD),
                kept(of(owed("C9"), step="supervisor"), letter_id="L1"),
            ],
            policy_version="2026-11",
        )
    assert sql_store.reports.told_between(NOON, after(hours=24)) == [
        ToldTally("", Kind.OVERDUE, "supervisor", 1),
        ToldTally("york", Kind.OVERDUE, "officer", 2),
    ]


def test_refused_letters_are_counted_since_a_moment(sql_store: SqlStore) -> None:
    """Letters refused before are no news."""
    with sql_store.begin() as tx:
        tx.add_letters([letter("L1", state=LetterState.REFUSED), letter("L2"), letter("L3", state=LetterState.REFUSED)])
        tx.add_letters([letter("L4", made_at=after(hours=-1), state=LetterState.REFUSED)])
    assert sql_store.reports.refused_since(NOON) == 2
    assert sql_store.reports.refused_since(after(hours=1)) == 0


def test_what_is_due_first_of_all_is_claimed_first(sql_store: SqlStore) -> None:
    """A letter that is due at the beginning of time comes back as it was kept, and goes before all others."""
    with sql_store.begin() as tx:
        tx.add_letters([letter("L1", urgent=True, due_at=after(days=-9)), letter("L2", urgent=True, due_at=EARLIEST)])
    with sql_store.begin() as tx:
        claimed = tx.claim(after(minutes=1), lease_until=after(minutes=3), limit=1)
    assert [(one.letter_id, one.due_at) for one in claimed] == [("L2", EARLIEST)]
