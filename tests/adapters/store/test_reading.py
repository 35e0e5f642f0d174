"""What a store keeps of what was read."""

from datetime import datetime, timedelta, timezone

import pytest

from riskwatch.adapters.memory import MemoryStore
from riskwatch.adapters.store import SqlStore
from riskwatch.core.facts import Record, Rejected, Sighting, Table
from riskwatch.core.tracking import Standing
from riskwatch.pipeline.ports import Store
from tests.adapters.store.examples import NOON, after
from tests.builders import watched


def unreadable(store: Store) -> list[Rejected]:
    """The rows that a store keeps as unreadable."""
    assert isinstance(store, SqlStore | MemoryStore)
    return list(store.rejected(100) if isinstance(store, MemoryStore) else store.reports.rejected(100))


def bad(where: str, child_ref: str = "C1", reason: str = "no readable time") -> Rejected:
    """A check that could not be read."""
    return Rejected(Table.CHECKS, where, "K1", child_ref, "checked_at", reason)


def test_children_come_back_as_they_were_saved(store: Store) -> None:
    """A child is given back field by field; one never read is left out."""
    one = watched("C1", standing=Standing.WAITING, digest="d1", next_known_at=after(days=1))
    two = watched("C2", unit="", officer="", tier="")
    with store.begin() as tx:
        tx.save_watched([two, one])
    with store.begin() as tx:
        assert tx.watched(["C2", "C3", "C1", "C1"]) == {"C1": one, "C2": two}
        assert list(tx.watched(["C2", "C1"])) == ["C1", "C2"]


def test_a_child_read_again_replaces_the_one_before(store: Store) -> None:
    """Every field of a child is replaced, also by an empty one."""
    with store.begin() as tx:
        tx.save_watched([watched("C1", next_known_at=NOON)])
        tx.save_watched([watched("C1", tier="", standing=Standing.CLOSED)])
    with store.begin() as tx:
        assert tx.watched(["C1"]) == {"C1": watched("C1", tier="", standing=Standing.CLOSED)}
        assert tx.due_to_read(NOON) == []


def test_more_children_than_one_list_holds(store: Store) -> None:
    """Questions about thousands of children are answered in full."""
    rows = [watched(f"C{number:05}") for number in range(2_500)]
    with store.begin() as tx:
        tx.save_watched(rows)
        tx.mark_met([row.child_ref for row in rows[:2_400]], NOON)
    with store.begin() as tx:
        assert list(tx.watched([row.child_ref for row in rows]).values()) == rows
        assert list(tx.unread_since(NOON)) == rows[2_400:]


def test_unread_children_are_those_that_no_full_reading_met(store: Store) -> None:
    """A child met at the moment or after it is read; one met before it, or never, is not."""
    with store.begin() as tx:
        tx.save_watched([watched("C1"), watched("C2"), watched("C3")])
        tx.mark_met(["C1"], after(hours=-1))
        tx.mark_met(["C2", "C9"], NOON)
    with store.begin() as tx:
        assert [row.child_ref for row in tx.unread_since(NOON)] == ["C1", "C3"]


def test_a_changed_child_is_still_met(store: Store) -> None:
    """Saving a child anew does not forget that a full reading met it."""
    with store.begin() as tx:
        tx.save_watched([watched("C1")])
        tx.mark_met(["C1"], NOON)
        tx.save_watched([watched("C1", tier="medium")])
        assert tx.unread_since(NOON) == []


def test_records_dated_ahead_are_due_at_their_time(store: Store) -> None:
    """A child is due to be read from the moment at which its next record becomes known."""
    with store.begin() as tx:
        tx.save_watched([watched("C2", next_known_at=NOON), watched("C1", next_known_at=NOON), watched("C3")])
    with store.begin() as tx:
        assert tx.due_to_read(after(seconds=-1)) == []
        assert tx.due_to_read(NOON) == ["C1", "C2"]


def test_sightings_come_oldest_first(store: Store) -> None:
    """What was first seen first comes first; a sighting of the same moment is replaced, another is added."""
    closure = Sighting("C1", Record.CLOSURE, "2023-02-01T00:00:00+00:00", NOON)
    again = closure._replace(first_seen_at=after(days=3))
    check = Sighting("C1", Record.CHECK, "K1", after(days=1))
    with store.begin() as tx:
        tx.save_sightings([check, again, closure, Sighting("C2", Record.ASSESSMENT, "A1", NOON)])
        tx.save_sightings([closure._replace(gone_at=after(days=2))])
    with store.begin() as tx:
        assert tx.sightings(["C1"]) == [closure._replace(gone_at=after(days=2)), check, again]
        assert tx.sightings(["C9"]) == []


def test_rejected_rows_of_some_children_are_replaced(store: Store) -> None:
    """A new reading of some children replaces what was unreadable of them, and leaves the rest."""
    with store.begin() as tx:
        tx.replace_rejected([bad("1"), bad("2", "C2"), bad("3", "C1")], child_refs=None, at=NOON)
        tx.replace_rejected([bad("3", "C1", "still bad")], child_refs=["C1"], at=after(hours=1))
    assert unreadable(store) == [bad("2", "C2"), bad("3", "C1", "still bad")]


def test_a_full_reading_replaces_all_rejected_rows(store: Store) -> None:
    """After a full reading only what it could not read stands; a row counted all the same says so."""
    counted = bad("4")._replace(counted=True)
    with store.begin() as tx:
        tx.replace_rejected([bad("1"), bad("2", "")], child_refs=None, at=NOON)
        tx.replace_rejected([counted], child_refs=None, at=NOON)
    assert unreadable(store) == [counted]


def test_moments_are_kept_in_utc_whole_seconds(store: Store) -> None:
    """A moment of another zone is the same moment; it comes back in UTC."""
    in_paris = NOON.astimezone(timezone(timedelta(hours=1)))
    with store.begin() as tx:
        tx.save_watched([watched("C1", next_known_at=in_paris)])
    with store.begin() as tx:
        assert tx.watched(["C1"])["C1"].next_known_at == NOON


def test_a_naive_moment_is_refused(sql_store: SqlStore) -> None:
    """A moment without a zone is never guessed at."""
    naive = datetime(2023, 2, 6, 12, 0)  # noqa: DTZ001 - the fault under test
    with pytest.raises(ValueError, match="time zone"), sql_store.begin() as tx:
        tx.save_watched([watched("C1", next_known_at=naive)])
