"""`overdue`, `status` and `explain`: what is in the store, for people and for programs."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from riskwatch.clock import SystemClock
from riskwatch.entrypoints.commands import overdue, status
from tests.entrypoints.conftest import Riskwatch, WriteFacts, edit


@pytest.fixture
def swept(riskwatch: Riskwatch, overdue_facts: Path) -> Riskwatch:
    """Riskwatch after one pass over the facts; no mail server answers."""
    assert riskwatch("import", str(overdue_facts)).code == 0
    riskwatch("sweep")
    return riskwatch


def test_who_is_overdue_is_listed_by_lateness(swept: Riskwatch) -> None:
    """The earliest deadline first, in local time, with what a person needs to act; exit 1."""
    called = swept("overdue")
    assert (called.code, called.err) == (1, [])
    assert called.out[0].split() == ["CASE", "UNIT", "TIER", "RULE", "DUE", "LATE", "OFFICER"]
    assert called.out[1].startswith("C1    harbour   high    seen-high          2021-09-07 10:15  ")
    assert called.out[1].endswith("pc.one@example.police.uk")
    dues = [line[46:62] for line in called.out[1:]]
    assert len(dues) == 4
    assert dues == sorted(dues)


def test_who_is_overdue_is_json_for_programs(swept: Riskwatch) -> None:
    """One object a line, moments in UTC, lateness in seconds."""
    called = swept("overdue", "--json")
    assert called.code == 1
    first = called.json[0]
    assert first.pop("late_s") > 0
    assert first == {
        "child_ref": "C1",
        "unit": "harbour",
        "officer": "pc.one@example.police.uk",
        "tier": "high",
        "rule": "seen-high",
        "basis": "first",
        "started_at": "2021-09-06T09:15:00Z",
        "due_at": "2021-09-07T09:15:00Z",
    }


def test_one_unit_only(swept: Riskwatch) -> None:
    """A unit sees its own; a unit of the directory without children has nobody overdue."""
    assert {row["child_ref"] for row in swept("overdue", "--unit", "moorside", "--json").json} == {"C2"}
    assert swept("overdue", "--unit", "") == (0, ["Nobody is overdue."], [])


def test_a_unit_that_nobody_knows_is_refused(swept: Riskwatch) -> None:
    """A typing error in --unit must not look like good news."""
    called = swept("overdue", "--unit", "habour")
    assert called == (2, [], ["riskwatch: --unit: no unit 'habour'; known: harbour, moorside"])


def test_a_long_list_says_that_it_is_cut(swept: Riskwatch, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a bound on the list, and reaching it is never silent."""
    monkeypatch.setattr(overdue, "LIMIT", 1)
    called = swept("overdue")
    assert called.err == ["riskwatch: only the 1 that are latest are listed"]
    assert len(called.out) == 2


def test_nothing_read_is_no_good_news(riskwatch: Riskwatch) -> None:
    """An empty store says that nobody has looked, not that nobody is overdue."""
    called = riskwatch("overdue")
    assert (called.code, called.out) == (1, [])
    assert called.err == ["riskwatch: the records were never read; start `riskwatch run`, or run `riskwatch sweep`"]
    assert riskwatch("overdue", "--json").out == []
    assert riskwatch("status").code == 1


def test_a_failed_reading_is_told(config: Path, swept: Riskwatch) -> None:
    """After a reading that failed, the list is old: it says so."""
    edit(config / "riskwatch.toml", "# shrink_limit_percent = 10", "shrink_limit_percent = 10")
    database = config.parent / "riskwatch.db"
    with sqlite3.connect(database) as connection:
        connection.execute("DELETE FROM child")
        connection.execute("DELETE FROM assessment")
        connection.execute("DELETE FROM recorded_check")
    connection.close()
    assert swept("sweep").code == 3
    called = swept("overdue")
    assert (called.code, len(called.err)) == (1, 1)
    assert called.err[0].startswith("riskwatch: the last reading of the records failed: the source gave no children")


