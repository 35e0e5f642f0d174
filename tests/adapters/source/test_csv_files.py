"""CSV folders as people really write them."""

import csv
from pathlib import Path

import pytest

from riskwatch.adapters.source.csv_files import CsvFacts, CsvShapeError, histories, read_folder
from riskwatch.adapters.source.csv_records import BROKEN_LIMIT, LINES_LIMIT
from riskwatch.core.facts import Assessment, Check, Child, Closure, History
from tests.adapters.source.agency import LONDON, at

CHILDREN = "child_ref,unit,officer,closed_at,closed_recorded_at\n"
ASSESSMENTS = "assessment_id,child_ref,concern,tier,assessed_at,recorded_at\n"
CHECKS = "check_id,child_ref,kind,checked_at,recorded_at\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with three files that hold nothing but their headers."""
    write(tmp_path)
    return tmp_path


def write(folder: Path, *, children: str = "", assessments: str = "", checks: str = "") -> None:
    (folder / "children.csv").write_text(CHILDREN + children, newline="")
    (folder / "assessments.csv").write_text(ASSESSMENTS + assessments, newline="")
    (folder / "checks.csv").write_text(CHECKS + checks, newline="")


def read(folder: Path) -> CsvFacts:
    return read_folder(folder, LONDON)


def places(facts: CsvFacts) -> list[tuple[str, str]]:
    return [(row.where, row.column) for row in facts.rejected]


def test_clean_folder(folder: Path) -> None:
    """Each row is a fact, and a blank recorded time is the event's own."""
    write(
        folder,
        children="C1,filey,PC1@north.police.uk,2021-09-08,\nC2,,,,\n",
        assessments="A1,C1,,high,2021-09-07T10:15:00,\n",
        checks="K1,C1,seen,2021-09-07T10:15:00,2021-09-09T10:15:00\nK2,C1,seen,2021-09-07T10:15:00,\n",
    )
    closed, event = at("2021-09-07T23:00"), at("2021-09-07T09:15")
    assert read(folder) == CsvFacts(
        [Child("C1", "filey", "pc1@north.police.uk", closed, closed), Child("C2")],
        [Assessment("A1", "C1", "general", "high", event, event)],
        [Check("K1", "C1", "seen", event, at("2021-09-09T09:15")), Check("K2", "C1", "seen", event, event)],
        [],
    )


def test_empty_files(folder: Path) -> None:
    """A file with nothing but a header is a file without rows."""
    assert read(folder) == CsvFacts([], [], [], [])
    (folder / "checks.csv").write_text(CHECKS.strip())
    assert read(folder) == CsvFacts([], [], [], [])


def test_columns_in_any_order_and_others_beside_them(folder: Path) -> None:
    """Columns are found by name; a column that we do not know leaves no trace."""
    (folder / "children.csv").write_text(
        "surname, officer ,closed_recorded_at,closed_at,unit,child_ref,born\nSmith,pc@x.uk,,,filey,C1,2018-01-01\n"
    )
    facts = read(folder)
    assert facts.children == [Child("C1", "filey", "pc@x.uk")]
    assert "Smith" not in repr(facts)


def test_byte_order_mark_and_windows_line_ends(folder: Path) -> None:
    """What Excel writes is read."""
    (folder / "children.csv").write_bytes(b"\xef\xbb\xbf" + CHILDREN.strip().encode() + b"\r\nC1,,,,\r\n\r\nC2,,,,\r\n")
    assert [child.child_ref for child in read(folder).children] == ["C1", "C2"]


def test_quotes_and_line_breaks_in_cells(folder: Path) -> None:
    """A quoted cell may hold commas, quotation marks and line breaks; places count the lines of the file."""
    write(folder, checks='K1,C1,"a ""b"",\nc",2021-09-07,\nK2,C1,seen,never,\n,C1,seen,2021-09-07,\n')
    facts = read(folder)
    assert facts.checks[0].kind == 'a "b",\ufffdc'
    assert places(facts) == [("checks.csv:4", "checked_at"), ("checks.csv:5", "check_id")]


