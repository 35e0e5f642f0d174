"""Reloading: all of config/ and templates/ is taken up, or nothing; who asked, and what is told of it."""

import json
import os
import pwd
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog

from riskwatch import logs
from riskwatch.adapters.letters import check_templates
from riskwatch.bootstrap.configuration import Chosen, choose, configuration_of
from riskwatch.bootstrap.service import Service, open_outbox, rejoin
from riskwatch.core.faults import Fault
from riskwatch.pipeline.configuration import in_force, refuse, take_up
from riskwatch.pipeline.ports import Outbox, Transaction
from riskwatch.settings.load import load
from riskwatch.settings.model import Settings

REQUEST = "reload-request"
ANSWER = "reload-answer"
REQUEST_COUNTS = timedelta(minutes=5)
"""A request that is older than this did not bring the signal that has come now."""
SIGNAL = "a SIGHUP signal, whose sender is not known"
VALID_FROM = "the clock, as its valid_from had come"

log = structlog.get_logger()


class Request(NamedTuple):
    """Somebody's wish that the configuration be taken up; `key` marks the answer to it."""

    key: str
    by: str
    at: datetime


class Answer(NamedTuple):
    """What came of a request: whether the files were taken up, and what is to be said of it, a line each."""

    key: str
    taken: bool
    lines: tuple[str, ...]


class Refused(Exception):
    """The files cannot be taken up: every problem."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(*problems)
        self.problems = problems


def as_written(settings: Settings) -> Settings:
    """Return the settings as their files have them."""
    return settings


def reload(
    service: Service,
    *,
    outbox: Callable[[Settings], Outbox] = open_outbox,
    adapt: Callable[[Settings], Settings] = as_written,
) -> Service | None:
    """Return the service on the configuration as its files are now; None, and the old one stays, where one is wrong.

    `adapt` makes of the files' settings what this daemon runs on: a rehearsal keeps books of its own.
    Either is written down and told before it is so. Raises StoreFault where it cannot be: the old one stays, too.
    """
    now = service.clock.now()
    request = _request(service, now)
    try:
        chosen = _chosen(service, now, adapt)
        fresh = rejoin(service, chosen, outbox(chosen.settings))
    except Refused as refused:
        _refuse(service, refused.problems, request, now)
        return None
    except Fault as fault:
        _refuse(service, [str(fault)], request, now)
        return None
    try:
        record(fresh, _by(service, request, now), now, request)
    except BaseException:
        fresh.source.close()
        raise
    logs.configure(fresh.settings.service.log_level)
    return fresh


def record(service: Service, by: str, now: datetime, request: Request | None = None) -> None:
    """Write into the journal what is in force: nothing is decided under a configuration that it does not name."""
    chosen, mandate = service.chosen, service.sweep.mandate
    configuration = configuration_of(chosen.settings, by, now)
    with service.store.begin() as tx:
        waits = "" if chosen.hold is None else chosen.hold.reason
        valid_from = mandate.policy.valid_from
        if in_force(tx) is None and valid_from is not None and now < valid_from:
            waits = (
                f"policy {mandate.policy.version} is in force before its valid_from, for there is no policy before it"
            )
        is_new = take_up(tx, configuration, mandate, waits)
        for problem in chosen.problems:  # there must be a policy: that of the files is in force, come what may
            log.error("policy-in-force-early", problem=problem)
        if chosen.hold is not None and not chosen.problems and chosen.hold.until is None:
            log.error("configuration-refused", problem=chosen.hold.reason)
            refuse(tx, [chosen.hold.reason], service.letters, mandate, now)
        elif waits:
            log.warning("policy-waits", problem=waits, policy_version=mandate.policy.version)
        taken = f"policy {mandate.policy.version} is in force{'' if is_new else ', as it was: nothing has changed'}"
        _answer(tx, request, Answer("", True, (taken, *([waits] if waits else []))))


def user() -> str:
    """Return the name of the user of this process; its number where it has none."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"user {os.getuid()}"


def _chosen(service: Service, now: datetime, adapt: Callable[[Settings], Settings]) -> Chosen:
    """Return what is to run from now on. Raises Refused with every problem of every file."""
    folder, running = service.settings.folder, service.settings
    loaded = load(folder, today=now.date())
    settings = loaded.settings
    templates = running.letters.templates if settings is None else settings.letters.templates
    problems = [*map(str, loaded.errors), *check_templates(templates)]
    if settings is None or problems:
        raise Refused(problems)
    settings = adapt(settings)
    if settings.database != running.database:
        problems.append(f"{folder}/riskwatch.toml: database: changed; restart riskwatch")
    if settings.service.health_listen != running.service.health_listen:
        problems.append(f"{folder}/riskwatch.toml: service.health_listen: changed; restart riskwatch")
    chosen = choose(settings, service.store, now)
    if chosen.problems:
        problems += chosen.problems
    elif chosen.hold is not None and chosen.hold.until is None:
        problems.append(f"{folder}/policy.toml: {chosen.hold.reason}")
    if problems:
        raise Refused(problems)
    return chosen


def _refuse(service: Service, problems: Sequence[str], request: Request | None, now: datetime) -> None:
    for problem in problems:
        log.error("configuration-refused", problem=problem)
    with service.store.begin() as tx:
        refuse(tx, problems, service.letters, service.sweep.mandate, now)
        _answer(tx, request, Answer("", False, tuple(problems)))


def _by(service: Service, request: Request | None, now: datetime) -> str:
    if request is not None:
        return f"{request.by} (riskwatch reload)"
    hold = service.chosen.hold
    return VALID_FROM if hold is not None and hold.until is not None and hold.until <= now else SIGNAL


# --- asking a daemon, and being asked ---------------------------------------------------------------------------------
def ask(tx: Transaction, request: Request) -> None:
    """Leave word of who asks, for the daemon that gets the signal."""
    tx.remember(REQUEST, json.dumps([request.key, request.by, request.at.isoformat()]))


def answer_to(tx: Transaction, key: str) -> Answer | None:
    """Return what came of a request; None while nothing has."""
    kept = json.loads(tx.recall(ANSWER) or "null")
    if kept is None or kept[0] != key:
        return None
    return Answer(kept[0], kept[1], tuple(kept[2]))


def _request(service: Service, now: datetime) -> Request | None:
    with service.store.begin() as tx:
        kept = json.loads(tx.recall(REQUEST) or "null")
    if kept is None:
        return None
    request = Request(kept[0], kept[1], datetime.fromisoformat(kept[2]))
    return request if abs(now - request.at) <= REQUEST_COUNTS else None


def _answer(tx: Transaction, request: Request | None, answer: Answer) -> None:
    if request is not None:
        tx.remember(ANSWER, json.dumps([request.key, answer.taken, answer.lines]))
        tx.remember(REQUEST, "")
