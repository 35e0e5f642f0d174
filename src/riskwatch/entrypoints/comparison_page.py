"""A comparison of two policies as a page for people, with drawings."""

from pathlib import Path

from riskwatch.adapters.pages import Figure, Page, PlotsMissing, Table, bars, lines, plot, render
from riskwatch.core.calendar import Calendar
from riskwatch.core.rivalry import Side
from riskwatch.core.workload import Workload
from riskwatch.entrypoints.comparison_records import Compared, rules_of, weeks_of
from riskwatch.entrypoints.comparison_text import summary_of, tables_of
from riskwatch.entrypoints.console import Refused

RECIPIENTS_DRAWN = 12
RULES_DRAWN = 20
OLD, NEW = "old policy", "new policy"


def check_plots() -> None:
    """Raise Refused where nothing can be drawn: before an hour's records are read for it."""
    try:
        plot.check()
    except PlotsMissing as error:
        raise Refused([f"riskwatch: --html: {error}"]) from None


def write_page(compared: Compared, calendar: Calendar, path: Path) -> None:
    """Write the page. Raises Refused where the file cannot be written."""
    page = Page(
        title=f"Policy {compared.old_version} and policy {compared.new_version} compared",
        marking="OFFICIAL-SENSITIVE",
        paragraphs=summary_of(compared, calendar),
        figures=[*_letters(compared.workload), *_overdue(compared)],
        tables=[Table(*table) for table in tables_of(compared, calendar)],
    )
    try:
        path.write_text(render(page), encoding="utf-8", errors="replace")
    except OSError as error:
        raise Refused([f"riskwatch: --html {path} cannot be written ({error.strerror})"]) from None


def _letters(work: Workload) -> list[Figure]:
    weeks = weeks_of(work)
    if not weeks:
        return []
    by_week = {name: [work.by_week[side, week] for week in weeks] for name, side in ((OLD, Side.OLD), (NEW, Side.NEW))}
    total = f"{work.letters[Side.OLD]} letters under the old policy, {work.letters[Side.NEW]} under the new one"
    steps = sorted({step for _, step, _ in work.by_step})
    by_step = {
        name: [sum(work.by_step[side, step, week] for week in weeks) for step in steps]
        for name, side in ((OLD, Side.OLD), (NEW, Side.NEW))
    }
    few = work.busiest[:RECIPIENTS_DRAWN]
    by_person = {OLD: [one.old for one in few], NEW: [one.new for one in few]}
    figures = []
    if len(weeks) > 1:
        text = f"{total}, from the week of {weeks[0]} to that of {weeks[-1]}."
        ticks = [week.isoformat() for week in weeks]
        figures.append(Figure(lines("Letters by week", text, ticks, by_week, "letters a week"), text))
    text = f"{total}, by the step of the ladder that they speak of."
    figures.append(Figure(bars("Letters by step", text, steps, by_step, "letters"), text))
    text = f"The {len(few)} busiest of {work.recipients} recipients."
    drawing = bars("Letters by recipient", text, [one.address for one in few], by_person, "letters")
    return [*figures, Figure(drawing, text)]


def _overdue(compared: Compared) -> list[Figure]:
    tally = compared.tally
    rules = sorted(rules_of(tally), key=lambda rule: -max(tally.overdue[side, rule] for side in (Side.OLD, Side.NEW)))
    rules = [rule for rule in rules if tally.overdue[Side.OLD, rule] or tally.overdue[Side.NEW, rule]][:RULES_DRAWN]
    if not rules:
        return []
    series = {name: [tally.overdue[side, rule] for rule in rules] for name, side in ((OLD, Side.OLD), (NEW, Side.NEW))}
    text = f"Obligations that were overdue, of the {len(rules)} rules with most of them."
    return [Figure(bars("Overdue by rule", text, rules, series, "obligations"), text)]
