"""What a lowered tier does: nothing to what is outstanding, unless a visit just before carries it."""

from collections.abc import Sequence

import pytest

from riskwatch.core.facts import Assessment, Check
from riskwatch.core.tracking import Basis
from tests.builders import account, assessed, checked, history, obligation, outstanding
from tests.example_policy import SEEN_HIGH, SEEN_MEDIUM, SEEN_STANDARD, policy, rule

Rows = Sequence[Assessment | Check]

BY_TIER = policy(SEEN_HIGH, SEEN_MEDIUM, SEEN_STANDARD)
HIGH_VISIT: Rows = [assessed("high"), checked("seen", "2023-02-06 12:00")]


@pytest.mark.parametrize(
    ("rows", "now", "expected"),
    [
        pytest.param(
            [assessed("high"), assessed("standard", "2023-02-06 15:00")],
            "2023-02-06 15:00",
            ["seen-high first due 2023-02-07 09:00", "seen-standard first due 2023-02-13 15:00"],
            id="never seen: the first stands, and the rule that begins to apply adds its own",
        ),
        pytest.param(
            [*HIGH_VISIT, assessed("standard", "2023-02-14 09:00")],
            "2023-02-14 09:00",
            ["seen-high every due 2023-02-20 12:00", "seen-standard first due 2023-02-21 09:00"],
            id="seen too long ago: the same",
        ),
        pytest.param(
            [*HIGH_VISIT, assessed("standard", "2023-02-13 12:00")],
            "2023-02-13 12:00",
            ["seen-standard every due 2023-05-06 12:00"],
            id="on the last moment of a recent visit: its cadence gives way to the lower one, counted from the visit",
        ),
        pytest.param(
            [*HIGH_VISIT, assessed("standard", "2023-02-08 09:00", recorded="2023-02-14 09:00")],
            "2023-02-14 09:00",
            ["seen-high every due 2023-02-20 12:00", "seen-standard first due 2023-02-15 09:00"],
            id="dated soon after the visit but typed in late: what relaxes counts from when it was recorded",
        ),
        pytest.param(
            [
                assessed("high"),
                checked("seen", "2023-02-06 14:00", recorded="2023-02-06 16:30"),
                assessed("standard", "2023-02-06 16:00", recorded="2023-02-06 16:30"),
            ],
            "2023-02-06 16:30",
            ["seen-standard every due 2023-05-06 14:00"],
            id="a visit typed in together with the lowering is known to it",
        ),
        pytest.param(
            [*HIGH_VISIT, assessed("no_further_action", "2023-02-07 09:00")],
            "2023-02-07 09:00",
            [],
            id="no further action after a recent visit leaves nothing",
        ),
        pytest.param(
            [*HIGH_VISIT, assessed("no_further_action", "2023-02-14 09:00")],
            "2023-02-14 09:00",
            ["seen-high every due 2023-02-20 12:00"],
            id="no further action without one leaves the deadline",
        ),
        pytest.param(
            [
                *HIGH_VISIT,
                assessed("high", "2023-02-07 09:00", concern="missing"),
                assessed("no_further_action", "2023-02-08 09:00"),
            ],
            "2023-02-08 09:00",
            ["seen-high every due 2023-02-20 12:00", "seen-high first due 2023-02-08 09:00"],
            id="no further action ends the risk of its own concern only",
        ),
        pytest.param(
            [
                assessed("high", concern="neglect"),
                assessed("high", "2023-02-06 13:00", concern="missing"),
                checked("seen", "2023-02-06 12:00", recorded="2023-02-06 14:00"),
                assessed("standard", "2023-02-06 15:00", concern="neglect"),
                assessed("standard", "2023-02-06 15:00", concern="missing"),
            ],
            "2023-02-06 15:00",
            ["seen-high first due 2023-02-07 13:00", "seen-standard every due 2023-05-06 12:00"],
            id="a visit carries away its own cadence, never a first",
        ),
        pytest.param(
            [
                assessed("high", concern="neglect"),
                assessed("medium", "2023-02-06 10:00", concern="missing"),
                assessed("no_further_action", "2023-02-07 09:00", concern="neglect"),
            ],
            "2023-02-07 09:00",
            ["seen-high first due 2023-02-07 09:00", "seen-medium first due 2023-02-10 09:00"],
            id="a lower concern that comes to govern starts its rule from the lowering",
        ),
    ],
)
def test_a_lowering_buys_time_only_by_a_recent_visit(rows: Rows, now: str, expected: Sequence[str]) -> None:
    """What is outstanding stands through a lowering, unless the child was seen within `recent_check` of its typing."""
    assert outstanding(history(*rows), now, BY_TIER) == expected


def test_an_overdue_cadence_is_never_relaxed() -> None:
    """Where `recent_check` is longer than the cadence, what is overdue stays so."""
    daily = policy(rule(every="1 day", tiers=["high"]), SEEN_STANDARD)
    rows: Rows = [*HIGH_VISIT, assessed("standard", "2023-02-07 12:00")]
    expected = ["seen-high every due 2023-02-07 12:00", "seen-standard every due 2023-05-06 12:00"]
    assert outstanding(history(*rows), "2023-02-07 12:00", daily) == expected


def test_a_lowering_never_relaxes_without_recent_check() -> None:
    """A policy that leaves `recent_check` out gives no time for a lowering at all."""
    strict = policy(SEEN_HIGH, SEEN_STANDARD, recent_check=None)
    rows: Rows = [*HIGH_VISIT, assessed("standard", "2023-02-06 13:00")]
    expected = ["seen-high every due 2023-02-20 12:00", "seen-standard first due 2023-02-13 13:00"]
    assert outstanding(history(*rows), "2023-02-06 13:00", strict) == expected


def test_a_rule_that_asks_once_starts_anew_after_a_lowering() -> None:
    """Without `every` there is no cadence that a visit could carry: the rule that begins to apply asks for a first."""
    once = policy(SEEN_HIGH, rule("once", tiers=["standard"], first="5 days"))
    rows: Rows = [*HIGH_VISIT, assessed("standard", "2023-02-06 13:00")]
    assert outstanding(history(*rows), "2023-02-06 13:00", once) == ["once first due 2023-02-11 13:00"]


def test_a_rule_started_by_checks_neither_starts_nor_ends_by_a_lowering() -> None:
    """A lowering has nothing to say to a rule that applies always, and does not start one that begins to apply."""
    always = rule("always", starts_on=["no_access"], first="2 days", every="2 days")
    on_standard = rule("on-standard", tiers=["standard"], starts_on=["no_access"])
    rows: Rows = [
        assessed("high"),
        checked("no_access", "2023-02-06 10:00"),
        checked("seen", "2023-02-06 12:00"),
        assessed("standard", "2023-02-06 13:00"),
    ]
    expected = ["always every due 2023-02-08 12:00"]
    assert outstanding(history(*rows), "2023-02-06 13:00", policy(always, on_standard)) == expected


def test_a_cadence_that_ended_may_begin_again() -> None:
    """Lowered and raised again on one visit, the same obligation follows a second time, under a key of its own."""
    rows: Rows = [
        *HIGH_VISIT,
        assessed("standard", "2023-02-06 13:00"),
        assessed("high", "2023-02-06 11:00", recorded="2023-02-06 14:00", concern="missing"),
    ]
    once = obligation(SEEN_HIGH, started="2023-02-06 12:00", basis=Basis.EVERY)
    (again,) = account(history(*rows), "2023-02-06 14:00", policy(SEEN_HIGH)).outstanding
    assert (again.occurrence, again.due_at, again.key) == (1, once.due_at, f"{once.key}|1")
