"""The daemon's watch over itself: it audits, beats only while all is well, and keeps the journal's heads."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from riskwatch.bootstrap import service as bootstrap
from riskwatch.bootstrap.service import Service
from riskwatch.clock import FastClock, SystemClock
from riskwatch.core.faults import StoreFault
from riskwatch.entrypoints.self_watch import HEARTBEAT, SelfWatch, keep_daily_head, keep_head
from riskwatch.pipeline.simulation import Mailbag
from riskwatch.settings.load import load
from tests.entrypoints.processes import given, letters_by_state, soon, write_config


class Heart:
    """A heartbeat that only counts."""

    def __init__(self) -> None:
        self.beats = 0
        self.problem: str | None = ""

    async def beat(self) -> str | None:
        """Beat."""
        self.beats += 1
        return self.problem


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A config folder, and a child who is not due yet."""
    return given(write_config(tmp_path, 1), due_at=[soon(3600)])


@pytest.fixture
def service(config: Path) -> Iterator[Service]:
    """A service that has read and swept once."""
    settings = load(config, today=SystemClock().now().date()).settings
    assert settings is not None
    with bootstrap.open_service(settings, outbox=lambda _: Mailbag()) as joined:
        joined.refresh.full(joined.clock.now())
        joined.sweep.run(joined.clock.now())
        yield replace(joined, heartbeat=Heart())  # type: ignore[arg-type]


def watch(service: Service, *, fast: bool = False) -> bool:
    """Do what is due after one sweep; whether there is a letter to send."""
    written: list[bool] = []

    async def once() -> None:
        clock = FastClock(600) if fast else SystemClock()
        await SelfWatch(lambda: service, clock, written=lambda: written.append(True)).look()

    asyncio.run(once())
    return bool(written)


def beats(service: Service) -> int:
    """Return how often it beat."""
    assert isinstance(service.heartbeat, Heart)
    return service.heartbeat.beats


def kept(service: Service, name: str) -> str:
    """Return a named value."""
    with service.store.begin() as tx:
        return tx.recall(name) or ""


def break_books(config: Path) -> None:
    """Put what is owed to sleep."""
    with closing(sqlite3.connect(config.parent / "riskwatch.db")) as connection:
        connection.execute("UPDATE obligation SET next_notice_at = NULL")
        connection.commit()


def test_a_clean_audit_and_a_whole_sweep_beat(service: Service) -> None:
    """All is well: the watchdog is called, and when is on record."""
    assert not watch(service)
    assert beats(service) == 1
    assert kept(service, HEARTBEAT).endswith("+00:00")
    with service.store.begin() as tx:
        assert tx.last_run("audit") is not None


def test_findings_silence_the_heartbeat_and_are_written_of(service: Service, config: Path) -> None:
    """The watchdog outside hears nothing, the administrator does: one letter, however often it is found."""
    break_books(config)
    assert watch(service)
    assert watch(service)
    assert beats(service) == 0
    assert letters_by_state(config) == {"pending": 1}


def test_a_blind_service_does_not_beat(service: Service, config: Path) -> None:
    """Records that cannot be read are no clean audit, and nobody is blamed."""
    with closing(sqlite3.connect(config.parent / "riskwatch.db")) as connection:
        connection.execute("DROP TABLE recorded_check")
        connection.commit()
    assert not watch(service)
    assert beats(service) == 0


def test_a_heartbeat_that_was_not_heard_is_on_record(service: Service) -> None:
    """Its problem stands where the status finds it; one that was too early leaves no trace."""
    heart = service.heartbeat
    assert isinstance(heart, Heart)
    heart.problem = "the watchdog did not answer in time"
    watch(service)
    assert kept(service, HEARTBEAT).endswith(" the watchdog did not answer in time")
    heart.problem = None
    watch(service)
    assert kept(service, HEARTBEAT).endswith(" the watchdog did not answer in time")


def test_without_an_address_nothing_is_called(service: Service) -> None:
    """The audit is made all the same."""
    watch(replace(service, heartbeat=None))
    with service.store.begin() as tx:
        assert tx.last_run("audit") is not None


def test_a_clock_turned_fast_is_not_audited_by(service: Service) -> None:
    """In a demonstration the stages have no time to be in time."""
    watch(service, fast=True)
    with service.store.begin() as tx:
        assert tx.last_run("audit", good=False) is None


@pytest.mark.parametrize("error", [StoreFault("the disk is full"), ZeroDivisionError()])
def test_what_goes_wrong_here_ends_nothing(service: Service, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """A fault, or a mistake of ours, is logged; the watch goes on."""

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("riskwatch.entrypoints.self_watch.run_audit", fail)
    assert not watch(service)


def test_heads_are_kept_once_a_day(service: Service, config: Path) -> None:
    """And again when the service stops; a place that cannot be written is logged, not raised."""
    now = service.clock.now()
    path = config.parent / "journal-heads.log"
    keep_daily_head(service, now)
    keep_daily_head(service, now)
    assert len(path.read_text().splitlines()) == 1
    keep_daily_head(service, now + timedelta(days=1))
    assert keep_head(service, now)
    assert len(path.read_text().splitlines()) == 3
    path.unlink()
    path.mkdir()
    assert not keep_head(service, now)
    keep_daily_head(service, now + timedelta(days=2))
    assert keep_head(replace(service, heads=None), now)