def test_missing_files_and_columns_are_all_told(folder: Path) -> None:
    """All that is missing is told at once, with the file and the mend."""
    (folder / "children.csv").unlink()
    (folder / "assessments.csv").write_text("assessment_id,child_ref,concern,tier,tier,recorded_at\n")
    (folder / "checks.csv").write_text("")
    with pytest.raises(CsvShapeError) as caught:
        read(folder)
    assert [problem.partition(": ")[0] for problem in caught.value.problems] == [
        "children.csv:1",
        "assessments.csv:1",
        "assessments.csv:1",
        "checks.csv:1",
    ]
    assert "assessed_at: column is missing: add it" in caught.value.problems[1]
    assert "tier: column is given twice" in caught.value.problems[2]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (CHECKS.replace(",", ";").encode(), "separate columns by commas"),
        (CHECKS.encode("utf-16"), "column is missing"),
        (b'"check_id,child_ref', "header: cannot be read"),
        (b"\n", "header: is missing"),
    ],
)
def test_headers_beyond_reading(folder: Path, content: bytes, problem: str) -> None:
    """A header that cannot be read is told, without quoting it."""
    (folder / "checks.csv").write_bytes(content)
    with pytest.raises(CsvShapeError, match=problem):
        read(folder)


def test_folder_in_place_of_a_file(folder: Path) -> None:
    """A file that cannot be opened is told with the system's reason."""
    (folder / "checks.csv").unlink()
    (folder / "checks.csv").mkdir()
    with pytest.raises(CsvShapeError, match="Is a directory"):
        read(folder)


def test_undecodable_bytes(folder: Path) -> None:
    """Bytes that are not UTF-8 spoil an identifier, make a word unknown, and in a column not read do nothing."""
    header = CHECKS.strip().encode() + b",seen_by\n"
    (folder / "checks.csv").write_bytes(
        header
        + b"K\xff,C1,seen,2021-09-07,,PC\nK2,C1,seen\xff,2021-09-07,,PC\nK3,C1,seen,2021-09-07,,Jos\xe9\n"
        + b"K4,C1,seen,2021-09-0\xff,,PC\n"
    )
    facts = read(folder)
    assert [(check.check_id, check.kind) for check in facts.checks] == [("K2", "seen\ufffd"), ("K3", "seen")]
    assert [(*place, row.counted) for place, row in zip(places(facts), facts.rejected, strict=True)] == [
        ("checks.csv:2", "check_id", False),
        ("checks.csv:3", "kind", True),
        ("checks.csv:5", "checked_at", False),
    ]


def test_nul_bytes_and_huge_cells(folder: Path) -> None:
    """NUL bytes and a cell of ten million characters stop nothing; the csv module's own limit is put back."""
    before = csv.field_size_limit()
    huge = "x" * 10_000_000
    write(folder, checks=f"K\0,C1,seen,2021-09-07,\nK2,C1,{huge},2021-09-07,\nK3,C1,seen,2021-09-07,\n")
    facts = read(folder)
    assert [(check.check_id, len(check.kind)) for check in facts.checks] == [("K2", 200), ("K3", 4)]
    assert places(facts) == [("checks.csv:2", "check_id")]
    assert csv.field_size_limit() == before


def test_rows_of_other_lengths(folder: Path) -> None:
    """Missing cells at the end are blank ones; cells beyond the header spoil a row, but hide no danger."""
    write(
        folder,
        children="C1\nC2,filey,pc@x.uk,,,,\nC3,smith, john,,,pc@x.uk\n",
        assessments="A1,C1,neglect,high,2021-09-07\nA2,C1,neglect, other,high,2021-09-07,2021-09-08\n",
    )
    facts = read(folder)
    assert [child.child_ref for child in facts.children] == ["C1", "C2"]
    assert [(fact.assessment_id, fact.tier, fact.assessed_at) for fact in facts.assessments] == [
        ("A1", "high", at("2021-09-06T23:00")),
        ("A2", "other", at("2021-09-06T23:00")),
    ]
    assert places(facts) == [
        ("children.csv:4", "row"),
        ("assessments.csv:3", "row"),
        ("assessments.csv:3", "assessed_at"),
    ]


