"""What a store says when its database does not answer: the mend, and nobody's data."""

import traceback
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from riskwatch.adapters.store import SqlStore
from riskwatch.core.faults import StoreFault
from tests.adapters.store.examples import kept, of, owed


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("mysql://localhost/riskwatch", "sqlite:///FILE or postgresql://"),
        ("nonsense", "sqlite:///FILE or postgresql://"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite:////nowhere/at/all/riskwatch.db", "folder /nowhere/at/all does not exist"),
        ("sqlite:////proc", "cannot be opened for writing"),
        ("postgresql://nobody:hush@127.0.0.1:1/riskwatch", "no connection; check that the server runs"),
    ],
)
def test_an_address_that_leads_nowhere_is_a_fault(url: str, text: str) -> None:
    """A wrong address is said in words that name the mend, and never shows a password."""
    with pytest.raises(StoreFault) as fault:
        SqlStore(url, password=None)
    assert text in str(fault.value)
    assert "hush" not in "".join(traceback.format_exception(fault.value))


def test_a_file_that_is_no_database_is_a_fault(tmp_path: Path) -> None:
    """Another program's file is left alone."""
    path = tmp_path / "notes.txt"
    path.write_text("these are not the rows you are looking for\n" * 99)
    with pytest.raises(StoreFault, match="not a SQLite database"):
        SqlStore(f"sqlite:///{path}")
    assert path.read_text().startswith("these are not")


def test_a_missing_database_is_a_fault(postgres_server: str) -> None:
    """A database that PostgreSQL does not have is not made."""
    url = make_url(postgres_server).set(database="nothing_here").render_as_string(hide_password=False)
    with pytest.raises(StoreFault, match=r"database .*/nothing_here: no connection"):
        SqlStore(url)


def test_the_password_may_stand_apart_from_the_address(postgres_address: str) -> None:
    """A password read from a file is used in place of one in the address."""
    url = make_url(postgres_address).set(password="wrong").render_as_string(hide_password=False)
    with SqlStore(url, password="right") as store:
        assert store.next_wake() is None
        assert "wrong" not in store.place


def test_a_fault_shows_no_data(sql_store: SqlStore) -> None:
    """The driver's text may quote the row that failed, so neither it nor its cause is part of the fault."""

    def point_at_nothing() -> None:
        with sql_store.begin() as tx:
            tx.add_told([kept(of(owed("SECRET-CHILD")), letter_id="SECRET-LETTER")], policy_version="v1")

    with pytest.raises(StoreFault) as fault:
        point_at_nothing()
    shown = "".join(traceback.format_exception(fault.value))
    assert "SECRET" not in shown
    assert "database" in shown


def test_text_that_the_database_cannot_hold_is_a_fault(postgres_address: str) -> None:
    """A NUL in a text is refused by PostgreSQL; that is a fault like any other."""
    with SqlStore(postgres_address) as store, pytest.raises(StoreFault, match="DataError"), store.begin() as tx:
        tx.remember("cursor", "\x00")


def test_a_newer_schema_is_a_fault(address: str) -> None:
    """A database that a newer riskwatch wrote is left alone."""
    with SqlStore(address) as store, store.begin() as tx:
        version = tx._connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
        tx._connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    try:
        with pytest.raises(StoreFault, match="a newer one wrote it"):
            SqlStore(address)
    finally:
        if address.startswith("postgresql"):
            with psycopg.connect(address) as connection:
                connection.execute("UPDATE alembic_version SET version_num = %s", [version])
