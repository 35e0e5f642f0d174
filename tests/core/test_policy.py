"""What a policy knows of its own words."""

import pytest

from riskwatch.core.policy import Start
from tests.example_policy import POLICY, PROTECTION_LADDER, ROUTINE, SEEN_HIGH, SEEN_MEDIUM, URGENT, policy, rule, step


@pytest.mark.parametrize(
    ("after", "expected"),
    [("-12 hours", True), ("-1 working day", True), ("0 hours", False), ("4 hours", False)],
)
def test_a_step_before_the_deadline_is_a_reminder(after: str, expected: bool) -> None:
    """Only a negative `after` makes a reminder: at the deadline a child is overdue."""
    assert step("any", after, "officer").is_reminder == expected


def test_a_ladder_without_a_window_is_urgent() -> None:
    """A ladder that tells at any hour is exempt from the cap; one with a window is not."""
    assert [ladder.urgent for ladder in (URGENT, PROTECTION_LADDER, ROUTINE)] == [True, True, False]


def test_tiers_rank_from_the_lowest() -> None:
    """A tier's place in the list is its rank; a word that ends the risk ranks below all."""
    expected = {"standard": 0, "medium": 1, "high": 2, "very_high": 3, "no_further_action": -1}
    assert POLICY.rank_of == expected


def test_an_unknown_tier_ranks_as_the_policy_says() -> None:
    """It has the rank of the tier that it runs as."""
    assert [policy(unknown_tier_runs_as=tier).unknown_rank for tier in ("standard", "high")] == [0, 2]


def test_rules_and_their_ladders_are_found_by_name() -> None:
    """An obligation is kept with the name of its rule only."""
    assert (POLICY.rule_by_name["seen-high"], POLICY.ladder_of("seen-medium")) == (SEEN_HIGH, ROUTINE)
    assert POLICY.ladder_of(SEEN_MEDIUM.name) == ROUTINE


def test_a_rule_starts_on_entry_unless_it_says_otherwise() -> None:
    """What starts a rule is entry, every assessment, or a list of kinds."""
    started = [rule().start, rule(starts_on="assessment").start, rule(starts_on=["seen"]).start]
    assert started == [Start.ENTRY, Start.ASSESSMENT, Start.CHECKS]
