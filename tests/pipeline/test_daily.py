"""The daily letter: alive, who is watched, who is overdue; to every head and the administrator, once a local day."""

from collections.abc import Sequence

import pytest

from riskwatch.core.facts import Rejected, Table
from riskwatch.core.notices import Call, Letter, ServiceLetter, Verdict
from riskwatch.pipeline import day
from tests.builders import ADMINISTRATOR, FALLBACK, HEAD, MONDAY, assessed, at, directory, mandate, watched
from tests.pipeline.builders import DUE, Works, recorded
from tests.pipeline.reports import MemoryReports

MORNING = "2023-02-07 07:30"
NEXT = "2023-02-08 07:30"
WHITBY = "head.whitby@north.police.uk"
PEOPLE = directory(units={"york": {"head": HEAD}, "whitby": {"head": WHITBY}})


def written(works: Works, when: str) -> Sequence[ServiceLetter]:
    """Write the daily letters, where they are due."""
    before = len(works.letters.services)
    works.assurance.daily(at(when))
    return [letter for letter in works.letters.services[before:] if letter.purpose == "daily"]


def to(letters: Sequence[ServiceLetter], person: str) -> ServiceLetter:
    """Return the letter of one person."""
    [letter] = [letter for letter in letters if letter.recipient == person]
    return letter


def two_units() -> Works:
    """York has two children, one of them overdue by two obligations; Whitby has one, and one child has no unit."""
    works = Works(
        recorded("C1", assessed("very_high")),
        recorded("C2", assessed("standard")),
        recorded("W1", assessed("medium", "2023-02-05 09:00"), unit="whitby"),
        recorded("N1", assessed("high"), unit=""),
        under=mandate(people=PEOPLE),
    )
    works.round(MONDAY)
    works.round(DUE)
    return works


def test_all_is_well_is_said_too() -> None:
    """Nothing is overdue: that is a letter, because silence is never good news."""
    works = Works(recorded("C1", assessed("standard")))
    works.round(MONDAY)
    works.source.loaded_at = at("2023-02-07 06:00")
    works.round("2023-02-07 07:25")

    letters = written(works, MORNING)

    assert sorted(letter.recipient for letter in letters) == [FALLBACK, HEAD, ADMINISTRATOR]
    whole = to(letters, ADMINISTRATOR)
    assert whole.subject == "Daily letter; nothing is overdue, 1 child watched"
    rows, chain_hash = MemoryReports(works.store).journal_head()
    assert whole.paragraphs == (
        "riskwatch is alive. Nothing is overdue.",
        "No problem of the service itself is known.",
        "All units: 1 child watched, by tier: standard 1; by unit: york 1. Nothing is overdue.",
        "Told on Mon 6 Feb 2023: nobody was to be told of anything.",
        "Letters: no letter waits to be sent; none made since yesterday refused for good by a mail server.",
        "Records: all readable; every child at risk has a clock.",
        "Source: loaded on Tue 7 Feb 2023, 06:00, last read without a problem on Tue 7 Feb 2023, 07:25, and in full on "
        "Tue 7 Feb 2023, 07:25.",
        "Policy in force: version test-1.",
        f"Journal: {rows} rows. Keep this letter: `riskwatch journal verify --head {rows}:{chain_hash}` finds "
        "whether any of them was changed or cut off since.",
    )
    assert whole.table_rows == ()


def test_a_broken_template_is_said() -> None:
    """Letters go out in the built-in wording meanwhile, which says that the administrator is told why."""
    works = Works(recorded("C1", assessed("standard")))
    works.round(MONDAY)
    works.letters.faults = ["templates/letter.txt.j2:3: template: there is no 'nothing'"]
    whole = to(written(works, MORNING), ADMINISTRATOR)
    assert (
        "Needs a person: templates/letter.txt.j2:3: template: there is no 'nothing'; letters go in other words."
        in whole.paragraphs
    )


