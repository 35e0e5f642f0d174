"""Agency databases of three makers, each test with an empty one of its own."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pymysql
import pytest
from sqlalchemy import create_engine, make_url

from riskwatch.adapters.source.queries import SourceQueries
from riskwatch.adapters.source.sql import SqlSource
from tests.adapters.source.agency import LONDON, Agency

_START_LIMIT_S = 60
_numbers = count(1)


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[str]:
    """The address of a MariaDB started here on this machine alone; skips where none is installed."""
    server = shutil.which("mariadbd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    install = shutil.which("mariadb-install-db")
    if server is None or install is None:
        pytest.skip("no MariaDB on this machine: apt-get install mariadb-server")
    with tempfile.TemporaryDirectory(prefix="riskwatch-mariadb-", ignore_cleanup_errors=True) as folder:
        port = _free_port()
        options = ["--no-defaults", f"--datadir={folder}/data", "--user=root"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run(
            [install, *options, "--auth-root-authentication-method=normal"], check=True, timeout=_START_LIMIT_S, **quiet
        )
        address = [f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder}/socket"]
        with subprocess.Popen([server, *options, *address, f"--pid-file={folder}/pid"], **quiet) as process:
            try:
                _wait_for_mariadb(port)
                yield f"mysql+pymysql://root@127.0.0.1:{port}/"
            finally:
                process.terminate()
                process.wait(timeout=_START_LIMIT_S)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_for_mariadb(port: int) -> None:
    give_up_at = time.monotonic() + _START_LIMIT_S
    while True:
        try:
            pymysql.connect(host="127.0.0.1", port=port, user="root").close()
        except pymysql.Error:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.1)
        else:
            return


@pytest.fixture
def sqlite_agency(tmp_path: Path) -> Iterator[Agency]:
    """An empty SQLite file."""
    with Agency(f"sqlite:///{tmp_path / 'agency #1.db'}") as agency:
        agency.run("CREATE TABLE nothing (x INTEGER)")
        yield agency


@pytest.fixture
def postgres_agency(postgres_url: str) -> Iterator[Agency]:
    """An empty PostgreSQL database."""
    with Agency(postgres_url) as agency:
        yield agency


@pytest.fixture
def mariadb_agency(mariadb_server: str) -> Iterator[Agency]:
    """An empty MariaDB database."""
    name = f"riskwatch_test_{next(_numbers)}"
    engine = create_engine(mariadb_server)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    engine.dispose()
    with Agency(make_url(mariadb_server).set(database=name).render_as_string(hide_password=False)) as agency:
        yield agency


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def agency(request: pytest.FixtureRequest) -> Agency:
    """The agency's database, of each maker in turn."""
    found = request.getfixturevalue(f"{request.param}_agency")
    assert isinstance(found, Agency)
    return found


@pytest.fixture
def open_source() -> Iterator[object]:
    """Opens sources that are closed when the test ends."""
    opened: list[SqlSource] = []

    def open_one(url: str, queries: SourceQueries, *, statement_timeout_s: int = 30) -> SqlSource:
        source = SqlSource(url, queries=queries, zone=LONDON, statement_timeout_s=statement_timeout_s, password=None)
        opened.append(source)
        return source

    yield open_one
    for source in opened:
        source.close()
