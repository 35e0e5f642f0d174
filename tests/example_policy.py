"""The policy that tests run under, much like the shipped one, and builders for changing it."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

from riskwatch.core.calendar import Calendar
from riskwatch.core.durations import parse_duration
from riskwatch.core.policy import Closing, Ladder, Policy, Rule, Start, Step

LONDON = ZoneInfo("Europe/London")
CALENDAR = Calendar(
    LONDON,
    [date(2022, 12, 26), date(2022, 12, 27), date(2023, 1, 2), date(2023, 4, 7), date(2023, 4, 10), date(2023, 5, 1)],
)
TIERS = ("standard", "medium", "high", "very_high")
CHECK_KINDS = {
    "seen_alone": "Child seen alone",
    "seen": "Child seen",
    "seen_by_agency": "Child seen by a partner agency",
    "no_access": "Visit attempted, child not seen",
    "phone_call": "Phone call",
    "taken_into_protection": "Taken into police protection",
    "protection_ended": "Police protection ended",
    "placement": "Placed with a carer or in a home",
    "placement_visit": "Visited in the placement",
    "placement_ended": "Placement ended",
    "closure_authorised": "Closure authorised by a supervisor",
}
SEEN = ("seen", "seen_alone")


def rule(
    name: str = "seen-high",
    *,
    tiers: Collection[str] = (),
    concerns: Collection[str] = (),
    starts_on: str | Collection[str] = "entry",
    first: str = "24 hours",
    every: str | None = None,
    satisfied_by: Collection[str] = SEEN,
    ladder: str = "urgent",
) -> Rule:
    """A rule as policy.toml writes one: for every tier and concern, asked once within 24 hours, met by a visit."""
    kinds = frozenset[str]() if isinstance(starts_on, str) else frozenset(starts_on)
    return Rule(
        name=name,
        first=parse_duration(first),
        satisfied_by=frozenset(satisfied_by),
        ladder=ladder,
        tiers=frozenset(tiers),
        concerns=frozenset(concerns),
        start=Start(starts_on) if isinstance(starts_on, str) else Start.CHECKS,
        start_kinds=kinds,
        every=None if every is None else parse_duration(every),
        basis=f"Example basis of {name}",
    )


SEEN_VERY_HIGH = rule("seen-very-high", tiers=["very_high"], every="7 days")
SEEN_HIGH = rule("seen-high", tiers=["high", "very_high"], every="10 working days")
SEEN_MEDIUM = rule("seen-medium", tiers=["medium"], first="3 days", every="4 weeks", ladder="routine")
SEEN_STANDARD = rule("seen-standard", tiers=["standard"], first="5 working days", every="3 months", ladder="routine")
BACKSTOP = rule("six-week-backstop", first="42 days", every="42 days", satisfied_by=[*SEEN, "seen_by_agency"])
NO_ACCESS = rule("no-access-follow-up", starts_on=["no_access"], first="5 working days", ladder="routine")
PROTECTION = rule(
    "police-protection",
    starts_on=["taken_into_protection"],
    first="72 hours",
    satisfied_by=["protection_ended"],
    ladder="protection",
)
PLACEMENT = rule(
    "looked-after-first-visit",
    starts_on=["placement"],
    first="1 week",
    satisfied_by=["placement_visit", "placement_ended"],
    ladder="routine",
)
NEXT_PLACEMENT_VISIT = rule(
    "looked-after-next-visit",
    starts_on=["placement_visit"],
    first="6 weeks",
    satisfied_by=["placement_visit", "placement_ended"],
    ladder="routine",
)
RULES = (
    SEEN_VERY_HIGH,
    SEEN_HIGH,
    SEEN_MEDIUM,
    SEEN_STANDARD,
    BACKSTOP,
    NO_ACCESS,
    PROTECTION,
    PLACEMENT,
    NEXT_PLACEMENT_VISIT,
)


def step(name: str, after: str, to: str) -> Step:
    """One rung of a ladder."""
    return Step(name, parse_duration(after), to)


def ladder(
    *steps: Step,
    name: str = "urgent",
    repeat_every: str | None = "7 days",
    send_between: tuple[str, str] | None = None,
) -> Ladder:
    """A ladder that repeats weekly and tells at any hour."""
    window = None
    if send_between is not None:
        window = time.fromisoformat(send_between[0]), time.fromisoformat(send_between[1])
    return Ladder(name, steps, None if repeat_every is None else parse_duration(repeat_every), window)


URGENT = ladder(
    step("reminder", "-12 hours", "officer"),
    step("officer", "0 hours", "officer"),
    step("supervisor", "4 hours", "supervisor"),
    step("manager", "24 hours", "manager"),
    step("head", "72 hours", "head"),
)
ROUTINE = ladder(
    step("reminder", "-1 day", "officer"),
    step("officer", "0 hours", "officer"),
    step("supervisor", "1 working day", "supervisor"),
    step("manager", "3 working days", "manager"),
    step("head", "10 working days", "head"),
    name="routine",
    send_between=("07:00", "20:00"),
)
PROTECTION_LADDER = ladder(
    step("warn-48", "-24 hours", "officer"),
    step("warn-60", "-12 hours", "officer"),
    step("ended", "0 hours", "supervisor"),
    step("manager", "1 hour", "manager"),
    name="protection",
    repeat_every="12 hours",
)
LADDERS = {"urgent": URGENT, "routine": ROUTINE, "protection": PROTECTION_LADDER}

POLICY = Policy(
    version="test-1",
    calendar=CALENDAR,
    tiers=TIERS,
    unknown_tier_runs_as="very_high",
    check_kinds=CHECK_KINDS,
    rules=RULES,
    ladders=LADDERS,
    no_further_action=frozenset({"no_further_action"}),
    recent_check=parse_duration("5 working days"),
    closing=Closing(authorised_by=frozenset({"closure_authorised"}), authority_needed_for=frozenset({"very_high"})),
)


def policy(*rules: Rule, **changes: Any) -> Policy:
    """The example policy with these rules (all, where none is given), and whatever else the test changes in it."""
    return replace(POLICY, rules=rules or RULES, **changes)
