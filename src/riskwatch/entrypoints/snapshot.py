"""How the service is, looked up now and then by a thread of its own: who asks gets the last answer at once."""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

import structlog

from riskwatch.adapters.store import SqlStore
from riskwatch.adapters.store.vitals import Vitals, look
from riskwatch.core.faults import Fault
from riskwatch.core.health import Figures, Limits, Problem, Work, problems
from riskwatch.core.tracking import Run
from riskwatch.pipeline import audit, delivery, refresh, sweep
from riskwatch.pipeline.blindness import REASON, SINCE
from riskwatch.pipeline.configuration import REFUSED, WAITING, refusal
from riskwatch.pipeline.problems import BOARD
from riskwatch.settings.model import Settings

STAGES = (refresh.STAGE, sweep.STAGE, delivery.STAGE, audit.STAGE)
LOOK_EVERY_S = 5.0
BUSY_SHARE = 100
"""Looking takes at most one part in so many of the time: where it takes long, it is done more seldom."""
LONGEST_WAIT_S = 60.0
SILENT_S = 60.0
"""A look that takes longer than this means that the database does not answer."""
JOIN_S = 2.0

log = structlog.get_logger()


class Snapshot(NamedTuple):
    """How the service was at a moment, as far as its store knows, and what is wrong."""

    at: datetime
    policy_version: str
    vitals: Vitals
    figures: Figures
    problems: Sequence[Problem]


def take(store: SqlStore, settings: Settings, now: datetime) -> Snapshot:
    """Look at the store. Raises StoreFault where it does not answer."""
    limits = Limits.of(settings.source.refresh_every, settings.service.unsent_limit)
    return take_within(store, limits, settings.policy.version, now)


def take_within(store: SqlStore, limits: Limits, policy_version: str, now: datetime) -> Snapshot:
    """Do the same where the settings cannot be had as a whole."""
    vitals = look(store.reading, now, stages=STAGES, names=[SINCE, REASON, REFUSED, WAITING, BOARD])
    figures = figures_of(vitals, now)
    return Snapshot(now, policy_version, vitals, figures, problems(figures, limits))


def figures_of(vitals: Vitals, now: datetime) -> Figures:
    """Return what the judgement looks at."""
    work = {stage: _work(vitals.good.get(stage), vitals.latest.get(stage)) for stage in STAGES}
    since = vitals.kept.get(SINCE, "")
    refused = refusal(vitals.kept.get(REFUSED))
    return Figures(
        at=now,
        refresh=work[refresh.STAGE],
        sweep=work[sweep.STAGE],
        delivery=work[delivery.STAGE],
        audit=work[audit.STAGE],
        blind_since=datetime.fromisoformat(since) if since else None,
        blind_reason=vitals.kept.get(REASON, ""),
        oldest_unsent_at=vitals.oldest_unsent_at,
        unclocked=len(vitals.unclocked),
        refused="" if refused is None else refused.sentence,
        board=vitals.kept.get(BOARD, ""),
    )


def _work(good: Run | None, latest: Run | None) -> Work:
    if latest is None:
        return Work()
    return Work(None if good is None else good.finished_at, latest.finished_at, latest.problem)


class Snapshots:
    """Takes a snapshot every few seconds in a thread, and keeps the last. `after` is called after each look."""

    def __init__(
        self,
        take_one: Callable[[], Snapshot],
        *,
        after: Callable[[], None] = lambda: None,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._take = take_one
        self._after = after
        self._steady = steady
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="snapshots", daemon=True)
        # One value each, replaced whole: a reader in another thread needs no lock.
        self._last: Snapshot | None = None
        self._fault = ""
        self._answered_at = steady()
        self._asking_since: float | None = None

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more; a look that hangs is left to itself."""
        self._stop.set()
        self._thread.join(JOIN_S)

    @property
    def last(self) -> Snapshot | None:
        """The last snapshot that could be taken; None before the first."""
        return self._last

    @property
    def age_s(self) -> float:
        """How old the last snapshot is; before the first, how long it has been waited for."""
        return self._steady() - self._answered_at

    def problems(self) -> list[Problem]:
        """Return what is wrong with the service's work, and with the database that tells of it."""
        found = []
        last, fault, since = self._last, self._fault, self._asking_since
        silence_s = 0.0 if since is None else self._steady() - since
        if fault:
            found.append(Problem("database-failed", fault))
        elif silence_s > SILENT_S:
            found.append(Problem("database-silent", f"the database has not answered for {silence_s:.0f} s"))
        elif last is None:
            found.append(Problem("starting", "the service has only just started and has not looked at itself yet"))
        return [*found, *(last.problems if last is not None else ())]

    def look_once(self) -> None:
        """Take a snapshot, or keep why there is none."""
        self._asking_since = self._steady()
        try:
            self._last = self._take()
        except Fault as fault:
            self._fault = str(fault)
        except Exception as error:  # the next look must come, whatever this one ran into
            log.exception("snapshot-failed", error=type(error).__name__)
            self._fault = f"the service could not look at itself ({type(error).__name__}); the log has more"
        else:
            self._fault = ""
            self._answered_at = self._steady()
        finally:
            self._asking_since = None
        self._after()

    def _run(self) -> None:
        wait_s = 0.0
        while not self._stop.wait(wait_s):
            began_s = time.monotonic()
            self.look_once()
            took_s = time.monotonic() - began_s
            wait_s = min(max(LOOK_EVERY_S, took_s * BUSY_SHARE), LONGEST_WAIT_S)
