"""`send-test` and `sweep`: what leaves, what the mail server said, and what a dry run leaves alone."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.entrypoints.conftest import Riskwatch, edit

ADDRESS = "duty.inspector@example.police.uk"


class Mailbox:
    """Takes every letter; refuses one recipient."""

    def __init__(self) -> None:
        self.letters: list[Envelope] = []
        self.refused = ""
        self.busy = 0

    async def handle_RCPT(  # noqa: N802  the library's name
        self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]
    ) -> str:
        """Answer RCPT TO."""
        if address == self.refused:
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep a letter, unless there is no room for so many."""
        if self.busy:
            self.busy -= 1
            return "451 4.3.0 no room"
        self.letters.append(envelope)
        return "250 kept as 17"


@pytest.fixture
def mailbox(config: Path) -> Iterator[Mailbox]:
    """A mail server on this machine, named in the config folder."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    edit(config / "riskwatch.toml", "port = 25 ", f"port = {port} ")
    yield mailbox
    controller.stop()


def test_a_test_letter_arrives_and_the_answer_is_told(riskwatch: Riskwatch, mailbox: Mailbox) -> None:
    """One letter to one mailbox, and the server's own words."""
    called = riskwatch("send-test", ADDRESS.upper())
    assert (called.code, called.err) == (0, [])
    assert called.out[-1].endswith(f"took the letter to {ADDRESS}: 250 kept as 17")
    (letter,) = mailbox.letters
    assert letter.rcpt_tos == [ADDRESS]
    assert isinstance(letter.content, bytes)
    assert b"Test letter from riskwatch" in letter.content


def test_a_refused_test_letter_is_a_failure(riskwatch: Riskwatch, mailbox: Mailbox) -> None:
    """The server's refusal is told on standard error, with exit 3."""
    mailbox.refused = ADDRESS
    called = riskwatch("send-test", ADDRESS)
    assert called.code == 3
    assert "refused: 550 5.1.1 no such mailbox" in called.err[0]


def test_a_mail_server_that_does_not_answer_is_a_failure(config: Path, riskwatch: Riskwatch) -> None:
    """Nothing listens: one line, exit 3."""
    edit(config / "riskwatch.toml", "port = 25 ", "port = 1 ")
    called = riskwatch("send-test", ADDRESS)
    assert (called.code, len(called.err)) == (3, 1)


def test_a_foreign_address_is_refused(riskwatch: Riskwatch) -> None:
    """Not even a test leaves for another domain, nor for what is no address."""
    for address in ("somebody@elsewhere.uk", f"x <{ADDRESS}>", f"{ADDRESS},{ADDRESS}"):
        called = riskwatch("send-test", address)
        assert (called.code, called.out, len(called.err)) == (2, [], 1)
        assert "(example.police.uk)" in called.err[0]


@pytest.mark.parametrize("command", [("send-test", ADDRESS), ("sweep",), ("run",), ("rehearse", "--to", ADDRESS)])
def test_without_smtp_nothing_that_sends_begins(config: Path, riskwatch: Riskwatch, command: tuple[str, ...]) -> None:
    """The missing section is named by file: a configuration to mend, for which no daemon is started again and again."""
    path = config / "riskwatch.toml"
    text = path.read_text()
    start, end = text.index("[smtp]"), text.index("# --- what letters look like")
    path.write_text(text[:start] + text[end:])
    called = riskwatch(*command)
    assert (called.code, len(called.err)) == (2, 1)
    assert called.err[0].startswith(f"{path}: smtp: missing")


def test_a_sweep_reads_decides_and_sends(riskwatch: Riskwatch, overdue_facts: Path, mailbox: Mailbox) -> None:
    """One pass: the counts for people, letters in mailboxes, and nothing twice in a second pass."""
    riskwatch("import", str(overdue_facts))
    called = riskwatch("sweep")
    assert (called.code, called.err) == (0, [])
    assert called.out[0].startswith("2 children read, 2 of them new or changed; ")
    assert called.out[0].endswith(f"; {len(mailbox.letters)} sent")
    sent = len(mailbox.letters)
    assert sent > 0
    (record,) = riskwatch("sweep", "--json").json
    assert record["refreshed"]["children"] == 2
    assert (record["swept"]["letters"], record["delivered"]["sent"]) == (0, 0)
    assert len(mailbox.letters) == sent


def test_a_dry_sweep_sends_and_writes_nothing(
    config: Path, riskwatch: Riskwatch, overdue_facts: Path, mailbox: Mailbox
) -> None:
    """It prints the letters that a real one would send, as often as it is run."""
    riskwatch("import", str(overdue_facts))
    database = config.parent / "riskwatch.db"
    before = database.read_bytes()
    letters = riskwatch("sweep", "--dry-run", "--json").json
    assert len(letters) > 1
    assert [letter["to"] for letter in letters] == sorted(letter["to"] for letter in letters)
    assert [letter["to"] for letter in riskwatch("sweep", "--dry-run", "--json").json] == [
        letter["to"] for letter in letters
    ]
    called = riskwatch("sweep", "--dry-run")
    assert sum(line.startswith("=== ") for line in called.out) == len(letters)
    assert [line for line in called.out if line != line.rstrip()] == []
    assert called.out[-1].endswith("to be sent, nothing was written or sent")
    assert mailbox.letters == []
    assert database.read_bytes() == before


def test_what_needs_a_person_after_a_sweep_is_told(riskwatch: Riskwatch, overdue_facts: Path, mailbox: Mailbox) -> None:
    """A refused recipient is told in one line, and the exit code is 1."""
    mailbox.refused = "pc.one@example.police.uk"
    riskwatch("import", str(overdue_facts))
    called = riskwatch("sweep")
    assert called.code == 1
    assert called.err == ["riskwatch: letters refused for good (the next sweep tells the next person up): 1"]


def test_a_sweep_that_nothing_leaves_says_why(config: Path, riskwatch: Riskwatch, overdue_facts: Path) -> None:
    """With few letters, too: a mail server that does not answer is a dependency that failed, and the line names it."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))  # bound and never listening: refused, and nobody else's meanwhile
        edit(config / "riskwatch.toml", "port = 25 ", f"port = {silent.getsockname()[1]} ")
        riskwatch("import", str(overdue_facts))
        called = riskwatch("sweep")
    assert called.code == 3
    fault, waiting = called.err
    assert fault.startswith("riskwatch: the mail server took no letter: Error connecting to localhost")
    assert waiting.startswith("riskwatch: letters not delivered yet (they are tried again): ")
    (problem,) = riskwatch("status", "--json").json[0]["problems"]
    assert problem["code"] == "delivery-failed"


def test_a_sweep_says_why_some_letters_wait(riskwatch: Riskwatch, overdue_facts: Path, mailbox: Mailbox) -> None:
    """Where others left, it is no outage, and the line about those that wait has the server's answer."""
    mailbox.busy = 1
    riskwatch("import", str(overdue_facts))
    called = riskwatch("sweep")
    (waiting,) = called.err
    said = "451 4.3.0 no room"
    expected = f"riskwatch: letters not delivered yet (they are tried again; the mail server said: {said}): 1"
    assert (1, expected) == (called.code, waiting)
