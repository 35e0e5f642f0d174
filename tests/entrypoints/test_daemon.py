"""The daemon at its work: what is overdue, what falls due while it sleeps, and what is cleared."""

from collections import Counter
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path

import pytest

from tests.entrypoints.mail_server import MailServer
from tests.entrypoints.processes import (
    a_daemon,
    call,
    given,
    officer_of,
    soon,
    stamp,
    until,
    write_config,
    write_facts,
)


@pytest.fixture
def mail() -> Iterator[MailServer]:
    """A mail server on this machine."""
    with MailServer() as server:
        yield server


def test_what_is_overdue_is_told_at_once_and_what_falls_due_in_its_second(tmp_path: Path, mail: MailServer) -> None:
    """The daemon sleeps until a deadline, not for a fixed time."""
    config = write_config(tmp_path, mail.port)
    overdue, due = soon(-60), soon(8)
    given(config, due_at=[overdue, due])
    with a_daemon(config):
        until(lambda: len(mail.letters) >= 2, "two letters")
    assert [officer_of(0), officer_of(1)] == [letter.to for letter in mail.letters]
    first, second = mail.letters
    assert 0 <= second.at - due.timestamp()
    assert second.at - max(due.timestamp(), first.at) < 1  # a busy machine may start it only after the deadline
    assert "C1" in str(message_from_bytes(second.content)["Subject"])


def test_a_deadline_that_is_imported_while_it_sleeps_is_told_in_its_second(tmp_path: Path, mail: MailServer) -> None:
    """An earlier deadline takes the place of the one slept for."""
    config = write_config(tmp_path, mail.port, source='refresh_every = "1 seconds"')
    given(config, due_at=[soon(1800)])
    with a_daemon(config) as running:
        running.wait_for("refreshed")
        due = soon(6)
        call(config, "import", str(write_facts(tmp_path / "more", due_at=[due], first=1)))
        until(lambda: mail.letters, "a letter")
    (letter,) = mail.letters
    assert officer_of(1) == letter.to
    assert 0 <= letter.at - due.timestamp() < 1


def test_a_check_imported_while_it_runs_clears_and_tells_each_person_once(tmp_path: Path, mail: MailServer) -> None:
    """Everyone who was told is told that it is over, and nobody twice."""
    config = write_config(tmp_path, mail.port, source='refresh_every = "1 seconds"')
    given(config, due_at=[soon(-5 * 3600), soon(-60)])
    with a_daemon(config) as running:
        until(lambda: len(mail.letters) >= 3, "the letters on what is overdue")
        told = [officer_of(0), officer_of(1), "ds@example.police.uk"]
        assert sorted(told) == mail.recipients()
        call(config, "import", str(write_facts(tmp_path / "seen", checks=[f"K0,C0,seen,{stamp(soon(-1))},"])))
        until(lambda: len(mail.letters) >= 5, "the clearing letters")
        running.wait_for("refreshed", times=len(running.events("refreshed")) + 2)
    expected = Counter(told) + Counter([officer_of(0), "ds@example.police.uk"])
    assert expected == Counter(mail.recipients())
    cleared = [str(message_from_bytes(letter.content)["Subject"]) for letter in mail.letters[3:]]
    assert all("C0" in subject and "leared" in subject for subject in cleared), cleared
