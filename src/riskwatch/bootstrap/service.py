"""The service: stages joined to its database, the agency's, and the mail server."""

import gc
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from riskwatch.adapters.heartbeat import Heartbeat
from riskwatch.adapters.journal_heads import JournalHeads
from riskwatch.adapters.smtp import RelayChain, SmtpOutbox
from riskwatch.adapters.source.queries import EMBEDDED_QUERIES, SourceQueries
from riskwatch.adapters.source.sql import SqlSource
from riskwatch.adapters.store import SqlStore
from riskwatch.bootstrap.configuration import Chosen, choose
from riskwatch.bootstrap.letters import letter_writer
from riskwatch.clock import SystemClock
from riskwatch.core.faults import MailFault
from riskwatch.core.health import Limits as HealthLimits
from riskwatch.core.mandate import Mandate
from riskwatch.pipeline.assurance import Assurance, Vigilance
from riskwatch.pipeline.audit import Auditor
from riskwatch.pipeline.blindness import grace_of
from riskwatch.pipeline.delivery import LEASE, Blocking, Delivery, Stages, in_a_thread, on_the_spot
from riskwatch.pipeline.ports import Clock, Letters, Outbox
from riskwatch.pipeline.refresh import Limits, Refresh
from riskwatch.pipeline.sweep import Sweep
from riskwatch.settings.model import DatabaseSettings, RelaySettings, Settings
from riskwatch.settings.passwords import DATABASE_PASSWORD, SMTP_PASSWORD, SOURCE_PASSWORD, read_secret

GC_THRESHOLD = (1_000_000, 50, 50)


@dataclass(frozen=True)
class Service:
    """Everything that a running service is made of, joined."""

    settings: Settings
    clock: Clock
    store: SqlStore
    source: SqlSource
    outbox: Outbox
    refresh: Refresh
    sweep: Sweep
    delivery: Delivery
    assurance: Assurance
    letters: Letters
    auditor: Auditor
    heartbeat: Heartbeat | None
    heads: JournalHeads | None
    chosen: Chosen


def open_store(settings: Settings) -> SqlStore:
    """Open the service's own database and bring its schema up to date. The caller closes it."""
    return open_database(settings.database)


def open_database(database: DatabaseSettings) -> SqlStore:
    """Open the service's own database, as above, where no more of the configuration can be read."""
    return SqlStore(database.url, read_secret(database.password_file, DATABASE_PASSWORD))


def open_source(settings: Settings) -> SqlSource:
    """Return the agency's database, or the embedded tables where none is named. The caller closes it."""
    source, database = settings.source, settings.embedded or settings.database
    if source.url:
        queries = SourceQueries(source.children, source.assessments, source.checks, source.changed, source.freshness)
        url, password = source.url, read_secret(source.password_file, SOURCE_PASSWORD)
    else:
        queries = EMBEDDED_QUERIES
        url, password = database.url, read_secret(database.password_file, DATABASE_PASSWORD)
    timeout_s = max(1, int(source.statement_timeout.total_seconds()))
    return SqlSource(url, queries=queries, zone=source.timezone, statement_timeout_s=timeout_s, password=password)


def open_outbox(settings: Settings) -> SmtpOutbox | RelayChain:
    """Return the way to the mail server; no connection is made yet. Raises MailFault where there is no [smtp]."""
    smtp = settings.smtp
    if smtp is None:
        raise MailFault(f"{settings.folder}/riskwatch.toml: smtp: missing; letters cannot be sent without it")
    first = _relay(smtp, smtp.sender, SMTP_PASSWORD)
    if not smtp.fallback:
        return first
    others = [_relay(relay, smtp.sender, None) for relay in smtp.fallback]
    names = [f"{relay.host}:{relay.port}" for relay in smtp.relays]
    servers = list(zip(names, (first, *others), strict=True))
    return RelayChain(servers, fallback_after_s=smtp.fallback_after.total_seconds())


def _relay(relay: RelaySettings, sender: str, env_name: str | None) -> SmtpOutbox:
    return SmtpOutbox(
        host=relay.host,
        port=relay.port,
        security=relay.security.value,
        username=relay.username,
        password=partial(read_secret, relay.password_file, env_name),
        sender=sender,
        connections=relay.connections,
        timeout_s=relay.timeout.total_seconds(),
        ca_file=relay.ca_file,
        hostname=socket.gethostname(),
        per_minute=relay.per_minute,
    )


