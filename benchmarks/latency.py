"""From a deadline to the mail server's 250, in a service that has nothing else to do: the real daemon, as a process."""

import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.mail_servers import MailServer, own_sink
from benchmarks.report import Figure, Options, Report, span, times
from benchmarks.smtp_floor import Connection
from benchmarks.sqlite_floor import bare
from benchmarks.worlds import configure, workplace
from riskwatch.adapters.embedded import import_facts
from riskwatch.bootstrap.service import open_store
from riskwatch.core.facts import Assessment, Child
from riskwatch.settings.model import Settings

TARGET_MEDIAN, TARGET_WORST = "5 ms", "20 ms"
LEAD_S = 10
"""How long the daemon has to start before the first deadline."""
STOP_S = 40.0
FIRST = timedelta(hours=1)
MESSAGE = b"Subject: a floor\r\n\r\n" + b"as long as a letter\r\n" * 200

_POLICY = """\
version = "latency"
timezone = "Europe/London"
nation = "england-and-wales"
tiers = ["high"]
unknown_tier_runs_as = "high"

[check_kinds]
seen = "Child seen"

[closing]
authorised_by = []
authority_needed_for = []
tell = ["supervisor"]

[[rules]]
name = "seen"
tiers = ["high"]
first = "1 hours"
satisfied_by = ["seen"]
ladder = "urgent"
basis = "invented"

[ladders.urgent]
repeat_every = "7 days"
steps = [{ name = "officer", after = "0 hours", to = "officer" }]
"""


def run(options: Options) -> Report:
    """Measure one deadline a second; the floors run half a second after each."""
    count = options.deadlines
    with own_sink(quiet=False) as server, workplace() as folder:
        settings = configure(folder, port=server.port, policy=_POLICY)
        first_due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=LEAD_S)
        due_at = {f"pc{n:03}@example.police.uk": first_due + timedelta(seconds=n) for n in range(count)}
        _import(settings, due_at)
        with (folder / "daemon.log").open("w") as log:
            daemon = subprocess.Popen(
                [sys.executable, "-m", "riskwatch", "--config", str(settings.folder), "run"], stderr=log
            )
            try:
                letters, commits = _floors(server.port, folder, first_due, count)
                cpu_s = _cpu_of(daemon.pid)
            finally:
                daemon.send_signal(signal.SIGTERM)
                daemon.wait(STOP_S)
        taken = _taken(server, set(due_at))
        if len(taken) < count:
            raise RuntimeError(f"{len(taken)} of {count} letters came; {(folder / 'daemon.log').read_text()[-2000:]}")
    late_s = [taken[person] - at.timestamp() for person, at in due_at.items()]
    floor_s = [letter + commit for letter, commit in zip(letters, commits, strict=True)]
    by_floor = "an open connection, and one commit"
    middle_s, worst_s = statistics.median(late_s), _percentile_99(late_s)
    figures = [
        _figure("median", middle_s, statistics.median(floor_s), by_floor, TARGET_MEDIAN),
        _figure("99 %", worst_s, _percentile_99(floor_s), by_floor, TARGET_WORST),
    ]
    bare_letter, bare_commit = span(statistics.median(letters)), span(statistics.median(commits))
    return Report(
        figures,
        [
            f"{count} deadlines; floor: a bare letter {bare_letter}, a bare commit {bare_commit} (medians)",
            f"the daemon used {span(cpu_s / count)} of CPU a deadline, its start included",
        ],
    )


def _figure(name: str, mine_s: float, floor_s: float, floor: str, target: str) -> Figure:
    return Figure(
        f"deadline to 250, {name}", span(mine_s), "", f"{span(floor_s)} ({floor})", times(mine_s, floor_s), target
    )


def _percentile_99(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[98]


def _import(settings: Settings, due_at: dict[str, datetime]) -> None:
    refs = {person: f"C-{person[:5]}" for person in due_at}
    children = [Child(ref, "harbour", person) for person, ref in refs.items()]
    assessments = [
        Assessment(f"A-{ref}", ref, "general", "high", due_at[person] - FIRST, due_at[person] - FIRST)
        for person, ref in refs.items()
    ]
    with open_store(settings) as store:
        import_facts(store, children, assessments, [], at=datetime.now(UTC))


def _floors(port: int, folder: Path, first_due: datetime, count: int) -> tuple[list[float], list[float]]:
    """Return what a bare letter and a bare commit took, half a second after each deadline, in seconds."""
    letters, commits = [], []
    connection, database = Connection(port), bare(folder / "floor.db")
    database.execute("CREATE TABLE floor (words TEXT)")
    for number in range(count):
        time.sleep(max(0.0, first_due.timestamp() + number + 0.5 - time.time()))
        began = time.perf_counter()
        connection.send(("floor@example.police.uk", MESSAGE))
        sent = time.perf_counter()
        database.execute("INSERT INTO floor VALUES ('a row')")
        commits.append(time.perf_counter() - sent)
        letters.append(sent - began)
    connection.close()
    database.close()
    return letters, commits


def _taken(server: MailServer, people: set[str]) -> dict[str, float]:
    """Return when each person's letter was taken, in seconds since 1970."""
    server.process.terminate()
    output = server.process.stdout.read() if server.process.stdout else ""
    lines = [line.split() for line in output.splitlines()]
    return {person: float(at) for person, at in lines if person in people}


def _cpu_of(pid: int) -> float:
    """Return the CPU seconds of a process, as far as Linux tells."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
