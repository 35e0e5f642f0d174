"""The daily letter on the rows that need a person."""

from collections.abc import Sequence

import pytest

from riskwatch.adapters.memory import MemoryStore
from riskwatch.core.facts import Rejected, Table
from riskwatch.core.tracking import Watched
from riskwatch.pipeline import assurance
from riskwatch.pipeline.assurance import Assurance
from tests.builders import ADMINISTRATOR, at, mandate, watched
from tests.pipeline.builders import VIGILANCE, Works
from tests.pipeline.reports import MemoryReports


class Findings(MemoryReports):
    """So many rows that cannot be read, and children at risk whom no rule watches."""

    def __init__(self, number: int, *unclocked: str) -> None:
        super().__init__(MemoryStore())
        self._without_clock = [watched(child_ref) for child_ref in unclocked]
        self._bad = [
            Rejected(Table.CHECKS, f"checks id K{n}", f"K{n}", "C1", "kind", "unknown kind", counted=n == 0)
            for n in range(number)
        ]

    def rejected(self, limit: int) -> Sequence[Rejected]:
        return self._bad[:limit]

    def unclocked(self, limit: int) -> Sequence[Watched]:
        return self._without_clock[:limit]


def written(findings: Findings, *moments: str) -> Works:
    """Write about what was found at these moments, then deliver."""
    works = Works()
    writer = Assurance(works.store, findings, works.letters, mandate(), VIGILANCE)
    for moment in moments:
        assert writer.data_quality(at(moment)) is (findings.rejected(1) != [] or findings.unclocked(1) != [])
    works.send(moments[-1])
    return works


def test_bad_rows_are_told_to_the_administrator() -> None:
    """The letter names each row, what is wrong with it, and whether it counted all the same."""
    works = written(Findings(2), "2023-02-06 08:00")

    [words] = works.letters.services
    assert [letter.recipient for letter in works.outbox.sent] == [ADMINISTRATOR]
    assert words.subject == "Data quality: 2 of the agency's records need a person"
    assert words.table_rows == (
        ("checks id K0", "C1", "kind", "unknown kind", "yes"),
        ("checks id K1", "C1", "kind", "unknown kind", "no"),
    )


def test_one_bad_row_needs_a_person() -> None:
    """One row is spoken of as one."""
    [words] = written(Findings(1), "2023-02-06 08:00").letters.services
    assert words.subject == "Data quality: 1 of the agency's records needs a person"


def test_a_child_whom_no_rule_watches_is_told_of() -> None:
    """A child at risk without any deadline is a gap in the policy or the records, and somebody must see it."""
    works = written(Findings(0, "C7"), "2023-02-06 08:00")

    [words] = works.letters.services
    assert words.table_rows == (
        (
            "children id C7",
            "C7",
            "",
            "at risk (high), but no rule has anything outstanding: assess the child anew, or mend the policy",
            "yes",
        ),
    )


def test_nothing_is_written_where_nothing_is_wrong() -> None:
    """Good rows make no letter."""
    assert written(Findings(0), "2023-02-06 08:00").outbox.sent == []


@pytest.mark.parametrize(
    ("moments", "letters"),
    [
        pytest.param(["2023-02-06 08:00", "2023-02-06 23:59"], 1, id="one letter a day, however often it is asked for"),
        pytest.param(["2023-02-06 23:59", "2023-02-07 00:01"], 2, id="the next day is another letter"),
        pytest.param(["2023-06-06 00:30", "2023-06-06 23:30"], 1, id="a day is a local day, in summer too"),
    ],
)
def test_one_letter_a_day(moments: Sequence[str], letters: int) -> None:
    """The letter of a local day is written once."""
    assert len(written(Findings(1), *moments).outbox.sent) == letters


def test_a_long_list_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A letter lists a bounded number of rows, and tells that there are more."""
    monkeypatch.setattr(assurance, "MAX_ROWS", 2)
    [words] = written(Findings(5), "2023-02-06 08:00").letters.services

    assert words.subject == "Data quality: more than 2 of the agency's records need a person"
    assert words.paragraphs[0].endswith(" Only the first 2 are listed here; `riskwatch status` has more.")
    assert len(words.table_rows) == 2
