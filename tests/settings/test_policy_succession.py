"""The keys by which a policy takes the place of another: what they mean, and what check-config says of them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from riskwatch.core.policy import Apply
from riskwatch.settings.load import load, load_database
from tests.settings.folders import POLICY, TODAY, changed, problems_after, shown, write_folder

VERSION = 'version = "2026-11"'
NO_MOMENT = "must be a local date, or date and time, without quotes, such as 2026-12-01 or 2026-12-01T07:00:00"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param("2026-07-01", datetime(2026, 6, 30, 23, tzinfo=UTC), id="a date begins at local midnight"),
        pytest.param("2026-12-01T07:30:00", datetime(2026, 12, 1, 7, 30, tzinfo=UTC), id="a local date and time"),
        pytest.param("2026-12-01 07:30:00.5", datetime(2026, 12, 1, 7, 30, tzinfo=UTC), id="whole seconds"),
    ],
)
def test_valid_from_is_local(tmp_path: Path, written: str, expected: datetime) -> None:
    """It is read by the policy's own clock."""
    text = changed("policy.toml", VERSION, f"{VERSION}\nvalid_from = {written}")
    settings = load(write_folder(tmp_path, policy=text), today=TODAY).settings
    assert settings is not None
    assert expected == settings.policy.valid_from
    assert text == settings.policy_text


def test_what_is_left_out_changes_nothing(tmp_path: Path) -> None:
    """A policy without these keys is in force at once, and earlier deadlines win."""
    settings = load(write_folder(tmp_path), today=TODAY).settings
    assert settings is not None
    policy = settings.policy
    expected = (None, "", Apply.EARLIER, frozenset[str]())
    assert expected == (policy.valid_from, policy.approved_by, policy.apply, policy.retires)


def test_what_is_written_is_taken(tmp_path: Path) -> None:
    """Who approved it, how it applies, and what it retires."""
    keys = f'{VERSION}\napproved_by = "Det Supt Example"\napply = "from-now"\nretires = ["old"]'
    settings = load(write_folder(tmp_path, policy=changed("policy.toml", VERSION, keys)), today=TODAY).settings
    assert settings is not None
    policy = settings.policy
    expected = ("Det Supt Example", Apply.FROM_NOW, frozenset({"old"}))
    assert expected == (policy.approved_by, policy.apply, policy.retires)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        pytest.param('valid_from = "2026-12-01"', f"2: valid_from: {NO_MOMENT}", id="a date in quotes"),
        pytest.param("valid_from = 2026-12-01T07:00:00Z", f"2: valid_from: {NO_MOMENT}", id="with an offset"),
        pytest.param("valid_from = 1026-12-01", f"2: valid_from: {NO_MOMENT}", id="a slip of the pen"),
        pytest.param(
            'apply = "from_now"',
            '2: apply: must be "earlier" or "from-now"; did you mean "from-now"?',
            id="a misspelt word",
        ),
        pytest.param("apply = 1", '2: apply: must be "earlier" or "from-now"', id="no word"),
        pytest.param(
            'retires = ["seen-high"]',
            '2: retires[1]: "seen-high" is one of rules; it cannot also be taken out',
            id="a rule that is there",
        ),
    ],
)
def test_problems(tmp_path: Path, key: str, expected: str) -> None:
    """Each in one line, with what to write instead."""
    found = problems_after(tmp_path, "policy.toml", VERSION, f"{VERSION}\n{key}")
    assert [f"config/policy.toml:{expected}"] == found


def test_a_policy_that_is_in_force_is_read_in_place_of_the_file(tmp_path: Path) -> None:
    """With the other files as they are now; what is wrong between them is said of the policy in force."""
    folder = write_folder(tmp_path, policy="this is no TOML")
    old = POLICY.replace("2026-11", "2025-01")
    settings = load(folder, today=TODAY, policy_text=old).settings
    assert settings is not None
    assert ("2025-01", old) == (settings.policy.version, settings.policy_text)
    broken = load(folder, today=TODAY, shown_as="config", policy_text=old.replace('first = "24 hours"', "first = 1"))
    assert all(shown(problem).startswith("config/policy.toml (as in force):") for problem in broken.errors)
    assert broken.settings is None


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        pytest.param('[database]\nurl = "sqlite:///riskwatch.db"\nnonsense = 1', True, id="one good key is enough"),
        pytest.param('[database]\nurl = "mongodb://x"', False, id="no store of ours"),
        pytest.param("nonsense", False, id="nothing that can be read"),
        pytest.param(None, False, id="no file"),
    ],
)
def test_where_the_store_is(tmp_path: Path, service: str | None, expected: bool) -> None:
    """Known as far as riskwatch.toml can say, whatever else is wrong."""
    assert expected == (load_database(write_folder(tmp_path, riskwatch=service)) is not None)
