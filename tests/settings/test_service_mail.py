"""What check-config says of mail, letters and the daemon in riskwatch.toml."""

from pathlib import Path

import pytest

from tests.settings.folders import problems_after

Row = tuple[str, str, str, list[str]]
"""What is written, in place of what, as what, and the problems of the file after it."""

ROWS: list[Row] = [
    (
        "no mail server",
        'host = "relay.north.police.uk"\n',
        "",
        [
            "14: smtp.host: is missing",
        ],
    ),
    (
        "a mail server with words",
        'host = "relay.north.police.uk"\n',
        'host = "relay.north.police.uk port 25"\n',
        [
            "15: smtp.host: must be the name or number of one host; its port stands in smtp.port",
        ],
    ),
    (
        "no sender",
        'sender = "riskwatch@north.police.uk"\n',
        "",
        [
            "14: smtp.sender: is missing",
        ],
    ),
    (
        "a sender that is no address",
        'sender = "riskwatch@north.police.uk"\n',
        'sender = "riskwatch"\n',
        [
            "17: smtp.sender: must be one plain address, such as riskwatch@north.police.uk",
        ],
    ),
    (
        "letters in clear text to another machine",
        '"starttls"',
        '"none"',
        [
            '16: smtp.security: must be "starttls" or "tls": "none" is for a server on this machine only',
        ],
    ),
    (
        "a misspelt protection",
        '"starttls"',
        '"startls"',
        [
            '16: smtp.security: "startls" is not a way to protect the connection; did you mean "starttls"?',
        ],
    ),
    (
        "a password without a user",
        'security = "starttls"',
        'password_file = "/etc/hostname"',
        [
            "14: smtp.username: is missing: smtp.password_file is given",
        ],
    ),
    (
        "an authority file that is not there",
        'security = "starttls"',
        'ca_file = "nowhere.pem"',
        [
            "16: smtp.ca_file: is not a file",
        ],
    ),
    (
        "more connections than allowed",
        'security = "starttls"',
        "connections = 100",
        [
            "16: smtp.connections: must be at most 20",
        ],
    ),
    (
        "a password in the file",
        'security = "starttls"',
        'password = "secret"',
        [
            '16: smtp.password: is not a known key; did you mean "password_file"?',
        ],
    ),
    (
        "a limit of nothing",
        'security = "starttls"',
        "per_minute = 0",
        [
            "16: smtp.per_minute: must be at least 1",
        ],
    ),
    (
        "a wait without a unit",
        'security = "starttls"',
        "fallback_after = 120",
        [
            '16: smtp.fallback_after: must be "N seconds", "N minutes", "N hours" or "N days" in quotes, such as '
            '"15 minutes"',
        ],
    ),
    (
        "a relay that stands in, with every slip",
        "[letters]",
        '[[smtp.fallback]]\nhost = "two.north.police.uk"\nsecurity = "none"\nusername = "riskwatch"\n'
        'ca_file = "nowhere.pem"\nsender = "riskwatch@north.police.uk"\n[letters]',
        [
            "19: smtp.fallback[1].password_file: is missing: smtp.fallback[1].username is given",
            '21: smtp.fallback[1].security: must be "starttls" or "tls": "none" is for a server on this machine only',
            "23: smtp.fallback[1].ca_file: is not a file",
            '24: smtp.fallback[1].sender: is not a known key; known: "ca_file", "connections", "host", '
            '"password_file", "per_minute", "port", "security", "timeout", ...',
        ],
    ),
    (
        "a second relay that stands in without a host, and with a password for nobody",
        "[letters]",
        '[[smtp.fallback]]\nhost = "two.north.police.uk"\n[[smtp.fallback]]\npassword_file = "/nowhere"\n[letters]',
        [
            "21: smtp.fallback[2].host: is missing",
            "21: smtp.fallback[2].username: is missing: smtp.fallback[2].password_file is given",
            "22: smtp.fallback[2].password_file: is not there (yet): no file of that name on this machine (finding)",
        ],
    ),
    (
        "too many relays that stand in",
        "[letters]",
        '[[smtp.fallback]]\nhost = "relay.north.police.uk"\n' * 5 + "[letters]",
        [
            "19: smtp.fallback: must have at most 4 entries",
        ],
    ),
    (
        "a relay written as a table",
        "[letters]",
        '[smtp.fallback]\nhost = "two.north.police.uk"\n[letters]',
        [
            "19: smtp.fallback: must be a list: [ ... ]",
        ],
    ),
    (
        "no mail section",
        '[smtp]\nhost = "relay.north.police.uk"\nsecurity = "starttls"\nsender = "riskwatch@north.police.uk"\n',
        "",
        [
            "1: smtp: is missing: no letter can be sent (finding)",
        ],
    ),
    (
        "a marking of two lines",
        'marking = "OFFICIAL-SENSITIVE"',
        'marking = "OFFICIAL\\nSENSITIVE"',
        [
            "20: letters.marking: must be printable text on one line",
        ],
    ),
    (
        "templates that are not there",
        'marking = "OFFICIAL-SENSITIVE"',
        'templates = "nowhere"',
        [
            "20: letters.templates: is not a folder; left out, the shipped templates serve",
        ],
    ),
    (
        "a link without encryption",
        "https://records",
        "http://records",
        [
            "21: letters.case_link: must be an https address that holds {child_ref} and no other braces, or blank",
        ],
    ),
    (
        "a link with other braces",
        "{child_ref}",
        "{child}",
        [
            "21: letters.case_link: must be an https address that holds {child_ref} and no other braces, or blank",
        ],
    ),
    (
        "health for everybody",
        '"127.0.0.1:8099"',
        '"0.0.0.0:8099"',
        [
            "24: service.health_listen: answers other machines too; usually 127.0.0.1 is meant (finding)",
        ],
    ),
    (
        "health without a host",
        '"127.0.0.1:8099"',
        '"8099"',
        [
            '24: service.health_listen: must be host:port, such as "127.0.0.1:8099", or blank',
        ],
    ),
    (
        "a time with a dot",
        '"07:30"',
        '"7.30"',
        [
            '25: service.daily_letter_at: must be a time of day in quotes, such as "07:00"',
        ],
    ),
    (
        "a wait that any hiccup exceeds",
        'daily_letter_at = "07:30"',
        'unsent_limit = "4 minutes"',
        [
            "25: service.unsent_limit: is short: a mail server that is busy for a moment is called a fault (finding)",
        ],
    ),
    (
        "a wait that nobody notices",
        'daily_letter_at = "07:30"',
        'unsent_limit = "5 hours"',
        [
            "25: service.unsent_limit: is long: a mail server that is down goes unnoticed for over 4 hours (finding)",
        ],
    ),
    (
        "a heartbeat without encryption",
        "https://watchdog",
        "http://watchdog",
        [
            "26: service.heartbeat_url: must be an https address, or blank",
        ],
    ),
    (
        "a level in capitals",
        '"info"',
        '"INFO"',
        [
            '27: service.log_level: "INFO" is not a level of the log; did you mean "info"?',
        ],
    ),
    (
        "an unknown level",
        '"info"',
        '"verbose"',
        [
            '27: service.log_level: "verbose" is not a level of the log; known: "debug", "error", "info", "warning"',
        ],
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_each_slip_is_named_with_its_line(tmp_path: Path, old: str, new: str, expected: list[str]) -> None:
    """Each slip about mail, letters or the daemon gives its line, key and mend, and nothing else."""
    problems = problems_after(tmp_path, "riskwatch.toml", old, new)
    assert [f"config/riskwatch.toml:{line}" for line in expected] == problems
