"""The folder of the board: whole pages, for the owner and the web server's group alone."""

import errno
import os
import re
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from riskwatch.adapters.board_folder import UNFINISHED, UNFINISHED_S, BoardFault, BoardFolder

ANY = re.compile(r".*")


@pytest.fixture(autouse=True)
def _tight_fisted() -> Iterator[None]:
    """The daemon's own mask, which lets nobody else read."""
    before = os.umask(0o077)
    yield
    os.umask(before)


def mode(path: Path) -> str:
    """The mode of a file or folder."""
    return oct(stat.S_IMODE(path.stat().st_mode))


def test_the_web_servers_group_may_read_and_nobody_else(tmp_path: Path) -> None:
    """Whatever the mask of the daemon; a page that is replaced is as private as the first."""
    board = BoardFolder(tmp_path / "new" / "board")
    for text in ("one", "two"):
        board.put("index.html", text)
        assert text == (tmp_path / "new" / "board" / "index.html").read_text()
    assert ("0o750", "0o640") == (mode(tmp_path / "new" / "board"), mode(tmp_path / "new" / "board" / "index.html"))


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    """Whoever made it has chosen its group and mode."""
    tmp_path.chmod(0o2770)
    BoardFolder(tmp_path)
    assert "0o2770" == mode(tmp_path)


def test_a_reader_gets_the_page_before_or_after(tmp_path: Path) -> None:
    """An open page stays whole while it is replaced, and nothing unfinished is left beside it."""
    board = BoardFolder(tmp_path)
    board.put("index.html", "before")
    with (tmp_path / "index.html").open() as reader:
        board.put("index.html", "after, and longer")
        assert "before" == reader.read()
    assert {"index.html"} == board.names(ANY)


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    """A page never lands where somebody has laid a link to."""
    target = tmp_path / "elsewhere"
    target.write_text("mine")
    (tmp_path / "board").mkdir()
    (tmp_path / "board" / "index.html").symlink_to(target)
    BoardFolder(tmp_path / "board").put("index.html", "page")
    assert "mine" == target.read_text()
    assert not (tmp_path / "board" / "index.html").is_symlink()


def test_a_lone_surrogate_is_no_hindrance(tmp_path: Path) -> None:
    """What no encoding has a place for is written as its number."""
    BoardFolder(tmp_path).put("index.html", "C\udcff1 \N{SNOWMAN}")
    assert "C\\udcff1 \N{SNOWMAN}" == (tmp_path / "index.html").read_text(encoding="utf-8")


def test_a_full_disk_is_one_line_and_leaves_the_page_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing half-written stays, under any name."""
    board = BoardFolder(tmp_path)
    board.put("index.html", "before")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fchmod", full)
    with pytest.raises(BoardFault) as fault:
        board.put("index.html", "after")
    text = f"the board cannot be written to {tmp_path}: No space left on device; mend the folder, or [board] folder"
    assert text == str(fault.value)
    assert {"index.html": "before"} == {path.name: path.read_text() for path in tmp_path.iterdir()}


def test_a_file_in_the_way_is_one_line(tmp_path: Path) -> None:
    """Making, listing, writing and taking away all say so alike."""
    (tmp_path / "file").touch()
    with pytest.raises(BoardFault, match="File exists"):
        BoardFolder(tmp_path / "file")
    with pytest.raises(BoardFault, match="Not a directory"):
        BoardFolder(tmp_path / "file" / "board")
    board = BoardFolder(tmp_path / "board")
    (tmp_path / "board").rmdir()
    with pytest.raises(BoardFault, match="No such file or directory"):
        board.put("index.html", "page")
    with pytest.raises(BoardFault, match="No such file or directory"):
        board.names(ANY)
    (tmp_path / "board" / "index.html").mkdir(parents=True)
    with pytest.raises(BoardFault):
        board.remove({"index.html"})


def test_pages_are_taken_away_by_name(tmp_path: Path) -> None:
    """One that has gone already is as it should be; others stay; a pattern means the whole name."""
    board = BoardFolder(tmp_path)
    for name in ("case-1.html", "case-2.html", "case-2.html.old"):
        board.put(name, "page")
    assert {"case-1.html", "case-2.html"} == board.names(re.compile(r"case-.\.html"))
    board.remove({"case-1.html", "case-9.html"})
    assert {"case-2.html", "case-2.html.old"} == board.names(ANY)


def test_what_a_killed_writer_left_goes_in_time(tmp_path: Path) -> None:
    """An hour later, so that a page that another daemon is just writing is left alone."""
    old, new = tmp_path / f"{UNFINISHED}old", tmp_path / f"{UNFINISHED}new"
    old.touch()
    new.touch()
    before_s = time.time() - UNFINISHED_S - 1
    os.utime(old, (before_s, before_s))
    BoardFolder(tmp_path)
    assert (False, True) == (old.exists(), new.exists())
