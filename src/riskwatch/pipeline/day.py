"""One day in figures, and what a daily letter says of it to one person."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from riskwatch.core.figures import Tally, ToldTally
from riskwatch.core.heads import OTHER_UNITS
from riskwatch.core.health import Problem
from riskwatch.core.mandate import Mandate
from riskwatch.core.notices import Call
from riskwatch.core.spelling import counted, spell, wall_clock
from riskwatch.pipeline.blindness import Sight

HEAD_ROW = ("case", "unit", "tier", "due", "late by")
WORST = 10
"""How many overdue cases a letter lists."""
NAMED = 40
"""How many units, steps or children a sentence names; how many more there are is said."""


class Case(NamedTuple):
    """An overdue child, by its earliest deadline."""

    due_at: datetime
    child_ref: str
    unit: str
    tier: str


class Day(NamedTuple):
    """Everything that a daily letter says, gathered once for all its recipients."""

    now: datetime
    tallies: Sequence[Tally]
    worst: Mapping[str, Sequence[Case]]
    told: Sequence[ToldTally]
    yesterday: datetime
    unsent: int
    oldest_unsent_at: datetime | None
    refused: int
    rejected: int
    unclocked: Sequence[str]
    loaded_at: datetime | None
    read_at: datetime | None
    read_in_full_at: datetime | None
    sight: Sight | None
    problems: Sequence[Problem]
    journal: tuple[int, str]  # the number and the hash of its last row


class View:
    """The day as one person is told it: the units that this person answers for, and the totals; `units` None: all."""

    def __init__(self, day: Day, mandate: Mandate, units: frozenset[str] | None) -> None:
        self._day = day
        self._mandate = mandate
        self._units = units
        self._own = [tally for tally in day.tallies if self._answers_for(tally.unit)]

    @property
    def subject(self) -> str:
        """The subject: how it stands in a few words."""
        start = "Daily letter: riskwatch is blind" if self._day.sight is not None else "Daily letter"
        late = sum(tally.overdue_children for tally in self._own)
        overdue = f"{counted(late, 'child', 'children')} overdue" if late else "nothing is overdue"
        return f"{start}; {overdue}, {counted(_children(self._own), 'child', 'children')} watched"

    @property
    def call(self) -> Call:
        """What the letter asks of its reader."""
        if self._day.sight is not None:
            return Call.NOW
        return Call.SOON if self._day.problems or any(tally.overdue for tally in self._own) else Call.NONE

    def heads(self) -> Iterator[str]:
        """Yield what stands over each paragraph; blank where it goes on with the one before."""
        before = ""
        for head, _ in self._said():
            yield "" if head == before else head
            before = head

    def paragraphs(self) -> Iterator[str]:
        """Yield what the letter says above its table."""
        return (text for _, text in self._said())

    def _said(self) -> Iterator[tuple[str, str]]:
        """Yield each paragraph with its head."""
        yield "How it stands", self._headline()
        yield from (("The service itself", text) for text in self._problems())
        yield from (("Children", text) for text in self._watched())
        yield from (("Letters and records", text) for text in self._service())
        if self._own_cases():
            text = f"The cases that are overdue the longest, at most {WORST}; `riskwatch overdue` lists all."
            yield "The worst", text

    def _problems(self) -> Iterator[str]:
        yield from (f"Needs a person: {_sentence(problem.message)}" for problem in self._day.problems)
        if not self._day.problems:
            yield "No problem of the service itself is known."

    def _watched(self) -> Iterator[str]:
        if self._units is not None and len(self._own) < len(self._day.tallies):
            named = [unit or "children without a known unit" for unit in sorted(self._units)]
            yield f"Your units ({_named(named)}): {self._standing(self._own)}"
        yield f"All units: {self._standing(self._day.tallies)}"

    def _service(self) -> Iterator[str]:
        yield self._told()
        yield self._letters()
        yield self._records()
        yield self._source()
        yield f"Policy in force: version {self._mandate.policy.version}."
        yield self._journal()

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Yield the worst cases, the earliest deadline first."""
        for case in self._own_cases():
            late = spell(self._day.now - case.due_at) or "just now"
            yield (case.child_ref, case.unit or "none", case.tier or "none", self._clock(case.due_at), late)

    def _own_cases(self) -> Sequence[Case]:
        return sorted(case for unit, cases in self._day.worst.items() if self._answers_for(unit) for case in cases)[
            :WORST
        ]

    def _answers_for(self, unit: str) -> bool:
        if self._units is None:
            return True
        return (unit if unit in self._mandate.directory.units else OTHER_UNITS) in self._units

    def _headline(self) -> str:
        sight = self._day.sight
        alive = "riskwatch is alive."
        if sight is not None:
            alive = (
                f"riskwatch is alive, and blind since {self._clock(sight.since)} because {sight.reason}. These figures "
                "are of what was known before."
            )
        return f"{alive} {self._overdue(self._own)}"

    def _standing(self, tallies: Sequence[Tally]) -> str:
        """Return how many children are watched, by tier and unit, and how many are overdue."""
        number = _children(tallies)
        if not number:
            return f"no child is watched. {self._overdue(tallies)}"
        ranks = self._mandate.policy.rank_of
        tiers: Counter[str] = Counter()
        units: Counter[str] = Counter()
        for tally in tallies:
            tiers[tally.tier] += tally.children
            units[tally.unit] += tally.children
        by_tier = sorted(tiers.items(), key=lambda item: (-ranks.get(item[0], -1), item[0]))
        watched = f"{counted(number, 'child', 'children')} watched"
        of_tier = _named([f"{tier or 'without a risk in force'} {count}" for tier, count in by_tier if count])
        of_unit = _named([f"{unit or 'no unit'} {count}" for unit, count in sorted(units.items()) if count])
        return f"{watched}, by tier: {of_tier}; by unit: {of_unit}. {self._overdue(tallies)}"

    def _overdue(self, tallies: Iterable[Tally]) -> str:
        units: Counter[str] = Counter()
        obligations = 0
        for tally in tallies:
            units[tally.unit] += tally.overdue_children
            obligations += tally.overdue
        if not obligations:
            return "Nothing is overdue."
        late = sum(units.values())
        by_unit = _named([f"{unit or 'no unit'} {number}" for unit, number in sorted(units.items()) if number])
        verb = "is" if late == 1 else "are"
        return (
            f"{counted(late, 'child', 'children')} {verb} overdue ({by_unit}), by {counted(obligations, 'obligation')}."
        )

    def _told(self) -> str:
        steps: Counter[str] = Counter()
        for tally in self._day.told:
            if self._answers_for(tally.unit):
                steps[_step_in_words(tally)] += tally.number
        day = self._clock(self._day.yesterday).partition(",")[0]
        if not steps:
            return f"Told on {day}: nobody was to be told of anything."
        listed = _named([f"{step} {number}" for step, number in sorted(steps.items())])
        return f"Told on {day}: {counted(sum(steps.values()), 'notice')}: {listed}."

    def _letters(self) -> str:
        day = self._day
        waits = "no letter waits to be sent"
        if day.oldest_unsent_at is not None and day.oldest_unsent_at < day.now:  # not one written in this very pass
            verb = "waits" if day.unsent == 1 else "wait"
            waits = f"{counted(day.unsent, 'letter')} {verb} to be sent, the oldest since "
            waits += self._clock(day.oldest_unsent_at)
        refused = f"{day.refused or 'none'} made since yesterday refused for good by a mail server"
        return f"Letters: {waits}; {refused}."

    def _records(self) -> str:
        day = self._day
        rejected = f"{counted(day.rejected, 'row')} cannot be read, or only in part" if day.rejected else "all readable"
        clocks = "every child at risk has a clock"
        if day.unclocked:
            clocks = f"at risk without a clock: {_named(day.unclocked)}"
        return f"Records: {rejected}; {clocks}."

    def _source(self) -> str:
        day = self._day
        loaded = "" if day.loaded_at is None else f"loaded on {self._clock(day.loaded_at)}, "
        if day.read_at is None:
            return f"Source: {loaded}never read without a problem."
        whole = "never" if day.read_in_full_at is None else f"on {self._clock(day.read_in_full_at)}"
        return f"Source: {loaded}last read without a problem on {self._clock(day.read_at)}, and in full {whole}."

    def _journal(self) -> str:
        """Name the journal's head: in a mailbox it is out of reach of whoever administers the database."""
        row, chain_hash = self._day.journal
        return (
            f"Journal: {counted(row, 'row')}. Keep this letter: `riskwatch journal verify --head {row}:{chain_hash}` "
            "finds whether any of them was changed or cut off since."
        )

    def _clock(self, moment: datetime) -> str:
        return wall_clock(moment, self._mandate.policy.calendar.timezone)


def _children(tallies: Iterable[Tally]) -> int:
    return sum(tally.children for tally in tallies)


def _sentence(message: str) -> str:
    return message if message.endswith((".", "?")) else f"{message}."


def _step_in_words(tally: ToldTally) -> str:
    kind = tally.kind.value.replace("_", " ")
    return kind if tally.step == tally.kind.value else f"{kind} {tally.step}"


def _named(words: Sequence[str]) -> str:
    more = len(words) - NAMED
    return ", ".join([*words[:NAMED], *([f"and {more} more"] if more > 0 else [])])
