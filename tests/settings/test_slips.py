"""What check-config says of slips that touch several places, of files that are no TOML, and of what is left empty."""

from pathlib import Path

import pytest

from tests.settings.folders import POLICY as POLICY_TEXT
from tests.settings.folders import problems_after

POLICY, DIRECTORY, SERVICE = "policy.toml", "directory.toml", "riskwatch.toml"
_RULES = POLICY_TEXT[POLICY_TEXT.index("[[rules]]") : POLICY_TEXT.index("[ladders.urgent]")]
WITHOUT_RULES = POLICY_TEXT.replace(_RULES, "")

Row = tuple[str, str, str, str, list[str]]
"""What is written, in which file, in place of what, as what, and every problem after it."""

EMPTY: list[Row] = [
    (
        "no rules",
        POLICY,
        POLICY_TEXT,
        f"rules = []\n{WITHOUT_RULES}",
        ["config/policy.toml:1: rules: must not be empty: nothing would ever be owed"],
    ),
    (
        "no kinds of checks",
        POLICY,
        POLICY_TEXT[POLICY_TEXT.index("[check_kinds]\n") : POLICY_TEXT.index("[closing]")],
        "[check_kinds]\n",
        ["config/policy.toml:10: check_kinds: must not be empty: nothing would ever count as a check"],
    ),
    (
        "a blank tier",
        POLICY,
        '"standard", "medium", "high"]',
        '"standard", "medium", " ", "high"]',
        ["config/policy.toml:4: tiers[3]: must not be blank"],
    ),
    (
        "a tier that is a novel",
        POLICY,
        '"standard", "medium", "high"]',
        f'"standard", "medium", "{"high" * 21}"]',
        ["config/policy.toml:4: tiers[3]: must be at most 80 characters long"],
    ),
    (
        "a marking that is a novel",
        SERVICE,
        '"OFFICIAL-SENSITIVE"',
        f'"{"OFFICIAL" * 8}"',
        ["config/riskwatch.toml:20: letters.marking: must be at most 60 characters long: it stands in every subject"],
    ),
    (
        "a page without a port",
        SERVICE,
        '"127.0.0.1:8099"',
        '"127.0.0.1"',
        ['config/riskwatch.toml:24: service.health_listen: must be host:port, such as "127.0.0.1:8099", or blank'],
    ),
    (
        "a journal whose heads lie in its own database",
        SERVICE,
        "sqlite:///store.db",
        "postgresql://riskwatch@db/riskwatch",
        [
            "config/riskwatch.toml:23: service.journal_heads: is missing: with the database on a server, nothing "
            "outside it would show that the journal was cut (finding)"
        ],
    ),
    (
        "a file of a megabyte",
        DIRECTORY,
        "[units.york]",
        f"# {'x' * 1_000_000}\n[units.york]",
        ["config/directory.toml:1: file: is longer than 1000000 bytes"],
    ),
]

NEW_POLICY: list[Row] = [
    (
        "a rule that is there and taken out",
        POLICY,
        'version = "2026-11"',
        'version = "2026-11"\nretires = ["seen", "seen"]',
        [
            'config/policy.toml:2: retires[2]: "seen" is the name of a rule already',
            'config/policy.toml:2: retires[1]: "seen" is one of rules; it cannot also be taken out',
            'config/policy.toml:2: retires[2]: "seen" is one of rules; it cannot also be taken out',
        ],
    ),
    (
        "a misspelt way to apply",
        POLICY,
        'version = "2026-11"',
        'version = "2026-11"\napply = "from now"',
        ['config/policy.toml:2: apply: must be "earlier" or "from-now"; did you mean "from-now"?'],
    ),
    (
        "a first day in quotes",
        POLICY,
        'version = "2026-11"',
        'version = "2026-11"\nvalid_from = "1 December"',
        [
            "config/policy.toml:2: valid_from: must be a local date, or date and time, without quotes, such as "
            "2026-12-01 or 2026-12-01T07:00:00"
        ],
    ),
]

SLIPS: list[Row] = [
    (
        "one tier misspelt where it is declared",
        POLICY,
        '["standard", "medium", "high"]\n',
        '["standard", "medium", "hihg"]\n',
        [
            'config/policy.toml:5: unknown_tier_runs_as: "high" is not one of tiers; did you mean "hihg"? Also on '
            "lines 17, 22",
        ],
    ),
    (
        "a misspelt section and what it holds",
        POLICY,
        "[ladders.urgent]\nrepeat_every",
        "[ladder.urgent]\nrepeat_evry",
        [
            'config/policy.toml:48: ladder: is not a known key; did you mean "ladders"?',
            'config/policy.toml:49: ladders.urgent.repeat_evry: is not a known key; did you mean "repeat_every"?',
        ],
    ),
    (
        "a second section for which there is one already",
        POLICY,
        "[closing]\n",
        '[closings]\ntell = ["supervisor"]\n[closing]\n',
        ['config/policy.toml:15: closings: is not a known key; did you mean "closing"?'],
    ),
    (
        "a domain misspelt where it is allowed",
        DIRECTORY,
        '["north.police.uk"]',
        '["north.polcie.uk"]',
        [
            'config/directory.toml:1: fallback: is at "north.police.uk", which allowed_domains does not name; did you '
            'mean "north.polcie.uk"? Also on lines 2, 6, 9, 15'
        ],
    ),
    (
        "an unknown word in two places",
        POLICY,
        'ladder = "routine"\nbasis = "Example"\n\n[[rules]]\nname = "follow-up"\nstarts_on = ["no_access"]\nfirst = "5 '
        'working days"\nsatisfied_by = ["seen"]\nladder = "routine"',
        'ladder = "xyz"\nbasis = "Example"\n\n[[rules]]\nname = "follow-up"\nstarts_on = ["no_access"]\nfirst = "5 '
        'working days"\nsatisfied_by = ["seen"]\nladder = "xyz"',
        [
            'config/policy.toml:37: rules[seen].ladder: "xyz" is not one of ladders; known: "routine", "urgent"; also '
            "on line 45"
        ],
    ),
    (
        "a duration as people write it",
        POLICY,
        'first = "24 hours"',
        'first = "24 hrs."',
        ['config/policy.toml:23: rules[seen-high].first: "24 hrs." is not a duration; did you mean "24 hours"?'],
    ),
    (
        "an interval in one word",
        POLICY,
        'every = "4 weeks"',
        'every = "monthly"',
        ['config/policy.toml:35: rules[seen].every: "monthly" is not a duration; did you mean "1 month"?'],
    ),
    (
        "a span of time as people write it",
        SERVICE,
        'stale_after = "26 hours"',
        'stale_after = "26h"',
        [
            'config/riskwatch.toml:11: source.stale_after: must be "N seconds", "N minutes", "N hours" or "N days" in '
            'quotes, such as "15 minutes"; did you mean "26 hours"?'
        ],
    ),
]

