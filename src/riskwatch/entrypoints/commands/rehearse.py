"""`riskwatch rehearse`: the daemon on the real records, with every letter going to one place, marked."""

import os
from argparse import Namespace
from functools import partial
from pathlib import Path

from riskwatch import logs
from riskwatch.bootstrap.rehearsal import open_folder, open_redirected
from riskwatch.core.directory import domain_of
from riskwatch.entrypoints import serve
from riskwatch.entrypoints.commands.run import PRIVATE
from riskwatch.entrypoints.configured import mailing_settings_of, settings_of
from riskwatch.entrypoints.console import Console, Refused
from riskwatch.settings.model import Settings
from riskwatch.settings.rehearsal import for_rehearsal


def run(arguments: Namespace, console: Console) -> int:
    """Run until told to stop. Raises Refused for a place that may not have the letters."""
    os.umask(PRIVATE)
    settings = mailing_settings_of(arguments)[0] if arguments.to else settings_of(arguments)
    _check(settings, arguments.to, arguments.database)
    place = arguments.to or str(arguments.folder)
    way = partial(open_redirected, to=arguments.to) if arguments.to else partial(open_folder, folder=arguments.folder)
    console.err(f"A rehearsal: every letter goes to {place}, nobody else is told. Its books: {arguments.database}")
    logs.configure(settings.service.log_level)
    serve.run(settings, way=way, adapt=partial(for_rehearsal, database=arguments.database))
    return 0


def _check(settings: Settings, to: str | None, database: Path) -> None:
    problems = []
    if to is not None and (domain_of(to) is None or not settings.directory.is_allowed(to)):
        allowed = ", ".join(sorted(settings.directory.allowed_domains))
        problems.append(f"riskwatch: --to: {to!r} is no plain lower-case address on an allowed domain ({allowed})")
    if settings.database.url == f"sqlite:///{database.absolute()}":
        problems.append(f"riskwatch: --database: {database} holds the service's own books; name another file")
    if problems:
        raise Refused(problems)
