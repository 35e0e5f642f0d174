"""The fingerprint of a policy: what makes every child be reckoned anew."""

import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from riskwatch.core.calendar import Calendar
from riskwatch.core.durations import parse_duration
from riskwatch.core.policy import Closing
from tests.builders import directory, mandate
from tests.example_policy import LONDON, TIERS, policy, rule

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"version": "test-2"}, id="its version"),
        pytest.param({"calendar": Calendar(LONDON, [date(2023, 5, 8)])}, id="a bank holiday"),
        pytest.param({"tiers": ("low", *TIERS)}, id="its tiers"),
        pytest.param({"unknown_tier_runs_as": "high"}, id="what an unknown tier runs as"),
        pytest.param({"no_further_action": frozenset({"closed"})}, id="the words that end the risk"),
        pytest.param({"recent_check": None}, id="how recent a visit must be"),
        pytest.param({"recent_check": parse_duration("1 day")}, id="by another length of time"),
        pytest.param({"concerns": frozenset[str]()}, id="a word list, even an empty one"),
        pytest.param({"closing": Closing()}, id="who may close"),
        pytest.param({"check_kinds": {"seen": "Child seen"}}, id="the kinds of check"),
    ],
)
def test_a_change_of_the_policy_changes_the_fingerprint(change: dict[str, Any]) -> None:
    """Whatever the fold goes by is in it, whether or not somebody remembered to change the version."""
    assert mandate(policy(**change)).fingerprint != mandate().fingerprint


def test_a_change_of_one_rule_changes_the_fingerprint() -> None:
    """Rules are looked at to the last duration."""
    assert mandate(policy(rule(first="24 hours"))).fingerprint != mandate(policy(rule(first="25 hours"))).fingerprint


def test_people_and_labels_do_not_change_the_fingerprint() -> None:
    """Who is told, and the words for people, change no obligation."""
    same = mandate(policy(check_kinds=dict.fromkeys(policy().check_kinds, "Other words")), directory(default_unit={}))
    assert same.fingerprint == mandate().fingerprint


def test_the_fingerprint_is_the_same_in_every_process() -> None:
    """Sets have no order of their own: a restart must not make every child be reckoned anew."""
    code = "from tests.builders import mandate; print(mandate().fingerprint)"
    printed = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert printed == {mandate().fingerprint}
