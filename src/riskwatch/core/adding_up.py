"""The counts of a report that must add up, each counted by itself."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from riskwatch.core.evidence import OVERDUE, Cell, Evidence, Heard, Letters, Outcome
from riskwatch.core.unchecked import Closed


class Sum(NamedTuple):
    """A count, and the counts that must add up to it; each was counted by itself."""

    what: str
    whole: int
    parts: Sequence[tuple[str, int]]

    @property
    def holds(self) -> bool:
        """Whether they do."""
        return self.whole == sum(number for _, number in self.parts)


def sums_of(found: Evidence, letters: Letters) -> Sequence[Sum]:
    """Return every sum that must hold."""
    outcomes = _by(Outcome, found.met)
    rules: Counter[str] = Counter()
    for (rule, _), number in found.by_rule.items():
        rules[rule] += number
    overdue = [(name, number) for name, number in outcomes if Outcome(name) in OVERDUE]
    states: Counter[str] = Counter()
    people: Counter[str] = Counter()
    for person, _, state, number in letters.groups:
        states[state] += number
        people[person] += number
    recorded = [(unit or "-", len(lengths)) for unit, lengths in sorted(found.delays.items())]
    parts = (("reckoned", found.reckoned), ("other units", found.elsewhere), ("set aside", found.failures))
    heard = [(str(one), found.heard[one]) for one in Heard]
    last = [(step, rung.last) for step, rung in sorted(found.rungs.items())]
    flow = (("carried in", found.carried), ("became overdue", found.fell), ("ended", -found.ended))
    return (
        Sum("children that the source gave", found.given, parts),
        Sum("deadlines of the period, by outcome", found.deadlines, outcomes),
        Sum("deadlines of the period, by rule", found.deadlines, sorted(rules.items())),
        Sum("overdue at the end of the period", found.standing, flow),
        Sum("became overdue in the period, by outcome", found.fell, overdue),
        Sum("became overdue in the period, by what was told", found.fell, heard),
        Sum("delays of the first telling", found.heard[Heard.TOLD], [("delays", len(found.from_deadline))]),
        Sum("told of, by the last rung", found.heard[Heard.TOLD], [*last, ("after it ended", found.told_only_after)]),
        Sum("times unchecked, by their end", len(found.gap_lengths), [(str(one), found.gaps[one]) for one in Closed]),
        Sum("checks recorded", found.records, [*recorded, ("without a recorded time", found.untimed)]),
        Sum("rows not read", found.rejected_rows, _by_table(found)),
        Sum("letters, by recipient", letters.total, sorted(people.items())),
        Sum("letters, by state", letters.total, sorted(states.items())),
    )


def _by(words: type[Outcome], counted: Counter[tuple[Cell, Outcome]]) -> list[tuple[str, int]]:
    sums: Counter[Outcome] = Counter()
    for (_, outcome), number in counted.items():
        sums[outcome] += number
    return [(str(word), sums[word]) for word in words]


def _by_table(found: Evidence) -> list[tuple[str, int]]:
    sums: Counter[str] = Counter()
    for (table, _, _), number in found.rejected.items():
        sums[table] += number
    return sorted(sums.items())
