"""What a recorded check ends, and what follows from it, in short stories.

Every story begins on Monday 6 February 2023 and looks at what is outstanding a month later.
"""

from collections.abc import Sequence

import pytest

from riskwatch.core.facts import Assessment, Check
from riskwatch.core.tracking import Ending
from tests.builders import account, assessed, at, checked, history, outstanding
from tests.example_policy import SEEN_HIGH, SEEN_MEDIUM, SEEN_STANDARD, SEEN_VERY_HIGH, policy, rule

Rows = Sequence[Assessment | Check]

BY_TIER = policy(SEEN_VERY_HIGH, SEEN_HIGH, SEEN_MEDIUM, SEEN_STANDARD)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(
            [assessed("high"), checked("seen", "2023-02-06 09:00")],
            ["seen-high every due 2023-02-20 09:00"],
            id="a visit at the very moment of the start answers a first",
        ),
        pytest.param(
            [assessed("high"), checked("seen", "2023-02-06 08:59")],
            ["seen-high first due 2023-02-07 09:00"],
            id="one a minute before does not",
        ),
        pytest.param(
            [assessed("high"), checked("phone_call", "2023-02-06 12:00")],
            ["seen-high first due 2023-02-07 09:00"],
            id="a phone call is no check",
        ),
        pytest.param(
            [assessed("high"), checked("seen", "2023-02-06 12:00", recorded="2023-03-07 12:00")],
            ["seen-high first due 2023-02-07 09:00"],
            id="what is not yet recorded ends nothing",
        ),
        pytest.param(
            [assessed("high"), checked("seen", "2023-03-07 12:00", recorded="2023-02-06 12:00")],
            ["seen-high first due 2023-02-07 09:00"],
            id="a visit dated in the future counts from its own time",
        ),
        pytest.param(
            [assessed("high"), checked("seen", "2023-02-06 12:00", recorded="2023-02-10 12:00")],
            ["seen-high every due 2023-02-20 12:00"],
            id="a visit typed in late discharges, and the next counts from the visit",
        ),
        pytest.param(
            [
                assessed("high"),
                checked("seen", "2023-02-06 12:00"),
                checked("seen", check_id="K2", when="2023-02-06 12:00"),
            ],
            ["seen-high every due 2023-02-20 12:00"],
            id="a second entry of the visit from which the recurrence counts does not end it",
        ),
        pytest.param(
            [
                assessed("high"),
                checked("seen", "2023-02-06 12:00", recorded="2023-02-10 12:00"),
                checked("seen_alone", "2023-02-08 12:00", recorded="2023-02-10 12:00"),
            ],
            ["seen-high every due 2023-02-22 12:00"],
            id="of visits typed in together the latest carries the recurrence",
        ),
        pytest.param(
            [
                assessed("high", concern="neglect"),
                assessed("high", "2023-02-08 09:00", concern="missing"),
                checked("seen", "2023-02-07 09:00", recorded="2023-02-10 12:00"),
            ],
            ["seen-high every due 2023-02-21 09:00", "seen-high first due 2023-02-09 09:00"],
            id="a visit discharges only what had started by then",
        ),
        pytest.param(
            [checked("seen", "2023-02-07 09:00"), assessed("high", recorded="2023-02-10 09:00")],
            ["seen-high every due 2023-02-21 09:00"],
            id="an obligation that a known visit answers is never owed, only its recurrence",
        ),
        pytest.param(
            [
                checked("seen", "2023-02-07 09:00"),
                assessed("standard", "2023-02-08 09:00"),
                assessed("high", recorded="2023-02-10 09:00"),
            ],
            ["seen-standard first due 2023-02-15 09:00"],
            id="and not that either, where the rule no longer applies",
        ),
        pytest.param(
            [
                checked("seen", "2023-02-07 09:00"),
                assessed("high", "2023-02-09 09:00", concern="neglect"),
                assessed("high", recorded="2023-02-10 09:00", concern="missing"),
            ],
            ["seen-high first due 2023-02-10 09:00"],
            id="nor where one from the visit on is outstanding already",
        ),
    ],
)
def test_a_check_discharges(rows: Rows, expected: Sequence[str]) -> None:
    """A satisfying check ends what had started by its time, and the rule's next deadline counts from it."""
    assert outstanding(history(*rows), "2023-03-06 09:00", BY_TIER) == expected


def test_a_discharge_names_the_earliest_visit_that_satisfies() -> None:
    """Of two visits typed in together the earlier one ended the wait; its end became known when they were typed in."""
    early = checked("seen", "2023-02-06 12:00", recorded="2023-02-10 12:00", check_id="K1")
    late = checked("seen", "2023-02-08 12:00", recorded="2023-02-10 12:00", check_id="K2")
    (ended,) = account(history(assessed("high"), late, early), "2023-03-06", policy(SEEN_HIGH)).ended
    expected = (Ending.DISCHARGED, "K1", at("2023-02-06 12:00"), at("2023-02-10 12:00"))
    assert (ended.ending, ended.ended_by, ended.checked_at, ended.ended_at) == expected


def test_a_rule_without_every_asks_once() -> None:
    """Without `every` a visit ends the matter."""
    assert outstanding(history(assessed(), checked("seen", "2023-02-06 12:00")), "2023-02-07", policy(rule())) == []
