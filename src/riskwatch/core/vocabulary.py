"""Words of the agency that the policy, or the directory, does not know: each is reported, and none hides a child."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from riskwatch.core.directory import Directory
from riskwatch.core.facts import History, Rejected, Table
from riskwatch.core.policy import Policy

MAX_SHOWN = 40
"""How many characters of an officer or a unit a report shows."""


def unknown_words(histories: Iterable[History], policy: Policy) -> Iterator[Rejected]:
    """Yield a row for each tier, concern and kind of check that the policy does not know."""
    ranks, kinds, concerns = policy.rank_of, policy.check_kinds, policy.concerns
    for history in histories:
        for row in history.assessments:
            if row.tier not in ranks:
                reason = f"unknown tier {row.tier!r}; it runs as {policy.unknown_tier_runs_as}"
                yield _reported(Table.ASSESSMENTS, row.assessment_id, row.child_ref, "tier", reason)
            if concerns is not None and row.concern not in concerns:
                reason = f"unknown concern {row.concern!r}; every rule looks at it"
                yield _reported(Table.ASSESSMENTS, row.assessment_id, row.child_ref, "concern", reason)
        for check in history.checks:
            if check.kind not in kinds:
                reason = f"unknown kind {check.kind!r}; it satisfies nothing: name it in [check_kinds], or correct it"
                yield _reported(Table.CHECKS, check.check_id, check.child_ref, "kind", reason)


def unknown_people(
    histories: Iterable[History], directory: Directory, now: datetime, today: date
) -> Iterator[Rejected]:
    """Yield a row for each officer who cannot be told on the local date `today`, and each unit that nobody entered.

    Only of children that are not closed at `now`. Blank is no word, and a directory without units has none to miss.
    """
    units = directory.units
    reasons: dict[str, str] = {}
    for history in histories:
        ref, unit, officer, closed_at = history.child[:4]
        if closed_at is not None and closed_at <= now:
            continue
        if officer and not directory.is_allowed(officer) and directory.is_unusable(officer, today):
            reason = f"{_shown(officer)} is not one plain address on an allowed domain; notices are passed up"
            yield _reported(Table.CHILDREN, ref, ref, "officer", reason)
        if unit and units and unit not in units:
            if unit not in reasons:
                reasons[unit] = _unknown_unit(unit, directory)
            yield _reported(Table.CHILDREN, ref, ref, "unit", reasons[unit])


def _unknown_unit(unit: str, directory: Directory) -> str:
    near = directory.alike(unit)
    hint = "" if near is None else f" (did you mean {_shown(near)}?)"
    told = "default_unit is told"
    if not any(directory.default_unit.values()):
        told = "no default_unit is told: only the officer and the fallback are"
    return f"{_shown(unit)} is not in directory.toml{hint}; {told}"


def _shown(word: str) -> str:
    """Return the beginning of a word in quotation marks, with what is invisible or turns text around spelt out."""
    text = repr(word[: MAX_SHOWN + 1])[1:-1]
    return f"'{text if len(text) <= MAX_SHOWN else f'{text[:MAX_SHOWN]}...'}'"


def _reported(table: Table, row_id: str, child_ref: str, column: str, reason: str) -> Rejected:
    counted = table is not Table.CHECKS
    return Rejected(table, f"{table} id {row_id}", row_id, child_ref, column, reason, counted=counted)
