"""A case drawn as lanes over time: assessments, records, what was owed and for how long it was late, who was told."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from html import escape
from typing import NamedTuple
from zoneinfo import ZoneInfo

from riskwatch.core.spelling import wall_clock

WIDTH, LEFT, RIGHT = 960, 160, 24
LANE, BAR, GAP, FOOT = 30, 14, 8, 30
MAX_BARS = 30
"""Obligations drawn, the latest; that there were more is said."""
MAX_MARKS = 300
"""Records and notices drawn, the latest; that there were more is said."""
MAX_NAME = 24
_TICKS = 6
_DAY_S = 86_400.0
_HOURS_MATTER_S = _TICKS * _DAY_S


class Mark(NamedTuple):
    """Something that happened at a moment: `shape` is "assessment", "check", "other", "told"."""

    at: datetime
    shape: str
    title: str


class Bar(NamedTuple):
    """An obligation: from its start to its deadline, and late from there to its end, or to now."""

    name: str
    started_at: datetime
    due_at: datetime
    ended_at: datetime | None
    title: str


def drawn(name: str, now: datetime, marks: Sequence[Mark], bars: Sequence[Bar], zone: ZoneInfo) -> str:
    """Return the drawing as SVG that stands inside a page. Shapes and patterns tell everything that colours do."""
    left_out = [_beyond(len(marks), MAX_MARKS, "marks"), _beyond(len(bars), MAX_BARS, "deadlines")]
    marks = sorted(marks, key=lambda mark: mark.at)[-MAX_MARKS:]
    bars = sorted(bars, key=lambda bar: (bar.started_at, bar.due_at))[-MAX_BARS:]
    scale = _Scale(
        [now, *(mark.at for mark in marks), *(moment for bar in bars for moment in (bar.started_at, bar.due_at))]
    )
    lanes = [
        ("assessed", [mark for mark in marks if mark.shape == "assessment"]),
        ("recorded", [mark for mark in marks if mark.shape in ("check", "other")]),
        ("told", [mark for mark in marks if mark.shape == "told"]),
    ]
    top = LANE * len(lanes) + 22
    bottom = top + (BAR + GAP) * len(bars) + 4
    described = f"{len(marks)} records and notices, {len(bars)} deadlines. The table below says the same in words."
    box = f"0 0 {WIDTH} {bottom + FOOT}"
    parts = [
        f'<svg class="lanes" role="img" viewBox="{box}" aria-labelledby="lanes-title lanes-desc">',
        f'<title id="lanes-title">{escape(name)}: the records, what was owed, and who was told, over time</title>',
        f'<desc id="lanes-desc">{" ".join([described, *filter(None, left_out)])}</desc>',
        '<defs><pattern id="late" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect width="6" height="6" class="late-ground"/><rect width="3" height="6" class="late-stripe"/>'
        "</pattern></defs>",
    ]
    parts += _axis(scale, bottom, zone)
    for number, (label, of_lane) in enumerate(lanes):
        y = 18 + LANE * number + LANE // 2
        parts.append(f'<line class="lane" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>')
        parts.append(f'<text class="lane" x="4" y="{y + 4}">{label}</text>')
        parts += (_mark(mark, scale.x(mark.at), y) for mark in of_lane)
    for number, bar in enumerate(bars):
        parts += _bar(bar, scale, top + number * (BAR + GAP), now)
    x = scale.x(now)
    parts.append(f'<line class="now" x1="{x}" x2="{x}" y1="16" y2="{bottom}"/>')
    parts.append(f'<text class="now-word" x="{x}" y="12">now</text></svg>')
    parts += [f'<p class="quiet">{words}</p>' for words in left_out if words]
    return "".join(parts)


def _beyond(number: int, limit: int, what: str) -> str:
    return f"Only the {limit} latest of {number} {what} are drawn." if number > limit else ""


class _Scale:
    """From moments to places. A day at least is shown."""

    def __init__(self, moments: Iterable[datetime]) -> None:
        found = sorted(moments)
        self._start = found[0]
        self._span_s = max(_DAY_S, (found[-1] - found[0]).total_seconds()) * 1.02

    def x(self, at: datetime) -> float:
        """Return where a moment stands."""
        share = (at - self._start).total_seconds() / self._span_s
        return round(LEFT + min(1.0, max(0.0, share)) * (WIDTH - LEFT - RIGHT), 1)

    def ticks(self, zone: ZoneInfo) -> Iterator[tuple[float, str]]:
        """Yield where dates stand on the axis, with the time of day where the whole is short."""
        for number in range(_TICKS):
            at = self._start + timedelta(seconds=self._span_s * number / _TICKS)
            day, _, time = wall_clock(at, zone).partition(", ")
            yield self.x(at), f"{day[:-5]}, {time}" if self._span_s < _HOURS_MATTER_S else day.partition(" ")[2]


def _axis(scale: _Scale, bottom: int, zone: ZoneInfo) -> Iterator[str]:
    for x, words in scale.ticks(zone):
        yield f'<line class="tick" x1="{x}" x2="{x}" y1="16" y2="{bottom + 6}"/>'
        yield f'<text class="date" x="{x}" y="{bottom + 20}">{words}</text>'


def _mark(mark: Mark, x: float, y: int) -> str:
    title = f"<title>{escape(mark.title)}</title>"
    match mark.shape:
        case "assessment":
            return f'<path class="assessment" d="M{x} {y - 8}l8 8l-8 8l-8 -8z">{title}</path>'
        case "check":
            return f'<circle class="check" cx="{x}" cy="{y}" r="7">{title}</circle>'
        case "told":
            return f'<path class="told" d="M{x} {y - 7}l7 13h-14z">{title}</path>'
        case _:
            return f'<circle class="other" cx="{x}" cy="{y}" r="6">{title}</circle>'


def _bar(bar: Bar, scale: _Scale, y: int, now: datetime) -> Iterator[str]:
    end = min(bar.ended_at or now, now)
    start_x, due_x, end_x = scale.x(bar.started_at), scale.x(bar.due_at), scale.x(end)
    title = f"<title>{escape(bar.title)}</title>"
    until_x = due_x if bar.ended_at is None else min(due_x, max(start_x, end_x))
    yield _rectangle("owed", start_x, until_x, y, title)
    if end > bar.due_at:
        yield _rectangle("late", due_x, end_x, y, title)
    short = bar.name if len(bar.name) <= MAX_NAME else f"{bar.name[: MAX_NAME - 1]}\N{HORIZONTAL ELLIPSIS}"
    yield f'<text class="rule" x="4" y="{y + BAR - 3}">{escape(short)}{title}</text>'


def _rectangle(kind: str, from_x: float, to_x: float, y: int, title: str) -> str:
    width = max(2.0, round(to_x - from_x, 1))
    return f'<rect class="{kind}" x="{from_x}" y="{y}" width="{width}" height="{BAR}">{title}</rect>'
