"""What a policy asks for, tier by tier, with an example worked by the service's own fold and escalation."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from riskwatch.core.account import Obligation
from riskwatch.core.calendar import Calendar, resolve_local
from riskwatch.core.climb import Case
from riskwatch.core.directory import Directory
from riskwatch.core.escalation import escalate
from riskwatch.core.facts import GENERAL_CONCERN, Assessment, Check, Child, History
from riskwatch.core.mandate import Mandate
from riskwatch.core.notices import Fate, Told
from riskwatch.core.obligations import fold
from riskwatch.core.policy import OFFICER, Policy, Rule, Start, Step
from riskwatch.core.steps import first_notice_at
from riskwatch.core.tracking import Basis, Standing, Tracked, Watched

EXAMPLE_TIME = time(16, 0)
"""When on the Friday the example begins, by the local clock: late in the working day."""
CHILD, UNIT, DOMAIN = "EXAMPLE", "unit", "example.invalid"
_FRIDAY = 4


class Rung(NamedTuple):
    """A step of a ladder in the example: when it falls due, and when it is told; None where it is not told at all."""

    step: Step
    due_at: datetime
    told_at: datetime | None


class Worked(NamedTuple):
    """A rule's obligation in the example. `again_due_at`: the next deadline if the child is seen at this one."""

    rule: Rule
    started_at: datetime
    due_at: datetime
    rungs: Sequence[Rung]
    repeat_at: datetime | None
    again_due_at: datetime | None


class TierPage(NamedTuple):
    """What a tier asks for: its rules, in the policy's order, each worked from an assessment."""

    tier: str
    worked: Sequence[Worked]


class Explanation(NamedTuple):
    """A policy laid out for the person who signs it off.

    `example_at` is when the example begins, `holiday` the bank holiday behind it, None where the calendar knows none.
    `events` are the rules that a record of a kind starts. `fingerprint` is that of the mandate.
    """

    policy: Policy
    fingerprint: str
    example_at: datetime
    holiday: date | None
    tiers: Sequence[TierPage]
    events: Sequence[Worked]


def explain(policy: Policy, now: datetime) -> Explanation:
    """Return the explanation of a policy, with its example on the first Friday before a bank holiday from `now` on."""
    friday, holiday = friday_before_a_holiday(policy.calendar, policy.calendar.today(now))
    at = resolve_local(datetime.combine(friday, EXAMPLE_TIME), policy.calendar.timezone)
    example = _Example(policy, at)
    tiers = [TierPage(tier, example.of_assessment(tier)) for tier in reversed(policy.tiers)]
    events = [worked for rule in policy.rules if rule.start is Start.CHECKS for worked in example.of_event(rule)]
    return Explanation(policy, example.mandate.fingerprint, at, holiday, tiers, events)


def friday_before_a_holiday(calendar: Calendar, today: date) -> tuple[date, date | None]:
    """Return the first Friday from a local date on that is a working day and is followed by a bank holiday on Monday.

    Where the calendar knows none, the first Friday, and None.
    """
    first = today + timedelta(days=(_FRIDAY - today.weekday()) % 7)
    last = max(calendar.holidays, default=first)
    friday = first
    while friday <= last:
        monday = friday + timedelta(days=3)
        if friday not in calendar.holidays and monday in calendar.holidays:
            return friday, monday
        friday += timedelta(days=7)
    return first, None


