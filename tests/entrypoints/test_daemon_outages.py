"""What the daemon stands on is away for a while: nothing is lost, and it goes on by itself."""

import json
import signal
import socket
import sqlite3
import ssl
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import trustme

from tests.entrypoints.conftest import edit
from tests.entrypoints.mail_server import MailServer
from tests.entrypoints.processes import (
    a_daemon,
    ask,
    call,
    daemon,
    given,
    letters_by_state,
    locked,
    officer_of,
    patched,
    soon,
    stamp,
    until,
    write_config,
)

AGENCY = """
url = "sqlite:///../agency.db"
children = "SELECT ref AS child_ref, 'harbour' AS unit, officer, NULL AS closed_at, NULL AS closed_recorded_at FROM kid"
assessments = '''SELECT ref AS assessment_id, ref AS child_ref, 'neglect' AS concern, 'high' AS tier,
made AS assessed_at, made AS recorded_at FROM kid'''
checks = "SELECT id AS check_id, ref AS child_ref, kind, at AS checked_at, at AS recorded_at FROM visit"
changed = "SELECT ref AS child_ref, made AS changed_at FROM changes WHERE made >= :since"
refresh_every = "1 seconds"
statement_timeout = "1 seconds"
"""


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def an_agency(folder: Path, *assessed_at: str) -> Path:
    """Write an agency's own database with a child for each assessment, and return its file."""
    path = folder / "agency.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE kid (ref TEXT, officer TEXT, made TEXT)")
        connection.execute("CREATE TABLE visit (id TEXT, ref TEXT, kind TEXT, at TEXT)")
        rows = [(f"C{n}", officer_of(n), made) for n, made in enumerate(assessed_at)]
        connection.executemany("INSERT INTO kid VALUES (?, ?, ?)", rows)
        connection.execute("CREATE TABLE changes AS SELECT ref, made FROM kid")
    return path


def test_letters_wait_for_a_mail_server_that_is_down(tmp_path: Path) -> None:
    """They are tried again, and go once it is up."""
    port = free_port()
    config = given(write_config(tmp_path, port), due_at=[soon(-60)] * 6)
    with a_daemon(config) as running:
        running.wait_for("delivery-stopped")
        assert {"pending": 6} == letters_by_state(config)
        with MailServer(port=port) as mail:
            until(lambda: {"sent": 6} == letters_by_state(config), "every letter")
    assert sorted(officer_of(n) for n in range(6)) == mail.recipients()


def test_a_certificate_that_nobody_trusts_burns_no_letter(tmp_path: Path) -> None:
    """It is for a person to mend: the log and the status say so, and no attempt is counted against a letter."""
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    with MailServer(tls=tls) as mail:
        config = given(write_config(tmp_path, mail.port, security="tls"), due_at=[soon(-60)] * 6)
        with a_daemon(config) as running:
            assert "cannot be used as configured: TLS" in running.wait_for("delivery-stopped")["problem"]
            until(lambda: {"pending": 6} == letters_by_state(config), "letters put back")
            assert [(0,)] == ask(config, "SELECT DISTINCT attempts FROM letter")
            status = call(config, "status", "--json")
            assert 1 == status.returncode
            assert any("TLS" in problem["message"] for problem in json.loads(status.stdout)["problems"])
            (wait,) = ask(config, "SELECT max(strftime('%s', next_attempt_at)) - strftime('%s', 'now') FROM letter")[0]
            assert wait <= 60  # tried again within the minute, so that nobody need restart what was mended elsewhere
            assert [] == mail.letters


