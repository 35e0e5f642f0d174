"""The daemon told to stop under a load of letters: none is lost, and none comes twice. tests/faults has kill -9."""

import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.entrypoints.mail_server import MailServer
from tests.entrypoints.processes import (
    a_daemon,
    ask,
    daemon,
    given,
    letters_by_state,
    officer_of,
    patched,
    soon,
    stamp,
    until,
    write_config,
)
from tests.entrypoints.test_daemon_outages import AGENCY, an_agency


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_letters_on_their_way_arrive(tmp_path: Path, number: signal.Signals) -> None:
    """Those under way finish, the rest wait for the next start, and nothing is lost or doubled."""
    with MailServer(delay_s=0.5) as mail:
        config = write_config(tmp_path, mail.port)
        given(config, due_at=[soon(-60)] * 12)
        with daemon(config) as running:
            until(lambda: len(mail.letters) >= 2 and mail.under_way == 2, "two letters on their way")
            running.send(number)
            assert 0 == running.ended(), running.lines()
            assert 0 == running.wait_for("stopped")["late"]
        sent = len(mail.letters)
        assert 4 <= sent < 12
        assert {"sent": sent, "pending": 12 - sent} == letters_by_state(config)
        mail.delay_s = 0.0
        with a_daemon(config):
            until(lambda: len(mail.letters) >= 12, "the other letters")
        assert sorted(officer_of(n) for n in range(12)) == mail.recipients()
    assert {"sent": 12} == letters_by_state(config)


def test_a_mail_server_that_never_answers_does_not_keep_it_from_stopping(tmp_path: Path) -> None:
    """After the drain time the letter is given up, and goes again after the next start."""
    with MailServer(delay_s=3600) as mail:
        config = write_config(tmp_path, mail.port)
        given(config, due_at=[soon(-60)])
        with daemon(config, start=patched(daemon__DRAIN_S=0.5)) as running:
            until(lambda: mail.under_way, "a letter on its way")
            running.stop()
        mail.delay_s = 0.0
        with a_daemon(config):
            until(lambda: mail.letters, "the letter")
    assert [officer_of(0)] == mail.recipients()
    assert {"sent": 1} == letters_by_state(config)


def test_a_daemon_without_anything_to_do_stops_at_once(tmp_path: Path) -> None:
    """Nothing waits for a timer."""
    config = write_config(tmp_path, 1)
    with daemon(config) as running:
        running.wait_for("refreshed")
        asked = time.monotonic()
        running.stop()
        assert time.monotonic() - asked < 5


def test_a_reading_that_takes_long_does_not_keep_it_from_stopping(tmp_path: Path) -> None:
    """What the agency's database works at is broken off; that is no fault of the source, and is not told as one."""
    an_agency(tmp_path, stamp(soon(-60)))
    endless = "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT MAX(i) FROM n)"
    slow = AGENCY.replace("ref, kind, at AS", f"ref, {endless} AS kind, at AS").replace(
        't = "1 seconds"', 't = "60 seconds"'
    )
    with closing(sqlite3.connect(tmp_path / "agency.db")) as agency, agency:
        agency.execute("INSERT INTO visit VALUES ('K0', 'C0', 'seen', '2020-01-01')")
    config = write_config(tmp_path, 1, source=slow)
    with daemon(config) as running:
        running.wait_for("started")
        time.sleep(1)
        asked = time.monotonic()
        running.stop()
        assert time.monotonic() - asked < 10
        assert [] == running.events("refreshed")
        assert [] == running.events("deciding-failed")
    assert [(0,)] == ask(config, "SELECT count(*) FROM run WHERE stage = 'refresh'")
