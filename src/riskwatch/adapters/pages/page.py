"""A page: headings, paragraphs, tables and drawings, in one file that asks nothing of the network."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from riskwatch.adapters.pages.environment import page_environment

TEMPLATE = "page.html.j2"


class Table(NamedTuple):
    """A table. The first cell of a row names the row."""

    title: str
    note: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


class Figure(NamedTuple):
    """A drawing: SVG of `plot`, which alone is let through as it is, and what it shows in a sentence."""

    svg: str
    caption: str


class Page(NamedTuple):
    """What a page says, from top to bottom."""

    title: str
    marking: str
    paragraphs: Sequence[str]
    figures: Sequence[Figure]
    tables: Sequence[Table]


def render(page: Page) -> str:
    """Return the page as HTML. Every word of it is escaped."""
    environment = page_environment(Path(__file__).parent)
    figures = [(Markup(figure.svg), figure.caption) for figure in page.figures]  # noqa: S704  made by `plot`
    return environment.get_template(TEMPLATE).render(page=page, figures=figures)
