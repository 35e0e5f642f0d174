"""The command line as a whole: usage, faults, pipes and interrupts."""

import os
import subprocess
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import pytest

from riskwatch.core.faults import StoreFault
from riskwatch.entrypoints.arguments import parser
from riskwatch.entrypoints.cli import main
from riskwatch.entrypoints.commands import status
from riskwatch.entrypoints.console import Console
from tests.entrypoints.conftest import Riskwatch

SECRET = "Jane Doe, 14 Mill Lane"


def process(*argv: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run riskwatch as a process of its own."""
    command = [sys.executable, "-m", "riskwatch", *argv]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, env={**os.environ, **environment}, check=False
    )


def test_help_names_every_command() -> None:
    """Whoever asks for help sees what there is, and what the exit codes mean."""
    done = process("--help")
    assert done.returncode == 0
    commands = ("init", "check-config", "import", "run", "sweep", "overdue", "explain", "simulate", "status", "demo")
    assert [name for name in (*commands, "send-test") if f"  {name}" not in done.stdout] == []
    assert "exit codes" in done.stdout


def test_the_version_is_told() -> None:
    """`--version` needs no command."""
    done = process("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("riskwatch 0.")


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["overdu"], "invalid choice: 'overdu'"),
        (["simulate"], "the following arguments are required: --facts, --from, --to"),
        (["demo", "--seconds", "never"], "'never' is no number of seconds above 0"),
        (["demo", "--seconds=-1"], "'-1' is no number of seconds above 0"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(argv: list[str], said: str, riskwatch: Riskwatch) -> None:
    """A mistyped command is told in one line that shows where help is."""
    called = riskwatch(*argv)
    assert called.code == 2
    assert len(called.err) == 1
    assert said in called.err[0]
    assert "--help" in called.err[0]


def test_the_config_folder_may_stand_on_either_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the command, behind it, or in the environment; the nearest wins."""
    assert parser().parse_args(["status"]).config == Path("config")
    monkeypatch.setenv("RISKWATCH_CONFIG", str(tmp_path))
    assert parser().parse_args(["status"]).config == tmp_path
    assert parser().parse_args(["--config", "a", "status"]).config == Path("a")
    assert parser().parse_args(["--config", "a", "status", "--config", "b"]).config == Path("b")


def test_a_missing_config_folder_is_told_file_by_file(tmp_path: Path) -> None:
    """A wrong --config is the first thing that goes wrong; each missing file is named."""
    done = process("--config", str(tmp_path / "none"), "status")
    assert done.returncode == 2
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == [
        str(tmp_path / "none" / name) for name in ("policy.toml", "directory.toml", "riskwatch.toml")
    ]


def test_a_missing_database_folder_is_a_dependency_that_failed(config: Path, riskwatch: Riskwatch) -> None:
    """The database's folder is not made up: the line names it, and the exit code is 3."""
    text = (config / "riskwatch.toml").read_text()
    (config / "riskwatch.toml").write_text(text.replace("sqlite:///../riskwatch.db", "sqlite:////nowhere/at/all.db"))
    for command in (["overdue"], ["status"], ["explain", "C1"]):
        called = riskwatch(*command)
        assert (called.code, called.out) == (3, [])
        assert len(called.err) == 1
        assert "/nowhere/at" in called.err[0]


def raising(error: BaseException) -> Callable[[Namespace, Console], int]:
    """Return a command that raises."""

    def run(_: Namespace, __: Console) -> int:
        raise error

    return run


def test_a_fault_is_one_line_and_exit_3(monkeypatch: pytest.MonkeyPatch, riskwatch: Riskwatch) -> None:
    """A Fault's own words name the mend; they are all that is said."""
    monkeypatch.setattr(status, "run", raising(StoreFault("the disk is full;\nmake room")))
    called = riskwatch("status")
    assert called == (3, [], ["riskwatch: the disk is full; make room"])


def test_an_unexpected_error_names_class_and_place_only(monkeypatch: pytest.MonkeyPatch, riskwatch: Riskwatch) -> None:
    """A fault of riskwatch itself shows no traceback and no text, which may quote a record."""
    monkeypatch.setattr(status, "run", raising(KeyError(SECRET)))
    called = riskwatch("status")
    assert (called.code, called.out, len(called.err)) == (3, [], 1)
    assert "status failed with KeyError at" in called.err[0]
    assert "test_cli.py" in called.err[0]
    assert "report this line" in called.err[0]
    assert SECRET not in called.err[0]


def test_debugging_shows_the_whole_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only on request, since it may show personal data."""
    monkeypatch.setattr(status, "run", raising(KeyError(SECRET)))
    monkeypatch.setenv("RISKWATCH_DEBUG", "1")
    with pytest.raises(KeyError):
        main(["status"])


def test_an_interrupt_is_quiet(monkeypatch: pytest.MonkeyPatch, riskwatch: Riskwatch) -> None:
    """Ctrl-C ends a command without a word, as a shell expects: 130."""
    monkeypatch.setattr(status, "run", raising(KeyboardInterrupt()))
    assert riskwatch("status") == (130, [], [])


def test_a_reader_that_goes_away_is_no_error(config: Path, overdue_facts: Path) -> None:
    """`riskwatch ... | head -1` prints a line and no traceback."""
    command = (
        f"{sys.executable} -m riskwatch --config {config} simulate --json"
        f" --facts {overdue_facts} --from 2021-09-01 --to 2026-01-01 | head -1; echo ${{PIPESTATUS[0]}}"
    )
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    line, code = done.stdout.splitlines()
    assert line.startswith('{"at": ')
    assert code == "141"
