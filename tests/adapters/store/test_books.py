"""What the auditor reads, on the three stores."""

from collections.abc import Callable

import pytest

from riskwatch.adapters.memory import MemoryStore
from riskwatch.adapters.memory_books import MemoryBooks
from riskwatch.adapters.store import SqlStore
from riskwatch.core.audit import Kept, Posted
from riskwatch.core.facts import Record, Sighting
from riskwatch.core.notices import Fate, LetterState
from riskwatch.core.tracking import Ending
from riskwatch.pipeline.audit import Books
from riskwatch.pipeline.ports import Store
from tests import builders
from tests.adapters.store.examples import LATER, NOON, SENT, after, kept, letter, of, owed


@pytest.fixture
def books(store: Store) -> Books:
    """The books of an empty store of each kind."""
    if isinstance(store, SqlStore):
        return store.books
    assert isinstance(store, MemoryStore)
    return MemoryBooks(store)


def test_everything_kept_of_a_child(store: Store, books: Books) -> None:
    """The child as last read, its obligations, and its notices with where their letters stand; nothing of another."""
    mine, ended = owed("C1"), owed("C1", rule="seen-medium", ended_at=NOON, ending=Ending.DISCHARGED)
    held = kept(of(mine, step="supervisor"), fate=Fate.HELD, at=after(minutes=1))
    sent = kept(of(mine), letter_id="L1")
    with store.begin() as tx:
        tx.save_watched([builders.watched("C1"), builders.watched("C3")])
        tx.save_tracked([mine, ended, owed("C2")])
        tx.add_letters([letter("L1")])
        tx.add_told([held, sent], policy_version="v1")
        [claimed] = tx.claim(NOON, lease_until=after(minutes=5), limit=1)
        tx.settle([(claimed, SENT)], now=NOON)
    found = books.kept(["C1", "C2", "C9"])
    posted = [Posted(sent._replace(fate=Fate.SENT), LetterState.SENT), Posted(held, None)]
    assert found["C1"] == Kept(builders.watched("C1"), [mine, ended], posted)
    assert found["C2"] == Kept(None, [owed("C2")], [])
    assert found["C9"] == Kept(None, [], [])
    assert len(found) == 3


def test_what_is_remembered_of_records(store: Store, books: Books) -> None:
    """The oldest first, by child."""
    rows = [Sighting("C1", Record.CHECK, "K1", after(hours=1)), Sighting("C1", Record.ASSESSMENT, "A1", NOON)]
    with store.begin() as tx:
        tx.save_sightings(rows)
    assert books.sightings(["C1", "C2"]) == {"C1": rows[::-1]}


def test_children_of_whom_anything_is_open(store: Store, books: Books) -> None:
    """Each once, a page at a time; a child whose debts have all ended is none."""
    with store.begin() as tx:
        tx.save_tracked([owed(f"C{number}") for number in range(5)])
        tx.save_tracked([owed("C1", rule="seen-medium"), owed("C9", ended_at=NOON, ending=Ending.CLOSED)])
    assert books.children_owed("", 3) == ["C0", "C1", "C2"]
    assert books.children_owed("C2", 3) == ["C3", "C4"]
    assert books.children_owed("C4", 3) == []


def test_what_is_stuck(store: Store, books: Books) -> None:
    """A claim that ran out, an attempt that is overdue, a notice held back too long; none of what is in time."""
    with store.begin() as tx:
        tx.add_letters([letter("L1"), letter("L2"), letter("L3", made_at=after(hours=2)), letter("L4")])
        tx.add_told([kept(of(owed("C1")), fate=Fate.HELD)], policy_version="v1")
        first, second, third = tx.claim(NOON, lease_until=after(minutes=5), limit=3)
        tx.settle([(first, LATER)], now=NOON)
        tx.settle([(second, SENT)], now=NOON)
    stuck = dict(books.stuck(after(hours=1), 10))
    assert [first.letter_id, third.letter_id, of(owed("C1")).key] == list(stuck)
    assert stuck[third.letter_id] == "a letter (notices) is sending, and was to move 2023-02-06T12:05:00Z"
    assert books.stuck(NOON, 10) == []
    assert len(books.stuck(after(hours=1), 1)) == 1


def test_keys_beyond_a_page_are_read(store: Store, books: Books) -> None:
    """As many children as are asked for."""
    make: Callable[[int], str] = "C{:05}".format
    with store.begin() as tx:
        tx.save_watched([builders.watched(make(number)) for number in range(1_001)])
    found = books.kept([make(number) for number in range(1_001)])
    assert sum(one.watched is not None for one in found.values()) == 1_001
