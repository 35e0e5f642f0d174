"""What the stages ask of the world. Adapters have these shapes; no stage knows which adapter it was given."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Protocol

from riskwatch.core.facts import Changes, Reading, Rejected, Sighting
from riskwatch.core.notices import Draft, Letter, Outcome, Rendered, ServiceLetter, Told
from riskwatch.core.tracking import Entry, Run, Tracked, Watched
from riskwatch.core.trust import Rows


class Clock(Protocol):
    """Tells the time. A stage asks once."""

    def now(self) -> datetime:
        """Return the moment, aware, in UTC, whole seconds."""
        ...


class Source(Protocol):
    """The agency's records, read-only. Every method raises SourceFault where the source does not answer, and Stopped,
    at the latest between two batches, once the service is to stop."""

    def read_all(self, *, batch: int) -> Iterator[Reading]:
        """Yield the histories of all children, each child once, `batch` at a time."""
        ...

    def read(self, child_refs: Sequence[str]) -> Reading:
        """Return the whole histories of these children; a child without any row is left out."""
        ...

    def changed_since(self, cursor: str) -> Changes | None:
        """Return the children changed since the cursor ("" at first); None where the source cannot tell."""
        ...

    def freshness(self) -> datetime | None:
        """Return the moment at which what the source gives was loaded; None where the source cannot tell."""
        ...

    def counts(self) -> Rows:
        """Return how many rows each table has now, readable or not."""
        ...


class Transaction(Protocol):
    """One transaction on the store: all of it is kept, or nothing. Order of results is by key unless said otherwise."""

    # --- what was read -----------------------------------------------------------------------------------------------
    def watched(self, child_refs: Sequence[str]) -> Mapping[str, Watched]:
        """Return these children as last read; a child never read is left out."""
        ...

    def save_watched(self, rows: Sequence[Watched]) -> None:
        """Insert or replace children by child_ref."""
        ...

    def unread_since(self, moment: datetime) -> Sequence[Watched]:
        """Return children that a full reading since the moment has not met (see mark_met)."""
        ...

    def mark_met(self, child_refs: Sequence[str], at: datetime) -> None:
        """Remember that a full reading met these children."""
        ...

    def due_to_read(self, now: datetime) -> Sequence[str]:
        """Return the children whose next_known_at has come."""
        ...

    def sightings(self, child_refs: Sequence[str]) -> Sequence[Sighting]:
        """Return what is remembered of these children's records, oldest first."""
        ...

    def save_sightings(self, rows: Sequence[Sighting]) -> None:
        """Insert or replace sightings by (child_ref, record, record_id, first_seen_at)."""
        ...

    def replace_rejected(self, rows: Sequence[Rejected], *, child_refs: Sequence[str] | None, at: datetime) -> None:
        """Keep these rows as the ones now unreadable; `child_refs` None: all that stood before go."""
        ...

    # --- what is owed ------------------------------------------------------------------------------------------------
    def tracked(self, child_refs: Sequence[str]) -> Sequence[Tracked]:
        """Return every obligation ever kept of these children, ended ones too."""
        ...

    def save_tracked(self, rows: Sequence[Tracked]) -> None:
        """Insert or replace obligations by key."""
        ...

    def due(self, now: datetime, limit: int) -> Sequence[Tracked]:
        """Return and lock obligations whose next_notice_at has come, earliest first; ones locked by another are passed
        over."""
        ...

    # --- what was told -----------------------------------------------------------------------------------------------
    def told(self, subjects: Sequence[str]) -> Sequence[Told]:
        """Return the notices about these obligations or closures, oldest first."""
        ...

    def held(self, now: datetime, recipients: Sequence[str], limit: int) -> Sequence[Told]:
        """Return notices that were held back: those of these recipients, and those whose wait is over at `now`."""
        ...

    def add_told(self, rows: Sequence[Told], *, policy_version: str) -> None:
        """Insert notices; one whose key stands already is left as it is."""
        ...

    def place(self, told: Sequence[Told]) -> None:
        """Set fate and letter_id of notices that stand, by key; a fate of HELD keeps its wait."""
        ...

    def hold(self, keys: Sequence[str], until: datetime) -> None:
        """Set until when held notices wait."""
        ...

    def strike(self, keys: Sequence[str]) -> Sequence[str]:
        """Take notices out of letters that have not been claimed, for good; return the keys of those taken out.

        What is on its way, or was sent, stays: another daemon may have claimed its letter meanwhile.
        """
        ...

    def letters_made(self, recipients: Sequence[str], since: datetime) -> Mapping[str, Sequence[datetime]]:
        """Return when letters that are not urgent were made for these recipients since the moment, oldest first.

        One that took the place of several counts from when it did; a cancelled one does not count.
        """
        ...

    def add_letters(self, letters: Sequence[Letter]) -> None:
        """Insert letters; one whose id stands already is left as it is."""
        ...

    def letters(self, letter_ids: Sequence[str]) -> Sequence[Letter]:
        """Return letters by id."""
        ...

    def lines_of(self, letter_ids: Sequence[str]) -> Mapping[str, Sequence[Told]]:
        """Return the notices that stand in these letters (struck ones left out)."""
        ...

    def rewrite(self, letters: Sequence[Letter]) -> None:
        """Replace subject, message and state of pending letters by id; a letter that is no longer pending stays."""
        ...

    def joinable(self, now: datetime, *, going: int, most: int) -> Sequence[Letter]:
        """Return and lock letters that could be joined, by recipient and made_at; none where `going` are all there are.

        They are pending letters of notices that no server was ever offered, and are to go now, to the recipients of the
        next `going` letters; at most `most`, the most urgent of them.
        """
        ...

    def join(self, letter_ids: Sequence[str], into: str) -> None:
        """Put the pending notices of these letters into another letter, and cancel these."""
        ...

    # --- what goes out -----------------------------------------------------------------------------------------------
    def waiting(self, now: datetime, *, made_before: datetime, limit: int) -> Sequence[str]:
        """Return the children of those among the next `limit` letters to go that were made before a moment."""
        ...

    def claim(self, now: datetime, *, lease_until: datetime, limit: int) -> Sequence[Letter]:
        """Take letters that are to go now, urgent ones first, then by due_at; their notices become SENDING.

        A letter whose lease has run out is pending again, and in doubt.
        """
        ...

    def unsent(self) -> bool:
        """Whether any letter has neither been sent nor refused nor cancelled."""
        ...

    def bring_forward(self, now: datetime, *, beyond: timedelta) -> None:
        """Have pending letters that wait for longer than `beyond` tried at once; letters under way stay as they are."""
        ...

    def release_claims(self) -> None:
        """Return letters under way to pending where no other daemon can hold them: on a store that only one may use.

        They are in doubt: whether they arrived is not known.
        """
        ...

    def settle(self, outcomes: Sequence[tuple[Letter, Outcome]], *, now: datetime) -> None:
        """Record outcomes: SENT and REFUSED end a letter and set its notices' fate; LATER and MISCONFIGURED return it
        to pending at its next_attempt_at, its notices too. Attempts are taken from the letter given.

        After an uncertain outcome the letter is in doubt, and its notices stay SENDING: they may have arrived."""
        ...

    # --- the record --------------------------------------------------------------------------------------------------
    def journal(self, entries: Sequence[Entry]) -> None:
        """Append rows to the hash chain."""
        ...

    def save_run(self, run: Run) -> None:
        """Append a run."""
        ...

    def last_run(self, stage: str, *, full: bool | None = None, good: bool = True) -> Run | None:
        """Return the latest run of a stage that had no problem (`good`), or the latest of all."""
        ...

    def remember(self, name: str, value: str) -> None:
        """Keep a small named value (a cursor, a blind-since)."""
        ...

    def recall(self, name: str) -> str | None:
        """Return a named value."""
        ...


