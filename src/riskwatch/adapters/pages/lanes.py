"""A case drawn as lanes over time: assessments, records, what was owed and for how long it was late, who was told."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from html import escape
from typing import NamedTuple

WIDTH, LEFT, RIGHT = 960, 150, 20
LANE, BAR = 30, 12
MAX_BARS = 40
"""Obligations drawn, the latest; that there were more is said."""
_TICKS = 6
_DAY_S = 86_400.0


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


def drawn(name: str, now: datetime, marks: Sequence[Mark], bars: Sequence[Bar]) -> str:
    """Return the drawing as SVG that stands inside a page. Shapes and patterns tell everything that colours do."""
    bars = sorted(bars, key=lambda bar: (bar.started_at, bar.due_at))[-MAX_BARS:]
    scale = _Scale(
        [now, *(mark.at for mark in marks), *(moment for bar in bars for moment in (bar.started_at, bar.due_at))]
    )
    lanes = [
        ("assessed", [mark for mark in marks if mark.shape == "assessment"]),
        ("recorded", [mark for mark in marks if mark.shape in ("check", "other")]),
        ("told", [mark for mark in marks if mark.shape == "told"]),
    ]
    height = LANE * (len(lanes) + 1) + (BAR + 6) * len(bars) + 40
    parts = [
        f'<svg class="lanes" role="img" viewBox="0 0 {WIDTH} {height}" aria-labelledby="lanes-title lanes-desc">',
        f'<title id="lanes-title">{escape(name)}: the records, what was owed, and who was told, over time</title>',
        f'<desc id="lanes-desc">{len(marks)} records and notices, {len(bars)} deadlines. The table below says the same '
        "in words.</desc>",
        '<defs><pattern id="late" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect width="6" height="6" class="late-ground"/><rect width="3" height="6" class="late-stripe"/>'
        "</pattern></defs>",
    ]
    parts += _axis(scale, height)
    for number, (label, of_lane) in enumerate(lanes):
        y = LANE * number + LANE // 2 + 6
        parts.append(f'<text class="lane" x="4" y="{y + 4}">{label}</text>')
        parts += (_mark(mark, scale.x(mark.at), y) for mark in of_lane)
    top = LANE * len(lanes) + 10
    for number, bar in enumerate(bars):
        parts += _bar(bar, scale, top + number * (BAR + 6), now)
    x = scale.x(now)
    parts.append(f'<line class="now" x1="{x}" x2="{x}" y1="0" y2="{height - 30}"/>')
    parts.append(f'<text class="now-word" x="{x - 4}" y="{height - 32}">now</text></svg>')
    return "".join(parts)


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

    def ticks(self) -> Iterator[tuple[float, datetime]]:
        """Yield where dates stand on the axis."""
        for number in range(_TICKS):
            at = self._start + timedelta(seconds=self._span_s * number / _TICKS)
            yield self.x(at), at


def _axis(scale: _Scale, height: int) -> Iterator[str]:
    for x, at in scale.ticks():
        yield f'<line class="tick" x1="{x}" x2="{x}" y1="0" y2="{height - 30}"/>'
        yield f'<text class="date" x="{x}" y="{height - 12}">{at.day} {at:%b %Y}</text>'


def _mark(mark: Mark, x: float, y: int) -> str:
    title = f"<title>{escape(mark.title)}</title>"
    match mark.shape:
        case "assessment":
            return f'<path class="assessment" d="M{x} {y - 7}l7 7l-7 7l-7 -7z">{title}</path>'
        case "check":
            return f'<circle class="check" cx="{x}" cy="{y}" r="6">{title}</circle>'
        case "told":
            return f'<path class="told" d="M{x} {y - 6}l6 11h-12z">{title}</path>'
        case _:
            return f'<circle class="other" cx="{x}" cy="{y}" r="5">{title}</circle>'


def _bar(bar: Bar, scale: _Scale, y: int, now: datetime) -> Iterator[str]:
    end = min(bar.ended_at or now, now)
    start_x, due_x, end_x = scale.x(bar.started_at), scale.x(bar.due_at), scale.x(end)
    title = f"<title>{escape(bar.title)}</title>"
    until_x = due_x if bar.ended_at is None else min(due_x, max(start_x, end_x))
    yield _rectangle("owed", start_x, until_x, y, title)
    if end > bar.due_at:
        yield _rectangle("late", due_x, end_x, y, title)
    yield f'<text class="rule" x="4" y="{y + BAR - 2}">{escape(bar.name[:22])}</text>'


def _rectangle(kind: str, from_x: float, to_x: float, y: int, title: str) -> str:
    width = max(2.0, round(to_x - from_x, 1))
    return f'<rect class="{kind}" x="{from_x}" y="{y}" width="{width}" height="{BAR}">{title}</rect>'
