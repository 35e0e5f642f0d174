"""The running daemon as monitoring and the service manager see it, in good days and bad."""

import json
import os
import re
import signal
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.entrypoints.conftest import edit
from tests.entrypoints.mail_server import MailServer
from tests.entrypoints.processes import (
    call,
    daemon,
    given,
    officer_of,
    patched,
    soon,
    stamp,
    until,
    write_config,
)
from tests.entrypoints.test_daemon_outages import AGENCY, an_agency, free_port
from tests.entrypoints.test_notify import Manager

OFTEN = {"snapshot__LOOK_EVERY_S": 0.2}


class Watched(NamedTuple):
    """A config folder whose daemon has a health page, and the page's port."""

    config: Path
    port: int

    def get(self, path: str = "/healthz") -> tuple[int, bytes]:
        """Ask the page; status 0 where nobody answers."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read()
        except OSError:
            return 0, b""
        finally:
            connection.close()

    def status(self) -> int:
        """The status that the page answers."""
        return self.get()[0]

    def health(self) -> Any:
        """What the page says."""
        return json.loads(self.get()[1])

    def codes(self) -> list[str]:
        """What the page says is wrong."""
        status, body = self.get()
        return [problem["code"] for problem in json.loads(body)["problems"]] if status else []


def watched(folder: Path, mail_port: int, **options: Any) -> Watched:
    """Write a config folder that has a health page."""
    config, port = write_config(folder, mail_port, **options), free_port()
    edit(config / "riskwatch.toml", 'health_listen = ""', f'health_listen = "127.0.0.1:{port}"')
    return Watched(config, port)


@pytest.fixture
def mail() -> Iterator[MailServer]:
    """A mail server on this machine."""
    with MailServer() as server:
        yield server


def test_a_daemon_at_its_work_is_healthy(tmp_path: Path, mail: MailServer) -> None:
    """200 once it has read and told; the figures are those of its work."""
    page = watched(tmp_path, mail.port)
    given(page.config, due_at=[soon(-60), soon(7200)])
    with daemon(page.config, start=patched(**OFTEN)) as running:
        until(lambda: page.status() == 200 and page.health()["last_good"]["delivery"], "a healthy page")
        assert "test-1" == page.health()["policy_version"]
        assert page.health()["last_good"]["sweep"]["age_s"] < 60
        until(lambda: b'riskwatch_overdue{tier="high",unit="harbour"} 1.0' in page.get("/metrics")[1], "who is overdue")
        metrics = page.get("/metrics")[1].decode()
        assert 'riskwatch_children_watched{tier="high",unit="harbour"} 2.0' in metrics
        assert 'riskwatch_letters_total{outcome="sent"} 1.0' in metrics
        (lag_s,) = re.findall(r"^riskwatch_letter_lag_seconds_sum (\S+)$", metrics, re.MULTILINE)
        assert float(lag_s) >= 60
        running.stop()
    assert 0 == page.status()


def test_a_mail_server_down_for_too_long_is_unhealthy(tmp_path: Path) -> None:
    """A letter that waits beyond the limit is said; once it has gone, all is well."""
    mail_port = free_port()
    page = watched(tmp_path, mail_port)
    given(page.config, due_at=[soon(-60)])
    edit(page.config / "riskwatch.toml", "[service]", '[service]\nunsent_limit = "1 seconds"')
    with daemon(page.config, start=patched(**OFTEN)) as running:
        until(lambda: "letters-waiting" in page.codes(), "the problem")
        assert 503 == page.status()
        assert any("letters are not leaving" in problem["message"] for problem in page.health()["problems"])
        with MailServer(port=mail_port) as mail:
            until(lambda: page.status() == 200, "a healthy page")
            assert [officer_of(0)] == mail.recipients()
            running.stop()


def test_a_source_that_is_gone_is_unhealthy(tmp_path: Path, mail: MailServer) -> None:
    """Monitoring and a person at the command line are told the same."""
    agency = an_agency(tmp_path, stamp(soon(-60)))
    page = watched(tmp_path, mail.port, source=AGENCY)
    with daemon(page.config, start=patched(**OFTEN)) as running:
        until(lambda: page.status() == 200, "a healthy page")
        with closing(sqlite3.connect(agency, isolation_level=None)) as loading:
            loading.execute("BEGIN EXCLUSIVE")
            until(lambda: {"reading-failed", "blind"} & {*page.codes()}, "the problem")
            assert 503 == page.status()
            status = call(page.config, "status", "--json")
            assert 1 == status.returncode
            told = {problem["code"] for problem in json.loads(status.stdout)["problems"]}
            assert told & {"reading-failed", "blind"}
            loading.execute("ROLLBACK")
        until(lambda: page.status() == 200, "a healthy page")
        running.stop()


def test_a_database_that_does_not_answer_is_said_by_a_page_that_does(tmp_path: Path, mail: MailServer) -> None:
    """The page waits for nothing; what was known last is still there."""
    page = watched(tmp_path, mail.port)
    given(page.config, due_at=[soon(7200)])
    with daemon(page.config, start=patched(engine__BUSY_TIMEOUT_S=0.2, **OFTEN)) as running:
        until(lambda: page.status() == 200, "a healthy page")
        with closing(sqlite3.connect(tmp_path / "riskwatch.db", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            until(lambda: "database-failed" in page.codes(), "the problem")
            assert 503 == page.status()
            assert "test-1" == page.health()["policy_version"]
            assert page.get("/metrics")[0] == 200
            other.execute("ROLLBACK")
        until(lambda: page.status() == 200, "a healthy page")
        running.stop()


def test_a_loop_that_hangs_is_said_and_the_watchdog_is_not_fed(
    tmp_path: Path, mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call that blocks the event loop: the page still answers, and the service manager hears nothing more."""
    manager = Manager(str(tmp_path / "notify"))
    monkeypatch.setenv("NOTIFY_SOCKET", manager.address)
    monkeypatch.setenv("WATCHDOG_USEC", "1000000")
    page = watched(tmp_path, mail.port)
    given(page.config, due_at=[soon(7200)])
    go = tmp_path / "hang"
    code = f"""
import asyncio, os, sys, time
from riskwatch.entrypoints import daemon, life
life.HUNG_S = 1.0
async def hang(self):
    while not os.path.exists({str(go)!r}):
        await asyncio.sleep(0.05)
    time.sleep(600)
daemon.Daemon._watch_the_clock = hang
from riskwatch.entrypoints.cli import main
sys.exit(main())
"""
    with daemon(page.config, start=("-c", code)) as running:
        running.wait_for("refreshed")
        until(lambda: {"WATCHDOG": "1"} in manager.heard(), "a sign of life")
        go.touch()
        until(lambda: "loop-hung" in page.codes(), "the problem")
        assert 503 == page.status()
        manager.heard()
        until(lambda: int(page.health()["problems"][0]["message"].split()[-2]) >= 4, "some time")
        assert [] == [message for message in manager.heard() if "WATCHDOG" in message]
    manager.close()


