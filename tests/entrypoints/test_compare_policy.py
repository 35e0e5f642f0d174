"""`compare-policy`: what a new policy would have changed, for programs, for people, and as a page."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from riskwatch.adapters.pages import plot
from riskwatch.bootstrap import comparison
from tests.entrypoints.conftest import Riskwatch, WriteFacts, edit

SPAN = ("--from", "2021-09-06", "--to", "2021-09-14")


@pytest.fixture
def new_policy(config: Path, tmp_path: Path) -> Path:
    """The folder's policy with twice the time for a first visit on a high tier."""
    path = tmp_path / "new.toml"
    text = (config / "policy.toml").read_text().replace('version = "example-1"', 'version = "<i>2</i> $x_1$"')
    path.write_text(text.replace('name = "seen-high"\ntiers = ["high"]\nfirst = "24 hours"', _HIGH))
    return path


_HIGH = 'name = "seen-high"\ntiers = ["high"]\nfirst = "48 hours"'


def of(records: list[dict[str, object]], what: str) -> list[dict[str, object]]:
    """Return the records of one kind."""
    return [record for record in records if record["what"] == what]


def test_programs_read_what_is_different(riskwatch: Riskwatch, overdue_facts: Path, new_policy: Path) -> None:
    """Deadlines by rule with examples, the time unchecked, and letters by recipient, step and week, all in UTC."""
    called = riskwatch("compare-policy", str(new_policy), "--facts", str(overdue_facts), *SPAN, "--json")
    assert (called.code, called.err) == (0, [])
    [head] = of(called.json, "comparison")
    assert (head["old"], head["new"], head["children"], head["affected"]) == ("example-1", "<i>2</i> $x_1$", 2, 1)
    assert "Checks are taken to have been made when they were made" in str(head["assumption"])
    [high] = [record for record in of(called.json, "rule") if record["rule"] == "seen-high"]
    assert (high["owed"], high["later"], high["earlier"]) == ({"old": 1, "new": 1}, 1, 0)
    [example] = of(called.json, "example")
    assert example["due_at"] == {"old": "2021-09-07T09:15:00Z", "new": "2021-09-08T09:15:00Z"}
    gap = of(called.json, "gap")[0]
    assert (gap["child_ref"], gap["since"], gap["until"]) == ("C1", "2021-09-06T09:15:00Z", "2021-09-13T23:00:00Z")
    assert gap["old"] == {"overdue_from": "2021-09-07T09:15:00Z", "told_at": "2021-09-07T09:15:00Z"}
    assert gap["new"] == {"overdue_from": "2021-09-08T09:15:00Z", "told_at": "2021-09-08T09:15:00Z"}
    assert {record["step"] for record in of(called.json, "step")} >= {"officer", "head"}


def test_the_letters_are_those_of_a_simulation(
    config: Path, riskwatch: Riskwatch, overdue_facts: Path, new_policy: Path
) -> None:
    """As many under each policy as `simulate` prints, to the same people."""
    called = riskwatch("compare-policy", str(new_policy), "--facts", str(overdue_facts), *SPAN, "--json")
    [letters] = of(called.json, "letters")
    recipients = {record["to"]: (record["old"], record["new"]) for record in of(called.json, "recipient")}
    for index, side in enumerate(("old", "new")):
        if side == "new":
            (config / "policy.toml").write_text(new_policy.read_text())
        simulated = riskwatch("simulate", "--facts", str(overdue_facts), *SPAN, "--json").json
        assert len(simulated) == letters[side]
        for address, counts in recipients.items():
            assert counts[index] == sum(letter["to"] == address for letter in simulated)


def test_people_read_tables(riskwatch: Riskwatch, overdue_facts: Path, new_policy: Path) -> None:
    """First what matters in a few sentences, with what is taken for granted; then the tables."""
    called = riskwatch("compare-policy", str(new_policy), "--facts", str(overdue_facts), *SPAN)
    assert called.code == 0
    assert (
        "1 of 2 children affected. Obligations: 0 appear, 0 vanish, 0 fall due earlier, 1 fall due later." in called.out
    )
    assert any("checks are taken to have been made" in line.lower() for line in called.out)
    assert any("hourly cap" in line for line in called.out)
    assert any(line.startswith("later   C1") for line in called.out)


