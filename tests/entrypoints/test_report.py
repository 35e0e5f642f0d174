"""`report`: the figures of a small force by hand, on the page, in CSV files and as JSON lines, and what it refuses.

C1 of harbour is on a high tier since 6 September 2021, 10:15, and never seen; C2 of moorside is on a medium one since
then, seen on the 7th at 09:00, and not again. The period is September and October.
"""

import csv
import re
import sqlite3
import stat
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from riskwatch.adapters.store import SqlStore
from riskwatch.adapters.store.evidence import SqlEvidence
from riskwatch.bootstrap import evidence as bootstrap
from riskwatch.core.evidence import Letters
from riskwatch.core.notices import Fate, Kind, Letter, LetterState, Notice, Told
from riskwatch.core.tracking import Decision, Entry
from tests.entrypoints.conftest import Riskwatch, WriteFacts

SPAN = ("--from", "2021-09-01", "--to", "2021-11-01")
DUE = datetime(2021, 9, 7, 9, 15, tzinfo=UTC)
LEFT = datetime(2021, 9, 7, 9, 17, tzinfo=UTC)
DAY_S = 86_400


@pytest.fixture
def read(riskwatch: Riskwatch, overdue_facts: Path) -> Riskwatch:
    """Riskwatch after one pass over the facts; no mail server answers."""
    assert riskwatch("import", str(overdue_facts)).code == 0
    riskwatch("sweep")
    return riskwatch


@pytest.fixture
def told(config: Path, riskwatch: Riskwatch, overdue_facts: Path) -> Riskwatch:
    """The same, with books in which C1's officer was told at once, under a policy that has been replaced since."""
    assert riskwatch("import", str(overdue_facts)).code == 0
    officer = "pc.one@example.police.uk"
    debt = "C1|seen-high|2021-09-06T09:15:00Z|first"
    notice = Notice(debt, 0, Kind.OVERDUE, "C1", "seen-high", "officer", 0, DUE, officer, False, True)
    letter = Letter("L1", officer, "notices", "", b"", True, DUE, DUE, state=LetterState.SENT)
    with SqlStore(f"sqlite:///{config.parent / 'riskwatch.db'}") as store, store.begin() as tx:
        tx.add_letters([letter])
        tx.add_told([Told(notice, DUE, Fate.SENT, "L1")], policy_version="old-1")
        begun = datetime(2021, 8, 1, tzinfo=UTC)
        tx.journal(
            [
                Entry(begun, Decision.CONFIGURED, "", "policy", "old-1", {"fingerprint": "f1", "by": "start"}),
                Entry(LEFT, Decision.SENT, "C1", "L1", "old-1", {}),
            ]
        )
    riskwatch("sweep")
    return riskwatch


def rows(records: list[dict[str, Any]], what: str) -> list[dict[str, Any]]:
    """Return the rows of a table, without its name."""
    return [{key: value for key, value in one.items() if key != "what"} for one in records if one["what"] == what]


