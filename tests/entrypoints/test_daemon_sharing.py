"""Two at one database: refused where it is a file, and no letter twice where it is a server."""

from pathlib import Path

from tests.adapters.conftest import postgres_server, postgres_url
from tests.entrypoints.mail_server import MailServer
from tests.entrypoints.processes import (
    Running,
    a_daemon,
    call,
    daemon,
    given,
    officer_of,
    soon,
    until,
    write_config,
)

__all__ = ["postgres_server", "postgres_url"]  # fixtures, used by name

LETTERS = 60


def test_a_second_one_on_the_same_file_is_refused(tmp_path: Path) -> None:
    """One line says who holds the file and what to do, to a daemon and to a sweep; the first daemon goes on."""
    config = write_config(tmp_path, 1)
    with a_daemon(config) as first:
        first.wait_for("refreshed")
        for command in ("run", "sweep"):
            second = call(config, command)
            assert (3, "") == (second.returncode, second.stdout)
            (line,) = second.stderr.splitlines()
            assert "another riskwatch daemon holds" in line
            assert str(tmp_path / "riskwatch.db") in line


def test_two_daemons_on_one_server_send_every_letter_once(tmp_path: Path, postgres_url: str) -> None:
    """Each letter is claimed by one of them."""
    with MailServer(delay_s=0.02) as mail:
        config = given(
            write_config(tmp_path, mail.port, database=postgres_url.replace(":@", "@")), due_at=[soon(-60)] * LETTERS
        )
        other = Running(["--config", str(config), "run"], tmp_path / "other.log")
        with daemon(config) as one, other:
            until(lambda: len(mail.letters) >= LETTERS, "every letter")
            for running in (one, other):
                running.wait_for("refreshed")
                running.stop()
    assert sorted(officer_of(n) for n in range(LETTERS)) == mail.recipients()
