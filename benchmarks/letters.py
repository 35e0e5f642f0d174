"""Letters, from the decision to the mark that they were sent: the real stages, SQLite, and SMTP on loopback."""

import asyncio
import shutil
import statistics
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from benchmarks.mail_servers import MISSING, fast_sink, postfix_tool
from benchmarks.measuring import Took, in_a_child, middle, peak_mb, took
from benchmarks.report import Figure, Options, Report, rate, shares, times
from benchmarks.smtp_floor import Mail, send_bare, send_by_postfix
from benchmarks.sqlite_floor import bare, rows_told, write
from benchmarks.stages import Ledger, all_of
from benchmarks.worlds import FIRST, configure, workplace
from riskwatch.adapters.embedded import import_facts
from riskwatch.adapters.letters import LetterWriter
from riskwatch.bootstrap.service import Service, open_service, open_store
from riskwatch.clock import SystemClock
from riskwatch.core.facts import Assessment, Child
from riskwatch.pipeline import sweep as stage
from riskwatch.pipeline.delivery import Delivery
from riskwatch.settings.model import Settings

CONNECTIONS = 4
ROUNDS = 3
TARGET, TARGET_MB = "1,200/s", 150
LATE = timedelta(hours=1)


class Whole(NamedTuple):
    """What it took to decide and send all letters."""

    took: Took
    memory_mb: float


def run(options: Options) -> Report:
    """Measure by turns the service, each in a process of its own, and the floors."""
    count = options.letters
    wholes: list[Whole] = []
    floors: dict[str, list[Took]] = {}
    notes = []
    with fast_sink() as server, workplace() as folder:
        in_a_child(_prepare, folder, count, server.port)
        for number in range(ROUNDS * options.rounds):
            path = folder / f"round-{number}"
            wholes.append(in_a_child(_send, _copied(folder, path), server.port, count))
            told = path / "riskwatch.db"
            floors.setdefault("bare SMTP", []).append(in_a_child(_bare_smtp, told, server.port))
            floors.setdefault("bare driver", []).append(in_a_child(_bare_rows, folder, told, number))
            if postfix_tool("smtp-source") is not None:
                size = int(statistics.mean(len(message) for _, message in _mails(told)))
                floors.setdefault("smtp-source", []).append(
                    took(lambda size=size: send_by_postfix(server.port, count, size, CONNECTIONS))  # type: ignore[misc]
                )
            shutil.rmtree(path)
        spent_s, waited_s = in_a_child(_staged, _copied(folder, folder / "staged"), server.port, count)
        notes += [f"sent to {server.name} over {CONNECTIONS} connections"]
        notes += [MISSING] if postfix_tool("smtp-source") is None else []
        notes += [f"CPU time by stage: {shares(spent_s)}; the CPU was idle or elsewhere for {waited_s:.0%} of the time"]
    mine = middle([whole.took for whole in wholes])
    both_s = middle(floors["bare SMTP"]).wall_s + middle(floors["bare driver"]).wall_s
    by_floor = f"{rate(count, both_s)} (bare SMTP, then bare driver)"
    figures = [
        Figure(
            f"{count:,} letters, decided to sent",
            rate(count, mine.wall_s),
            rate(count, mine.cpu_s),
            by_floor,
            times(mine.wall_s, both_s),
            TARGET,
        )
    ]
    for name, runs in floors.items():
        floor = middle(runs)
        figures.append(
            Figure(f"floor: {name}", rate(count, floor.wall_s), "", "", times(mine.wall_s, floor.wall_s), "")
        )
    peak = max(whole.memory_mb for whole in wholes)
    figures.append(Figure("peak of memory", f"{peak:,.0f} MB", "", "", "", f"under {TARGET_MB} MB"))
    return Report(figures, notes)


# --- in processes of their own ----------------------------------------------------------------------------------------
def _prepare(folder: Path, count: int, port: int) -> None:
    """Keep children who are an hour overdue, each with an officer of their own, and nothing told yet."""
    settings = configure(folder, port=port)
    shutil.copyfile(_empty(folder, settings), folder / "empty.db")
    now = SystemClock().now()
    assessed_at = now - FIRST - LATE
    refs = [f"C{number:06}" for number in range(count)]
    children = [Child(ref, "harbour", f"pc.{ref.lower()}@example.police.uk") for ref in refs]
    assessments = [Assessment(f"A-{ref}", ref, "general", "high", assessed_at, assessed_at) for ref in refs]
    with open_service(settings) as service:
        import_facts(service.store, children, assessments, [], at=now)
        service.refresh.full(now)


def _empty(folder: Path, settings: Settings) -> Path:
    open_store(settings).close()
    return folder / "riskwatch.db"


def _copied(folder: Path, to: Path) -> Path:
    to.mkdir()
    shutil.copyfile(folder / "riskwatch.db", to / "riskwatch.db")
    return to


def _send(folder: Path, port: int, count: int) -> Whole:
    with open_service(configure(folder, port=port)) as service:
        return Whole(took(lambda: _decide_and_send(service, count)), peak_mb())


def _decide_and_send(service: Service, count: int) -> None:
    service.sweep.run(service.clock.now())
    asyncio.run(_deliver(service, count))


async def _deliver(service: Service, count: int) -> None:
    done = await service.delivery.run()
    await service.outbox.close()
    if done.sent != count:
        raise RuntimeError(f"{done} where {count} letters were to be sent")


def _staged(folder: Path, port: int, count: int) -> tuple[dict[str, float], float]:
    """Return the CPU time of each stage, and for which part of the time this process had no work or no CPU."""
    ledger = Ledger()
    counted = (
        ledger.calls(stage, "escalate", "decide"),
        ledger.calls(LetterWriter, "render", "word"),
        ledger.calls(Delivery, "_claim", "claim and settle"),
        ledger.calls(Delivery, "_settle", "claim and settle"),
    )
    with open_service(configure(folder, port=port)) as service:
        sweeping = ledger.store(reading="store, in the sweep", writing="store, in the sweep")
        with sweeping, all_of(counted), ledger.stage("put together"):
            service.sweep.run(service.clock.now())
        with all_of(counted), ledger.stage("SMTP"):
            mine = took(lambda: asyncio.run(_deliver(service, count)))
    return dict(ledger.spent_s), max(0.0, 1 - mine.cpu_s / mine.wall_s)


def _mails(path: Path) -> list[Mail]:
    with closing(bare(path)) as connection:
        return connection.execute("SELECT recipient, message FROM letter ORDER BY letter_id").fetchall()


def _bare_smtp(told: Path, port: int) -> Took:
    mails = _mails(told)
    return took(lambda: send_bare(port, mails, CONNECTIONS))


def _bare_rows(folder: Path, told: Path, number: int) -> Took:
    path = folder / f"floor-{number}.db"
    shutil.copyfile(folder / "empty.db", path)
    rows = rows_told(told)
    return took(lambda: write(path, rows))
