"""Whatever a mail server does, when it is over everybody has what is owed to them, and nobody what is not."""

import asyncio
import ssl
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import trustme

from riskwatch.core.notices import LetterState
from riskwatch.core.tracking import Decision
from riskwatch.pipeline.batch import Delivered
from tests.adapters.smtp.rude import DROP, DROP_IN_CONTENT, SILENCE, TAKE_AND_DROP, RudeServer
from tests.adapters.smtp.servers import an_outbox
from tests.builders import ADMINISTRATOR, DI, DS, FALLBACK, HEAD, at
from tests.faults.harness import Reckoning, World, a_world, letter_id_of, officer
from tests.pipeline.builders import DUE

CHILDREN = 6
CONNECTIONS = 2
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


Fault = Callable[[RudeServer], Coroutine[Any, Any, None]]


class Story(NamedTuple):
    """What happened: deliveries while a fault lasted and after it, what came from then on, and how it all ended."""

    during: Sequence[Delivered]
    after: Sequence[Delivered]
    back_within: timedelta  # after the fault was mended, when the last letter had left
    mail: Sequence[tuple[str, bytes]]
    reckoning: Reckoning
    journal: Counter[Decision]
    breaks: Sequence[str]

    @property
    def problems(self) -> str:
        """Every problem that a delivery had while the fault lasted."""
        return " ".join(done.problem for done in self.during)

    @property
    def refused(self) -> int:
        """How many letters were refused for good."""
        return sum(done.refused for done in (*self.during, *self.after))


async def start_anew(server: RudeServer) -> None:
    """Hang up on everybody, and listen again: a fault at the beginning of a connection is met by all."""
    port = server.port
    await server.shut()
    await server.open(port)


def in_a_mood(**mood: str) -> Fault:
    """Return a fault in which the server replies so; "dot" is the final one."""

    async def begin(server: RudeServer) -> None:
        await start_anew(server)
        server.mood = {"." if key == "dot" else key: reply for key, reply in mood.items()}

    return begin


def keep_without_a_word(connections: int) -> Fault:
    """Return a fault in which the next connections each keep one letter, and hang up in place of the 250."""

    async def begin(server: RudeServer) -> None:
        await start_anew(server)
        server.expect(*[{".": TAKE_AND_DROP}] * connections)

    return begin


async def refuse_connections(server: RudeServer) -> None:
    """Be down, so that nobody listens."""
    server.mood = {"port": str(server.port)}
    await server.shut()


async def mend(server: RudeServer) -> None:
    """End whatever was wrong."""
    if "port" in server.mood:
        if server.is_open:
            await server.shut()
        await server.open(int(server.mood["port"]))
    server.mood = {}


def tell(
    folder: Path, fault: Fault, *, lasts: timedelta = 5 * MINUTE, children: int = CHILDREN, **options: Any
) -> Story:
    """Let a fault last from the deadline on, then mend it, and let the world live until every letter has left."""

    async def live(world: World, server: RudeServer) -> Story:
        await world.live(at(DUE) - MINUTE)
        before = len(server.letters)
        await fault(server)
        during = await world.live(at(DUE) + lasts)
        await mend(server)
        after: list[Delivered] = []
        back_within = timedelta(0)
        for minute in range(1, 17):
            done = await world.live(at(DUE) + lasts + minute * MINUTE)
            after += done
            back_within = minute * MINUTE if done else back_within
        mail = list(zip(server.recipients, server.letters, strict=True))
        states = {letter.state for letter in world.letters()}
        assert states <= {LetterState.SENT, LetterState.REFUSED}, states
        breaks = list(world.store.reports.verify_journal())
        return Story(during, after, back_within, mail[before:], world.reckon(mail), world.decisions(), breaks)

    async def scenario() -> Story:
        async with RudeServer(tls=options.pop("tls", None)) as server:
            server.manners = options.pop("manners", {})
            outbox = an_outbox(server.port, **({"connections": CONNECTIONS, "timeout_s": 0.25} | options))
            with a_world(folder, outbox, children=children) as world:
                story = await live(world, server)
            await outbox.close()
            return story

    return asyncio.run(scenario())