def test_the_status_is_one_object_for_programs(swept: Riskwatch) -> None:
    """Counts of children, of what is overdue by tier and unit, of letters; the last good runs."""
    (record,) = swept("status", "--json").json
    assert (record["children"], record["overdue"], record["overdue_children"]) == (2, 4, 2)
    assert record["children_by_tier"] == {"high": 1, "medium": 1}
    assert record["overdue_by_tier"] == {"high": 2, "medium": 2}
    assert record["overdue_by_unit"] == {"harbour": 2, "moorside": 2}
    assert record["last_good"]["refresh"]["counts"]["children"] == 2
    assert record["letters"]["pending"] > 0
    assert record["letters_oldest_unsent_at"] is not None
    assert (record["rejected"], record["rejected_rows"]) == (0, [])
    assert [problem["code"] for problem in record["problems"]] == ["delivery-failed"]


def test_the_status_is_a_page_for_people(swept: Riskwatch) -> None:
    """A line for each thing that a person asks first."""
    called = swept("status")
    assert (called.code, len(called.err)) == (1, 1)
    assert called.err[0].startswith("riskwatch: the last delivery failed: the mail server took no letter: ")
    page = {line[:19].strip(): line[19:].strip() for line in called.out}
    assert page["children watched"] == "2 (high 1, medium 1)"
    assert page["overdue"] == "4 (high 2, medium 2)"
    assert "(just now): " in page["last good refresh"]
    assert "(the oldest since " in page["letters waiting"]


