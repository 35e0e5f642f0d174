"""The metrics, as Prometheus reads them."""

import asyncio

from prometheus_client.parser import text_string_to_metric_families

from riskwatch.adapters.store.vitals import Vitals
from riskwatch.core.health import Figures, Problem
from riskwatch.core.notices import Outcome, Verdict
from riskwatch.entrypoints.metrics import MAX_SERIES, CountedOutbox, Metrics
from riskwatch.entrypoints.snapshot import Snapshot, Snapshots
from tests.adapters.store.examples import LATER, NOON, SENT, after, letter, run
from tests.pipeline.fakes import FakeOutbox

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]
HIGH_YORK = (("tier", "high"), ("unit", 'york "9"\n'))

VITALS = Vitals(
    good={"refresh": run("refresh"), "sweep": run("sweep", at=after(minutes=1))},
    latest={"refresh": run("refresh"), "sweep": run("sweep", at=after(minutes=1))},
    watched={("high", 'york "9"\n'): 7, ("", ""): 1},
    overdue={("high", 'york "9"\n'): 2},
    oldest_unsent_at=after(minutes=-10),
    unsent=3,
    rejected=4,
    unclocked=["C1"],
    kept={},
)


def metrics_of(*problems: Problem, vitals: Vitals | None = VITALS) -> Metrics:
    """The metrics of a service whose store says this, half a second after noon."""

    def take() -> Snapshot:
        assert vitals is not None
        return Snapshot(NOON, "2026-11", vitals, Figures(NOON, blind_since=NOON, unclocked=1), problems)

    snapshots = Snapshots(take)
    if vitals is not None:
        snapshots.look_once()
    return Metrics(snapshots, lambda: list(problems), time_s=lambda: NOON.timestamp() + 0.5)


def samples_of(metrics: Metrics) -> Samples:
    """What Prometheus makes of the page."""
    families = text_string_to_metric_families(metrics.page().decode())
    return {(one.name, tuple(sorted(one.labels.items()))): one.value for family in families for one in family.samples}


def test_every_figure_is_on_the_page() -> None:
    """Whatever a unit is called, its figures are read back as they were."""
    samples = samples_of(metrics_of(Problem("blind", "since noon"), Problem("blind", "since one")))
    assert 7 == samples["riskwatch_children_watched", HIGH_YORK]
    assert 1 == samples["riskwatch_children_watched", (("tier", ""), ("unit", ""))]
    assert 2 == samples["riskwatch_overdue", HIGH_YORK]
    assert NOON.timestamp() == samples["riskwatch_last_good_timestamp_seconds", (("stage", "refresh"),)]
    assert NOON.timestamp() + 60 == samples["riskwatch_last_good_timestamp_seconds", (("stage", "sweep"),)]
    assert 1 == samples["riskwatch_problem", (("code", "blind"),)]
    assert 1 == samples["riskwatch_policy_info", (("version", "2026-11"),)]
    assert any(name == "riskwatch_build_info" and labels for name, labels in samples)
    plain = {name: value for (name, labels), value in samples.items() if not labels}
    expected = {
        "riskwatch_healthy": 0,
        "riskwatch_oldest_unsent_letter_age_seconds": 600,
        "riskwatch_unsent_letters": 3,
        "riskwatch_rejected_rows": 4,
        "riskwatch_unclocked_children": 1,
        "riskwatch_blind": 1,
    }
    assert expected == {name: plain[name] for name in expected}


def test_before_the_first_snapshot_no_figure_is_made_up() -> None:
    """A nought that nobody counted would look like good news."""
    names = {name for name, _ in samples_of(metrics_of(Problem("starting", "..."), vitals=None))}
    assert "riskwatch_healthy" in names
    assert "riskwatch_letters_total" in names
    assert not names & {"riskwatch_overdue", "riskwatch_blind", "riskwatch_oldest_unsent_letter_age_seconds"}


def test_units_beyond_a_bound_are_added_up() -> None:
    """A column mapped wrongly must not make a series for each child; the sum stays right."""
    units = {("high", f"U{number:04}"): number + 1 for number in range(2 * MAX_SERIES)}
    samples = samples_of(metrics_of(vitals=VITALS._replace(watched=units)))
    watched = {labels: value for (name, labels), value in samples.items() if name == "riskwatch_children_watched"}
    assert MAX_SERIES == len(watched)
    assert sum(units.values()) == sum(watched.values())
    assert (("tier", "high"), ("unit", f"U{2 * MAX_SERIES - 1:04}")) in watched


def test_letters_are_counted_by_outcome_and_their_lag_from_when_they_were_due() -> None:
    """A letter of the service itself has no deadline, and one that did not leave no lag."""
    metrics = metrics_of()
    metrics.count(letter("L1", due_at=NOON), SENT)
    metrics.count(letter("L2", due_at=after(minutes=-1)), SENT)
    metrics.count(letter("L3", due_at=after(seconds=9)), SENT)  # the clock was set back: no lag, not a negative one
    metrics.count(letter("L4", purpose="daily"), SENT)
    metrics.count(letter("L5"), LATER)
    samples = samples_of(metrics)
    outcomes = {"sent": 4, "later": 1, "refused": 0, "misconfigured": 0}
    assert outcomes == {word: samples["riskwatch_letters_total", (("outcome", word),)] for word in outcomes}
    lag = {labels[0][1]: value for (name, labels), value in samples.items() if name.endswith("lag_seconds_bucket")}
    assert (1, 1, 2, 2, 3) == (lag["0.005"], lag["0.25"], lag["0.5"], lag["60.0"], lag["300.0"])
    assert (3, 61) == (
        samples["riskwatch_letter_lag_seconds_count", ()],
        samples["riskwatch_letter_lag_seconds_sum", ()],
    )


def test_a_counted_outbox_is_the_outbox_itself() -> None:
    """Every answer passes through it unchanged, and is counted once."""
    counted: list[tuple[str, Verdict]] = []

    async def send() -> Outcome:
        inner = FakeOutbox()
        outbox = CountedOutbox(inner, lambda sent, outcome: counted.append((sent.letter_id, outcome.verdict)))
        assert (inner.connections, inner.per_minute) == (outbox.connections, outbox.per_minute)
        await outbox.warm()
        outcome = await outbox.send(letter("L1"))
        await outbox.close()
        return outcome

    assert Verdict.SENT is asyncio.run(send()).verdict
    assert [("L1", Verdict.SENT)] == counted
