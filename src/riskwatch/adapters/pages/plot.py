"""Drawings as SVG that stands inside a page: named for those who cannot see it, and readable without colour.

matplotlib draws; it is an extra, `riskwatch[plots]`, because nothing that runs unattended needs it.
"""

import io
import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any
from zlib import crc32

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SERIES_LIMIT = 4
_STYLES = (
    ("#1f5fa8", "-", "o", "///"),
    ("#a84300", "--", "s", "..."),
    ("#2b6b2b", ":", "^", "xxx"),
    ("#5b3a8c", "-.", "D", "|||"),
)
"""Of each series its colour, line, mark and hatching: every one of them tells the series apart by itself."""
_MARKS_LIMIT = 60
_TICKS = 12
_LABEL_LIMIT = 40
_SVG = re.compile(r"<svg\b[^>]*>")
_METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)


class PlotsMissing(Exception):
    """The library that draws is not installed."""


def lines(title: str, description: str, ticks: Sequence[str], series: Mapping[str, Sequence[float]], unit: str) -> str:
    """Return a drawing of figures that follow one another, as lines. `description` says in words what it shows."""

    def draw(axes: "Axes") -> None:
        for (name, values), (colour, line, mark, _) in zip(series.items(), _STYLES, strict=False):
            marks = mark if len(values) <= _MARKS_LIMIT else ""
            axes.plot(
                range(len(values)), values, color=colour, linestyle=line, marker=marks, markersize=4, label=_plain(name)
            )
        every = max(1, -(-len(ticks) // _TICKS))
        axes.set_xticks(range(0, len(ticks), every), [_plain(tick) for tick in ticks[::every]], rotation=45, ha="right")
        axes.set_ylabel(_plain(unit))
        axes.set_ylim(bottom=0)

    return _drawn(title, description, draw, rows=8)


def bars(title: str, description: str, names: Sequence[str], series: Mapping[str, Sequence[float]], unit: str) -> str:
    """Return a drawing of named figures, as bars side by side."""

    def draw(axes: "Axes") -> None:
        height = 0.8 / max(1, len(series))
        for number, ((name, values), (colour, _, _, hatch)) in enumerate(zip(series.items(), _STYLES, strict=False)):
            places = [row + (number - (len(series) - 1) / 2) * height for row in range(len(values))]
            drawn = axes.barh(
                places, values, height, facecolor="white", edgecolor=colour, hatch=hatch, label=_plain(name)
            )
            axes.bar_label(drawn, fmt="{:,.0f}", padding=3, fontsize=8)
        axes.set_yticks(range(len(names)), [_plain(name) for name in names])
        axes.invert_yaxis()
        axes.margins(x=0.1)
        axes.set_xlabel(_plain(unit))

    return _drawn(title, description, draw, rows=len(names))


def check() -> None:
    """Raise PlotsMissing where nothing can be drawn."""
    _library()


def _library() -> Any:
    try:
        import matplotlib as library  # noqa: PLC0415  heavy, and an extra
    except ImportError:
        raise PlotsMissing("drawings need matplotlib: pip install 'riskwatch[plots]'") from None
    return library


def _drawn(title: str, description: str, draw: Any, *, rows: int) -> str:
    library = _library()
    from matplotlib.backends.backend_svg import FigureCanvasSVG  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    settings = {"svg.fonttype": "none", "svg.hashsalt": title, "font.family": "sans-serif", "hatch.linewidth": 0.6}
    with library.rc_context(settings):
        figure = Figure(figsize=(9, min(20.0, 1.8 + 0.45 * max(rows, 4))), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        draw(axes)
        axes.grid(visible=True, linewidth=0.4, color="#b0b0b0")
        axes.set_axisbelow(True)
        axes.legend(loc="best")
        axes.set_title(_plain(title))
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return _named(out.getvalue(), title, description)


def _plain(text: str) -> str:
    """Return a text that matplotlib draws as it is: it would read what stands between dollar signs as a formula."""
    short = text if len(text) <= _LABEL_LIMIT else f"{text[: _LABEL_LIMIT - 1]}…"
    return short.replace("$", r"\$").lstrip("_") or " "


def _named(svg: str, title: str, description: str) -> str:
    """Return the drawing without its file's head, with a title and a description for those who hear it."""
    svg = _METADATA.sub("", svg[svg.index("<svg") :])
    found = _SVG.search(svg)
    if found is None:
        raise ValueError("matplotlib gave no drawing")
    name = f"drawing-{crc32(title.encode('utf-8', 'surrogatepass')):08x}"
    tag = found[0].replace("<svg", f'<svg role="img" aria-labelledby="{name}-title {name}-desc"', 1)
    words = f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(description)}</desc>'
    return f"{tag}{words}{svg[found.end() :]}"
