"""`riskwatch run`: opens the service, keeps other daemons off its file, and runs until told to stop."""

import asyncio
import os
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import structlog

from riskwatch import logs
from riskwatch.bootstrap.service import Service, only_daemon, open_outbox, open_service, rejoin
from riskwatch.clock import SystemClock
from riskwatch.core.faults import Fault
from riskwatch.entrypoints.daemon import Daemon, Timepiece
from riskwatch.entrypoints.notify import Notifier
from riskwatch.entrypoints.showing import Showing
from riskwatch.pipeline.ports import Outbox
from riskwatch.settings.load import load
from riskwatch.settings.model import Settings

log = structlog.get_logger()


def run(settings: Settings, clock: Timepiece | None = None) -> None:
    """Run the daemon until SIGTERM or SIGINT. Raises the Fault that keeps it from starting, or from going on."""
    clock = clock or SystemClock()
    showing = Showing(Notifier.of(os.environ), clock)
    with open_service(settings, clock=clock, outbox=showing.outbox) as service, only_daemon(service.store):
        with service.store.begin() as tx:
            tx.release_claims()
        daemon = Daemon(service, clock, partial(reload, outbox=showing.outbox), showing.life)
        with showing.of(lambda: daemon.service, settings.service.health_listen):
            asyncio.run(daemon.run())


def reload(service: Service, *, outbox: Callable[[Settings], Outbox] = open_outbox) -> Service | None:
    """Return the service on the configuration as its files are now; None, and the old one stays, where one is wrong."""
    folder = service.settings.folder
    loaded = load(folder, today=datetime.now(UTC).date())
    for problem in loaded.errors:
        log.error("configuration-refused", problem=str(problem))
    settings = loaded.settings
    if settings is None:
        return None
    if settings.database != service.settings.database:
        log.error("configuration-refused", problem=f"{folder}/riskwatch.toml: database: changed; restart riskwatch")
        return None
    if settings.service.health_listen != service.settings.service.health_listen:
        changed = f"{folder}/riskwatch.toml: service.health_listen: changed; restart riskwatch"
        log.error("configuration-refused", problem=changed)
        return None
    try:
        fresh = rejoin(service, settings, outbox(settings))
    except Fault as fault:
        log.error("configuration-refused", problem=str(fault))
        return None
    logs.configure(settings.service.log_level)
    return fresh
