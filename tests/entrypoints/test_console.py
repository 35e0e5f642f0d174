"""Printing: to a screen, to a pipe, to a terminal of another time."""

import io
import re
from datetime import UTC, datetime

import pytest

from riskwatch.entrypoints.console import Console, Refused, stamp, stamp_or_none

ROWS = [("C1", "harbour"), ("C-1002", "")]


class Screen(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_table_in_a_pipe_is_plain_and_aligned() -> None:
    """Programs and files get columns of text, however wide: nothing is cut or folded."""
    out = io.StringIO()
    Console(out, io.StringIO()).table(("CASE", "UNIT"), [*ROWS, ("C2", "x" * 300)])
    assert out.getvalue().splitlines() == ["CASE    UNIT", "C1      harbour", "C-1002", f"C2      {'x' * 300}"]


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_table_on_a_screen_fits_its_width(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a narrow screen cells are folded; no column is pushed out, and nothing is cut off."""
    monkeypatch.setenv("COLUMNS", str(width))
    screen = Screen()
    row = ("D-1007", "moorside", "very_high", "2026-10-12 03:41", "dana.reyes@example.police.uk")
    Console(screen, Screen()).table(("CASE", "UNIT", "TIER", "DUE", "OFFICER"), [row])
    shown = re.sub(r"\x1b\[[0-9;]*m", "", screen.getvalue()).splitlines()
    assert max(map(len, shown)) <= width
    text = "".join(shown)
    assert all(text.count(mark) >= "".join(row).count(mark) for mark in set("".join(row)))


def test_colour_is_left_out_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR is honoured on a screen."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", "1")
    screen = Screen()
    Console(screen, Screen()).table(("CASE",), [("[red]C1[/red]",)])
    assert "\x1b[3" not in screen.getvalue()
    assert "[red]C1[/red]" in screen.getvalue()


def test_an_entry_on_a_screen_is_folded_under_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a narrow screen the text keeps its column; in a pipe it is one line."""
    monkeypatch.setenv("COLUMNS", "30")
    monkeypatch.setenv("NO_COLOR", "1")
    screen, pipe = Screen(), io.StringIO()
    for out in (screen, pipe):
        Console(out, Screen()).entry("  10:15  ", "the deadline passes, [red]no[/red] check", "bold red")
    shown = re.sub(r"\x1b\[[0-9;]*m", "", screen.getvalue()).splitlines()
    assert ["  10:15  the deadline passes,", "         [red]no[/red] check"] == [line.rstrip() for line in shown]
    assert "  10:15  the deadline passes, [red]no[/red] check\n" == pipe.getvalue()
    assert "\x1b[1;31m" not in screen.getvalue()


def test_a_problem_is_one_line() -> None:
    """Whatever a message holds, a problem stays on one line."""
    err = io.StringIO()
    Console(io.StringIO(), err).err("a\nb")
    assert err.getvalue() == "a b\n"


def test_a_stream_of_another_time_gets_what_it_can_show() -> None:
    """A letter that the terminal does not know is written as its number, and stops nothing."""
    raw = io.BytesIO()
    console = Console(io.TextIOWrapper(raw, encoding="ascii"), io.StringIO())
    console.out("Zoë")
    console.json({"name": "Zoë"})
    assert raw.getvalue() == b'Zo\\xeb\n{"name": "Zo\\u00eb"}\n'


def test_progress_shows_on_a_watched_screen_only() -> None:
    """A log file is not filled with bars; nor do bars run through results on the same screen."""
    for out, err, shown in (
        (io.StringIO(), Screen(), True),
        (io.StringIO(), io.StringIO(), False),
        (Screen(), Screen(), False),
    ):
        with Console(out, err).progress("Importing", 2) as advance:
            advance(1)
        assert ("Importing" in err.getvalue()) is shown
        assert out.getvalue() == ""


def test_moments_are_iso_8601_in_utc() -> None:
    """Programs read every moment in one form."""
    moment = datetime(2021, 9, 7, 9, 15, tzinfo=UTC)
    assert stamp(moment) == "2021-09-07T09:15:00Z"
    assert stamp(moment.replace(year=1)) == "0001-09-07T09:15:00Z"
    assert stamp_or_none(None) is None


def test_a_refusal_shows_all_its_problems() -> None:
    """As an exception too, it says what it is about."""
    assert str(Refused(["a", "b"])) == "a; b"


MARKS = "\x1b[2J\x1b]0;title\x07 \x9b31m \r\b\x00 \u202e \u2066 \u2028 \u200b \ufeff \ud800"


@pytest.mark.parametrize("out", [io.StringIO, Screen])
def test_nothing_printed_steers_a_terminal(out: type[io.StringIO]) -> None:
    """Escapes, direction marks and lines of a value's own never reach a screen: a list must show what it lists."""
    stream, errors = out(), Screen()
    console = Console(stream, errors)
    console.out(f"case {MARKS}")
    console.err(f"problem {MARKS}\nriskwatch: forged")
    console.table(("CASE", "UNIT"), [(f"C1{MARKS}", "x"), ("C2\nC3  in order", "y")])
    shown = re.sub(r"\x1b\[[0-9]*m", "", stream.getvalue())  # the screen's own bold head
    for line in (*shown.split("\n"), *errors.getvalue().split("\n")):
        assert line.isprintable(), ascii(line)
    assert "C2 C3  in order" in shown
    assert 1 == errors.getvalue().count("\n")


def test_a_text_of_several_lines_keeps_them() -> None:
    """What riskwatch itself sets in lines stays so; accents and signs stay themselves."""
    out = io.StringIO()
    Console(out, io.StringIO()).out("Łódź\n\n  £5 ok\u00a0x")
    assert "Łódź\n\n  £5 ok x\n" == out.getvalue()
