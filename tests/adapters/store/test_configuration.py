"""What is in force is kept by every store alike; what runs is counted by rule; the file's lock names its daemon."""

import os
from pathlib import Path

import pytest

from riskwatch.adapters.store import SqlStore
from riskwatch.core.configuration import Configuration
from riskwatch.core.faults import StoreFault
from riskwatch.core.succession import Effects
from riskwatch.core.tracking import Ending
from riskwatch.pipeline.configuration import add_effects, in_force, news_of, take_up
from riskwatch.pipeline.ports import Store
from tests.adapters.store.examples import NOON, after, owed
from tests.builders import mandate

FIRST = Configuration(NOON, "x", "test-1", "f1", "version = 'ü'\n" * 1000, {"rule a": "1"})
SECOND = FIRST._replace(at=after(hours=1), version="test-2", fingerprint="f2", parts={"rule a": "2", "rule b": "1"})


def test_what_was_taken_up_comes_back(store: Store) -> None:
    """Its text to the letter; the counts of its effects add up over transactions."""
    for configuration in (FIRST, SECOND):
        with store.begin() as tx:
            assert take_up(tx, configuration, mandate())
        with store.begin() as tx:
            assert configuration == in_force(tx)
            assert not take_up(tx, configuration, mandate())
    for earlier in (1, 2):
        with store.begin() as tx:
            add_effects(tx, Effects(earlier=earlier), after(hours=2))
    with store.begin() as tx:
        news = news_of(tx)
    assert news is not None
    assert ("test-1", Effects(earlier=3)) == (news.before, news.effects)
    assert (("rule", 2, "rules: added b; changed a"),) == news.changes


def test_what_runs_is_counted_by_rule(sql_store: SqlStore) -> None:
    """What has ended is not counted."""
    assert {} == sql_store.reports.running()
    over = owed("C3")._replace(ended_at=NOON, ending=Ending.CLOSED)
    with sql_store.begin() as tx:
        tx.save_tracked([owed("C1"), owed("C2"), over, owed("C4")._replace(key="other", rule="other")])
    assert {owed("C1").rule: 2, "other": 1} == sql_store.reports.running()


def test_the_lock_names_its_daemon(tmp_path: Path) -> None:
    """While one holds it, and no longer."""
    with SqlStore(f"sqlite:///{tmp_path / 'riskwatch.db'}") as store:
        assert store.daemon() is None
        with store.lock():
            assert os.getpid() == store.daemon()
        assert store.daemon() is None
        assert not store.is_shared
        (tmp_path / "riskwatch.db.lock").unlink()
        (tmp_path / "riskwatch.db.lock").mkdir()
        with pytest.raises(StoreFault, match="cannot be read"):
            store.daemon()


def test_several_daemons_may_share_a_database_server(postgres_address: str) -> None:
    """No file tells of them."""
    with SqlStore(postgres_address) as store, store.lock():
        assert store.is_shared
