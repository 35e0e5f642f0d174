"""The world around a daemon: an agency whose views can be spoilt, a clock that can be set, and who must hear what.

Children are overdue from the start, and each second or two the supervisor's step of one more falls due: whatever is the
matter meanwhile, there is always somebody to be told.
"""

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from functools import cached_property
from pathlib import Path

from riskwatch.adapters.store import SqlStore
from riskwatch.core.notices import Kind, Notice
from tests.adapters.source.agency import Agency
from tests.entrypoints.mail_server import Arrived, MailServer
from tests.entrypoints.processes import (
    ASSESSMENTS,
    CHECKS,
    CHILDREN,
    PATIENCE_S,
    Running,
    environment,
    soon,
    stamp,
    until,
    write_config,
)
from tests.faults.effort import Score
from tests.faults.reckoning import owed_by, settings_of

ADMINISTRATOR = "admin@example.police.uk"
HEAD = "dsupt@example.police.uk"
SUPERVISOR = "ds@example.police.uk"
WATCHERS = (ADMINISTRATOR, HEAD)
"""Who hears of blindness."""
SETTLED_S = 150.0
"""How long everything may take to come: a letter that was claimed when its store failed waits out a lease first."""
SUPERVISOR_AFTER = timedelta(hours=4)
VISITED_AFTER = timedelta(minutes=1)

DIRECTORY = f"""\
fallback = "duty@example.police.uk"
administrator = "{ADMINISTRATOR}"
allowed_domains = ["example.police.uk"]

[units.harbour]
supervisor = "{SUPERVISOR}"
head = "{HEAD}"

[default_unit]
supervisor = "desk@example.police.uk"
head = "{HEAD}"
"""
HEAD_STEP = '  { name = "head", after = "72 hours", to = "head" },\n'
SOURCE = """\
url = "{url}"
children = "SELECT child_ref, unit, officer, NULL AS closed_at, NULL AS closed_recorded_at FROM v_child"
assessments = '''SELECT id AS assessment_id, child_ref, 'neglect' AS concern, 'high' AS tier, made AS assessed_at,
made AS recorded_at FROM v_risk'''
checks = "SELECT id AS check_id, child_ref, kind, seen AS checked_at, seen AS recorded_at FROM v_visit"
refresh_every = "1 seconds"
statement_timeout = "1 seconds"
"""
TABLES = {
    "child": "child_ref TEXT, unit TEXT, officer TEXT, number INTEGER",
    "risk": "id TEXT, child_ref TEXT, made TEXT, number INTEGER",
    "visit": "id TEXT, child_ref TEXT, kind TEXT, seen TEXT, number INTEGER",
}
_KEPT_BY_EVERYBODY = "1 = 1"

# In place of the machine's clock, for the daemon alone: `time.time` and `datetime.now` are set by what a file says.
TURNING = """
import datetime as _datetime, sys, time
_real, _wall = _datetime.datetime, time.time
_seen = [0.0, 0.0]
def _offset_s():
    if time.monotonic() - _seen[0] > 0.02:
        _seen[0] = time.monotonic()
        try:
            with open({turned!r}) as file:
                _seen[1] = float(file.read() or 0)
        except OSError:
            pass
    return _seen[1]
class _AnyDatetime(type):
    def __instancecheck__(cls, value):
        return isinstance(value, _real)
class _Turned(_real, metaclass=_AnyDatetime):
    def __new__(cls, *values, **named):
        return _real(*values, **named)
    @classmethod
    def now(cls, tz=None):
        now = _real.now(_datetime.timezone.utc) + _datetime.timedelta(seconds=_offset_s())
        return now.astimezone(tz) if tz is not None else now.astimezone().replace(tzinfo=None)
import riskwatch.entrypoints.serve, apscheduler.job
for _name, _module in list(sys.modules.items()):
    if _name.partition('.')[0] in ('riskwatch', 'apscheduler') and getattr(_module, 'datetime', None) is _real:
        _module.datetime = _Turned
time.time = lambda: _wall() + _offset_s()
"""
START = """
import riskwatch.pipeline.blindness as blindness
import riskwatch.entrypoints.daemon as daemon, riskwatch.entrypoints.waking as waking
from datetime import timedelta
blindness.SHORTEST_GRACE = timedelta(seconds=1)
waking.RETRY = timedelta(seconds=1)
daemon.CLOCK_LOOK_S = 0.2
"""
MAIN = "from riskwatch.entrypoints.cli import main\nimport sys\nsys.exit(main())\n"