SERVER_FAULTS: Mapping[str, Fault] = {
    "connection refused": refuse_connections,
    "421 at connect": in_a_mood(greeting="421 too busy"),
    "hangs up at connect": in_a_mood(greeting=DROP),
    "garbage at connect": in_a_mood(greeting="\xff\xfehello"),
    "421 at the recipient": in_a_mood(RCPT="421 going down"),
    "450 at the recipient": in_a_mood(RCPT="450 greylisted"),
    "452 at the sender": in_a_mood(MAIL="452 4.3.1 no room"),
    "5xx at the sender": in_a_mood(MAIL="550 5.1.8 sender refused"),
    "5xx at connect": in_a_mood(greeting="554 blocked"),
    "relay denied": in_a_mood(RCPT="554 5.7.1 Relay access denied"),
    "client refused, said of the recipient": in_a_mood(RCPT="554 5.7.1 <h[1]>: Client host rejected: Access denied"),
    "log in first": in_a_mood(MAIL="530 5.7.57 not authenticated"),
    "garbage in mid-way": in_a_mood(RCPT="\xff\x00garbage"),
    "dropped in mid-letter": in_a_mood(DATA=DROP_IN_CONTENT),
    "451 at the final dot": in_a_mood(dot="451 disk full"),
    "554 at the final dot": in_a_mood(dot="554 5.7.1 it smells"),
    "554 at DATA": in_a_mood(DATA="554 5.7.1 no"),
    "dropped after the final dot, not kept": in_a_mood(dot=DROP),
    "no reply at all": in_a_mood(greeting=SILENCE),
    "no reply to the final dot": in_a_mood(dot=SILENCE),
    "garbage after the final dot": in_a_mood(dot="what?"),
}


@pytest.mark.parametrize("fault", SERVER_FAULTS.values(), ids=SERVER_FAULTS.keys())
def test_everything_owed_arrives_once_the_fault_is_over(fault: Fault, tmp_path: Path) -> None:
    """A fault of the server loses no notice, refuses none, and repeats none that it did not keep."""
    story = tell(tmp_path, fault)

    assert story.reckoning.missing == frozenset()
    assert story.reckoning.repeats == 0
    assert story.reckoning.astray == []
    assert sorted(to for to, _ in story.mail if to != ADMINISTRATOR) == [officer(n) for n in range(CHILDREN)]
    assert story.refused == 0
    assert story.problems


def test_a_letter_that_was_kept_without_a_word_comes_twice_at_most(tmp_path: Path) -> None:
    """A connection lost after the final dot: one letter a connection is repeated, with its own Message-ID."""
    story = tell(tmp_path, keep_without_a_word(CONNECTIONS))

    assert story.reckoning.missing == frozenset()
    assert story.reckoning.repeats == CONNECTIONS
    assert story.reckoning.astray == []
    ids = [letter_id_of(content) for _, content in story.mail]
    assert len(ids) - len(set(ids)) == CONNECTIONS


# --- refusals ---------------------------------------------------------------------------------------------------------
def test_a_recipient_who_is_refused_is_passed_up_at_once(tmp_path: Path) -> None:
    """The sergeant is told at the same moment, and why; the administrator once, with what the server said."""
    refused = in_a_mood(**{f"RCPT {officer(0)}": "550 5.1.1 no such user"})
    story = tell(tmp_path, refused, children=2)

    assert story.reckoning.missing == frozenset()
    assert [(to, b"refused" in content) for to, content in story.mail if to in (DS, ADMINISTRATOR)] == [
        (ADMINISTRATOR, True),
        (DS, True),
    ]
    [complaint] = [content for to, content in story.mail if to == ADMINISTRATOR]
    assert b"550 5.1.1 no such user" in complaint


def test_a_content_that_is_refused_alone_is_tried_again_and_then_passed_up(tmp_path: Path) -> None:
    """One letter that a filter dislikes is asked for three times before its recipient counts as out of reach."""
    story = tell(tmp_path, refuse_content_of(0), children=2)

    assert [to for to, _ in story.mail if to in (DS, ADMINISTRATOR)] == [ADMINISTRATOR, DS]
    assert sum(done.refused for done in story.during) == 1
    assert story.reckoning.missing == frozenset()


