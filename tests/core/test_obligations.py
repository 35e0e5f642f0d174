"""What starts an obligation: a risen tier, an assessment, a recorded event, in short stories.

Every story begins on Monday 6 February 2023 and looks at what is outstanding at its last moment.
"""

from collections.abc import Sequence

import pytest

from riskwatch.core.facts import Assessment, Check
from tests.builders import assessed, checked, history, outstanding
from tests.example_policy import (
    NO_ACCESS,
    SEEN_HIGH,
    SEEN_MEDIUM,
    SEEN_STANDARD,
    SEEN_VERY_HIGH,
    policy,
    rule,
)

Rows = Sequence[Assessment | Check]

BY_TIER = policy(SEEN_VERY_HIGH, SEEN_HIGH, SEEN_MEDIUM, SEEN_STANDARD)
SEXUAL_ABUSE = rule("seen-sexual-abuse", concerns=["sexual_abuse"], first="12 hours")
EVERY_ASSESSMENT = rule("after-assessment", tiers=["high"], starts_on="assessment", first="1 day", every="7 days")
LOOKED_AFTER = rule("looked-after", starts_on=["placement", "placement_visit"], satisfied_by=["placement_visit"])
HIGH_NO_ACCESS = rule("high-no-access", tiers=["high"], starts_on=["no_access"], first="2 days")


@pytest.mark.parametrize(
    ("rows", "now", "expected"),
    [
        pytest.param(
            [assessed("high", "2023-02-06 09:00")],
            "2023-02-06 09:00",
            ["seen-high first due 2023-02-07 09:00"],
            id="an assessment starts the clock of its tier when it is made",
        ),
        pytest.param(
            [assessed("high", "2023-02-06 09:00", recorded="2023-02-20 09:00")],
            "2023-02-19 09:00",
            [],
            id="what nobody has typed in yet is not owed",
        ),
        pytest.param(
            [assessed("high", "2023-02-06 09:00", recorded="2023-02-20 09:00")],
            "2023-02-20 09:00",
            ["seen-high first due 2023-02-07 09:00"],
            id="typed in late, the clock counts from the assessment all the same",
        ),
        pytest.param(
            [assessed("high", "2024-02-06 09:00", recorded="2023-02-06 09:00")],
            "2023-02-06 09:00",
            ["seen-high first due 2023-02-07 09:00"],
            id="dated after it was recorded, an assessment counts from when it was recorded",
        ),
        pytest.param(
            [assessed("medium", "2023-02-06 09:00"), assessed("high", "2023-02-06 09:00")],
            "2023-02-06 09:00",
            ["seen-high first due 2023-02-07 09:00"],
            id="of two tiers of one moment the highest is in force",
        ),
        pytest.param(
            [assessed("HIGH", "2023-02-06 09:00")],
            "2023-02-06 09:00",
            ["seen-high first due 2023-02-07 09:00", "seen-very-high first due 2023-02-07 09:00"],
            id="an unknown tier runs as the policy says",
        ),
        pytest.param(
            [assessed("", "2023-02-06 09:00")],
            "2023-02-06 09:00",
            ["seen-high first due 2023-02-07 09:00", "seen-very-high first due 2023-02-07 09:00"],
            id="and so does a blank one",
        ),
        pytest.param([assessed("no_further_action")], "2023-02-06 09:00", [], id="no further action asks for nothing"),
        pytest.param(
            [assessed("high"), assessed("high", "2023-02-06 10:00")],
            "2023-02-06 10:00",
            ["seen-high first due 2023-02-07 09:00"],
            id="the same tier of the same concern again starts nothing",
        ),
        pytest.param(
            [assessed("high"), assessed("very_high", "2023-02-06 10:00")],
            "2023-02-06 10:00",
            ["seen-high first due 2023-02-07 09:00", "seen-very-high first due 2023-02-07 10:00"],
            id="a raise within one rule's tiers starts only the rule that it brings in",
        ),
        pytest.param(
            [assessed("standard"), checked("seen", "2023-02-06 12:00"), assessed("high", "2023-02-07 09:00")],
            "2023-02-07 09:00",
            ["seen-high first due 2023-02-08 09:00", "seen-standard every due 2023-05-06 12:00"],
            id="yesterday's visit does not cover today's raise, and what it began stands",
        ),
        pytest.param(
            [
                assessed("high", concern="neglect"),
                checked("seen", "2023-02-06 12:00"),
                assessed("high", "2023-02-07 09:00", concern="sexual_abuse"),
            ],
            "2023-02-07 09:00",
            ["seen-high every due 2023-02-20 12:00", "seen-high first due 2023-02-08 09:00"],
            id="a new danger starts its own clock while the rule applies already",
        ),
        pytest.param(
            [assessed("standard", "2023-02-07 09:00"), assessed("high", recorded="2023-02-08 09:00")],
            "2023-02-08 09:00",
            ["seen-high first due 2023-02-07 09:00", "seen-standard first due 2023-02-14 09:00"],
            id="a raise typed in late counts even after a lower one of a later date",
        ),
        pytest.param(
            [assessed("very_high", concern="neglect"), assessed("medium", "2023-02-06 10:00", concern="missing")],
            "2023-02-06 10:00",
            ["seen-high first due 2023-02-07 09:00", "seen-very-high first due 2023-02-07 09:00"],
            id="a lower concern beside a higher one starts nothing: the strictest governs",
        ),
    ],
)
def test_a_rise_starts_a_first(rows: Rows, now: str, expected: Sequence[str]) -> None:
    """A rule that a tier brings in asks for a first check, counted from the assessment."""
    assert outstanding(history(*rows), now, BY_TIER) == expected


