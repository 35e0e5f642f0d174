"""What is overdue and what comes soon, put into the words of the board."""

from collections import Counter
from collections.abc import Sequence, Set
from datetime import datetime

from riskwatch.adapters.pages.board import Age, Board, Part, Row, Tally, case_file
from riskwatch.adapters.store.queries import Overdue
from riskwatch.core.policy import Policy
from riskwatch.core.spelling import counted, spell, wall_clock
from riskwatch.core.steps import next_step
from riskwatch.entrypoints.snapshot import Snapshot
from riskwatch.settings.model import Settings

BUSIEST = 15
"""Officers counted by name, those with the most first; how many more there are is said."""


def board_of(
    settings: Settings,
    snapshot: Snapshot,
    found: Sequence[Overdue],
    pages: Set[str],
    notes: Sequence[str],
    *,
    beyond: Sequence[Overdue] = (),
) -> Board:
    """Return the board. `found` begins with the earliest deadline; `pages` are the cases' that can be linked to.

    `beyond` is the first deadline that the board has no room for, if there is one.
    """
    late = [_row(one, settings.policy, snapshot.at, pages) for one in found if one.tracked.is_overdue(snapshot.at)]
    soon = [_row(one, settings.policy, snapshot.at, pages) for one in found[len(late) :]]
    total = sum(snapshot.vitals.overdue.values())
    late_part = _part(
        "Overdue now",
        late,
        is_late=True,
        is_cut=any(one.tracked.is_overdue(snapshot.at) for one in beyond),
        total=total,
    )
    soon_part = _part("Due in the next 72 hours", soon, is_late=False, is_cut=bool(beyond), total=None)
    officers = _tallies("officer", late, soon)
    if len(officers) > BUSIEST:
        notes = [*notes, f"By officer: the {BUSIEST} with the most of {len(officers):,}."]
    return Board(
        marking=settings.letters.marking,
        title=f"{len(late):,}{' or more' if late_part.missing else ''} overdue",
        age=age_of(settings, snapshot.at, snapshot.figures.refresh.good_at),
        problems=[problem.message for problem in snapshot.problems],
        parts=[late_part, soon_part],
        tallies=[
            ("unit", _tallies("unit", late, soon)),
            ("tier", _tallies("tier", late, soon)),
            ("officer", officers[:BUSIEST]),
        ],
        notes=notes,
    )


def age_of(settings: Settings, made_at: datetime, at: datetime | None, *, turns: int = 1) -> Age:
    """Return how old what a page shows is: what was last known `at`, None where nothing was ever read.

    The page is written anew every `turns` times that the board is.
    """
    zone, every = settings.policy.calendar.timezone, settings.board.every
    return Age(
        at="" if at is None else wall_clock(at, zone),
        at_s=0 if at is None else int(at.timestamp()),
        made=wall_clock(made_at, zone),
        made_s=int(made_at.timestamp()),
        # What is read just before a page is written is as old as both together when the next page comes.
        stale_after_s=int(2 * turns * (every + settings.source.refresh_every).total_seconds()),
        renewed_every_s=int(every.total_seconds()),
    )


def _part(title: str, rows: Sequence[Row], *, is_late: bool, is_cut: bool, total: int | None) -> Part:
    children = len({row.child_ref for row in rows})
    deadlines = len(rows) if total is None else max(total, len(rows))
    words = f"{counted(children, 'child', 'children')}, {counted(len(rows), 'deadline')}"
    if not is_cut:
        return Part(title, words, rows, is_late, "")
    if not rows:
        missing = "None is listed: what is overdue fills the board. `riskwatch overdue` lists what is overdue."
        return Part(title, "not listed", rows, is_late, missing)
    of = f" of {deadlines:,}" if total is not None else ""
    which = "latest" if is_late else "next"
    missing = f"Only the {len(rows):,} {which}{of} are listed: the board holds no more."
    return Part(title, f"more than {words}", rows, is_late, missing)


def _row(one: Overdue, policy: Policy, now: datetime, pages: Set[str]) -> Row:
    tracked, watched = one.tracked, one.watched
    zone = policy.calendar.timezone
    late = now - tracked.due_at
    following = next_step(tracked, policy, now) if tracked.rule in policy.rule_by_name else None
    tier = watched.tier if watched is not None else ""
    return Row(
        child_ref=tracked.child_ref,
        unit=watched.unit if watched is not None else "",
        tier=tier,
        tier_rank=policy.tiers.index(tier) if tier in policy.tiers else -1,
        officer=watched.officer if watched is not None else "",
        rule=tracked.rule,
        due=wall_clock(tracked.due_at, zone),
        late=spell(abs(late)) or "now",
        late_s=int(late.total_seconds()),
        next_told="nobody" if following is None else f"{following.role}, {wall_clock(following.at, zone)}",
        next_s="" if following is None else int(following.at.timestamp()),
        has_page=case_file(tracked.child_ref) in pages,
    )


def _tallies(name: str, late: Sequence[Row], soon: Sequence[Row]) -> list[Tally]:
    overdue, coming = Counter(getattr(row, name) for row in late), Counter(getattr(row, name) for row in soon)
    words = {*overdue, *coming}
    return sorted((Tally(word, overdue[word], coming[word]) for word in words), key=lambda one: (-one.overdue, one))
