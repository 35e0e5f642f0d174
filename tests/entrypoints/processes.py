"""The daemon as a process: a small config folder, recorded facts, the store's file, and ways to wait."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from riskwatch.entrypoints.cli import main

PATIENCE_S = 40.0
"""How long anything may take on a machine that is busy with other things; a test waits so long only where it fails."""
LOOK_S = 0.02
START = ("-m", "riskwatch")

POLICY = """\
version = "test-1"
timezone = "Europe/London"
nation = "england-and-wales"
tiers = ["standard", "high"]
unknown_tier_runs_as = "high"

[check_kinds]
seen = "Child seen"

[[rules]]
name = "seen-high"
tiers = ["high"]
first = "1 hours"
satisfied_by = ["seen"]
ladder = "urgent"
basis = "A test"

[ladders.urgent]
repeat_every = "7 days"
steps = [
  { name = "officer", after = "0 hours", to = "officer" },
  { name = "supervisor", after = "4 hours", to = "supervisor" },
]
"""

DIRECTORY = """\
fallback = "duty@example.police.uk"
administrator = "admin@example.police.uk"
allowed_domains = ["example.police.uk"]

[units.harbour]
supervisor = "ds@example.police.uk"

[default_unit]
supervisor = "desk@example.police.uk"
"""

SERVICE = """\
[database]
url = "{database}"

[source]
timezone = "Europe/London"
{source}

[smtp]
host = "127.0.0.1"
port = {port}
security = "{security}"
sender = "riskwatch@example.police.uk"
connections = {connections}

[service]
health_listen = ""
daily_letter_at = "23:59"
"""

CHILDREN = "child_ref,unit,officer,closed_at,closed_recorded_at"
ASSESSMENTS = "assessment_id,child_ref,concern,tier,assessed_at,recorded_at"
CHECKS = "check_id,child_ref,kind,checked_at,recorded_at"


# --- the config folder and the facts ----------------------------------------------------------------------------------
def write_config(
    folder: Path,
    port: int,
    *,
    database: str = "sqlite:///../riskwatch.db",
    source: str = 'refresh_every = "1 hours"',
    security: str = "none",
    connections: int = 2,
) -> Path:
    """Write a config folder under `folder`, and return it."""
    config = folder / "config"
    config.mkdir()
    service = SERVICE.format(database=database, source=source, port=port, security=security, connections=connections)
    texts = {"policy.toml": POLICY, "directory.toml": DIRECTORY, "riskwatch.toml": service}
    for name, text in texts.items():
        (config / name).write_text(text, encoding="utf-8")
    return config


def stamp(moment: datetime) -> str:
    """Return a moment as a cell of a CSV file."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def soon(seconds: float) -> datetime:
    """Return a moment so many seconds ahead, on the whole second."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).replace(microsecond=0)


def officer_of(number: int) -> str:
    """Return the address of the nth child's officer."""
    return f"pc{number}@example.police.uk"


def given(config: Path, *, due_at: Sequence[datetime] = (), checks: Sequence[str] = (), first: int = 0) -> Path:
    """Write facts as `write_facts` does, import them, and return the config folder."""
    folder = write_facts(config.parent / "facts", due_at=due_at, checks=checks, first=first)
    assert main(["--config", str(config), "import", str(folder)]) == 0
    return config


def write_facts(folder: Path, *, due_at: Sequence[datetime] = (), checks: Sequence[str] = (), first: int = 0) -> Path:
    """Write children who are to be seen by these moments, each with an officer of its own: C0, C1, ..."""
    folder.mkdir(exist_ok=True)
    numbered = list(enumerate(due_at, first))
    rows = {
        "children": [CHILDREN, *(f"C{n},harbour,{officer_of(n)},," for n, _ in numbered)],
        "assessments": [
            ASSESSMENTS,
            *(f"A{n},C{n},neglect,high,{stamp(due - timedelta(hours=1))}," for n, due in numbered),
        ],
        "checks": [CHECKS, *checks],
    }
    for table, lines in rows.items():
        (folder / f"{table}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


# --- processes --------------------------------------------------------------------------------------------------------
def until(condition: Callable[[], Any], what: str, *, within_s: float = PATIENCE_S) -> None:
    """Return as soon as the condition holds; an AssertionError that says `what` was waited for, where it never does."""
    deadline_s = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline_s, f"waited {within_s:g} s for {what}"
        time.sleep(LOOK_S)


def environment() -> dict[str, str]:
    """Return the surroundings of a process, in which all of them share what Python compiles: half a start's time."""
    bytecode = Path(tempfile.gettempdir()) / f"riskwatch-tests-bytecode-{os.getuid()}"
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": str(bytecode)}


def call(config: Path, *argv: str) -> "subprocess.CompletedProcess[str]":
    """Run one command to its end."""
    command = [sys.executable, *START, "--config", str(config), *argv]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False, env=environment())


