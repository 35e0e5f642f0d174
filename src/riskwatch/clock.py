"""The only place that reads the clock."""

from datetime import UTC, datetime


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the moment, aware, in UTC, with fractions of a second cut: records carry none."""
        return datetime.now(UTC).replace(microsecond=0)


START_OF_TIME = datetime.min.replace(tzinfo=UTC)
"""Where a clock stands that has not been set."""
