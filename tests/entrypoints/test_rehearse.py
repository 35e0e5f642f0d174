"""The rehearsal as a process: everything as in earnest, but for who gets the letters and which books remember it."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path

import pytest

from tests.entrypoints.mail_server import MailServer
from tests.entrypoints.processes import Running, a_daemon, ask, call, given, officer_of, until, write_config

TRIAL = "trial@example.police.uk"


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _rehearsal(config: Path, *argv: str) -> Running:
    database = str(config.parent / "rehearsal.db")
    command = ["--config", str(config), "rehearse", "--database", database, *argv]
    return Running(command, config.parent / "rehearsal.log")


def _subject(content: bytes) -> str:
    return str(message_from_bytes(content, policy=SMTP)["Subject"])


def test_every_letter_goes_to_the_one_address_and_the_real_service_knows_nothing_of_it(tmp_path: Path) -> None:
    """The rehearsal tells of a child; the real daemon, started after it, tells the officer all the same."""
    with MailServer() as mail:
        config = given(write_config(tmp_path, mail.port), due_at=[_now() - timedelta(minutes=5)])
        with _rehearsal(config, "--to", TRIAL) as rehearsal:
            until(lambda: mail.letters, "the first letter")
            rehearsal.stop()
        assert {TRIAL} == set(mail.recipients())
        assert any(_subject(letter.content).startswith(f"[REHEARSAL for {officer_of(0)}]") for letter in mail.letters)
        assert [(0,)] == ask(config, "SELECT count(*) FROM letter")
        seen = len(mail.letters)
        with a_daemon(config):
            until(lambda: len(mail.letters) > seen, "the real letter")
        assert officer_of(0) in mail.recipients()


def test_letters_can_go_to_a_folder_with_no_mail_server_at_all(tmp_path: Path) -> None:
    """Whoever tries riskwatch on the first day has a source, and no relay yet."""
    config = given(write_config(tmp_path, 9), due_at=[_now() - timedelta(minutes=5)])
    service = config / "riskwatch.toml"
    text = service.read_text()
    service.write_text(text[: text.index("[smtp]")] + text[text.index("[service]") :])
    folder = tmp_path / "letters"
    with _rehearsal(config, "--folder", str(folder)) as rehearsal:
        until(lambda: folder.exists() and [*folder.glob("*.eml")], "the first letter")
        rehearsal.stop()
    (letter, *_) = folder.glob("*.eml")
    assert _subject(letter.read_bytes()).startswith("[REHEARSAL for ")
    assert 0o600 == letter.stat().st_mode & 0o777


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--to", "a.friend@example.com"], "--to: 'a.friend@example.com' is no plain lower-case address on an allowed"),
        (["--to", TRIAL, "--database", "riskwatch.db"], "--database: riskwatch.db holds the service's own books"),
        ([], "one of the arguments --to --folder is required"),
    ],
    ids=["a stranger", "the real books", "nowhere"],
)
def test_a_place_that_may_not_have_the_letters_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, argv: list[str], said: str
) -> None:
    """A rehearsal shows the same cases as the real thing: it goes to no stranger, and writes in no real books."""
    monkeypatch.chdir(tmp_path)
    done = call(write_config(tmp_path, 9), "rehearse", *argv)
    assert 2 == done.returncode
    assert said in done.stderr
    assert 1 == len(done.stderr.splitlines())
