"""Valid values with defaults, so that a test names only what matters to it. Times are London's: "2023-02-06 09:00".

The policy stands in `tests/example_policy.py`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from riskwatch.core.account import Account, Obligation
from riskwatch.core.calendar import resolve_local
from riskwatch.core.directory import Absence, Directory
from riskwatch.core.facts import GENERAL_CONCERN, Assessment, Check, Child, Closure, History
from riskwatch.core.mandate import Mandate
from riskwatch.core.notices import Fate, Kind, Notice, Told
from riskwatch.core.obligations import Rulebook, fold
from riskwatch.core.policy import Policy, Rule
from riskwatch.core.timeline import closure_known_at
from riskwatch.core.tracking import Basis, Ending, Standing, Tracked, Watched
from tests.example_policy import LONDON, POLICY, SEEN_HIGH

CHILD_REF = "C1"
UNIT = "york"
PC = "pc.one@north.police.uk"
DS = "ds.york@north.police.uk"
DI = "di.york@north.police.uk"
HEAD = "head@north.police.uk"
FALLBACK = "duty@north.police.uk"
ADMINISTRATOR = "riskwatch-admin@north.police.uk"

MONDAY = "2023-02-06 09:00"
"""A moment at which stories begin: an ordinary Monday without a holiday or a clock change near it."""


def at(when: str | datetime) -> datetime:
    """Return the moment in UTC of a wall-clock time in London; a moment is returned as it is."""
    return when if isinstance(when, datetime) else resolve_local(datetime.fromisoformat(when), LONDON)


def local(moment: datetime) -> str:
    """Return a moment as London's wall clock shows it, in the way in which `at` reads it."""
    return f"{POLICY.calendar.local(moment):%Y-%m-%d %H:%M}"


def _at_or_none(when: str | datetime | None) -> datetime | None:
    return None if when is None else at(when)


# --- facts ------------------------------------------------------------------------------------------------------------
def child(
    child_ref: str = CHILD_REF,
    *,
    unit: str = UNIT,
    officer: str = PC,
    closed: str | datetime | None = None,
    closed_recorded: str | datetime | None = None,
) -> Child:
    """A child of York with an officer, open."""
    return Child(child_ref, unit, officer, _at_or_none(closed), _at_or_none(closed_recorded))


def assessed(
    tier: str = "high",
    when: str | datetime = MONDAY,
    *,
    recorded: str | datetime | None = None,
    concern: str = GENERAL_CONCERN,
    assessment_id: str = "",
    child_ref: str = CHILD_REF,
) -> Assessment:
    """An assessment, recorded when it was made unless the test says otherwise."""
    identity = assessment_id or f"A:{child_ref}:{concern}:{tier}:{when}:{recorded}"
    return Assessment(identity, child_ref, concern, tier, at(when), _at_or_none(recorded))


def checked(
    kind: str = "seen",
    when: str | datetime = MONDAY,
    *,
    recorded: str | datetime | None = None,
    check_id: str = "",
    child_ref: str = CHILD_REF,
) -> Check:
    """A recorded check, recorded when it was made unless the test says otherwise."""
    identity = check_id or f"K:{child_ref}:{kind}:{when}:{recorded}"
    return Check(identity, child_ref, kind, at(when), _at_or_none(recorded))


def closed(
    when: str | datetime = MONDAY,
    *,
    recorded: str | datetime | None = None,
    gone: str | datetime | None = None,
) -> Closure:
    """A closing date that stands in the child's record, known when it came unless the test says otherwise."""
    closed_at = at(when)
    return Closure(closed_at, closure_known_at(closed_at, _at_or_none(recorded)), _at_or_none(gone))


def history(*records: Assessment | Check | Closure, of: Child | None = None) -> History:
    """The whole history of a child, from its records in any order."""
    return History(
        of or child(),
        assessments=tuple(row for row in records if isinstance(row, Assessment)),
        checks=tuple(row for row in records if isinstance(row, Check)),
        closures=tuple(row for row in records if isinstance(row, Closure)),
    )


# --- directory --------------------------------------------------------------------------------------------------------
def absence(person: str, start: str, until: str | None = None, *, cover: str = "") -> Absence:
    """An absence by its first and last local date; without a last one the person has left."""
    return Absence(person, date.fromisoformat(start), None if until is None else date.fromisoformat(until), cover)


