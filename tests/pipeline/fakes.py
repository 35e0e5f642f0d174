"""The world around the stages, in memory: an agency, a wording, a mail server and a store that a test can upset."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from riskwatch.adapters.memory import MemoryStore, MemoryTransaction
from riskwatch.core.facts import Changes, History, Reading, Rejected
from riskwatch.core.faults import SourceFault, StoreFault
from riskwatch.core.notices import Draft, Letter, Outcome, Rendered, ServiceLetter, Verdict
from riskwatch.core.trust import Rows, rows_of


class FakeSource:
    """An agency's records, which a test changes between two readings.

    It says what has changed if it is `incremental`. `fault` is what every call fails with; `breaks_after` is how many
    readings of a full read come before it fails; `after_reading` is called when a full read is through. `loaded_at` is
    what its freshness gives, None for no such query.
    """

    def __init__(self, *histories: History, incremental: bool = False) -> None:
        self.incremental = incremental
        self.rejected: Sequence[Rejected] = ()
        self.fault = ""
        self.breaks_after: int | None = None
        self.asked: list[tuple[str, ...]] = []
        self.loaded_at: datetime | None = None
        self.freshness_fault = ""
        self.after_reading: Callable[[], None] | None = None
        self.counted = 0
        self._histories: dict[str, History] = {}
        self._changes: list[str] = []
        self.put(*histories)

    def put(self, *histories: History) -> None:
        """Insert or replace the rows of children."""
        for history in histories:
            self._histories[history.child.child_ref] = history
            self._changes.append(history.child.child_ref)

    def history(self, child_ref: str) -> History:
        """Return the rows of a child as they are."""
        return self._histories[child_ref]

    def remove(self, *child_refs: str) -> None:
        """Lose all rows of children."""
        for child_ref in child_refs:
            del self._histories[child_ref]
            self._changes.append(child_ref)

    def read_all(self, *, batch: int) -> Iterator[Reading]:
        self._answer()
        histories = [history for _, history in sorted(self._histories.items())]
        for index, start in enumerate(range(0, len(histories), batch)):
            if index == self.breaks_after:
                raise SourceFault("the source was cut off")
            yield Reading(histories[start : start + batch], self.rejected)
        if self.after_reading is not None:
            self.after_reading()

    def read(self, child_refs: Sequence[str]) -> Reading:
        self._answer()
        self.asked.append(tuple(child_refs))
        return Reading([self._histories[ref] for ref in child_refs if ref in self._histories], self.rejected)

    def changed_since(self, cursor: str) -> Changes | None:
        self._answer()
        if not self.incremental:
            return None
        return Changes(tuple(self._changes[int(cursor or 0) :]), str(len(self._changes)))

    def freshness(self) -> datetime | None:
        self._answer()
        if self.freshness_fault:
            raise SourceFault(self.freshness_fault)
        return self.loaded_at

    def counts(self) -> Rows:
        self._answer()
        self.counted += 1
        return rows_of(self._histories.values())

    def _answer(self) -> None:
        if self.fault:
            raise SourceFault(self.fault)


class FakeLetters:
    """Words letters as lines a test can read, and keeps what it was asked to word."""

    def __init__(self) -> None:
        self.drafts: list[Draft] = []
        self.services: list[ServiceLetter] = []
        self.faults: list[str] = []

    def render(self, draft: Draft) -> Rendered:
        self.drafts.append(draft)
        said = [f"{line.notice.kind} {line.notice.child_ref} {line.notice.step}" for line in draft.lines]
        return Rendered(f"{len(said)} notices", "\n".join(said).encode())

    def render_service(self, letter: ServiceLetter) -> Rendered:
        self.services.append(letter)
        return Rendered(letter.subject, "\n".join(letter.paragraphs).encode())


class FakeOutbox:
    """A mail server that says what a test scripted for a recipient, in turn, and else takes the letter.

    `on_send` is called at the beginning of each attempt; `turns` is for how many turns of the event loop an attempt to
    a recipient lasts.
    """

    def __init__(self, *, connections: int = 1) -> None:
        self.connections = connections
        self.per_minute: int | None = None
        self.tried: list[Letter] = []
        self.sent: list[Letter] = []
        self.on_send: Callable[[Letter], None] | None = None
        self.turns: dict[str, int] = {}
        self.looks = 0
        self.found: Outcome | None = None  # what a look without a letter meets with
        self._script: dict[str, list[Verdict | Outcome]] = {}

    def answer(self, recipient: str, *answers: Verdict | Outcome) -> None:
        """Script the next attempts to a recipient; "*" stands for everybody."""
        self._script[recipient] = list(answers)

    async def send(self, letter: Letter) -> Outcome:
        self.tried.append(letter)
        if self.on_send is not None:
            self.on_send(letter)
        for _ in range(self.turns.get(letter.recipient, 1)):
            await asyncio.sleep(0)
        answer = self._answer(letter.recipient)
        outcome = answer if isinstance(answer, Outcome) else Outcome(answer, f"it said {answer}")
        if outcome.verdict is Verdict.SENT:
            self.sent.append(letter)
        return outcome

    async def look(self) -> Outcome | None:
        self.looks += 1
        return self.found

    async def warm(self) -> None:
        """Nothing is to be opened."""

    async def close(self) -> None:
        """Nothing is open."""

    def _answer(self, recipient: str) -> Verdict | Outcome:
        scripted = self._script.get(recipient) or self._script.get("*")
        return scripted.pop(0) if scripted else Verdict.SENT


class _WatchedTransaction(MemoryTransaction):
    def __init__(self) -> None:
        super().__init__()
        self.settled: list[int] = []
        self.faults: list[str] = []

    def settle(self, outcomes: Sequence[tuple[Letter, Outcome]], *, now: datetime) -> None:
        if self.faults:
            raise StoreFault(self.faults.pop())
        self.settled.append(len(outcomes))
        super().settle(outcomes, now=now)


class WatchedStore(MemoryStore):
    """A store in memory that counts the outcomes kept together, and can fail to keep them."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: _WatchedTransaction = _WatchedTransaction()

    @property
    def settled(self) -> Sequence[int]:
        """How many outcomes were kept in each transaction that kept any."""
        return self._rows.settled

    def fail_to_keep(self, fault: str, *, times: int) -> None:
        """Fail the next times that outcomes are to be kept."""
        self._rows.faults = [fault] * times
