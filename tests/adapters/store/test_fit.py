"""The stores fit the ports: mypy reads this file, and fails where they do not."""

from riskwatch.adapters.memory import MemoryStore
from riskwatch.adapters.store import Reports, SqlStore
from riskwatch.pipeline.assurance import Reports as RecordsInDoubt
from riskwatch.pipeline.ports import Store


def stores(sql: SqlStore, memory: MemoryStore) -> tuple[Store, Store]:
    """Give both stores as what the stages ask for."""
    return sql, memory


def records_in_doubt(reports: Reports) -> RecordsInDoubt:
    """Give the answers to what cannot be read, and to whom nobody watches."""
    return reports


def test_every_method_of_the_ports_is_there(sql_store: SqlStore) -> None:
    """What mypy says of the shapes holds of the objects too."""
    for store in stores(sql_store, MemoryStore()):
        with store.begin() as tx:
            assert tx.watched([]) == {}
    doubtful = records_in_doubt(sql_store.reports)
    assert (doubtful.rejected(1), doubtful.unclocked(1)) == ([], [])
