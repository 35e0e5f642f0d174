"""Words of the agency that the policy does not know: each is reported, and none of them hides a child."""

from collections.abc import Iterable, Iterator

from riskwatch.core.facts import History, Rejected, Table
from riskwatch.core.policy import Policy


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


def _reported(table: Table, row_id: str, child_ref: str, column: str, reason: str) -> Rejected:
    counted = table is Table.ASSESSMENTS
    return Rejected(table, f"{table} id {row_id}", row_id, child_ref, column, reason, counted=counted)
