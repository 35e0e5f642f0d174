"""`riskwatch reload`: asks the running daemon, and says what came of it; and what is told of a change of policy."""

import signal
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.entrypoints.conftest import edit
from tests.entrypoints.mail_server import MailServer
from tests.entrypoints.processes import Running, a_daemon, ask, call, daemon, given, soon, until, write_config

ADMINISTRATOR = "admin@example.police.uk"
VERSION = 'version = "test-1"'


@pytest.fixture
def mail() -> Iterator[MailServer]:
    """A mail server on this machine."""
    with MailServer() as server:
        yield server


@pytest.fixture
def config(tmp_path: Path, mail: MailServer) -> Path:
    """One child whose deadline is half an hour ahead."""
    return given(write_config(tmp_path, mail.port), due_at=[soon(1800)])


@pytest.fixture
def running(config: Path) -> Iterator[Running]:
    """A daemon that watches the child."""
    with a_daemon(config) as running:
        running.wait_for("refreshed")
        yield running


def to_the_administrator(mail: MailServer, number: int) -> EmailMessage:
    """Return the nth letter to the administrator, when it comes."""

    def found() -> list[bytes]:
        return [letter.content for letter in mail.letters if letter.to == ADMINISTRATOR]

    until(lambda: len(found()) >= number, "a letter to the administrator")
    return message_from_bytes(found()[number - 1], policy=policy.default)


def text_of(letter: EmailMessage) -> str:
    """Return the plain text of a letter on one line."""
    body = letter.get_body(("plain",))
    assert body is not None
    return " ".join(str(body.get_content()).split())


def test_a_new_policy_is_taken_up_and_told(config: Path, running: Running, mail: MailServer) -> None:
    """The command says that it is in force; the letter counts what became earlier, and names what changed."""
    approved = 'version = "test-2"\napproved_by = "Det Supt Example"'
    edit(config / "policy.toml", VERSION, approved)
    edit(config / "policy.toml", 'first = "1 hours"', 'first = "50 minutes"'.replace("50 minutes", "1 hours"))
    edit(config / "policy.toml", 'repeat_every = "7 days"', 'repeat_every = "8 days"')
    edit(config / "directory.toml", 'supervisor = "ds@', 'supervisor = "new.ds@')
    done = call(config, "reload")
    assert (0, "policy test-2 is in force\n") == (done.returncode, done.stdout), done.stderr
    letter = to_the_administrator(mail, 1)
    assert "Policy test-2 loaded by Det Supt Example: 1 ladder changed, 1 unit changed" in str(letter["Subject"])
    text = text_of(letter)
    assert "ladders: changed urgent" in text
    assert "units: changed harbour" in text
    assert "(riskwatch reload); before it, test-1 was in force" in text
    (by, detail) = ask(config, "SELECT policy_version, detail FROM journal WHERE decision = 'configured'")[-1]
    assert "test-2" == by
    assert "Det Supt Example" in detail
    again = call(config, "reload")
    assert "policy test-2 is in force, as it was: nothing has changed\n" == again.stdout


def test_bad_files_are_refused_before_anybody_is_asked(config: Path, running: Running) -> None:
    """The problems are printed, and the daemon never hears of it."""
    line = edit(config / "policy.toml", 'first = "1 hours"', 'first = "1 hrz"')
    done = call(config, "reload")
    assert 2 == done.returncode
    assert f"policy.toml:{line}: " in done.stderr
    assert [] == running.events("configuration-refused")
    status = call(config, "status")
    assert 2 == status.returncode
    assert "riskwatch: policy test-1, taken up " in status.stderr


def test_a_broken_template_is_refused_with_the_rest(config: Path, running: Running, mail: MailServer) -> None:
    """SIGHUP takes templates/ too or nothing; status, log and the administrator say so, once a day."""
    templates = config.parent / "templates"
    templates.mkdir()
    for shipped in (Path(__file__).parents[2] / "templates").iterdir():
        (templates / shipped.name).write_bytes(shipped.read_bytes())
    edit(config / "riskwatch.toml", "[service]", '[letters]\ntemplates = "../templates"\n\n[service]')
    running.send(signal.SIGHUP)
    running.wait_for("configured")
    (templates / "letter.txt.j2").write_text("{{ nonsense }}")
    edit(config / "directory.toml", 'supervisor = "ds@', 'supervisor = "new.ds@')
    assert 2 == call(config, "reload").returncode
    for times in (1, 2):
        running.send(signal.SIGHUP)
        running.wait_for("configuration-refused", times=times)
    assert 1 == len(running.events("configured"))
    letters = ask(config, "SELECT count(*) FROM letter WHERE subject LIKE '%configuration was refused%'")
    assert [(1,)] == letters
    status = call(config, "status")
    assert 1 == status.returncode
    assert "the configuration was refused, and the one before it stays in force: 1 problem, the first" in status.stderr
    (templates / "letter.txt.j2").write_bytes((Path(__file__).parents[2] / "templates" / "letter.txt.j2").read_bytes())
    assert 0 == call(config, "reload").returncode
    assert "refused" not in call(config, "status").stderr


