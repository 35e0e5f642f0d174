"""`journal`: showing what was decided, and finding that somebody tampered with it."""

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest

from riskwatch.adapters.store.chain import GENESIS, Link, linked
from riskwatch.bootstrap import service
from riskwatch.clock import SystemClock
from riskwatch.core.tracking import Entry
from riskwatch.entrypoints.commands import journal
from riskwatch.entrypoints.self_watch import keep_head
from riskwatch.pipeline.simulation import Mailbag
from riskwatch.settings.load import load
from tests.entrypoints.conftest import Riskwatch, edit


@pytest.fixture
def swept(riskwatch: Riskwatch, overdue_facts: Path) -> Riskwatch:
    """Riskwatch after one pass over the facts; no mail server answers."""
    assert riskwatch("import", str(overdue_facts)).code == 0
    riskwatch("sweep")
    return riskwatch


def keep(config: Path) -> None:
    """Keep the journal's head, as the daemon does each day and when it stops."""
    settings = load(config, today=SystemClock().now().date()).settings
    assert settings is not None
    with service.open_service(settings, outbox=lambda _: Mailbag()) as joined:
        assert keep_head(joined, joined.clock.now())


def write(config: Path, *statements: str) -> None:
    """Change the database behind riskwatch's back."""
    with closing(sqlite3.connect(config.parent / "riskwatch.db")) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def rewrite(config: Path) -> None:
    """Leave out one decision, and recompute every hash after it, the head's too."""
    names = ", ".join(Link._fields)
    with closing(sqlite3.connect(config.parent / "riskwatch.db")) as connection:
        rows = connection.execute(f"SELECT {names} FROM journal ORDER BY seq").fetchall()
        settings = load(config, today=SystemClock().now().date()).settings
        assert settings is not None
        with service.open_store(settings) as store:
            links = store.reports.journal()
        entries = [
            Entry(link.at, link.decision, link.child_ref, link.subject, link.policy_version, {}) for link in links
        ]
        fresh = list(linked(entries[1:], 0, GENESIS))
        connection.execute("DELETE FROM journal")
        marks = ", ".join("?" * len(Link._fields))
        for link in fresh:
            values = [link.seq, rows[0][1], link.decision.value, *link[3:]]
            values[1] = link.at.strftime("%Y-%m-%dT%H:%M:%SZ")
            connection.execute(f"INSERT INTO journal ({names}) VALUES ({marks})", values)
        connection.execute("UPDATE journal_head SET seq = ?, hash = ?", (fresh[-1].seq, fresh[-1].hash))
        connection.commit()


def test_a_whole_journal(config: Path, swept: Riskwatch) -> None:
    """The chain is unbroken; what bears it out is said."""
    keep(config)
    called = swept("journal", "verify")
    assert (called.code, called.err) == (0, [])
    assert called.out[0].endswith("journal-heads.log bears it out; its heads are not signed")
    (config.parent / "key").write_text("0123456789abcdef")
    (config.parent / "journal-heads.log").unlink()
    edit(config / "riskwatch.toml", "# log_level", f'journal_key_file = "{config.parent}/key"\n# log_level')
    keep(config)
    assert "the signed heads of " in swept("journal", "verify").out[0]


def test_without_heads_a_cut_could_not_be_told(config: Path, swept: Riskwatch) -> None:
    """A journal that has rows and no head anywhere else is not called whole."""
    (config.parent / "journal-heads.log").unlink()
    called = swept("journal", "verify")
    assert (called.code, called.out) == (1, [])
    assert called.err[0].endswith("holds no head: whether the journal's tail was cut off cannot be told")


LAST = "(SELECT max(seq) FROM journal)"
BEFORE_LAST = "(SELECT hash FROM journal WHERE seq = (SELECT max(seq) FROM journal))"


@pytest.mark.parametrize(
    ("statements", "finding"),
    [
        pytest.param(["UPDATE journal SET child_ref = 'C9' WHERE seq = 2"], "row 2: was changed", id="a changed row"),
        pytest.param(["DELETE FROM journal WHERE seq = 2"], "row 2: missing", id="a deleted row"),
        pytest.param(
            ["UPDATE journal SET seq = seq + 1000 WHERE seq > 2", "UPDATE journal SET seq = seq - 999 WHERE seq > 2",
             "INSERT INTO journal SELECT 3, at, decision, child_ref, subject, policy_version, detail, prev_hash, hash"
             " FROM journal WHERE seq = 2"],
            "row 3: does not continue row 2", id="an inserted row",
        ),
        pytest.param(
            ["UPDATE journal SET seq = -2 WHERE seq = 2", "UPDATE journal SET seq = 2 WHERE seq = 3",
             "UPDATE journal SET seq = 3 WHERE seq = -2"],
            "row 2: does not continue row 1", id="reordered rows",
        ),
        pytest.param([f"DELETE FROM journal WHERE seq = {LAST}"], "the chain's head names it", id="a cut tail"),
        pytest.param(
            [f"DELETE FROM journal WHERE seq = {LAST}", f"UPDATE journal_head SET seq = {LAST}, hash = {BEFORE_LAST}"],
            "that row is gone: the tail was cut off", id="a cut tail, and the head in the database with it",
        ),
    ],
)  # fmt: skip
def test_tampering_is_found(config: Path, swept: Riskwatch, statements: list[str], finding: str) -> None:
    """The first broken row is named, and the exit code says that a person is needed."""
    keep(config)
    write(config, *statements)
    called = swept("journal", "verify")
    assert (called.code, called.out) == (1, [])
    assert finding in called.err[0], called.err


