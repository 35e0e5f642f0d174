"""Whatever is recorded, corrected, refused and killed, in whatever order: at rest everybody was told what was owed."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from psycopg import sql
from sqlalchemy.engine import make_url

from riskwatch.adapters.store import SqlStore
from riskwatch.adapters.tables import metadata
from riskwatch.core.durations import parse_duration
from riskwatch.core.facts import Assessment, Check, Child, History
from riskwatch.core.notices import Outcome
from tests.builders import DI, DS, PC, absence, assessed, checked, directory, mandate
from tests.example_policy import POLICY, RULES
from tests.faults.effort import Effort
from tests.faults.mortal import ANSWERS
from tests.faults.world import World
from tests.pipeline.builders import recorded

REFS = ("C0", "C1", "C2")
TIER_WORDS = ("standard", "high", "high", "very_high", "no_further_action", "HIGH")
KINDS = ("seen", "seen", "seen_alone", "no_access", "phone_call", "placement", "closure_authorised")
PEOPLE = (PC, DS, "pc.two@north.police.uk", "")
TIGHTER = tuple(replace(one, first=parse_duration("12 hours")) if one.name == "seen-high" else one for one in RULES)
MANDATES = {
    "as it was": mandate(),
    "tighter": mandate(replace(POLICY, version="test-2", rules=TIGHTER)),
    "somebody is away": mandate(people=directory(absence(DS, "2023-02-01", "2023-02-20", cover=DI))),
    "somebody has left": mandate(people=directory(absence(DI, "2023-02-08"))),
}

refs = st.sampled_from(REFS)
kills = st.none() | st.integers(0, 12) | st.integers(0, 60)
numbers = st.integers(0, 1)
scripts = st.lists(st.sampled_from(ANSWERS), max_size=6)
ages = st.integers(-24, 96).map(lambda hours: timedelta(hours=hours))
delays = st.none() | st.integers(-6, 30).map(lambda hours: timedelta(hours=hours))


class AnyHistory(RuleBasedStateMachine):
    """A service at its work, under everything that may befall it."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self._count = 0
        self._rows: dict[str, list[Assessment | Check]] = {}
        self._children: dict[str, Child] = {}
        world.put(recorded("B0", assessed("standard"), checked("phone_call")))

    def teardown(self) -> None:
        """Come to rest, and look at everything."""
        try:
            self.world.rest()
            self.world.check()
        finally:
            self.world.close()

    # --- the agency --------------------------------------------------------------------------------------------------
    def _publish(self, ref: str) -> None:
        rows = self._rows.setdefault(ref, [])
        child = self._children.setdefault(ref, Child(ref, "york", PC))
        self.world.put(
            History(
                child,
                tuple(row for row in rows if isinstance(row, Assessment)),
                tuple(row for row in rows if isinstance(row, Check)),
            )
        )

    def _name(self) -> str:
        self._count += 1
        return f"R{self._count}"

    @rule(ref=refs, tier=st.sampled_from(TIER_WORDS), age=ages, late=delays)
    def assess(self, ref: str, tier: str, age: timedelta, late: timedelta | None) -> None:
        """A child is assessed: now, some days ago, or with a date that is yet to come."""
        when = self.world.clock.now() - age
        recorded_at = None if late is None else when + late
        self._rows.setdefault(ref, []).append(Assessment(self._name(), ref, "general", tier, when, recorded_at))
        self._publish(ref)

    @rule(ref=refs, kind=st.sampled_from(KINDS), age=ages, late=delays)
    def check(self, ref: str, kind: str, age: timedelta, late: timedelta | None) -> None:
        """A check is typed in, perhaps late, perhaps ahead."""
        when = self.world.clock.now() - age
        recorded_at = None if late is None else when + late
        self._rows.setdefault(ref, []).append(Check(self._name(), ref, kind, when, recorded_at))
        self._publish(ref)

    @precondition(lambda self: any(self._rows.values()))
    @rule(data=st.data())
    def correct(self, data: st.DataObject) -> None:
        """A record is deleted, or its date changed."""
        ref = data.draw(st.sampled_from([ref for ref, rows in self._rows.items() if rows]))
        rows = self._rows[ref]
        index = data.draw(st.integers(0, len(rows) - 1))
        row = rows.pop(index)
        shift = data.draw(st.none() | ages)
        if shift is not None:
            rows.insert(index, _earlier(row, shift))
        self._publish(ref)

    @rule(ref=refs, days=st.none() | st.integers(-3, 2))
    def close(self, ref: str, days: int | None) -> None:
        """A closing date is set, or taken out."""
        child = self._children.setdefault(ref, Child(ref, "york", PC))
        closed_at = None if days is None else self.world.clock.now() + timedelta(days=days)
        self._children[ref] = child._replace(closed_at=closed_at)
        self._publish(ref)

    @rule(ref=refs, officer=st.sampled_from(PEOPLE), unit=st.sampled_from(["york", "filey", ""]))
    def hand_over(self, ref: str, officer: str, unit: str) -> None:
        """A child is given to somebody else."""
        child = self._children.setdefault(ref, Child(ref, "york", PC))
        self._children[ref] = child._replace(officer=officer, unit=unit)
        self._publish(ref)

    # --- the service -------------------------------------------------------------------------------------------------
    @rule(number=numbers, full=st.booleans(), kill=kills)
    def refresh(self, number: int, full: bool, kill: int | None) -> None:
        """The records are read."""
        now = self.world.clock.now()
        self.world.do(number, lambda one: one.refresh.full(now) if full else one.refresh.changed(now), kill_after=kill)

    @rule(number=numbers, kill=kills)
    def sweep(self, number: int, kill: int | None) -> None:
        """What is due is told."""
        self.world.do(number, lambda one: one.sweep.run(self.world.clock.now()), kill_after=kill)

    @rule(number=numbers, script=scripts, kill=kills)
    def send(self, number: int, script: Sequence[Outcome], kill: int | None) -> None:
        """Letters are delivered, as the mail server likes."""
        self.world.server.script = list(script)
        self.world.do(number, lambda one: one.send(), kill_after=kill)
        self.world.server.script.clear()

    @rule(number=numbers, script=scripts, hours=st.sampled_from([1, 5, 13, 25, 80]))
    def work(self, number: int, script: Sequence[Outcome], hours: int) -> None:
        """Some time passes, and the service does all of its work."""
        self.turn(hours)
        self.refresh(number, False, None)
        self.sweep(number, None)
        self.send(number, script, None)

    @rule(hours=st.sampled_from([-1, 0.01, 1, 5, 24, 24 * 8]))
    def turn(self, hours: float) -> None:
        """The clock goes on, or is set back an hour."""
        self.world.turn(timedelta(seconds=int(hours * 3600)))

    @rule(name=st.sampled_from(sorted(MANDATES)))
    def govern(self, name: str) -> None:
        """The policy and the directory are reloaded."""
        self.world.govern(MANDATES[name])

    @rule(per_minute=st.sampled_from([None, 1, 30]))
    def pace(self, per_minute: int | None) -> None:
        """The mail server's limit is changed."""
        self.world.per_minute = per_minute
        self.world.govern(self.world.mandate)


