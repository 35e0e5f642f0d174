"""Files that hold records or letters are for their owner alone."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from riskwatch.entrypoints.demo import _prepare
from tests.entrypoints.conftest import Riskwatch, WriteFacts
from tests.entrypoints.processes import PATIENCE_S, START, a_daemon, environment, given, soon, write_config


@pytest.fixture(autouse=True)
def _open_handed() -> Iterator[None]:
    """Whoever starts riskwatch lets everybody read what they write."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> str:
    """The mode of a file."""
    return oct(stat.S_IMODE(path.stat().st_mode))


def test_the_store_of_a_command_is_private(config: Path, riskwatch: Riskwatch, overdue_facts: Path) -> None:
    """Not only the daemon makes it: `import` and `sweep` do so too."""
    riskwatch("import", str(overdue_facts))
    riskwatch("sweep")
    files = sorted(config.parent.glob("riskwatch.db*"))
    assert len(files) >= 2
    assert {"0o600"} == {mode(path) for path in files}, files


def test_rows_that_were_left_out_are_private(riskwatch: Riskwatch, facts: WriteFacts) -> None:
    """Also where a file that an import was stopped in lies open to everybody."""
    folder = facts(children=["C1,harbour,,never,"])
    unfinished = folder / "children.rejected.csv.unfinished"
    unfinished.write_text("old")
    unfinished.chmod(0o666)
    riskwatch("import", "--skip-bad", str(folder))
    assert "0o600" == mode(folder / "children.rejected.csv")
    assert not unfinished.exists()


def test_the_demo_keeps_its_files_to_itself(tmp_path: Path) -> None:
    """Its letters and its database stand in a folder that nobody else may enter."""
    mailbox = _prepare(tmp_path / "demo")
    assert mailbox.is_dir()
    assert "0o700" == mode(tmp_path / "demo")


def test_nothing_that_a_daemon_makes_is_open(tmp_path: Path) -> None:
    """Its database and journal, its lock and the heads, under a mask that would leave them open to everybody."""
    config = given(write_config(tmp_path, 1), due_at=[soon(-60)])
    before = set(tmp_path.rglob("*"))
    with a_daemon(config) as running:
        running.wait_for("journal-head")
        seen = {path: mode(path) for path in tmp_path.rglob("*") if path.exists()}
    made = {path: how for path, how in seen.items() if path not in before or path.name.startswith("riskwatch.db")}
    made |= {path: mode(path) for path in tmp_path.glob("journal-heads.log")}
    made.pop(tmp_path / "daemon.log")  # the test's own
    assert {"riskwatch.db", "journal-heads.log"} <= {path.name for path in made}
    assert {"0o600"} == set(made.values()), made


def test_everything_that_the_demo_makes_is_private(tmp_path: Path) -> None:
    """Log, configuration, database, and the folder of the letters."""
    folder = tmp_path / "demo"
    argv = [sys.executable, *START, "demo", "--seconds", "1", "--dir", str(folder)]
    subprocess.run(argv, timeout=PATIENCE_S, check=True, capture_output=True, env=environment())
    assert "0o700" == mode(folder)
    assert {"riskwatch.db", "riskwatch.log", "mailbox"} <= {path.name for path in folder.iterdir()}
    board = {path for path in folder.rglob("*") if path.is_relative_to(folder / "board")}
    assert {"0o600", "0o700"} == {mode(path) for path in {*folder.rglob("*")} - board}
    # The board is made for a web server's group: here the folder around it keeps that out.
    assert {mode(path) for path in board} <= {"0o640", "0o750", "0o600"}
