"""The short and the long form of the fault suite, and the table with which a run of it ends."""

from collections.abc import Callable

import pytest

from tests.adapters.conftest import postgres_server, postgres_url
from tests.entrypoints.conftest import _surroundings
from tests.faults.effort import LONG_VARIABLE, Effort, Score, effort_wanted

__all__ = ["_surroundings", "postgres_server", "postgres_url"]  # fixtures, used by name

LONG_TIMEOUT_S = 1_800
PROPERTY = "fault score"
PEERS = (
    ("healthchecks, mail server away for a moment", "50", "50", ""),
    ("healthchecks, one kill -9", "10", "3", ""),
    ("Iris, over its quota (marked as sent)", "10,000", "4,000", ""),
    ("Iris, one kill -9", "427", "", "427"),
    ("Alertmanager, kill -9", "10,000", "3,963 to 6,955", ""),
    ("Alertmanager, relay dies midway (counted as sent)", "", "131 to 382", ""),
    ("Alertmanager, 451 at the final dot", "10,000", "2,016", ""),
    ("Alertmanager, a plain outage of the relay", "", "0", ""),
)
"""What was measured of others at the same work: fault, letters owed, lost, repeated; blank: not measured."""

Scored = Callable[..., None]


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", "faults_long: only in the long form of the fault suite (make faults)")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what belongs to the long form, or give it the time it needs."""
    long = effort_wanted().long
    for item in items:
        if item.get_closest_marker("faults_long") is not None and not long:
            item.add_marker(pytest.mark.skip(reason=f"belongs to the long form: {LONG_VARIABLE}=long, or make faults"))
        if long and "faults" in item.path.parts:
            item.add_marker(pytest.mark.timeout(LONG_TIMEOUT_S))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the faults of this run and what came of them, beside what was measured of others."""
    scores = [
        Score.from_property(value)
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, ())
        for name, value in report.user_properties
        if name == PROPERTY
    ]
    if not scores:
        return
    lines: list[tuple[str, ...]] = [("fault", "times", "owed", "lost", "repeated", "not owed")]
    lines += [(s.fault, *(f"{n:,}" for n in s[1:])) for s in scores]
    theirs = [(fault, "", owed, lost, repeated, "") for fault, owed, lost, repeated in PEERS]
    widths = [max(len(line[column]) for line in (*lines, *theirs)) for column in range(len(lines[0]))]
    terminalreporter.section("faults: notices owed and lost, letters that came twice, counted where they arrive")
    for line in (*lines, ("",) * len(widths), ("others, as measured", *("",) * 5), *theirs):
        cells = [line[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(line[1:], widths[1:], strict=True))]
        terminalreporter.line("  ".join(cells).rstrip())


@pytest.fixture(scope="session")
def effort() -> Effort:
    """How much to do: seconds in `make test`, minutes in `make faults`."""
    return effort_wanted()


@pytest.fixture
def scored(record_property: Callable[[str, object], None]) -> Scored:
    """Keeps what a fault did, a `Score` by its fields, for the table at the end of the run."""

    def keep(**fields: object) -> None:
        record_property(PROPERTY, Score(**fields).as_property())  # type: ignore[arg-type]

    return keep
