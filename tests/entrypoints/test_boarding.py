"""Writing the board from a store and its records: what stands on it, in which order, and what becomes of its pages."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from riskwatch.adapters.board_folder import BoardFolder
from riskwatch.adapters.pages.board import case_file
from riskwatch.bootstrap.service import Service
from riskwatch.entrypoints import board_cases, board_index, boarding
from riskwatch.entrypoints.boarding import Written
from tests.entrypoints.board_world import DAY_S, HOUR_S, Place, a_service, copied, prepared, read
from tests.entrypoints.processes import given, soon, stamp


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What each test has a copy of."""
    return prepared(tmp_path_factory.mktemp("template"))


@pytest.fixture
def config(template: Path, tmp_path: Path) -> Path:
    """A config folder, and children who are due at different times."""
    return copied(template, tmp_path)


@pytest.fixture
def service(config: Path) -> Iterator[Service]:
    """A service that has read and swept once."""
    with a_service(config) as joined:
        yield joined


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A place for the board."""
    return Place(tmp_path / "board")


def pages_of(*numbers: int) -> set[str]:
    """Return the names of the pages of children by their numbers."""
    return {case_file(f"C{number}") for number in numbers}


def see(config: Path, number: int) -> None:
    """Record that a child was seen just now."""
    given(config, checks=[f"K{number},C{number},seen,{stamp(soon(-60))},{stamp(soon(-60))}"])


def test_the_worst_comes_first_then_what_is_due_within_72_hours(service: Service, place: Place) -> None:
    """Who is due later has no row and no page; each row leads to a page that is there."""
    assert Written(overdue=2, soon=2, pages=4, cases=4, failed=0) == place.write(service)
    assert ["C0", "C1", "C2", "C3"] == place.rows()
    assert pages_of(0, 1, 2, 3) == place.pages() == set(re.findall(r"case-\w+\.html", place.index))
    assert "Overdue now: 2 children, 2 deadlines" in place.index
    assert "Due in the next 72 hours: 2 children, 2 deadlines" in place.index
    assert "9 days" in place.index
    assert "3 hours" in place.index
    assert "<title>2 overdue - riskwatch</title>" in place.index
    case = (place.folder / case_file("C0")).read_text()
    assert "assessed as high, neglect (A0)" in case
    assert 'seen-high: <span class="late-word">overdue by 9 days</span>' in case
    assert "told pc0@example.police.uk (overdue, seen-high, officer): waits to be sent" in case


def test_a_deadline_at_this_very_moment_is_missed(service: Service, place: Place) -> None:
    """As everywhere else: the core's own word decides, to the second."""
    (row,) = [row for row in service.store.reports.overdue(soon(3 * HOUR_S)) if row.tracked.child_ref == "C2"]
    due_at = row.tracked.due_at
    for moment, overdue in ((due_at - timedelta(milliseconds=500), 2), (due_at, 3)):
        assert overdue == place.writer.write(service, BoardFolder(place.folder), moment).overdue
    assert ">now</td>" in place.index


def test_a_child_who_was_seen_leaves_with_its_page(service: Service, place: Place, config: Path) -> None:
    """Other files of the folder are let alone, however alike they look."""
    place.write(service)
    for name in ("case-notes.html", "other.html"):
        (place.folder / name).touch()
    see(config, 0)
    read(service)
    assert Written(overdue=1, soon=2, pages=3, cases=3, failed=0) == place.write(service)
    assert ["C1", "C2", "C3"] == place.rows()
    assert pages_of(1, 2, 3) | {"case-notes.html", "other.html"} == place.pages()


