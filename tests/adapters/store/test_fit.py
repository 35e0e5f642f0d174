"""The stores fit the ports: mypy reads this file, and fails where they do not."""

from riskwatch.adapters.memory import MemoryStore
from riskwatch.adapters.store import SqlStore
from riskwatch.adapters.store.figures import Figures
from riskwatch.pipeline.ports import Store
from riskwatch.pipeline.reports import Reports


def stores(sql: SqlStore, memory: MemoryStore) -> tuple[Store, Store]:
    """Give both stores as what the stages ask for."""
    return sql, memory


def reports(figures: Figures) -> Reports:
    """Give the answers that the service's letters about itself ask for."""
    return figures


def test_every_method_of_the_ports_is_there(sql_store: SqlStore) -> None:
    """What mypy says of the shapes holds of the objects too."""
    for store in stores(sql_store, MemoryStore()):
        with store.begin() as tx:
            assert tx.watched([]) == {}
    asked = reports(sql_store.reports)
    assert (asked.rejected(1), asked.unclocked(1)) == ([], [])