def test_the_page_stands_by_itself(
    config: Path, riskwatch: Riskwatch, overdue_facts: Path, new_policy: Path, tmp_path: Path
) -> None:
    """No script, nothing from elsewhere, every hostile word escaped; drawings have a title and a description."""
    edit(config / "policy.toml", 'name = "six-week-backstop"', 'name = "six-week-net"')
    page = tmp_path / "page.html"
    facts = ["--facts", str(overdue_facts), *SPAN, "--html", str(page)]
    assert riskwatch("compare-policy", str(new_policy), *facts).code == 0
    text = page.read_text()
    assert "<i>2</i>" not in text
    assert "&lt;i&gt;2&lt;/i&gt; $x_1$" in text
    assert "default-src 'none'" in text
    assert not re.search(r"<script|<link|<img|<iframe|javascript:|\bon\w+=|@import|url\((?!#)", text)
    assert not re.findall(r"""(?:href|src)="(?!#)[^"]*""", text)
    drawings = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert len(drawings) >= 3
    names = set()
    for drawing in drawings:
        root = ElementTree.fromstring(drawing)
        names.add(root.get("aria-labelledby"))
        assert root.get("role") == "img"
        assert [child.tag.rpartition("}")[2] for child in root[:2]] == ["title", "desc"]
        assert all(child.text for child in root[:2])
    assert len(names) == len(drawings)


