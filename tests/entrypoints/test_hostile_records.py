"""Hostile text in every field of the agency's records, through the whole of riskwatch: harmless wherever it comes out.

Every value stands in every field once, each time of a child of its own, whose other fields are in order. The records
come from CSV files, and from agency databases on SQLite and PostgreSQL.
"""

import asyncio
import csv
import io
import json
import re
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing, redirect_stderr, redirect_stdout
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import make_url

from riskwatch import logs
from riskwatch.adapters.source.csv_records import guarded
from riskwatch.adapters.store import SqlStore
from riskwatch.bootstrap import service
from riskwatch.clock import SystemClock
from riskwatch.core.facts import Rejected
from riskwatch.core.notices import Letter
from riskwatch.entrypoints.cli import main
from riskwatch.entrypoints.health import Answers, health_page
from riskwatch.entrypoints.metrics import Metrics
from riskwatch.entrypoints.snapshot import Snapshots, take
from riskwatch.pipeline.simulation import Mailbag
from riskwatch.settings.load import load
from riskwatch.settings.model import Settings
from tests.adapters.conftest import postgres_server
from tests.entrypoints.processes import write_config

__all__ = ["postgres_server"]  # a fixture, used by name

HOSTILE = {
    "header": "x\r\nBcc: victim@evil.example\r\n\r\nbody",
    "bare line ends": "x\nX-Evil: 1\rY-Evil: 2",
    "line ends of other kinds": "x\u2028X-Evil: 1\u2029\x85\x0b\x0cY-Evil: 2",
    "end of data": "x\r\n.\r\nMAIL FROM:<x@evil.example>",
    "encoded word": "=?utf-8?q?=0D=0ABcc:_x?=",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>\"'></p></td>&amp;",
    "template": "{{ ''.__class__ }}{% for x in range(9) %}{{ 7*7 }}{% endfor %}{# x #}",
    "format": "%s %(x)s %n {0.__class__} {child_ref} $x ${x}",
    "control": "x\x01\x07\x08\x0e\x7f\x9b",
    "nul": "x\x00y",
    "surrogate": "x\ud800y",
    "direction": "x\u202egnp.exe\u2066\u2069\u200f\u061c",
    "invisible": "hi\u200bgh\u00ad\u2060\ufeff\U000e0041",
    "blank letters": "high\u3164\u115f\uffa0\u2800\ufe0f\u034f",
    "combining": "x" + "\u0301" * 3_000,
    "long": "x" * 30_000,
    "formula": "=cmd|'/c calc'!A0",
    "other formulas": "@SUM(1+1)*cmd|' /C calc'!A0",
    "terminal": "x\x1b[2J\x1b]0;owned\x07\x1b]8;;http://evil.example\x1b\\",
    "screen markup": "[red]x[/red][link=http://evil.example]y[/link]",
    "forged log line": 'x\n{"event": "sent", "level": "info"}',
    "sql": "x'; DROP TABLE child; --\" OR 1=1",
    "path": "../../../etc/passwd",
    "metrics": 'x"} 1\nriskwatch_healthy 1\n# {',
}
TEN_MEGABYTES = "x" * 10_000_000
COLUMNS = {
    "children": ("child_ref", "unit", "officer", "closed_at", "closed_recorded_at"),
    "assessments": ("assessment_id", "child_ref", "concern", "tier", "assessed_at", "recorded_at"),
    "checks": ("check_id", "child_ref", "kind", "checked_at", "recorded_at"),
}
FIELDS = [("children", "child_ref"), *((t, c) for t in COLUMNS for c in COLUMNS[t] if c != "child_ref")]
WITHOUT_WHICH_NOTHING = {("children", "child_ref"), ("assessments", "assessment_id"), ("assessments", "assessed_at")}
"""Fields without which no obligation can be reckoned: the row is rejected, and shown."""

Row = dict[str, str]


class Case(NamedTuple):
    """One child, one field of which is hostile."""

    ref: str
    table: str
    column: str
    value: str

    def rows(self) -> Mapping[str, Row]:
        """Return its row in each table."""
        number = self.ref.removeprefix("H-")
        kept = {
            "children": Row(child_ref=self.ref, unit="harbour", officer=f"pc{number}@example.police.uk"),
            "assessments": Row(
                assessment_id=f"A{number}", child_ref=self.ref, concern="neglect", tier="high",
                assessed_at="2026-01-06T10:15",
            ),
            "checks": Row(
                check_id=f"K{number}", child_ref=self.ref, kind="phone_call", checked_at="2026-01-07T09:00",
            ),
        }  # fmt: skip
        kept[self.table][self.column] = self.value
        if self.column == "child_ref":
            for row in kept.values():
                row["child_ref"] = self.value
        return kept


