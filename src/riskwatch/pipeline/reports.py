"""What assurance asks of the store beside its transactions: questions that change nothing."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from riskwatch.core.facts import Rejected
from riskwatch.core.figures import Tally, ToldTally
from riskwatch.core.notices import LetterState
from riskwatch.core.tracking import Tracked, Watched


class Overdue(Protocol):
    """An obligation that is overdue, and its child; None where the child itself was never read."""

    @property
    def tracked(self) -> Tracked: ...

    @property
    def watched(self) -> Watched | None: ...


class Counts(Protocol):
    """How much there is."""

    @property
    def letters(self) -> Mapping[LetterState, int]: ...

    @property
    def oldest_unsent_at(self) -> datetime | None: ...

    @property
    def rejected(self) -> int: ...


class Reports(Protocol):
    """What the store knows of its records, of what is owed, and of its letters."""

    def rejected(self, limit: int) -> Sequence[Rejected]:
        """Return at most `limit` rows that cannot be read now, those that do not count first, by table and place."""
        ...

    def unclocked(self, limit: int) -> Sequence[Watched]:
        """Return at most `limit` children at risk for whom nothing is outstanding."""
        ...

    def counts(self, now: datetime) -> Counts:
        """Return how much there is."""
        ...

    def overdue(self, now: datetime, unit: str | None, limit: int) -> Sequence[Overdue]:
        """Return what is overdue, the earliest deadline first; of one unit only where one is named."""
        ...

    def tallies(self, now: datetime) -> Sequence[Tally]:
        """Return the children watched and what is overdue, by unit and tier."""
        ...

    def told_between(self, start: datetime, end: datetime) -> Sequence[ToldTally]:
        """Return the notices told from the start on and before the end, by unit, kind and step."""
        ...

    def refused_since(self, moment: datetime) -> int:
        """Return how many letters made since the moment a mail server has refused for good."""
        ...

    def journal_head(self) -> tuple[int, str]:
        """Return the number and the hash of the last row of the journal, 0 and zeros before the first."""
        ...