def test_many_children_are_shared_among_processes(
    riskwatch: Riskwatch, facts: WriteFacts, new_policy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sums are those of one process."""
    folder = facts(
        children=[f"C{n},harbour,pc{n % 3}@example.police.uk,," for n in range(40)],
        assessments=[f"A{n},C{n},neglect,high,2021-09-0{n % 5 + 2}T10:15," for n in range(40)],
    )
    options = ("compare-policy", str(new_policy), "--facts", str(folder), *SPAN, "--json")
    alone = riskwatch(*options)
    monkeypatch.setattr("riskwatch.adapters.source.csv_buckets.BUCKET_BYTES", 400)
    monkeypatch.setattr(comparison, "_processes", lambda: 2)
    shared = riskwatch(*options)
    assert (alone.code, alone.err, shared.code, shared.err) == (0, [], 0, [])
    assert shared.json == alone.json


def test_bad_rows_are_told_and_the_rest_is_compared(riskwatch: Riskwatch, facts: WriteFacts, new_policy: Path) -> None:
    """Each by file, line and column on standard error; exit 1."""
    folder = facts(
        assessments=["A1,C1,neglect,high,2021-09-06T10:15,", "A1,C2,neglect,high,2021-09-06T10:15,"],
        checks=["K1,C1,seen,yesterday,"],
    )
    called = riskwatch("compare-policy", str(new_policy), "--facts", str(folder), *SPAN, "--json")
    assert called.code == 1
    assert called.json[0]["children"] == 1
    assert [line.split(": ")[:2] for line in called.err] == [
        [f"{folder}/assessments.csv:3", "assessment_id"],
        [f"{folder}/checks.csv:2", "checked_at"],
    ]


def test_every_problem_of_the_new_policy_is_told(riskwatch: Riskwatch, overdue_facts: Path, new_policy: Path) -> None:
    """As file:line: key: message, before anything is read; exit 2."""
    first = edit(new_policy, 'first = "48 hours"', 'first = "48 minutes"')
    second = edit(new_policy, 'ladder = "protection"', 'ladder = "protektion"')
    called = riskwatch("compare-policy", str(new_policy), "--facts", str(overdue_facts), *SPAN)
    assert (called.code, called.out) == (2, [])
    assert [line.split(" ")[0] for line in called.err] == [f"{new_policy}:{first}:", f"{new_policy}:{second}:"]


def test_wrong_usage_is_told_in_a_line(
    riskwatch: Riskwatch, overdue_facts: Path, new_policy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Spans that are missing, too much or the wrong way round; no facts; a page that cannot be written or drawn."""
    facts = ("--facts", str(overdue_facts))
    for options, said in (
        (facts, "need a span"),
        (("--now", *SPAN), "leave out --from and --to"),
        ((*facts, "--from", "2021-09-08", "--to", "2021-09-07"), "is before --from"),
        ((*facts, "--from", "soon", "--to", "2021-09-07"), "--from: 'soon'"),
        (("--facts", str(tmp_path / "none"), *SPAN), "children.csv:1"),
        ((*facts, *SPAN, "--html", str(tmp_path / "no" / "page.html")), "cannot be written"),
        ((), "one of the arguments"),
    ):
        called = riskwatch("compare-policy", str(new_policy), *options)
        assert (called.code, called.out) == (2, [])
        assert said in called.err[0]

    def missing() -> None:
        raise plot.PlotsMissing("drawings need matplotlib: pip install 'riskwatch[plots]'")

    monkeypatch.setattr(plot, "check", missing)
    called = riskwatch("compare-policy", str(new_policy), *facts, *SPAN, "--html", str(tmp_path / "page.html"))
    assert (called.code, called.out) == (2, [])
    assert called.err == ["riskwatch: --html: drawings need matplotlib: pip install 'riskwatch[plots]'"]


def test_the_configured_source_is_replayed(riskwatch: Riskwatch, overdue_facts: Path, new_policy: Path) -> None:
    """The history that it holds gives what the same records give as files."""
    assert riskwatch("import", str(overdue_facts)).code == 0
    of_files = riskwatch("compare-policy", str(new_policy), "--facts", str(overdue_facts), *SPAN, "--json")
    of_source = riskwatch("compare-policy", str(new_policy), "--source", *SPAN, "--json")
    assert (of_source.code, of_source.err) == (0, [])
    assert of_source.json == of_files.json


def test_a_source_that_fails_is_told(config: Path, riskwatch: Riskwatch, new_policy: Path) -> None:
    """In one line, with exit 3, in a replay and now."""
    edit(config / "riskwatch.toml", "[source]", '[source]\nurl = "sqlite:////nowhere/at/all.db"\n' + _QUERIES)
    for options in (("--source", *SPAN), ("--now",)):
        called = riskwatch("compare-policy", str(new_policy), *options)
        assert (called.code, called.out, len(called.err)) == (3, [], 1)


_QUERIES = """children = "SELECT 1"
assessments = "SELECT 1"
checks = "SELECT 1"
"""


def test_now_says_what_would_change_at_once(riskwatch: Riskwatch, facts: WriteFacts, new_policy: Path) -> None:
    """A rule that is gone vanishes, an earlier deadline is taken, and the letters that would go are counted."""
    yesterday = (datetime.now(UTC) - timedelta(hours=30)).isoformat()[:19] + "Z"
    folder = facts(
        children=["C1,harbour,pc.one@example.police.uk,,", "C2,harbour,pc.one@example.police.uk,,"],
        assessments=[f"A1,C1,neglect,high,{yesterday},", f"A2,C2,neglect,standard,{yesterday},"],
    )
    assert riskwatch("import", str(folder)).code == 0
    text = new_policy.read_text().replace('first = "5 working days"\nevery = "3 months"', 'first = "1 day"')
    text = text.replace('ladder = "standard"', 'ladder = "urgent"')
    new_policy.write_text(text.replace('name = "six-week-backstop"', 'name = "a-new-name"'))
    called = riskwatch("compare-policy", str(new_policy), "--now", "--json")
    assert (called.code, called.err) == (0, [])
    rules = {record["rule"]: record for record in of(called.json, "rule")}
    assert (rules["six-week-backstop"]["vanishes"], rules["a-new-name"]["appears"]) == (2, 2)
    assert (rules["seen-standard"]["earlier"], rules["seen-high"]["later"]) == (1, 1)
    [letters] = of(called.json, "letters")
    assert letters["old"]
    assert letters["new"]
    assert called.json[0]["affected"] == 2
    assert riskwatch("status").code == 1  # nothing was written: no stage has ever run
