"""Runs, named values, and the moment at which a store next wants to be looked at."""

from collections.abc import Sequence
from datetime import datetime

import pytest

from riskwatch.core.notices import Fate, LetterState
from riskwatch.pipeline.ports import Store, Transaction
from tests.adapters.store.examples import NOON, after, entry, kept, letter, owed, run
from tests.builders import watched


def test_runs_are_found_by_stage_kind_and_success(store: Store) -> None:
    """The latest run is found: of a stage, full or not, and, unless asked otherwise, one without a problem."""
    good, full, failed = run(), run(at=after(hours=-1), full=True), run(at=after(hours=1), problem="no answer")
    with store.begin() as tx:
        for one in (good, full, failed, run("refresh", at=after(hours=5))):
            tx.save_run(one)
    with store.begin() as tx:
        assert tx.last_run("sweep") == good
        assert tx.last_run("sweep", full=True) == full
        assert tx.last_run("sweep", full=False) == good
        assert tx.last_run("sweep", good=False) == failed
        assert tx.last_run("sweep", full=True, good=False) == full
        assert tx.last_run("delivery") is None


def test_of_runs_that_ended_together_the_last_saved_counts(store: Store) -> None:
    """Two runs within one second are told apart by their order."""
    with store.begin() as tx:
        tx.save_run(run())
        tx.save_run(run(full=True))
        assert tx.last_run("sweep") == run(full=True)


def test_old_runs_are_forgotten_but_never_the_latest_of_their_kind(store: Store) -> None:
    """The record of runs does not grow for ever: a full one forgets old ones, less the latest of each kind."""
    with store.begin() as tx:
        tx.save_run(run(at=after(days=-400)))
        tx.save_run(run(at=after(days=-300)))
        tx.save_run(run(full=True))
        assert tx.last_run("sweep", full=False) == run(at=after(days=-300))


def test_named_values_are_kept_and_replaced(store: Store) -> None:
    """A name holds its latest value; one never given holds none, which is not the empty one."""
    with store.begin() as tx:
        assert tx.recall("cursor") is None
        tx.remember("cursor", "17")
        tx.remember("cursor", "")
    with store.begin() as tx:
        assert tx.recall("cursor") == ""


def test_an_empty_store_sleeps(store: Store) -> None:
    """Where nothing is owed, waits or is to be sent, there is no moment to wake at."""
    assert store.next_wake() is None


def _owed(tx: Transaction, when: datetime) -> None:
    tx.save_tracked([owed(next_notice_at=when), owed("C2", next_notice_at=None)])


def _known(tx: Transaction, when: datetime) -> None:
    tx.save_watched([watched("C1", next_known_at=when), watched("C2")])


def _untried(tx: Transaction, when: datetime) -> None:
    tx.add_letters([letter("L1", made_at=when), letter("L2", made_at=after(days=-1), state=LetterState.SENT)])


def _resting(tx: Transaction, when: datetime) -> None:
    tx.add_letters([letter("L1", made_at=after(days=-1), next_attempt_at=when)])


def _leased(tx: Transaction, when: datetime) -> None:
    tx.add_letters([letter("L1", made_at=after(days=-1))])
    tx.claim(NOON, lease_until=when, limit=1)


def _held(tx: Transaction, when: datetime) -> None:
    tx.add_told([kept(fate=Fate.HELD, at=after(days=-1))], policy_version="v1")
    tx.hold([kept().notice.key], when)


CAUSES = [_owed, _known, _untried, _resting, _leased, _held]


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.__name__)
def test_a_store_wakes_for_each_thing_that_waits(store: Store, cause: object) -> None:
    """An obligation, a record dated ahead, a letter in any state, a held notice: each has its moment."""
    assert callable(cause)
    with store.begin() as tx:
        cause(tx, after(hours=2))
    assert store.next_wake() == after(hours=2)


def test_a_store_wakes_for_the_earliest(store: Store) -> None:
    """Of all moments the earliest counts, and the next one after it once that is done."""
    with store.begin() as tx:
        tx.save_tracked([owed("C1", next_notice_at=after(hours=1)), owed("C2", next_notice_at=after(hours=3))])
        tx.save_watched([watched("C1", next_known_at=after(hours=2))])
    assert store.next_wake() == after(hours=1)
    with store.begin() as tx:
        tx.save_tracked([owed("C1", next_notice_at=None)])
    assert store.next_wake() == after(hours=2)


class Broken(Exception):
    """A fault in the middle of a transaction."""


def _everything(tx: Transaction) -> Sequence[object]:
    """Return all that the store holds of these tests' rows."""
    return (
        tx.watched(["C1", "C2"]),
        tx.unread_since(NOON),
        tx.due_to_read(after(days=9)),
        tx.tracked(["C1", "C2"]),
        tx.due(after(days=9), 10),
        tx.told([owed("C1").key]),
        tx.held(after(days=9), [], 10),
        tx.letters(["L1", "L2"]),
        tx.lines_of(["L1", "L2"]),
        tx.letters_made(["pc.one@north.police.uk"], after(days=-9)),
        tx.last_run("sweep"),
        tx.recall("cursor"),
    )


def _do_everything(tx: Transaction) -> None:
    tx.save_watched([watched("C1", tier="medium", next_known_at=after(days=5)), watched("C2")])
    tx.mark_met(["C1", "C2"], after(hours=1))
    tx.save_tracked([owed("C1", next_notice_at=after(days=2)), owed("C2")])
    tx.place([kept(fate=Fate.SENT, letter_id="L2")])
    tx.add_letters([letter("L2", made_at=after(hours=1))])
    tx.claim(NOON, lease_until=after(minutes=5), limit=10)
    tx.journal([entry()])
    tx.save_run(run(at=after(hours=1)))
    tx.remember("cursor", "2")


def _do_everything_and_break(store: Store) -> None:
    with store.begin() as tx:
        _do_everything(tx)
        raise Broken


def test_a_failed_transaction_leaves_nothing(store: Store) -> None:
    """If anything raises, all that the transaction did is undone: new rows, changed rows, indexes, moments."""
    with store.begin() as tx:
        tx.save_watched([watched("C1", next_known_at=after(days=1))])
        tx.save_tracked([owed("C1")])
        tx.add_letters([letter("L1")])
        tx.add_told([kept(letter_id="L1", fate=Fate.HELD)], policy_version="v1")
        tx.save_run(run())
        tx.remember("cursor", "1")
    with store.begin() as tx:
        before = _everything(tx)
    wake = store.next_wake()
    with pytest.raises(Broken):
        _do_everything_and_break(store)
    with store.begin() as tx:
        assert _everything(tx) == before
    assert store.next_wake() == wake
