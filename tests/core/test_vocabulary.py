"""Words of the agency that the policy, or the directory, does not know."""

from collections.abc import Sequence
from datetime import date

import pytest

from riskwatch.core.directory import Directory
from riskwatch.core.facts import Assessment, Check, Child, Rejected, Table
from riskwatch.core.vocabulary import unknown_people, unknown_words
from tests.builders import MONDAY, PC, absence, assessed, at, checked, child, directory, history
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


NO_ADDRESS = "{} is not one plain address on an allowed domain; notices are passed up"
NO_UNIT = "{} is not in directory.toml{}; default_unit is told"
MEANT_YORK = " (did you mean 'york'?)"


def reported(of: Child, people: Directory | None = None) -> Sequence[tuple[str, str]]:
    """Return the column and the reason of each row about a child on a Monday."""
    found = unknown_people([history(of=of)], people or directory(), at(MONDAY), date(2023, 2, 6))
    return [(row.column, row.reason) for row in found]


@pytest.mark.parametrize(
    ("officer", "expected"),
    [
        pytest.param(PC, [], id="an address of the force"),
        pytest.param("", [], id="nobody is allocated"),
        pytest.param("pc 2@north", [NO_ADDRESS.format("'pc 2@north'")], id="no address"),
        pytest.param("pc@south.uk", [NO_ADDRESS.format("'pc@south.uk'")], id="another domain"),
        pytest.param("pc\u202e@x", [NO_ADDRESS.format("'pc\\u202e@x'")], id="a sign that turns the text around"),
        pytest.param("x" * 41, [NO_ADDRESS.format(f"'{'x' * 40}...'")], id="too long to be shown"),
    ],
)
def test_an_officer_who_cannot_be_told_is_reported(officer: str, expected: Sequence[str]) -> None:
    """A blank officer is nobody; what is no address of the force is a record that somebody has to mend."""
    assert [("officer", reason) for reason in expected] == reported(child(officer=officer))


def test_an_officer_of_another_force_whose_cover_hears_is_not_reported() -> None:
    """The directory says who is told in that person's place, so that nothing is passed up; after that day, it is."""
    officer = "pc@south.uk"
    covered = directory(absence(officer, "2023-02-06", "2023-02-06", cover=PC))
    assert [] == reported(child(officer=officer), covered)
    over = directory(absence(officer, "2023-02-05", "2023-02-05", cover=PC))
    assert [("officer", NO_ADDRESS.format(repr(officer)))] == reported(child(officer=officer), over)


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        pytest.param("york", [], id="a unit of the directory"),
        pytest.param("", [], id="no unit"),
        pytest.param("York", [NO_UNIT.format("'York'", MEANT_YORK)], id="capitals"),
        pytest.param("YO-RK", [NO_UNIT.format("'YO-RK'", MEANT_YORK)], id="capitals and a hyphen"),
        pytest.param("selby", [NO_UNIT.format("'selby'", "")], id="a unit that nobody entered"),
        pytest.param("u" * 200, [NO_UNIT.format(f"'{'u' * 40}...'", "")], id="too long to be shown"),
    ],
)
def test_a_unit_that_the_directory_does_not_know_is_reported(unit: str, expected: Sequence[str]) -> None:
    """Its children are the default unit's; where only signs and capitals differ, the known word is named."""
    assert [("unit", reason) for reason in expected] == reported(child(unit=unit))


def test_without_a_default_unit_the_report_says_who_is_told() -> None:
    """No default unit is spoken of that nobody answers for."""
    people = directory(default_unit={"supervisor": ""})
    reason = "'selby' is not in directory.toml; no default_unit is told: only the officer and the fallback are"
    assert [("unit", reason)] == reported(child(unit="selby"), people)


def test_a_directory_without_units_misses_none() -> None:
    """A force that has the default unit alone means it for every child."""
    assert [] == reported(child(unit="selby"), directory(units={}))


@pytest.mark.parametrize(
    ("closed_at", "expected"),
    [
        pytest.param(None, ["officer", "unit"], id="open"),
        pytest.param("2023-02-07 09:00", ["officer", "unit"], id="to be closed tomorrow"),
        pytest.param(MONDAY, [], id="closed"),
    ],
)
def test_a_closed_child_is_not_reported(closed_at: str | None, expected: Sequence[str]) -> None:
    """Nobody mends the record of a child that the agency has closed; a date to come closes nothing yet."""
    of = child(officer="nobody", unit="selby", closed=closed_at)
    assert expected == [column for column, _ in reported(of)]


def test_a_report_on_a_child_names_it() -> None:
    """Whoever mends the record finds the child; it is watched all the same. A word is reported for each child."""
    histories = [history(of=child(ref, unit="York")) for ref in ("C1", "C2")]
    reason = NO_UNIT.format("'York'", MEANT_YORK)
    expected = [
        Rejected(Table.CHILDREN, f"children id {ref}", ref, ref, "unit", reason, counted=True) for ref in ("C1", "C2")
    ]
    assert expected == list(unknown_people(histories, directory(), at(MONDAY), date(2023, 2, 6)))
