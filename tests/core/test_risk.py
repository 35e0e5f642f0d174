"""The tier in force."""

from collections.abc import Sequence

import pytest

from riskwatch.core.facts import Assessment
from riskwatch.core.risk import EVERY_CONCERN, NO_RISK, News, Risk, Scope, rank_of, scopes_of
from riskwatch.core.timeline import dated
from tests.builders import assessed, at
from tests.example_policy import POLICY, policy, rule

STANDARD, MEDIUM, HIGH, VERY_HIGH = range(4)
NEGLECT = Scope(frozenset({"neglect"}), None)


def risk(*rows: Assessment) -> Risk:
    """What these assessments say, learnt one after the other."""
    known = Risk()
    for row in rows:
        known.learn([News(row.concern, rank_of(row.tier, POLICY), dated(row))])
    return known


@pytest.mark.parametrize(
    ("tier", "expected"),
    [
        pytest.param("standard", STANDARD, id="the lowest tier"),
        pytest.param("very_high", VERY_HIGH, id="the highest"),
        pytest.param("", VERY_HIGH, id="a blank one runs as the policy says"),
        pytest.param("HIGH", VERY_HIGH, id="words are compared exactly"),
        pytest.param("no_further_action", NO_RISK, id="a word that ends the risk"),
    ],
)
def test_the_rank_of_a_tier(tier: str, expected: int) -> None:
    """Tiers rank in the order of the policy; an unknown one is never ignored."""
    assert rank_of(tier, POLICY) == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([], NO_RISK, id="never assessed"),
        pytest.param([assessed("high"), assessed("standard", "2023-02-07")], STANDARD, id="the latest of a concern"),
        pytest.param([assessed("standard", "2023-02-07"), assessed("high")], STANDARD, id="by date, not by typing in"),
        pytest.param([assessed("high"), assessed("standard")], HIGH, id="the highest of one date, typed in first"),
        pytest.param([assessed("standard"), assessed("high")], HIGH, id="or last"),
        pytest.param([assessed("high"), assessed("standard", "2023-02-07", concern="x")], HIGH, id="over all concerns"),
        pytest.param([assessed("high"), assessed("no_further_action", "2023-02-07")], NO_RISK, id="the risk has ended"),
    ],
)
def test_the_tier_in_force(rows: Sequence[Assessment], expected: int) -> None:
    """Of each concern the latest assessment counts, of all concerns the highest."""
    assert risk(*rows).highest(EVERY_CONCERN) == expected


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        pytest.param("2023-02-05", (NO_RISK, None), id="before all"),
        pytest.param(
            "2023-02-06 09:00", (HIGH, None), id="at a date its own assessment is in force, and none before it"
        ),
        pytest.param("2023-02-06 09:01", (HIGH, HIGH), id="after it"),
        pytest.param("2023-02-07", (STANDARD, HIGH), id="at the next"),
        pytest.param("2023-02-09", (STANDARD, STANDARD), id="after both"),
    ],
)
def test_the_tier_at_a_time(when: str, expected: tuple[int, int | None]) -> None:
    """At a date counts what is dated up to it; before it, what is dated earlier."""
    known = risk(assessed("high", concern="neglect"), assessed("standard", "2023-02-07", concern="neglect"))
    assert (known.highest_at(NEGLECT, at(when)), known.before("neglect", at(when))) == expected


def test_a_scope_leaves_out_other_concerns() -> None:
    """A rule that names neglect does not see what else the child is at risk of."""
    known = risk(assessed("high", concern="missing"), assessed("medium", concern="neglect"))
    seen = (known.highest(NEGLECT), known.highest_at(NEGLECT, at("2023-03-01")), known.before("x", at("2023-03-01")))
    assert seen == (MEDIUM, MEDIUM, None)


def test_the_highest_tier_ever_is_remembered() -> None:
    """Closing asks for the highest tier since the child was opened, lowered since or not."""
    assert risk(assessed("very_high"), assessed("standard", "2023-02-07")).highest_ever == VERY_HIGH


@pytest.mark.parametrize(
    ("named", "words", "concern", "expected"),
    [
        pytest.param([], None, "anything", True, id="a rule that names none looks at all"),
        pytest.param(["neglect"], None, "neglect", True, id="its own"),
        pytest.param(["neglect"], None, "missing", False, id="not another"),
        pytest.param(["neglect"], ["neglect", "missing"], "missing", False, id="not another that is on the list"),
        pytest.param(["neglect"], ["neglect", "missing"], "mising", True, id="but one that is not"),
    ],
)
def test_what_a_scope_looks_at(named: Sequence[str], words: Sequence[str] | None, concern: str, expected: bool) -> None:
    """A word that nobody listed is looked at by every rule, each time it is asked."""
    scope = Scope(frozenset(named), None if words is None else frozenset(words))
    assert [scope.looks_at(concern), scope.looks_at(concern)] == [expected, expected]


def test_a_scope_keeps_a_bounded_number_of_words() -> None:
    """Concerns come from outside: beyond a bound the answer is the same, but no longer kept."""
    asked = [NEGLECT.looks_at(f"word {number}") for number in range(1_001)]
    assert asked == [False] * 1_001
    assert NEGLECT.looks_at("word 1000") is False


def test_rules_of_the_same_concerns_share_a_scope() -> None:
    """One scope serves every rule that names the same concerns."""
    rules = [rule("a", concerns=["neglect"]), rule("b", concerns=["neglect"]), rule("c")]
    assert list(scopes_of(policy(*rules))) == [frozenset({"neglect"}), frozenset()]