def test_a_forged_chain_is_found(config: Path, swept: Riskwatch) -> None:
    """Whoever recomputes every hash leaves a chain that is whole: the head of that day tells."""
    keep(config)
    rewrite(config)
    called = swept("journal", "verify")
    assert called.code == 1
    assert called.err[0].endswith(": the tail was cut off")


def test_many_breaks_are_bounded(config: Path, swept: Riskwatch, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only so many are listed, and that is said."""
    monkeypatch.setattr(journal, "LISTED", 2)
    write(config, "UPDATE journal SET subject = 'x'")
    called = swept("journal", "verify")
    assert (called.code, len(called.err)) == (1, 3)
    assert called.err[2] == "riskwatch: and more; only the first 2 are listed"


def test_the_journal_is_shown(swept: Riskwatch) -> None:
    """Every decision in order, with its reason and policy version; of one child, or of a time, where asked."""
    rows = swept("journal", "show", "--json").json
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    assert all(row["policy_version"] and row["detail"]["reason"] for row in rows if row["child_ref"])
    assert {row["child_ref"] for row in swept("journal", "show", "--child", "C1", "--json").json} == {"C1"}
    assert swept("journal", "show", "--to", "2021-01-01").out == []
    assert len(swept("journal", "show", "--from", "2021-01-01").out) == len(rows)
    first, second, *_ = swept("journal", "show").out
    assert "configured" in first
    assert "owed" in second


@pytest.mark.parametrize("argv", [["journal"], ["journal", "burn"], ["journal", "show", "--from", "noon"]])
def test_wrong_usage(riskwatch: Riskwatch, argv: list[str]) -> None:
    """One line, exit 2."""
    called = riskwatch(*argv)
    assert (called.code, called.out, len(called.err)) == (2, [], 1)


def test_the_pages_join(swept: Riskwatch, monkeypatch: pytest.MonkeyPatch) -> None:
    """A journal longer than a page is shown whole."""
    whole: Callable[[], list[str]] = lambda: swept("journal", "show").out  # noqa: E731  called twice
    once = whole()
    monkeypatch.setattr(journal, "PAGE", 2)
    assert whole() == once


def head_in_the_letter(config: Path) -> str:
    """Return the head that a daily letter names, as the outbox holds it."""
    settings = load(config, today=SystemClock().now().date()).settings
    assert settings is not None
    with service.open_service(settings, outbox=lambda _: Mailbag()) as joined:
        joined.assurance.daily(joined.clock.now().replace(hour=23))
    with closing(sqlite3.connect(config.parent / "riskwatch.db")) as connection:
        message = connection.execute("SELECT message FROM letter WHERE purpose = 'daily'").fetchone()[0]
    said = message_from_bytes(message).get_payload(0)
    assert isinstance(said, Message)
    found = re.search(r"--head\s+(\d+:[0-9a-f]{64})", bytes(said.get_payload(decode=True)).decode())
    assert found is not None
    return found[1]


def test_a_daily_letter_bears_the_journal_out(config: Path, swept: Riskwatch) -> None:
    """Whoever can write the database, the heads and the log cannot write the mailbox of a head of unit."""
    head = head_in_the_letter(config)
    (config.parent / "journal-heads.log").unlink()
    keep(config)
    assert (0, []) == swept("journal", "verify", "--head", head)[::2]
    rewrite(config)
    (config.parent / "journal-heads.log").unlink()
    keep(config)
    assert 0 == swept("journal", "verify").code
    called = swept("journal", "verify", "--head", head)
    row = head.partition(":")[0]
    assert called.code == 1
    assert called.err[0].startswith(f"riskwatch: journal row {row}: is ")


def test_a_head_that_is_none_is_refused(swept: Riskwatch) -> None:
    """A slip in copying is wrong usage, and no finding; the head of an empty journal is always borne out."""
    assert 2 == swept("journal", "verify", "--head", "12").code
    assert 0 == swept("journal", "verify", "--head", f"0:{GENESIS}").code
