"""`riskwatch demo`: the daemon's real stages on invented children, real SMTP to a local mailbox, and a fast clock."""

import asyncio
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from riskwatch import logs
from riskwatch.adapters.embedded import import_facts
from riskwatch.adapters.pages.board import INDEX
from riskwatch.bootstrap.service import Service, only_daemon, open_service
from riskwatch.clock import FastClock
from riskwatch.core.facts import Check
from riskwatch.core.faults import Fault
from riskwatch.entrypoints.console import Console, stamp
from riskwatch.entrypoints.daemon import Daemon
from riskwatch.entrypoints.demo_facts import SEEN_LATER, demo_children
from riskwatch.settings.load import load
from riskwatch.settings.model import Settings
from riskwatch.settings.shipped import shipped

SPEED = 900
"""Seconds that pass on the demo's clock in one second: a quarter of an hour."""
VISIT_AFTER_S = 8.0
LOOK_S = 0.2
HOURS_SHOWN = 72
MAX_LETTERS = 10_000

_SERVICE = """\
# Written by `riskwatch demo`: an embedded database, and a mailbox server on this machine.
[database]
url = "sqlite:///../riskwatch.db"

[source]
timezone = "Europe/London"
refresh_every = "2 seconds"

[smtp]
host = "127.0.0.1"
port = {port}
security = "none"
sender = "riskwatch@example.police.uk"

[letters]
marking = "OFFICIAL-SENSITIVE"

[service]
health_listen = ""

[board]
folder = "../board"
every = "2 seconds"
"""

_ABSENCE = """
[[absences]]
person = "jo.fenwick@example.police.uk"
from = {day}
until = {last}
"""


class _Mailbox:
    """Keeps each letter that arrives as a file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  aiosmtpd's name
        self._kept += 1
        recipient = "".join(c if c.isalnum() or c in "@.-" else "_" for c in envelope.rcpt_tos[0])
        (self._folder / f"{self._kept:04d}-{recipient}.eml").write_bytes(envelope.content)
        return "250 kept"


def run(folder: Path, console: Console, *, seconds: float | None) -> None:
    """Run the demo in a folder, which is emptied first, for some seconds or until it is interrupted."""
    mailbox = _prepare(folder)
    with _mail_server(mailbox) as port:
        settings = _settings(folder, port)
        clock = FastClock(SPEED)
        with (folder / "riskwatch.log").open("w", encoding="utf-8") as log:
            logs.configure("info", stream=log)
            with open_service(settings, clock=clock) as service, only_daemon(service.store):
                _import(service, clock.now())
                asyncio.run(_show(service, clock, mailbox, console, seconds))
    console.out(f"Stopped cleanly. The letters are in {mailbox}, the log in {folder / 'riskwatch.log'}.")
    console.out(f"The board, whose clock is ahead of yours as the demo's was: {folder / 'board' / INDEX}")
    # Its end is ahead of the machine's clock, by which nobody would have been told yet.
    asked = f"explain D-1004 --at {stamp(clock.now())}"
    console.out(f"Ask further: riskwatch --config {folder / 'config'} {asked}    (or: journal show)")


def _prepare(folder: Path) -> Path:
    """Empty the folder of an earlier demo; a folder that holds anything else is left alone."""
    known = {"board", "config", "mailbox", "journal-heads.log", "riskwatch.log"}
    known |= {f"riskwatch.db{suffix}" for suffix in ("", ".lock", "-journal")}
    if folder.exists():
        strange = sorted(path.name for path in folder.iterdir() if path.name not in known)
        if strange:
            raise Fault(f"{folder} holds {strange[0]}, which no demo made; name another folder")
        shutil.rmtree(folder)
    mailbox = folder / "mailbox"
    folder.mkdir(mode=0o700, parents=True)
    mailbox.mkdir()
    return mailbox


@contextmanager
def _mail_server(mailbox: Path) -> Iterator[int]:
    try:
        from aiosmtpd.controller import Controller  # noqa: PLC0415  an extra: nothing else needs it
    except ImportError:
        raise Fault('the demo needs a mail server of its own: pip install "riskwatch[demo]"') from None
    with socket.create_server(("127.0.0.1", 0)) as probe:  # the library must be told which port is free
        port = probe.getsockname()[1]
    controller = Controller(_Mailbox(mailbox), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def _settings(folder: Path, port: int) -> Settings:
    config = folder / "config"
    config.mkdir()
    for name in ("policy.toml", "directory.toml"):
        shutil.copyfile(shipped(f"config/{name}"), config / name)
    today = datetime.now(UTC).date()
    with (config / "directory.toml").open("a", encoding="utf-8") as directory:
        directory.write(_ABSENCE.format(day=today - timedelta(days=3), last=today + timedelta(days=30)))
    (config / "riskwatch.toml").write_text(_SERVICE.format(port=port), encoding="utf-8")
    loaded = load(config, today=today)
    if loaded.settings is None:
        raise Fault("; ".join(str(problem) for problem in loaded.errors))
    return loaded.settings


def _import(service: Service, now: datetime) -> None:
    histories = demo_children(now)
    import_facts(
        service.store,
        [history.child for history in histories],
        [row for history in histories for row in history.assessments],
        [row for history in histories for row in history.checks],
        at=now,
    )


async def _show(service: Service, clock: FastClock, mailbox: Path, console: Console, seconds: float | None) -> None:
    daemon = Daemon(service, clock, lambda _: None)  # its configuration is not for changing while it runs
    running = asyncio.create_task(daemon.run())
    console.out(f"riskwatch demo: a quarter of an hour passes each second. Letters arrive in {mailbox}")
    loop = asyncio.get_running_loop()
    started = loop.time()
    shown: set[str] = set()
    told = visited = False
    while not running.done():
        await asyncio.sleep(LOOK_S)
        passed_s = loop.time() - started
        _show_letters(clock, mailbox, console, shown)
        if shown and not told:
            told = True
            _show_overdue(service, clock.now(), console)
        if not visited and passed_s > VISIT_AFTER_S:
            visited = True
            now = clock.now()
            import_facts(service.store, [], [], [Check("V-1", SEEN_LATER, "seen_alone", now, now)], at=now)
            console.out(f"-- An officer sees {SEEN_LATER} alone, and records it. --")
        if seconds is not None and passed_s > seconds:
            daemon.stop()
            break
    await running
    _show_letters(clock, mailbox, console, shown)
    _show_overdue(service, clock.now(), console)


def _show_letters(clock: FastClock, mailbox: Path, console: Console, shown: set[str]) -> None:
    for path in sorted(mailbox.glob("*.eml"))[:MAX_LETTERS]:
        if path.name in shown:
            continue
        shown.add(path.name)
        letter = message_from_bytes(path.read_bytes(), policy=policy.default)
        console.out(f"{clock.now():%a %H:%M} UTC  to {letter['To']}: {letter['Subject']}")


def _show_overdue(service: Service, now: datetime, console: Console) -> None:
    rows = []
    for row in service.store.reports.overdue(now):
        tracked, child = row.tracked, row.watched
        officer = child.officer if child is not None and child.officer else "nobody"
        tier = child.tier if child is not None else ""
        hours = (now - tracked.due_at).total_seconds() / 3600
        late = f"{hours:.0f} h" if hours < HOURS_SHOWN else f"{hours / 24:.0f} d"
        rows.append((late, tracked.child_ref, tier, tracked.rule, officer))
    console.out(f"\nOverdue at {now:%a %d %b %Y, %H:%M} UTC:")
    console.table(("late", "case", "tier", "rule", "officer"), rows)
    console.out()
