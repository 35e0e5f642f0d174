"""The benchmarks still find what they measure: a stage that moved would else be missed by whoever runs them next."""

from benchmarks import board, compare, full_read, report_year, sweep_due
from benchmarks.worlds import workplace


def test_the_stages_of_a_full_read_are_measured() -> None:
    """Reading, folding, reconciling and writing each take some of the time, and nothing is missing."""
    with workplace() as folder:
        full_read._prepare(folder, 30)
        spent_s = full_read._staged(folder)
    assert {"read", "digest", "fold", "reconcile", "write", "other"} == set(spent_s)
    assert min(spent_s.values()) > 0


def test_the_stages_of_a_sweep_are_measured() -> None:
    """Deciding, wording, reading, writing and putting together each take some of the time."""
    _, _, spent_s = sweep_due._measure(100, 1)
    assert {"decide", "word", "read", "write", "put together"} == set(spent_s)
    assert min(spent_s.values()) > 0


def test_the_stages_of_a_comparison_are_measured() -> None:
    """Sorting, reading, folding, keeping, escalating, comparing and counting letters each take some of the time."""
    with workplace() as folder:
        compare._write(folder, 20)
        spent_s = compare._staged(folder, 20)
    stages = {"sort", "read", "timeline", "fold", "keep", "escalate", "course", "compare", "letters", "other"}
    assert stages == set(spent_s)
    assert min(spent_s.values()) > 0


def test_the_stages_of_a_report_are_measured() -> None:
    """Reading, the books, folding, examining, adding up and the page each take some of the time."""
    with workplace() as folder:
        report_year._prepare(folder, 30)
        spent_s = report_year._staged(folder)
    assert {"read", "books", "fold", "examine", "add up", "page", "other"} == set(spent_s)
    assert min(spent_s.values()) > 0


def test_the_stages_of_a_board_are_measured() -> None:
    """Looking, reading, wording, rendering and writing each take time, and the bare driver sees the same rows."""
    with workplace() as folder:
        board._prepare(folder, 60)
        _, _, written, _ = board._write(folder, 0)
        assert (3, 2, 5) == (written.overdue, written.soon, written.pages)
        assert board._fetch(folder, 5).wall_s > 0
        spent_s = board._staged(folder)
    own = {"health", "rows read", "rows in words", "board in HTML", "files", "other"}
    assert own | {"cases read and folded", "cases in words", "cases in HTML"} == set(spent_s)
    assert min(spent_s.values()) > 0
