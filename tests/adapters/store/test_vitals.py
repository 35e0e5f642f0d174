"""What the service's health is judged by."""

import time
from datetime import datetime
from threading import Thread

from riskwatch.adapters.store import SqlStore
from riskwatch.adapters.store.vitals import Vitals, look
from riskwatch.core.facts import Rejected, Table
from riskwatch.core.notices import LetterState
from riskwatch.core.tracking import Basis, Standing
from tests.adapters.store.examples import NOON, after, letter, owed, run
from tests.builders import watched

STAGES = ("refresh", "sweep", "audit")


def look_at(store: SqlStore, now: datetime = NOON) -> Vitals:
    """Look with every question."""
    return look(store.reading, now, stages=STAGES, names=["blind-since"])


def test_an_empty_store_has_nothing_to_show(sql_store: SqlStore) -> None:
    """Every figure is there, and none is made up."""
    assert look_at(sql_store) == Vitals({}, {}, {}, {}, None, 0, 0, [], {})


def test_runs_are_told_apart_by_how_they_went(sql_store: SqlStore) -> None:
    """The last good run stands beside the last of all, with its counts."""
    good, bad = run("refresh", at=NOON), run("refresh", at=after(minutes=5), problem="no answer")
    only_bad = run("audit", problem="2 findings")
    with sql_store.begin() as tx:
        for one in (run("refresh", at=after(minutes=-5)), good, bad, only_bad):
            tx.save_run(one)
    vitals = look_at(sql_store)
    assert {"refresh": good} == vitals.good
    assert {"refresh": bad, "audit": only_bad} == vitals.latest


def test_children_and_debts_are_counted_by_tier_and_unit(sql_store: SqlStore) -> None:
    """A closed child is not watched but may be overdue; a child never read counts with those without tier and unit."""
    with sql_store.begin() as tx:
        tx.save_watched(
            [
                watched("C1", tier="high", unit="york"),
                watched("C2", tier="high", unit="york"),
                watched("C3", tier="", unit=""),
                watched("C4", tier="high", unit="filey", standing=Standing.CLOSED),
            ]
        )
        late = after(hours=-1)
        tx.save_tracked(
            [
                owed("C1", due_at=late),
                owed("C1", rule="other", due_at=late),
                owed("C2", due_at=after(seconds=1)),
                owed("C3", due_at=late),
                owed("C4", due_at=late),
                owed("C5", due_at=late),
                owed("C4", rule="closing", basis=Basis.CLOSING, due_at=late),
            ]
        )
    vitals = look_at(sql_store)
    assert {("high", "york"): 2, ("", ""): 1} == vitals.watched
    assert {("high", "york"): 2, ("", ""): 2, ("high", "filey"): 1} == vitals.overdue
    assert sum(vitals.overdue.values()) == sql_store.reports.counts(NOON).overdue


def test_letters_rows_and_kept_values(sql_store: SqlStore) -> None:
    """The oldest letter that has not left, rows that cannot be read, children unwatched, and a named value."""
    with sql_store.begin() as tx:
        tx.add_letters([letter("L1"), letter("L2", made_at=after(hours=-2)), letter("L3", made_at=after(hours=-9))])
        tx.rewrite([letter("L3", state=LetterState.CANCELLED)])
        tx.replace_rejected([Rejected(Table.CHECKS, "checks id K1", "K1", "C1", "", "blank")], child_refs=None, at=NOON)
        tx.save_watched([watched("C1", tier="high")])
        tx.remember("blind-since", "2023")
        tx.remember("other", "x")
    vitals = look_at(sql_store)
    assert (after(hours=-2), 2) == (vitals.oldest_unsent_at, vitals.unsent)
    assert (1, ["C1"], {"blind-since": "2023"}) == (vitals.rejected, list(vitals.unclocked), vitals.kept)


def test_a_look_waits_for_no_writer(sql_store: SqlStore) -> None:
    """While a stage is in the middle of its transaction, the figures of before it are there at once."""
    took: list[float] = []

    def ask() -> None:
        began_s = time.monotonic()
        look_at(sql_store)
        took.append(time.monotonic() - began_s)

    with sql_store.begin() as tx:
        tx.save_run(run("refresh"))
        asking = Thread(target=ask)
        asking.start()
        asking.join(20)
        assert took
    assert took[0] < 10