class Store(Protocol):
    """The service's own database. Raises StoreFault where it does not answer."""

    def begin(self) -> AbstractContextManager[Transaction]:
        """Open a transaction: committed where the block ends, rolled back where it raises."""
        ...

    def next_wake(self) -> datetime | None:
        """Return the earliest moment at which something is to be told, sent, or becomes known; None: nothing is."""
        ...


class Letters(Protocol):
    """Words letters."""

    @property
    def faults(self) -> Sequence[str]:
        """The templates that failed since the start, each with its place and the reason; a bounded number."""
        ...

    def render(self, draft: Draft) -> Rendered:
        """Return the worded letter. Never raises for a broken template: a plain built-in wording serves instead."""
        ...

    def render_service(self, letter: ServiceLetter) -> Rendered:
        """Return the worded letter about the service itself; never raises, as above."""
        ...


class Outbox(Protocol):
    """Sends letters."""

    @property
    def connections(self) -> int:
        """How many letters may be under way at once."""
        ...

    @property
    def per_minute(self) -> int | None:
        """How many letters a minute the mail server takes now; None: as many as come."""
        ...

    async def send(self, letter: Letter) -> Outcome:
        """Send one letter to its one recipient. Never raises for a fault of the mail server: the outcome says it."""
        ...

    async def look(self) -> Outcome | None:
        """Connect to the mail server without a letter; return what is wrong, None where nothing is. Never raises."""
        ...

    async def warm(self) -> None:
        """Open or check a connection ahead of time, so that a letter due now leaves at once. Never raises."""
        ...

    async def close(self) -> None:
        """Say goodbye on open connections."""
        ...
