"""The one place that prints: results on standard output, problems and progress on standard error.

What it prints may come from the agency's records, from a mail server or from a file somebody else wrote: nothing of it
steers the terminal.
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TextIO

from riskwatch.core.calendar import Calendar

Advance = Callable[[float], None]
"""Takes how much of the work is done, in the unit of its total."""


class Refused(Exception):
    """A command that cannot be carried out as asked: its lines, one a problem, go to standard error."""

    def __init__(self, problems: Iterable[object], *, code: int = 2) -> None:
        self.problems = [str(problem) for problem in problems]
        self.code = code
        super().__init__("; ".join(self.problems))


class Console:
    """Standard output and standard error. Every line is written through at once, for whoever reads along in a pipe."""

    def __init__(self, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self._out = sys.stdout if out is None else out
        self._err = sys.stderr if err is None else err

    def out(self, text: str = "") -> None:
        """Print a result."""
        _write(self._out, text)

    def err(self, problem: object) -> None:
        """Print a problem, on one line whatever it holds."""
        _write(self._err, " ".join(str(problem).split("\n")))

    def json(self, record: object) -> None:
        """Print one JSON object on a line of its own."""
        _write(self._out, json.dumps(record))

    def table(self, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Print rows under a head: folded to the screen's width, or in plain columns where there is no screen."""
        cells = [[_harmless(str(cell)).replace("\n", " ") for cell in row] for row in rows]
        if not self._out.isatty():
            for line in _columns([list(head), *cells]):
                self.out(line)
            return
        from rich.console import Console as Screen  # noqa: PLC0415  only a screen is worth the time it takes to load
        from rich.table import Table  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        table = Table(box=None, pad_edge=False, header_style="bold")
        for name in head:
            table.add_column(name, overflow="fold")  # every one may fold: rich lets one that may not push out others
        for row in cells:
            table.add_row(*(Text(cell) for cell in row))
        Screen(file=self._out, highlight=False).print(table)

    def entry(self, lead: str, text: str, style: str = "") -> None:
        """Print a text behind a lead; a screen folds it under itself, and shows it in a style, in rich's words."""
        text = " ".join(_harmless(text).split("\n"))
        if not self._out.isatty():
            self.out(f"{lead}{text}".rstrip())
            return
        from rich.console import Console as Screen  # noqa: PLC0415  only a screen is worth the time it takes to load
        from rich.table import Table  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        line = Table.grid(padding=0)
        line.add_column(width=len(lead), no_wrap=True)
        line.add_column(overflow="fold")
        line.add_row(Text(lead), Text(text, style=style))
        Screen(file=self._out, highlight=False).print(line)

    @contextmanager
    def progress(self, what: str, total: float) -> Iterator[Advance]:
        """Show how far a long piece of work is, if a person watches standard error and no results run over it."""
        if not self._err.isatty() or self._out.isatty() or total <= 0:
            yield lambda _: None
            return
        from rich.console import Console as Screen  # noqa: PLC0415  only a screen is worth the time it takes to load
        from rich.progress import Progress  # noqa: PLC0415

        with Progress(console=Screen(file=self._err), transient=True) as progress:
            task = progress.add_task(what, total=total)
            yield lambda done: progress.update(task, completed=done)


def stamp(moment: datetime) -> str:
    """Return a moment as programs read it: ISO 8601 in UTC, whole seconds."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def stamp_or_none(moment: datetime | None) -> str | None:
    """Return a moment as programs read it, or None where there is none."""
    return None if moment is None else stamp(moment)


def wall_clock(moment: datetime, calendar: Calendar) -> str:
    """Return a moment as people read it: the local date and time."""
    return f"{calendar.local(moment):%Y-%m-%d %H:%M}"


def _harmless(text: str) -> str:
    """Return the text with its line ends, and without control, direction and other invisible characters."""
    if text.isprintable():
        return text
    return "".join(
        mark if mark.isprintable() or mark == "\n" else " " if mark.isspace() else "\N{REPLACEMENT CHARACTER}"
        for mark in text
    )


def _write(stream: TextIO, text: str) -> None:
    text = _harmless(text)
    try:
        stream.write(f"{text}\n")
    except UnicodeEncodeError:  # a terminal of another time: better odd letters than none
        encoding = stream.encoding or "ascii"
        stream.write(f"{text.encode(encoding, 'backslashreplace').decode(encoding)}\n")
    stream.flush()


def _columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
