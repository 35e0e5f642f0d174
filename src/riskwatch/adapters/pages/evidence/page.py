"""The report as one page: for the screen, for paper, and for whoever makes a PDF of it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from markupsafe import Markup

from riskwatch.adapters.pages.environment import page_environment
from riskwatch.adapters.pages.evidence.contents import Report, Section, facts_of, sections_of, warnings_of
from riskwatch.adapters.pages.evidence.deadlines import OUTCOMES
from riskwatch.adapters.pages.evidence.sheets import Form, Sheet, in_words
from riskwatch.adapters.pages.plot import PlotsMissing, bars, check, lines
from riskwatch.core.evidence import Outcome

TEMPLATE = "report.html.j2"
TITLE = "Children at risk: were they seen in time?"
ROWS_SHOWN = 300
"""Rows of a table on the page; a CSV file has all of them."""
BARS_DRAWN = 30
_RIGHT = (Form.COUNT, Form.SHARE)


class Cell(NamedTuple):
    """A cell in words; `tone` names a class of the style."""

    words: str
    tone: str


class Grid(NamedTuple):
    """A table of the page, in words."""

    sheet: Sheet
    heads: Sequence[Cell]
    rows: Sequence[Sequence[Cell]]
    left_out: str


class Figure(NamedTuple):
    """A drawing, and what it shows in a sentence."""

    svg: Markup
    caption: str


class Part(NamedTuple):
    """A section of the page."""

    section: Section
    figures: Sequence[Figure]
    grids: Sequence[Grid]


def render(report: Report) -> str:
    """Return the page as HTML that asks nothing of the network. Every word of it is escaped."""
    try:
        check()
        undrawn = ""
    except PlotsMissing as error:
        undrawn = f"There are no drawings, only tables: {error}."
    environment = page_environment(Path(__file__).parent)
    parts = [
        Part(section, [] if undrawn else _drawn(section), [_grid(sheet, report) for sheet in section.sheets])
        for section in sections_of(report)
    ]
    return environment.get_template(TEMPLATE).render(
        title=TITLE,
        marking=report.marking,
        marking_css=Markup(_in_css(report.marking)),  # noqa: S704  every mark of it is written as a number
        facts=facts_of(report),
        warnings=warnings_of(report),
        undrawn=undrawn,
        parts=parts,
    )


def _in_css(text: str) -> str:
    """Return a text as a string of a style sheet, in which nothing can end it."""
    return '"' + "".join(f"\\{ord(mark):06x}" for mark in text if mark.isprintable()) + '"'


def _grid(sheet: Sheet, report: Report) -> Grid:
    zone = report.policy.calendar.timezone
    tones = ["number" if column.form in _RIGHT else "word" for column in sheet.columns]
    rows = [
        [
            Cell(in_words(value, column.form, zone), tone)
            for value, column, tone in zip(row, sheet.columns, tones, strict=True)
        ]
        for row in sheet.rows[:ROWS_SHOWN]
    ]
    heads = [Cell(column.heading, tone) for column, tone in zip(sheet.columns, tones, strict=True)]
    hidden = len(sheet.rows) - len(rows)
    left_out = f"{hidden:,} more rows are in the CSV file {sheet.name}.csv. " if hidden else ""
    if sheet.beyond:
        left_out += f"{sheet.beyond:,} more are counted, and listed nowhere."
    return Grid(sheet, heads, rows, left_out.strip())


# --- drawings ---------------------------------------------------------------------------------------------------------
def _drawn(section: Section) -> list[Figure]:
    sheets = {sheet.name: sheet for sheet in section.sheets}
    return [figure for draw, name in _DRAWINGS if name in sheets for figure in draw(sheets[name])]


def _by_month(sheet: Sheet) -> list[Figure]:
    rows = _named(sheet)
    if len(rows) < 2:  # one month is no course
        return []
    months = [row["month"] for row in rows]
    kept = [row["deadlines"] - row[Outcome.LIFTED] for row in rows]
    shares = {
        "seen on time": [_percent(row[Outcome.ON_TIME], whole) for row, whole in zip(rows, kept, strict=True)],
        "and with those only recorded late": [
            _percent(row[Outcome.ON_TIME] + row[Outcome.RECORDED_LATE], whole)
            for row, whole in zip(rows, kept, strict=True)
        ],
    }
    last = shares["seen on time"][-1]
    caption = f"The share of deadlines met on time, {months[0]} to {months[-1]}; {last:.1f}% in the last month."
    return [_figure(lines("Seen on time by month", caption, months, shares, "% of deadlines"), caption)]


def _by_group(sheet: Sheet) -> list[Figure]:
    rows = _named(sheet)[:BARS_DRAWN]
    if not rows:
        return []
    key = sheet.columns[0].key
    series = {
        OUTCOMES[Outcome.ON_TIME].lower(): [row[Outcome.ON_TIME] for row in rows],
        "overdue for a time": [row["deadlines"] - row[Outcome.ON_TIME] - row[Outcome.LIFTED] for row in rows],
    }
    late = sum(series["overdue for a time"])
    caption = f"Deadlines by {key}: {sum(series['seen on time']):,} met on time, {late:,} overdue for a time."
    return [_figure(bars(sheet.title, caption, [row[key] for row in rows], series, "deadlines"), caption)]


def _distribution(sheet: Sheet) -> list[Figure]:
    rows = _named(sheet)
    names = [row[sheet.columns[0].key] for row in rows]
    series = {column.heading: [row[column.key] for row in rows] for column in sheet.columns[1:]}
    numbers = next(iter(series.values()))
    if not sum(numbers):
        return []
    caption = f"{sheet.title}: {sum(numbers):,} in all, {numbers[-1]:,} of them {names[-1]}."
    return [_figure(bars(sheet.title, caption, names, series, "number"), caption)]


def _named(sheet: Sheet) -> list[Mapping[str, Any]]:
    keys = [column.key for column in sheet.columns]
    return [dict(zip(keys, row, strict=True)) for row in sheet.rows]


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0.0


def _figure(svg: str, caption: str) -> Figure:
    return Figure(Markup(svg), caption)  # noqa: S704  made by `plot`


_DRAWINGS = (
    (_by_month, "by_month"),
    (_by_group, "by_tier"),
    (_by_group, "by_unit"),
    (_distribution, "unchecked"),
    (_distribution, "first_told"),
    (_distribution, "late_records"),
)