class _Example:
    """A child with a person in every post, nobody away, and nothing recorded but what begins the example."""

    def __init__(self, policy: Policy, at: datetime) -> None:
        roles = {step.to for ladder in policy.ladders.values() for step in ladder.steps} - {OFFICER}
        posts = {role: _person(role) for role in roles}
        people = Directory(_person("fallback"), _person("administrator"), frozenset({DOMAIN}), {UNIT: posts})
        self.mandate = Mandate.of(policy, people)
        self._policy = policy
        self._at = at

    def of_assessment(self, tier: str) -> Sequence[Worked]:
        """Return what an assessment on a tier starts, under every rule that applies to it."""
        looked_at = dict.fromkeys(concern for rule in self._policy.rules for concern in sorted(rule.concerns))
        concerns = list(looked_at) or [GENERAL_CONCERN]
        rows = [
            Assessment(f"A{number}", CHILD, concern, tier, self._at, None) for number, concern in enumerate(concerns)
        ]
        found: dict[str, Worked] = {}
        for owed in self._owed(rows, []):
            found.setdefault(owed.rule.name, self._worked(owed, rows, []))
        return list(found.values())

    def of_event(self, rule: Rule) -> Iterator[Worked]:
        """Yield what a record of a kind that starts the rule starts under it."""
        tiers = [tier for tier in self._policy.tiers if tier in rule.tiers]
        concern = min(rule.concerns, default=GENERAL_CONCERN)
        before = self._at - timedelta(minutes=1)  # the child is on the tier when the event is recorded
        rows = [Assessment("A", CHILD, concern, tier, before, None) for tier in tiers[:1]]
        checks = [Check("K", CHILD, min(rule.start_kinds), self._at, None)]
        for owed in self._owed(rows, checks):
            if owed.rule is rule:
                yield self._worked(owed, rows, checks)

    def _owed(self, rows: Sequence[Assessment], checks: Sequence[Check]) -> Sequence[Obligation]:
        latest = max(check.checked_at for check in checks) if checks else self._at
        return self._folded(rows, checks, latest)

    def _folded(self, rows: Sequence[Assessment], checks: Sequence[Check], now: datetime) -> Sequence[Obligation]:
        history = History(Child(CHILD, UNIT, _person(OFFICER), None, None), list(rows), list(checks))
        return fold(history, self.mandate.rulebook, now).outstanding

    def _worked(self, owed: Obligation, rows: Sequence[Assessment], checks: Sequence[Check]) -> Worked:
        rule = owed.rule
        kept = Tracked(
            key=owed.key,
            child_ref=CHILD,
            rule=rule.name,
            started_at=owed.started_at,
            basis=owed.basis,
            due_at=owed.due_at,
            owed_from=owed.owed_from,
        )
        told = self._climb(kept)
        ladder = self._policy.ladder_of(rule.name)
        rungs = [
            Rung(step, self._policy.calendar.add(owed.due_at, step.after), told.get((step.name, 0)))
            for step in ladder.steps
        ]
        again = None
        if rule.every is not None:
            seen = Check("SEEN", CHILD, min(rule.satisfied_by), owed.due_at, None)
            after = self._folded(rows, [*checks, seen], owed.due_at)
            again = next((one.due_at for one in after if one.rule is rule and one.basis is Basis.EVERY), None)
        repeat_at = next((at for (_, repeat), at in told.items() if repeat), None)
        return Worked(rule, owed.started_at, owed.due_at, rungs, repeat_at, again)

    def _climb(self, tracked: Tracked) -> dict[tuple[str, int], datetime]:
        """Return when each step is told, and the first repeat, where no check is ever recorded."""
        policy, people = self._policy, self.mandate.directory
        watched = Watched(CHILD, UNIT, _person(OFFICER), "", Standing.OPEN, "")
        told: list[Told] = []
        times: dict[tuple[str, int], datetime] = {}
        look: datetime | None = first_notice_at(tracked.rule, tracked.started_at, tracked.due_at, policy)
        while look is not None and not any(repeat for _, repeat in times):
            telling = escalate(Case(tracked, watched, told), policy, people, look)
            for notice in telling.notices:
                told.append(Told(notice, look, Fate.SENT))
                times[notice.step, notice.repeat] = look
            tracked, look = telling.tracked, telling.tracked.next_notice_at
        return times


def _person(role: str) -> str:
    return f"{role}@{DOMAIN}"