PLACES: list[Row] = [
    (
        "a unit's name with a dot",
        DIRECTORY,
        "[units.york]",
        "[units.york.north]",
        [
            "config/directory.toml:5: units.york.north: must be text in quotes, and is a table; a name with a dot "
            "stands in quotes"
        ],
    ),
    (
        "a unit for all others among the units",
        DIRECTORY,
        "[units.york]",
        '[units.default-unit]\nsupervisor = "ds2@north.police.uk"\n[units.york]',
        [
            "config/directory.toml:5: units.default-unit: is a unit of that name; the unit for all others is "
            "[default_unit] alone (finding)"
        ],
    ),
    (
        "a port with its host",
        SERVICE,
        'host = "relay.north.police.uk"\nsecurity = "starttls"',
        'host = "localhost:25"\nsecurity = "none"',
        ["config/riskwatch.toml:15: smtp.host: must be the name or number of one host; its port stands in smtp.port"],
    ),
    (
        "read more seldom than it may be old",
        SERVICE,
        'stale_after = "26 hours"',
        'refresh_every = "2 days"',
        [
            "config/riskwatch.toml:11: source.refresh_every: must be at most 26 hours, for which source.stale_after "
            "stands: all would be stale"
        ],
    ),
    (
        "a clock without summer time",
        POLICY,
        '"Europe/London"',
        '"GMT"',
        [
            'config/policy.toml:2: timezone: "GMT" does not keep the time of the United Kingdom all year; '
            '"Europe/London" does (finding)'
        ],
    ),
    ("the clock of Belfast", POLICY, '"Europe/London"', '"Europe/Belfast"', []),
]

SYNTAX: list[Row] = [
    (name, POLICY, "[check_kinds]\n", f"{written}\n[check_kinds]\n", [f"config/policy.toml:{line}: toml: {said}"])
    for name, written, line, said in [
        (
            "a word without quotes",
            "x = high",
            10,
            'is no valid TOML: a value cannot be read; text and durations stand in quotes, as in "high"',
        ),
        (
            "curly quotes",
            "x = \u201chigh\u201d",
            10,
            'is no valid TOML: a text stands in curly quotes; write straight ones, as in "high"',
        ),
        (
            "a line that is no key",
            "= 1",
            10,
            'is no valid TOML: a line begins neither with a key nor with a [table]; write key = "value"',
        ),
        (
            "a comma too many",
            "x = { a = 1, }",
            10,
            'is no valid TOML: a key is missing, or begins with what stands only in quotes; no comma stands before "}"',
        ),
        (
            "a time without quotes",
            "x = 24 hours",
            10,
            "is no valid TOML: something follows a value; text, durations and times of day stand in quotes, and a date "
            "must exist",
        ),
        (
            "a colon",
            'x: "high"',
            10,
            'is no valid TOML: a key is not followed by "="; a key with a space or a dot stands in quotes',
        ),
        (
            "a list left open",
            'x = ["a"\ny = 1',
            11,
            "is no valid TOML: a list is not closed, or a comma is missing in it; write [ ..., ... ]",
        ),
        (
            "braces left open",
            'x = { a = "b"\ny = 1',
            10,
            "is no valid TOML: a { ... } is not closed on its line, or a comma or a quote is missing in it",
        ),
        ("a text left open", 'x = "high', 10, "is no valid TOML: a quote is missing at the end of a text"),
        (
            "a single backslash",
            r'x = "C:\ppu"',
            10,
            r'is no valid TOML: a text in "..." has a single "\"; write "\\", or put the text in single quotes',
        ),
        (
            "a control character",
            "# \x01",
            10,
            "is no valid TOML: a comment or a text has a character that is not allowed in it",
        ),
        (
            "no number of a character",
            r'x = "\uzzzz"',
            10,
            r'is no valid TOML: a text has a "\u" without the number of a character behind it',
        ),
        (
            "a day that is not",
            "x = 2026-11-31",
            10,
            "is no valid TOML: there is no such date; write it without quotes, such as 2026-11-30",
        ),
    ]
]

ROWS = [*EMPTY, *PLACES, *NEW_POLICY, *SLIPS, *SYNTAX]


@pytest.mark.parametrize(("name", "old", "new", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_each_is_told_in_one_line(tmp_path: Path, name: str, old: str, new: str, expected: list[str]) -> None:
    """One slip gives one line, with its mend, and nothing else is said."""
    assert expected == problems_after(tmp_path, name, old, new)
