"""What cannot be read or reckoned is set aside and reported; it stops no other child, and is not silently dropped."""

from typing import Any

import pytest

from riskwatch.core.account import Account
from riskwatch.core.facts import History, Rejected, Table
from riskwatch.core.obligations import fold
from riskwatch.pipeline import reading, refresh
from tests.builders import MONDAY, assessed, checked, mandate
from tests.example_policy import policy
from tests.pipeline.builders import DUE, Works, recorded
from tests.pipeline.fakes import FakeSource

UNREADABLE = Rejected(Table.CHECKS, "checks id K9", "K9", "C1", "checked_at", "'soon' is not a time")
BAD_CHILD = Rejected(
    Table.CHILDREN,
    "children id C2",
    "C2",
    "C2",
    "",
    "the child could not be reckoned (ZeroDivisionError); report this to the makers",
)


@pytest.fixture
def fold_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the fold of C2 raise."""

    def failing(history: History, *rest: Any) -> Account:
        if history.child.child_ref == "C2":
            raise ZeroDivisionError
        return fold(history, *rest)

    monkeypatch.setattr(reading, "fold", failing)


@pytest.mark.usefixtures("fold_that_fails")
def test_a_child_that_cannot_be_reckoned_does_not_stop_the_others() -> None:
    """The bad child is reported, its neighbours are watched and told of."""
    works = Works(recorded("C1"), recorded("C2"), recorded("C3"))

    done = works.read(MONDAY)

    assert done.failed == ("C2",)
    assert works.store.rejected(10) == [BAD_CHILD]
    assert works.round(DUE) == ["pc.one: overdue C1 officer", "pc.one: overdue C3 officer"]


def test_what_was_known_of_a_child_that_fails_keeps_running(monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that can no longer be reckoned is told of by what was known before."""
    works = Works(recorded("C1"))
    works.read(MONDAY)

    monkeypatch.setattr(reading, "fold", lambda *_: 1 // 0)
    works.source.put(recorded("C1", assessed(), checked("phone_call")))

    assert works.round(DUE) == ["pc.one: overdue C1 officer"]


@pytest.mark.usefixtures("fold_that_fails")
def test_a_child_that_fails_in_an_incremental_reading_is_reported_too() -> None:
    """A person sees the bad child whichever reading met it."""
    works = Works(source=FakeSource(recorded("C1"), incremental=True))
    works.read(MONDAY)

    works.source.put(recorded("C2"))
    done = works.read("2023-02-06 10:00", full=False)

    assert done.failed == ("C2",)
    assert works.store.rejected(10) == [BAD_CHILD]


def test_rows_that_a_source_could_not_read_are_kept_for_a_person() -> None:
    """The rows that are unreadable now stand in the store, and go when they have been put right."""
    works = Works(recorded("C1"))
    works.source.rejected = [UNREADABLE]

    assert works.read(MONDAY).rejected == 1
    assert works.store.rejected(10) == [UNREADABLE]

    works.source.rejected = []
    works.read("2023-02-06 10:00")

    assert works.store.rejected(10) == []


def test_a_second_look_replaces_the_rows_of_its_own_children_only() -> None:
    """A look at one child neither loses nor repeats what is wrong with another."""
    works = Works(recorded("C1"), recorded("C2", assessed("hihg", assessment_id="A2")))
    works.source.rejected = [UNREADABLE]
    works.read(MONDAY)

    works.source.rejected = []
    works.read("2023-02-06 10:00", full=False)
    works.refresh.look_again(["C1"], works.clock.now())

    assert [row.child_ref for row in works.store.rejected(10)] == ["C2"]


def test_words_that_the_policy_does_not_know_are_reported() -> None:
    """A tier, concern or kind that nobody configured is shown to a person with what the service makes of it."""
    rows = (
        assessed("hihg", concern="negelct", assessment_id="A1"),
        checked("seen_allone", "2023-02-06 10:00", check_id="K1"),
    )
    works = Works(recorded("C1", *rows), under=mandate(policy(concerns=frozenset({"general", "neglect"}))))
    works.read("2023-02-06 11:00")

    assert [(row.where, row.column, row.reason, row.counted) for row in works.store.rejected(10)] == [
        (
            "checks id K1",
            "kind",
            "unknown kind 'seen_allone'; it satisfies nothing: name it in [check_kinds], or correct it",
            False,
        ),
        ("assessments id A1", "concern", "unknown concern 'negelct'; every rule looks at it", True),
        ("assessments id A1", "tier", "unknown tier 'hihg'; it runs as very_high", True),
    ]


def test_more_bad_rows_than_are_kept_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The list is bounded, and says that it is."""
    monkeypatch.setattr(reading, "MAX_REJECTED", 2)
    works = Works(*(recorded(f"C{n}", assessed(), checked("sean", check_id=f"K{n}")) for n in range(5)))

    done = works.read(MONDAY)

    assert done.rejected == 5
    assert [(row.where, row.reason) for row in works.store.rejected(10)] == [
        ("checks id K0", "unknown kind 'sean'; it satisfies nothing: name it in [check_kinds], or correct it"),
        ("checks id K1", "unknown kind 'sean'; it satisfies nothing: name it in [check_kinds], or correct it"),
        ("(more)", "3 further rows need a person; mend these 2 first"),
    ]


def test_rows_that_count_leave_room_for_those_that_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """A unit that nobody entered is a row for each of its children, and must not crowd out a visit that is not read."""
    monkeypatch.setattr(reading, "MAX_REJECTED", 4)
    monkeypatch.setattr(refresh, "BATCH", 5)
    works = Works(*(recorded(f"C{n}", unit="selby") for n in range(5)), recorded("C5", checked("sean", check_id="K5")))

    done = works.read(MONDAY)

    assert 6 == done.rejected
    assert [
        ("checks id K5", "kind"),
        ("(more)", ""),
        ("children id C0", "unit"),
        ("children id C1", "unit"),
    ] == [(row.where, row.column) for row in works.store.rejected(10)]
    assert "3 further rows need a person; mend these 3 first" == works.store.rejected(10)[1].reason


@pytest.mark.parametrize("full", [True, False])
def test_an_officer_and_a_unit_that_the_directory_does_not_know_are_reported_until_mended(*, full: bool) -> None:
    """Whoever would be told by a wrong word is told of the word, by each kind of reading; the child is watched."""
    works = Works(source=FakeSource(recorded("C1"), recorded("C2"), incremental=True))
    works.read(MONDAY)

    works.source.put(recorded("C1", unit="York", officer="pc 2@north"))
    works.read("2023-02-06 10:00", full=full)

    assert [
        ("officer", "'pc 2@north' is not one plain address on an allowed domain; notices are passed up", True),
        ("unit", "'York' is not in directory.toml (did you mean 'york'?); default_unit is told", True),
    ] == [(row.column, row.reason, row.counted) for row in works.store.rejected(10)]
    assert works.round(DUE) == ["ds.hub: overdue C1 officer", "pc.one: overdue C2 officer"]

    works.source.put(recorded("C1"))
    works.read("2023-02-07 10:00", full=full)

    assert [] == works.store.rejected(10)
