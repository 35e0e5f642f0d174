"""Invented forces: a config folder, a store, children, and what is owed to them."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from riskwatch.adapters.store import SqlStore
from riskwatch.core.account import Obligation
from riskwatch.core.policy import Policy
from riskwatch.core.tracking import Basis, Ending, Standing, Tracked, Watched
from riskwatch.settings.load import load
from riskwatch.settings.model import Settings
from riskwatch.settings.shipped import shipped

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
FIRST = timedelta(hours=24)
"""The first interval of the rule RULE of the shipped policy."""
RULE = "seen-high"
BATCH = 1_000

_SERVICE = """\
[database]
url = "sqlite:///../riskwatch.db"

[source]
timezone = "Europe/London"
refresh_every = "12 hours"

[smtp]
host = "127.0.0.1"
port = {port}
security = "none"
sender = "riskwatch@example.police.uk"
connections = 4

[letters]
marking = "OFFICIAL-SENSITIVE"
case_link = "https://records.example.police.uk/case/{{child_ref}}"

[service]
health_listen = ""
"""


@contextmanager
def workplace() -> Iterator[Path]:
    """Make a folder for files, which is thrown away where the block ends. TMPDIR says on which disk."""
    with TemporaryDirectory(prefix="riskwatch-bench-") as name:
        yield Path(name)


def configure(folder: Path, *, port: int = 25, policy: str | None = None) -> Settings:
    """Write a config folder and return its settings; `policy` None is the shipped one."""
    config = folder / "config"
    config.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(shipped("config/directory.toml"), config / "directory.toml")
    (config / "policy.toml").write_text(
        shipped("config/policy.toml").read_text(encoding="utf-8") if policy is None else policy, encoding="utf-8"
    )
    (config / "riskwatch.toml").write_text(_SERVICE.format(port=port), encoding="utf-8")
    loaded = load(config, today=datetime.now(UTC).date())
    if loaded.settings is None:
        raise RuntimeError("; ".join(map(str, loaded.errors)))
    return loaded.settings


def owe(store: SqlStore, policy: Policy, count: int, *, due_at: datetime, officers: int, first: int = 0) -> None:
    """Keep children, each with a visit that was made in time and one that is owed and about to be told of.

    They are numbered from `first` on.
    """
    for start in range(first, first + count, BATCH):
        watched, tracked = [], []
        for number in range(start, min(start + BATCH, first + count)):
            child_ref = f"C{number:06}"
            officer = f"pc{number % officers:05}@example.police.uk"
            watched.append(Watched(child_ref, "harbour", officer, "high", Standing.OPEN, "0" * 16))
            made_at = due_at - 2 * FIRST
            seen = _tracked(policy, child_ref, made_at)
            tracked.append(
                seen._replace(
                    told_until=made_at, ended_at=made_at, ending=Ending.DISCHARGED, ended_by="V1", checked_at=made_at
                )
            )
            owed = _tracked(policy, child_ref, due_at - FIRST)
            tracked.append(owed._replace(told_until=due_at - FIRST / 2, next_notice_at=due_at))
        with store.begin() as tx:
            tx.save_watched(watched)
            tx.save_tracked(tracked)


def _tracked(policy: Policy, child_ref: str, started_at: datetime) -> Tracked:
    owed = Obligation(policy, child_ref, policy.rule_by_name[RULE], started_at, Basis.FIRST, started_at)
    return Tracked(owed.key, child_ref, RULE, started_at, Basis.FIRST, owed.due_at, started_at)
