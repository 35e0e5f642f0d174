"""A folder of any size, read bucket by bucket, gives what it gives when it is read whole."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from riskwatch.adapters.source import csv_buckets
from riskwatch.adapters.source.csv_buckets import fill_buckets, histories_of
from riskwatch.adapters.source.csv_files import CsvShapeError, histories, read_folder
from riskwatch.core.facts import History, Rejected

LONDON = ZoneInfo("Europe/London")
HEADS = {
    "children": "child_ref,unit,officer,closed_at,closed_recorded_at",
    "assessments": "assessment_id,child_ref,concern,tier,assessed_at,recorded_at",
    "checks": "check_id,child_ref,kind,checked_at,recorded_at",
}


@pytest.fixture(autouse=True)
def _many_small_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_buckets, "BUCKET_BYTES", 60)
    monkeypatch.setattr(csv_buckets, "BUFFERED_ROWS", 7)


def folder(path: Path, **rows: list[str]) -> Path:
    """Write the three files; a table that is not named has no rows."""
    path.mkdir()
    for table, head in HEADS.items():
        text = "\n".join([head, *rows.get(table, [])]) + "\n"
        (path / f"{table}.csv").write_bytes(text.encode("utf-8", "surrogateescape"))
    return path


def by_buckets(facts: Path, into: Path) -> tuple[dict[str, History], list[Rejected]]:
    """Read a folder bucket by bucket."""
    into.mkdir()
    seen: list[float] = []
    filled = fill_buckets(facts, LONDON, into, seen.append)
    assert [1, 2, 3] == seen
    found: dict[str, History] = {}
    rejected = list(filled.rejected)
    for bucket in filled.buckets:
        some, bad = histories_of(bucket, LONDON, filled.dropped)
        refs = [one.child.child_ref for one in some]
        assert not set(refs) & found.keys()  # each child stands in one bucket
        found |= dict(zip(refs, some, strict=True))
        rejected += bad
    return found, rejected


def test_the_buckets_hold_what_the_folder_holds(tmp_path: Path) -> None:
    """Every child with all its rows, wherever they stand, and every row that cannot be read, by its line."""
    rows = {
        "children": [f"C{n},york,pc{n}@north.police.uk,," for n in range(30)] + [",york,,,", 'C40,"broken'],
        "assessments": [f"A{n}, C{n % 37} ,neglect,high,2023-02-{n % 27 + 1:02},soon" for n in range(90)],
        "checks": [f"K{n},C{n % 37},seen,{'no time' if n % 9 == 0 else '2023-02-20T10:00'}," for n in range(90)],
    }
    facts = folder(tmp_path / "facts", **rows)
    found, rejected = by_buckets(facts, tmp_path / "rows")
    whole = read_folder(facts, LONDON)

    assert histories(whole) == found
    assert sorted(whole.rejected) == sorted(rejected)
    assert len(list((tmp_path / "rows").glob("*.rows"))) > 20


def test_an_id_given_twice_counts_once_in_whichever_bucket(tmp_path: Path) -> None:
    """The first row that can be read counts, though the others belong to other children."""
    rows = {
        "children": ["C1,york,,,", "C1,filey,,,"],
        "assessments": [f"{'A' if n % 5 else 'Same'},C{n},neglect,high,2023-02-06," for n in range(40)],
        "checks": [f"K,C{n},seen,{'never' if n < 3 else '2023-02-07'}," for n in range(40)],
    }
    facts = folder(tmp_path / "facts", **rows)
    found, rejected = by_buckets(facts, tmp_path / "rows")
    whole = read_folder(facts, LONDON)
    told = {ref: one for ref, one in histories(whole).items() if one.assessments or one.checks or one.child.unit}

    assert told == found
    assert sorted(whole.rejected) == sorted(rejected)


def test_bytes_that_are_not_utf_8_go_through(tmp_path: Path) -> None:
    """They spoil the cell that holds them, as in a folder that is read whole."""
    rows = {"assessments": ["A1,C1,\udcff,high,2023-02-06,", "A\udcff,C\udcff,neglect,high,2023-02-06,"]}
    facts = folder(tmp_path / "facts", **rows)
    found, rejected = by_buckets(facts, tmp_path / "rows")
    whole = read_folder(facts, LONDON)

    assert histories(whole) == found
    assert sorted(whole.rejected) == sorted(rejected)


def test_too_many_ids_given_twice_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list of them is bounded: an extract that repeats itself is to be mended, not listed."""
    monkeypatch.setattr(csv_buckets, "TWICE_LIMIT", 3)
    facts = folder(tmp_path / "facts", checks=["K,C1,seen,2023-02-07,"] * 5)
    (tmp_path / "rows").mkdir()
    with pytest.raises(CsvShapeError, match="more than 3 ids given twice"):
        fill_buckets(facts, LONDON, tmp_path / "rows", lambda _: None)


def test_a_missing_column_is_refused(tmp_path: Path) -> None:
    """Before anything is sorted."""
    facts = folder(tmp_path / "facts")
    (facts / "checks.csv").unlink()
    with pytest.raises(CsvShapeError, match=r"checks\.csv"):
        fill_buckets(facts, LONDON, tmp_path, lambda _: None)