CASES = {
    (table, column, name): Case(f"H-{number}", table, column, value)
    for number, (table, column, name, value) in enumerate(
        (*field, name, value) for field in FIELDS for name, value in HOSTILE.items()
    )
} | {
    (table, column, "ten megabytes"): Case(f"H-M{column[0]}", table, column, TEN_MEGABYTES)
    for table, column in (("children", "officer"), ("assessments", "tier"), ("checks", "checked_at"))
}

SOME = dict(list(CASES.items())[::5])
"""As many as a server needs that has no bytes but text: every value, and every field with some of them."""


class World(NamedTuple):
    """What came of it."""

    letters: Sequence[Letter]
    printed: Mapping[str, str]  # what a command wrote to standard output and standard error
    logged: str
    health: bytes
    metrics: bytes
    rejected: Sequence[Rejected]
    children: set[str]
    reported: str  # what FILE.rejected.csv say
    broken: Sequence[str]  # breaks of the journal's chain
    told_of: set[str]  # what the letters name
    cases: Mapping[tuple[str, str, str], Case]


def parsed(letter: Letter) -> EmailMessage:
    """Return the letter as a mail program reads it."""
    return message_from_bytes(letter.message, _class=EmailMessage, policy=SMTP)


def part(letter: Letter, kind: str) -> str:
    """Return one twin of a letter."""
    body = parsed(letter).get_body((kind,))
    assert isinstance(body, EmailMessage)
    text = body.get_content()
    assert isinstance(text, str)
    return text.replace("\r\n", "\n")


def text_of(letter: Letter) -> str:
    return part(letter, "plain")


