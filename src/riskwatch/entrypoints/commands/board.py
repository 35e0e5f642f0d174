"""`riskwatch board`: writes the page of who is overdue once, as the daemon does."""

import math
import os
from argparse import Namespace
from pathlib import Path

from riskwatch import logs
from riskwatch.adapters.board_folder import BoardFolder
from riskwatch.adapters.pages.board import INDEX
from riskwatch.bootstrap import service
from riskwatch.core.spelling import counted
from riskwatch.entrypoints.boarding import BoardWriter
from riskwatch.entrypoints.commands.run import PRIVATE
from riskwatch.entrypoints.configured import settings_of
from riskwatch.entrypoints.console import Console, Refused
from riskwatch.pipeline.simulation import Mailbag
from riskwatch.settings.model import Settings


def run(arguments: Namespace, console: Console) -> int:
    """Write every page, however long it takes; exit 1 where somebody is overdue or a page is missing.

    Raises Refused where no folder is named, or one that a web server must not hand out.
    """
    os.umask(PRIVATE)
    settings = settings_of(arguments)
    folder = _folder(arguments.out, settings)
    logs.configure("error", human=True)
    with service.open_service(settings, outbox=lambda _: Mailbag()) as joined:
        written = BoardWriter(cases_s=math.inf).write(joined, BoardFolder(folder), joined.clock.now())
    missing = written.cases - written.pages
    console.out(
        f"{counted(written.overdue, 'deadline')} overdue, {written.soon} due soon, "
        f"{counted(written.pages, 'page')} of {counted(written.cases, 'case')}: {folder / INDEX}"
    )
    if missing:
        console.err(f"riskwatch: {counted(missing, 'case')} without a page of now: the board says why")
    return 1 if written.overdue or missing else 0


def _folder(named: Path | None, settings: Settings) -> Path:
    folder = settings.board.folder if named is None else named.resolve()
    if folder is None:
        raise Refused(["riskwatch: --out: missing, and riskwatch.toml names no [board] folder"])
    config = settings.folder.resolve()
    if folder.is_relative_to(config) or config.is_relative_to(folder):
        raise Refused([f"riskwatch: --out: {folder} holds config/ or lies inside it; name a folder of its own"])
    return folder
