"""What check-config says of the directory."""

from pathlib import Path

import pytest

from tests.settings.folders import problems_after

Row = tuple[str, str, str, list[str]]
"""What is written, in place of what, as what, and the problems of the file after it."""

ROWS: list[Row] = [
    (
        "no fallback",
        'fallback = "duty@north.police.uk"\n',
        "",
        [
            "1: fallback: is missing",
        ],
    ),
    (
        "a blank fallback",
        'fallback = "duty@north.police.uk"\n',
        'fallback = ""\n',
        [
            "1: fallback: must not be blank: somebody must always be told",
        ],
    ),
    (
        "a fallback of another force",
        'fallback = "duty@north.police.uk"\n',
        'fallback = "duty@south.police.uk"\n',
        [
            (
                '1: fallback: is at "south.police.uk", which allowed_domains does not name; did you mean '
                '"north.police.uk"?'
            ),
        ],
    ),
    (
        "a fallback with a display name",
        'fallback = "duty@north.police.uk"\n',
        'fallback = "Duty <duty@north.police.uk>"\n',
        [
            "1: fallback: must be one plain address, such as name@north.police.uk",
        ],
    ),
    (
        "no administrator",
        'administrator = "admin@north.police.uk"\n',
        "",
        [
            "1: administrator: is missing",
        ],
    ),
    (
        "two administrators",
        'administrator = "admin@north.police.uk"\n',
        'administrator = "a@north.police.uk, b@north.police.uk"\n',
        [
            "2: administrator: must be one plain address, such as name@north.police.uk",
        ],
    ),
    (
        "no domain",
        '["north.police.uk"]',
        "[]",
        [
            "3: allowed_domains: must name at least one domain",
        ],
    ),
    (
        "an address for a domain",
        '["north.police.uk"]',
        '["@north.police.uk"]',
        [
            "3: allowed_domains[1]: must be a domain alone, such as north.police.uk",
        ],
    ),
    (
        "an empty rung",
        'supervisor = "ds@north.police.uk"',
        'supervisor = ""',
        [
            (
                "6: units.york.supervisor: is nobody, although the policy tells this role: what is meant for it "
                "passes up (finding)"
            ),
        ],
    ),
    (
        "a misspelt role",
        'supervisor = "ds@north.police.uk"',
        'superviser = "ds@north.police.uk"',
        [
            ('6: units.york.superviser: is a role that the policy never tells; did you mean "supervisor"? (finding)'),
        ],
    ),
    (
        "a number for an address",
        'supervisor = "ds@north.police.uk"',
        "supervisor = 5",
        [
            "6: units.york.supervisor: must be text in quotes",
        ],
    ),
    (
        "an address at a public provider",
        'supervisor = "ds@north.police.uk"',
        'supervisor = "ds@gmail.com"',
        [
            '6: units.york.supervisor: is at "gmail.com", which allowed_domains does not name',
        ],
    ),
    (
        "a unit with a role officer",
        'supervisor = "ds@north.police.uk"',
        'supervisor = "ds@north.police.uk"\nofficer = "ds@north.police.uk"',
        [
            '7: units.york.officer: must have another name: "officer" is always the child\'s own',
        ],
    ),
    (
        "a unit twice but for white space",
        "[default_unit]",
        '[units." york"]\nsupervisor = "ds@north.police.uk"\n\n[default_unit]',
        [
            '8: units." york": is a second unit "york"; white space around does not count',
        ],
    ),
    (
        "a unit without a name",
        "[units.york]",
        '[units.""]',
        [
            '5: units."": must have a name; default_unit serves children whose unit is blank',
        ],
    ),
    (
        "no default unit",
        '[default_unit]\nsupervisor = "desk@north.police.uk"\n',
        "",
        [
            (
                "1: default_unit.supervisor: is nobody, although the policy tells this role: what is meant for it "
                "passes up (finding)"
            ),
        ],
    ),
    (
        "a date in quotes",
        "from = 2026-11-01",
        'from = "2026-11-01"',
        [
            "13: absences[1].from: must be a date alone, without quotes, such as 2026-11-30",
        ],
    ),
    (
        "a date with a time",
        "from = 2026-11-01",
        "from = 2026-11-01T10:00:00",
        [
            "13: absences[1].from: must be a date alone, without quotes, such as 2026-11-30",
        ],
    ),
    (
        "an absence without a beginning",
        "from = 2026-11-01\n",
        "",
        [
            "11: absences[1].from: is missing",
        ],
    ),
    (
        "an absence that ends before it begins",
        "until = 2026-12-01",
        "until = 2026-10-01",
        [
            "14: absences[1].until: 2026-10-01 is before the absence begins on 2026-11-01",
        ],
    ),
    (
        "an absence that is over",
        "until = 2026-12-01",
        "until = 2026-11-22",
        [
            "14: absences[1].until: 2026-11-22 is over; take the absence out, or correct its end (finding)",
        ],
    ),
    (
        "a cover of another force",
        'cover = "pc2@north.police.uk"',
        'cover = "pc2@elsewhere.uk"',
        [
            '15: absences[1].cover: is at "elsewhere.uk", which allowed_domains does not name',
        ],
    ),
    (
        "a misspelt key",
        'cover = "pc2@north.police.uk"',
        'covers = "pc2@north.police.uk"',
        [
            '15: absences[1].covers: is not a known key; did you mean "cover"?',
        ],
    ),
    (
        "a person who is no address",
        'person = "pc@north.police.uk"',
        'person = "pc"',
        [
            "12: absences[1].person: must be one plain address, such as name@north.police.uk",
        ],
    ),
    (
        "a misspelt table",
        "[[absences]]",
        "[[absence]]",
        [
            '11: absence: is not a known key; did you mean "absences"?',
        ],
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_each_slip_is_named_with_its_line(tmp_path: Path, old: str, new: str, expected: list[str]) -> None:
    """Each slip in the directory gives its line, key and mend, and nothing else."""
    problems = problems_after(tmp_path, "directory.toml", old, new)
    assert [f"config/directory.toml:{line}" for line in expected] == problems
