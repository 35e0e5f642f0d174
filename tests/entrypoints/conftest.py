"""A config folder as `init` writes it, facts beside it, and a way to run commands in this process."""

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import structlog

from riskwatch.entrypoints.arguments import CONFIG_VARIABLE
from riskwatch.entrypoints.cli import DEBUG_VARIABLE, main

HEADS = {
    "children": "child_ref,unit,officer,closed_at,closed_recorded_at",
    "assessments": "assessment_id,child_ref,concern,tier,assessed_at,recorded_at",
    "checks": "check_id,child_ref,kind,checked_at,recorded_at",
}


class Called(NamedTuple):
    """What a command did: its exit code, and its lines."""

    code: int
    out: list[str]
    err: list[str]

    @property
    def json(self) -> list[dict[str, Any]]:
        """The lines of standard output, each a JSON object."""
        return [json.loads(line) for line in self.out]


Riskwatch = Callable[..., Called]
WriteFacts = Callable[..., Path]


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No setting of whoever runs the tests, and no logging left behind."""
    for name in (CONFIG_VARIABLE, DEBUG_VARIABLE, "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def config(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A config folder as `init` writes it."""
    assert main(["init", str(tmp_path / "ppu")]) == 0
    capsys.readouterr()
    return tmp_path / "ppu" / "config"


@pytest.fixture
def riskwatch(config: Path, capsys: pytest.CaptureFixture[str]) -> Riskwatch:
    """Runs a command on the config folder."""

    def call(*argv: str) -> Called:
        capsys.readouterr()
        try:
            code = main(["--config", str(config), *argv])
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = capsys.readouterr()
        return Called(code, out.splitlines(), err.splitlines())

    return call


@pytest.fixture
def facts(tmp_path: Path) -> WriteFacts:
    """Writes a folder of facts: rows by table; a table that is not named has none."""

    def write(folder: str = "facts", **rows: Sequence[str]) -> Path:
        path = tmp_path / folder
        path.mkdir(exist_ok=True)
        for table, head in HEADS.items():
            (path / f"{table}.csv").write_text("\n".join([head, *rows.get(table, ())]) + "\n")
        return path

    return write


@pytest.fixture
def overdue_facts(facts: WriteFacts) -> Path:
    """Two children: C1 on a high tier and never seen, C2 seen in time once, and long ago."""
    return facts(
        children=["C1,harbour,pc.one@example.police.uk,,", "C2,moorside,,,"],
        assessments=[
            "A1,C1,neglect,high,2021-09-06T10:15,",
            "A2,C2,neglect,medium,2021-09-06T10:15,",
        ],
        checks=["K1,C2,seen,2021-09-07T09:00,", "K2,C1,phone_call,2021-09-07T09:00,"],
    )


def edit(path: Path, old: str, new: str) -> int:
    """Replace the one place in a file; return its line."""
    text = path.read_text()
    assert text.count(old) >= 1, f"{old!r} is not in {path}"
    path.write_text(text.replace(old, new, 1))
    return text[: text.index(old)].count("\n") + 1
