"""What the daemon logs: every line of it JSON, and nobody's name, address or story in it."""

import json
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.entrypoints.conftest import edit
from tests.entrypoints.mail_server import MailServer
from tests.entrypoints.processes import (
    Running,
    a_daemon,
    letters_by_state,
    soon,
    stamp,
    until,
    write_config,
)

NAMES = ("Tommy Bloggs", "12 Acacia Avenue", "S3CR3T-STORY")
AGENCY = """
url = "sqlite:///../agency.db"
children = "SELECT ref AS child_ref, 'harbour' AS unit, officer, closed AS closed_at, NULL AS closed_recorded_at, name, note FROM kid"
assessments = '''SELECT ref AS assessment_id, ref AS child_ref, concern, tier, made AS assessed_at, made AS recorded_at,
name, note FROM kid'''
checks = "SELECT id AS check_id, ref AS child_ref, kind, at AS checked_at, at AS recorded_at FROM visit"
refresh_every = "1 seconds"
"""  # noqa: E501  a line of TOML
OFFICERS = (
    "pc1@example.police.uk",
    "pc2@elsewhere.example",
    "Tommy Bloggs <pc3@example.police.uk>",
    "pc4@example.police.uk\r\nBcc: press@news.example",
    '"Tommy Bloggs"@example.police.uk',
    "{{ 7 * 7 }}@example.police.uk",
    "x" * 4000 + "@example.police.uk",
    "",
)


def an_agency(folder: Path) -> None:
    """Write an agency's database with hostile officers, stories in columns that nobody reads, and unreadable rows."""
    name, address, story = NAMES
    made = stamp(soon(-7200))
    rows = [(f"C{n}", officer, "neglect", "high", made) for n, officer in enumerate(OFFICERS)]
    rows += [
        ("C20", OFFICERS[0], f"{story} {address}", f"{name} tier", made),
        ("C21", OFFICERS[0], "neglect", "high", f"{story} o'clock"),
    ]
    with closing(sqlite3.connect(folder / "agency.db")) as connection, connection:
        connection.execute("CREATE TABLE kid (ref, officer, concern, tier, made, closed, name, note)")
        connection.execute("CREATE TABLE visit (id, ref, kind, at)")
        connection.executemany(
            "INSERT INTO kid VALUES (?, ?, ?, ?, ?, NULL, ?, ?)", [(*row, name, f"{address} {story}") for row in rows]
        )
        connection.execute("INSERT INTO visit VALUES ('K1', 'C1', ?, ?)", (f"{story} kind", made))
        connection.execute("INSERT INTO visit VALUES ('K2', 'C1', 'seen', ?)", (f"{name} at noon",))


def log_of(running: Running) -> str:
    """Return the log, every line of which is one JSON object."""
    lines = running.lines()
    assert all(isinstance(json.loads(line), dict) for line in lines)
    return "\n".join(lines)


def test_no_word_of_the_records_reaches_the_log(tmp_path: Path) -> None:
    """Stories in columns that are not read, in words that are not known, and in officers' fields."""
    an_agency(tmp_path)
    with MailServer() as mail:
        config = write_config(tmp_path, mail.port, source=AGENCY)
        edit(config / "riskwatch.toml", "[service]", '[service]\nlog_level = "debug"')
        with a_daemon(config) as running:
            until(lambda: len(mail.letters) >= 2 and set(letters_by_state(config)) == {"sent"}, "letters")
            running.send(signal.SIGHUP)
            running.wait_for("configured")
            running.wait_for("refreshed", times=len(running.events("refreshed")) + 2)
        log = log_of(running)
    for word in (*NAMES, "Tommy", "@", "press", "x" * 20):
        assert word not in log, word


def test_an_address_that_the_mail_server_repeats_does_not_reach_the_log(tmp_path: Path) -> None:
    """Servers name the recipient in their answers; the journal and the status keep that, the log does not."""
    an_agency(tmp_path)
    with MailServer(answer="554 5.7.1 <pc1@example.police.uk>: Relay access denied") as mail:
        config = write_config(tmp_path, mail.port, source=AGENCY)
        with a_daemon(config) as running:
            running.wait_for("delivery-stopped")
        assert "@" not in log_of(running)
