"""Evidence: children's histories and the books' word on what was told, examined one child after another."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import structlog

from riskwatch.core.evidence import Evidence, Period, Telling
from riskwatch.core.examining import Examination
from riskwatch.core.facts import History, Sighting
from riskwatch.core.mandate import Mandate
from riskwatch.core.sightings import settle

log = structlog.get_logger()


class Inquiry(NamedTuple):
    """What is asked: of which period, and of one unit only where one is named.

    `now` is when it is asked; `books_begin_at` the first entry of the books, None where there is none; `first_reading`:
    the service has never read the records.
    """

    period: Period
    unit: str | None
    now: datetime
    books_begin_at: datetime | None
    first_reading: bool


class Examiner:
    """Examines children under a mandate."""

    def __init__(self, mandate: Mandate, inquiry: Inquiry) -> None:
        self._mandate = mandate
        self._inquiry = inquiry

    def examine(
        self,
        histories: Iterable[History],
        sightings: Mapping[str, Sequence[Sighting]],
        told: Mapping[str, Sequence[Telling]],
    ) -> Evidence:
        """Return what these children add. One that cannot be reckoned is counted, and stops no other."""
        period, unit, now, books_begin_at, first_reading = self._inquiry
        examination = Examination(self._mandate, period, books_begin_at=books_begin_at, unit=unit)
        for history in histories:
            ref = history.child.child_ref
            try:
                settled = settle(history, sightings.get(ref, ()), now, first_reading=first_reading)
                examination.add(settled.history, told.get(ref, ()))
            except Exception as error:
                log.exception("child-set-aside", child_ref=ref, error=type(error).__name__)
                examination.fail(ref)
        return examination.evidence