@pytest.mark.parametrize(
    ("concern", "expected"),
    [
        pytest.param("sexual_abuse", ["seen-sexual-abuse first due 2023-02-06 21:00"], id="a named concern"),
        pytest.param("neglect", [], id="a concern that the rule does not name"),
        pytest.param("sexual abuse", ["seen-sexual-abuse first due 2023-02-06 21:00"], id="a word not on the list"),
    ],
)
def test_a_rule_looks_at_its_concerns(concern: str, expected: Sequence[str]) -> None:
    """A rule looks at the concerns that it names, and every rule at a concern outside the word list."""
    words = frozenset({"neglect", "sexual_abuse"})
    assert (
        outstanding(history(assessed(concern=concern)), "2023-02-07", policy(SEXUAL_ABUSE, concerns=words)) == expected
    )


def test_without_a_word_list_an_unnamed_concern_is_not_looked_at() -> None:
    """Where the policy lists no words none is unlisted: a rule for one concern leaves the others alone."""
    assert outstanding(history(assessed(concern="sexual abuse")), "2023-02-07", policy(SEXUAL_ABUSE)) == []


@pytest.mark.parametrize(
    ("rows", "now", "expected"),
    [
        pytest.param(
            [assessed("high"), assessed("high", "2023-02-07 09:00")],
            "2023-02-07 09:00",
            ["after-assessment first due 2023-02-07 09:00", "after-assessment first due 2023-02-08 09:00"],
            id="each assessment on the rule's tiers starts one, raise or not",
        ),
        pytest.param([assessed("medium")], "2023-02-06 09:00", [], id="one on another tier starts none"),
        pytest.param(
            [assessed("very_high", concern="neglect"), assessed("high", "2023-02-07 09:00", concern="missing")],
            "2023-02-07 09:00",
            [],
            id="nor does one of a date at which a higher concern governed",
        ),
        pytest.param(
            [assessed("high"), checked("seen", "2023-02-06 12:00"), checked("seen", "2023-02-07 12:00")],
            "2023-02-08 09:00",
            ["after-assessment every due 2023-02-14 12:00"],
            id="it recurs from the latest visit",
        ),
    ],
)
def test_a_rule_may_start_on_every_assessment(rows: Rows, now: str, expected: Sequence[str]) -> None:
    """`starts_on = "assessment"` asks for a check after each assessment on the rule's tiers."""
    assert outstanding(history(*rows), now, policy(EVERY_ASSESSMENT)) == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(
            [checked("no_access")],
            ["no-access-follow-up first due 2023-02-13 09:00"],
            id="a rule without tiers applies to a child never assessed",
        ),
        pytest.param(
            [assessed("high"), checked("no_access", "2023-02-06 10:00")],
            ["high-no-access first due 2023-02-08 10:00", "no-access-follow-up first due 2023-02-13 10:00"],
            id="one with tiers applies while they are in force",
        ),
        pytest.param(
            [
                assessed("high", "2023-02-06 11:00"),
                checked("no_access", "2023-02-06 10:00", recorded="2023-02-06 12:00"),
            ],
            ["high-no-access first due 2023-02-08 10:00", "no-access-follow-up first due 2023-02-13 10:00"],
            id="and by the tier when the event becomes known, whatever its own time",
        ),
        pytest.param(
            [checked("no_access", "2023-02-06 09:00"), checked("no_access", "2023-02-07 09:00")],
            ["no-access-follow-up first due 2023-02-13 09:00", "no-access-follow-up first due 2023-02-14 09:00"],
            id="each such event starts one, and each is owed for itself",
        ),
        pytest.param(
            [checked("no_access"), checked("no_access", check_id="K2")],
            ["no-access-follow-up first due 2023-02-13 09:00"],
            id="two entries of one event start one",
        ),
        pytest.param(
            [checked("no_access"), checked("seen")],
            [],
            id="a visit at the very moment, of another kind, answers it",
        ),
        pytest.param(
            [checked("placement")],
            ["looked-after first due 2023-02-07 09:00"],
            id="a kind may start a rule",
        ),
        pytest.param(
            [checked("placement"), checked("placement_visit", "2023-02-06 12:00")],
            ["looked-after first due 2023-02-07 12:00"],
            id="what satisfies a rule may start it anew, and never answers what it started itself",
        ),
        pytest.param(
            [checked("placement_visit"), checked("placement_visit", check_id="K2")],
            ["looked-after first due 2023-02-07 09:00"],
            id="nor does a second entry of the same visit",
        ),
        pytest.param([checked("nobody_listed_this")], [], id="a kind that the policy does not list starts nothing"),
    ],
)
def test_a_rule_may_start_on_checks(rows: Rows, expected: Sequence[str]) -> None:
    """`starts_on` a list of kinds asks for a check after each of them."""
    by_checks = policy(NO_ACCESS, LOOKED_AFTER, HIGH_NO_ACCESS, SEEN_VERY_HIGH)
    assert outstanding(history(*rows), "2023-02-07 12:00", by_checks) == expected
