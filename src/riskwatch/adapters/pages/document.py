"""A document for people: chapters of paragraphs and tables, as plain text or as one printable HTML file."""

import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from riskwatch.adapters.pages.environment import page_environment

TEMPLATE = "document.html.j2"
WIDTH = 100
"""Characters of a line of text."""


class Grid(NamedTuple):
    """A table with a heading over each column."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


class Facts(NamedTuple):
    """Names, and what each is: "Version", "2026-12"."""

    rows: Sequence[tuple[str, str]]


class Passage(NamedTuple):
    """A part of a chapter under a heading of its own; blank where it needs none."""

    heading: str
    parts: Sequence[str | Grid | Facts]


class Chapter(NamedTuple):
    """A chapter: on paper it begins a page."""

    title: str
    passages: Sequence[Passage]


class Document(NamedTuple):
    """What it says, from top to bottom."""

    title: str
    chapters: Sequence[Chapter]


def as_text(document: Document) -> str:
    """Return the document as plain text."""
    return "\n".join(_lines(document)) + "\n"


def as_html(document: Document) -> str:
    """Return the document as one HTML file without scripts and without anything from elsewhere; all of it escaped."""
    environment = page_environment(Path(__file__).parent)
    return environment.get_template(TEMPLATE).render(document=document)


def _lines(document: Document) -> Iterator[str]:
    yield document.title
    yield "=" * min(WIDTH, len(document.title))
    for chapter in document.chapters:
        yield from ("", "", chapter.title.upper(), "-" * min(WIDTH, len(chapter.title)))
        for passage in chapter.passages:
            if passage.heading:
                yield from ("", passage.heading)
            for part in passage.parts:
                yield ""
                yield from _part(part)


def _part(part: str | Grid | Facts) -> Iterator[str]:
    if isinstance(part, str):
        yield from textwrap.wrap(part, WIDTH)
        return
    rows = [part.head, *part.rows] if isinstance(part, Grid) else part.rows
    count = max(len(row) for row in rows)
    widths = [max(len(row[column]) for row in rows) for column in range(count)]
    for row in rows:
        first = "  " + "  ".join(cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)) + "  "
        wrapped = textwrap.wrap(row[-1], max(30, WIDTH - len(first))) or [""]
        yield (first + wrapped[0]).rstrip()
        yield from (" " * len(first) + more for more in wrapped[1:])
