"""Metrics for Prometheus: what was sent is counted as it happens, everything else is read off the last snapshot."""

import time
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from riskwatch.adapters.store.vitals import ByTierAndUnit
from riskwatch.core.health import Problem
from riskwatch.core.notices import Letter, Outcome, Verdict
from riskwatch.entrypoints.snapshot import Snapshot, Snapshots
from riskwatch.pipeline.ports import Outbox
from riskwatch.pipeline.wrapping import Wrapped

LAG_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14_400, 86_400)
MAX_SERIES = 500
"""Pairs of tier and unit that are told apart; the smallest beyond it are added up, for units are the agency's words."""
OTHERS = ("(others)", "(others)")


class Metrics(Collector):
    """The metrics of one daemon, in a registry of their own."""

    def __init__(
        self,
        snapshots: Snapshots,
        problems: Callable[[], list[Problem]],
        *,
        time_s: Callable[[], float] = time.time,
    ) -> None:
        self._snapshots = snapshots
        self._problems = problems
        self._time_s = time_s
        self._registry = CollectorRegistry()
        self._registry.register(self)
        self._letters = Counter(
            "riskwatch_letters", "Attempts to send a letter, by their outcome.", ["outcome"], registry=self._registry
        )
        for verdict in Verdict:
            self._letters.labels(verdict.value)
        self._lag_s = Histogram(
            "riskwatch_letter_lag_seconds",
            "From when something was to be told to the mail server's 250.",
            registry=self._registry,
            buckets=LAG_BUCKETS_S,
        )

    def count(self, letter: Letter, outcome: Outcome) -> None:
        """Count an attempt that has just ended, in whatever thread."""
        self._letters.labels(outcome.verdict.value).inc()
        if outcome.verdict is Verdict.SENT and letter.purpose == "notices":
            self._lag_s.observe(max(0.0, self._time_s() - letter.due_at.timestamp()))

    def page(self) -> bytes:
        """Return all of it in Prometheus' text format."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Yield what the daemon is like now; what only a snapshot tells is left out before the first."""
        problems, snapshot = self._problems(), self._snapshots.last
        yield _number("riskwatch_healthy", "Whether /healthz answers 200.", not problems)
        wrong = GaugeMetricFamily("riskwatch_problem", "What is wrong, by its code.", labels=["code"])
        for code in sorted({problem.code for problem in problems}):
            wrong.add_metric([code], 1)
        yield wrong
        yield _number("riskwatch_snapshot_age_seconds", "How old the other figures are.", self._snapshots.age_s)
        yield InfoMetricFamily("riskwatch_build", "The program.", {"version": version("riskwatch")})
        if snapshot is not None:
            yield from _of_snapshot(snapshot)


def _of_snapshot(snapshot: Snapshot) -> Iterator[Metric]:
    vitals, figures = snapshot.vitals, snapshot.figures
    yield InfoMetricFamily("riskwatch_policy", "The policy in force.", {"version": snapshot.policy_version})
    runs = GaugeMetricFamily(
        "riskwatch_last_good_timestamp_seconds", "When a stage last ran without a problem.", labels=["stage"]
    )
    for stage, run in vitals.good.items():
        runs.add_metric([stage], run.finished_at.timestamp())
    yield runs
    oldest_s = 0.0
    if vitals.oldest_unsent_at is not None:
        oldest_s = max(0.0, (snapshot.at - vitals.oldest_unsent_at).total_seconds())
    yield _number("riskwatch_oldest_unsent_letter_age_seconds", "0 where none waits.", oldest_s)
    yield _number("riskwatch_unsent_letters", "Letters that wait or are on their way.", vitals.unsent)
    yield _by_tier_and_unit("riskwatch_children_watched", "Children whose records are open.", vitals.watched)
    yield _by_tier_and_unit("riskwatch_overdue", "Obligations past their deadline.", vitals.overdue)
    yield _number("riskwatch_unclocked_children", "Children at risk with nothing outstanding.", figures.unclocked)
    yield _number("riskwatch_rejected_rows", "Rows of the agency's that cannot be read now.", vitals.rejected)
    yield _number("riskwatch_blind", "Whether what the source gives is not believed.", figures.blind_since is not None)


def _number(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, float(value))


def _by_tier_and_unit(name: str, text: str, numbers: ByTierAndUnit) -> Metric:
    family = GaugeMetricFamily(name, text, labels=["tier", "unit"])
    for group, number in sorted(_bounded(numbers).items()):
        family.add_metric(group, number)
    return family


def _bounded(numbers: ByTierAndUnit) -> Mapping[tuple[str, str], int]:
    if len(numbers) <= MAX_SERIES:
        return numbers
    ranked = sorted(numbers, key=lambda group: (-numbers[group], group))
    kept = {group: numbers[group] for group in ranked[: MAX_SERIES - 1]}
    return {**kept, OTHERS: sum(numbers[group] for group in ranked[MAX_SERIES - 1 :])}


class CountedOutbox(Wrapped):
    """An outbox, each of whose attempts is counted."""

    def __init__(self, outbox: Outbox, count: Callable[[Letter, Outcome], None]) -> None:
        super().__init__(outbox)
        self._count = count

    async def send(self, letter: Letter) -> Outcome:
        """Send one letter, and count what came of it."""
        outcome = await super().send(letter)
        self._count(letter, outcome)
        return outcome
