"""A comparison of two policies as people read it: the tables of the terminal and of the page, in words."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple

from riskwatch.core.calendar import Calendar
from riskwatch.core.comparing import Gap, Heard, Move, Stretch, Tally
from riskwatch.core.rivalry import Side
from riskwatch.core.spelling import spell
from riskwatch.core.workload import Workload
from riskwatch.entrypoints.comparison_records import (
    LETTERS_LEAVE_OUT,
    Compared,
    assumption_of,
    rules_of,
    weeks_of,
)
from riskwatch.entrypoints.console import wall_clock

RECIPIENTS_SHOWN = 15


class Table(NamedTuple):
    """A table: what it says in a sentence, its head, its rows."""

    title: str
    note: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


def summary_of(compared: Compared, calendar: Calendar) -> list[str]:
    """Return the comparison in a few sentences."""
    tally, work = compared.tally, compared.workload
    span = compared.span
    when = "now" if span is None else f"from {wall_clock(span.start, calendar)} to {wall_clock(span.end, calendar)}"
    moves = ", ".join(f"{_sum(tally, move)} {words}" for move, words in _MOVES.items())
    lines = [
        f"Policy {compared.old_version} against policy {compared.new_version}, {when}.",
        f"{tally.affected} of {tally.children} children affected. Obligations: {moves}.",
        f"Letters: {work.letters[Side.OLD]} under the old policy, {work.letters[Side.NEW]} under the new one, to "
        f"{work.recipients} recipients.",
    ]
    for side, words in _SIDES.items():
        if side in work.worst_day:
            count, day, address = work.worst_day[side]
            lines.append(f"The busiest recipient's worst day {words}: {count} letters to {address} on {day}.")
    if tally.failures:
        lines.append(f"{tally.failures} children could not be reckoned ({', '.join(tally.failed)}): report this.")
    return [*lines, assumption_of(compared), LETTERS_LEAVE_OUT]


def tables_of(compared: Compared, calendar: Calendar) -> Iterator[Table]:
    """Yield the tables that have rows."""
    for table in _tables(compared, calendar):
        if table.rows:
            yield table


_MOVES = {
    Move.APPEARS: "appear",
    Move.VANISHES: "vanish",
    Move.EARLIER: "fall due earlier",
    Move.LATER: "fall due later",
}
_SIDES = {Side.OLD: "under the old policy", Side.NEW: "under the new policy"}


def _tables(compared: Compared, calendar: Calendar) -> Iterator[Table]:
    tally, work = compared.tally, compared.workload
    yield Table(
        "Obligations by rule",
        "An obligation is known by its rule and its start: a rule that is renamed vanishes and appears. Overdue: not "
        "met by the deadline, however briefly.",
        ("rule", "owed, old", "owed, new", "overdue, old", "overdue, new", "appear", "vanish", "earlier", "later"),
        [_rule_row(tally, rule) for rule in rules_of(tally)],
    )
    yield Table(
        "The obligations that change most",
        "By how far the deadline moves, or, of one that appears or vanishes, by how long it is overdue.",
        ("change", "case", "rule", "clock from", "due, old", "due, new", "by"),
        [
            (
                str(move),
                one.child_ref,
                one.rule,
                wall_clock(one.started_at, calendar),
                _at(one.old_due_at, calendar),
                _at(one.new_due_at, calendar),
                spell(one.weight),
            )
            for move in Move
            for one in tally.examples[move]
        ],
    )
    yield Table(
        "The longest times unchecked",
        "Between two visits of a kind that satisfies a rule of either policy, or from the first assessment; cut where "
        "neither policy asks for anything any longer. The time itself is the same under both policies.",
        ("case", "unchecked", "since", "until", "overdue from, old", "overdue from, new", "told, old", "told, new"),
        [_gap_row(gap, calendar) for gap in tally.gaps],
    )
    yield Table(
        "The longest of each",
        "Overdue: from the deadline to the recording of what met it, or the end. Nobody told: of a time unchecked, "
        "from its beginning to the first overdue notice, or to its end.",
        ("measure", "policy", "case", "rule", "length", "since", "until"),
        [
            _longest_row(words, side, longest[side], calendar)
            for words, longest in (("overdue", tally.longest_overdue), ("nobody told", tally.longest_unheard))
            for side in _SIDES
            if side in longest
        ],
    )
    yield from _letter_tables(work)


def _letter_tables(work: Workload) -> Iterator[Table]:
    weeks = weeks_of(work)
    yield Table(
        "Letters by week",
        "Weeks by their Monday.",
        ("week from", "old", "new", "difference"),
        [(week.isoformat(), *_three(work.by_week[Side.OLD, week], work.by_week[Side.NEW, week])) for week in weeks],
    )
    steps = sorted({step for _, step, _ in work.by_step})
    yield Table(
        "Letters by step",
        "A letter counts under each step that it speaks of.",
        ("step", "old", "new", "difference", "busiest week, old", "busiest week, new"),
        [_step_row(work, step, weeks) for step in steps],
    )
    yield Table(
        "The busiest recipients",
        f"{min(RECIPIENTS_SHOWN, len(work.busiest))} of {work.recipients}.",
        ("recipient", "old", "new", "difference", "worst day, old", "worst day, new"),
        [
            (one.address, *_three(one.old, one.new), _day(one.old_worst), _day(one.new_worst))
            for one in work.busiest[:RECIPIENTS_SHOWN]
        ],
    )


def _rule_row(tally: Tally, rule: str) -> Sequence[str]:
    owed = (tally.owed[Side.OLD, rule], tally.owed[Side.NEW, rule])
    overdue = (tally.overdue[Side.OLD, rule], tally.overdue[Side.NEW, rule])
    return (rule, *map(str, (*owed, *overdue, *(tally.moves[move, rule] for move in Move))))


def _step_row(work: Workload, step: str, weeks: Sequence[date]) -> Sequence[str]:
    counts = {side: [(work.by_step[side, step, week], week) for week in weeks] for side in _SIDES}
    sums = [sum(count for count, _ in counts[side]) for side in _SIDES]
    worst = [max(counts[side], default=None) for side in _SIDES]
    return (step, *_three(*sums), *(_day(one if one is not None and one[0] else None) for one in worst))


def _gap_row(gap: Gap, calendar: Calendar) -> Sequence[str]:
    def told(heard: Heard) -> str:
        return "nobody" if heard.told_at is None else f"after {spell(heard.told_at - gap.since) or 'no time'}"

    return (
        gap.child_ref,
        spell(gap.length),
        wall_clock(gap.since, calendar),
        wall_clock(gap.until, calendar),
        _at(gap.old.overdue_from, calendar),
        _at(gap.new.overdue_from, calendar),
        told(gap.old),
        told(gap.new),
    )


def _longest_row(words: str, side: Side, stretch: Stretch, calendar: Calendar) -> Sequence[str]:
    since, until = wall_clock(stretch.since, calendar), wall_clock(stretch.until, calendar)
    return (
        words,
        side.name.lower() if side.name else "",
        stretch.child_ref,
        stretch.rule,
        spell(stretch.length),
        since,
        until,
    )


def _three(old: int, new: int) -> tuple[str, str, str]:
    return str(old), str(new), f"{new - old:+}" if new != old else "0"


def _day(worst: tuple[int, date] | None) -> str:
    return "" if worst is None else f"{worst[0]} ({worst[1].isoformat()})"


def _at(moment: datetime | None, calendar: Calendar) -> str:
    return "" if moment is None else wall_clock(moment, calendar)


def _sum(tally: Tally, move: Move) -> int:
    return sum(count for (one, _), count in tally.moves.items() if one is move)