def test_quotation_mark_that_is_never_closed(folder: Path) -> None:
    """A stray quotation mark costs its own line, not the rest of the file."""
    rows = "".join(f"K{number},C1,seen,2021-09-07,\n" for number in range(3, 6))
    write(folder, checks=f'K1,C1,"seen,2021-09-07,\n{rows}K6,C1,"se"en,2021-09-07,\n{rows.replace("K", "L")}')
    facts = read(folder)
    assert [check.check_id for check in facts.checks] == ["K3", "K4", "K5", "L3", "L4", "L5"]
    assert places(facts) == [("checks.csv:2", "row"), ("checks.csv:6", "row")]


def test_endless_record(folder: Path) -> None:
    """A quoted cell of too many lines is taken for a stray quotation mark, so that a long file is not swallowed."""
    rows = "".join(f"K{number},C1,seen,2021-09-07,\n" for number in range(2, LINES_LIMIT + 10))
    write(folder, checks='K1,C1,"seen,2021-09-07,\n' + rows)
    facts = read(folder)
    assert len(facts.checks) == LINES_LIMIT + 8
    assert places(facts) == [("checks.csv:2", "row")]


def test_too_many_stray_quotation_marks(folder: Path) -> None:
    """A file of stray quotation marks is refused."""
    write(folder, checks='K1,"C"1,seen,2021-09-07,\n' * (BROKEN_LIMIT + 1))
    with pytest.raises(CsvShapeError, match=rf"checks.csv:{BROKEN_LIMIT + 2}: row: "):
        read(folder)


def test_ids_over_the_whole_file(folder: Path) -> None:
    """An id given twice is bad from the second on, whoever the child is."""
    write(
        folder,
        children="C1,,,,\nC1,filey,,,\n",
        assessments="A1,C1,,high,2021-09-07,\nA1,C2,,high,2021-09-07,\n",
        checks="K1,C1,seen,2021-09-07,\nK1,C2,seen,2021-09-07,\n",
    )
    facts = read(folder)
    assert (len(facts.children), len(facts.assessments), len(facts.checks)) == (1, 1, 1)
    assert {row.where for row in facts.rejected} == {"children.csv:3", "assessments.csv:3", "checks.csv:3"}
    assert all(row.reason.startswith("id given twice") for row in facts.rejected)


def test_assessment_dated_by_its_recorded_time(folder: Path) -> None:
    """Of an assessment one readable time is enough; both are filled in."""
    write(folder, assessments="A1,C1,,high,soon,2021-09-07T09:15Z\nA2,C1,,high,2021-09-07T09:15Z,soon\n")
    facts = read(folder)
    moment = at("2021-09-07T09:15")
    assert [(fact.assessed_at, fact.recorded_at) for fact in facts.assessments] == [(moment, moment), (moment, moment)]
    assert [row.counted for row in facts.rejected] == [True, True]


def test_histories(folder: Path) -> None:
    """Facts are joined by child; one that children.csv does not have counts without unit and officer."""
    write(
        folder,
        children="C1,filey,,2021-09-08T09:15Z,2021-09-01T09:15Z\n",
        assessments="A1,C1,,high,2021-09-07T09:15Z,\n",
        checks="K1,C2,seen,2021-09-07T09:15Z,\n",
    )
    event, closed = at("2021-09-07T09:15"), at("2021-09-08T09:15")
    assert histories(read(folder)) == {
        "C1": History(
            Child("C1", "filey", "", closed, at("2021-09-01T09:15")),
            [Assessment("A1", "C1", "general", "high", event, event)],
            (),
            (Closure(closed, known_at=closed),),
        ),
        "C2": History(Child("C2"), (), [Check("K1", "C2", "seen", event, event)], ()),
    }
