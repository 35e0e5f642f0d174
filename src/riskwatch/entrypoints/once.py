"""One pass of the daemon's stages: read, decide, send, and stop."""

import asyncio
from typing import NamedTuple

from riskwatch.bootstrap.service import Service, dry_service, only_daemon, open_service
from riskwatch.core.notices import Letter, Told
from riskwatch.entrypoints.reloading import record, user
from riskwatch.entrypoints.self_watch import keep_daily_head
from riskwatch.pipeline.batch import Delivered
from riskwatch.pipeline.refresh import Refreshed
from riskwatch.pipeline.simulation import Mailbag
from riskwatch.pipeline.sweep import Swept
from riskwatch.settings.model import Settings


class Pass(NamedTuple):
    """What one pass did; `letters` are filled in by a dry one, each with its notices."""

    refreshed: Refreshed
    swept: Swept
    delivered: Delivered
    letters: tuple[tuple[Letter, tuple[Told, ...]], ...] = ()


def sweep(settings: Settings) -> Pass:
    """Read everything, tell of what is due, and send. Raises StoreFault where a daemon runs on the same file."""
    with open_service(settings) as service, only_daemon(service.store):
        with service.store.begin() as tx:
            tx.release_claims()
        record(service, f"{user()} (riskwatch sweep)", service.clock.now())
        done = asyncio.run(_pass(service))
        keep_daily_head(service, service.clock.now())
        return done


def dry_sweep(settings: Settings) -> Pass:
    """Do the same on a copy of the store that is thrown away, and return the letters in place of sending them."""
    mailbag = Mailbag()
    with dry_service(settings, mailbag) as service:
        done = asyncio.run(_pass(service))
        letters = sorted(mailbag.empty(), key=lambda letter: letter.recipient)
        with service.store.begin() as tx:
            told = tx.lines_of([letter.letter_id for letter in letters])
        return done._replace(
            letters=tuple(
                (letter, tuple(sorted(told.get(letter.letter_id, ()), key=lambda one: one.notice.order)))
                for letter in letters
            )
        )


async def _pass(service: Service) -> Pass:
    now = service.clock.now()
    refreshed = service.refresh.full(now)
    service.assurance.watch(now)
    swept = service.sweep.run(now)
    try:
        delivered = await service.delivery.run()
    finally:
        await service.outbox.close()
    return Pass(refreshed, swept, delivered)