class Running:
    """A process of riskwatch; what it writes to standard error is kept in a file."""

    def __init__(self, argv: Sequence[str], err: Path, *, start: Sequence[str] = START) -> None:
        self._err = err
        with err.open("ab") as stream:
            self._before = stream.tell()
            self.process = subprocess.Popen(
                [sys.executable, *start, *argv], stdout=subprocess.DEVNULL, stderr=stream, env=environment()
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def lines(self) -> list[str]:
        """Return what this process has written to standard error."""
        return self._err.read_bytes()[self._before :].decode().splitlines()

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the logged events of a name."""
        logged = [json.loads(line) for line in self.lines() if line.startswith("{") and line.endswith("}")]
        return [event for event in logged if event["event"] == name]

    def wait_for(self, name: str, *, times: int = 1) -> dict[str, Any]:
        """Return the nth event of a name, when it comes."""
        until(lambda: len(self.events(name)) >= times or self.process.poll() is not None, f"the event {name}")
        events = self.events(name)
        assert len(events) >= times, self.lines()
        return events[times - 1]

    def send(self, number: signal.Signals) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    def ended(self) -> int:
        """Return the exit code, when there is one."""
        return self.process.wait(PATIENCE_S)

    def stop(self) -> None:
        """Have it stop, and see that it does so in order."""
        self.send(signal.SIGTERM)
        assert self.ended() == 0, self.lines()


def daemon(config: Path, *, start: Sequence[str] = START) -> Running:
    """Start the daemon; its log stands beside the config folder."""
    return Running(["--config", str(config), "run"], config.parent / "daemon.log", start=start)


@contextmanager
def a_daemon(config: Path) -> Iterator[Running]:
    """Run the daemon while the block runs, and see that it stops in order."""
    with daemon(config) as running:
        yield running
        running.stop()


def patched(**values: Any) -> Sequence[str]:
    """Return how to start riskwatch with some constants changed: `daemon__DRAIN_S=1`, by module and name."""
    homes = {
        "batch": "riskwatch.pipeline.batch",
        "daemon": "riskwatch.entrypoints.daemon",
        "engine": "riskwatch.adapters.store.engine",
        "health": "riskwatch.core.health",
        "life": "riskwatch.entrypoints.life",
        "service": "riskwatch.bootstrap.service",
        "snapshot": "riskwatch.entrypoints.snapshot",
        "waking": "riskwatch.entrypoints.waking",
    }
    lines = ["import sys", "from datetime import timedelta"]
    for name, value in values.items():
        module, constant = name.split("__")
        lines += [f"import {homes[module]} as module", f"assert hasattr(module, {constant!r})"]
        lines.append(f"module.{constant} = {value!r}".replace("datetime.timedelta", "timedelta"))
    lines.append("from riskwatch.entrypoints.cli import main; sys.exit(main())")
    return ("-c", "\n".join(lines))


# --- the store --------------------------------------------------------------------------------------------------------
def ask(config: Path, statement: str) -> list[tuple[Any, ...]]:
    """Return what the store's SQLite file answers."""
    with closing(sqlite3.connect(config.parent / "riskwatch.db", timeout=30)) as connection:
        return connection.execute(statement).fetchall()


@contextmanager
def locked(config: Path) -> Iterator[None]:
    """Keep every writer off the store's SQLite file while the block runs."""
    with closing(sqlite3.connect(config.parent / "riskwatch.db", timeout=30, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def letters_by_state(config: Path) -> Mapping[str, int]:
    """Return how many letters there are in each state."""
    return dict(ask(config, "SELECT state, count(*) FROM letter GROUP BY state"))
