"""A daemon with a great deal to do: overdue children on each step of a ladder, and deadlines that pass meanwhile."""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import NamedTuple

from riskwatch.adapters.store import SqlStore
from riskwatch.core.notices import Notice
from riskwatch.entrypoints.cli import main
from tests.entrypoints.conftest import edit
from tests.entrypoints.mail_server import MailServer
from tests.entrypoints.processes import ASSESSMENTS, CHECKS, CHILDREN, START, Running, soon, stamp, write_config
from tests.faults.effort import Score
from tests.faults.reckoning import Outcome, Said, owed_by, reckon, said_in, settings_of, words_of

CONNECTIONS = 4
UNITS = 20
LOOK_S = 0.25
VISITED = 25
"""How many children at a time are seen while the daemon runs."""

POLICY = """\
version = "test-1"
timezone = "Europe/London"
nation = "england-and-wales"
tiers = ["standard", "high"]
unknown_tier_runs_as = "high"

[check_kinds]
seen = "Child seen"

[[rules]]
name = "seen-high"
tiers = ["high"]
first = "1 hours"
satisfied_by = ["seen"]
ladder = "urgent"
basis = "A test"

[ladders.urgent]
repeat_every = "7 days"
steps = [
  { name = "officer", after = "0 hours", to = "officer" },
  { name = "supervisor", after = "4 hours", to = "supervisor" },
  { name = "manager", after = "24 hours", to = "manager" },
]
"""
DIRECTORY = """\
fallback = "duty@example.police.uk"
administrator = "admin@example.police.uk"
allowed_domains = ["example.police.uk"]

[default_unit]
supervisor = "desk@example.police.uk"
"""
UNIT = """
[units.unit{0}]
supervisor = "ds{0}@example.police.uk"
manager = "di{0}@example.police.uk"
"""
LATE = (timedelta(minutes=1), timedelta(hours=2), timedelta(hours=5), timedelta(hours=30))
"""How late a child is at the start: the officer is owed a letter, then the supervisor too, then the manager too."""

SETTLED_S = 0.1
"""How long no letter comes after the last one that a killed daemon handed over."""


class Case(NamedTuple):
    """A child: its reference, and when it was to be seen."""

    ref: str
    due_at: datetime


