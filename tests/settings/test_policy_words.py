"""What check-config says of the words and the closing of a policy."""

from pathlib import Path

import pytest

from tests.settings.folders import problems_after

Row = tuple[str, str, str, list[str]]
"""What is written, in place of what, as what, and the problems of the file after it."""

ROWS: list[Row] = [
    (
        "a missing key",
        'version = "2026-11"\n',
        "",
        [
            "1: version: is missing",
        ],
    ),
    (
        "a number for a text",
        'version = "2026-11"',
        "version = 2026",
        [
            "1: version: must be text in quotes",
        ],
    ),
    (
        "a misspelt key",
        'version = "2026-11"',
        'verson = "2026-11"',
        [
            '1: verson: is not a known key; did you mean "version"?',
        ],
    ),
    (
        "an unknown time zone",
        '"Europe/London"',
        '"Europe/Lundon"',
        [
            (
                '2: timezone: must be a time zone of the IANA list in quotes, such as "Europe/London"; did you mean '
                '"Europe/London"?'
            ),
        ],
    ),
    (
        "an unknown nation",
        '"england-and-wales"',
        '"england"',
        [
            '3: nation: "england" is not a nation; known: "england-and-wales", "northern-ireland", "scotland"',
        ],
    ),
    (
        "a nation unlike any",
        '"england-and-wales"',
        '"France"',
        [
            '3: nation: "France" is not a nation; known: "england-and-wales", "northern-ireland", "scotland"',
        ],
    ),
    (
        "a word for a list",
        'tiers = ["standard", "medium", "high"]',
        'tiers = "high"',
        [
            "4: tiers: must be a list: [ ... ]",
        ],
    ),
    (
        "a tier twice",
        'tiers = ["standard", "medium", "high"]',
        'tiers = ["standard", "medium", "high", "high"]',
        [
            '4: tiers[4]: "high" is the name of a tier already',
        ],
    ),
    (
        "no tiers",
        'tiers = ["standard", "medium", "high"]',
        "tiers = []",
        [
            "4: tiers: must not be empty",
        ],
    ),
    (
        "a tier that trimmed records never match",
        'tiers = ["standard", "medium", "high"]',
        'tiers = ["standard", "medium", "high "]',
        [
            '4: tiers[3]: "high " has white space around it; take it out',
        ],
    ),
    (
        "a tier without a rule",
        'tiers = ["standard", "medium", "high"]',
        'tiers = ["low", "standard", "medium", "high"]',
        [
            '4: tiers[1]: "low" is covered by no rule: nobody is asked to see such a child (finding)',
            (
                '57: ladders.routine.send_between: makes rule "seen" wait for office hours, which serves the tier '
                '"medium"; give it a ladder without this key (finding)'
            ),
        ],
    ),
    (
        "no tier for unknown words",
        'unknown_tier_runs_as = "high"\n',
        "",
        [
            "1: unknown_tier_runs_as: is missing",
        ],
    ),
    (
        "unknown words run as an unknown tier",
        'unknown_tier_runs_as = "high"',
        'unknown_tier_runs_as = "HIGH"',
        [
            '5: unknown_tier_runs_as: "HIGH" is not one of tiers; did you mean "high"?',
        ],
    ),
    (
        "unknown words run as a mild tier",
        'unknown_tier_runs_as = "high"',
        'unknown_tier_runs_as = "medium"',
        [
            '5: unknown_tier_runs_as: "medium" is not the strictest tier, "high" (finding)',
        ],
    ),
    (
        "words for a duration",
        'recent_check = "5 working days"',
        'recent_check = "soon"',
        [
            (
                '6: recent_check: \'soon\' is not a duration: one is written like "24 hours", "7 days", "4 '
                'weeks", "3 months", "10 working days", or with a minus "-2 days"'
            ),
        ],
    ),
    (
        "a negative time",
        'recent_check = "5 working days"',
        'recent_check = "-5 days"',
        [
            "6: recent_check: must be longer than nothing",
        ],
    ),
    (
        "a duration of decades",
        'recent_check = "5 working days"',
        'recent_check = "1000 weeks"',
        [
            '6: recent_check: "1000 weeks" is longer than 3660 days',
        ],
    ),
    (
        "a number for a duration",
        'recent_check = "5 working days"',
        "recent_check = 5",
        [
            '6: recent_check: must be a duration in quotes, such as "24 hours" or "10 working days"',
        ],
    ),
    (
        "a tier that also ends the risk",
        'no_further_action = ["closed"]',
        'no_further_action = [\n  "closed",\n  "medium",\n]',
        [
            '10: no_further_action[2]: "medium" is one of tiers too; it cannot also end the risk',
        ],
    ),
    (
        "a label that is no text",
        'seen = "Child seen"',
        "seen = 1",
        [
            "11: check_kinds.seen: must be text in quotes",
        ],
    ),
    (
        "no check kinds",
        '[check_kinds]\nseen = "Child seen"\nno_access = "Visit attempted, child not seen"\nauthorised = '
        '"Closure authorised"\n',
        "",
        [
            "1: check_kinds: is missing",
        ],
    ),
    (
        "an unknown kind gives authority",
        'authorised_by = ["authorised"]',
        'authorised_by = ["authorized"]',
        [
            '16: closing.authorised_by[1]: "authorized" is not one of check_kinds; did you mean "authorised"?',
        ],
    ),
    (
        "authority that nothing gives",
        'authorised_by = ["authorised"]\n',
        "",
        [
            (
                "16: closing.authority_needed_for: names tiers, but authorised_by no check kind: they never close "
                "(finding)"
            ),
        ],
    ),
    (
        "authority for an unknown tier",
        'authority_needed_for = ["high"]',
        'authority_needed_for = ["highest"]',
        [
            '17: closing.authority_needed_for[1]: "highest" is not one of tiers; did you mean "high"?',
        ],
    ),
    (
        "an unknown role hears of closures",
        'tell = ["supervisor"]',
        'tell = ["supervisor", "superviser"]',
        [
            (
                '18: closing.tell[2]: "superviser" is a role that no unit of config/directory.toml has; did you '
                'mean "supervisor"?'
            ),
        ],
    ),
    (
        "a misspelt key within a table",
        'tell = ["supervisor"]',
        'tells = ["supervisor"]',
        [
            '18: closing.tells: is not a known key; did you mean "tell"?',
        ],
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_each_slip_is_named_with_its_line(tmp_path: Path, old: str, new: str, expected: list[str]) -> None:
    """Each slip in the words of a policy gives its line, key and mend, and nothing else."""
    problems = problems_after(tmp_path, "policy.toml", old, new)
    assert [f"config/policy.toml:{line}" for line in expected] == problems
