"""The clocks: aware, in UTC, whole seconds; and where the machine's clock stands when a fast one shows a moment."""

from datetime import UTC, datetime, timedelta

import pytest

from riskwatch import clock
from riskwatch.clock import FastClock, SystemClock


class _Machine(datetime):
    """The machine's clock, where a test has put it."""

    at = datetime(2026, 11, 23, 9, 0, 0, 250_000, tzinfo=UTC)

    @classmethod
    def now(cls, tz: object = None) -> datetime:  # type: ignore[override]  # always asked for UTC
        """Return where it stands."""
        return cls.at


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> type[_Machine]:
    """The machine's clock, in a test's hand."""
    monkeypatch.setattr(clock, "datetime", _Machine)
    monkeypatch.setattr(_Machine, "at", _Machine.at)
    return _Machine


def test_the_system_clock_shows_whole_seconds_in_utc() -> None:
    """Records carry no fractions; a moment without a zone would mean nothing."""
    now = SystemClock().now()
    assert (timedelta(0), 0) == (now.utcoffset(), now.microsecond)
    assert abs(datetime.now(UTC) - now) < timedelta(seconds=5)
    assert now == SystemClock().on_the_machine(now)


def test_a_fast_clock_starts_at_the_present_and_runs(machine: type[_Machine]) -> None:
    """At a speed of 60 a minute passes in each second."""
    fast = FastClock(60)
    start = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    assert start == fast.now()
    machine.at += timedelta(seconds=2)
    assert start + timedelta(minutes=2) == fast.now()


@pytest.mark.parametrize("speed", [0.5, 1, 7, 60, 900])
def test_a_fast_clock_shows_a_moment_by_the_time_it_names(machine: type[_Machine], speed: float) -> None:
    """Woken then, whoever waits for the moment finds that it has come: not a second early, to be woken over again."""
    fast = FastClock(speed)
    for seconds in range(1, 4000, 7):
        moment = datetime(2026, 11, 23, 9, 0, tzinfo=UTC) + timedelta(seconds=seconds)
        machine.at = fast.on_the_machine(moment)
        assert moment <= fast.now() <= moment + timedelta(seconds=1)


def test_the_wait_for_a_moment_is_told_to_the_microsecond(machine: type[_Machine]) -> None:
    """Fractions that `now` cuts count here: the machine shows a quarter past the second."""
    moment = datetime(2026, 11, 23, 9, 0, 1, tzinfo=UTC)
    assert 0.75 == SystemClock().seconds_until(moment)
    machine.at += timedelta(seconds=1)
    assert -0.25 == SystemClock().seconds_until(moment)


def test_the_wait_on_a_fast_clock_is_the_machines(machine: type[_Machine]) -> None:
    """A minute of a clock that runs sixty times as fast is a second of waiting."""
    fast = FastClock(60)
    moment = machine.at + timedelta(minutes=1)
    assert 1.0 == pytest.approx(fast.seconds_until(moment), abs=1e-5)
    machine.at += timedelta(seconds=2)
    assert fast.seconds_until(moment) == pytest.approx(-1.0, abs=1e-5)
