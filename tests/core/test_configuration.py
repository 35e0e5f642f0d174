"""In which parts two configurations differ."""

from typing import Any

import pytest

from riskwatch.core.configuration import differences, parts_of
from tests.builders import directory, mandate
from tests.example_policy import SEEN_HIGH, SEEN_MEDIUM, ladder, policy, rule, step

FIRST = step("officer", "0 hours", "officer")
TEMPLATES = {"letter.txt.j2": b"one"}
BEFORE = parts_of(mandate(policy(SEEN_HIGH)), TEMPLATES, {"[smtp]": "one"})


@pytest.mark.parametrize(
    ("changes", "people", "templates", "settings", "expected"),
    [
        pytest.param({}, {}, TEMPLATES, "one", [], id="nothing"),
        pytest.param({}, {}, {"letter.txt.j2": b"two"}, "one", ["templates: changed letter.txt.j2"], id="a template"),
        pytest.param({}, {}, TEMPLATES, "two", ["settings: changed [smtp]"], id="a section"),
        pytest.param({}, {"fallback": "x@north.police.uk"}, TEMPLATES, "one", ["settings: changed fallback"], id="who"),
        pytest.param({}, {"units": {}}, TEMPLATES, "one", ["units: removed filey, york"], id="a unit"),
        pytest.param(
            {"version": "test-2", "check_kinds": {"seen": "Seen"}},
            {},
            TEMPLATES,
            "one",
            ["settings: changed check_kinds, policy version"],
            id="words of the policy",
        ),
    ],
)
def test_each_difference_is_named(
    changes: dict[str, Any], people: dict[str, Any], templates: Any, settings: str, expected: list[str]
) -> None:
    """By its kind and name, without what stands in it."""
    after = parts_of(mandate(policy(SEEN_HIGH, **changes), directory(**people)), templates, {"[smtp]": settings})
    assert expected == [one.sentence for one in differences(BEFORE, after)]


def test_rules_and_ladders() -> None:
    """Added, removed and changed ones stand in one sentence, and are counted together."""
    ladders = {**policy().ladders, "urgent": ladder(FIRST), "new": ladder(FIRST, name="new")}
    first = parts_of(mandate(policy(SEEN_HIGH, SEEN_MEDIUM)), {}, {})
    second = parts_of(mandate(policy(rule(SEEN_HIGH.name, first="1 hour"), rule("other"), ladders=ladders)), {}, {})
    found = {one.kind: one for one in differences(first, second)}
    assert f"rules: added other; removed {SEEN_MEDIUM.name}; changed {SEEN_HIGH.name}" == found["rule"].sentence
    assert 3 == found["rule"].number
    assert ("new",) == found["ladder"].added
