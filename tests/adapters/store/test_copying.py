"""A copy of a store, for trying out what would happen."""

from pathlib import Path

from riskwatch.adapters.store import SqlStore
from riskwatch.core.facts import Record, Rejected, Sighting, Table
from riskwatch.core.notices import Fate
from tests.adapters.store.examples import NOON, after, entry, kept, letter, of, owed, run
from tests.builders import watched


def test_a_copy_holds_everything_and_takes_nothing_back(sql_store: SqlStore) -> None:
    """The copy answers as the store does; what is done to it is gone with it."""
    with sql_store.begin() as tx:
        tx.save_watched([watched("C1", next_known_at=after(days=1))])
        tx.save_tracked([owed("C1"), owed("C2", next_notice_at=None)])
        tx.save_sightings([Sighting("C1", Record.CLOSURE, "2023", NOON)])
        tx.replace_rejected([Rejected(Table.CHECKS, "3", "K1", "C1", "kind", "blank")], child_refs=None, at=NOON)
        tx.add_letters([letter("L1"), letter("L2", urgent=True)])
        tx.add_told([kept(letter_id="L1"), kept(of(step="head"), fate=Fate.HELD)], policy_version="v1")
        tx.journal([entry("1"), entry("2")])
        tx.save_run(run())
        tx.remember("cursor", "7")
    with sql_store.throwaway() as copy:
        place = Path(copy.place)
        assert copy.next_wake() == sql_store.next_wake()
        assert copy.reports.of_child("C1") == sql_store.reports.of_child("C1")
        assert copy.reports.counts(NOON) == sql_store.reports.counts(NOON)
        assert copy.reports.rejected() == sql_store.reports.rejected()
        with copy.begin() as tx:
            assert (tx.recall("cursor"), tx.last_run("sweep")) == ("7", run())
            assert len(tx.sightings(["C1"])) == 1
            tx.save_tracked([owed("C1", next_notice_at=None)])
            tx.claim(NOON, lease_until=after(minutes=5), limit=1)
            tx.journal([entry("3")])
            tx.save_run(run(at=after(hours=1)))
        assert list(copy.reports.verify_journal()) == []
        with sql_store.begin() as tx:
            tx.remember("cursor", "8")
    assert not place.exists()
    with sql_store.begin() as tx:
        assert tx.due(NOON, 9) == [owed("C1")]
        assert [one.letter_id for one in tx.claim(NOON, lease_until=after(minutes=5), limit=9)] == ["L2", "L1"]
        assert tx.last_run("sweep") == run()
    assert [link.subject for link in sql_store.reports.journal()] == ["1", "2"]