def test_missing_pages_come_first_then_changed_ones_then_the_oldest(
    service: Service, tmp_path: Path, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With time for one page a turn, every case has its turn, and what has changed does not wait for it."""
    monkeypatch.setattr(boarding, "BATCH", 1)
    place = Place(tmp_path / "board", cases_s=0.5, tick_s=1.0)

    def turn() -> set[str]:
        for path in place.folder.glob("case-*"):
            path.write_text("old")
        place.write(service)
        return {path.name for path in place.folder.glob("case-*") if path.read_text() != "old"}

    assert [pages_of(0), pages_of(1), pages_of(2)] == [turn() for _ in range(3)]
    assert "3 of 4 cases have a page by now" in place.index
    assert '<th scope="row">C3</th>' in place.index
    assert [pages_of(3), pages_of(0)] == [turn() for _ in range(2)]
    assert "by now" not in place.index
    given(config, checks=[f"K3,C3,seen,{stamp(soon(-30 * DAY_S))},{stamp(soon(-60))}"])
    read(service)
    assert [pages_of(3), pages_of(1), pages_of(2)] == [turn() for _ in range(3)]


def test_a_restart_keeps_the_pages_that_are_there(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are linked to, and renewed in their turn: missing ones first."""
    monkeypatch.setattr(boarding, "BATCH", 1)
    Place(tmp_path / "board").write(service)
    (tmp_path / "board" / case_file("C2")).unlink()
    place = Place(tmp_path / "board", cases_s=0.5, tick_s=1.0)
    place.write(service)
    assert pages_of(0, 1, 2, 3) == place.pages()


def test_a_source_that_fails_leaves_the_pages_and_says_so(service: Service, place: Place, config: Path) -> None:
    """The board itself comes from the store, and is written."""
    place.write(service)
    before = {name: (place.folder / name).read_text() for name in place.pages()}
    with closing(sqlite3.connect(config.parent / "riskwatch.db")) as connection:
        connection.execute("ALTER TABLE recorded_check RENAME TO elsewhere")
    assert 0 == place.write(service).pages
    assert "The records cannot be read now: the pages of the cases are as they were." in place.index
    assert before == {name: (place.folder / name).read_text() for name in place.pages()}


def test_a_child_that_the_source_no_longer_gives_stays_on_the_board(
    service: Service, tmp_path: Path, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is owed until two readings agree; it has no page, and holds up nobody else's."""
    monkeypatch.setattr(boarding, "BATCH", 1)
    with closing(sqlite3.connect(config.parent / "riskwatch.db")) as connection:
        for table in ("assessment", "recorded_check", "child"):
            connection.execute(f"DELETE FROM {table} WHERE child_ref = 'C0'")
        connection.commit()
    place = Place(tmp_path / "board", cases_s=0.5, tick_s=1.0)
    for _ in range(3):
        place.write(service)
    assert ["C0", "C1", "C2", "C3"] == place.rows()
    assert pages_of(1, 2) == place.pages()


def test_one_case_that_cannot_be_told_of_hides_no_other(
    service: Service, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake of ours in one child's page is counted on the board; the others have theirs."""
    make = board_cases.case_of

    def fails(records: list[dict[str, object]], *others: object) -> object:
        if records[0]["child_ref"] == "C1":
            raise ZeroDivisionError
        return make(records, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(boarding, "case_of", fails)
    assert Written(overdue=2, soon=2, pages=3, cases=4, failed=1) == place.write(service)
    assert "The page of 1 case cannot be made; the log has more." in place.index
    assert pages_of(0, 2, 3) == place.pages()
    assert ["C0", "C1", "C2", "C3"] == place.rows()


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        (3, ["Only the 1 next are listed: the board holds no more.", "more than 1 child, 1 deadline"]),
        (
            2,
            ["None is listed: what is overdue fills the board.", "Overdue now: 2 children, 2 deadlines"],
        ),
        (1, ["Only the 1 latest of 2 are listed: the board holds no more.", "<title>1 or more overdue"]),
    ],
)
def test_the_bound_on_rows_is_told(
    service: Service, place: Place, monkeypatch: pytest.MonkeyPatch, limit: int, said: list[str]
) -> None:
    """Whichever list it cuts, and never as "none"."""
    monkeypatch.setattr(boarding, "MAX_ROWS", limit)
    place.write(service)
    assert ["C0", "C1", "C2"][:limit] == place.rows()
    assert [] == [words for words in said if words not in place.index]
    assert "<p>None.</p>" not in place.index


def test_the_bound_on_officers_is_told(service: Service, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those with the most are counted by name."""
    monkeypatch.setattr(board_index, "BUSIEST", 3)
    place.write(service)
    assert "By officer: the 3 with the most of 4." in place.index


def test_a_long_backlog_has_a_longer_measure_of_stale_for_its_cases(
    service: Service, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that waits for its turn is not stale for that; the board itself is, as ever."""
    monkeypatch.setattr(boarding, "PAGES_AT_LEAST", 2)
    place.write(service)
    board_s = 2 * (5 * 60 + HOUR_S)
    assert f'data-stale-after="{board_s}"' in place.index
    assert f'data-stale-after="{3 * board_s}"' in (place.folder / case_file("C0")).read_text()


def test_what_the_policy_no_longer_knows_is_shown_all_the_same(service: Service, place: Place, config: Path) -> None:
    """A rule that is gone, a tier without a rank, a child never read: a row each, nobody told next where none is."""
    with closing(sqlite3.connect(config.parent / "riskwatch.db")) as connection:
        connection.execute("UPDATE obligation SET rule = 'gone' WHERE child_ref = 'C0'")
        connection.execute("UPDATE watched SET tier = 'severe' WHERE child_ref = 'C1'")
        connection.execute("DELETE FROM watched WHERE child_ref = 'C2'")
        connection.commit()
    place.write(service)
    assert ["C0", "C1", "C2", "C3"] == place.rows()
    assert '<td data-sort="">nobody</td>' in place.index
    assert '<td data-sort="-1">severe</td>' in place.index
