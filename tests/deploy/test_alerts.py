"""The example alerts: each asks for figures that the service has."""

import re
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from riskwatch.core.health import Problem
from tests.entrypoints.test_metrics import metrics_of

ALERTS = Path(__file__).parents[2] / "deploy" / "prometheus-alerts.yml"


def test_every_alert_is_on_a_figure_that_there_is() -> None:
    """A mistyped name would be an alert that never comes."""
    page = metrics_of(Problem("blind", "since noon")).page().decode()
    there = {sample.name for family in text_string_to_metric_families(page) for sample in family.samples}
    text = ALERTS.read_text(encoding="utf-8")
    asked = set(re.findall(r"\briskwatch_[a-z_]+", text))
    assert asked
    assert asked <= there


def test_stages_and_outcomes_are_named_as_the_service_names_them() -> None:
    """A label that no series has makes an alert that never comes, too."""
    page = metrics_of().page().decode()
    text = ALERTS.read_text(encoding="utf-8")
    for stage in re.findall(r'stage="(\w+)"', text):
        assert f'stage="{stage}"' in page
    for outcomes in re.findall(r'outcome=~"([\w|]+)"', text):
        assert all(f'outcome="{outcome}"' in page for outcome in outcomes.split("|"))


def test_each_alert_says_what_it_means() -> None:
    """Whoever is called in the night reads the summary first."""
    text = ALERTS.read_text(encoding="utf-8")
    assert text.count("- alert: ") == text.count("summary: ") == text.count("severity: ")