def test_a_head_is_told_of_the_own_units_and_the_totals() -> None:
    """The worst cases are the head's own; the children of unknown units are the default unit's head's."""
    works = two_units()
    works.read(NEXT)
    works.tell(NEXT)
    works.send(NEXT)
    letters = written(works, NEXT)

    york = to(letters, HEAD)
    assert york.subject == "Daily letter; 2 children overdue, 3 children watched"
    assert york.paragraphs[1:6] == (
        "No problem of the service itself is known.",
        "Your units (children without a known unit, york): 3 children watched, by tier: very_high 1, high 1, standard "
        "1; by unit: no unit 1, york 2. 2 children are overdue (no unit 1, york 1), by 3 obligations.",
        "All units: 4 children watched, by tier: very_high 1, high 1, medium 1, standard 1; by unit: no unit 1, whitby "
        "1, york 2. 2 children are overdue (no unit 1, york 1), by 3 obligations.",
        "Told on Tue 7 Feb 2023: 3 notices: overdue officer 3.",
        "Letters: no letter waits to be sent; none made since yesterday refused for good by a mail server.",
    )
    assert york.table_head == ("case", "unit", "tier", "due", "late by")
    assert york.table_rows == (
        ("C1", "york", "very_high", "Tue 7 Feb 2023, 09:00", "22 hours 30 minutes"),
        ("N1", "none", "high", "Tue 7 Feb 2023, 09:00", "22 hours 30 minutes"),
    )
    whitby = to(letters, WHITBY)
    assert whitby.subject == "Daily letter; nothing is overdue, 1 child watched"
    assert whitby.table_rows == ()


