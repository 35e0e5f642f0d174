"""Secrets with a mark in them: whatever riskwatch prints, logs, keeps or shows, none of them is in it."""

import io
import os
import sqlite3
import urllib.error
import urllib.request
from contextlib import closing, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from riskwatch.entrypoints.cli import main
from tests.entrypoints.conftest import Called
from tests.entrypoints.processes import Running, call, daemon, given, soon, until, write_config
from tests.entrypoints.test_daemon_outages import free_port

CANARY = "c4nary-secret"
SMTP, SOURCE, DATABASE, TOKEN, KEY = (f"{CANARY}-{name}" for name in ("smtp", "source", "database", "token", "key"))
COMMANDS = (
    ("check-config",),
    ("check-config", "--json"),
    ("status",),
    ("status", "--json"),
    ("overdue",),
    ("explain", "C0"),
    ("audit",),
    ("sweep",),
    ("sweep", "--dry-run"),
    ("sweep", "--json"),
    ("send-test", "pc1@example.police.uk"),
    ("journal", "show"),
    ("journal", "verify"),
)


def edit(config: Path, **lines: str) -> None:
    """Add lines to tables of riskwatch.toml."""
    path = config / "riskwatch.toml"
    text = path.read_text()
    for table, line in lines.items():
        assert f"[{table}]\n" in text
        text = text.replace(f"[{table}]\n", f"[{table}]\n{line}\n")
    path.write_text(text)


def files(folder: Path) -> list[Path]:
    """Return every file beside the secrets themselves."""
    return [path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(".secret")]


def secret(folder: Path, name: str, text: str) -> str:
    """Keep a secret in a file, and return its path."""
    path = folder / f"{name}.secret"
    path.write_text(text)
    path.chmod(0o600)
    return str(path)


def silent(folder: Path, *said: str) -> None:
    """See that no text and no file holds a secret."""
    for text in said:
        assert CANARY not in text
    for path in files(folder):
        assert CANARY.encode() not in path.read_bytes(), path


@pytest.mark.parametrize(("lost", "place"), [("database", "files"), ("source", "environment")])
def test_commands_that_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: str, place: str) -> None:
    """With a database that cannot be reached, or with a source and a mail server that cannot."""
    port = free_port()
    config = write_config(
        tmp_path,
        port,
        database=f"postgresql://riskwatch@127.0.0.1:{port}/riskwatch" if lost == "database" else "sqlite:///../r.db",
        source=f'url = "postgresql://reader@127.0.0.1:{port}/records"\n'
        + "\n".join(f"{name} = 'SELECT 1'" for name in ("children", "assessments", "checks")),
        security="starttls",
    )
    edit(config, smtp='username = "riskwatch"', service=f'heartbeat_url = "https://127.0.0.1:{port}/{CANARY}-path"')
    if place == "files":
        names = {"smtp": SMTP, "source": SOURCE, "database": DATABASE}
        edit(config, **{name: f'password_file = "{secret(tmp_path, name, text)}"' for name, text in names.items()})
    else:
        for name, text in (("SMTP", SMTP), ("SOURCE", SOURCE), ("DATABASE", DATABASE)):
            monkeypatch.setenv(f"RISKWATCH_{name}_PASSWORD", text)
    ran = [call_quickly(config, *argv) for argv in COMMANDS]
    assert {0, 1, 2, 3} >= {one.code for one in ran}
    assert any(one.code == 3 for one in ran)
    for one in ran:
        assert CANARY not in "\n".join([*one.out, *one.err])
    for path in files(tmp_path):
        assert path.name == "riskwatch.toml" or CANARY.encode() not in path.read_bytes(), path


def call_quickly(config: Path, *argv: str) -> Called:
    """Run one command in this process."""
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        try:
            code = main(["--config", str(config), *argv])
        except SystemExit as stop:
            code = int(stop.code or 0)
    return Called(code, out.getvalue().splitlines(), err.getvalue().splitlines())


