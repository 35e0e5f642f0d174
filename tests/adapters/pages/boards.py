"""Boards and cases with valid defaults: a test names only what matters."""

from datetime import UTC, datetime, timedelta
from typing import Any

from riskwatch.adapters.pages.board import Age, Board, Case, Moment, Owed, Part, Row, Tally
from riskwatch.adapters.pages.lanes import Bar, Mark, drawn
from riskwatch.core.spelling import counted, spell, wall_clock
from tests.example_policy import LONDON

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TIERS = ("standard", "medium", "high", "very_high")
UNITS = ("harbour", "moorside", "scarborough", "whitby")
RULES = ("seen-high", "six-week-backstop", "seen-very-high")
STALE_S = 1200


def an_age(*, at: datetime | None = NOW, made: datetime = NOW, **fields: Any) -> Age:
    """Return the age of what was known at a moment."""
    given = Age(
        at="" if at is None else wall_clock(at, LONDON),
        at_s=0 if at is None else int(at.timestamp()),
        made=wall_clock(made, LONDON),
        made_s=int(made.timestamp()),
        stale_after_s=STALE_S,
        renewed_every_s=300,
    )
    return given._replace(**fields)


def a_row(number: int = 1, *, late: timedelta = HOUR, **fields: Any) -> Row:
    """Return the deadline of a child by its number."""
    due_at, next_at = NOW - late, NOW + HOUR * (1 + number % 70)
    tier = number % len(TIERS)
    given = Row(
        child_ref=f"NY/2026/{number:05}",
        unit=UNITS[number % len(UNITS)],
        tier=TIERS[tier],
        tier_rank=tier,
        officer=f"pc{number % 300}@north.police.uk" if number % 9 else "",
        rule=RULES[number % len(RULES)],
        due=wall_clock(due_at, LONDON),
        late=spell(abs(late)) or "now",
        late_s=int(late.total_seconds()),
        next_told=f"head, {wall_clock(next_at, LONDON)}",
        next_s=int(next_at.timestamp()),
        has_page=True,
    )
    return given._replace(**fields)


def a_part(*rows: Row, is_late: bool = True, **fields: Any) -> Part:
    """Return a list of the board."""
    words = f"{counted(len(rows), 'child', 'children')}, {counted(len(rows), 'deadline')}"
    title = "Overdue now" if is_late else "Due in the next 72 hours"
    return Part(title, words, rows, is_late, "")._replace(**fields)


def a_board(*rows: Row, soon: tuple[Row, ...] = (), **fields: Any) -> Board:
    """Return a board of what is overdue and what comes soon."""
    given = Board(
        marking="OFFICIAL-SENSITIVE",
        title=f"{len(rows)} overdue",
        age=an_age(),
        problems=(),
        parts=(a_part(*rows), a_part(*soon, is_late=False)),
        tallies=[(name, [Tally(f"{name}-{number}", number, 1) for number in range(4)]) for name in ("unit", "officer")],
        notes=(),
    )
    return given._replace(**fields)


def overdue(number: int) -> list[Row]:
    """Return so many missed deadlines, the worst first."""
    return [a_row(one, late=timedelta(minutes=7 + 13 * (number - one))) for one in range(number)]


def due_soon(number: int) -> tuple[Row, ...]:
    """Return so many deadlines to come, the next first."""
    return tuple(a_row(50_000 + one, late=-timedelta(minutes=30 + one)) for one in range(number))


def a_case(**fields: Any) -> Case:
    """Return a case with something of everything."""
    assessed_at = NOW - 40 * DAY
    marks = [
        Mark(assessed_at, "assessment", "assessed as high, neglect"),
        Mark(NOW - 38 * DAY, "check", "Child seen alone"),
        Mark(NOW - 12 * DAY, "other", "Phone call"),
        Mark(NOW - 9 * DAY, "told", "told pc1@north.police.uk"),
    ]
    bars = [
        Bar("first-seen-high", assessed_at, assessed_at + DAY, NOW - 38 * DAY, "met, late"),
        Bar("seen-high", NOW - 38 * DAY, NOW - 10 * DAY, None, "overdue by 10 days"),
        Bar("six-week-backstop", NOW - 38 * DAY, NOW + 4 * DAY, None, "runs"),
    ]
    tones = ("plain", "late", "met", "told", "now")
    given = Case(
        marking="OFFICIAL-SENSITIVE",
        child_ref="NY/2026/00001",
        facts=[("Tier", "high"), ("Unit", "harbour"), ("Officer", "pc1@north.police.uk")],
        age=an_age(),
        owed=[
            Owed("seen-high", "overdue by 10 days", True, [("Due", "Fri 13 Nov 2026, 09:00"), ("Why", "because")]),
            Owed("six-week-backstop", "runs", False, [("Due", "Fri 27 Nov 2026, 09:00")]),
        ],
        drawing=drawn("Case NY/2026/00001", NOW, marks, bars, LONDON),
        moments=[Moment("Mon 23 Nov 2026", "09:00", f"a line that is {tone}", tone) for tone in tones],
        notes=["Cannot be read: assessments id A9: tier: the tier 'severe' is not in the policy"],
    )
    return given._replace(**fields)