class Surroundings:
    """A config folder, an agency of its own, and a mail server; the daemon is the test's to start and to stop."""

    def __init__(self, folder: Path, mail: MailServer, agency: Agency, config: Path, opened: ExitStack) -> None:
        self.folder, self.mail, self.agency, self.config = folder, mail, agency, config
        self._rows: dict[str, list[str]] = {"children": [], "assessments": [], "checks": []}
        self._turned_by_s = self._furthest_s = 0
        self._started = 0
        self._open = opened
        self._subjects: list[tuple[str, str]] = []  # of the letters in the order in which they came, and to whom
        self._received: dict[str, Notice] = {}
        self._known = 0
        self.agency.run(*(f"CREATE TABLE {table} ({columns})" for table, columns in TABLES.items()))
        self.show()

    # --- the agency --------------------------------------------------------------------------------------------------
    def record(self, due_at: Collection[datetime], *, name: str = "C") -> list[str]:
        """Have the agency record children who are to be seen by these moments; return their references."""
        refs = []
        for number, due in enumerate(due_at):
            ref, officer = f"{name}{number}", f"pc.{name.lower()}{number}@example.police.uk"
            made = stamp(due - timedelta(hours=1))
            self._rows["children"].append(f"{ref},harbour,{officer},,")
            self._rows["assessments"].append(f"A{ref},{ref},neglect,high,{made},")
            place = len(self._rows["children"])
            self.agency.run(
                f"INSERT INTO child VALUES ('{ref}', 'harbour', '{officer}', {place})",
                f"INSERT INTO risk VALUES ('A{ref}', '{ref}', '{made}', {place})",
            )
            refs.append(ref)
        return refs

    def visit(self, ref: str, at: datetime | None = None) -> None:
        """Have the agency record that a child was seen: now, if not at another time."""
        seen = stamp(at or self.now())
        self._rows["checks"].append(f"K{ref},{ref},seen,{seen},")
        place = len(self._rows["checks"])
        self.agency.run(f"INSERT INTO visit VALUES ('K{ref}', '{ref}', 'seen', '{seen}', {place})")

    def show(self, **conditions: str) -> None:
        """Have the views show only the rows of a table that meet its condition; all of those that are not named."""
        for table in TABLES:
            where = conditions.get(table, _KEPT_BY_EVERYBODY)
            self.agency.run(
                f"DROP VIEW IF EXISTS v_{table}", f"CREATE VIEW v_{table} AS SELECT * FROM {table} WHERE {where}"
            )

    # --- the daemon --------------------------------------------------------------------------------------------------
    @contextmanager
    def daemon(self, more: str = "") -> Iterator[Running]:
        """Run the daemon while the block runs, and see that it stops in order; `more` is run before it."""
        with self.start(more) as running:
            yield running
            running.stop()

    def start(self, more: str = "") -> Running:
        """Start a daemon."""
        self._started += 1
        argv = ["--config", str(self.config), "run"]
        return Running(argv, self.folder / f"daemon-{self._started}.log", start=("-c", self._code(START + more)))

    def call(self, *argv: str) -> "subprocess.CompletedProcess[str]":
        """Run one command to its end, by the clock of the daemon."""
        command = [sys.executable, "-c", self._code(""), "--config", str(self.config), *argv]
        return subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE_S, check=False, env=environment()
        )

    def _code(self, more: str) -> str:
        return TURNING.format(turned=str(self.folder / "turned")) + more + MAIN

    # --- the clock ---------------------------------------------------------------------------------------------------
    def turn(self, seconds: int) -> None:
        """Set the daemon's clock forward, or back."""
        self._turned_by_s += seconds
        self._furthest_s = max(self._furthest_s, self._turned_by_s)
        fresh = self.folder / "turned.new"
        fresh.write_text(str(self._turned_by_s))
        fresh.replace(self.folder / "turned")

    def now(self, seconds: float = 0) -> datetime:
        """Return the moment by the daemon's clock, or one so many seconds ahead."""
        return soon(self._turned_by_s + seconds)

    # --- what came ---------------------------------------------------------------------------------------------------
    def subjects(self, *people: str, purpose: str = "") -> list[str]:
        """Return the subjects of the letters that came to these people, with these words in them."""
        self._read_mail()
        return [subject for person, subject in self._subjects if person in people and purpose in subject]

    def mail_to(self, person: str) -> list[bytes]:
        """Return the letters that came to a person."""
        return [letter.content for letter in list(self.mail.letters) if letter.to == person]

    def _read_mail(self) -> None:
        for letter in self.mail.letters[len(self._subjects) :]:
            self._subjects.append((letter.to, subject_of(letter)))

    def received(self) -> Mapping[str, Notice]:
        """Return the notices in the letters that came, by key: a letter names itself, and the store what is in it."""
        fresh = [letter_id_of(letter) for letter in self.mail.letters[self._known :]]
        if fresh:
            with self.store.begin() as tx:
                lines = tx.lines_of(fresh)
            self._received.update({told.notice.key: told.notice for tolds in lines.values() for told in tolds})
            self._known += len(fresh)
        return self._received

    def wait_for_notice(self, kind: Kind, person: str, ref: str) -> None:
        """Return when this person was told this of a child."""
        wanted = (kind, person, ref)
        until(
            lambda: wanted in {(one.kind, one.person, one.child_ref) for one in self.received().values()}, str(wanted)
        )

    def wait_for(self, words: str, *people: str, times: int = 1) -> None:
        """Return when so many letters with these words in their subject have come to each of these people."""
        for person in people:
            until(lambda p=person: len(self.subjects(p, purpose=words)) >= times, f"{words!r} to {person}")  # type: ignore[misc]

    def wait_for_more_steps(self, number: int = 1, *, person: str = SUPERVISOR) -> None:
        """Return when so many more letters have come to somebody who is told of one child after the other."""
        before = len(self.subjects(person))
        until(lambda: len(self.subjects(person)) >= before + number, "a letter about a step that fell due")

    # --- the reckoning -----------------------------------------------------------------------------------------------
    def owed(self, until_moment: datetime) -> Mapping[str, Notice]:
        """Return what the core says is owed before a moment, from what the agency recorded."""
        facts = self.folder / "facts"
        facts.mkdir(exist_ok=True)
        heads = {"children": CHILDREN, "assessments": ASSESSMENTS, "checks": CHECKS}
        for table, head in heads.items():
            (facts / f"{table}.csv").write_text("\n".join([head, *self._rows[table]]) + "\n")
        return owed_by(self.config, [facts], until_moment)

    @cached_property
    def store(self) -> SqlStore:
        """The daemon's database, opened once it is wanted."""
        return self._open.enter_context(SqlStore(settings_of(self.config).database.url))

    def ask(self, statement: str) -> list[tuple[object, ...]]:
        """Return what the daemon's database answers."""
        with self.store.reading() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(statement)]

    def wait_until_all_came(self, *, within_s: float = SETTLED_S) -> datetime:
        """Return when everything has come that is owed at this moment: the moment."""
        moment = self.now()
        owed = self.owed(moment)
        try:
            until(lambda: owed.keys() <= self.received().keys(), "everything that is owed", within_s=within_s)
        except AssertionError as error:
            lost = [str(one) for key, one in owed.items() if key not in self.received()]
            states = self.ask(
                "SELECT state, last_response, next_attempt_at, lease_until, count(*) FROM letter GROUP BY 1, 2, 3, 4"
            )
            raise AssertionError(f"{error}: {len(lost)} lost, such as {lost[:3]}; letters: {states}") from None
        return moment

    def judge(self, fault: str, times: int, *, owed_until: datetime, repeats_at_most: int = 0) -> dict[str, object]:
        """Reckon it all up, the daemon having stopped: nothing lost of what was owed by then, nothing told that was not
        owed until now, no more letters repeated than may be, the books in order. Returns the score, by its fields."""
        owed, owed_now = self.owed(owed_until), self.owed(soon(self._furthest_s + 1))
        received = self.received()
        again = Counter(letter.message_id for letter in self.mail.letters)
        problems = {
            "lost": [str(one) for key, one in owed.items() if key not in received],
            "not owed": [str(one) for key, one in received.items() if key not in owed_now],
            "astray": self._astray(),
            "repeated": again if again.total() - len(again) > repeats_at_most else [],
            "out of order": self.in_order(),
        }
        assert not any(problems.values()), problems  # in words: this module's asserts are not rewritten
        return Score(fault, times, len(owed), 0, again.total() - len(again), 0)._asdict()

    def _astray(self) -> list[str]:
        """Return the letters that came to somebody other than the notices in them are for."""
        with self.store.begin() as tx:
            lines = tx.lines_of([letter_id_of(letter) for letter in self.mail.letters])
        return [
            f"{told.notice.key} to {letter.to}"
            for letter in self.mail.letters
            for told in lines[letter_id_of(letter)]
            if told.notice.person != letter.to
        ]

    def in_order(self) -> list[str]:
        """Return what `audit` and `journal verify` have to say, blank where both are clean."""
        calls = [self.call("audit"), self.call("journal", "verify")]
        return [f"{done.args[-2:]} {done.stdout}{done.stderr}" for done in calls if done.returncode]


