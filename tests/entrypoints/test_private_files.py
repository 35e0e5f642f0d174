"""Files that hold records or letters are for their owner alone."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from riskwatch.entrypoints.demo import _prepare
from tests.entrypoints.conftest import Riskwatch, WriteFacts


@pytest.fixture(autouse=True)
def _open_handed() -> Iterator[None]:
    """Whoever starts riskwatch lets everybody read what they write."""
    before = os.umask(0o022)
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
