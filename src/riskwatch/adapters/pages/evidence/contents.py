"""What the report says, from top to bottom: what it is about, what is to be known before it is read, its sections."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from riskwatch.adapters.pages.evidence.deadlines import deadline_sheets, overdue_sheets, unchecked_sheets
from riskwatch.adapters.pages.evidence.sheets import Sheet
from riskwatch.adapters.pages.evidence.telling import (
    letter_sheets,
    policy_sheet,
    record_sheets,
    sum_sheet,
    told_sheets,
)
from riskwatch.core.adding_up import sums_of
from riskwatch.core.evidence import Evidence, InForce, Letters, Period
from riskwatch.core.policy import Policy
from riskwatch.core.spelling import counted, wall_clock
from riskwatch.core.unchecked import measure_of


class Report(NamedTuple):
    """Everything that a report says. `period` is what was asked for; `known_at` the end of what is counted: that of the
    period, or now where it lies ahead.

    `unit` None: of the whole force. `books_begin_at` None: the books are empty. `read_at` is the last good reading by
    the service, None where there is none; `loaded_at` when the source was loaded, None where it cannot tell. `doubts`
    are sentences on why the records may not be as they should.
    """

    period: Period
    known_at: datetime
    unit: str | None
    made_at: datetime
    policy: Policy
    fingerprint: str
    marking: str
    evidence: Evidence
    letters: Letters
    policies: Sequence[InForce]
    books_begin_at: datetime | None
    read_at: datetime | None
    loaded_at: datetime | None
    doubts: Sequence[str]


class Section(NamedTuple):
    """A part of the report under a heading of its own."""

    name: str
    title: str
    sheets: Sequence[Sheet]


def facts_of(report: Report) -> Sequence[tuple[str, str]]:
    """Return what the report is about, as names and words."""
    zone = report.policy.calendar.timezone

    def at(moment: datetime | None, none: str) -> str:
        return none if moment is None else wall_clock(moment, zone)

    start, end = report.period
    found = report.evidence
    children = f"{found.reckoned:,} reckoned of {found.given:,} that the source gives"
    unit = "the whole force" if report.unit is None else report.unit or "children without a unit"
    return (
        ("Period", f"{at(start, '')} to {at(end, '')}, the end excluded ({zone.key})"),
        ("Unit", unit),
        ("Children", children),
        ("Policy", f"version {report.policy.version}, fingerprint {report.fingerprint}"),
        ("Made", at(report.made_at, "")),
        ("Records known by", at(report.known_at, "")),
        ("Last good reading by the service", at(report.read_at, "never")),
        ("Source last loaded", at(report.loaded_at, "the source does not say")),
        ("Books begin", at(report.books_begin_at, "they are empty")),
    )


def warnings_of(report: Report) -> Sequence[str]:
    """Return what is to be known before the figures are read; none where nothing is."""
    return list(_warnings(report))


def _warnings(report: Report) -> Iterator[str]:
    zone = report.policy.calendar.timezone
    broken = [one.what for one in sums_of(report.evidence, report.letters) if not one.holds]
    if broken:
        yield f"These counts do not add up: {'; '.join(broken)}. Do not rely on this report; report this to the makers."
    begin_at = report.books_begin_at
    if begin_at is None:
        yield "The books are empty: the service has told nobody of anything yet. What is from the books is blank."
    elif begin_at > report.period.start:
        when = wall_clock(begin_at, zone)
        yield f"The period begins before the books do, on {when}: of what was told before, nothing is known."
    if report.known_at < report.period.end:
        when = wall_clock(report.known_at, zone)
        yield f"The period ends in the future: what is counted ends with {when}."
    if report.evidence.failures:
        number = counted(report.evidence.failures, "child", "children")
        named = ", ".join(report.evidence.failed)
        yield f"{number} could not be reckoned and are in no figure but this one ({named}): report this to the makers."
    others = {(one.version, one.fingerprint) for one in in_force(report)} - {
        (report.policy.version, report.fingerprint)
    }
    if others:
        yield (
            "Another policy was in force for a part of the period. The figures from the records are under the policy "
            "named here throughout; the books hold what was told under each."
        )
    yield from report.doubts


def in_force(report: Report) -> Sequence[InForce]:
    """Return the configurations in force in the period: those taken up in it, and the last before it."""
    before = [one for one in report.policies if one.since <= report.period.start]
    return [*before[-1:], *(one for one in report.policies if one.since > report.period.start)]


def sections_of(report: Report) -> Sequence[Section]:
    """Return the sections, in order."""
    found, policy = report.evidence, report.policy
    return (
        Section("deadlines", "Seen on time", list(deadline_sheets(found, policy))),
        Section("overdue", "Overdue", list(overdue_sheets(found))),
        Section("unchecked", "Times unchecked", list(unchecked_sheets(found, measure_of(policy)))),
        Section("told", "Who was told, and what came of it", list(told_sheets(found, policy))),
        Section("letters", "Letters", list(letter_sheets(report.letters))),
        Section("records", "Records", list(record_sheets(found))),
        Section("policies", "Policies", [policy_sheet(in_force(report))]),
        Section("sums", "These add up", [sum_sheet(sums_of(found, report.letters))]),
    )


def sheets_of(report: Report) -> Sequence[Sheet]:
    """Return every table, in order."""
    return [sheet for section in sections_of(report) for sheet in section.sheets]
