"""The stores fit the ports: mypy reads this file, and fails where they do not."""

from riskwatch.adapters.memory import MemoryStore
from riskwatch.adapters.store import Reports, SqlStore
from riskwatch.pipeline.assurance import RejectedRows
from riskwatch.pipeline.ports import Store


def stores(sql: SqlStore, memory: MemoryStore) -> tuple[Store, Store]:
    """Give both stores as what the stages ask for."""
    return sql, memory


def rejected_rows(reports: Reports, memory: MemoryStore) -> tuple[RejectedRows, RejectedRows]:
    """Give both answers to what cannot be read."""
    return reports, memory


def test_every_method_of_the_ports_is_there(sql_store: SqlStore) -> None:
    """What mypy says of the shapes holds of the objects too."""
    for store in stores(sql_store, MemoryStore()):
        with store.begin() as tx:
            assert tx.watched([]) == {}
    for rows in rejected_rows(sql_store.reports, MemoryStore()):
        assert rows.rejected(1) == []