def table(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# --- figures ----------------------------------------------------------------------------------------------------------
def test_the_figures_of_a_small_force(told: Riskwatch) -> None:
    """Six deadlines: C2's first two were met; those of C1, and C2's next ones, stand at the end."""
    called = told("report", *SPAN, "--json")
    found = called.json
    outcomes = {one["outcome"]: one["deadlines"] for one in rows(found, "outcomes")}
    assert {"Seen on time": 2, "Not seen by the end of the period": 4} == {k: v for k, v in outcomes.items() if v}
    assert [("high", 2, 0, 0.0), ("medium", 4, 2, 0.5)] == [
        (one["tier"], one["deadlines"], one["on_time"], one["share_on_time"]) for one in rows(found, "by_tier")
    ]
    assert [("harbour", 2), ("moorside", 4)] == [(one["unit"], one["deadlines"]) for one in rows(found, "by_unit")]
    assert [("2021-09", 2), ("2021-10", 4)] == [(one["month"], one["deadlines"]) for one in rows(found, "by_month")]
    assert ["2021-09", "2021-10", "2021-09", "2021-10"] == [one["month"] for one in rows(found, "by_unit_tier_month")]
    assert [0, 4, 0, 4] == [one["obligations"] for one in rows(found, "overdue_flow")]
    # C1 from 6 September 09:15, C2 from 7 September 08:00, both in UTC and until 1 November 00:00; less six weeks.
    gaps = [(one["child_ref"], one["length"], one["over"]) for one in rows(found, "over_backstop")]
    c1_s, c2_s = 55 * DAY_S + 53_100, 54 * DAY_S + 57_600
    assert [("C1", c1_s, c1_s - 42 * DAY_S), ("C2", c2_s, c2_s - 42 * DAY_S)] == gaps
    assert [1, 0, 0, 0, 3] == [one["deadlines"] for one in rows(found, "told")]
    assert ["2021-09-07T09:15:00Z"] != [one["due_at"] for one in rows(found, "untold")]
    assert [120, 120, 120, 120, 120, 120] == [one["from_deadline"] for one in rows(found, "first_told_shares")]
    (rung,) = rows(found, "rungs")
    assert ("officer", 1, 1, 1) == (rung["step"], rung["told"], rung["standing"], rung["last"])
    assert [("pc.one@example.police.uk", 1, 1)] == [
        (one["recipient"], one["sent"], one["letters"]) for one in rows(found, "letters_by_recipient")
    ]
    assert [("2021-08-01T00:00:00Z", "old-1", "f1")] == [
        (one["since"], one["version"], one["fingerprint"]) for one in rows(found, "policies")
    ]
    assert {"yes"} == {one["holds"] for one in rows(found, "sums")}
    (about,) = rows(found, "report")
    assert ("2021-08-31T23:00:00Z", "2021-11-01T00:00:00Z", 2) == (about["from"], about["to"], about["reckoned"])
    (warning,) = about["warnings"]
    assert warning.startswith("Another policy was in force for a part of the period.")
    assert 0 == called.code


def test_page_csv_and_json_say_the_same(told: Riskwatch, tmp_path: Path) -> None:
    """Every table stands in each of them, with the same rows; each page and file is its owner's alone."""
    page, folder = tmp_path / "report.html", tmp_path / "csv"
    called = told("report", *SPAN, "--out", str(page), "--csv", str(folder), "--json")
    html = page.read_text(encoding="utf-8")
    names = {one["what"] for one in called.json}
    for path in folder.iterdir():
        assert 0o600 == stat.S_IMODE(path.stat().st_mode)
        if path.name != "report.csv":
            assert f'id="table-{path.stem}"' in html
            assert len(table(path)) == len(rows(called.json, path.stem))
    assert names <= {path.stem for path in folder.iterdir()}
    assert (0o600, 0o700) == (stat.S_IMODE(page.stat().st_mode), stat.S_IMODE(folder.stat().st_mode))
    (c1, c2) = table(folder / "over_backstop.csv")
    assert ("C1", "C2", "2021-09-06T09:15:00Z") == (c1["child_ref"], c2["child_ref"], c1["since"])
    assert ("Period", "Wed 1 Sep 2021, 00:00 to Mon 1 Nov 2021, 00:00, the end excluded (Europe/London)") == tuple(
        table(folder / "report.csv")[0].values()
    )


def test_the_page_is_one_file_that_asks_for_nothing(told: Riskwatch, tmp_path: Path) -> None:
    """No script, nothing from elsewhere; marked, in English, with the backstop named; every drawing has a name."""
    page = tmp_path / "report.html"
    called = told("report", *SPAN, "--out", str(page))
    html = page.read_text(encoding="utf-8")
    assert '<html lang="en-GB">' in html
    assert "<script" not in html
    assert not re.search(r"""(?:src|href)=["'](?!#)""", html)
    assert not re.search(r"url\((?!#)", html)
    assert html.count("OFFICIAL-SENSITIVE") == 2
    assert "\\00004f\\000046\\000046" in html  # the same for every printed page, as the style writes it
    assert "The backstop is the rule six-week-backstop" in html
    assert html.count("<figure>") == html.count('role="img"') == html.count("<desc id=") > 3
    assert html.count("<table>") == html.count("<caption>")
    assert "2 of 6 deadlines met on time, 4 overdue for a time." in called.out
    assert "13 of 13 counts add up." in called.out


def test_one_unit_only(told: Riskwatch) -> None:
    """The figures of moorside leave C1, and the letter about C1, out."""
    found = told("report", *SPAN, "--unit", "moorside", "--json").json
    assert [("moorside", 4)] == [(one["unit"], one["deadlines"]) for one in rows(found, "by_unit")]
    assert [] == rows(found, "letters_by_recipient")
    assert {"C2"} == {one["child_ref"] for one in rows(found, "over_backstop")}
    assert {"yes"} == {one["holds"] for one in rows(found, "sums")}


def test_several_processes_find_what_one_does(read: Riskwatch, monkeypatch: pytest.MonkeyPatch) -> None:
    """However the children are shared out."""
    alone = read("report", *SPAN, "--json").json[1:]
    monkeypatch.setattr(bootstrap, "FEW", 0)
    monkeypatch.setattr(bootstrap, "BATCH", 1)
    monkeypatch.setattr(bootstrap, "_processes", lambda: 2)
    assert alone == read("report", *SPAN, "--json").json[1:]


# --- what a person must see to ----------------------------------------------------------------------------------------
def test_books_that_do_not_reach_back_are_told(read: Riskwatch) -> None:
    """What fell due before they begin is neither told nor untold: nothing is known of it."""
    called = read("report", *SPAN, "--json")
    assert called.code == 0
    assert called.err[0].startswith("riskwatch: The period begins before the books do, on ")
    assert [0, 0, 0, 4, 0] == [one["deadlines"] for one in rows(called.json, "told")]
    assert [] == rows(called.json, "untold")


def test_a_period_that_is_not_over_ends_now(read: Riskwatch) -> None:
    """And says so."""
    called = read("report", "--from", "2021-09-01", "--to", "2999-01-01", "--json")
    (about,) = rows(called.json, "report")
    assert about["known_at"] == about["made_at"] < about["to"]
    assert any(sentence.startswith("The period ends in the future") for sentence in about["warnings"])


def test_records_that_were_never_read_by_the_service_are_told(riskwatch: Riskwatch, overdue_facts: Path) -> None:
    """The report is made, and exits 1."""
    assert riskwatch("import", str(overdue_facts)).code == 0
    called = riskwatch("report", *SPAN, "--json")
    assert called.code == 1
    assert "riskwatch: the records were never read; start `riskwatch run`, or run `riskwatch sweep`" in called.err


def test_a_row_that_cannot_be_read_is_counted(config: Path, read: Riskwatch) -> None:
    """It is in no other figure: exit 1, with its place and the reason."""
    with sqlite3.connect(config.parent / "riskwatch.db") as connection:
        connection.execute("UPDATE recorded_check SET checked_at = 'yesterday' WHERE check_id = 'K1'")
    connection.close()
    called = read("report", *SPAN, "--json")
    assert called.code == 1
    assert [("checks", "checked_at", "no", 1)] == [tuple(one.values()) for one in rows(called.json, "rejected")]
    assert [("K1", "C2")] == [(one["row_id"], one["child_ref"]) for one in rows(called.json, "rejected_rows")]
    assert [] == rows(read("report", *SPAN, "--unit", "harbour", "--json").json, "rejected")


def test_counts_that_do_not_add_up_are_owned_up_to(read: Riskwatch, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 1, and the report itself says not to rely on it."""
    monkeypatch.setattr(SqlEvidence, "letters", lambda *_: Letters((), 1))
    called = read("report", *SPAN, "--json")
    assert called.code == 1
    assert called.err[0].startswith("riskwatch: These counts do not add up: letters, by recipient; letters, by state. ")


def test_cells_are_no_formulas_and_no_markup(riskwatch: Riskwatch, facts: WriteFacts, tmp_path: Path) -> None:
    """A reference may hold anything: a spreadsheet does not run it, a browser does not read it."""
    folder = facts(
        children=["=1+1,harbour,,,", "<b>,harbour,,,"],
        assessments=[
            "A1,=1+1,neglect,high,2021-09-06T10:15,",
            "A2,<b>,neglect,high,2021-09-06T10:15,",
        ],
    )
    assert riskwatch("import", str(folder)).code == 0
    page, tables = tmp_path / "r.html", tmp_path / "csv"
    riskwatch("report", *SPAN, "--out", str(page), "--csv", str(tables))
    assert {"'=1+1", "<b>"} == {one["child_ref"] for one in table(tables / "over_backstop.csv")}
    html = page.read_text(encoding="utf-8")
    assert "&lt;b&gt;" in html
    assert "<b>" not in html


def _demand_weasyprint() -> None:
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError):  # the package is there, and the system's Pango is not
        pytest.skip("no WeasyPrint, or no Pango, on this machine (apt-get install libpango-1.0-0 libpangoft2-1.0-0)")


# --- extras -----------------------------------------------------------------------------------------------------------
def test_a_pdf_is_made_where_it_can_be(read: Riskwatch, tmp_path: Path) -> None:
    """By its ending, or beside the page."""
    _demand_weasyprint()
    pdf = tmp_path / "report.pdf"
    assert read("report", *SPAN, "--out", str(pdf)).code == 0
    assert pdf.read_bytes().startswith(b"%PDF-")
    assert 0o600 == stat.S_IMODE(pdf.stat().st_mode)


def test_without_the_library_a_pdf_is_refused(read: Riskwatch, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In one line, before anything is read."""
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    called = read("report", *SPAN, "--out", str(tmp_path / "a.html"), "--pdf", str(tmp_path / "a.pdf"))
    assert called == (2, [], ["riskwatch: a PDF needs WeasyPrint and Pango: pip install 'riskwatch[pdf]'"])
    assert not (tmp_path / "a.html").exists()


def test_without_drawings_the_report_still_comes(
    read: Riskwatch, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """All tables, and a line on why there is nothing else."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    page = tmp_path / "report.html"
    assert read("report", *SPAN, "--out", str(page)).code == 0
    html = page.read_text(encoding="utf-8")
    assert (
        "There are no drawings, only tables: drawings need matplotlib: pip install &#39;riskwatch[plots]&#39;" in html
    )
    assert "<figure>" not in html


@pytest.mark.parametrize(
    ("argv", "problem"),
    [
        (SPAN, "nowhere to put the report: add --out FILE.html, --pdf FILE, --csv DIR or --json"),
        ((*SPAN, "--unit", "harbor", "--json"), "--unit: no unit 'harbor'; known: harbour, moorside"),
        (("--from", "2021-09-02", "--to", "2021-09-02", "--json"), "--to 2021-09-02 is not after --from 2021-09-02"),
        (
            ("--from", "2999-01-01", "--to", "2999-02-01", "--json"),
            "--from 2999-01-01 is still to come: there is nothing to report",
        ),
        (
            ("--from", "soon", "--to", "2021-09-02", "--json"),
            "--from: 'soon' is no ISO 8601 time: write 2021-09-07 or 2021-09-07T09:15",
        ),
        (
            (*SPAN, "--out", "a.pdf", "--pdf", "b.pdf"),
            "--out a.pdf is a PDF already: leave out --pdf, or name a page FILE.html",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(read: Riskwatch, argv: tuple[str, ...], problem: str) -> None:
    """In one line, exit 2."""
    assert (2, [], [f"riskwatch: {problem}"]) == read("report", *argv)


def test_a_file_that_cannot_be_written_is_told(read: Riskwatch, tmp_path: Path) -> None:
    """In one line that names it, exit 2."""
    path = tmp_path / "nowhere" / "report.html"
    called = read("report", *SPAN, "--out", str(path))
    assert (2, f"riskwatch: {path} cannot be written (No such file or directory)") == (called.code, called.err[-1])
    (tmp_path / "taken").write_text("")
    called = read("report", *SPAN, "--csv", str(tmp_path / "taken"))
    assert (2, f"riskwatch: {tmp_path / 'taken'} cannot be made (File exists)") == (called.code, called.err[-1])
