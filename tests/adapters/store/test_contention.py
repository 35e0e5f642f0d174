"""Several connections, threads and daemons on one store."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from riskwatch.adapters.store import SqlStore
from riskwatch.core.faults import StoreFault
from riskwatch.core.notices import Fate
from tests.adapters.store.examples import NOON, after, entry, kept, letter, of, owed


@pytest.fixture
def daemons(postgres_address: str) -> Iterator[list[SqlStore]]:
    """One store on PostgreSQL, opened by two daemons."""
    with SqlStore(postgres_address) as one, SqlStore(postgres_address) as other:
        yield [one, other]


def test_no_letter_is_claimed_twice(sql_store: SqlStore) -> None:
    """However many claim at once, each letter is taken by exactly one of them."""
    letters = [letter(f"L{number:03}") for number in range(60)]
    with sql_store.begin() as tx:
        tx.add_letters(letters)

    def claim_all(_: int) -> list[str]:
        mine: list[str] = []
        while True:
            with sql_store.begin() as tx:
                claimed = tx.claim(NOON, lease_until=after(minutes=5), limit=7)
            if not claimed:
                return mine
            mine += [one.letter_id for one in claimed]

    with ThreadPoolExecutor(4) as threads:
        claimed = [letter_id for mine in threads.map(claim_all, range(4)) for letter_id in mine]
    assert sorted(claimed) == [one.letter_id for one in letters]


def test_two_daemons_claim_different_letters(daemons: list[SqlStore]) -> None:
    """A letter that another transaction has claimed, and not yet committed, is passed over without waiting."""
    with daemons[0].begin() as tx:
        tx.add_letters([letter("L1"), letter("L2"), letter("L3")])
    with daemons[0].begin() as one, daemons[1].begin() as other:
        first = one.claim(NOON, lease_until=after(minutes=5), limit=2)
        second = other.claim(NOON, lease_until=after(minutes=5), limit=2)
    assert [[row.letter_id for row in rows] for rows in (first, second)] == [["L1", "L2"], ["L3"]]


def test_two_daemons_sweep_different_obligations(daemons: list[SqlStore]) -> None:
    """What one sweep has locked the other passes over, and finds again when the first has failed."""
    with daemons[0].begin() as tx:
        tx.save_tracked([owed("C1"), owed("C2"), owed("C3")])
    with daemons[0].begin() as one, daemons[1].begin() as other:
        assert one.due(NOON, 2) == [owed("C1"), owed("C2")]
        assert other.due(NOON, 2) == [owed("C3")]
    with daemons[1].begin() as tx:
        assert tx.due(NOON, 9) == [owed("C1"), owed("C2"), owed("C3")]


def test_two_daemons_place_different_held_notices(daemons: list[SqlStore]) -> None:
    """A held notice that one daemon is putting into a letter is not put into another's."""
    with daemons[0].begin() as tx:
        tx.add_told([kept(of(owed(ref)), fate=Fate.HELD) for ref in ("C1", "C2")], policy_version="v1")
    with daemons[0].begin() as one, daemons[1].begin() as other:
        assert len(one.held(NOON, [], 1)) == 1
        assert [told.notice.child_ref for told in other.held(NOON, [], 9)] == ["C2"]


def test_what_a_refresh_decides_on_stays_so(daemons: list[SqlStore]) -> None:
    """A child's obligations are locked when read: a sweep meanwhile passes over them, and loses no update."""
    with daemons[0].begin() as tx:
        tx.save_tracked([owed("C1"), owed("C2")])
    with daemons[0].begin() as refresh, daemons[1].begin() as sweep:
        (tracked,) = refresh.tracked(["C1"])
        assert sweep.due(NOON, 9) == [owed("C2")]
        refresh.save_tracked([tracked._replace(ended_at=NOON, next_notice_at=None)])


def test_the_journal_is_one_chain_over_all_writers(address: str) -> None:
    """Entries of transactions that run at once stand in one unbroken chain, each transaction's together."""
    with SqlStore(address) as one, SqlStore(address) as other:

        def write(number: int) -> None:
            with (one, other)[number % 2].begin() as tx:
                tx.journal([entry(f"{number}", step=step) for step in ("a", "b", "c")])

        with ThreadPoolExecutor(4) as threads:
            list(threads.map(write, range(24)))
        assert list(one.reports.verify_journal()) == []
        links = one.reports.journal()
    assert len(links) == 72
    together = [tuple(link.subject for link in links[start : start + 3]) for start in range(0, 72, 3)]
    assert sorted(together) == sorted((f"{number}",) * 3 for number in range(24))


def test_several_daemons_may_share_postgresql(daemons: list[SqlStore]) -> None:
    """The lock that keeps a second daemon off a file does nothing there."""
    with daemons[0].lock(), daemons[1].lock():
        assert daemons[0].next_wake() is None


def test_daemons_that_start_at_once_migrate_once(postgres_url: str) -> None:
    """Of several that open an empty database together, one makes the tables and the others wait for it."""
    with ThreadPoolExecutor(3) as threads:
        for store in threads.map(SqlStore, [postgres_url] * 3):
            with store:
                assert store.next_wake() is None


def test_a_circle_of_waits_is_a_fault(daemons: list[SqlStore]) -> None:
    """Where two transactions wait for each other PostgreSQL ends one, and that is said as a StoreFault."""
    with daemons[0].begin() as tx:
        tx.save_tracked([owed("C1"), owed("C2")])

    def cross(store: SqlStore, first: str, second: str, met: Callable[[], object]) -> str:
        try:
            with store.begin() as tx:
                tx.tracked([first])
                met()
                tx.tracked([second])
        except StoreFault as fault:
            return str(fault)
        return ""

    barrier = Barrier(2, timeout=30)
    with ThreadPoolExecutor(2) as threads:
        one = threads.submit(cross, daemons[0], "C1", "C2", barrier.wait)
        other = threads.submit(cross, daemons[1], "C2", "C1", barrier.wait)
        faults = sorted([one.result(), other.result()])
    assert faults[0] == ""
    assert "stood in each other's way" in faults[1]
