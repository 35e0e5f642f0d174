"""`audit`: what a person and a program see of it."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.entrypoints.conftest import Riskwatch
from tests.entrypoints.mail_server import MailServer
from tests.entrypoints.processes import a_daemon, ask, call, given, soon, write_config


@pytest.fixture
def swept(riskwatch: Riskwatch, overdue_facts: Path) -> Riskwatch:
    """Riskwatch after one pass over the facts; no mail server answers."""
    assert riskwatch("import", str(overdue_facts)).code == 0
    riskwatch("sweep")
    return riskwatch


def write(config: Path, statement: str) -> None:
    """Change the database behind riskwatch's back."""
    with closing(sqlite3.connect(config.parent / "riskwatch.db")) as connection:
        connection.execute(statement)
        connection.commit()


def test_books_that_are_in_order(swept: Riskwatch) -> None:
    """One line says how many children were looked at; a program gets nothing."""
    assert swept("audit") == (0, ["2 children audited: nothing is wrong."], [])
    assert swept("audit", "--json") == (0, [], [])


def test_what_is_wrong_is_listed(config: Path, swept: Riskwatch) -> None:
    """A row each, exit 1; the status says so until an audit finds nothing."""
    write(config, "UPDATE obligation SET next_notice_at = NULL WHERE child_ref = 'C1' AND rule = 'seen-high'")
    called = swept("audit")
    assert (called.code, called.err) == (1, [])
    assert called.out[0].split() == ["FINDING", "CASE", "WHAT", "IS", "WRONG"]
    assert called.out[1].startswith("next-look-missing  C1    seen-high, due 2021-09-07T09:15Z, is to be looked at by")
    (record,) = swept("audit", "--json").json
    assert (record["code"], record["child_ref"]) == ("next-look-missing", "C1")
    assert record["subject"].startswith("C1|seen-high|")
    assert record["sentence"] in called.out[1]
    assert any("audit" in line for line in swept("status").err)


def test_what_is_lost_without_a_trace(config: Path, swept: Riskwatch) -> None:
    """An obligation, a notice and a child as last read, each deleted from the file."""
    write(config, "DELETE FROM obligation WHERE child_ref = 'C1' AND rule = 'seen-high'")
    write(config, "DELETE FROM notice WHERE child_ref = 'C2'")
    write(config, "DELETE FROM watched WHERE child_ref = 'C2'")
    codes = {(row["code"], row["child_ref"]) for row in swept("audit", "--json").json}
    assert {("obligation-missing", "C1"), ("child-unwatched", "C2")} <= codes


def test_what_may_be_explained_is_said(riskwatch: Riskwatch, overdue_facts: Path, swept: Riskwatch) -> None:
    """Records that were only just imported wait for the next reading."""
    folder = overdue_facts
    (folder / "children.csv").write_text("child_ref,unit,officer,closed_at,closed_recorded_at\nC3,harbour,,,\n")
    (folder / "assessments.csv").write_text(
        "assessment_id,child_ref,concern,tier,assessed_at,recorded_at\nA9,C3,neglect,high,2021-09-06T10:15,\n"
    )
    (folder / "checks.csv").write_text("check_id,child_ref,kind,checked_at,recorded_at\n")
    assert riskwatch("import", str(folder)).code == 0
    called = swept("audit")
    assert called.code == 0
    assert called.err[0].endswith("they count if they last to the next audit")


def test_records_that_were_never_read(riskwatch: Riskwatch) -> None:
    """Without a reading there is nothing to judge by: exit 3."""
    called = riskwatch("audit")
    assert (called.code, called.out) == (3, [])
    assert called.err == ["riskwatch: blind: the records were never read; the books could not be judged"]


def test_findings_beyond_the_bound_are_counted(config: Path, swept: Riskwatch, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list is bounded, and how many more there are is said."""
    monkeypatch.setattr("riskwatch.pipeline.audit.MAX_FINDINGS", 1)
    write(config, "UPDATE obligation SET next_notice_at = NULL")
    called = swept("audit", "--json")
    assert (called.code, len(called.out)) == (1, 1)
    assert called.err == ["riskwatch: 3 more findings are not listed"]


def test_the_daemon_audits_itself_and_keeps_the_journal_s_heads(tmp_path: Path) -> None:
    """From its first sweep on, beside its work; the journal's end is kept then and when it stops."""
    with MailServer() as mail:
        config = given(write_config(tmp_path, mail.port), due_at=[soon(-60), soon(3600)])
        with a_daemon(config) as running:
            assert running.wait_for("audited")["children"] == 2
    heads = (tmp_path / "journal-heads.log").read_text().splitlines()
    assert len(heads) == 2
    assert [("", 1)] == ask(config, "SELECT problem, count(*) FROM run WHERE stage = 'audit' GROUP BY problem")
    assert call(config, "journal", "verify").returncode == 0
