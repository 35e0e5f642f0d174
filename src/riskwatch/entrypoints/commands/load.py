"""`riskwatch import`: three CSV files into the embedded tables, all or nothing."""

from argparse import Namespace
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import TypeVar

from riskwatch.adapters.embedded import import_facts
from riskwatch.adapters.source.csv_files import CsvFacts, CsvShapeError, read_folder
from riskwatch.bootstrap import service
from riskwatch.clock import SystemClock
from riskwatch.entrypoints.configured import settings_of
from riskwatch.entrypoints.console import Advance, Console, Refused
from riskwatch.entrypoints.rejected_rows import write_rejected
from riskwatch.settings.model import Settings

SHOWN_EVERY = 1000
"""Rows between two steps of the progress bar."""
HEAD = ("TABLE", "NEW", "CHANGED", "SAME")

T = TypeVar("T")


def run(arguments: Namespace, console: Console) -> int:
    """Import them; exit 1 where there were bad rows, with which nothing is imported unless they are to be skipped."""
    settings = settings_of(arguments)
    if settings.source.url:
        raise Refused(
            [f"{arguments.config}/riskwatch.toml: source.url: is set, so that imported rows would never be read"]
        )
    facts = _read(arguments.dir, settings)
    for rejected in facts.rejected:
        console.err(f"{arguments.dir / rejected.where}: {rejected.column}: {rejected.reason}")
    if facts.rejected and not arguments.skip_bad:
        console.err("riskwatch: nothing was imported; mend these rows, or import the rest with --skip-bad")
        return 1
    # Before the import: where the bad rows cannot be kept, the others are not taken either.
    written = write_rejected(arguments.dir, facts.rejected)
    _import(facts, settings, console)
    for path in written:
        console.out(f"The bad rows are in {path}: mend them there, and import them as {path.name.split('.')[0]}.csv.")
    return 1 if facts.rejected else 0


def _read(folder: Path, settings: Settings) -> CsvFacts:
    try:
        return read_folder(folder, settings.source.timezone)
    except CsvShapeError as error:
        raise Refused(f"{folder / problem}" for problem in error.problems) from None


def _import(facts: CsvFacts, settings: Settings, console: Console) -> None:
    children, assessments, checks = facts.children, facts.assessments, facts.checks
    total = len(children) + len(assessments) + len(checks)
    done = count(1)
    with service.open_store(settings) as store, console.progress("Importing", total) as advance:
        imported = import_facts(
            store,
            _counted(children, done, advance),
            _counted(assessments, done, advance),
            _counted(checks, done, advance),
            at=SystemClock().now(),
        )
    console.table(HEAD, [(table, *numbers) for table, numbers in imported.items()])


def _counted(rows: Iterable[T], done: Iterator[int], advance: Advance) -> Iterator[T]:
    for row in rows:
        number = next(done)
        if number % SHOWN_EVERY == 0:
            advance(number)
        yield row