WRONG = {
    "a password in database.url": ("database", f'url = "postgresql://riskwatch:{DATABASE}@server/riskwatch"'),
    "a password option of database.url": ("database", f'url = "postgresql://riskwatch@server/x?password={DATABASE}"'),
    "a password in source.url": ("source", f'url = "mysql://reader:{SOURCE}@server/records"'),
    "a password of odd characters": ("source", f'url = "postgresql://reader:p@ss:/{SOURCE}@server/records"'),
    "a password as a key": ("smtp", f'password = "{SMTP}"'),
    "a password in place of its file": ("smtp", f'password_file = ["{SMTP}"]'),
    "a token in a heartbeat that cannot be": ("service", f'heartbeat_url = "ftp://watch.example/{TOKEN}"'),
    "a token in a heartbeat of two lines": ("service", f'heartbeat_url = """https://watch.example/{TOKEN}\nx"""'),
    "a line that is no TOML": ("service", f'heartbeat_url = "https://watch.example/{TOKEN}'),
}


@pytest.mark.parametrize(("table", "line"), WRONG.values(), ids=WRONG)
def test_a_config_that_is_refused(tmp_path: Path, table: str, line: str) -> None:
    """A secret where none may stand is refused, and not repeated on the screen or in a log."""
    config = write_config(tmp_path, 1)
    path = config / "riskwatch.toml"
    if table == "database":
        path.write_text(path.read_text().replace('url = "sqlite:///../riskwatch.db"\n', ""))
    edit(config, **{table: line})
    for argv in (("check-config",), ("check-config", "--json"), ("run",)):
        ran = call_quickly(config, *argv)
        assert ran.code == 2
        assert CANARY not in "\n".join([*ran.out, *ran.err]), argv
        assert [] != [*ran.out, *ran.err]


def asked(port: int, path: str) -> str:
    """Return what the daemon's page says, whatever its status."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        return error.read().decode()


def shown_by_the_system(running: Running) -> str:
    """Return what other users may see of a process: its command line and its name."""
    place = Path(f"/proc/{running.process.pid}")
    return (place / "cmdline").read_text() + (place / "comm").read_text()


def test_the_daemon(tmp_path: Path) -> None:
    """Its log, its pages, its files, its journal and its place in the process list; the environment stays unused."""
    port, health = free_port(), free_port()
    config = write_config(tmp_path, port, security="starttls")
    given(config, due_at=[soon(-60)])
    edit(
        config,
        smtp=f'username = "riskwatch"\npassword_file = "{secret(tmp_path, "smtp", SMTP)}"',
        service=f'journal_key_file = "{secret(tmp_path, "key", KEY)}"\nlog_level = "debug"',
    )
    path = config / "riskwatch.toml"
    path.write_text(
        path.read_text()
        .replace('health_listen = ""', f'health_listen = "127.0.0.1:{health}"')
        .replace('daily_letter_at = "23:59"', 'daily_letter_at = "00:00"')
    )
    with daemon(config) as running:
        running.wait_for("journal-head")
        until(lambda: "looked_at" in asked(health, "/healthz"), "an answer")
        shown = [asked(health, page) for page in ("/healthz", "/metrics", f"/{TOKEN}")]
        shown.append(shown_by_the_system(running))
        assert CANARY not in Path(f"/proc/{running.process.pid}/environ").read_text()
        running.stop()
        silent(tmp_path, *shown, *running.lines())
    with closing(sqlite3.connect(tmp_path / "riskwatch.db")) as connection:
        assert CANARY not in "\n".join(connection.iterdump())
    assert CANARY not in call(config, "status", "--json").stdout


def test_no_option_takes_a_secret() -> None:
    """A command line stands in the process list for everybody to read."""
    help_text = call(Path(os.devnull), "--help").stdout
    assert "password" not in help_text.lower()
