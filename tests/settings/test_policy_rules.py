"""What check-config says of the rules of a policy."""

from pathlib import Path

import pytest

from tests.settings.folders import problems_after

Row = tuple[str, str, str, list[str]]
"""What is written, in place of what, as what, and the problems of the file after it."""

ROWS: list[Row] = [
    (
        "a rule's name with a space",
        'name = "seen-high"',
        'name = "Seen High"',
        [
            '21: rules[Seen High].name: "Seen High" must be small letters, digits and hyphens',
        ],
    ),
    (
        "a rule with the name of closures",
        'name = "seen-high"',
        'name = "closing"',
        [
            '21: rules[closing].name: "closing" is reserved for closures that are not honoured',
        ],
    ),
    (
        "two rules of one name",
        'name = "seen-high"',
        'name = "seen"',
        [
            '30: rules[seen].name: "seen" is the name of a rule already',
        ],
    ),
    (
        "a rule without a name",
        'name = "seen-high"\n',
        "",
        [
            "20: rules[1].name: is missing",
        ],
    ),
    (
        "a rule for an unknown tier",
        'tiers = ["high"]\nfirst',
        'tiers = ["hihg"]\nfirst',
        [
            '22: rules[seen-high].tiers[1]: "hihg" is not one of tiers; did you mean "high"?',
        ],
    ),
    (
        "a rule for no tier",
        'tiers = ["high"]\nfirst',
        "tiers = []\nfirst",
        [
            (
                "22: rules[seen-high].tiers: names no tier, which means every tier; leave the key out to say so "
                "(finding)"
            ),
        ],
    ),
    (
        "a rule that leaves out a tier in between",
        'tiers = ["high"]\nfirst',
        'tiers = ["standard", "high"]\nfirst',
        [
            (
                '22: rules[seen-high].tiers: leave out "medium" in between: a child raised from there is asked for '
                "as if new (finding)"
            ),
        ],
    ),
    (
        "a rule for an unknown concern",
        "concerns = []",
        'concerns = ["neglcet"]',
        [
            (
                '4: tiers[1]: "standard" is covered for some concerns only: with another, nobody is asked to see '
                "the child (finding)"
            ),
            (
                '4: tiers[2]: "medium" is covered for some concerns only: with another, nobody is asked to see the '
                "child (finding)"
            ),
            '32: rules[seen].concerns[1]: "neglcet" is not one of concerns; did you mean "neglect"?',
        ],
    ),
    (
        "tiers covered for one concern only",
        "concerns = []",
        'concerns = ["neglect"]',
        [
            (
                '4: tiers[1]: "standard" is covered for some concerns only: with another, nobody is asked to see '
                "the child (finding)"
            ),
            (
                '4: tiers[2]: "medium" is covered for some concerns only: with another, nobody is asked to see the '
                "child (finding)"
            ),
        ],
    ),
    (
        "tiers covered for every concern there is",
        "concerns = []",
        'concerns = ["neglect", "missing"]',
        [],
    ),
    (
        "a tier that lost its rule",
        'tiers = ["standard", "medium"]\n',
        'tiers = ["medium"]\n',
        [
            '4: tiers[1]: "standard" is covered by no rule: nobody is asked to see such a child (finding)',
        ],
    ),
    (
        "a misspelt start",
        'starts_on = "entry"',
        'starts_on = "enrty"',
        [
            (
                '33: rules[seen].starts_on: must be "entry", "assessment", or a list of check kinds, such as '
                '["no_access"]; did you mean "entry"?'
            ),
        ],
    ),
    (
        "a start by nothing",
        'starts_on = "entry"',
        "starts_on = []",
        [
            (
                '33: rules[seen].starts_on: must be "entry", "assessment", or a list of check kinds, such as '
                '["no_access"]'
            ),
        ],
    ),
    (
        "a start by an unknown kind",
        'starts_on = ["no_access"]',
        'starts_on = ["no_acces"]',
        [
            '42: rules[follow-up].starts_on: "no_acces" is not one of check_kinds; did you mean "no_access"?',
        ],
    ),
    (
        "a unit that durations lack",
        'first = "24 hours"',
        'first = "24 minutes"',
        [
            (
                '23: rules[seen-high].first: \'24 minutes\' is not a duration: one is written like "24 hours", "7 '
                'days", "4 weeks", "3 months", "10 working days", or with a minus "-2 days"'
            ),
        ],
    ),
    (
        "no time at all",
        'first = "24 hours"',
        'first = "0 hours"',
        [
            "23: rules[seen-high].first: must be longer than nothing",
        ],
    ),
    (
        "no working day at all",
        'first = "24 hours"',
        'first = "0 working days"',
        [
            (
                "23: rules[seen-high].first: '0 working days' has no meaning on a day off: write \"0 hours\", or "
                'at least "1 working day"'
            ),
        ],
    ),
    (
        "longer at first than ever after",
        'first = "24 hours"',
        'first = "3 weeks"',
        [
            '23: rules[seen-high].first: "3 weeks" is longer than every, "10 working days"',
        ],
    ),
    (
        "a rule without an interval",
        'first = "24 hours"\n',
        "",
        [
            "20: rules[seen-high].first: is missing",
        ],
    ),
    (
        "a misspelt interval",
        'first = "24 hours"',
        'frist = "24 hours"',
        [
            '23: rules[seen-high].frist: is not a known key; did you mean "first"?',
        ],
    ),
    (
        "satisfied by an unknown kind",
        'satisfied_by = ["seen"]',
        'satisfied_by = ["seen", "sene"]',
        [
            '25: rules[seen-high].satisfied_by[2]: "sene" is not one of check_kinds; did you mean "seen"?',
        ],
    ),
    (
        "satisfied by nothing",
        'satisfied_by = ["seen"]',
        "satisfied_by = []",
        [
            "25: rules[seen-high].satisfied_by: must not be empty: nothing could ever end what is owed",
        ],
    ),
    (
        "an unknown ladder",
        'ladder = "urgent"',
        'ladder = "urgnt"',
        [
            '26: rules[seen-high].ladder: "urgnt" is not one of ladders; did you mean "urgent"?',
        ],
    ),
    (
        "no basis",
        'basis = "Example"\n',
        "",
        [
            "20: rules[seen-high].basis: is missing: who signs the policy needs the source of the interval (finding)",
        ],
    ),
    (
        "a blank basis",
        'basis = "Example"\n',
        'basis = " "\n',
        [
            "27: rules[seen-high].basis: is missing: who signs the policy needs the source of the interval (finding)",
        ],
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_each_slip_is_named_with_its_line(tmp_path: Path, old: str, new: str, expected: list[str]) -> None:
    """Each slip in a rule gives its line, key and mend, and nothing else."""
    problems = problems_after(tmp_path, "policy.toml", old, new)
    assert [f"config/policy.toml:{line}" for line in expected] == problems