def test_the_service_manager_hears_of_start_reload_and_end(
    tmp_path: Path, mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """READY after the first pass, RELOADING and READY at SIGHUP, signs of life between, STOPPING at the end."""
    manager = Manager(str(tmp_path / "notify"))
    monkeypatch.setenv("NOTIFY_SOCKET", manager.address)
    monkeypatch.setenv("WATCHDOG_USEC", "1000000")
    config = given(write_config(tmp_path, mail.port), due_at=[soon(-60)])
    heard: list[dict[str, str]] = []

    def has(key: str, *, times: int = 1, text: str = "") -> bool:
        heard.extend(manager.heard())
        return sum(key in message and text in message[key] for message in heard) >= times

    with daemon(config, start=patched(**OFTEN)) as running:
        until(lambda: has("READY"), "READY")
        assert running.events("refreshed")
        until(lambda: has("WATCHDOG", times=2), "signs of life")
        until(lambda: has("STATUS", text="watching 1 children; 1 overdue"), "what it watches")
        running.send(signal.SIGHUP)
        until(lambda: has("RELOADING") and has("READY", times=2), "the reload")
        running.stop()
    assert has("STOPPING")
    order = [key for message in heard for key in ("READY", "RELOADING", "STOPPING") if key in message]
    assert ["READY", "RELOADING", "READY", "STOPPING"] == order
    manager.close()


def test_a_port_in_use_keeps_it_from_starting_in_one_line(tmp_path: Path, mail: MailServer) -> None:
    """Nothing is sent, and the line names the setting."""
    page = watched(tmp_path, mail.port)
    edit(page.config / "riskwatch.toml", f"127.0.0.1:{page.port}", f"127.0.0.1:{mail.port}")
    ended = call(page.config, "run")
    assert 3 == ended.returncode
    (line,) = ended.stderr.splitlines()
    assert line.startswith(f"riskwatch: service.health_listen: cannot listen on 127.0.0.1:{mail.port} ")
    assert [] == mail.letters


def test_another_address_of_the_page_needs_a_restart(tmp_path: Path, mail: MailServer) -> None:
    """The configuration is refused whole, in words, and the page stays where it is."""
    page = watched(tmp_path, mail.port)
    with daemon(page.config, start=patched(**OFTEN)) as running:
        running.wait_for("refreshed")
        edit(page.config / "riskwatch.toml", f":{page.port}", f":{free_port()}")
        running.send(signal.SIGHUP)
        assert "health_listen: changed; restart" in running.wait_for("configuration-refused")["problem"]
        assert page.status() in (200, 503)
        running.stop()


def test_what_the_daemon_writes_is_for_its_own_user_alone(tmp_path: Path, mail: MailServer) -> None:
    """Database, journal and lock, whatever the mask of whoever started it."""
    page = watched(tmp_path, mail.port)
    before = os.umask(0)
    try:
        given(page.config, due_at=[soon(-60)])
        with daemon(page.config) as running:
            until(lambda: mail.letters, "a letter")
            files = sorted(tmp_path.glob("riskwatch.db*"))
            assert {"riskwatch.db", "riskwatch.db.lock"} < {path.name for path in files}
            modes = {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in files}
            assert set(modes.values()) == {"0o600"}, modes
            running.stop()
    finally:
        os.umask(before)
