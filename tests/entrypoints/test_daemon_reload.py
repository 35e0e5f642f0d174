"""SIGHUP: a good configuration is taken up whole, a bad one not at all."""

import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.entrypoints.conftest import edit
from tests.entrypoints.mail_server import MailServer
from tests.entrypoints.processes import (
    Running,
    a_daemon,
    ask,
    daemon,
    given,
    locked,
    officer_of,
    patched,
    soon,
    until,
    write_config,
)

ADMINISTRATOR = "admin@example.police.uk"


@pytest.fixture
def mail() -> Iterator[MailServer]:
    """A mail server on this machine."""
    with MailServer() as server:
        yield server


@pytest.fixture
def config(tmp_path: Path, mail: MailServer) -> Path:
    """One child whose deadline passed an hour ago, but for some seconds."""
    return given(write_config(tmp_path, mail.port), due_at=[soon(10 - 3600)])


@pytest.fixture
def running(config: Path, mail: MailServer) -> Iterator[Running]:
    """A daemon that has told of it."""
    with a_daemon(config) as running:
        until(lambda: mail.letters, "the first letter")
        running.wait_for("delivered")
        yield running


def refused(running: Running, problems: int) -> list[str]:
    """Have it take up what cannot be used, and return what it logged."""
    running.send(signal.SIGHUP)
    running.wait_for("configuration-refused", times=problems)
    return [event["problem"] for event in running.events("configuration-refused")]


def test_a_good_change_is_taken_up_whole(config: Path, running: Running, mail: MailServer) -> None:
    """New steps and a new holder of a role count for what is overdue already; the journal says from when."""
    (due_at,) = ask(config, "SELECT strftime('%s', due_at) FROM obligation")[0]
    edit(config / "policy.toml", 'version = "test-1"', 'version = "test-2"')
    edit(config / "policy.toml", '"4 hours", to = "supervisor"', '"1 hours", to = "supervisor"')
    edit(config / "directory.toml", 'supervisor = "ds@', 'supervisor = "new.ds@')
    running.send(signal.SIGHUP)
    assert "test-2" == running.wait_for("configured")["policy_version"]
    until(lambda: len(mail.letters) >= 3, "the letters to the new supervisor and to the administrator")
    told = [letter for letter in mail.letters if letter.to != ADMINISTRATOR]
    assert [officer_of(0), "new.ds@example.police.uk"] == [letter.to for letter in told]
    assert told[1].at >= int(due_at) + 3600
    journal = ask(config, "SELECT policy_version, subject FROM journal WHERE decision = 'configured' ORDER BY seq")
    assert [("test-1", "policy"), ("test-2", "policy")] == journal
    assert [("test-1",), ("test-2",)] == ask(config, "SELECT policy_version FROM notice ORDER BY policy_version")


def test_times_of_the_daemon_itself_are_taken_up(config: Path, running: Running, mail: MailServer) -> None:
    """A shorter `refresh_every` reads sooner: it is not kept from the start."""
    edit(config / "riskwatch.toml", 'refresh_every = "1 hours"', 'refresh_every = "1 seconds"')
    running.send(signal.SIGHUP)
    running.wait_for("configured")
    running.wait_for("refreshed", times=len(running.events("refreshed")) + 3)


def test_a_bad_file_keeps_the_old_and_names_each_problem(
    config: Path, running: Running, mail: MailServer, tmp_path: Path
) -> None:
    """File, line, key and mend, for every problem, and the daemon goes on as it was."""
    policy_line = edit(config / "policy.toml", 'first = "1 hours"', 'first = "1 hrs"')
    directory_line = edit(config / "directory.toml", "fallback = ", "fallbak = ")
    problems = refused(running, 2)
    assert any(f"policy.toml:{policy_line}: " in problem for problem in problems), problems
    assert any(f"directory.toml:{directory_line}: " in problem for problem in problems), problems
    (tmp_path / "other").mkdir()
    store = f"sqlite:///{tmp_path}/riskwatch.db"
    given(write_config(tmp_path / "other", mail.port, database=store), due_at=[soon(-60)], first=1)
    running.send(signal.SIGHUP)
    until(lambda: officer_of(1) in [letter.to for letter in mail.letters], "the second child's letter")
    assert [] == running.events("deciding-failed")


def test_another_database_is_refused_in_words(config: Path, running: Running) -> None:
    """The store is opened once: what is in it cannot be left behind while running."""
    edit(config / "riskwatch.toml", "riskwatch.db", "other.db")
    (problem,) = refused(running, 1)
    assert "database" in problem
    assert "restart" in problem
    assert not (config.parent / "other.db").exists()


def test_a_change_that_cannot_be_written_down_is_taken_up_later(config: Path, mail: MailServer) -> None:
    """With the store locked, the daemon stays on the old configuration until the journal can name the new one."""
    with daemon(config, start=patched(engine__BUSY_TIMEOUT_S=0.2, waking__RETRY=timedelta(seconds=0.5))) as running:
        until(lambda: mail.letters, "the first letter")
        running.wait_for("delivered")
        edit(config / "policy.toml", 'version = "test-1"', 'version = "test-2"')
        with locked(config):
            running.send(signal.SIGHUP)
            running.wait_for("deciding-failed")
            assert [] == running.events("configured")
        running.wait_for("configured")
        running.stop()
    assert [(2,)] == ask(config, "SELECT count(*) FROM journal WHERE decision = 'configured'")
