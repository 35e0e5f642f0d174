"""What check-config says of the databases in riskwatch.toml."""

from pathlib import Path

import pytest

from tests.settings.folders import problems_after

Row = tuple[str, str, str, list[str]]
"""What is written, in place of what, as what, and the problems of the file after it."""

ROWS: list[Row] = [
    (
        "a misspelt section",
        '[database]\nurl = "sqlite:///store.db"',
        '[databse]\nurl = "sqlite:///store.db"',
        [
            '1: databse: is not a known key; did you mean "database"?',
        ],
    ),
    (
        "a password in the url",
        '"sqlite:///store.db"',
        '"postgresql://riskwatch:secret@db/riskwatch"',
        [
            "2: database.url: holds a password; take it out, and name a file that holds it in password_file",
        ],
    ),
    (
        "a password among the options",
        '"sqlite:///store.db"',
        '"postgresql://db/riskwatch?user=r&password=secret"',
        [
            "2: database.url: holds a password; take it out, and name a file that holds it in password_file",
        ],
    ),
    (
        "a database that cannot hold the store",
        '"sqlite:///store.db"',
        '"mysql://db/riskwatch"',
        [
            '2: database.url: must begin with "sqlite:///" or "postgresql://"',
        ],
    ),
    (
        "a database in memory",
        '"sqlite:///store.db"',
        '"sqlite://"',
        [
            '2: database.url: must name a file, such as "sqlite:///../riskwatch.db" beside the config folder',
        ],
    ),
    (
        "a file with options",
        '"sqlite:///store.db"',
        '"sqlite:///store.db?mode=ro"',
        [
            "2: database.url: must be a file alone, without options",
        ],
    ),
    (
        "a path for a url",
        '"sqlite:///store.db"',
        '"store.db"',
        [
            '2: database.url: must be a database address, such as "postgresql://user@host/name"',
        ],
    ),
    (
        "a password file that is not there",
        '"sqlite:///store.db"',
        '"sqlite:///store.db"\npassword_file = "nowhere"',
        [
            "3: database.password_file: is not there (yet): no file of that name on this machine (finding)",
        ],
    ),
    (
        "a source without a driver",
        '"postgresql://reader@records/copy"',
        '"mssql://reader@records/copy"',
        [
            (
                '6: source.url: must name the database and its driver, such as "postgresql+psycopg://" or '
                '"mssql+pyodbc://"'
            ),
        ],
    ),
    (
        "a password within a driver's own string",
        '"postgresql://reader@records/copy"',
        '"mssql+pyodbc:///?odbc_connect=DSN%3Drecords%3BPWD%3Dsecret"',
        [
            "6: source.url: holds a password; take it out, and name a file that holds it in password_file",
        ],
    ),
    (
        "queries without a database",
        'url = "postgresql://reader@records/copy"\n',
        "",
        [
            "6: source.children: has no effect without source.url: the embedded tables need no query",
            "7: source.assessments: has no effect without source.url: the embedded tables need no query",
            "8: source.checks: has no effect without source.url: the embedded tables need no query",
            "9: source.changed: has no effect without source.url: the embedded tables need no query",
        ],
    ),
    (
        "an unknown time zone",
        '"Europe/Dublin"',
        '"Dublin"',
        [
            (
                '5: source.timezone: must be a time zone of the IANA list in quotes, such as "Europe/London"; did you '
                'mean "Europe/Dublin"?'
            ),
        ],
    ),
    (
        "a query left out",
        'checks = "SELECT 3"\n',
        "",
        [
            "4: source.checks: is missing: source.url needs the query",
        ],
    ),
    (
        "a statement that is no query",
        'checks = "SELECT 3"\n',
        'checks = "DELETE FROM checks"\n',
        [
            "9: source.checks: must be one SELECT",
        ],
    ),
    (
        "changes without a since",
        " WHERE changed_at >= :since",
        "",
        [
            "10: source.changed: must have the parameter :since, as in WHERE changed_at >= :since",
        ],
    ),
    (
        "a span in working days",
        '"26 hours"',
        '"26 working days"',
        [
            (
                '11: source.stale_after: must be "N seconds", "N minutes", "N hours" or "N days" in quotes, such '
                'as "15 minutes"'
            ),
        ],
    ),
    (
        "no time at all",
        '"26 hours"',
        '"0 hours"',
        [
            "11: source.stale_after: must be longer than nothing, and at most 31 days",
        ],
    ),
    (
        "a limit of nothing",
        "shrink_limit_percent = 10",
        "shrink_limit_percent = 0",
        [
            "12: source.shrink_limit_percent: must be at least 1",
        ],
    ),
    (
        "a limit of more than all",
        "shrink_limit_percent = 10",
        "shrink_limit_percent = 101",
        [
            "12: source.shrink_limit_percent: must be at most 100",
        ],
    ),
    (
        "an age that every reading would have",
        '"26 hours"',
        '"1 minute"',
        [
            "11: source.stale_after: must not be shorter than source.refresh_every: all would be stale",
        ],
    ),
    (
        "an age at which nobody notices",
        '"26 hours"',
        '"5 days"',
        [
            "11: source.stale_after: lets an extract that is 4 days old pass as fresh (finding)",
        ],
    ),
    (
        "a limit that half of the rows pass",
        "shrink_limit_percent = 10",
        "shrink_limit_percent = 51",
        [
            "12: source.shrink_limit_percent: lets an extract that lost more than 50 % of its rows pass (finding)",
        ],
    ),
    (
        "a number in quotes",
        "shrink_limit_percent = 10",
        'shrink_limit_percent = "10"',
        [
            "12: source.shrink_limit_percent: must be a whole number, without quotes",
        ],
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_each_slip_is_named_with_its_line(tmp_path: Path, old: str, new: str, expected: list[str]) -> None:
    """Each slip about a database gives its line, key and mend, and nothing else."""
    problems = problems_after(tmp_path, "riskwatch.toml", old, new)
    assert [f"config/riskwatch.toml:{line}" for line in expected] == problems
