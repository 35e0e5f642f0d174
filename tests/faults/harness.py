"""A world with a policy, a store on disk, children who fall due and mailboxes; and a reckoning of who was told what.

What came to a mailbox is told from its Message-ID alone: it names the letter, and the store names the notices in it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import NamedTuple

from riskwatch.adapters.letters import LetterWriter
from riskwatch.adapters.store import SqlStore
from riskwatch.core.notices import Fate, Letter, Notice
from riskwatch.core.tracking import Decision
from riskwatch.pipeline.batch import Delivered
from riskwatch.pipeline.delivery import Delivery, Stages, on_the_spot
from riskwatch.pipeline.ports import Outbox
from riskwatch.pipeline.refresh import Refresh
from riskwatch.pipeline.simulation import TurnedClock
from riskwatch.pipeline.sweep import Sweep
from tests.builders import MONDAY, assessed, at, checked, mandate
from tests.example_policy import LONDON
from tests.pipeline.builders import recorded
from tests.pipeline.fakes import FakeSource

SENDER = "riskwatch@north.police.uk"
STEPS = 20_000
"""A bound on the wakes of one life: a world that never comes to rest fails, and does not hang."""


def officer(number: int) -> str:
    """Return the address of the nth child's officer."""
    return f"pc.{number:02}@north.police.uk"


class Reckoning(NamedTuple):
    """Who was told what. Keys are those of notices; a letter that came twice counts its notices twice."""

    owed: frozenset[str]
    received: Mapping[str, int]
    astray: Sequence[str]  # letters that came to somebody whom the store does not name, or that it does not know

    @property
    def missing(self) -> frozenset[str]:
        """What is owed and never came."""
        return self.owed - frozenset(self.received)

    @property
    def repeats(self) -> int:
        """How often a notice came that had come before."""
        return sum(number - 1 for number in self.received.values())


class World:
    """The real stages over a real store. Time stands still until a test lets the world live on."""

    def __init__(self, store: SqlStore, outbox: Outbox, clock: TurnedClock, *, children: int) -> None:
        rows = [recorded(f"C{number:02}", officer=officer(number)) for number in range(children)]
        self._children = [row.child.child_ref for row in rows]
        self.store = store
        self.source = FakeSource(*rows)
        self.clock = clock
        self.mandate = mandate()
        letters = LetterWriter(templates=None, marking="", case_link="", sender=SENDER, timezone=LONDON)
        self.refresh = Refresh(self.source, store, self.mandate)
        self.sweep = Sweep(store, letters, self.mandate)
        self.delivery = Delivery(
            store,
            outbox,
            letters,
            Stages(self.refresh, self.sweep),
            clock=self.clock,
            blocking=on_the_spot,
        )
        self.refresh.full(at(MONDAY))

    async def live(self, until: datetime) -> Sequence[Delivered]:
        """Do what the daemon does whenever it would wake, up to a moment; return what each delivery did."""
        done = []
        for _ in range(STEPS):
            wake = self.store.next_wake()
            if wake is None or wake > until:
                break
            self.clock.set(max(wake, self.clock.now()))
            self.sweep.run(self.clock.now())
            done.append(await self.delivery.run())
            self.clock.set(self.clock.now() + timedelta(seconds=1))
        else:
            raise AssertionError(f"the world did not come to rest by {until}")
        self.clock.set(max(until, self.clock.now()))
        return done

    def record_a_visit(self, number: int) -> None:
        """Have the agency record, now, that a child was seen; the next look at the source meets it."""
        name = f"C{number:02}"
        self.source.put(recorded(name, assessed(), checked("seen", self.clock.now()), officer=officer(number)))

    # --- asking ------------------------------------------------------------------------------------------------------
    def notices(self) -> Sequence[tuple[Notice, Fate, str]]:
        """Return every notice of every child, its fate, and its letter."""
        with self.store.begin() as tx:
            tracked = tx.tracked(self._children)
            return [(told.notice, told.fate, told.letter_id) for told in tx.told([one.key for one in tracked])]

    def letters(self) -> Sequence[Letter]:
        """Return the letters about children, as the store holds them."""
        about = sorted({letter_id for _, _, letter_id in self.notices() if letter_id})
        with self.store.begin() as tx:
            return tx.letters(about)

    def decisions(self) -> Counter[Decision]:
        """Return how often the journal holds each decision."""
        return Counter(link.decision for link in self.store.reports.journal(limit=10_000))

    def reckon(self, mail: Sequence[tuple[str, bytes]]) -> Reckoning:
        """Compare what came (recipient and bytes) with what is owed: all but what was struck out or passed up."""
        notices = self.notices()
        by_letter: dict[str, list[Notice]] = {}
        for notice, _, letter_id in notices:
            by_letter.setdefault(letter_id, []).append(notice)
        received: Counter[str] = Counter()
        astray = []
        for recipient, content in mail:
            letter_id = letter_id_of(content)
            told = [notice for notice in by_letter.get(letter_id, ()) if notice.person == recipient]
            received.update(notice.key for notice in told)
            if not told and not self._is_service_letter(letter_id, recipient):
                astray.append(f"{letter_id} to {recipient}")
        owed = frozenset(notice.key for notice, fate, _ in notices if fate not in (Fate.STRUCK, Fate.REFUSED))
        return Reckoning(owed, dict(received), astray)

    def _is_service_letter(self, letter_id: str, recipient: str) -> bool:
        with self.store.begin() as tx:
            return any(
                letter.purpose != "notices" and letter.recipient == recipient for letter in tx.letters([letter_id])
            )


def letter_id_of(content: bytes) -> str:
    """Return the id of the letter that a message is."""
    return str(message_from_bytes(content)["Message-ID"]).strip("<>").partition("@")[0]


@contextmanager
def a_world(folder: Path, outbox: Outbox, *, children: int, clock: TurnedClock | None = None) -> Iterator[World]:
    """Return a world that begins on MONDAY. Its children, at high risk, all fall due a day later, each with an officer
    of its own."""
    with SqlStore(f"sqlite:///{folder / 'riskwatch.db'}") as store:
        yield World(store, outbox, clock or TurnedClock(at(MONDAY)), children=children)
