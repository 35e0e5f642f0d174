"""The drawing of a case: places, shapes and patterns, and what is not drawn is told."""

import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest

from riskwatch.adapters.pages.lanes import LEFT, MAX_BARS, MAX_MARKS, MAX_NAME, RIGHT, WIDTH, Bar, Mark, drawn
from tests.adapters.pages.boards import DAY, HOUR, NOW
from tests.example_policy import LONDON

Drawing = ElementTree.Element
START = NOW - 10 * DAY


def drawing(*marks: Mark, bars: tuple[Bar, ...] = (), name: str = "Case C1", now: datetime = NOW) -> Drawing:
    """Return a drawing, parsed; paragraphs beneath it stand in it too."""
    return ElementTree.fromstring(f"<div>{drawn(name, now, marks, bars, LONDON)}</div>")


def a_bar(**fields: object) -> Bar:
    """Return a deadline that was missed five days ago, of an obligation that started ten days ago."""
    return Bar("seen-high", START, NOW - 5 * DAY, None, "overdue")._replace(**fields)  # type: ignore[arg-type]


def of(whole: Drawing, tag: str, kind: str) -> list[Drawing]:
    """Return the elements of a class."""
    return [one for one in whole.iter(tag) if one.get("class") == kind]


def ends(whole: Drawing, kind: str) -> list[tuple[float, float]]:
    """Return where the bars of a kind begin and end."""
    found = [(float(one.attrib["x"]), float(one.attrib["width"])) for one in of(whole, "rect", kind)]
    return [(x, round(x + width, 1)) for x, width in found]


def now_of(whole: Drawing) -> float:
    """Return where now stands."""
    (line,) = of(whole, "line", "now")
    return float(line.attrib["x1"])


def test_each_kind_of_record_has_a_shape_of_its_own() -> None:
    """Diamond, full circle, open circle, triangle: the colours say no more than the shapes."""
    whole = drawing(*(Mark(START, shape, shape) for shape in ("assessment", "check", "other", "told")))
    kinds = {kind: of(whole, tag, kind) for tag, kind in (("path", "assessment"), ("path", "told"))}
    corners = {kind: len(re.findall(r"[lh]", found[0].attrib["d"])) for kind, found in kinds.items()}
    assert {"assessment": 3, "told": 2} == corners
    circles = [(one.get("class"), one.attrib["r"]) for one in whole.iter("circle")]
    assert [("check", "7"), ("other", "6")] == circles
    titles = {one.text for one in whole.iter("title")}
    assert titles >= {"assessment", "check", "other", "told"}


def test_a_missed_deadline_is_striped_from_there_to_now() -> None:
    """Plain from the start to the deadline, a pattern from the deadline on: ten days, missed after five."""
    whole = drawing(bars=(a_bar(),))
    ((start_x, due_x),), ((late_x, end_x),) = ends(whole, "owed"), ends(whole, "late")
    assert (LEFT, due_x, now_of(whole)) == (start_x, late_x, end_x)
    assert end_x - late_x == pytest.approx(due_x - start_x, abs=0.5)
    assert {"late"} == {one.attrib["id"] for one in whole.iter("pattern")}


@pytest.mark.parametrize(
    ("bar", "owed_days", "late_days"),
    [
        ("met in time", (0, 2), None),
        ("met late", (0, 5), (5, 8)),
        ("not due yet", (0, 12), None),
        ("ended before it started", (0, 0), None),
    ],
)
def test_how_long_a_bar_is(bar: str, owed_days: tuple[int, int], late_days: tuple[int, int] | None) -> None:
    """It ends with the obligation, and is late only between the deadline and that end."""
    bars = {
        "met in time": a_bar(ended_at=START + 2 * DAY),
        "met late": a_bar(ended_at=START + 8 * DAY),
        "not due yet": a_bar(due_at=NOW + 2 * DAY),
        "ended before it started": a_bar(ended_at=START - DAY),
    }
    # A mark at either end gives every drawing the same scale: 12 days.
    whole = drawing(Mark(START, "other", ""), Mark(NOW + 2 * DAY, "other", ""), bars=(bars[bar],))
    day = (WIDTH - LEFT - RIGHT) / 12 / 1.02

    def places(days: tuple[int, int]) -> list[tuple[float, float]]:
        return [tuple(pytest.approx(LEFT + one * day, abs=2.1) for one in days)]  # type: ignore[list-item]

    assert places(owed_days) == ends(whole, "owed")
    assert ([] if late_days is None else places(late_days)) == ends(whole, "late")


def test_what_is_not_drawn_is_told() -> None:
    """The latest are drawn; how many there are is said to the eye and to the ear."""
    marks = [Mark(NOW - n * HOUR, "other", str(n)) for n in range(MAX_MARKS + 5)]
    bars = tuple(a_bar(name=str(n), started_at=START + n * HOUR) for n in range(MAX_BARS + 1))
    whole = drawing(*marks, bars=bars)
    assert MAX_MARKS == len(list(whole.iter("circle")))
    assert [str(n) for n in range(1, MAX_BARS + 1)] == [one.text for one in of(whole, "text", "rule")]
    told = [f"Only the {MAX_MARKS} latest of {MAX_MARKS + 5} marks are drawn."]
    told.append(f"Only the {MAX_BARS} latest of {MAX_BARS + 1} deadlines are drawn.")
    assert told == [one.text for one in whole.iter("p")]
    (description,) = whole.iter("desc")
    assert (description.text or "").endswith(" ".join(told))


def test_a_long_name_is_cut_and_whole_in_its_title() -> None:
    """Names stand beside their bars; what does not fit ends in an ellipsis."""
    name = "a-rule-with-a-name-that-is-too-long"
    (text,) = of(drawing(bars=(a_bar(name=name, title=name),)), "text", "rule")
    assert f"{name[: MAX_NAME - 1]}\N{HORIZONTAL ELLIPSIS}" == text.text
    assert [name] == [one.text for one in text.iter("title")]


def test_no_word_becomes_markup() -> None:
    """Names and titles come from records and from the policy."""
    hostile = """</title><script>alert("1")</script>&"'"""
    whole = drawing(Mark(START, "told", hostile), bars=(a_bar(name=hostile[:20], title=hostile),), name=hostile)
    assert [] == list(whole.iter("script"))
    assert 4 == sum(one.text == hostile for one in whole.iter("title"))


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (NOW - 3 * HOUR, "Mon 23 Nov, 06:00"),
        (NOW - 30 * DAY, "24 Oct 2026"),
        (datetime.min.replace(tzinfo=UTC), "1 Jan 1"),
    ],
)
def test_the_axis_has_dates_and_times_where_they_matter(start: datetime, words: str) -> None:
    """On the local clock, from the first moment on; the calendar's own end is no hindrance."""
    whole = drawing(Mark(start, "other", ""))
    assert words == of(whole, "text", "date")[0].text
    assert 6 == len(of(whole, "text", "date"))


def test_nothing_at_all_is_a_day() -> None:
    """A child without records can be drawn, too; nothing carries a style of its own."""
    text = drawn("Case C1", NOW, [], [], LONDON)
    assert now_of(drawing()) == LEFT
    assert "style" not in text
    assert drawn("Case C1", NOW + timedelta(0), [], [], LONDON) == text