class Scene:
    """The config folder, the facts, and the mail server of one run; processes are the test's to start and to kill."""

    def __init__(self, folder: Path, mail: MailServer, config: Path, cases: Sequence[Case], seed: int) -> None:
        self.folder, self.mail, self.config, self.seed = folder, mail, config, seed
        self.rolled = random.Random(seed)
        self._cases = cases
        self._facts = [folder / "facts"]
        self._seen: set[str] = set()

    def daemon(self, name: str = "daemon", *, start: Sequence[str] = START) -> Running:
        """Start a daemon, whose log stands in the file of its name."""
        return Running(["--config", str(self.config), "run"], self.folder / f"{name}.log", start=start)

    @property
    def letters(self) -> int:
        """How many letters have come."""
        return len(self.mail.letters)

    def record_visits(self) -> int:
        """Have the agency record, now, that some children were seen of whom everybody has been told; how many."""
        now = soon(0)
        owed = self.owed().values()
        come = {said for letter in list(self.mail.letters) for said in said_in(letter)}
        waiting = {notice.child_ref for notice in owed if not words_of([notice]) <= come}
        long_due = (case.ref for case in self._cases if case.due_at < now - timedelta(seconds=3))
        chosen = [ref for ref in long_due if ref not in waiting | self._seen][:VISITED]
        checks = [f"K{ref},{ref},seen,{stamp(now)}," for ref in chosen]
        self._facts.append(self._import(f"visits-{len(self._facts)}", checks=checks))
        self._seen.update(chosen)
        return len(chosen)

    def wait_for_mail(self, number: int, *, within_s: float) -> None:
        """Return when so many more letters have come, or after some time."""
        wanted, deadline_s = self.letters + number, time.monotonic() + within_s
        while self.letters < wanted and time.monotonic() < deadline_s:
            time.sleep(0.002)

    def wait_for_the_last_of_a_life(self) -> int:
        """Return how many letters have come when none is on its way any more from a daemon that was killed."""
        counted = -1
        while counted != self.letters or self.mail.under_way:
            counted = self.letters
            time.sleep(SETTLED_S)
        return counted

    def wait_until_all_came(self, *, within_s: float) -> None:
        """Return when everything that is owed has come and no letter is left in the outbox."""
        while soon(0) <= max(case.due_at for case in self._cases):
            time.sleep(LOOK_S)
        wanted = words_of(self.owed().values())
        deadline_s = time.monotonic() + within_s
        come: set[Said] = set()
        counted = 0
        while time.monotonic() < deadline_s:
            fresh = self.mail.letters[counted:]
            counted += len(fresh)
            come.update(said for letter in fresh for said in said_in(letter))
            if wanted <= come and not self.waiting_letters():
                return
            time.sleep(LOOK_S)
        # Whoever reckons it up names what is missing.

    def waiting_letters(self) -> int:
        """Return how many letters have not left."""
        with self.store() as store, store.reading() as connection:
            statement = "SELECT count(*) FROM letter WHERE state IN ('pending', 'sending')"
            return int(connection.exec_driver_sql(statement).scalar_one())

    @contextmanager
    def store(self) -> Iterator[SqlStore]:
        """Open the daemon's database."""
        with SqlStore(settings_of(self.config).database.url) as store:
            yield store

    def owed(self) -> Mapping[str, Notice]:
        """Return what the core says was owed by now, by key."""
        return owed_by(self.config, self._facts, soon(1))

    def reckon(self) -> Outcome:
        """Compare what came with what was owed by now."""
        owed = self.owed()
        with self.store() as store:
            return reckon(store, owed, list(self.mail.letters))

    def in_order(self) -> list[str]:
        """Return what `audit` and `journal verify` have to say; nothing where both are clean."""
        said = []
        for command in (["audit"], ["journal", "verify"]):
            with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
                code = main(["--config", str(self.config), *command])
            if code:
                said.append(f"{command}: {code}: {out.getvalue()}{err.getvalue()}")
        return said

    def judge(self, fault: str, times: int, scored: Callable[..., None], *, repeats_at_most: int) -> None:
        """Reckon it all up: nothing lost, nothing that was not owed, the books in order, and few repeats.

        A connection may carry a letter while the outcome of the one before is being kept, so that not each connection
        but all together are bounded: by one letter a connection each time. The score is kept first, good or bad.
        """
        outcome = self.reckon()
        owed, lost, not_owed = len(outcome.owed), len(outcome.lost), len(outcome.not_owed)
        score = Score(fault, times, owed, lost, len(outcome.repeats), not_owed)
        scored(**score._asdict())
        at = f"{fault}, seed {self.seed}"
        assert frozenset() == outcome.lost, at
        assert frozenset() == outcome.lost_by_words, at
        assert frozenset() == outcome.not_owed, at
        assert frozenset() == outcome.not_owed_by_words, at
        assert [] == outcome.contradictions, at
        assert len(outcome.repeats) <= repeats_at_most, at
        assert [] == self.in_order(), at

    def _import(self, name: str, *, checks: Sequence[str]) -> Path:
        folder = self.folder / name
        folder.mkdir()
        for table, lines in {"children": [CHILDREN], "assessments": [ASSESSMENTS], "checks": [CHECKS, *checks]}.items():
            (folder / f"{table}.csv").write_text("\n".join(lines) + "\n")
        load_facts(self.config, folder)
        return folder


def load_facts(config: Path, folder: Path) -> None:
    """Import a folder of facts."""
    with redirect_stdout(StringIO()):
        assert 0 == main(["--config", str(config), "import", str(folder)])


def a_scene(
    folder: Path,
    mail: MailServer,
    *,
    children: int,
    lasts_s: float,
    seed: int,
    database: str = "sqlite:///../riskwatch.db",
    timeout_s: int = 20,
) -> Scene:
    """Return a scene on an empty database: half the children are late already, the others fall due within `lasts_s`."""
    print(f"seed {seed}")  # noqa: T201 (shown where the test fails)
    source = 'refresh_every = "1 seconds"'
    database = database.replace(":@", "@")  # the tests' server has a blank password: none may stand there
    config = write_config(folder, mail.port, database=database, source=source, connections=CONNECTIONS)
    units = "".join(UNIT.format(number) for number in range(UNITS))
    (config / "policy.toml").write_text(POLICY)
    (config / "directory.toml").write_text(DIRECTORY + units)
    edit(config / "riskwatch.toml", "[service]", f'timeout = "{timeout_s} seconds"\n\n[service]')
    edit(config / "riskwatch.toml", "[service]", '[service]\njournal_heads = "../heads.log"')
    now = soon(0)
    cases = []
    for number in range(children):
        ahead = timedelta(seconds=int(number * lasts_s / children))
        due_at = now + ahead if number % 2 else now - LATE[number // 2 % len(LATE)]
        cases.append(Case(f"C{number}", due_at))
    facts = folder / "facts"
    facts.mkdir()
    rows = {
        "children": [
            CHILDREN,
            *(f"{case.ref},unit{n % UNITS},pc{n}@example.police.uk,," for n, case in enumerate(cases)),
        ],
        "assessments": [
            ASSESSMENTS,
            *(f"A{c.ref},{c.ref},neglect,high,{stamp(c.due_at - timedelta(hours=1))}," for c in cases),
        ],
        "checks": [CHECKS],
    }
    for table, lines in rows.items():
        (facts / f"{table}.csv").write_text("\n".join(lines) + "\n")
    load_facts(config, facts)
    return Scene(folder, mail, config, cases, seed)
