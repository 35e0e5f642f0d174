"""`import`: all or nothing, and what becomes of bad rows."""

import csv
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.entrypoints.conftest import HEADS, Riskwatch, WriteFacts, edit

GOOD = {
    "children": ["C1,harbour,pc.one@example.police.uk,,", "C2,moorside,,,"],
    "assessments": ["A1,C1,neglect,high,2021-09-06T10:15,"],
    "checks": ["K1,C1,seen,2021-09-07T09:00,"],
}


@pytest.fixture
def tables(config: Path) -> Any:
    """Returns every row of the embedded tables."""

    def read() -> list[tuple[Any, ...]]:
        path = config.parent / "riskwatch.db"
        if not path.exists():
            return []
        with sqlite3.connect(path) as database:
            names = ("child", "assessment", "recorded_check")
            rows = [(name, *row) for name in names for row in database.execute(f"SELECT * FROM {name}")]
        database.close()
        return rows

    return read


def numbers(out: list[str]) -> list[list[str]]:
    """Return the cells of the printed table of counts."""
    return [line.split() for line in out[1:4]]


def test_rows_are_counted_as_new_changed_and_same(riskwatch: Riskwatch, facts: WriteFacts) -> None:
    """An import is an upsert by id: a second one of the same files changes nothing."""
    folder = facts(**GOOD)
    called = riskwatch("import", str(folder))
    assert (called.code, called.err) == (0, [])
    assert numbers(called.out) == [
        ["children", "2", "0", "0"],
        ["assessments", "1", "0", "0"],
        ["checks", "1", "0", "0"],
    ]
    edit(folder / "children.csv", "moorside", "harbour")
    assert numbers(riskwatch("import", str(folder)).out)[0] == ["children", "0", "1", "1"]


def test_one_bad_row_and_nothing_is_imported(riskwatch: Riskwatch, facts: WriteFacts, tables: Any) -> None:
    """Every bad row is told by file, line and column; the tables stay as they were; exit 1."""
    riskwatch("import", str(facts(**GOOD)))
    before = tables()
    assert len(before) == 4
    folder = facts(
        "more",
        children=["C3,harbour,,,", "C4,harbour,,never,"],
        assessments=["A2,C3,neglect,high,2021-09-06T10:15,", ",C3,neglect,high,2021-09-06T10:15,"],
        checks=["K2,C3,seen,2021-09-07T09:00,", "K2,C3,seen,2021-09-07T09:00,"],
    )
    called = riskwatch("import", str(folder))
    assert (called.code, called.out) == (1, [])
    assert [line.split(": ")[:2] for line in called.err[:-1]] == [
        [f"{folder}/children.csv:3", "closed_at"],
        [f"{folder}/assessments.csv:3", "assessment_id"],
        [f"{folder}/checks.csv:3", "check_id"],
    ]
    assert "nothing was imported" in called.err[-1]
    assert tables() == before
    assert list(folder.glob("*.rejected.csv")) == []


def test_bad_rows_can_be_skipped_and_are_kept(riskwatch: Riskwatch, facts: WriteFacts, tables: Any) -> None:
    """With --skip-bad the rest is imported; the bad rows stand in files of their own, with the reason; exit 1."""
    folder = facts(**{**GOOD, "checks": [*GOOD["checks"], "K2,C1,seen,yesterday,", 'K3,C1,"seen,2021-09-07T09:00,']})
    text = (folder / "checks.csv").read_text().splitlines()
    (folder / "checks.csv").write_text("\n".join([f"{text[0]},note", *text[1:2], f"{text[2]},a note", *text[3:]]))
    called = riskwatch("import", str(folder), "--skip-bad")
    assert called.code == 1
    assert len(called.err) == 2
    assert len(tables()) == 4
    with (folder / "checks.rejected.csv").open(newline="") as file:
        header, second, third = csv.reader(file)
    assert header == [*HEADS["checks"].split(","), "note", "reason"]
    assert second[:6] == ["K2", "C1", "seen", "yesterday", "", "a note"]
    assert second[6].startswith("checked_at: 'yesterday' is no ISO 8601 time")
    assert third[0] == 'K3,C1,"seen,2021-09-07T09:00,'
    assert third[6].startswith("row: has a quotation mark out of place")
    assert [path.name for path in sorted(folder.glob("*rejected*"))] == ["checks.rejected.csv"]
    assert any("checks.rejected.csv" in line for line in called.out)


def test_an_assessment_with_one_readable_time_is_kept_and_told(
    riskwatch: Riskwatch, facts: WriteFacts, tables: Any
) -> None:
    """It would hide a danger if it were skipped: it counts from the time that can be read, and stands among the bad."""
    folder = facts(assessments=["A1,C1,neglect,high,soon,2021-09-06T10:15"])
    assert riskwatch("import", str(folder)).code == 1
    assert tables() == []
    assert riskwatch("import", str(folder), "--skip-bad").code == 1
    assert [row[1] for row in tables()] == ["A1"]
    assert "counted from recorded_at" in (folder / "assessments.rejected.csv").read_text()


def test_mended_rows_can_be_imported_as_they_stand(riskwatch: Riskwatch, facts: WriteFacts, tables: Any) -> None:
    """A file of rejected rows, mended, is a file to import: its extra column does no harm."""
    folder = facts(**{**GOOD, "checks": ["K2,C1,seen,yesterday,"]})
    riskwatch("import", str(folder), "--skip-bad")
    mended = facts("mended")
    (mended / "checks.csv").write_text((folder / "checks.rejected.csv").read_text())
    edit(mended / "checks.csv", "yesterday", "2021-09-07T09:00")
    assert riskwatch("import", str(mended)).code == 0
    assert [row[1] for row in tables() if row[0] == "recorded_check"] == ["K2"]


def test_a_folder_that_cannot_keep_the_bad_rows_imports_nothing(
    riskwatch: Riskwatch, facts: WriteFacts, tables: Any
) -> None:
    """Where the bad rows would be lost, the others are not taken either."""
    folder = facts(**{**GOOD, "checks": ["K2,C1,seen,yesterday,"]})
    (folder / "checks.rejected.csv").mkdir()
    called = riskwatch("import", str(folder), "--skip-bad")
    assert called.code == 2
    assert called.err[-1].startswith(f"{folder}/checks.rejected.csv: cannot be written: ")
    assert tables() == []
    assert list(folder.glob("*.unfinished")) == []


def test_a_missing_column_is_refused(riskwatch: Riskwatch, facts: WriteFacts, tables: Any) -> None:
    """Without a column nothing is imported: file, line and column are named, and the exit code is 2."""
    folder = facts(**GOOD)
    edit(folder / "assessments.csv", "tier", "grade")
    called = riskwatch("import", str(folder))
    assert (called.code, called.out, len(called.err)) == (2, [], 1)
    assert called.err[0].startswith(f"{folder}/assessments.csv:1: tier: column is missing")
    assert tables() == []


def test_rows_that_would_never_be_read_are_refused(config: Path, riskwatch: Riskwatch, facts: WriteFacts) -> None:
    """Where the agency's own database is the source, an import would be in vain: it is refused."""
    queries = "\n".join(f'{table} = "SELECT {head} FROM {table}"' for table, head in HEADS.items())
    edit(
        config / "riskwatch.toml",
        'timezone = "Europe/London"',
        f'timezone = "Europe/London"\nurl = "sqlite:///agency.db"\n{queries}',
    )
    called = riskwatch("import", str(facts(**GOOD)))
    assert (called.code, len(called.err)) == (2, 1)
    assert "source.url" in called.err[0]