def test_the_status_names_what_cannot_be_read(config: Path, swept: Riskwatch, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unreadable rows are listed up to a bound, and how many more there are is said."""
    with sqlite3.connect(config.parent / "riskwatch.db") as connection:
        for row in ("K8", "K9"):
            values = ("checks", f"checks id {row}", row, "C1", "checked_at", "is blank", False, "2026-01-01T00:00:00Z")
            connection.execute("INSERT INTO rejected VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
    connection.close()
    monkeypatch.setattr(status, "REJECTED_LIMIT", 1)
    called = swept("status")
    assert called.out[-2:] == ["  checks id K8: checked_at: is blank", "  and 1 more"]
    assert swept("status", "--json").json[0]["rejected"] == 2


def test_the_status_names_an_officer_and_a_unit_that_are_not_known(riskwatch: Riskwatch, facts: WriteFacts) -> None:
    """Whoever would be told by a wrong word is named after one pass; a closed child is not."""
    rows = facts(
        children=["C1,Harbour,pc 2@example,,", "C2,harbour,pc@elsewhere.org,,", "C3,Harbour,x,2021-09-07T10:00,"],
        assessments=["A1,C1,,high,2021-09-06T10:15,", "A2,C2,,high,2021-09-06T10:15,"],
    )
    assert riskwatch("import", str(rows)).code == 0
    riskwatch("sweep")
    no_address = "is not one plain address on an allowed domain; notices are passed up"
    assert [
        f"  children id C1: officer: 'pc 2@example' {no_address}",
        "  children id C1: unit: 'Harbour' is not in directory.toml (did you mean 'harbour'?); default_unit is told",
        f"  children id C2: officer: 'pc@elsewhere.org' {no_address}",
    ] == [line for line in riskwatch("status").out if line.startswith("  children")]


@pytest.mark.parametrize("broken", ["policy.toml", "directory.toml"])
def test_the_status_shows_the_figures_though_files_are_wrong(config: Path, swept: Riskwatch, broken: str) -> None:
    """A daemon that runs goes on: what is wrong with the files is told, and how the service is, by the store."""
    before = swept("status", "--json").json[0]
    path = config / broken
    path.write_text("= broken\n" + path.read_text())

    called = swept("status")

    assert 2 == called.code
    assert called.err[0].startswith(f"{path}:1: ")
    assert any(f"policy {before['policy_version']}, taken up " in line for line in called.err)
    assert any("judged by refresh_every 5 minutes and unsent_limit 30 minutes" in line for line in called.err)
    assert any("the mail server took no letter" in line for line in called.err)
    page = {line[:19].strip(): line[19:].strip() for line in called.out}
    shown = page["policy"], page["children watched"], page["overdue"], page["unknown units"]
    assert (before["policy_version"], "2 (high 1, medium 1)", "4 (high 2, medium 2)", "not known") == shown
    (record,) = swept("status", "--json").json
    assert called.err[:1] == record["wrong_files"][:1]
    assert (before["overdue"], before["letters"]) == (record["overdue"], record["letters"])


def test_the_status_says_why_it_has_no_figures(config: Path, riskwatch: Riskwatch) -> None:
    """Where riskwatch.toml, named already, does not say where the database is, or the database does not answer."""
    settings = config / "riskwatch.toml"
    text = settings.read_text()
    settings.write_text("= broken\n" + text)
    called = riskwatch("status")
    assert (2, []) == (called.code, called.out)
    assert all(line.startswith(f"{settings}:") for line in called.err)

    settings.write_text(text)
    (config / "policy.toml").write_text("= broken")
    (config.parent / "riskwatch.db").write_text("no database " * 100)
    called = riskwatch("status")
    assert (2, []) == (called.code, called.out)
    assert called.err[-1].startswith("riskwatch: how the service is cannot be shown: ")


def test_a_story_says_what_was_recorded_what_is_owed_and_who_was_told(swept: Riskwatch) -> None:
    """Each obligation with its rule, start, due time and reason; each notice with its fate."""
    called = swept("explain", "C1")
    assert (called.code, called.err) == (0, [])
    text = "\n".join(called.out)
    assert called.out[0] == "C1: open, tier high, unit harbour, officer pc.one@example.police.uk"
    assert "\nTue 7 Sep 2021\n  09:00  Phone call (K2); it counts as no check\n" in text
    assert "  10:15  !! seen-high: the deadline passes, and no check is recorded" in text
    assert "seen-high: overdue by " in text
    assert "due:        Tue 7 Sep 2021, 10:15" in text
    assert "why:        from Mon 6 Sep 2021, 10:15: assessed as high, neglect (A1); the rule gives 24 hours" in text
    assert "settled by: Child seen alone; Child seen, not alone" in text
    assert "told pc.one@example.police.uk (overdue, seen-high, officer): waits to be sent: " in text


def test_a_story_is_json_for_programs(swept: Riskwatch) -> None:
    """One object a line, each with its type."""
    records = swept("explain", "C2", "--json").json
    assert [record["type"] for record in records[:3]] == ["child", "event", "event"]
    owed = [record for record in records if record["type"] == "obligation"]
    assert [(one["rule"], one["basis"], one["ending"]) for one in owed] == [
        ("seen-medium", "first", "discharged"),
        ("six-week-backstop", "first", "discharged"),
        ("seen-medium", "every", None),
        ("six-week-backstop", "every", None),
    ]
    assert owed[0]["state"] == "met: Child seen, not alone 2021-09-07 09:00 (K1)"
    assert owed[2]["why"] == "Child seen, not alone (K1); the rule asks for the next within 4 weeks"
    notices = [record for record in records if record["type"] == "notice"]
    assert {notice["fate"] for notice in notices} == {"pending"}


def test_a_story_can_be_told_as_of_a_moment(swept: Riskwatch) -> None:
    """What was not known then ends nothing then, and nobody had been told."""
    records = swept("explain", "C2", "--at", "2021-09-06T12:00", "--json").json
    assert [record["counts_yet"] for record in records if record["type"] == "event"] == [True, False]
    owed = [record for record in records if record["type"] == "obligation"]
    assert [(one["rule"], one["state"]) for one in owed] == [
        ("seen-medium", "due in 2 days 22 hours"),
        ("six-week-backstop", "due in 41 days 22 hours"),
    ]
    assert [record for record in records if record["type"] == "notice"] == []
    text = swept("explain", "C2", "--at", "2021-09-06T12:00").out
    assert any("(not known yet)" in line for line in text)
    assert text[-1] == "Nobody has been told of this child."


def test_an_unknown_child_is_told_in_one_line(swept: Riskwatch) -> None:
    """A mistyped reference is neither a story without events nor good news."""
    assert swept("explain", "C9") == (1, [], ["riskwatch: no child 'C9' in the agency's records"])
    called = swept("explain", "C\udcff")
    assert (called.code, called.out, len(called.err)) == (2, [], 1)


def test_a_moment_that_cannot_be_read_is_refused(swept: Riskwatch) -> None:
    """A wrong --at is wrong usage."""
    called = swept("explain", "C1", "--at", "noon")
    assert (called.code, len(called.err)) == (2, 1)


def test_every_way_of_ending_is_put_into_words(riskwatch: Riskwatch, facts: WriteFacts) -> None:
    """A late visit, a lowering after a visit, a closure honoured, and one that was not, until authority came."""
    folder = facts(
        children=["SEEN,harbour,,,", "LOW,harbour,,,", "SHUT,harbour,,2021-09-09T10:00,", "WAIT,harbour,,2021-09-09,"],
        assessments=[
            "A1,SEEN,neglect,high,2021-09-06T10:00,",
            "A2,LOW,neglect,high,2021-09-06T10:00,",
            "A3,LOW,neglect,medium,2021-09-08T10:00,",
            "A4,SHUT,neglect,odd,2021-09-06T10:00,",
            "A5,WAIT,neglect,very_high,2021-09-06T10:00,",
        ],
        checks=[
            "K1,SEEN,seen,2021-09-07T12:00,2021-09-08T12:00",
            "K2,LOW,seen,2021-09-07T09:00,",
            "K3,SHUT,seen,2021-09-07T09:00,",
            "K4,SHUT,closure_authorised,2021-09-08T09:00,",
            "K5,WAIT,closure_authorised,2021-09-10T09:00,",
            "K6,SEEN,no_access,2021-09-10T09:00,",
            "K7,SEEN,carrier_pigeon,2021-09-10T10:00,",
        ],
    )
    riskwatch("import", str(folder))

    def told(child: str) -> str:
        return "\n".join(riskwatch("explain", child).out)

    seen = told("SEEN")
    assert "met: Child seen, not alone 2021-09-07 12:00 (K1), 2 hours late, recorded 1 day after it" in seen
    assert "Child seen, not alone (K1), of Tue 7 Sep 2021, 12:00, known 1 day after it" in seen
    assert "Visit attempted, child not seen (K6); the rule asks for an answer within 5 working days" in told("SEEN")
    assert "carrier_pigeon (unknown to the policy: it satisfies nothing)" in told("SEEN")
    assert "seen-high: ended by a lower tier soon after a visit, known 2021-09-08 10:00" in told("LOW")
    assert "assessed as odd (unknown to the policy: it runs as very_high), neglect" in told("SHUT")
    assert "ended by the closure of the record, known 2021-09-09 10:00" in told("SHUT")
    assert "ended by an authorised closure, known 2021-09-10 09:00" in told("WAIT")
    assert "ended nothing: authority is needed and missing" in told("WAIT")


def test_a_deadline_that_had_passed_before_anybody_knew_says_so(riskwatch: Riskwatch, facts: WriteFacts) -> None:
    """An assessment typed in two days late was overdue for a day when it became known."""
    riskwatch(
        "import",
        str(facts(children=["C1,harbour,,,"], assessments=["A1,C1,neglect,high,2021-09-06T10:00,2021-09-08T10:00"])),
    )
    text = "\n".join(riskwatch("explain", "C1").out)
    assert (
        "Wed 8 Sep 2021\n"
        "  10:00  assessed as high, neglect (A1), of Mon 6 Sep 2021, 10:00, known 2 days after it\n"
        "         -> seen-high: to be seen by Tue 7 Sep 2021, 10:00; "
        "assessed as high, neglect (A1); the rule gives 24 hours\n"
    ) in text
    assert "         !! seen-high: the deadline had passed 1 day before it became known\n" in text


def test_a_timeline_is_in_order_when_the_clocks_go_back(riskwatch: Riskwatch, facts: WriteFacts) -> None:
    """01:30 summer time comes before 01:10 winter time, and lies forty minutes from it."""
    rows = ["K1,C1,phone_call,2021-10-31T01:30:00+01:00,", "K2,C1,phone_call,2021-10-31T01:10:00+00:00,"]
    riskwatch("import", str(facts(children=["C1,harbour,,,"], checks=rows)))
    lines = riskwatch("explain", "C1").out
    assert [line for line in lines if "Phone call" in line] == [
        "  01:30  Phone call (K1); it counts as no check",
        "  01:10  Phone call (K2); it counts as no check",
    ]


def test_status_names_units_that_nobody_stands_for(riskwatch: Riskwatch, facts: WriteFacts) -> None:
    """A unit that directory.toml writes otherwise is told to the default unit's people: somebody must see why."""
    children = ["C1,harbour,,,", "C2,Harbour,,,", "C3,,,,"]
    riskwatch("import", str(facts(children=children, assessments=[], checks=[])))
    riskwatch("sweep")
    (record,) = riskwatch("status", "--json").json
    assert record["unknown_units"] == {"Harbour": 1}
    assert any(line.startswith("unknown units") and line.endswith("Harbour 1") for line in riskwatch("status").out)


def retired(config: Path) -> None:
    """Take the rule seen-medium out of the policy."""
    path = config / "policy.toml"
    head, *rules = path.read_text().split("[[rules]]")
    kept = [rule for rule in rules if 'name = "seen-medium"' not in rule]
    assert len(kept) == len(rules) - 1
    path.write_text("[[rules]]".join([head, *kept]))
    edit(path, "\nversion = ", '\nretires = ["seen-medium"]\nversion = ')


def of_the_rule(called: Riskwatch, *argv: str) -> list[tuple[str, str | None, str, bool]]:
    """Return the obligations of seen-medium that C2's story has: basis, ending, state, and whether it is over."""
    owed = [record for record in called("explain", "C2", "--json", *argv).json if record.get("rule") == "seen-medium"]
    found = [record for record in owed if record["type"] == "obligation"]
    return [(one["basis"], one["ending"], one["state"], one["ended_at"] is not None) for one in found]


def test_a_deadline_of_a_rule_that_was_taken_out_stays_in_the_story(config: Path, swept: Riskwatch) -> None:
    """People were told of it: that it was there, that it passed, and why it ended, is what they will ask."""
    retired(config)
    ((_, ending, state, is_over),) = of_the_rule(swept)  # not swept yet
    assert (None, False) == (ending, is_over)
    assert state.endswith(", by the books alone: nothing asks for it now")

    swept("sweep")

    assert [("every", "withdrawn", "withdrawn: the policy no longer has the rule", True)] == of_the_rule(swept)
    story = "\n".join(swept("explain", "C2").out)
    assert "-> seen-medium: to be seen by Tue 5 Oct 2021, 09:00; as it was decided then; the records, or" in story
    assert "!! seen-medium: the deadline passes, and no check is recorded" in story
    assert "-- seen-medium: withdrawn: the policy no longer has the rule" in story
    assert [] == of_the_rule(swept, "--at", "2021-09-07T08:00")


def test_a_deadline_that_the_records_no_longer_ask_for_stays_in_the_story(
    swept: Riskwatch, facts: WriteFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As does one whose assessment was corrected, once two full readings agree."""
    folder = facts(
        children=["C2,moorside,,,"],
        assessments=["A2,C2,neglect,medium,2021-09-06T11:15,"],
        checks=["K1,C2,seen,2021-09-08T09:00,"],
    )
    swept("import", str(folder))
    swept("sweep")
    later = SystemClock().now() + timedelta(minutes=1)
    monkeypatch.setattr(SystemClock, "now", lambda _: later)
    swept("sweep")

    assert ("every", "withdrawn", "withdrawn: the records no longer ask for it", True) in of_the_rule(swept)


def test_a_closing_is_named_once_in_the_timeline(riskwatch: Riskwatch, facts: WriteFacts) -> None:
    """The kind of a telling is not said again as its step."""
    rows = ["A1,WAIT,neglect,very_high,2021-09-06T10:00,"]
    riskwatch("import", str(facts(children=["WAIT,harbour,,2021-09-09,"], assessments=rows)))
    riskwatch("sweep")
    text = "\n".join(riskwatch("explain", "WAIT").out)
    assert "(closed_unchecked, closing): " in text
