"""An audit takes a while, and the service goes on meanwhile: what is told during it is not told ahead of time."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from riskwatch.adapters.memory_books import MemoryBooks
from riskwatch.core.audit import Kept
from riskwatch.core.facts import Sighting
from riskwatch.pipeline.audit import Auditor
from tests.builders import MONDAY, assessed, at, mandate
from tests.pipeline.builders import DUE, Works, recorded
from tests.pipeline.fakes import FakeSource

SECOND = timedelta(seconds=1)
EVERY = timedelta(minutes=5)


class BusyBooks(MemoryBooks):
    """Books in which a sweep tells of whatever is due just before they are read, a second later each time."""

    def __init__(self, works: Works, now: datetime) -> None:
        super().__init__(works.store)
        self._works = works
        self.now = now

    def sightings(self, child_refs: Sequence[str]) -> Mapping[str, Sequence[Sighting]]:
        """Return what the books hold, after a sweep."""
        self.now += SECOND
        self._works.tell(self.now)
        return super().sightings(child_refs)

    def kept(self, child_refs: Sequence[str]) -> Mapping[str, Kept]:
        """Return what the books hold, after a sweep."""
        self.now += SECOND
        self._works.tell(self.now)
        return super().kept(child_refs)


def test_what_falls_due_and_is_told_during_an_audit_is_in_order() -> None:
    """The books of a child are judged by the moment at which they were read, not by that at which the audit began."""
    source = FakeSource(recorded("C1", assessed()))
    works = Works(source=source, under=mandate())
    works.read(at(MONDAY))
    works.tell(at(MONDAY))
    start = at(DUE) - 2 * SECOND
    books = BusyBooks(works, start)

    done = Auditor(source, works.store, books, mandate(), refresh_every=EVERY).run(start, lambda: books.now)

    assert ([], 0, "") == ([finding.sentence for finding in done.findings], done.waiting, done.problem)
    assert "overdue" in {told.notice.kind for told in works.told("C1")}
