"""Pages for people: one file each, with drawings inside, without scripts and without anything from elsewhere."""

from riskwatch.adapters.pages.page import Figure, Page, Table, render
from riskwatch.adapters.pages.plot import PlotsMissing, bars, lines

__all__ = ["Figure", "Page", "PlotsMissing", "Table", "bars", "lines", "render"]
