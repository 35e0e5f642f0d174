"""What check-config says of the board in riskwatch.toml."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from riskwatch.settings.load import load
from riskwatch.settings.model import BoardSettings
from tests.settings.folders import SERVICE, TODAY, changed, problems_after, write_folder

LEVEL = 'log_level = "info"'
EVERY, FOLDER = "config/riskwatch.toml:30: board.every", "config/riskwatch.toml:29: board.folder"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A place for a config folder that holds nothing else."""
    folder = tmp_path / "config"
    folder.mkdir()
    return folder


def found(config: Path, folder: str, every: str = "5 minutes") -> list[str]:
    """Return what is said of a board with this folder, written so often."""
    assert SERVICE.endswith(f"{LEVEL}\n")
    board = f'{LEVEL}\n[board]\nfolder = "{folder}"\nevery = "{every}"'
    return problems_after(config, "riskwatch.toml", LEVEL, board)


@pytest.mark.parametrize(
    ("folder", "every", "problem"),
    [
        (
            "../board",
            "59 seconds",
            f"{EVERY}: is short: under a minute the page costs more work than it saves (finding)",
        ),
        (
            "../board",
            "61 minutes",
            f"{EVERY}: is long: the page may show a child as overdue for over an hour too many (finding)",
        ),
        ("", "6 minutes", f"{EVERY}: has no effect without board.folder: no page is written (finding)"),
        (".", "5 minutes", f"{FOLDER}: must not lie inside config/: a web server hands out what it holds"),
        ("pages/board", "5 minutes", f"{FOLDER}: must not lie inside config/: a web server hands out what it holds"),
        ("..", "5 minutes", f"{FOLDER}: must not hold config/: a web server hands out what it holds"),
        ("/", "5 minutes", f"{FOLDER}: must not hold config/: a web server hands out what it holds"),
        ("../file", "5 minutes", f"{FOLDER}: must be a folder: a file of that name stands there"),
        (
            "../file/board",
            "5 minutes",
            f"{FOLDER}: cannot be made or written to by whoever runs this check (finding)",
        ),
        ("../board", "1 minutes", ""),
        ("../new/board", "60 minutes", ""),
    ],
)
def test_each_slip_is_named(config: Path, folder: str, every: str, problem: str) -> None:
    """Each slip about the board gives its key and what is wrong, and nothing else."""
    (config.parent / "file").touch()
    assert [problem] * bool(problem) == found(config, folder, every)


def test_a_folder_that_may_not_be_written_to_is_named(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it is there or is to be made: what counts is the part of its path that is there."""
    monkeypatch.setattr(os, "access", lambda path, _: Path(path) != config.parent)
    assert [f"{FOLDER}: cannot be made or written to by whoever runs this check (finding)"] == found(config, "../board")
    (config.parent / "board").mkdir()
    assert [] == found(config, "../board")


def test_a_link_into_the_config_folder_is_seen_through(config: Path) -> None:
    """What a web server would hand out is where the link leads."""
    (config.parent / "board").symlink_to(config)
    assert [f"{FOLDER}: must not lie inside config/: a web server hands out what it holds"] == found(config, "../board")


def test_what_is_left_out(config: Path) -> None:
    """No board; one that is named is written every five minutes, and its path counts from the config folder."""
    settings = load(write_folder(config), today=TODAY).settings
    assert settings is not None
    assert BoardSettings(folder=None, every=timedelta(minutes=5)) == settings.board
    text = changed("riskwatch.toml", LEVEL, LEVEL + '\n[board]\nfolder = "../board"')
    settings = load(write_folder(config, riskwatch=text), today=TODAY).settings
    assert settings is not None
    assert BoardSettings(folder=config.parent / "board", every=timedelta(minutes=5)) == settings.board
