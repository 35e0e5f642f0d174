"""`riskwatch run`: opens the service, keeps other daemons off its file, and runs until told to stop."""

import asyncio
import os
import signal
from collections.abc import Callable
from functools import partial

from riskwatch.bootstrap.service import only_daemon, open_outbox, open_service
from riskwatch.clock import SystemClock
from riskwatch.entrypoints.daemon import Daemon
from riskwatch.entrypoints.notify import Notifier
from riskwatch.entrypoints.reloading import as_written, record, reload, user
from riskwatch.entrypoints.showing import Showing
from riskwatch.entrypoints.waking import Timepiece
from riskwatch.pipeline.batch import LONGEST_RETRY
from riskwatch.pipeline.ports import Outbox
from riskwatch.settings.model import Settings


def run(
    settings: Settings,
    clock: Timepiece | None = None,
    *,
    way: Callable[[Settings], Outbox] = open_outbox,
    adapt: Callable[[Settings], Settings] = as_written,
) -> None:
    """Run the daemon until SIGTERM or SIGINT. Raises the Fault that keeps it from starting, or from going on.

    `way` opens the way that letters take, `adapt` makes of the files' settings what the daemon runs on.
    """
    settings = adapt(settings)
    # Until the loop takes it: whoever reloads a daemon that is only just starting must not end it.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    clock = clock or SystemClock()
    showing = Showing(Notifier.of(os.environ), clock, way=way)
    with open_service(settings, clock=clock, outbox=showing.outbox) as service, only_daemon(service.store):
        with service.store.begin() as tx:
            tx.release_claims()
            # The clock may have been set back while nobody was there: no letter waits longer than it would have.
            tx.bring_forward(clock.now(), beyond=LONGEST_RETRY)
        record(service, f"the daemon's start (user {user()})", clock.now())
        daemon = Daemon(service, clock, partial(reload, outbox=showing.outbox, adapt=adapt), showing.life)
        with showing.of(lambda: daemon.service, settings.service.health_listen):
            asyncio.run(daemon.run())
