"""A small config folder without any problem, and how a test changes it."""

from datetime import date
from pathlib import Path

from riskwatch.settings.load import load
from riskwatch.settings.problems import Problem, Severity

TODAY = date(2026, 11, 23)

ROUTINE_STEPS = """\
steps = [{ name = "pc", after = "0 hours", to = "officer" }, { name = "ds", after = "8 hours", to = "supervisor" }]"""

POLICY = """\
version = "2026-11"
timezone = "Europe/London"
nation = "england-and-wales"
tiers = ["standard", "medium", "high"]
unknown_tier_runs_as = "high"
recent_check = "5 working days"
concerns = ["neglect", "missing"]
no_further_action = ["closed"]

[check_kinds]
seen = "Child seen"
no_access = "Visit attempted, child not seen"
authorised = "Closure authorised"

[closing]
authorised_by = ["authorised"]
authority_needed_for = ["high"]
tell = ["supervisor"]

[[rules]]
name = "seen-high"
tiers = ["high"]
first = "24 hours"
every = "10 working days"
satisfied_by = ["seen"]
ladder = "urgent"
basis = "Example"

[[rules]]
name = "seen"
tiers = ["standard", "medium"]
concerns = []
starts_on = "entry"
first = "3 days"
every = "4 weeks"
satisfied_by = ["seen"]
ladder = "routine"
basis = "Example"

[[rules]]
name = "follow-up"
starts_on = ["no_access"]
first = "5 working days"
satisfied_by = ["seen"]
ladder = "routine"
basis = "Example"

[ladders.urgent]
repeat_every = "7 days"
steps = [
  { name = "reminder", after = "-12 hours", to = "officer" },
  { name = "officer", after = "0 hours", to = "officer" },
  { name = "supervisor", after = "4 hours", to = "supervisor" },
]

[ladders.routine]
send_between = ["07:00", "20:00"]
repeat_every = "7 days"
steps = [{ name = "pc", after = "0 hours", to = "officer" }, { name = "ds", after = "8 hours", to = "supervisor" }]
"""

DIRECTORY = """\
fallback = "duty@north.police.uk"
administrator = "admin@north.police.uk"
allowed_domains = ["north.police.uk"]

[units.york]
supervisor = "ds@north.police.uk"

[default_unit]
supervisor = "desk@north.police.uk"

[[absences]]
person = "pc@north.police.uk"
from = 2026-11-01
until = 2026-12-01
cover = "pc2@north.police.uk"
"""

SERVICE = """\
[database]
url = "sqlite:///store.db"

[source]
timezone = "Europe/Dublin"
url = "postgresql://reader@records/copy"
children = "SELECT 1"
assessments = "SELECT 2"
checks = "SELECT 3"
changed = "SELECT 4 WHERE changed_at >= :since"
stale_after = "26 hours"
shrink_limit_percent = 10

[smtp]
host = "relay.north.police.uk"
security = "starttls"
sender = "riskwatch@north.police.uk"

[letters]
marking = "OFFICIAL-SENSITIVE"
case_link = "https://records.north.police.uk/{child_ref}"

[service]
health_listen = "127.0.0.1:8099"
daily_letter_at = "07:30"
heartbeat_url = "https://watchdog.north.police.uk/1"
log_level = "info"
"""

TEXTS = {"policy.toml": POLICY, "directory.toml": DIRECTORY, "riskwatch.toml": SERVICE}


def write_folder(folder: Path, **texts: str | None) -> Path:
    """Write the folder; `policy`, `directory` and `riskwatch` give another text of a file, or None for no such file."""
    for name, text in (TEXTS | {f"{stem}.toml": text for stem, text in texts.items()}).items():
        if text is not None:
            (folder / name).write_text(text, encoding="utf-8")
    return folder


def changed(name: str, old: str, new: str) -> str:
    """Return the text of a file with a part that it has exchanged."""
    assert old in TEXTS[name], f"{name} has no {old!r}"
    return TEXTS[name].replace(old, new, 1)


def problems_after(folder: Path, name: str, old: str, new: str) -> list[str]:
    """Return the problems of the folder after a change to one file: an error as it is shown, a finding marked so."""
    write_folder(folder, **{name.removesuffix(".toml"): changed(name, old, new)})
    return [shown(problem) for problem in load(folder, today=TODAY, shown_as="config").problems]


def shown(problem: Problem) -> str:
    """Return a problem as a golden test writes it."""
    return f"{problem} (finding)" if problem.severity is Severity.FINDING else str(problem)