def test_everything_that_is_wrong_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blind, letters that wait and that were refused, rows that cannot be read, a child without a clock."""
    monkeypatch.setattr(day, "NAMED", 1)
    works = two_units()
    works.source.rejected = [Rejected(Table.CHECKS, "checks id K9", "K9", "C1", "checked_at", "is blank")]
    works.read("2023-02-07 12:00")
    with works.store.begin() as tx:
        tx.save_watched([watched("X1"), watched("X2")])
    works.outbox.answer("*", Verdict.REFUSED, Verdict.LATER)
    works.tell("2023-02-07 13:00")
    works.send("2023-02-07 13:00")
    works.source.fault = "the source does not answer"
    works.watch("2023-02-07 20:00")
    works.watch("2023-02-07 21:00")

    whole = to(written(works, NEXT), ADMINISTRATOR)

    assert whole.subject == "Daily letter: riskwatch is blind; 2 children overdue, 6 children watched"
    assert whole.paragraphs[0].startswith(
        "riskwatch is alive, and blind since Tue 7 Feb 2023, 20:00 because the source does not answer. These figures "
        "are of what was known before. 2 children are overdue"
    )
    text = "\n".join(whole.paragraphs)
    assert "Needs a person: the last reading of the records failed: the source does not answer; blind since" in text
    assert "to be sent, the oldest since Tue 7 Feb 2023, 13:00; 1 made since yesterday refused for good" in text
    assert "Records: 1 row cannot be read, or only in part;" in text
    assert "at risk without a clock: X1, and 1 more." in text


@pytest.mark.parametrize(
    ("moments", "days"),
    [
        pytest.param(["2023-02-07 07:29"], 0, id="not before its time"),
        pytest.param(["2023-02-07 07:30"], 1, id="at its time"),
        pytest.param(["2023-02-07 23:59"], 1, id="after its time, where the service was down"),
        pytest.param(["2023-02-07 07:30", "2023-02-07 07:35"], 1, id="once a day"),
        pytest.param(["2023-02-07 07:30", "2023-02-08 07:29"], 1, id="the next day not before its time"),
        pytest.param(["2023-02-07 07:30", "2023-02-08 07:30"], 2, id="the next day again"),
        pytest.param(["2023-06-07 06:30", "2023-06-07 07:30"], 1, id="by the local clock, in summer too"),
    ],
)
def test_it_is_written_once_a_local_day(moments: Sequence[str], days: int) -> None:
    """One letter a person and day, also across restarts."""
    works = Works(recorded("C1", assessed("standard")))
    works.read(MONDAY)
    letters: list[ServiceLetter] = []
    for moment in moments:
        letters += written(works, moment)
        works.restart()

    assert len(letters) == 3 * days


def test_two_daemons_write_the_same_letter() -> None:
    """A letter of one day and person has one identity: the outbox keeps it once, whoever writes it."""
    works = Works(recorded("C1", assessed("standard")))
    works.read(MONDAY)
    written(works, MORNING)
    with works.store.begin() as tx:
        tx.remember("daily-written-for", "")

    assert len(written(works, "2023-02-07 07:31")) == 3

    assert len(sent(works)) == 3


def sent(works: Works) -> Sequence[Letter]:
    """Deliver, and return the daily letters."""
    works.send("2023-02-07 08:00")
    return [letter for letter in works.outbox.sent if letter.purpose == "daily"]


def test_the_data_quality_letter_goes_with_it() -> None:
    """Rows that need a person are listed to the administrator in the same daily pass."""
    works = Works(recorded("C1", assessed("hihg", assessment_id="A1")))
    works.read(MONDAY)

    works.assurance.daily(at(MORNING))

    assert [letter.purpose for letter in works.letters.services].count("data-quality") == 1


def test_a_source_never_read_is_said_to_be() -> None:
    """The first day may begin blind: there is a letter all the same."""
    works = Works()
    works.read(MONDAY)

    whole = to(written(works, MORNING), ADMINISTRATOR)

    assert "Source: never read without a problem." in whole.paragraphs
    assert "All units: no child is watched. Nothing is overdue." in whole.paragraphs


def test_a_source_never_read_in_full_is_said_to_be() -> None:
    """A good look at some children is no reading of all."""
    works = Works(recorded("C1"))
    works.read(MONDAY)
    with works.store.begin() as tx:
        run = tx.last_run("refresh")
    assert run is not None
    fresh = Works()
    with fresh.store.begin() as tx:
        tx.save_run(run._replace(full=False))

    whole = to(written(fresh, MORNING), ADMINISTRATOR)

    assert "Source: last read without a problem on Mon 6 Feb 2023, 09:00, and in full never." in whole.paragraphs


def test_only_the_worst_cases_are_listed() -> None:
    """Ten cases at most, the latest first, each child once; how to see all is said."""
    works = Works(*(recorded(f"C{n:02}", assessed("very_high", f"2023-02-0{1 + n % 5} 09:00")) for n in range(15)))
    works.round(MONDAY)

    whole = to(written(works, "2023-02-08 09:00"), ADMINISTRATOR)

    assert len(whole.table_rows) == 10
    assert whole.table_rows[0][0] == "C00"
    assert whole.paragraphs[-1] == (
        "The cases that are overdue the longest, at most 10; `riskwatch overdue` lists all."
    )


def test_the_letter_says_what_it_asks() -> None:
    """Nothing where nothing is overdue; somebody's look where something is; at once where riskwatch is blind."""
    works = two_units()
    works.round("2023-02-08 07:25")
    letters = written(works, NEXT)
    assert (to(letters, HEAD).call, to(letters, WHITBY).call) == (Call.SOON, Call.NONE)

    works.source.fault = "the source does not answer"
    works.watch("2023-02-08 08:00")
    works.watch("2023-02-08 08:30")
    assert {letter.call for letter in written(works, "2023-02-09 07:30")} == {Call.NOW}


def test_each_part_of_the_letter_has_one_head() -> None:
    """A head stands over the first paragraph of its part, and over no other."""
    york = to(written(two_units(), NEXT), HEAD)
    heads = [head for head in york.heads if head]
    assert heads == ["How it stands", "The service itself", "Children", "Letters and records", "The worst"]
    assert (len(york.heads), york.heads[0]) == (len(york.paragraphs), "How it stands")
