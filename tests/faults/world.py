"""A service whose stages a test turns by hand, over a real database, and that may be killed at any statement."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from sqlalchemy import event

from riskwatch.adapters.store import SqlStore
from riskwatch.core.facts import History
from riskwatch.core.mandate import Mandate
from riskwatch.core.obligations import fold
from riskwatch.core.sightings import settle
from riskwatch.pipeline.audit import Auditor
from riskwatch.pipeline.delivery import Delivery, Stages, on_the_spot
from riskwatch.pipeline.refresh import Limits, Refresh
from riskwatch.pipeline.simulation import TurnedClock
from riskwatch.pipeline.sweep import Sweep
from tests.builders import MONDAY, at, mandate
from tests.faults.mortal import KeyLetters, Killed, MailServer, Mortality, Postman
from tests.pipeline.fakes import FakeSource
from tests.pipeline.test_pace import TurnedLoop

REFRESH_EVERY = timedelta(minutes=5)
LEASE = timedelta(minutes=2)
ROUNDS = 60
"""A bound on the rounds in which the service comes to rest."""


class Daemon:
    """One process: its own connection, stages, and end."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.mortality = Mortality()
        self.store = SqlStore(world.address)
        self._tick_at_statements()
        if world.address.startswith("sqlite"):
            with self.store.begin() as tx:
                tx.release_claims()
        self.join()

    def join(self) -> None:
        """Make the stages, under the mandate of the moment."""
        world = self._world
        limits = Limits(100, timedelta(days=400))
        self.refresh = Refresh(world.source, self.store, world.mandate, limits=limits)
        self.sweep = Sweep(self.store, KeyLetters(), world.mandate, cap_per_hour=world.cap_per_hour)
        self.delivery = Delivery(
            self.store,
            Postman(world.server, self.mortality, world.per_minute),
            KeyLetters(),
            Stages(self.refresh, self.sweep),
            clock=world.clock,
            blocking=on_the_spot,
            lease=LEASE,
        )

    def _tick_at_statements(self) -> None:
        engine, sqlite = self.store._engine, self._world.address.startswith("sqlite")

        @event.listens_for(engine, "before_cursor_execute")
        def _statement(*_: Any) -> None:
            self.mortality.tick()

        @event.listens_for(engine, "commit")
        def _commit(*_: Any) -> None:
            self.mortality.tick()

        if sqlite:
            with self.store.reading() as connection:
                driver: Any = connection.connection.driver_connection
                driver.execute("PRAGMA synchronous = OFF")  # waiting for the disk proves nothing here

    def send(self) -> None:
        """Deliver, until nothing more is to go now or the process has ended."""
        with asyncio.Runner(loop_factory=TurnedLoop) as runner:
            runner.run(self._send())

    async def _send(self) -> None:
        gone = asyncio.Event()
        self.mortality.on_death(gone.set)
        run, death = asyncio.ensure_future(self.delivery.run()), asyncio.ensure_future(gone.wait())
        await asyncio.wait({run, death}, return_when=asyncio.FIRST_COMPLETED)
        death.cancel()
        if self.mortality.dead:
            run.cancel()
        results = await asyncio.gather(run, death, return_exceptions=True)
        if self.mortality.dead:
            raise Killed
        if isinstance(results[0], BaseException):
            raise results[0]