def directory(
    *absences: Absence,
    units: Mapping[str, Mapping[str, str]] | None = None,
    default_unit: Mapping[str, str] | None = None,
    fallback: str = FALLBACK,
) -> Directory:
    """A directory in which York has every role filled, and so has the default unit; Filey has nobody."""
    hub = {"supervisor": "ds.hub@north.police.uk", "manager": "di.hub@north.police.uk", "head": HEAD}
    york = {"supervisor": DS, "manager": DI, "head": HEAD}
    return Directory(
        fallback=fallback,
        administrator=ADMINISTRATOR,
        allowed_domains=frozenset({"north.police.uk"}),
        units={"york": york, "filey": {"supervisor": ""}} if units is None else units,
        default_unit=hub if default_unit is None else default_unit,
        absences=absences,
    )


def mandate(policy: Policy = POLICY, people: Directory | None = None) -> Mandate:
    """The example policy and directory, in force."""
    return Mandate.of(policy, people or directory())


# --- what the service keeps -------------------------------------------------------------------------------------------
def watched(
    child_ref: str = CHILD_REF,
    *,
    unit: str = UNIT,
    officer: str = PC,
    tier: str = "high",
    standing: Standing = Standing.OPEN,
    digest: str = "",
    next_known_at: datetime | None = None,
) -> Watched:
    """A child of York at high risk, as last read."""
    return Watched(child_ref, unit, officer, tier, standing, digest, next_known_at)


def obligation(
    rule: Rule = SEEN_HIGH,
    *,
    started: str | datetime = MONDAY,
    basis: Basis = Basis.FIRST,
    owed_from: str | datetime | None = None,
    child_ref: str = CHILD_REF,
    policy: Policy = POLICY,
) -> Obligation:
    """What is owed from a start on, known to be owed from that very moment."""
    start = at(started)
    return Obligation(policy, child_ref, rule, start, basis, start if owed_from is None else at(owed_from))


def tracked(
    rule: Rule = SEEN_HIGH,
    *,
    started: str | datetime = MONDAY,
    due: str | datetime | None = None,
    basis: Basis = Basis.FIRST,
    child_ref: str = CHILD_REF,
    **changes: Any,
) -> Tracked:
    """An obligation as kept, of which nobody has been told yet; due when the rule says, unless the test does."""
    owed = obligation(rule, started=started, basis=basis, child_ref=child_ref)
    kept = Tracked(
        key=owed.key,
        child_ref=child_ref,
        rule=rule.name,
        started_at=owed.started_at,
        basis=basis,
        due_at=owed.due_at if due is None else at(due),
        owed_from=owed.owed_from,
    )
    return kept._replace(**changes)


def ended(kept: Tracked, when: str | datetime, ending: Ending = Ending.DISCHARGED) -> Tracked:
    """An obligation whose end became known, to be looked at for clearing."""
    return kept._replace(ended_at=at(when), ending=ending, next_notice_at=at(when))


def notice(
    of: Tracked | None = None,
    *,
    kind: Kind = Kind.OVERDUE,
    step: str = "officer",
    repeat: int = 0,
    person: str = PC,
    passed_up: bool = False,
    urgent: bool = True,
) -> Notice:
    """The officer's own notice of an overdue obligation."""
    about = of or tracked()
    return Notice(
        subject=about.key,
        generation=about.generation,
        kind=kind,
        child_ref=about.child_ref,
        rule=about.rule,
        step=step,
        repeat=repeat,
        due_at=about.due_at,
        person=person,
        passed_up=passed_up,
        urgent=urgent,
    )


def told(what: Notice | None = None, *, fate: Fate = Fate.SENT, when: str | datetime | None = None) -> Told:
    """A notice that was decided when it fell due, and that has been sent in a letter of its own."""
    about = what or notice()
    decided_at = about.due_at if when is None else at(when)
    return Told(about, decided_at, fate, "" if fate is Fate.HELD else f"L:{about.key}")


# --- shortcuts --------------------------------------------------------------------------------------------------------
def account(of: History, now: str | datetime, policy: Policy = POLICY) -> Account:
    """Return what is owed to a child at a time."""
    return fold(of, Rulebook(policy), at(now))


def outstanding(of: History, now: str | datetime, policy: Policy = POLICY) -> Sequence[str]:
    """Return what is outstanding at a time, in words: ["seen-high first due 2023-02-07 09:00"]."""
    return in_words(account(of, now, policy).outstanding)


def in_words(owed: Iterable[Obligation]) -> Sequence[str]:
    """Return obligations in words, sorted."""
    return sorted(f"{one.rule.name} {one.basis} due {local(one.due_at)}" for one in owed)
