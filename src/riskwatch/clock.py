"""The only place that reads the clock."""

from datetime import UTC, datetime, timedelta

_TICK = timedelta.resolution


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the moment, aware, in UTC, with fractions of a second cut: records carry none."""
        return datetime.now(UTC).replace(microsecond=0)

    def on_the_machine(self, moment: datetime) -> datetime:
        """Return the moment itself: this is the machine's clock."""
        return moment

    def seconds_until(self, moment: datetime) -> float:
        """Return how long the machine has to wait for `moment`, to the microsecond; below 0 where it has passed."""
        return (moment - datetime.now(UTC)).total_seconds()


START_OF_TIME = datetime.min.replace(tzinfo=UTC)
"""Where a clock stands that has not been set."""


class FastClock:
    """A clock that runs faster than the machine's, from the present on: for showing a day in minutes."""

    def __init__(self, speed: float) -> None:
        """`speed` is how many seconds pass on this clock in one of the machine's; above 0."""
        self._speed = speed
        self._start = datetime.now(UTC)

    def now(self) -> datetime:
        """Return the moment on this clock, aware, in UTC, fractions of a second cut."""
        return (self._start + (datetime.now(UTC) - self._start) * self._speed).replace(microsecond=0)

    def on_the_machine(self, moment: datetime) -> datetime:
        """Return when the machine's clock will stand where this one shows `moment`.

        Rounded up: who is woken a microsecond early sees the second before, and would be woken over and over again.
        """
        return self._start + (moment - self._start) / self._speed + _TICK

    def seconds_until(self, moment: datetime) -> float:
        """Return how long the machine has to wait for `moment`, to the microsecond; below 0 where it has passed."""
        return (self.on_the_machine(moment) - datetime.now(UTC)).total_seconds()
