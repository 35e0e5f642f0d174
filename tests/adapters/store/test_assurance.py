"""What the service says of itself, kept on both databases: told once, whoever tells it, and across restarts."""

from collections.abc import Sequence

from riskwatch.adapters.store import SqlStore
from riskwatch.core.notices import Letter
from riskwatch.core.tracking import Decision
from riskwatch.pipeline.assurance import Assurance
from riskwatch.pipeline.refresh import Limits, Refresh
from tests.builders import MONDAY, assessed, at, checked, mandate
from tests.pipeline.builders import VIGILANCE, recorded
from tests.pipeline.fakes import FakeLetters, FakeSource

NOON = "2023-02-06 12:00"
ONE = "2023-02-06 13:00"
TWO = "2023-02-06 14:00"


def look(store: SqlStore, source: FakeSource, when: str) -> None:
    """Read everything and watch, as a daemon that has just started does."""
    Refresh(source, store, mandate(), limits=Limits(10, VIGILANCE.stale_after)).full(at(when))
    Assurance(store, store.reports, FakeLetters(), mandate(), VIGILANCE).watch(at(when))


def waiting(store: SqlStore) -> Sequence[Letter]:
    """Take the letters that are to go."""
    with store.begin() as tx:
        return tx.claim(at(TWO), lease_until=at(TWO), limit=100)


def test_blindness_is_told_once_and_ends_once(sql_store: SqlStore) -> None:
    """A truncated table: one letter a person, however many daemons look; nothing is lost; and one when it is over."""
    source = FakeSource(*(recorded(f"C{n}", assessed(), checked("seen", "2023-02-06 10:00")) for n in range(3)))
    look(sql_store, source, NOON)
    source.put(*(recorded(f"C{n}", assessed()) for n in range(3)))
    for when in (ONE, ONE, "2023-02-06 13:05"):
        look(sql_store, source, when)
    assert [letter.purpose for letter in waiting(sql_store)] == ["blind"] * 3
    assert sql_store.reports.overdue(at("2023-02-08 09:00")) == []

    source.put(*(recorded(f"C{n}", assessed(), checked("seen", "2023-02-06 10:00")) for n in range(3)))
    look(sql_store, source, TWO)
    look(sql_store, source, TWO)
    subjects = {letter.subject for letter in waiting(sql_store)}
    assert "riskwatch sees again since Mon 6 Feb 2023, 14:00" in subjects
    decisions = [link.decision for link in sql_store.reports.journal() if link.subject == "source"]
    assert decisions == [Decision.BLIND, Decision.SEES_AGAIN]


def test_the_daily_letter_is_kept_once_a_person(sql_store: SqlStore) -> None:
    """Two daemons write the letters of one day at one time: each person has one."""
    source = FakeSource(recorded("C1"))
    look(sql_store, source, MONDAY)
    for _ in range(2):
        Assurance(sql_store, sql_store.reports, FakeLetters(), mandate(), VIGILANCE).daily(at(NOON))
        with sql_store.begin() as tx:
            tx.remember("daily-written-for", "")
    letters = waiting(sql_store)
    assert [letter.purpose for letter in letters] == ["daily"] * 3
    assert len({letter.recipient for letter in letters}) == 3
