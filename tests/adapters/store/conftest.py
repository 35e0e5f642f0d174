"""The three stores that keep the same promises."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

from riskwatch.adapters.memory import MemoryStore
from riskwatch.adapters.store import SqlStore
from riskwatch.adapters.tables import metadata
from riskwatch.pipeline.ports import Store

DATABASE = "riskwatch_store"


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: str) -> Iterator[str]:
    """The address of a database that has the newest schema: migrating for every test would take most of its time."""
    name = f"{DATABASE}_{id(metadata)}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    url = make_url(postgres_server).set(database=name).render_as_string(hide_password=False)
    SqlStore(url).close()
    yield url
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def postgres_address(migrated_postgres: str) -> str:
    """The address of an empty store on PostgreSQL."""
    tables = [table.name for table in metadata.sorted_tables if table.name != "journal_head"]
    with psycopg.connect(migrated_postgres) as connection:
        connection.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(map(sql.Identifier, tables))))
        connection.execute("UPDATE journal_head SET seq = 0, hash = repeat('0', 64)")
    return migrated_postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty store on disk."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'riskwatch.db'}"
    url: str = request.getfixturevalue("postgres_address")
    return url


@pytest.fixture
def sql_store(address: str) -> Iterator[SqlStore]:
    """An empty store on disk."""
    with SqlStore(address) as opened:
        yield opened


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store of each kind."""
    open_one: dict[str, Callable[[], SqlStore]] = {
        "sqlite": lambda: SqlStore(f"sqlite:///{tmp_path / 'riskwatch.db'}"),
        "postgresql": lambda: SqlStore(request.getfixturevalue("postgres_address")),
    }
    with ExitStack() as stack:
        yield MemoryStore() if request.param == "memory" else stack.enter_context(open_one[request.param]())
