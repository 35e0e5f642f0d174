"""Words of the agency that the policy does not know."""

from collections.abc import Sequence

import pytest

from riskwatch.core.facts import Assessment, Check, Rejected, Table
from riskwatch.core.vocabulary import unknown_words
from tests.builders import assessed, checked, history
from tests.example_policy import policy


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param(assessed("high", concern="neglect"), [], id="known words"),
        pytest.param(checked("seen"), [], id="a known kind"),
        pytest.param(assessed("HIGH", concern="neglect"), [("tier", True)], id="a tier, compared exactly"),
        pytest.param(assessed("", concern="neglect"), [("tier", True)], id="a blank tier"),
        pytest.param(assessed("no_further_action", concern="neglect"), [], id="a word that ends the risk"),
        pytest.param(assessed("x", concern="y"), [("tier", True), ("concern", True)], id="a tier and a concern"),
        pytest.param(checked("visited"), [("kind", False)], id="a kind: it counts for nothing"),
    ],
)
def test_unknown_words_are_reported(row: Assessment | Check, expected: Sequence[tuple[str, bool]]) -> None:
    """Each word that nobody listed is named with its column, and with whether its row counts all the same."""
    found = unknown_words([history(row)], policy(concerns=frozenset({"neglect"})))
    assert [(word.column, word.counted) for word in found] == expected


def test_without_a_word_list_no_concern_is_unknown() -> None:
    """A policy that lists no concerns has none to miss."""
    assert list(unknown_words([history(assessed(concern="anything"))], policy())) == []


def test_a_report_names_the_row_and_what_it_runs_as() -> None:
    """Whoever mends the record finds it by its id."""
    (word,) = unknown_words([history(assessed("HIGH", assessment_id="A1"))], policy(unknown_tier_runs_as="high"))
    reason = "unknown tier 'HIGH'; it runs as high"
    assert word == Rejected(Table.ASSESSMENTS, "assessments id A1", "A1", "C1", "tier", reason, counted=True)
