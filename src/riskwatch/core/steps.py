"""When the steps of a ladder fall due, and when they may be told."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from riskwatch.core.policy import Ladder, Policy
from riskwatch.core.repeats import repeat_at, repeats_passed
from riskwatch.core.tracking import Tracked


class NextStep(NamedTuple):
    """What happens next if nothing is recorded: the role that hears, and when it falls due."""

    role: str
    at: datetime


def opening_for(at: datetime, ladder: Ladder, policy: Policy) -> datetime:
    """Return when a step that falls due at `at` may be told: then, or when the ladder's window next opens."""
    return at if ladder.send_between is None else policy.calendar.next_opening(at, ladder.send_between)


def step_times(ladder: Ladder, due_at: datetime, policy: Policy) -> Sequence[datetime]:
    """Return when each step falls due. Steps in different units may fall due out of their order."""
    add = policy.calendar.add
    return [add(due_at, step.after) for step in ladder.steps]


def next_step(tracked: Tracked, policy: Policy, now: datetime) -> NextStep | None:
    """Return the first step or repeat that falls due after `now`, or None where the ladder ends quietly.

    A reminder that would fall at or before the obligation's start is none.
    """
    ladder = policy.ladder_of(tracked.rule)
    times = step_times(ladder, tracked.due_at, policy)
    for step, at in zip(ladder.steps, times, strict=True):
        if at > now and not (step.is_reminder and at <= tracked.started_at):
            return NextStep(step.to, at)
    if ladder.repeat_every is None:
        return None
    repeat = repeats_passed(times[-1], ladder, policy, now) + 1
    return NextStep(ladder.steps[-1].to, repeat_at(times[-1], repeat, ladder, policy))


def first_notice_at(rule: str, started_at: datetime, due_at: datetime, policy: Policy) -> datetime:
    """Return when an obligation that is newly owed is first to be looked at: when its earliest step may be told."""
    ladder = policy.ladder_of(rule)
    add = policy.calendar.add
    for step in ladder.steps[:-1]:
        at = add(due_at, step.after)
        if not (step.is_reminder and at <= started_at):
            return opening_for(at, ladder, policy)
    return opening_for(add(due_at, ladder.steps[-1].after), ladder, policy)
