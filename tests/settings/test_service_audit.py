"""What check-config says of the audit and the journal in riskwatch.toml, and where the journal's heads are kept."""

from datetime import timedelta
from pathlib import Path

import pytest

from riskwatch.settings.load import load
from riskwatch.settings.model import ServiceSettings
from tests.settings.folders import TODAY, changed, problems_after, write_folder

LEVEL = 'log_level = "info"'


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        (
            'audit_every = "4 minutes"',
            "audit_every: must be 5 minutes at least: an audit reads every record of the source",
        ),
        (
            'audit_every = "25 hours"',
            "audit_every: is long: a fault of riskwatch's own goes unnoticed for over a day (finding)",
        ),
        (
            'journal_key_file = "nowhere.key"',
            "journal_key_file: is not there (yet): no file of that name on this machine (finding)",
        ),
        ('audit_every = "5 minutes"', ""),
    ],
)
def test_each_slip_is_named(tmp_path: Path, written: str, problem: str) -> None:
    """Each slip about the audit and the journal gives its key and mend, and nothing else."""
    found = problems_after(tmp_path, "riskwatch.toml", LEVEL, written)
    assert [f"config/riskwatch.toml:27: service.{problem}"] * bool(problem) == found


def test_a_journal_on_a_server_needs_a_second_place(tmp_path: Path) -> None:
    """Beside a database on a server there is no file to keep the heads in: it is to be named."""
    found = problems_after(tmp_path, "riskwatch.toml", '"sqlite:///store.db"', '"postgresql://riskwatch@db/riskwatch"')
    assert [line for line in found if "service.journal_heads: is missing" in line] == found != []


def service(tmp_path: Path, old: str, new: str) -> ServiceSettings:
    """Return the settings of the daemon after a change to its file."""
    settings = load(write_folder(tmp_path, riskwatch=changed("riskwatch.toml", old, new)), today=TODAY).settings
    assert settings is not None
    return settings.service


def test_where_the_heads_are_kept(tmp_path: Path) -> None:
    """Beside the SQLite file, unless a place is named; a server has no file."""
    assert service(tmp_path, LEVEL, "").journal_heads == tmp_path / "journal-heads.log"
    assert service(tmp_path, LEVEL, 'journal_heads = "kept/heads"').journal_heads == tmp_path / "kept" / "heads"
    assert service(tmp_path, '"sqlite:///store.db"', '"postgresql://riskwatch@db/riskwatch"').journal_heads is None


def test_what_is_left_out(tmp_path: Path) -> None:
    """An audit an hour, and heads without a signature."""
    left_out = service(tmp_path, LEVEL, "")
    assert (left_out.audit_every, left_out.journal_key_file) == (timedelta(hours=1), None)
