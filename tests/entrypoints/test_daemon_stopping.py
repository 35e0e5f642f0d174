"""The daemon stopped under a load of letters: none is lost, and none comes twice but by kill -9."""

import random
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from riskwatch.clock import SystemClock
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
    until,
    write_config,
)

LETTERS = 300
KILLS = 4
CONNECTIONS = 4


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


def test_kill_9_at_any_moment_loses_no_letter(tmp_path: Path) -> None:
    """Each kill repeats at most the one letter of each connection, with the same Message-ID: duplicate over silence."""
    seed = int(SystemClock().now().timestamp())
    rolled = random.Random(seed)
    with MailServer(delay_s=0.01) as mail:
        config = write_config(tmp_path, mail.port, connections=CONNECTIONS)
        given(config, due_at=[soon(-60)] * LETTERS)
        for kill in range(KILLS):
            with daemon(config) as running:
                wanted = len(mail.letters) + rolled.randint(0, LETTERS // KILLS)
                if kill:  # the first is killed somewhere in its first reading
                    until(lambda wanted=wanted: len(mail.letters) >= wanted, f"letters; seed {seed}")  # type: ignore[misc]
                else:
                    running.wait_for("started")
                time.sleep(rolled.uniform(0, 0.05))
                running.send(signal.SIGKILL)
                assert -signal.SIGKILL == running.ended()
        with a_daemon(config):
            until(lambda: {"sent": LETTERS} == letters_by_state(config), f"all letters; seed {seed}")
        came = Counter((letter.to, letter.message_id) for letter in mail.letters)
    assert sorted(officer_of(n) for n in range(LETTERS)) == sorted(to for to, _ in came), f"seed {seed}"
    assert sum(came.values()) - LETTERS <= KILLS * CONNECTIONS, f"seed {seed}"
    assert [(LETTERS,)] == ask(config, "SELECT count(*) FROM notice WHERE fate = 'sent'")
