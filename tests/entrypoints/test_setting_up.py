"""`init` and `check-config`: from nothing to a folder that is in order, and every way out of order."""

import json
from datetime import date
from pathlib import Path

import pytest

from riskwatch.entrypoints.cli import main
from riskwatch.settings.load import load
from tests.entrypoints.conftest import Riskwatch, edit


def test_what_init_writes_is_in_order_and_used(config: Path) -> None:
    """The folder can be used as it stands, and its own templates are the ones in force."""
    loaded = load(config, today=date(2026, 1, 1))
    assert loaded.errors == ()
    assert loaded.settings is not None
    assert loaded.settings.letters.templates == config.parent / "templates"
    assert (config.parent / "templates" / "letter.txt.j2").is_file()


def test_init_overwrites_nothing(config: Path, riskwatch: Riskwatch) -> None:
    """Where one file is there already, it is named, nothing is written, and the exit code is 2."""
    (config / "policy.toml").write_text("mine")
    (config / "directory.toml").unlink()
    called = riskwatch("init", str(config.parent))
    assert called.code == 2
    assert f"{config / 'policy.toml'}: is there already and is kept; nothing was written" in called.err
    assert (config / "policy.toml").read_text() == "mine"
    assert not (config / "directory.toml").exists()


def test_init_says_where_it_cannot_write(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file in the place of the folder is told in one line."""
    (tmp_path / "taken").write_text("")
    assert main(["init", str(tmp_path / "taken")]) == 2
    err = capsys.readouterr().err.splitlines()
    assert len(err) == 1
    assert err[0].endswith(": cannot be written: Not a directory")


def test_good_news_is_one_line(config: Path, riskwatch: Riskwatch) -> None:
    """A folder in order is said to be so, and programs read nothing at all."""
    assert riskwatch("check-config", "--strict") == (0, [f"{config}: in order"], [])
    assert riskwatch("check-config", "--json") == (0, [], [])


def test_every_problem_of_every_file_is_told_at_once(config: Path, riskwatch: Riskwatch) -> None:
    """A typing error in a rule, a wrong address, a wrong port and a broken template: each by file and line."""
    policy = edit(config / "policy.toml", 'ladder = "urgent"', 'ladder = "urgnt"')
    directory = edit(config / "directory.toml", "duty.inspector@example.police.uk", "duty.inspector@elsewhere.uk")
    service = edit(config / "riskwatch.toml", "port = 25", 'port = "post"')
    template = config.parent / "templates" / "letter.txt.j2"
    template.write_text("{{ line.case }\n")
    called = riskwatch("check-config")
    assert called.code == 2
    places = [line.rsplit(": ", 2)[0] for line in called.err]
    expected = [
        (config / "policy.toml", policy),
        (config / "directory.toml", directory),
        (config / "riskwatch.toml", service),
        (template, 1),
    ]
    assert [place for file, line in expected for place in places if place.startswith(f"{file}:{line}")] == places
    assert len(places) == len(expected)
    assert called.out == [f"{config}: 4 errors; cannot be used"]
    assert called.err[0].endswith('"urgnt" is not one of ladders; did you mean "urgent"?')


def test_problems_are_json_for_programs(config: Path, riskwatch: Riskwatch) -> None:
    """One object a line: file, line, key, message, severity."""
    line = edit(config / "policy.toml", 'ladder = "urgent"', 'ladder = "urgnt"')
    called = riskwatch("check-config", "--json")
    assert (called.code, called.err) == (2, [])
    (problem,) = called.json
    assert problem["message"].startswith('"urgnt" is not one of ladders')
    place = {"file": str(config / "policy.toml"), "line": line, "severity": "error"}
    assert {key: problem[key] for key in place} == place


def test_a_finding_stops_nothing_unless_asked_to(config: Path, riskwatch: Riskwatch) -> None:
    """An empty rung is legal and told; --strict makes it exit 1."""
    edit(config / "directory.toml", '"priya.nair@example.police.uk"', '""')
    called = riskwatch("check-config")
    assert called.code == 0
    assert called.out == [f"{config}: 1 finding; can be used"]
    assert len(called.err) == 1
    assert riskwatch("check-config", "--strict").code == 1


def test_an_unreadable_file_is_told(config: Path, riskwatch: Riskwatch) -> None:
    """A file that is no TOML, and one that is no file, are each told by name."""
    (config / "policy.toml").write_text("version = \n")
    (config / "directory.toml").unlink()
    (config / "directory.toml").mkdir()
    called = riskwatch("check-config")
    assert called.code == 2
    assert any(line.startswith(f"{config / 'policy.toml'}:1: ") for line in called.err)
    assert any(line.startswith(f"{config / 'directory.toml'}:1: ") for line in called.err)


def test_init_brings_the_schemas_that_the_files_name(config: Path) -> None:
    """An editor that opens a new folder completes at once."""
    first = (config / "policy.toml").read_text().partition("\n")[0]
    assert (config / first.removeprefix("#:schema ")).is_file()


def test_schema_prints_what_an_editor_reads(riskwatch: Riskwatch) -> None:
    """One file's schema, or all of them by the file's name."""
    one = json.loads("\n".join(riskwatch("schema", "policy").out))
    every = json.loads("\n".join(riskwatch("schema").out))
    assert ["policy", "directory", "riskwatch"] == list(every)
    assert one == every["policy"]
    assert "unknown_tier_runs_as" in one["required"]


def test_schema_writes_over_what_an_older_riskwatch_wrote(config: Path, riskwatch: Riskwatch) -> None:
    """After an upgrade, `schema --out` makes the folder's schemas those of the new version."""
    old = config / "schemas" / "policy.schema.json"
    shipped = old.read_text()
    old.write_text("{}")
    called = riskwatch("schema", "--out", str(config / "schemas"))
    assert (0, []) == (called.code, called.err)
    assert str(old) in called.out
    assert shipped == old.read_text()


def test_schema_says_where_it_cannot_write(config: Path, riskwatch: Riskwatch) -> None:
    """A file in the place of the folder is told in one line."""
    called = riskwatch("schema", "policy", "--out", str(config / "policy.toml"))
    assert called.code == 2
    assert [f"{config / 'policy.toml' / 'policy.schema.json'}: cannot be written: File exists"] == called.err
