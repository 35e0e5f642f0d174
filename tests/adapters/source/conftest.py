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

import pytest
from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import OperationalError

from riskwatch.adapters.source.queries import SourceQueries
from riskwatch.adapters.source.sql import SqlSource
from tests.adapters.source.agency import LONDON, Agency, OpenSource

_START_LIMIT_S = 60
_INSTALL_TRIES = 3
# One server for each test process: the kernel's limit of asynchronous requests is for all of them together.
_SMALL = ("--innodb-use-native-aio=0", "--innodb-buffer-pool-size=32M", "--innodb-log-file-size=16M")
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
        options = _install(install, folder)
        address = [f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder}/socket"]
        started = [server, *options, *address, f"--pid-file={folder}/pid"]
        with subprocess.Popen(started, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                url = f"mysql+pymysql://root@127.0.0.1:{port}/"
                _wait_for(url)
                yield url
            finally:
                process.terminate()
                process.wait(timeout=_START_LIMIT_S)


def _install(install: str, folder: str) -> list[str]:
    """Make an empty data folder, and return the options that both programs take.

    The installer now and then fails on a busy machine, where a second try does not.
    """
    said = ""
    for attempt in range(_INSTALL_TRIES):
        options = ["--no-defaults", f"--datadir={folder}/data-{attempt}", *_SMALL]
        if os.geteuid() == 0:
            options.append("--user=root")
        made = [install, *options, "--auth-root-authentication-method=normal"]
        done = subprocess.run(made, check=False, timeout=_START_LIMIT_S, capture_output=True, text=True)
        if done.returncode == 0:
            return options
        said = done.stdout + done.stderr
    pytest.skip(f"MariaDB is installed, but cannot make a data folder here: {said[-500:]}")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_for(url: str) -> None:
    give_up_at = time.monotonic() + _START_LIMIT_S
    engine = create_engine(url)
    while True:
        try:
            engine.connect().close()
        except OperationalError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.1)
        else:
            engine.dispose()
            return


@pytest.fixture
def sqlite_agency(tmp_path: Path) -> Iterator[Agency]:
    """An empty SQLite file."""
    with Agency(f"sqlite:///{tmp_path / 'agency #1.db'}") as agency:
        agency.run("CREATE TABLE empty (x INTEGER)")
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
def open_source() -> Iterator[OpenSource]:
    """Opens sources that are closed when the test ends."""
    opened: list[SqlSource] = []

    def open_one(url: str, queries: SourceQueries, *, statement_timeout_s: int = 30) -> SqlSource:
        source = SqlSource(url, queries=queries, zone=LONDON, statement_timeout_s=statement_timeout_s, password=None)
        opened.append(source)
        return source

    yield open_one
    for source in opened:
        source.close()
