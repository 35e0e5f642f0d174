"""The migrations give the tables that the models describe, on both databases, and lose no row."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, text

from riskwatch.adapters import migrations
from riskwatch.adapters.store import SqlStore, engine
from riskwatch.adapters.tables import metadata
from riskwatch.core.faults import StoreFault
from tests.adapters.store.examples import NOON, entry, kept, letter, owed

SQLITE_SCHEMA = "SELECT name, sql FROM sqlite_master WHERE tbl_name <> 'alembic_version' AND sql IS NOT NULL"
POSTGRESQL_SCHEMA = """
SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename <> 'alembic_version'
UNION ALL
SELECT conname, conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = current_schema()::regnamespace AND conrelid::regclass::text <> 'alembic_version'
UNION ALL
SELECT table_name || '.' || column_name,
       concat_ws(' ', ordinal_position, data_type, character_maximum_length, is_nullable, column_default)
FROM information_schema.columns WHERE table_schema = current_schema() AND table_name <> 'alembic_version'
"""
SECOND = '''"""A change that rebuilds tables: on SQLite nearly every change of a column does."""

import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "0002"


def upgrade() -> None:
    """Add a column, and rebuild a table to which another points."""
    with op.batch_alter_table("obligation", recreate=RECREATE) as batch:
        batch.add_column(sa.Column("note", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("letter", recreate=RECREATE) as batch:
        batch.alter_column("last_response", server_default="none")
'''


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'fresh.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def database(fresh: str) -> Iterator[Engine]:
    """A database without any table."""
    opened = engine.open_engine(engine.parse(fresh, None))
    yield opened
    opened.dispose()


def schema(connection: Connection) -> dict[str, str]:
    """Every table, column, index and constraint, as the database itself words it."""
    query = SQLITE_SCHEMA if connection.dialect.name == "sqlite" else POSTGRESQL_SCHEMA
    return {name: _plain(words) for name, words in connection.execute(text(query))}


def _plain(words: str) -> str:
    """Return the words without their layout, the order of a table's constraints, or needless quotes."""
    lines = [line.strip().rstrip(",") for line in words.replace('"', "").splitlines()]
    return "\n".join(sorted(line for line in lines if line))


def constraints_and_indexes(of: dict[str, str]) -> set[str]:
    """What makes a table more than its columns."""
    lines = {line for words in of.values() for line in words.splitlines()}
    return {line for line in lines if any(word in line for word in ("CONSTRAINT", "INDEX", "CHECK", "KEY"))}


def test_the_migrations_give_what_the_models_describe(database: Engine) -> None:
    """Tables, columns, CHECKs and partial indexes are the same as those made straight from the models."""
    migrations.upgrade(database)
    with database.connect() as connection:
        migrated = schema(connection)
        connection.rollback()
        metadata.drop_all(connection)
        metadata.create_all(connection)
        described = schema(connection)
        connection.rollback()
    assert migrated == described
    assert "ck_obligation_basis" in str(migrated)
    assert "WHERE" in migrated["ix_obligation_next_notice_at"]


def test_alembic_finds_nothing_left_to_migrate(database: Engine) -> None:
    """`alembic revision --autogenerate` would write an empty migration."""
    migrations.upgrade(database)
    with database.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_migrating_twice_changes_nothing(database: Engine) -> None:
    """Opening a database that has the newest schema leaves it as it is."""
    migrations.upgrade(database)
    with database.connect() as connection:
        before = schema(connection)
    migrations.upgrade(database)
    with database.connect() as connection:
        assert schema(connection) == before


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """Migration scripts with one more change than the program has."""
    scripts = tmp_path / "scripts"
    shutil.copytree(migrations.SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    (scripts / "versions" / "9999_more.py").write_text(SECOND.replace("RECREATE", '"auto"'))
    return scripts


def test_a_migration_keeps_the_rows(fresh: str, newer: Path) -> None:
    """Rows, foreign keys, CHECKs and partial indexes survive a change that rebuilds their tables."""
    with SqlStore(fresh) as store:
        with store.begin() as tx:
            tx.save_tracked([owed("C1"), owed("C2")])
            tx.add_letters([letter("L1")])
            tx.add_told([kept(letter_id="L1")], policy_version="v1")
            tx.journal([entry()])
        with store.reading() as connection:
            before = schema(connection)
        migrations.upgrade(store._engine, scripts=newer)
        with store.reading() as connection:
            after = schema(connection)
        with store.begin() as tx:
            assert tx.tracked(["C1", "C2"]) == [owed("C1"), owed("C2")]
            assert tx.lines_of(["L1"]) == {"L1": [kept(letter_id="L1")]}
            assert tx.due(NOON, 9) == [owed("C1"), owed("C2")]
        assert list(store.reports.verify_journal()) == []
    assert constraints_and_indexes(before) == constraints_and_indexes(after)
    with pytest.raises(StoreFault, match="a newer one wrote it"):
        SqlStore(fresh)


def test_a_migration_that_loses_a_letter_is_undone(tmp_path: Path, newer: Path) -> None:
    """On SQLite foreign keys are off while tables are rebuilt, so they are checked before anything is kept."""
    losing = 'op.execute("DELETE FROM letter")\n    with op.batch_alter_table("letter"'
    script = newer / "versions" / "9999_more.py"
    script.write_text(script.read_text().replace('with op.batch_alter_table("letter"', losing))
    with SqlStore(f"sqlite:///{tmp_path / 'kept.db'}") as store:
        with store.begin() as tx:
            tx.add_letters([letter("L1")])
            tx.add_told([kept(letter_id="L1")], policy_version="v1")
        with pytest.raises(RuntimeError, match="1 rows that point at nothing"):
            migrations.upgrade(store._engine, scripts=newer)
        with store.begin() as tx:
            assert tx.letters(["L1"]) == [letter("L1")]
