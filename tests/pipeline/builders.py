"""The stages joined to the fakes, turned from moment to moment, and what they did in words."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, time, timedelta

from riskwatch.core.facts import Assessment, Check, History
from riskwatch.core.health import Limits as HealthLimits
from riskwatch.core.mandate import Mandate
from riskwatch.core.notices import Letter, ServiceLetter, Told
from riskwatch.core.tracking import Tracked
from riskwatch.pipeline.assurance import Assurance, Vigilance
from riskwatch.pipeline.batch import Delivered
from riskwatch.pipeline.delivery import LEASE, Blocking, Delivery, Stages, on_the_spot
from riskwatch.pipeline.refresh import Limits, Refresh, Refreshed
from riskwatch.pipeline.simulation import TurnedClock
from riskwatch.pipeline.sweep import Sweep, Swept
from tests.builders import CHILD_REF, MONDAY, PC, UNIT, assessed, at, child, local, mandate
from tests.pipeline.fakes import FakeLetters, FakeOutbox, FakeSource, WatchedStore
from tests.pipeline.reports import MemoryReports

VIGILANCE = Vigilance(
    daily_at=time(7, 30),
    grace=timedelta(minutes=10),
    stale_after=timedelta(hours=26),
    unsent_limit=timedelta(minutes=30),
    health=HealthLimits.of(timedelta(minutes=5), timedelta(minutes=30)),
)
DUE = "2023-02-07 09:00"
"""When a child assessed as high on MONDAY is to have been seen."""


def recorded(
    child_ref: str = CHILD_REF,
    *records: Assessment | Check,
    unit: str = UNIT,
    officer: str = PC,
    closed: str | None = None,
    closed_recorded: str | None = None,
) -> History:
    """What the agency's database says of one child; assessed as high on MONDAY, where a test gives no records."""
    own = [record._replace(child_ref=child_ref) for record in records or (assessed(),)]
    return History(
        child(child_ref, unit=unit, officer=officer, closed=closed, closed_recorded=closed_recorded),
        assessments=[record for record in own if isinstance(record, Assessment)],
        checks=[record for record in own if isinstance(record, Check)],
    )


class Works:
    """The stages over one store, on a clock that a test turns. `restart` makes them anew on the same store."""

    def __init__(
        self,
        *histories: History,
        source: FakeSource | None = None,
        outbox: FakeOutbox | None = None,
        under: Mandate | None = None,
        shrink_limit_percent: int = 100,
        cap_per_hour: int = 0,
        lease: timedelta = LEASE,
        blocking: Blocking = on_the_spot,
    ) -> None:
        self.source = source or FakeSource(*histories)
        self.outbox = outbox or FakeOutbox()
        self.letters = FakeLetters()
        self.store = WatchedStore()
        self.clock = TurnedClock(at(MONDAY))
        self._shrink_limit_percent = shrink_limit_percent
        self._cap_per_hour = cap_per_hour
        self._lease = lease
        self._blocking = blocking
        self.restart(under or mandate())

    def restart(self, under: Mandate | None = None) -> None:
        """Make the stages anew, as after a crash: what they knew is what the store holds."""
        if under is not None:
            self._mandate = under
        limits = Limits(self._shrink_limit_percent, timedelta(hours=26))
        self.refresh = Refresh(self.source, self.store, self._mandate, limits=limits)
        self.sweep = Sweep(self.store, self.letters, self._mandate, cap_per_hour=self._cap_per_hour)
        stages = Stages(self.refresh, self.sweep)
        self.delivery = Delivery(
            self.store,
            self.outbox,
            self.letters,
            stages,
            clock=self.clock,
            blocking=self._blocking,
            lease=self._lease,
            unsent_limit=VIGILANCE.unsent_limit,
        )
        reports = MemoryReports(self.store)
        self.assurance = Assurance(self.store, reports, self.letters, self._mandate, VIGILANCE)

    # --- doing -------------------------------------------------------------------------------------------------------
    def read(self, when: str | datetime, *, full: bool = True) -> Refreshed:
        """Turn the clock and read the source: everything, or what has changed."""
        self.clock.set(at(when))
        return self.refresh.full(at(when)) if full else self.refresh.changed(at(when))

    def tell(self, when: str | datetime) -> Swept:
        """Turn the clock and sweep."""
        self.clock.set(at(when))
        return self.sweep.run(at(when))

    def send(self, when: str | datetime) -> Delivered:
        """Turn the clock and deliver."""
        self.clock.set(at(when))
        return asyncio.run(self.delivery.run())

    def round(self, when: str | datetime) -> Sequence[str]:
        """Read everything, sweep and deliver; return what was sent, in words."""
        self.read(when)
        self.tell(when)
        before = len(self.outbox.sent)
        self.send(when)
        return [line for letter in self.outbox.sent[before:] for line in in_words(letter)]

    def watch(self, when: str | datetime, *, full: bool = True) -> Sequence[ServiceLetter]:
        """Read, then tell of blindness and delays; return the letters about the service that were worded."""
        self.read(when, full=full)
        before = len(self.letters.services)
        self.assurance.watch(at(when))
        return self.letters.services[before:]

    # --- asking ------------------------------------------------------------------------------------------------------
    def tracked(self, child_ref: str = CHILD_REF, rule: str = "seen-high") -> Tracked:
        """Return the one obligation of a rule of a child."""
        with self.store.begin() as tx:
            [found] = [one for one in tx.tracked([child_ref]) if one.rule == rule]
        return found

    def told(self, child_ref: str = CHILD_REF) -> Sequence[Told]:
        """Return every notice about a child, oldest first."""
        with self.store.begin() as tx:
            return tx.told([one.key for one in tx.tracked([child_ref])])

    def letter(self, letter_id: str) -> Letter:
        """Return a letter as the store holds it."""
        with self.store.begin() as tx:
            [found] = tx.letters([letter_id])
        return found

    def decisions(self, child_ref: str = CHILD_REF, rule: str = "seen-high") -> Sequence[str]:
        """Return what the journal says of a rule's obligation, as "owed 2023-02-06 09:00"."""
        return [
            f"{entry.decision} {local(entry.at)}"
            for entry in self.store.entries
            if entry.child_ref == child_ref and entry.detail.get("rule") == rule
        ]


def in_words(letter: Letter) -> Sequence[str]:
    """Return a letter's notices, as "pc.one: overdue C1 officer"."""
    person = letter.recipient.partition("@")[0]
    return [f"{person}: {line}" for line in letter.message.decode().splitlines()]
