"""What one child adds to a report: its deadlines, the times in which it was not checked, and what was told of it."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from riskwatch.core.account import Account, Obligation
from riskwatch.core.course import moments_before
from riskwatch.core.evidence import (
    OVERDUE,
    Closing,
    Evidence,
    Heard,
    LateRecord,
    Led,
    Missed,
    Outcome,
    Period,
    Telling,
    Uncovered,
)
from riskwatch.core.facts import History
from riskwatch.core.mandate import Mandate
from riskwatch.core.notices import Fate, Kind
from riskwatch.core.obligations import ChildFold
from riskwatch.core.timeline import Moment
from riskwatch.core.tracking import Ending, Tracked
from riskwatch.core.unchecked import measure_of, unchecked

ELSEWHERE = "(unit not in the directory)"
"""Stands for every unit that the directory does not list: words from outside must not make a table endless."""
_NONE = timedelta(0)
_SECOND = timedelta(seconds=1)
_WAITING = (Fate.HELD, Fate.PENDING, Fate.SENDING)


class Deadline(NamedTuple):
    """A deadline that came before the end of the period. `fell_at` is when it had come and was known to be owed."""

    owed: Obligation
    fell_at: datetime
    late: timedelta
    outcome: Outcome


class Findings(NamedTuple):
    """What there is to count of one child."""

    unit: str
    tiers: tuple[Sequence[datetime], Sequence[str]]  # from when on which was the highest tier in force
    deadlines: Sequence[Deadline]
    standing: int
    gaps: Sequence[Uncovered]
    records: Sequence[LateRecord]
    untimed: int
    closings: Sequence[Closing]
    told: Mapping[str, Sequence[Telling]]


class Examination:
    """Examines child by child as known at the end of a period, and adds what it finds to the evidence.

    `books_begin_at` is the first entry of the books, None where there is none. `unit`: of one unit only.
    """

    def __init__(
        self, mandate: Mandate, period: Period, *, books_begin_at: datetime | None, unit: str | None = None
    ) -> None:
        self.evidence = Evidence()
        self._rulebook = mandate.rulebook
        self._policy = mandate.policy
        self._units = frozenset({*mandate.directory.units, "", unit})
        self._period = period
        self._books_begin_at = books_begin_at
        self._unit = unit
        self._measure = measure_of(mandate.policy)
        self._kinds = frozenset(kind for rule in mandate.policy.rules for kind in rule.satisfied_by)
        self._rank = {
            (rule.name, step.name): number
            for rule in mandate.policy.rules
            for number, step in enumerate(mandate.policy.ladder_of(rule.name).steps)
        }

    def add(self, history: History, told: Iterable[Telling]) -> None:
        """Count one child: its records, with every moment at which they became known, and what the books say was told.

        A child of another unit than the one asked for is counted as such, and no more. Nothing is counted of a child
        where this raises.
        """
        if self._unit is not None and history.child.unit != self._unit:
            self.evidence.given += 1
            self.evidence.elsewhere += 1
            return
        self._count(self._examine(history, told))

    def fail(self, child_ref: str) -> None:
        """Count a child that could not be reckoned."""
        self.evidence.given += 1
        self.evidence.fail(child_ref)

    # --- finding -----------------------------------------------------------------------------------------------------
    def _examine(self, history: History, told: Iterable[Telling]) -> Findings:
        start, end = self._period
        ref, unit = history.child.child_ref, history.child.unit
        moments = moments_before(history, end)
        fold = ChildFold(ref, self._rulebook)
        since: list[datetime] = []
        tiers: list[str] = []
        for moment in moments:
            fold.feed(moment)
            if moment.assessments:
                since.append(moment.at)
                tiers.append(fold.account(None).tier)
        account = fold.account(None)
        by_subject: dict[str, list[Telling]] = {}
        for one in told:
            by_subject.setdefault(one.subject, []).append(one)
        gaps = (
            Uncovered(gap, unit, _at((since, tiers), gap.until))
            for gap in unchecked(account, moments, self._measure, self._policy, end)
            if gap.until >= start
        )
        records, untimed = self._records(ref, unit, moments)
        return Findings(
            unit=unit if unit in self._units else ELSEWHERE,
            tiers=(since, tiers),
            deadlines=list(self._deadlines(account)),
            standing=sum(_tracked(one).is_overdue(end - _SECOND) for one in account.outstanding),
            gaps=list(gaps),
            records=records,
            untimed=untimed,
            closings=list(self._closings(account, unit, by_subject)),
            told=by_subject,
        )

    def _deadlines(self, account: Account) -> Iterator[Deadline]:
        """Yield what fell due in the period, and what was overdue for a time in it."""
        start, end = self._period
        for owed in (*account.ended, *account.outstanding):
            fell_at = max(owed.due_at, owed.owed_from)
            if fell_at < end and (fell_at >= start or owed.ended_at is None or owed.ended_at >= start):
                late = _tracked(owed).overdue_by(end)
                yield Deadline(owed, fell_at, late, _outcome(owed, late))

    def _records(self, ref: str, unit: str, moments: Sequence[Moment]) -> tuple[Sequence[LateRecord], int]:
        """Return the checks that became known in the period and could answer a rule, and how many have no such time."""
        timed, untimed = [], 0
        for moment in moments:
            if moment.at >= self._period.start:
                for check in moment.checks:
                    if check.kind not in self._kinds:
                        continue
                    if check.recorded_at is None:
                        untimed += 1
                    else:
                        delay = moment.at - check.checked_at
                        timed.append(LateRecord(delay, ref, unit, check.kind, check.checked_at, moment.at))
        return timed, untimed

    def _closings(self, account: Account, unit: str, told: Mapping[str, Sequence[Telling]]) -> Iterator[Closing]:
        for one in account.unhonoured:
            if one.known_at >= self._period.start:
                sent = [telling.sent_at for telling in told.get(one.key, ()) if telling.sent_at is not None]
                told_at = min(sent, default=None)
                yield Closing(one.known_at, one.child_ref, unit, one.authority_needed, one.settled_at, told_at)

    # --- counting ----------------------------------------------------------------------------------------------------
    def _count(self, found: Findings) -> None:
        evidence = self.evidence
        evidence.given += 1
        evidence.reckoned += 1
        evidence.standing += found.standing
        for one in found.deadlines:
            self._count_flow(one)
            if one.fell_at >= self._period.start:
                self._count_deadline(one, found)
        for gap in found.gaps:
            evidence.gaps[gap.gap.closed] += 1
            evidence.gap_lengths.add(gap.gap.length)
            evidence.longest.add(gap)
            if gap.gap.over > _NONE:
                evidence.over.add(gap)
        evidence.records += len(found.records) + found.untimed
        evidence.untimed += found.untimed
        for record in found.records:
            evidence.delays_of(found.unit).add(record.delay)
            evidence.latest.add(record)
        for closing in found.closings:
            evidence.closings.add(closing)

    def _count_flow(self, one: Deadline) -> None:
        if one.late > _NONE:
            self.evidence.carried += one.fell_at < self._period.start
            self.evidence.fell += one.fell_at >= self._period.start
            self.evidence.ended += one.owed.ended_at is not None

    def _count_deadline(self, one: Deadline, found: Findings) -> None:
        evidence, owed = self.evidence, one.owed
        local = self._policy.calendar.local(one.fell_at)
        cell = (found.unit, _at(found.tiers, one.fell_at), local.year * 12 + local.month - 1)
        evidence.deadlines += 1
        evidence.met[cell, one.outcome] += 1
        evidence.by_rule[owed.rule.name, one.outcome] += 1
        if one.outcome not in OVERDUE:
            return
        told = [telling for telling in found.told.get(owed.key, ()) if telling.kind is Kind.OVERDUE]
        heard = self._heard(one, told)
        evidence.heard[heard] += 1
        missed = Missed(
            one.late,
            owed.child_ref,
            found.unit,
            owed.rule.name,
            owed.due_at,
            owed.owed_from,
            owed.ended_at,
            one.outcome,
            heard,
        )
        evidence.missed.add(missed)
        if heard is Heard.TOLD:
            self._count_rungs(one, told)
        elif heard is not Heard.BEFORE_BOOKS:
            evidence.unheard.add(missed)

    def _heard(self, one: Deadline, told: Sequence[Telling]) -> Heard:
        if any(telling.sent_at is not None for telling in told):
            return Heard.TOLD
        if any(telling.fate in _WAITING or telling.fate is Fate.SENT for telling in told):
            return Heard.WAITING  # what was sent after the period had ended was waiting when it did
        if told:
            return Heard.UNDELIVERED
        begin_at = self._books_begin_at
        return Heard.BEFORE_BOOKS if begin_at is None or one.fell_at < begin_at else Heard.NOBODY

    def _count_rungs(self, one: Deadline, told: Sequence[Telling]) -> None:
        evidence, owed = self.evidence, one.owed
        first: dict[str, datetime] = {}
        for telling in told:
            if telling.sent_at is not None and telling.sent_at <= first.get(telling.step, telling.sent_at):
                first[telling.step] = telling.sent_at
        earliest = min(first.values())
        evidence.from_deadline.add(earliest - owed.due_at)
        evidence.from_known.add(earliest - one.fell_at)
        for step, at in first.items():
            rung = evidence.rung(step)
            led = _led(owed, at)
            rung.led[led] += 1
            if owed.ended_at is not None and owed.checked_at is not None and led in (Led.CHECKED, Led.SEEN_BEFORE):
                rung.to_record.add(owed.ended_at - at)
                if led is Led.CHECKED:
                    rung.to_check.add(owed.checked_at - at)
        in_time = [
            (at, self._rank.get((owed.rule.name, step), -1), step)
            for step, at in first.items()
            if owed.ended_at is None or at <= owed.ended_at
        ]
        if in_time:
            evidence.rung(max(in_time)[2]).last += 1
        else:
            evidence.told_only_after += 1


def _at(tiers: tuple[Sequence[datetime], Sequence[str]], at: datetime) -> str:
    """Return the highest tier in force at a time, as it was known then; blank where none was."""
    since, words = tiers
    index = bisect_right(since, at)
    return words[index - 1] if index else ""


def _tracked(owed: Obligation) -> Tracked:
    """Return what the books would hold of an obligation, its key apart: they define what is overdue."""
    return Tracked(
        key="",
        child_ref=owed.child_ref,
        rule=owed.rule.name,
        started_at=owed.started_at,
        basis=owed.basis,
        due_at=owed.due_at,
        owed_from=owed.owed_from,
        ended_at=owed.ended_at,
        ending=owed.ending,
        ended_by=owed.ended_by,
        checked_at=owed.checked_at,
    )


def _outcome(owed: Obligation, late: timedelta) -> Outcome:
    if owed.ended_at is None:
        return Outcome.STANDING
    if owed.ending is not Ending.DISCHARGED or owed.checked_at is None:
        return Outcome.LIFTED_LATE if late > _NONE else Outcome.LIFTED
    if late <= _NONE:
        return Outcome.ON_TIME
    return Outcome.RECORDED_LATE if owed.checked_at <= owed.due_at else Outcome.LATE


def _led(owed: Obligation, at: datetime) -> Led:
    """Return what came of telling somebody of an obligation at a time."""
    if owed.ended_at is None:
        return Led.STANDING
    if at > owed.ended_at:
        return Led.OVER
    if owed.ending is not Ending.DISCHARGED or owed.checked_at is None:
        return Led.LIFTED
    return Led.CHECKED if owed.checked_at > at else Led.SEEN_BEFORE
