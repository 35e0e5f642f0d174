"""The tables of the report on deadlines and times unchecked: all of it reckoned from the records."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from riskwatch.adapters.pages.evidence.sheets import Column, Form, Origin, Sheet, distribution, percentiles, share
from riskwatch.core.evidence import Cell, Evidence, Missed, Outcome, Uncovered
from riskwatch.core.policy import Policy
from riskwatch.core.unchecked import Begun, Closed, Measure

K = TypeVar("K", bound=Hashable)

NO_UNIT, NO_TIER = "(no unit)", "(no tier)"
DAY = timedelta(days=1)
UNCHECKED_LIMITS = [number * DAY for number in (1, 3, 7, 14, 28, 42, 91, 182, 365)]
OUTCOMES = {
    Outcome.ON_TIME: "Seen on time",
    Outcome.RECORDED_LATE: "Seen on time, recorded late",
    Outcome.LATE: "Seen late",
    Outcome.STANDING: "Not seen by the end of the period",
    Outcome.LIFTED_LATE: "Lifted after the deadline, not seen",
    Outcome.LIFTED: "Lifted by the deadline",
}
BEGUN = {Begun.RISK: "start of risk", Begun.CHECK: "check"}
CLOSED = {Closed.CHECKED: "checked", Closed.OPEN: "unchecked still", Closed.LIFTED: "lifted without a check"}
_DEFINITION = (
    "A deadline counts in the month in which it came, or, where only later records show that it was owed, in that in "
    "which they became known. The share seen on time leaves out what was lifted by its deadline."
)
_UNCHECKED = (
    "A time unchecked runs from the start of risk, or from a check, to the next check, as long as the child is to be "
    "checked; {measured}. Counted are those that ended in the period or were running when it ended, each with its "
    "whole length, although it may have begun before the period."
)


def deadline_sheets(found: Evidence, policy: Policy) -> Iterator[Sheet]:
    """Yield the tables on deadlines."""
    met = found.met
    total: Counter[Outcome] = Counter()
    for (_, outcome), number in met.items():
        total[outcome] += number
    yield Sheet(
        "outcomes",
        "What became of the deadlines of the period",
        Origin.RECORDS,
        "Seen on time: a check that satisfies the rule was recorded by the deadline. Recorded late: it was made by the "
        "deadline and recorded after it. Lifted: the obligation ended without a check, by authority, by a closure that "
        "is honoured, or by a lowering on the strength of a recent visit. Each deadline is exactly one of these.",
        (
            Column("outcome", "Outcome"),
            Column("deadlines", "Deadlines", Form.COUNT),
            Column("share", "Share", Form.SHARE),
        ),
        [(words, total[outcome], share(total[outcome], found.deadlines)) for outcome, words in OUTCOMES.items()],
    )
    rank = {tier: -number for number, tier in enumerate(policy.tiers)}
    tiers = _grouped(met, lambda cell: cell[1])
    yield _by(
        "tier",
        "Tier",
        "The tier is the highest in force, as known when the deadline came.",
        [(tier or NO_TIER, tiers[tier]) for tier in sorted(tiers, key=lambda tier: (rank.get(tier, 1), tier))],
    )
    units = _grouped(met, lambda cell: cell[0])
    text = "The unit is the one that the child's record names now."
    yield _by("unit", "Unit", text, [(unit or NO_UNIT, units[unit]) for unit in sorted(units)])
    months = _grouped(met, lambda cell: cell[2])
    yield _by("month", "Month", "By the local calendar.", [(month_name(one), months[one]) for one in sorted(months)])
    rules: dict[str, Counter[Outcome]] = {}
    for (rule, outcome), number in found.by_rule.items():
        rules.setdefault(rule, Counter())[outcome] += number
    order = [*policy.rule_by_name]
    yield _by(
        "rule",
        "Rule",
        "The rules of the policy, in its order.",
        [(rule, rules[rule]) for rule in order if rule in rules],
    )
    yield _crossed(met)


def _by(key: str, heading: str, text: str, rows: Sequence[tuple[str, Counter[Outcome]]]) -> Sheet:
    return Sheet(
        f"by_{key}",
        f"Seen on time by {key}",
        Origin.RECORDS,
        f"{text} {_DEFINITION}",
        (Column(key, heading), *_OUTCOME_COLUMNS),
        [(name, *_cells(counts)) for name, counts in rows],
    )


def _crossed(met: Counter[tuple[Cell, Outcome]]) -> Sheet:
    cells = _grouped(met, lambda cell: cell)
    return Sheet(
        "by_unit_tier_month",
        "Seen on time by unit, tier and month",
        Origin.RECORDS,
        f"The tables above, crossed. {_DEFINITION}",
        (Column("unit", "Unit"), Column("tier", "Tier"), Column("month", "Month"), *_OUTCOME_COLUMNS),
        [
            (unit or NO_UNIT, tier or NO_TIER, month_name(month), *_cells(counts))
            for (unit, tier, month), counts in sorted(cells.items())
        ],
    )


_OUTCOME_COLUMNS = (
    Column("deadlines", "Deadlines", Form.COUNT),
    *(Column(str(outcome), words, Form.COUNT) for outcome, words in OUTCOMES.items()),
    Column("share_on_time", "Share seen on time", Form.SHARE),
)


def _cells(counts: Counter[Outcome]) -> tuple[Any, ...]:
    total = counts.total()
    on_time = share(counts[Outcome.ON_TIME], total - counts[Outcome.LIFTED])
    return (total, *(counts[outcome] for outcome in OUTCOMES), on_time)


def _grouped(met: Counter[tuple[Cell, Outcome]], key: Callable[[Cell], K]) -> dict[K, Counter[Outcome]]:
    groups: dict[K, Counter[Outcome]] = {}
    for (cell, outcome), number in met.items():
        groups.setdefault(key(cell), Counter())[outcome] += number
    return groups


def month_name(month: int) -> str:
    """Return a month as "2026-11"."""
    return f"{month // 12:04}-{month % 12 + 1:02}"


def overdue_sheets(found: Evidence) -> Iterator[Sheet]:
    """Yield the tables on what was overdue."""
    flow = (
        ("Overdue when the period began", found.carried),
        ("Became overdue in the period", found.fell),
        ("Ended in the period", -found.ended),
        ("Overdue when the period ended", found.standing),
    )
    yield Sheet(
        "overdue_flow",
        "What was overdue when",
        Origin.RECORDS,
        "Overdue: the deadline has come, and nothing that is recorded has ended the obligation. A child may be overdue "
        "under several rules. The first three add up to the fourth, which is counted by itself.",
        (Column("when", "When"), Column("obligations", "Obligations", Form.COUNT)),
        flow,
    )
    yield missed_sheet(
        "longest_overdue",
        "The longest overdue of the period's deadlines",
        Origin.BOTH,
        "From the deadline until the end became known, or the period ended. What was told is from the books.",
        found.missed.kept,
        found.missed.beyond,
    )


def missed_sheet(name: str, title: str, origin: Origin, definition: str, rows: Sequence[Missed], beyond: int) -> Sheet:
    """Return a table of deadlines that were missed."""
    columns = (
        Column("child_ref", "Case"),
        Column("unit", "Unit"),
        Column("rule", "Rule"),
        Column("due_at", "Due", Form.MOMENT),
        Column("known_at", "Known to be owed", Form.MOMENT),
        Column("overdue", "Overdue for", Form.SPAN),
        Column("ended_at", "Ended", Form.MOMENT),
        Column("outcome", "Outcome"),
        Column("heard", "Told"),
    )
    return Sheet(
        name,
        title,
        origin,
        definition,
        columns,
        [
            (
                one.child_ref,
                one.unit or NO_UNIT,
                one.rule,
                one.due_at,
                one.known_at,
                one.late,
                one.ended_at,
                str(one.outcome),
                str(one.heard),
            )
            for one in rows
        ],
        beyond,
    )


def unchecked_sheets(found: Evidence, measure: Measure) -> Iterator[Sheet]:
    """Yield the tables on times unchecked."""
    definition = _UNCHECKED.format(measured=_measured(measure))
    yield Sheet(
        "unchecked",
        "How long children were unchecked",
        Origin.RECORDS,
        definition,
        (Column("length", "Unchecked for"), Column("times", "Times", Form.COUNT)),
        distribution(UNCHECKED_LIMITS, found.gap_lengths),
    )
    yield Sheet(
        "unchecked_shares",
        "Times unchecked that so many did not exceed",
        Origin.RECORDS,
        "Of a hundred times unchecked so many were at most this long; the last is the longest of all.",
        (Column("share", "Of the times"), Column("length", "At most", Form.SPAN)),
        percentiles(found.gap_lengths),
    )
    yield Sheet(
        "unchecked_ends",
        "How times unchecked ended",
        Origin.RECORDS,
        "Lifted: the child no longer had to be checked, by authority, a closure that is honoured, or a lowering.",
        (Column("end", "End"), Column("times", "Times", Form.COUNT)),
        [(words, found.gaps[closed]) for closed, words in CLOSED.items()],
    )
    text = "The tail of the distribution above, by reference."
    yield _gaps("longest_unchecked", "The longest times unchecked", text, found.longest.kept, found.longest.beyond)
    backstop = measure.backstop
    if backstop is None:
        text = "The policy has no rule that covers every tier and every concern: there is no backstop to be exceeded."
    else:
        again = backstop.every or backstop.first
        text = (
            f"The backstop is the rule {backstop.name}: of the policy's rules that cover every tier and every concern "
            f"the one whose `first` is longest. It allows {backstop.first} from the start of risk and {again} from a "
            "check. Every time unchecked that was longer stands here, the longest first."
        )
    yield _gaps("over_backstop", "Every time unchecked beyond the backstop", text, found.over.kept, found.over.beyond)


def _measured(measure: Measure) -> str:
    kinds = ", ".join(sorted(measure.kinds))
    if measure.backstop is not None:
        return f"the rule {measure.backstop.name} says while that is, and checks are what satisfies it: {kinds}"
    return f"the rules that assessments start say while that is, and checks are what satisfies one of them: {kinds}"


def _gaps(name: str, title: str, definition: str, rows: Sequence[Uncovered], beyond: int) -> Sheet:
    columns = (
        Column("child_ref", "Case"),
        Column("unit", "Unit"),
        Column("tier", "Tier"),
        Column("since", "Since", Form.MOMENT),
        Column("begun", "Begun by"),
        Column("until", "Until", Form.MOMENT),
        Column("closed", "Ended by"),
        Column("length", "Unchecked for", Form.SPAN),
        Column("over", "Beyond the backstop", Form.SPAN),
    )
    cells = [
        (
            gap.child_ref,
            unit or NO_UNIT,
            tier or NO_TIER,
            gap.since,
            BEGUN[gap.begun],
            gap.until,
            CLOSED[gap.closed],
            gap.length,
            gap.over or None,
        )
        for gap, unit, tier in rows
    ]
    return Sheet(name, title, Origin.RECORDS, definition, columns, cells, beyond)