def join(chosen: Chosen, store: SqlStore, *, clock: Clock, outbox: Outbox, blocking: Blocking) -> Service:
    """Return the stages joined to a store that is open already. The caller closes the source and the outbox."""
    settings = chosen.settings
    source = open_source(settings)
    letters = letter_writer(settings)
    mandate = Mandate.of(settings.policy, settings.directory)
    limits = Limits(settings.source.shrink_limit_percent, settings.source.stale_after)
    refresh = Refresh(source, store, mandate, limits=limits)
    sweep = Sweep(store, letters, mandate, cap_per_hour=settings.letters.cap_per_hour)
    stages = Stages(refresh, sweep)
    unsent_limit = settings.service.unsent_limit
    delivery = Delivery(
        store,
        outbox,
        letters,
        stages,
        clock=clock,
        blocking=blocking,
        lease=_lease(settings),
        unsent_limit=unsent_limit,
    )
    vigilance = Vigilance(
        daily_at=settings.service.daily_letter_at,
        grace=grace_of(settings.source.refresh_every),
        stale_after=settings.source.stale_after,
        unsent_limit=unsent_limit,
        health=HealthLimits.of(settings.source.refresh_every, unsent_limit),
    )
    assurance = Assurance(store, store.reports, letters, mandate, vigilance)
    auditor = Auditor(source, store, store.books, mandate, refresh_every=settings.source.refresh_every)
    url = settings.service.heartbeat_url
    return Service(
        settings,
        clock,
        store,
        source,
        outbox,
        refresh,
        sweep,
        delivery,
        assurance,
        letters,
        auditor,
        Heartbeat(url) if url else None,
        journal_heads(settings),
        chosen,
    )


def journal_heads(settings: Settings) -> JournalHeads | None:
    """Return where the heads of the journal are kept, or None where nothing outside the database keeps them."""
    place = settings.service.journal_heads
    return None if place is None else JournalHeads(place, settings.service.journal_key_file)


def _lease(settings: Settings) -> timedelta:
    """Return how long a claimed letter is one daemon's alone: a letter is begun in the first half of its lease."""
    relays = settings.smtp.relays if settings.smtp is not None else ()
    one_letter = sum((relay.timeout for relay in relays), timedelta(0))  # a letter may be offered to each of them
    return max(LEASE, 2 * one_letter + LEASE / 4)


@contextmanager
def open_service(
    settings: Settings, *, clock: Clock | None = None, outbox: Callable[[Settings], Outbox] = open_outbox
) -> Iterator[Service]:
    """Open a whole service on its configured database, source and mail server; closed where the block ends.

    Closing the outbox needs the event loop that used it, and so is left to whoever ran the delivery.
    """
    # A full reading makes millions of small tuples that hold no cycles: at the default the collector takes a fifth of
    # its time to find nothing.
    gc.set_threshold(*GC_THRESHOLD)
    mail = outbox(settings)
    store = open_store(settings)
    try:
        clock = clock or SystemClock()
        chosen = choose(settings, store, clock.now())
        service = join(chosen, store, clock=clock, outbox=mail, blocking=in_a_thread)
        try:
            yield service
        finally:
            service.source.close()
    finally:
        store.close()


@contextmanager
def dry_service(settings: Settings, outbox: Outbox) -> Iterator[Service]:
    """Open a service on a copy of the store, which is thrown away where the block ends."""
    with open_store(settings) as store, store.throwaway() as copy:
        clock = SystemClock()
        chosen = choose(settings, copy, clock.now())
        service = join(chosen, copy, clock=clock, outbox=outbox, blocking=on_the_spot)
        try:
            yield service
        finally:
            service.source.close()


def rejoin(service: Service, chosen: Chosen, outbox: Outbox) -> Service:
    """Return a service on new settings and the same open store."""
    return join(chosen, service.store, clock=service.clock, outbox=outbox, blocking=in_a_thread)


def only_daemon(store: SqlStore) -> AbstractContextManager[None]:
    """Return the lock that keeps a second daemon off the same SQLite file."""
    return store.lock()