def letter_id_of(letter: Arrived) -> str:
    """Return the id of the letter that came."""
    return letter.message_id.strip("<>").partition("@")[0]


def subject_of(letter: Arrived) -> str:
    """Return the subject of a letter."""
    return str(message_from_bytes(letter.content, policy=policy.default)["Subject"])


@contextmanager
def surroundings(
    folder: Path, mail: MailServer, *, agency_url: str = "", database: str = "sqlite:///../riskwatch.db"
) -> Iterator[Surroundings]:
    """Return a daemon's world, in which nothing is recorded yet."""
    url = agency_url or f"sqlite:///{folder / 'agency.db'}"
    config = write_config(folder, mail.port, database=database, source=SOURCE.format(url=url.replace(":@", "@")))
    (config / "directory.toml").write_text(DIRECTORY)
    text = (config / "policy.toml").read_text()
    (config / "policy.toml").write_text(re.sub(r"(  \{ name = \"supervisor\".*\n)", r"\1" + HEAD_STEP, text))
    with Agency(url) as agency, ExitStack() as opened:
        yield Surroundings(folder, mail, agency, config, opened)


def steps(
    number: int, *, first_s: float = 4.0, apart_s: float = 1.0, after: timedelta = SUPERVISOR_AFTER
) -> Sequence[datetime]:
    """Return when children were to be seen of whom a step so long `after` that falls due `first_s` from now, and so
    on."""
    return [soon(first_s + apart_s * n) - after for n in range(number)]
