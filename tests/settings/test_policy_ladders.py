"""What check-config says of the ladders of a policy."""

from pathlib import Path

import pytest

from tests.settings.folders import ROUTINE_STEPS, problems_after

Row = tuple[str, str, str, list[str]]
"""What is written, in place of what, as what, and the problems of the file after it."""

ROWS: list[Row] = [
    (
        "a ladder that ends",
        'repeat_every = "7 days"\n',
        "",
        [
            (
                "48: ladders.urgent.repeat_every: is missing: the ladder would end quietly, and a child could be "
                "forgotten"
            ),
        ],
    ),
    (
        "a ladder that ends on purpose",
        'repeat_every = "7 days"\n',
        "ends_quietly = true\n",
        [
            (
                "49: ladders.urgent.ends_quietly: is true: after the last step nobody is told again, and a child "
                "may be forgotten (finding)"
            ),
        ],
    ),
    (
        "a ladder that ends on purpose and repeats",
        'repeat_every = "7 days"\n',
        'repeat_every = "7 days"\nends_quietly = true\n',
        [
            "50: ladders.urgent.ends_quietly: is true, but repeat_every is given: the ladder does repeat (finding)",
        ],
    ),
    (
        "a flag that is a word",
        'repeat_every = "7 days"\n',
        'ends_quietly = "yes"\n',
        [
            "49: ladders.urgent.ends_quietly: must be true or false, without quotes",
        ],
    ),
    (
        "an hour that is no time of day",
        'send_between = ["07:00", "20:00"]',
        'send_between = ["7", "20:00"]',
        [
            '57: ladders.routine.send_between: must be a time of day in quotes, such as "07:00"',
        ],
    ),
    (
        "one time for a window",
        'send_between = ["07:00", "20:00"]',
        'send_between = "07:00"',
        [
            '57: ladders.routine.send_between: must be two times of day, such as ["07:00", "20:00"]',
        ],
    ),
    (
        "a window that is never open",
        'send_between = ["07:00", "20:00"]',
        'send_between = ["07:00", "07:00"]',
        [
            "57: ladders.routine.send_between: must not end when it begins; a ladder without it tells at any hour",
        ],
    ),
    (
        "a window over midnight",
        'send_between = ["07:00", "20:00"]',
        'send_between = ["20:00", "07:00"]',
        [
            (
                "57: ladders.routine.send_between: is open over midnight: what falls due by day waits for the "
                "evening (finding)"
            ),
        ],
    ),
    (
        "no steps",
        ROUTINE_STEPS,
        "steps = []",
        [
            "59: ladders.routine.steps: must not be empty: nobody would ever be told",
        ],
    ),
    (
        "steps left out",
        ROUTINE_STEPS,
        "",
        [
            "56: ladders.routine.steps: is missing",
        ],
    ),
    (
        "steps that are words",
        ROUTINE_STEPS,
        'steps = ["officer"]',
        [
            "59: ladders.routine.steps[1]: must be a table",
        ],
    ),
    (
        "an unknown role",
        'to = "supervisor" }',
        'to = "superviser" }',
        [
            (
                '53: ladders.urgent.steps[supervisor].to: "superviser" is a role that no unit of '
                'config/directory.toml has; did you mean "supervisor"?'
            ),
        ],
    ),
    (
        "two steps of one name",
        '{ name = "officer", after = "0 hours", to',
        '{ name = "reminder", after = "0 hours", to',
        [
            '52: ladders.urgent.steps[reminder].name: "reminder" is the name of a step already',
        ],
    ),
    (
        "a ladder that ends before the deadline",
        'after = "4 hours"',
        'after = "-4 hours"',
        [
            '53: ladders.urgent.steps[supervisor].after: "-4 hours" is before the step above it, "0 hours"',
            (
                "53: ladders.urgent.steps[supervisor].after: is before the deadline: the last step must not be a "
                "reminder"
            ),
        ],
    ),
    (
        "steps out of order",
        'after = "0 hours", to = "officer" },',
        'after = "5 hours", to = "officer" },',
        [
            '53: ladders.urgent.steps[supervisor].after: "4 hours" is before the step above it, "5 hours"',
        ],
    ),
    (
        "a duration without a unit",
        'after = "4 hours"',
        'after = "4"',
        [
            (
                "53: ladders.urgent.steps[supervisor].after: '4' is not a duration: one is written like \"24 "
                'hours", "7 days", "4 weeks", "3 months", "10 working days", or with a minus "-2 days"'
            ),
        ],
    ),
    (
        "a step without a time",
        'after = "4 hours", to',
        "to",
        [
            "53: ladders.urgent.steps[supervisor].after: is missing",
        ],
    ),
    (
        "a bracket forgotten",
        "[ladders.routine]",
        "[ladders.routine",
        [
            (
                "56: toml: is no valid TOML: a table's name does not end with its brackets; a name with a space "
                "stands in quotes"
            ),
        ],
    ),
    (
        "a ladder twice",
        "[ladders.routine]",
        "[ladders.urgent]",
        [
            (
                '56: toml: is no valid TOML: "ladders.urgent" stands there a second time; keep one (each rule and '
                "each absence begins with [[...]])"
            ),
        ],
    ),
    (
        "one table where several belong",
        '[[rules]]\nname = "seen-high"',
        '[rules]\nname = "seen-high"',
        [
            (
                "29: toml: is no valid TOML: a key or a table stands there a second time; keep one (each rule and "
                "each absence begins with [[...]])"
            ),
        ],
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_each_slip_is_named_with_its_line(tmp_path: Path, old: str, new: str, expected: list[str]) -> None:
    """Each slip in a ladder gives its line, key and mend, and nothing else."""
    problems = problems_after(tmp_path, "policy.toml", old, new)
    assert [f"config/policy.toml:{line}" for line in expected] == problems
