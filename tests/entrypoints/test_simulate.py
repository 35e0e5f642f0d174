"""`simulate`: the letters of recorded facts, for programs and for people."""

from pathlib import Path

from tests.entrypoints.conftest import Riskwatch, WriteFacts, edit

SPAN = ("--from", "2021-09-07", "--to", "2021-09-08")


def test_letters_are_json_in_the_agreed_form(riskwatch: Riskwatch, overdue_facts: Path) -> None:
    """Every key of a letter and of a notice, in UTC, as other programs rely on it."""
    called = riskwatch("simulate", "--facts", str(overdue_facts), *SPAN, "--json")
    assert (called.code, called.err) == (0, [])
    notice = {
        "kind": "overdue",
        "child_ref": "C1",
        "rule": "seen-high",
        "step": "officer",
        "repeat": 0,
        "due_at": "2021-09-07T09:15:00Z",
        "passed_up": False,
    }
    assert called.json == [
        {"at": "2021-09-07T09:15:00Z", "to": "pc.one@example.police.uk", "notices": [notice]},
        {
            "at": "2021-09-07T13:15:00Z",
            "to": "alex.morgan@example.police.uk",
            "notices": [notice | {"step": "supervisor"}],
        },
    ]


def test_people_read_each_letter_as_it_would_be_worded(config: Path, riskwatch: Riskwatch, overdue_facts: Path) -> None:
    """A line says when and to whom; below it stands the text, in the force's own wording where it has one."""
    called = riskwatch("simulate", "--facts", str(overdue_facts), *SPAN)
    heads = [line for line in called.out if line.startswith("===")]
    assert [head.split(":")[0:3] for head in heads] == [
        ["=== 2021-09-07T09", "15", "00Z to pc.one@example.police.uk"],
        ["=== 2021-09-07T13", "15", "00Z to alex.morgan@example.police.uk"],
    ]
    assert any("C1" in line for line in called.out if not line.startswith("==="))
    (config.parent / "templates" / "letter.txt.j2").write_text("Ours: {{ line.case }}, {{ line.due }}\n")
    assert "Ours: C1, Tue 7 Sep 2021, 10:15" in riskwatch("simulate", "--facts", str(overdue_facts), *SPAN).out


def test_a_span_counts_on_the_source_clock(riskwatch: Riskwatch, overdue_facts: Path) -> None:
    """The start is included and the end is not, in local time unless an offset is given."""

    def letters(start: str, end: str) -> int:
        return len(riskwatch("simulate", "--facts", str(overdue_facts), "--from", start, "--to", end, "--json").out)

    assert letters("2021-09-07T10:15", "2021-09-07T14:15") == 1
    assert letters("2021-09-07T10:15:01", "2021-09-07T14:16") == 1
    assert letters("2021-09-07T09:15Z", "2021-09-07T13:15:01Z") == 2
    assert letters("2021-09-07", "2021-09-07") == 0


def test_a_simulation_needs_neither_database_nor_service_file(
    config: Path, riskwatch: Riskwatch, overdue_facts: Path
) -> None:
    """Policy and directory are enough, for words too; nothing is written."""
    (config / "riskwatch.toml").unlink()
    before = sorted(config.parent.rglob("*"))
    assert len(riskwatch("simulate", "--facts", str(overdue_facts), *SPAN, "--json").out) == 2
    called = riskwatch("simulate", "--facts", str(overdue_facts), *SPAN)
    assert any("[OFFICIAL-SENSITIVE]" in line for line in called.out)
    assert sorted(config.parent.rglob("*")) == before


def test_bad_rows_are_told_and_the_rest_is_replayed(riskwatch: Riskwatch, facts: WriteFacts) -> None:
    """Each bad row by file, line and column on standard error; the letters all the same; exit 1."""
    folder = facts(
        children=["C1,harbour,pc.one@example.police.uk,,", ",harbour,,,"],
        assessments=["A1,C1,neglect,high,2021-09-06T10:15,", "A1,C1,neglect,high,2021-09-06T10:15,"],
        checks=["K1,C1,seen,yesterday,"],
    )
    called = riskwatch("simulate", "--facts", str(folder), *SPAN, "--json")
    assert called.code == 1
    assert len(called.json) == 2
    assert [line.split(": ")[:2] for line in called.err] == [
        [f"{folder}/children.csv:3", "child_ref"],
        [f"{folder}/assessments.csv:3", "assessment_id"],
        [f"{folder}/checks.csv:2", "checked_at"],
    ]


def test_a_missing_file_or_column_is_refused(riskwatch: Riskwatch, overdue_facts: Path) -> None:
    """Without a whole set of columns nothing is replayed: one line for each thing that is missing, and exit 2."""
    (overdue_facts / "children.csv").unlink()
    edit(overdue_facts / "checks.csv", "checked_at", "checked")
    called = riskwatch("simulate", "--facts", str(overdue_facts), *SPAN, "--json")
    assert (called.code, called.out) == (2, [])
    assert len(called.err) == 2
    assert called.err[0].startswith(f"{overdue_facts}/children.csv:1: ")
    assert called.err[1].startswith(f"{overdue_facts}/checks.csv:1: checked_at: ")


def test_a_wrong_span_is_refused(riskwatch: Riskwatch, overdue_facts: Path) -> None:
    """A time that cannot be read, or an end before its start, is told in one line."""
    for span, said in (
        (("--from", "soon", "--to", "2021-09-08"), "--from: 'soon'"),
        (("--from", "2021-09-08", "--to", ""), "--to: ''"),
        (("--from", "2021-09-08", "--to", "2021-09-07"), "--to 2021-09-07 is before --from 2021-09-08"),
    ):
        called = riskwatch("simulate", "--facts", str(overdue_facts), *span)
        assert (called.code, called.out, len(called.err)) == (2, [], 1)
        assert said in called.err[0]


def test_a_wrong_policy_is_refused_before_anything_is_read(
    config: Path, riskwatch: Riskwatch, overdue_facts: Path
) -> None:
    """A typing error in a rule is told by file and line."""
    line = edit(config / "policy.toml", 'ladder = "urgent"', 'ladder = "urgnt"')
    called = riskwatch("simulate", "--facts", str(overdue_facts), *SPAN, "--json")
    assert (called.code, called.out, len(called.err)) == (2, [], 1)
    assert called.err[0].startswith(f"{config}/policy.toml:{line}: ")


def test_a_row_that_counts_all_the_same_is_told_and_no_failure(riskwatch: Riskwatch, facts: WriteFacts) -> None:
    """An assessment dated by its recorded time is listed, but nothing was left out: exit 0."""
    folder = facts(assessments=["A1,C1,neglect,high,soon,2021-09-06T10:15"])
    called = riskwatch("simulate", "--facts", str(folder), *SPAN, "--json")
    assert called.code == 0
    assert len(called.json) > 0
    assert "counted from recorded_at" in called.err[0]