def test_what_was_mended_is_tried_at_once(tmp_path: Path) -> None:
    """Letters that wait for an hour because of a wrong certificate leave as soon as SIGHUP takes up another server."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(tls)
    with MailServer(tls=tls) as wrong, MailServer() as right:
        config = given(write_config(tmp_path, wrong.port, security="tls"), due_at=[soon(-60)] * 6)
        with daemon(config, start=patched(batch__MISCONFIGURED_RETRY=timedelta(hours=1))) as running:
            running.wait_for("delivery-stopped")
            until(lambda: {"pending": 6} == letters_by_state(config), "letters put back")
            edit(config / "riskwatch.toml", f"port = {wrong.port}", f"port = {right.port}")
            edit(config / "riskwatch.toml", 'security = "tls"', 'security = "none"')
            running.send(signal.SIGHUP)
            wanted = {officer_of(n) for n in range(6)}
            until(lambda: wanted <= {*right.recipients()}, "every letter")  # long before the hour of their wait is over
            running.stop()


def test_a_store_that_is_locked_for_a_while_is_waited_for(tmp_path: Path) -> None:
    """A deadline that passes meanwhile is told as soon as the lock is gone, and the daemon says what it waits for."""
    with MailServer() as mail:
        config = write_config(tmp_path, mail.port, source='refresh_every = "1 seconds"')
        given(config, due_at=[soon(-60)])
        with daemon(config, start=patched(engine__BUSY_TIMEOUT_S=0.2, waking__RETRY=timedelta(seconds=0.5))) as running:
            until(lambda: {"sent": 1} == letters_by_state(config), "the first letter")
            given(config, due_at=[soon(3)], first=1)
            with locked(config):
                problem = running.wait_for("deciding-failed", times=2)["problem"]
                assert "another process kept it locked" in problem
            until(lambda: len(mail.letters) >= 2, "the second letter")
            running.stop()
    assert [officer_of(0), officer_of(1)] == mail.recipients()


def test_an_agency_that_is_away_for_a_while_withdraws_nothing(tmp_path: Path) -> None:
    """What is owed stays owed and is told in time; a check recorded meanwhile counts when the agency is back."""
    agency = an_agency(tmp_path, stamp(soon(-3700)), stamp(soon(-3594)))
    with MailServer() as mail:
        config = write_config(tmp_path, mail.port, source=AGENCY)
        with a_daemon(config) as running:
            until(lambda: mail.letters, "the first letter")
            with closing(sqlite3.connect(agency)) as loading, loading:
                loading.execute("BEGIN EXCLUSIVE")
                until(lambda: any(done["problem"] for done in running.events("refreshed")), "a failed reading")
                until(lambda: len(mail.letters) >= 2, "the second letter")
                assert [(2,)] == ask(config, "SELECT count(*) FROM obligation WHERE ended_at IS NULL")
                assert [(0,)] == ask(config, "SELECT count(*) FROM obligation WHERE doubted_at IS NOT NULL")
                now = stamp(soon(0))
                loading.execute("INSERT INTO visit VALUES ('K0', 'C0', 'seen', ?)", (now,))
                loading.execute("INSERT INTO changes VALUES ('C0', ?)", (now,))
            until(lambda: len(mail.letters) >= 3, "the clearing letter")
            assert "" == running.events("refreshed")[-1]["problem"]
    assert [officer_of(0), officer_of(1), officer_of(0)] == [letter.to for letter in mail.letters]


def test_a_policy_taken_up_while_the_agency_is_away_counts_when_it_is_back(tmp_path: Path) -> None:
    """A full reading that failed is made up for: children without a change would keep the old policy till the night."""
    agency = an_agency(tmp_path, stamp(soon(-5400)), stamp(soon(-60)))  # the second is read anew each time
    with MailServer() as mail:
        config = write_config(tmp_path, mail.port, source=AGENCY)
        line = 'first = "1 hours"'
        edit(config / "policy.toml", line, 'first = "2 hours"')
        with a_daemon(config) as running:
            running.wait_for("refreshed", times=2)
            agency.rename(tmp_path / "away.db")
            edit(config / "policy.toml", 'first = "2 hours"', line)
            running.send(signal.SIGHUP)
            running.wait_for("configured")
            until(lambda: running.events("refreshed")[-1]["problem"], "a failed reading")
            (tmp_path / "away.db").rename(agency)
            until(lambda: officer_of(0) in mail.recipients(), "the letter that the new policy asks for")
    # The administrator hears of the new policy, and nobody else of anything.
    assert [officer_of(0)] == [to for to in mail.recipients() if to != "admin@example.police.uk"]
