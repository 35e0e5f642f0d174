"""Brings a database to the newest schema. `versions/` holds one file a change; `env.py` is Alembic's way in."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine

SCRIPTS = Path(__file__).parent
# Any fixed number: it names the advisory lock by which several daemons that start at once take turns.
ADVISORY_LOCK = 7_475_928


def upgrade(engine: Engine, *, scripts: Path = SCRIPTS) -> None:
    """Bring the database to the newest schema, in one transaction; others that try at the same time wait.

    Raises alembic's CommandError where the database is newer than this program.
    """
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            _upgrade_sqlite(connection, scripts)
        else:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")
            _run(connection, scripts)
        connection.commit()


def _upgrade_sqlite(connection: Connection, scripts: Path) -> None:
    """Migrate with foreign keys off: a batch migration rebuilds a table, and dropping the old one would cascade."""
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys = OFF")  # has no effect inside a transaction, hence before it begins
    try:
        connection.begin()  # Alembic commits piece by piece unless a transaction stands already
        _run(connection, scripts)
        orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if orphans:
            raise RuntimeError(f"the migration left {len(orphans)} rows that point at nothing")
        connection.commit()
    finally:
        connection.rollback()
        driver.execute("PRAGMA foreign_keys = ON")


def _run(connection: Connection, scripts: Path) -> None:
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