def _earlier(row: Assessment | Check, shift: timedelta) -> Assessment | Check:
    if isinstance(row, Assessment):
        return row._replace(assessed_at=row.assessed_at - shift)
    return row._replace(checked_at=row.checked_at - shift)


@contextmanager
def on_sqlite() -> Iterator[Callable[[], str]]:
    """The address of an empty database, each time."""
    with tempfile.TemporaryDirectory() as folder:
        numbers = iter(range(1_000_000))
        yield lambda: f"sqlite:///{Path(folder) / f'{next(numbers)}.db'}"


@contextmanager
def on_postgresql(server: str) -> Iterator[Callable[[], str]]:
    """The address of one database, emptied each time."""
    name = "riskwatch_histories"
    url = make_url(server).set(database=name).render_as_string(hide_password=False)
    tables = [table.name for table in metadata.sorted_tables if table.name != "journal_head"]

    def emptied() -> str:
        with psycopg.connect(url) as connection:
            connection.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(map(sql.Identifier, tables))))
            connection.execute("UPDATE journal_head SET seq = 0, hash = repeat('0', 64)")
        return url

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        SqlStore(url).close()
        yield emptied
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def run(machine: Callable[[], AnyHistory], wanted: settings) -> None:
    """Run a state machine; what makes one is called for each history."""
    run_state_machine_as_test(machine, settings=wanted)  # type: ignore[arg-type]  # any factory will do


def profile(effort: Effort, examples: int) -> settings:
    """How many histories. A failing one is made smaller in the long form only: that may take minutes."""
    return settings(
        max_examples=examples * (100 if effort.long else 1),
        stateful_step_count=30,
        deadline=None,
        derandomize=not effort.long,
        database=None,
        phases=[Phase.generate, Phase.shrink] if effort.long else [Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.parametrize("cap_per_hour", [0, 2])
def test_any_history_on_sqlite(effort: Effort, cap_per_hour: int) -> None:
    """One daemon on its file."""
    with on_sqlite() as address:
        run(lambda: AnyHistory(World(address(), cap_per_hour=cap_per_hour)), profile(effort, 5))


def test_any_history_on_postgresql(effort: Effort, postgres_server: str) -> None:
    """Two daemons on one database, in turn; what one was killed over the other takes up."""
    with on_postgresql(postgres_server) as address:
        run(lambda: AnyHistory(World(address(), daemons=2)), profile(effort, 4))