def test_a_policy_that_is_not_valid_yet_waits(config: Path, mail: MailServer) -> None:
    """The old one goes on, over a restart too, with the directory as it is now; then the new one is in force."""
    with a_daemon(config) as running:
        running.wait_for("refreshed")
    start = (soon(3600) + timedelta(days=1)).replace(tzinfo=None).isoformat()
    edit(config / "policy.toml", VERSION, f'version = "test-2"\nvalid_from = {start}')
    edit(config / "directory.toml", 'supervisor = "ds@', 'supervisor = "new.ds@')
    with a_daemon(config) as running:
        assert "test-1" == running.wait_for("started")["policy_version"]
        assert "policy test-2 is valid from" in running.wait_for("policy-waits")["problem"]
        done = call(config, "reload")
        assert 0 == done.returncode
        assert "policy test-1 is in force" in done.stdout
        assert "policy test-2 is valid from" in done.stdout
        assert "test-1 (policy test-2 is valid from" in call(config, "status").stdout
        edit(config / "policy.toml", start, "2020-01-01")
        assert "policy test-2 is in force\n" == call(config, "reload").stdout
        running.wait_for("configured", times=2)


def test_the_moment_of_a_policy_comes(config: Path) -> None:
    """The daemon takes it up by itself, at valid_from."""
    with a_daemon(config) as running:
        running.wait_for("refreshed")
        edit(config / "policy.toml", 'timezone = "Europe/London"', 'timezone = "UTC"')
        start = soon(5).replace(tzinfo=None).isoformat()
        edit(config / "policy.toml", VERSION, f'version = "test-2"\nvalid_from = {start}')
        running.send(signal.SIGHUP)
        assert "test-1" == running.wait_for("configured")["policy_version"]
        assert "test-2" == running.wait_for("configured", times=2)["policy_version"]
        details = ask(config, "SELECT detail FROM journal WHERE decision = 'configured' ORDER BY seq")
        assert "as its valid_from had come" in details[-1][0]


def test_a_rule_is_not_lost_by_a_slip_of_the_pen(config: Path, running: Running, mail: MailServer) -> None:
    """A policy without a rule under which something runs is refused, until it names the rule in `retires`."""
    edit(config / "policy.toml", VERSION, 'version = "test-2"')
    edit(config / "policy.toml", 'name = "seen-high"', 'name = "seen-soon"')
    done = call(config, "reload")
    assert 2 == done.returncode
    assert "rules are gone under which obligations are running: seen-high (1 obligation)" in done.stderr
    running.send(signal.SIGHUP)
    running.wait_for("configuration-refused")
    edit(config / "policy.toml", 'version = "test-2"', 'version = "test-2"\nretires = ["seen-high"]')
    assert 0 == call(config, "reload").returncode
    ended = "SELECT rule, ending FROM obligation ORDER BY rule"
    until(lambda: [("seen-high", "withdrawn"), ("seen-soon", None)] == ask(config, ended), "the end of the old rule")
    until(lambda: len([one for one in mail.letters if one.to == ADMINISTRATOR]) >= 2, "the letter that counts")
    assert "1 ended because their rule was taken out" in text_of(to_the_administrator(mail, 2))
    (detail,) = ask(config, "SELECT detail FROM journal WHERE decision = 'ended'")[0]
    assert "rule-retired" in detail


def test_a_restart_loses_no_rule_either(config: Path, mail: MailServer) -> None:
    """The daemon starts on the policy before, says so, and what it owed is owed still."""
    with a_daemon(config) as running:
        running.wait_for("refreshed")
    edit(config / "policy.toml", VERSION, 'version = "test-2"')
    edit(config / "policy.toml", 'name = "seen-high"', 'name = "seen-soon"')
    with a_daemon(config) as running:
        assert "test-1" == running.wait_for("started")["policy_version"]
        assert "seen-high (1 obligation)" in running.wait_for("configuration-refused")["problem"]
        assert "The configuration was refused" in str(to_the_administrator(mail, 1)["Subject"])
    assert [("seen-high", None)] == ask(config, "SELECT rule, ending FROM obligation")


def test_without_a_daemon_nobody_is_asked(config: Path) -> None:
    """The lock of the store's file is free: it says so, and how the files are taken up."""
    done = call(config, "reload")
    assert 3 == done.returncode
    assert "no daemon runs on this database" in done.stderr


def test_a_daemon_does_not_start_on_bad_files(config: Path) -> None:
    """Every problem, and exit code 2, as ever."""
    edit(config / "policy.toml", 'first = "1 hours"', 'first = "1 hrz"')
    with daemon(config) as running:
        assert 2 == running.ended()
        assert any("policy.toml:" in line for line in running.lines())
