"""Repeats of a ladder's last step: when each falls due, and how many have by a moment.

Repeat n falls due n times the interval after the last step, in one addition. A policy's baseline changes that for what
was overdue already when the watch began: its repeats then count from the baseline, so that a backlog is told again
together, in one digest a person, and not case by case on every day of the week. The numbers go on, so that no key of a
notice is ever used twice, and the wait between two repeats never reaches twice the interval.
"""

from datetime import datetime

from riskwatch.core.calendar import Calendar
from riskwatch.core.durations import Duration, rough_seconds
from riskwatch.core.policy import Ladder, Policy


def repeat_at(last_step_at: datetime, repeat: int, ladder: Ladder, policy: Policy) -> datetime:
    """Return when a repeat of the last step falls due; 0 is the step itself, and all there is without repeats."""
    every, calendar = ladder.repeat_every, policy.calendar
    if every is None or repeat == 0:
        return last_step_at
    baseline = _baseline_for(last_step_at, policy)
    before = repeat if baseline is None else _passed(last_step_at, every, calendar, baseline)
    if baseline is None or repeat <= before:
        return calendar.add(last_step_at, every, repeat)
    return calendar.add(baseline, every, repeat - before)


def repeats_passed(last_step_at: datetime, ladder: Ladder, policy: Policy, now: datetime) -> int:
    """Return how many repeats of the last step have fallen due by `now`; 0 where the step itself is the latest."""
    every, calendar = ladder.repeat_every, policy.calendar
    if every is None or now <= last_step_at:
        return 0
    baseline = _baseline_for(last_step_at, policy)
    if baseline is None or now <= baseline:
        return _passed(last_step_at, every, calendar, now)
    return _passed(last_step_at, every, calendar, baseline) + _passed(baseline, every, calendar, now)


class Repeats:
    """The repeats of a last step, passed from moment to moment, forward in time.

    `latest` is the last that has fallen due, 0 for the step itself, and `fell_due` when it did; `next_at` is when the
    next does, None where the step does not repeat.
    """

    __slots__ = ("_ladder", "_last_step_at", "_policy", "fell_due", "latest", "next_at")

    def __init__(self, last_step_at: datetime, ladder: Ladder, policy: Policy, now: datetime) -> None:
        self._last_step_at = last_step_at
        self._ladder = ladder
        self._policy = policy
        self.latest, self.fell_due = 0, last_step_at
        self.next_at: datetime | None = None
        self._look(now)

    def pass_until(self, now: datetime) -> None:
        """Pass what falls due by `now`."""
        if self.next_at is None or now < self.next_at:
            return
        after = self._at(self.latest + 2)
        if after <= now:
            self._look(now)
        else:
            self.latest, self.fell_due, self.next_at = self.latest + 1, self.next_at, after

    def _look(self, now: datetime) -> None:
        self.latest = repeats_passed(self._last_step_at, self._ladder, self._policy, now)
        self.fell_due = self._at(self.latest)
        if self._ladder.repeat_every is not None:
            self.next_at = self._at(self.latest + 1)

    def _at(self, repeat: int) -> datetime:
        return repeat_at(self._last_step_at, repeat, self._ladder, self._policy)


def _baseline_for(last_step_at: datetime, policy: Policy) -> datetime | None:
    """Return the moment from which the repeats of a step count anew; None where it is told on its own schedule."""
    baseline = policy.baseline
    return baseline if baseline is not None and last_step_at < baseline else None


def _passed(start: datetime, every: Duration, calendar: Calendar, now: datetime) -> int:
    """Return how many whole intervals from `start` have passed by `now`."""
    passed = max(0, int((now - start).total_seconds() // rough_seconds(every)))
    while passed > 0 and calendar.add(start, every, passed) > now:
        passed -= 1
    while calendar.add(start, every, passed + 1) <= now:
        passed += 1
    return passed
