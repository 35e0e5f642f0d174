"""What commands and letters show of the store."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskwatch.adapters.store import SqlStore
from riskwatch.adapters.store.queries import Fated, Overdue, Posted
from riskwatch.core.facts import Rejected, Table
from riskwatch.core.notices import Fate, LetterState
from riskwatch.core.tracking import Basis, Standing, Tracked
from tests.adapters.store.examples import NOON, SENT, after, entry, kept, letter, of, owed
from tests.builders import watched

obligations = st.builds(
    lambda number, due, ended, basis: owed(
        f"C{number}", due_at=after(seconds=due), ended_at=NOON if ended else None, basis=basis
    ),
    st.integers(0, 9),
    st.integers(-1, 1),
    st.booleans(),
    st.sampled_from(Basis),
)


def test_who_is_overdue_comes_worst_first(sql_store: SqlStore) -> None:
    """The earliest deadline comes first, with the child; of a child never read nothing more is known."""
    york, filey = watched("C1", unit="york"), watched("C2", unit="filey")
    rows = [owed("C1", due_at=after(hours=-1)), owed("C2", due_at=after(hours=-9)), owed("C3", due_at=NOON)]
    ahead = owed("C4", due_at=after(seconds=1))
    with sql_store.begin() as tx:
        tx.save_watched([york, filey])
        tx.save_tracked([*rows, ahead])
    reports = sql_store.reports
    worst, late, unread = Overdue(rows[1], filey), Overdue(rows[0], york), Overdue(rows[2], None)
    assert reports.overdue(NOON) == [worst, late, unread]
    assert reports.overdue(NOON, limit=1) == [worst]
    assert reports.overdue(NOON, unit="york") == [late]
    assert reports.overdue(NOON, unit="") == [unread]


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(obligations, max_size=10, unique_by=lambda row: row.key))
def test_overdue_means_the_same_everywhere(sql_store: SqlStore, rows: list[Tracked]) -> None:
    """The report names exactly what `Tracked.is_overdue` does: there is one definition of overdue."""
    with sql_store.writing() as connection:
        connection.exec_driver_sql("DELETE FROM obligation")
    with sql_store.begin() as tx:
        tx.save_tracked(rows)
    found = {row.tracked for row in sql_store.reports.overdue(NOON)}
    assert found == {row for row in rows if row.is_overdue(NOON)}
    assert sql_store.reports.counts(NOON).overdue == len(found)


def test_a_child_at_risk_for_whom_nothing_is_outstanding_is_found(sql_store: SqlStore) -> None:
    """An ended debt, or a closure to be told of, watches nobody; a child without risk or closed needs no watching."""
    unwatched, only_closing = watched("C1", tier="high"), watched("C2", tier="high", standing=Standing.WAITING)
    owing, safe = watched("C3", tier="high"), watched("C4", tier="")
    closed = watched("C5", tier="high", standing=Standing.CLOSED)
    with sql_store.begin() as tx:
        tx.save_watched([unwatched, only_closing, owing, safe, closed])
        tx.save_tracked([owed("C1", ended_at=NOON), owed("C2", basis=Basis.CLOSING), owed("C3")])
    assert sql_store.reports.unclocked() == [unwatched, only_closing]
    assert sql_store.reports.unclocked(limit=1) == [unwatched]


def test_the_story_of_a_child(sql_store: SqlStore) -> None:
    """What is kept of a child comes together: as last read, what was owed, told, posted and decided."""
    told = kept(letter_id="L1")
    held = kept(of(step="manager"), fate=Fate.HELD, at=after(hours=4))
    earlier = owed("C1", rule="earlier", started_at=after(days=-99))
    with sql_store.begin() as tx:
        tx.save_watched([watched("C1"), watched("C2")])
        tx.save_tracked([owed("C1"), owed("C2"), earlier])
        tx.add_letters([letter("L1")])
        tx.add_told([held, told, kept(of(owed("C2")))], policy_version="v1")
        tx.settle([(one, SENT) for one in tx.claim(NOON, lease_until=after(minutes=5), limit=1)], now=NOON)
        tx.journal([entry("1"), entry("2", child_ref="C2"), entry("3"), entry("4")])
    story = sql_store.reports.of_child("C1", limit=2)
    posted = Posted("L1", letter().recipient, LetterState.SENT, NOON, 1, None, "250 ok")
    assert story.watched == watched("C1")
    assert story.tracked == [earlier, owed("C1")]
    assert story.told == [Fated(told._replace(fate=Fate.SENT), posted), Fated(held, None)]
    assert [link.subject for link in story.links] == ["3", "4"]


def test_a_child_that_nobody_knows_has_no_story(sql_store: SqlStore) -> None:
    """Of a child never read and never owed anything nothing is invented."""
    assert sql_store.reports.of_child("C9") == (None, [], [], [])


def test_how_much_there_is(sql_store: SqlStore) -> None:
    """Children, what is overdue, letters by state and the oldest unsent one are counted; closed children are not."""
    with sql_store.begin() as tx:
        tx.save_watched([watched("C1"), watched("C2", unit="", tier="medium", standing=Standing.WAITING)])
        tx.save_watched([watched("C3", standing=Standing.CLOSED)])
        tx.save_tracked([owed("C1", due_at=NOON), owed("C1", rule="b", due_at=NOON), owed("C2", due_at=after(days=1))])
        tx.add_letters([letter("L1"), letter("L2", made_at=after(hours=-1)), letter("L3", made_at=after(hours=-2))])
        tx.rewrite([letter("L3", state=LetterState.CANCELLED)])
        tx.add_told([kept(fate=Fate.HELD)], policy_version="v1")
        tx.replace_rejected(
            [Rejected(Table.CHILDREN, "children.csv:2", "", "", "child_ref", "blank")], child_refs=None, at=NOON
        )
    counts = sql_store.reports.counts(NOON)
    assert (counts.children, counts.by_tier, counts.by_unit) == (2, {"high": 1, "medium": 1}, {"": 1, "york": 1})
    assert (counts.overdue, counts.overdue_children) == (2, 1)
    assert {state for state in LetterState if counts.letters[state]} == {LetterState.PENDING, LetterState.CANCELLED}
    assert counts.letters[LetterState.PENDING] == 2
    assert counts.oldest_unsent_at == NOON - timedelta(hours=1)
    assert (counts.held, counts.rejected) == (1, 1)


def test_an_empty_store_counts_nothing(sql_store: SqlStore) -> None:
    """Where there is nothing every number is nought, and there is no oldest letter."""
    counts = sql_store.reports.counts(NOON)
    assert (counts.children, counts.overdue, sum(counts.letters.values()), counts.held) == (0, 0, 0, 0)
    assert counts.oldest_unsent_at is None


def test_rejected_rows_are_listed_up_to_a_limit(sql_store: SqlStore) -> None:
    """A list of unreadable rows is bounded, and ordered by table and place."""
    rows = [Rejected(Table.CHECKS, f"checks.csv:{line}", "", "", "kind", "blank") for line in (4, 2, 3)]
    with sql_store.begin() as tx:
        tx.replace_rejected(rows, child_refs=None, at=NOON)
    assert sql_store.reports.rejected(2) == [rows[1], rows[2]]


def test_rows_that_count_all_the_same_are_listed_last(sql_store: SqlStore) -> None:
    """The bound on the list hides what hides something last: a unit that nobody entered is a row for each child."""
    unit = Rejected(Table.CHILDREN, "children id C1", "C1", "C1", "unit", "unknown", counted=True)
    tier = Rejected(Table.ASSESSMENTS, "assessments id A1", "A1", "C1", "tier", "unknown", counted=True)
    unread = Rejected(Table.CHILDREN, "children id C2", "C2", "C2", "closed_at", "'soon' is not a time")
    with sql_store.begin() as tx:
        tx.replace_rejected([unit, tier, unread], child_refs=None, at=NOON)
    assert [unread] == sql_store.reports.rejected(1)
    assert [unread, tier, unit] == sql_store.reports.rejected(3)
