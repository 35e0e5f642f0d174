"""`riskwatch simulate`: replays recorded facts against a turned clock; no database, no mail."""

import asyncio
from argparse import Namespace
from collections.abc import Sequence
from datetime import datetime

from riskwatch import logs
from riskwatch.adapters.letters import LetterWriter
from riskwatch.adapters.source.csv_files import CsvShapeError, histories, read_folder
from riskwatch.bootstrap.letters import letter_writer
from riskwatch.bootstrap.simulation import simulation
from riskwatch.core.mandate import Mandate
from riskwatch.core.notices import Draft, Rendered, ServiceLetter
from riskwatch.entrypoints.configured import load_folder, moment_of, replay_settings_of
from riskwatch.entrypoints.console import Console, Refused
from riskwatch.entrypoints.posted import letter_record, letter_text
from riskwatch.pipeline.ports import Letters
from riskwatch.pipeline.simulation import Machine, simulate
from riskwatch.settings.model import ReplaySettings
from riskwatch.settings.shipped import shipped

MARKING = "OFFICIAL-SENSITIVE"


class Unworded:
    """Words nothing: programs read what was decided, and wording it would take most of the time."""

    faults: Sequence[str] = ()

    def render(self, draft: Draft) -> Rendered:
        """Return a blank letter."""
        return Rendered("", b"")

    def render_service(self, letter: ServiceLetter) -> Rendered:
        """Return a blank letter."""
        return Rendered("", b"")


def run(arguments: Namespace, console: Console) -> int:
    """Print the letters of the span; exit 1 where rows of the facts could not be read."""
    logs.configure("warning", human=True)
    settings = replay_settings_of(arguments)
    start = moment_of(arguments.start, settings.timezone, "--from")
    end = moment_of(arguments.end, settings.timezone, "--to")
    if end < start:
        raise Refused([f"riskwatch: --to {arguments.end} is before --from {arguments.start}"])
    try:
        facts = read_folder(arguments.facts, settings.timezone)
    except CsvShapeError as error:
        raise Refused(f"{arguments.facts / problem}" for problem in error.problems) from None
    for rejected in facts.rejected:
        console.err(f"{arguments.facts / rejected.where}: {rejected.column}: {rejected.reason}")
    letters = Unworded() if arguments.json else _writer(arguments, settings)
    machine = simulation(histories(facts), Mandate.of(settings.policy, settings.directory), letters)
    asyncio.run(_replay(machine, start, end, console, as_json=arguments.json))
    return 1 if any(not rejected.counted for rejected in facts.rejected) else 0


async def _replay(machine: Machine, start: datetime, end: datetime, console: Console, *, as_json: bool) -> None:
    first = machine.replay.next_change(None) or start
    with console.progress("Replaying", (end - first).total_seconds()) as advance:
        async for posted in simulate(machine, until=end):
            advance((posted.at - first).total_seconds())
            if posted.at < start:
                continue
            if as_json:
                console.json(letter_record(posted.at, posted.letter, posted.told))
            else:
                console.out(letter_text(posted.at, posted.letter))


def _writer(arguments: Namespace, settings: ReplaySettings) -> Letters:
    """Return what words the letters: as configured where riskwatch.toml is in order, else as shipped."""
    loaded = load_folder(arguments)
    if loaded.settings is not None:
        return letter_writer(loaded.settings)
    return LetterWriter(
        templates=shipped("templates"),
        marking=MARKING,
        case_link="",
        sender=settings.directory.administrator,
        timezone=settings.policy.calendar.timezone,
    )