class World:
    """An agency, a mail server, a clock, a database, and one or two daemons; what a person there would have seen."""

    daemon_kind = Daemon
    clock_kind = TurnedClock

    def __init__(self, address: str, *, daemons: int = 1, cap_per_hour: int = 0) -> None:
        self.address = address
        self.cap_per_hour = cap_per_hour
        self.per_minute: int | None = None
        self.source = FakeSource(incremental=True)
        self.server = MailServer()
        self.clock = self.clock_kind(at(MONDAY))
        self.latest = self.clock.now()
        self.mandate: Mandate = mandate()
        self.is_constant = True  # nobody came or went: else who is to be cleared is another question
        self.ever_owed: set[str] = set()
        self.kills = 0
        self.daemons = [self.daemon_kind(self) for _ in range(daemons)]

    def close(self) -> None:
        """Close every database."""
        for daemon in self.daemons:
            daemon.store.close()

    # --- what happens ------------------------------------------------------------------------------------------------
    def turn(self, by: timedelta) -> None:
        """Turn the clock, forward or back."""
        self.clock.set(self.clock.now() + by)
        self.latest = max(self.latest, self.clock.now())

    def put(self, history: History) -> None:
        """Have the agency change a child's rows."""
        self.source.put(history)
        self._note_owed()

    def govern(self, new: Mandate) -> None:
        """Reload the policy and the directory."""
        self.is_constant &= new.directory == self.mandate.directory
        self.mandate = new
        for daemon in self.daemons:
            daemon.join()

    def do(self, number: int, act: Callable[[Daemon], object], *, kill_after: int | None = None) -> None:
        """Have a daemon do something; it is killed after so many statements and steps, and started anew."""
        self._note_owed()
        index = number % len(self.daemons)
        daemon = self.daemons[index]
        daemon.mortality.left = kill_after
        with suppress(Killed):
            act(daemon)
        daemon.mortality.left = None
        if daemon.mortality.dead:
            self.kills += 1
            daemon.store.close()
            self.daemons[index] = self.daemon_kind(self)
        self._note_owed()

    def _note_owed(self) -> None:
        """Note what is owed by the facts as they are visible now, reckoned by the core alone."""
        for _, account in self._accounts():
            of_now = (*account.outstanding, *account.ended, *account.unhonoured)
            self.ever_owed |= {one.key for one in of_now}

    def _accounts(self) -> Iterator[tuple[str, Any]]:
        store = self.daemons[0].store if hasattr(self, "daemons") else None
        histories = list(self.source._histories.values())
        refs = [history.child.child_ref for history in histories]
        seen = store.books.sightings(refs) if store is not None else {}
        for history in histories:
            ref = history.child.child_ref
            settled = settle(history, seen.get(ref, ()), self.clock.now(), first_reading=False).history
            yield ref, fold(settled, self.mandate.rulebook, self.clock.now())

    # --- coming to rest ----------------------------------------------------------------------------------------------
    def rest(self) -> None:
        """Let the mail server take everything, and every daemon work until nothing moves; never back in time."""
        self.server.script.clear()
        self.clock.set(max(self.clock.now(), self.latest))
        for _ in range(ROUNDS):
            self.turn(REFRESH_EVERY * 4)
            for number in range(len(self.daemons)):
                self.do(number, lambda daemon: daemon.refresh.full(self.clock.now()))
                self.do(number, lambda daemon: daemon.sweep.run(self.clock.now()))
                self.do(number, lambda daemon: daemon.send())
            if self._is_at_rest():
                return
        raise AssertionError(f"the service does not come to rest: {self.daemons[0].store.next_wake()}")

    def _is_at_rest(self) -> bool:
        wake = self.daemons[0].store.next_wake()
        with self.daemons[0].store.reading() as connection:
            doubted = "SELECT count(*) FROM obligation WHERE doubted_at IS NOT NULL AND ended_at IS NULL"
            under_way = "SELECT count(*) FROM letter WHERE state IN ('pending', 'sending')"
            held = "SELECT count(*) FROM notice WHERE fate = 'held'"
            left = [connection.exec_driver_sql(text).scalar_one() for text in (doubted, under_way, held)]
        return not any(left) and (wake is None or wake > self.clock.now())

    # --- what is so then ---------------------------------------------------------------------------------------------
    def check(self) -> None:
        """Check everything that is to be so when nothing moves any more."""
        store = self.daemons[0].store
        assert list(store.reports.verify_journal()) == []
        self._check_owed()
        self._check_told()
        for later in (timedelta(0), timedelta(hours=1), timedelta(hours=1)):
            self.turn(later)
            self.do(0, lambda daemon: daemon.refresh.full(self.clock.now()))
            self.do(0, lambda daemon: daemon.sweep.run(self.clock.now()))
            self.do(0, lambda daemon: daemon.send())
            books = store.books
            auditor = Auditor(self.source, store, books, self.mandate, refresh_every=REFRESH_EVERY)
            found = auditor.run(self.clock.now())
            assert ([one.sentence for one in found.findings], found.problem) == ([], "")

    def _check_owed(self) -> None:
        """What is kept open is what the visible facts ask for, no more and no less."""
        kept = self.daemons[0].store.books.kept([ref for ref, _ in self._accounts()])
        for ref, account in self._accounts():
            is_open = {one.key for one in kept[ref].tracked if one.ended_at is None and one.basis != "closing"}
            assert {one.key for one in account.outstanding} == is_open

    def _check_told(self) -> None:
        """Every notice decided has arrived, none that was not; twice only where no answer was kept, as one letter."""
        received: Counter[str] = Counter(key for _, keys in self.server.received for key in keys)
        carried = {key: {name for name, keys in self.server.received if key in keys} for key in received}
        with self.daemons[0].store.reading() as connection:
            rows = connection.exec_driver_sql(NOTICES).all()
        told = {row.key: row for row in rows}
        assert [key for key in received if key not in told] == []
        lost = [key for key, row in told.items() if row.fate == "sent" and key not in received]
        assert lost == []
        assert [key for key, row in told.items() if row.fate in ("held", "pending", "sending")] == []
        assert [key for key in received if told[key].fate == "struck"] == []
        assert [key for key, letters in carried.items() if len(letters) > 1] == []
        assert [key for key in received if told[key].subject not in self.ever_owed] == []
        self._check_repeats(Counter(name for name, _ in self.server.received))
        self._check_cleared(received, rows)

    def _check_repeats(self, sent: Counter[str]) -> None:
        assert sum(sent.values()) - len(sent) <= Postman.connections * self.kills + self.server.answers_lost

    def _check_cleared(self, received: Counter[str], rows: Sequence[Any]) -> None:
        """Whoever has a letter that something was overdue has one that it is over.

        But for those whom the mail server refused for good when the letter, which it had taken without saying so, was
        tried again: they count as people who cannot be told.
        """
        if not self.is_constant:
            return
        cleared = {(row.subject, row.generation, row.person) for row in rows if row.kind == "cleared"}
        missing = [
            row.key
            for row in rows
            if row.kind == "overdue"
            and row.key in received
            and row.fate != "refused"
            and row.ended_at is not None
            and row.generation == row.latest_generation
            and (row.subject, row.generation, row.person) not in cleared
        ]
        assert missing == []


NOTICES = """
SELECT n.key, n.subject, n.generation, n.kind, n.person, n.fate, o.ended_at, o.generation AS latest_generation
FROM notice n LEFT JOIN obligation o ON o.key = n.subject
"""