def refuse_content_of(number: int) -> Fault:
    """Return a fault in which DATA is refused where the recipient is that child's officer."""
    return in_a_mood(**{f"DATA {officer(number)}": "554 5.7.1 spam"})


def test_a_fallback_that_refuses_is_tried_for_ever(tmp_path: Path) -> None:
    """Nobody stands above the fallback: its notice is kept, the administrator is told once, and it comes in the end."""
    everybody = {f"RCPT {person}": "550 no such user" for person in (officer(0), DS, DI, HEAD, FALLBACK)}
    story = tell(tmp_path, in_a_mood(**everybody), children=1, lasts=HOUR)

    assert [to for to, _ in story.mail if to == FALLBACK] == [FALLBACK]
    assert story.reckoning.missing == frozenset()
    complaints = [content for to, content in story.mail if to == ADMINISTRATOR]
    assert len(complaints) == 5
    assert b"nobody stands above it" in b" ".join(complaints).replace(b"=\r\n", b"")


# --- an hour ----------------------------------------------------------------------------------------------------------
def test_an_outage_of_an_hour(tmp_path: Path) -> None:
    """A server is left in peace while it is down, and has every letter within a minute of its return."""
    story = tell(tmp_path, refuse_connections, lasts=HOUR, children=30)

    assert story.reckoning.missing == frozenset()
    assert story.reckoning.repeats == 0
    assert sum(done.later for done in story.during) < 30 * 75  # a try a letter a minute, and the first quick ones
    assert [done.sent for done in story.after if done.sent]
    assert story.back_within <= 2 * MINUTE


def test_the_journal_and_the_runs_show_what_happened(tmp_path: Path) -> None:
    """Each letter that left is in the journal once, and the chain holds; each delivery that failed has its reason."""
    story = tell(tmp_path, in_a_mood(MAIL="452 4.3.1 no room"))

    assert story.journal[Decision.SENT] == 2 * CHILDREN  # a reminder and a notice each
    assert story.breaks == []
    assert "452 4.3.1 no room" in story.problems


# --- what somebody must mend ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("wrong", ["authority", "name", "expired"])
def test_a_wrong_certificate_stops_everything_and_loses_nothing(wrong: str, tmp_path: Path) -> None:
    """Not a byte of a letter goes to a server that cannot prove its name; once it can, all go."""
    ours, theirs = trustme.CA(), trustme.CA()
    ours.cert_pem.write_to_path(tmp_path / "ca.pem")
    past = datetime(2020, 1, 1, tzinfo=UTC)
    certificates = {
        "authority": theirs.issue_cert("127.0.0.1"),
        "name": ours.issue_cert("mail.evil.example"),
        "expired": ours.issue_cert("127.0.0.1", not_before=past, not_after=past + timedelta(days=9)),
    }
    good = tls_of(ours.issue_cert("127.0.0.1"))

    async def show_it(server: RudeServer) -> None:
        server.tls = tls_of(certificates[wrong])
        await start_anew(server)
        server.tls = good
        server.mood = {"port": str(server.port)}  # mended by listening anew

    story = tell(tmp_path, show_it, tls=good, security="tls", ca_file=tmp_path / "ca.pem", timeout_s=10.0)

    assert "cannot be used as configured: TLS: CERTIFICATE_VERIFY_FAILED" in story.problems
    assert (story.reckoning.missing, story.reckoning.repeats, story.refused) == (frozenset(), 0, 0)
    assert sum(done.later for done in story.during) == 0


def test_wrong_credentials_lock_no_account(tmp_path: Path) -> None:
    """A refused log-in is tried about once a minute, not once a letter, and everything leaves once it is mended."""
    account = {"username": "riskwatch", "password": lambda: "secret"}
    manners = {"EHLO": "250-rude.example\r\n250 AUTH PLAIN", "AUTH": "235 welcome"}

    story = tell(tmp_path, in_a_mood(AUTH="535 5.7.8 no"), lasts=HOUR, children=20, manners=manners, **account)

    assert "cannot be used as configured: " in story.problems
    assert story.reckoning.missing == frozenset()
    assert (story.reckoning.repeats, story.refused) == (0, 0)
    assert len(story.during) < 2 * 60


def tls_of(certificate: trustme.LeafCert) -> ssl.SSLContext:
    """Return a server's side of TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context