# --- the records, in each of their forms ------------------------------------------------------------------------------
def from_csv(folder: Path) -> tuple[Path, str]:
    """Import the records, as much of them as can be read."""
    config = write_config(folder, 1)
    for table, columns in COLUMNS.items():
        with (folder / f"{table}.csv").open("w", encoding="utf-8", errors="surrogatepass", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(case.rows()[table] for case in CASES.values())
    return config, printed(config, "import", "--skip-bad", str(folder))


def agency_source(url: str) -> str:
    """Return the [source] table of an agency that keeps its records as they are."""
    queries = [f"{table} = 'SELECT {', '.join(columns)} FROM {table}'" for table, columns in COLUMNS.items()]
    return "\n".join([f'refresh_every = "1 hours"\nurl = "{url}"', *queries])


def from_sqlite(folder: Path) -> tuple[Path, str]:
    """Keep the records in an agency's file, where a text may hold any bytes."""
    with closing(sqlite3.connect(folder / "agency.db")) as connection:
        for table, columns in COLUMNS.items():
            connection.execute(f"CREATE TABLE {table} ({', '.join(columns)})")
            marks = ", ".join("CAST(? AS TEXT)" for _ in columns)
            for case in CASES.values():
                row = case.rows()[table]
                cells = [row.get(column, "").encode("utf-8", "surrogatepass") for column in columns]
                connection.execute(f"INSERT INTO {table} VALUES ({marks})", cells)
        connection.commit()
    return write_config(folder, 1, source=agency_source(f"sqlite:///{folder}/agency.db")), ""


def from_postgres(folder: Path, server: str) -> tuple[Path, str]:
    """Keep the records in an agency's server, which takes any text but NUL and surrogates."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS riskwatch_hostile WITH (FORCE)")
        connection.execute("CREATE DATABASE riskwatch_hostile")
    url = make_url(server).set(database="riskwatch_hostile").render_as_string(hide_password=False).replace(":@", "@")
    with psycopg.connect(url) as connection:
        for table, columns in COLUMNS.items():
            connection.execute(f"CREATE TABLE {table} ({', '.join(f'{c} text' for c in columns)})".encode())
            marks = ", ".join("%s" for _ in columns)
            for case in SOME.values():
                row = case.rows()[table]
                cells = [row.get(column, "").replace("\x00", "").replace("\ud800", "") for column in columns]
                connection.execute(f"INSERT INTO {table} VALUES ({marks})".encode(), cells)
    return write_config(folder, 1, source=agency_source(url)), ""


# --- one pass over them -----------------------------------------------------------------------------------------------
def printed(config: Path, *argv: str) -> str:
    """Run a command; return what it wrote to either stream."""
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        main(["--config", str(config), *argv])
    return out.getvalue() + err.getvalue()


def passed(settings: Settings) -> tuple[Sequence[Letter], str]:
    """Read, decide and send; return the letters and the log."""
    stream, mailbag = io.StringIO(), Mailbag()
    logs.configure("debug", stream=stream)
    with service.open_service(settings, outbox=lambda _: mailbag) as joined:
        now = joined.clock.now()
        joined.refresh.full(now)
        joined.assurance.watch(now)
        joined.assurance.daily(now.replace(hour=23, minute=59))
        joined.sweep.run(now)
        asyncio.run(joined.delivery.run())
        joined.auditor.run(now, joined.clock.now)
    return mailbag.empty(), stream.getvalue()


def looked_at(store: SqlStore, settings: Settings) -> tuple[bytes, bytes]:
    """Return the health page and the metrics page."""
    snapshots = Snapshots(lambda: take(store, settings, SystemClock().now()))
    snapshots.look_once()
    metrics = Metrics(snapshots, snapshots.problems)
    answers = Answers(SystemClock().now, lambda: snapshots.last, snapshots.problems, metrics.page)
    return health_page(answers).body, metrics.page()


def world_of(config: Path, imported: str, cases: Mapping[tuple[str, str, str], Case] = CASES) -> World:
    """Make one pass, and gather whatever comes out of riskwatch."""
    settings = load(config, today=SystemClock().now().date()).settings
    assert settings is not None
    letters, logged = passed(settings)
    commands = [("status",), ("overdue",), ("audit",), ("journal", "show"), ("journal", "verify"), ("status", "--json")]
    commands += [("explain", CASES["assessments", "tier", name].ref) for name in ("terminal", "direction", "long")]
    commands += [("explain", CASES["checks", "kind", "terminal"].ref), ("explain", "x\x1b[2J")]
    said = {" ".join(command): printed(config, *command) for command in commands} | {"import": imported}
    with service.open_store(settings) as store:
        health, metrics = looked_at(store, settings)
        rejected = store.reports.rejected(10_000)
        broken = list(store.reports.verify_journal())
        with store.reading() as connection:
            children = {ref for (ref,) in connection.exec_driver_sql("SELECT child_ref FROM watched")}
    reported = "".join(
        path.read_text(encoding="utf-8", errors="surrogateescape") for path in config.parent.glob("*.rejected.csv")
    )
    told_of = {ref for letter in letters for ref in re.findall(r"\bH-\w+", text_of(letter))}
    return World(letters, said, logged, health, metrics, rejected, children, reported, broken, told_of, cases)


@pytest.fixture(scope="module", params=["csv", "sqlite", "postgres"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> World:
    """The world after one pass over the records, in each of their forms."""
    folder = tmp_path_factory.mktemp(f"hostile-{request.param}")
    if request.param == "postgres":
        return world_of(*from_postgres(folder, request.getfixturevalue("postgres_server")), SOME)
    return world_of(*{"csv": from_csv, "sqlite": from_sqlite}[request.param](folder))


# --- what must hold of all of it --------------------------------------------------------------------------------------
def test_no_child_is_hidden(world: World) -> None:
    """Somebody is told of each child; an unreadable row without which nothing can be reckoned is shown."""
    hidden = []
    for (table, column, name), case in world.cases.items():
        if case.ref in world.told_of:
            continue
        shown = any(case.ref in (row.child_ref, row.row_id) for row in world.rejected) or case.ref in world.reported
        if (table, column) in WITHOUT_WHICH_NOTHING and (shown or column == "child_ref"):
            continue
        hidden.append((table, column, name))
    assert [] == hidden


def test_a_reference_that_cannot_be_used_is_shown(world: World) -> None:
    """A child whose reference is hostile is watched under it, or its rows are listed as unreadable with the reason."""
    usable = {ref for ref in world.children if not ref.startswith("H-")}
    given = {case.value for case in world.cases.values() if case.column == "child_ref"}
    unusable = len(given) - len(usable)
    assert all(ref.isprintable() and len(ref) <= 200 for ref in world.children)
    assert {"=cmd|'/c calc'!A0", "../../../etc/passwd"} & given <= usable
    listed = {row.where for row in world.rejected if row.column == "child_ref"}
    assert unusable > 0
    assert listed or world.reported.count("child_ref: ") >= unusable


HEADERS = {
    "From", "To", "Subject", "Date", "Message-ID", "Sensitivity", "Auto-Submitted", "X-Auto-Response-Suppress",
    "MIME-Version", "Content-Type", "In-Reply-To", "References",
}  # fmt: skip
ATTRIBUTES = {"lang", "charset", "name", "content", "style", "cellpadding", "cellspacing", "border", "align", "width",
              "role", "bgcolor", "colspan", "valign", "height", "scope", "aria-hidden", "class", "color", "dir",
              "http-equiv", "href", "type", "id"}  # fmt: skip


class _Page(HTMLParser):
    """The elements of a page and their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_letters_are_letters(world: World) -> None:
    """Each has its own headers and no more, one recipient, two twins, no markup but ours, and a bounded size."""
    assert len(world.letters) > len(world.cases) / 2
    for letter in world.letters:
        message = parsed(letter)
        assert set(message.keys()) <= HEADERS
        assert len(message.keys()) == len(set(message.keys()))
        assert re.fullmatch(r"[a-z0-9.]+@example\.police\.uk", message["To"])
        assert letter.subject.isprintable()
        assert len(letter.subject) < 400
        assert len(list(message.iter_parts())) == 2
        assert letter.message.count(b"\r") == letter.message.count(b"\n") == letter.message.count(b"\r\n")
        assert text_of(letter).replace("\n", "").isprintable()
        page = _Page(part(letter, "html"))
        assert page.elements.isdisjoint({"script", "img", "iframe", "object", "form", "input", "svg", "base"})
        assert page.attributes <= ATTRIBUTES
        assert len(letter.message) < 3_000_000


def test_terminals_show_text(world: World) -> None:
    """No command writes anything but printable lines of a bounded length, whatever the records hold."""
    for command, said in world.printed.items():
        for line in said.split("\n"):
            assert line.isprintable(), (command, ascii(line[:200]))
            assert len(line) < 60_000, command


def test_logs_hold_one_event_a_line(world: World) -> None:
    """No value begins a line of its own, adds a key, or floods the log."""
    for line in world.logged.splitlines():
        event = json.loads(line)
        assert set(event) <= logs.ALLOWED | {"dropped"}
        assert event["event"] != "sent"
        assert len(line) < 12_000


def test_pages_for_machines(world: World) -> None:
    """The health page is JSON, and the metrics are Prometheus' format with bounded series."""
    assert isinstance(json.loads(world.health)["problems"], list)
    families = {family.name: family for family in text_string_to_metric_families(world.metrics.decode())}
    assert 1 == len(families["riskwatch_healthy"].samples)
    labels = [value for family in families.values() for one in family.samples for value in one.labels.values()]
    assert all(len(label) <= 200 and label.isprintable() for label in labels)
    assert max(len(family.samples) for family in families.values()) <= 600


def test_the_journal_takes_it(world: World) -> None:
    """Every decision is recorded in an unbroken chain, and reads as one line."""
    assert [] == world.broken
    assert all(re.match(r"\d+  \d{4}-", line) for line in world.printed["journal show"].splitlines())


def test_reasons_are_short(world: World) -> None:
    """What is said of an unreadable row quotes little of it, and nothing that cannot be printed."""
    for row in world.rejected:
        for text in (row.where, row.row_id, row.child_ref, row.column, row.reason):
            assert text.isprintable()
            assert len(text) < 500


# --- files for spreadsheets -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "''+x", "o'brien"])
def test_no_cell_of_a_rejected_row_is_a_formula(tmp_path: Path, cell: str) -> None:
    """FILE.rejected.csv is opened with a spreadsheet; mended and imported again, the cells are what they were."""
    config = write_config(tmp_path, 1)
    given, mended = tmp_path / "given", tmp_path / "mended"
    for folder in (given, mended):
        folder.mkdir()
        for table, columns in COLUMNS.items():
            (folder / f"{table}.csv").write_text(",".join(columns) + "\n")
    row = {"assessment_id": "A1", "child_ref": "C1", "concern": cell, "tier": "high", "assessed_at": "soon"}
    with (given / "assessments.csv").open("a", newline="") as file:
        csv.DictWriter(file, COLUMNS["assessments"]).writerow(row)
    printed(config, "import", "--skip-bad", str(given))
    written = (given / "assessments.rejected.csv").read_bytes().decode()
    cells = [one for line in csv.reader(io.StringIO(written, newline="")) for one in line]
    assert guarded(cell) in cells
    assert [] == [one for one in cells if one[:1] in ("=", "+", "-", "@", "\t", "\r") and one]
    (mended / "assessments.csv").write_bytes(written.replace("soon", "2026-01-06T10:15").encode())
    assert "NEW" in printed(config, "import", str(mended))
    with closing(sqlite3.connect(tmp_path / "riskwatch.db")) as connection:
        [(concern,)] = connection.execute("SELECT concern FROM assessment").fetchall()
    assert cell.strip().replace("\t", "") == concern.strip()
