"""The board as a person and the daemon write it: the command, and the whole way from a missed deadline to a check."""

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from riskwatch.adapters.pages.board import case_file
from tests.entrypoints.conftest import Riskwatch
from tests.entrypoints.mail_server import MailServer
from tests.entrypoints.processes import a_daemon, ask, call, daemon, given, soon, stamp, until, write_config

LISTED = re.compile(r"""<th scope="row"><a href="(case-[0-9a-f]{24}\.html)">(C\d+)</a>""")


@pytest.fixture
def mail() -> Iterator[MailServer]:
    """A mail server on this machine."""
    with MailServer() as server:
        yield server


def listed(board: Path) -> dict[str, str]:
    """Return the pages that the board leads to, by reference."""
    index = board / "index.html"
    return {ref: name for name, ref in LISTED.findall(index.read_text())} if index.exists() else {}


def kept(config: Path) -> str:
    """Return what is kept of why the board cannot be written."""
    return "".join(value for (value,) in ask(config, "SELECT value FROM keepsake WHERE name = 'board-problem'"))


def with_a_board(config: Path, folder: str = "../board", every: str = "1 seconds") -> Path:
    """Have the daemon write a board beside the config folder; return its folder."""
    with (config / "riskwatch.toml").open("a") as file:
        file.write(f'\n[board]\nfolder = "{folder}"\nevery = "{every}"\n')
    return config.parent / "board"


def test_from_a_missed_deadline_to_the_check(tmp_path: Path, mail: MailServer) -> None:
    """A child who is overdue appears with a page; when a check is recorded both go, with nobody doing anything."""
    config = given(write_config(tmp_path, mail.port, source='refresh_every = "1 seconds"'))
    board = with_a_board(config)
    with a_daemon(config):
        until((board / "index.html").exists, "the board")
        assert {} == listed(board)
        given(config, due_at=[soon(-7200), soon(-60)])
        until(lambda: {"C0", "C1"} == set(listed(board)), "two children on the board")
        assert {case_file("C0"), case_file("C1"), "index.html"} == {path.name for path in board.iterdir()}
        given(config, checks=[f"K0,C0,seen,{stamp(soon(-30))},{stamp(soon(-30))}"])
        until(lambda: {"C1"} == set(listed(board)), "the child who was seen off the board")
        until(lambda: not (board / case_file("C0")).exists(), "its page gone")
    assert ["0o640"] * 2 == [oct(stat.S_IMODE(path.stat().st_mode)) for path in board.glob("*.html")]
    assert "0o750" == oct(stat.S_IMODE(board.stat().st_mode))


def test_a_folder_that_cannot_be_written_stops_no_letter(tmp_path: Path, mail: MailServer) -> None:
    """`status` says so until it is mended, without a restart; letters go out meanwhile."""
    config = given(write_config(tmp_path, mail.port), due_at=[soon(-60)])
    board = with_a_board(config, folder="../in-the-way/board")
    (tmp_path / "in-the-way").touch()
    with daemon(config) as running:
        until(lambda: mail.letters, "the letter")
        running.wait_for("board-failed")
        until(lambda: kept(config), "the problem in the store")
        assert "riskwatch: the board is not being written" in call(config, "status").stderr
        (tmp_path / "in-the-way").unlink()
        until(lambda: listed(tmp_path / "in-the-way" / "board"), "the board")
        until(lambda: not kept(config), "no problem in the store")
        assert "the board" not in call(config, "status").stderr
        written = running.wait_for("board-written")
        assert (1, 0, 1, 1, 0) == tuple(written[key] for key in ("overdue", "soon", "pages", "cases", "failed"))
        running.stop()
    assert not board.exists()


def test_the_command_writes_it_once(riskwatch: Riskwatch, config: Path, overdue_facts: Path, tmp_path: Path) -> None:
    """Every page at once, and exit 1 while somebody is overdue; nobody else may read it."""
    riskwatch("import", str(overdue_facts))
    riskwatch("sweep")
    out = tmp_path / "out"
    before = os.umask(0)
    done = riskwatch("board", "--out", str(out))
    os.umask(before)
    assert (1, []) == (done.code, done.err)
    (line,) = done.out
    assert line.endswith(f"2 pages of 2 cases: {out / 'index.html'}")
    assert {"C1", "C2"} == set(listed(out))
    assert "0o640" == oct(stat.S_IMODE((out / "index.html").stat().st_mode))


def test_the_command_uses_the_configured_folder(riskwatch: Riskwatch, config: Path) -> None:
    """Nobody overdue is exit 0; before anything was read the board says so in red."""
    board = with_a_board(config, every="5 minutes")
    assert 0 == riskwatch("board").code
    page = (board / "index.html").read_text()
    assert "The records were never read" in page
    assert "Problem: the records were never read" in page


@pytest.mark.parametrize("out", [None, "config", "config/board", "."])
def test_a_place_that_is_none_is_refused(riskwatch: Riskwatch, config: Path, out: str | None) -> None:
    """Exit 2 and one line: without a folder, and where a web server would hand out the configuration."""
    argv = [] if out is None else ["--out", str(config.parent / out)]
    done = riskwatch("board", *argv)
    assert (2, 1) == (done.code, len(done.err))
    assert done.err[0].startswith("riskwatch: --out: ")
    assert not (config / "index.html").exists()


def test_a_folder_that_cannot_be_written_is_exit_3(riskwatch: Riskwatch, tmp_path: Path) -> None:
    """In one line that says what to mend."""
    (tmp_path / "file").touch()
    done = riskwatch("board", "--out", str(tmp_path / "file"))
    assert (3, 1) == (done.code, len(done.err)), done.err
    assert f"the board cannot be written to {tmp_path / 'file'}: File exists" in done.err[0]
