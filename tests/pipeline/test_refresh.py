"""Refresh keeps what the records say is owed, and reads no more than it must."""

from dataclasses import replace

import pytest

from riskwatch.pipeline import refresh
from riskwatch.pipeline.refresh import Refreshed
from tests.builders import MONDAY, assessed, at, checked, mandate
from tests.example_policy import LADDERS, POLICY, ladder, step
from tests.pipeline.builders import DUE, Works, recorded
from tests.pipeline.fakes import FakeSource

TUESDAY = "2023-02-07 08:00"


def test_an_obligation_is_kept_until_its_first_step() -> None:
    """What is owed is kept with its deadline, and looked at again when its reminder falls due."""
    works = Works(recorded())

    done = works.read(MONDAY)

    owed = works.tracked()
    assert done == Refreshed(full=True, children=1, changed=1, rejected=0)
    assert owed.due_at == at(DUE)
    assert owed.next_notice_at == at("2023-02-06 21:00")
    assert ["owed 2023-02-06 09:00"] == works.decisions()


def test_a_child_whose_rows_are_the_same_is_not_reckoned_again() -> None:
    """A second reading of the same rows, in another order, changes nothing."""
    rows = (assessed("high"), assessed("high", concern="neglect"), checked("phone_call"))
    works = Works(recorded("C1", *rows))
    works.read(MONDAY)

    works.source.put(recorded("C1", *reversed(rows)))

    assert works.read(TUESDAY).changed == 0


def test_a_new_policy_reckons_every_child_anew() -> None:
    """A changed policy is new facts: the interval that it gives is owed from the next reading on."""
    works = Works(recorded())
    works.read(MONDAY)
    without_the_rule = [rule for rule in POLICY.rules if rule.name != "six-week-backstop"]

    works.restart(mandate(replace(POLICY, rules=tuple(without_the_rule))))

    assert works.read(TUESDAY).changed == 1


QUICKER = ladder(step("officer", "0 hours", "officer"), step("supervisor", "1 hour", "supervisor"))


@pytest.mark.parametrize(
    "looked_at_before",
    [
        pytest.param(False, id="in a full reading"),
        pytest.param(
            True,
            id="after a second look",
        ),
    ],
)
def test_a_quicker_ladder_holds_for_what_is_overdue_already(looked_at_before: bool) -> None:
    """Under a new policy what is owed is looked at anew, so that no step of its ladder is missed."""
    works = Works(recorded())
    works.round(DUE)
    works.restart(mandate(replace(POLICY, ladders={**LADDERS, "urgent": QUICKER})))

    if looked_at_before:
        works.refresh.look_again(["C1"], at("2023-02-07 09:30"))

    assert works.round("2023-02-07 09:31") == []
    assert works.tracked().next_notice_at == at("2023-02-07 10:00")


def test_children_are_read_a_batch_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches are bounded, and no child falls between two of them."""
    monkeypatch.setattr(refresh, "BATCH", 2)
    refs = [f"C{number}" for number in range(5)]
    works = Works(source=FakeSource(*map(recorded, refs), incremental=True))
    works.read(MONDAY)
    works.source.put(*map(recorded, refs))

    assert works.read(TUESDAY, full=False).children == 5
    assert [("C0", "C1"), ("C2", "C3"), ("C4",)] == works.source.asked


def test_a_source_that_can_tell_is_asked_for_changes_only() -> None:
    """An incremental reading reads the children that changed since the cursor, and remembers the new cursor."""
    works = Works(source=FakeSource(recorded("C1"), recorded("C2"), incremental=True))
    assert works.read(MONDAY, full=False).full

    works.source.put(recorded("C2", assessed(), checked("seen", "2023-02-06 14:00")))
    done = works.read("2023-02-06 15:00", full=False)
    again = works.read("2023-02-06 16:00", full=False)

    assert done == Refreshed(full=False, children=1, changed=1, rejected=0)
    assert again == Refreshed(full=False, children=0, changed=0, rejected=0)
    assert [("C2",)] == works.source.asked


def test_a_source_that_cannot_tell_any_more_is_read_in_full() -> None:
    """Where the source stops to say what changed, everything is read."""
    works = Works(source=FakeSource(recorded(), incremental=True))
    works.read(MONDAY)

    works.source.incremental = False

    assert works.read(TUESDAY, full=False).full


def test_a_fault_keeps_the_cursor() -> None:
    """What changed before a source failed is read once it answers again."""
    works = Works(source=FakeSource(recorded(), incremental=True))
    works.read(MONDAY)
    works.source.put(recorded("C2"))

    works.source.fault = "the source does not answer"
    failed = works.read(TUESDAY, full=False)
    works.source.fault = ""
    mended = works.read("2023-02-07 08:05", full=False)

    assert failed.problem == "the source does not answer"
    assert (1, "") == (mended.changed, mended.problem)


def test_a_check_of_the_future_wakes_the_service_at_its_own_time() -> None:
    """A visit dated tomorrow counts from tomorrow: the store wakes for it, and the reading then takes it up."""
    tomorrow = checked("seen", TUESDAY, recorded=MONDAY)
    works = Works(source=FakeSource(recorded("C1", assessed(), tomorrow), incremental=True))
    works.read(MONDAY)
    assert works.tracked().ended_at is None

    works.tell("2023-02-06 21:00")
    works.send("2023-02-06 21:00")
    assert works.store.next_wake() == at(TUESDAY)

    works.read(TUESDAY, full=False)

    assert sorted(works.decisions()) == [
        "ended 2023-02-07 08:00",
        "owed 2023-02-06 09:00",
        "owed 2023-02-07 08:00",
        "sent 2023-02-06 21:00",
        "tell 2023-02-06 21:00",
    ]


@pytest.mark.parametrize("full", [pytest.param(True, id="full"), pytest.param(False, id="incremental")])
def test_a_recorded_time_in_the_future_hides_nothing(full: bool) -> None:
    """An assessment whose recorded time lies in the future counts from when it was first seen."""
    works = Works(source=FakeSource(recorded("C1", assessed(recorded="2024-02-06 09:00")), incremental=True))

    works.read("2023-02-06 10:00")
    works.read("2023-02-06 11:00", full=full)

    owed = works.tracked()
    assert (owed.due_at, owed.owed_from) == (at(DUE), at("2023-02-06 10:00"))


def test_children_are_looked_at_again_before_they_are_told_of() -> None:
    """The children of the next sweep are read once more; where nothing is due, the source is left in peace."""
    works = Works(recorded("C1"), recorded("C2", assessed("standard")))
    works.read(MONDAY)

    works.refresh.before_telling(at("2023-02-06 20:59"))
    works.refresh.before_telling(at("2023-02-06 21:00"))

    assert [("C1",)] == works.source.asked


def test_all_children_are_looked_at_again_before_they_are_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bound stands in a loop: where more is due than one batch holds, the rest is looked at as well."""
    monkeypatch.setattr(refresh, "BATCH", 1)
    works = Works(recorded("C1"), recorded("C2"))
    works.read(MONDAY)

    works.refresh.before_telling(at(DUE))

    assert works.source.asked == [("C1",), ("C2",)]


def test_what_becomes_known_now_is_read_before_a_sweep() -> None:
    """A record of the future is taken up when the service wakes for it, also where nothing else is due."""
    tomorrow = checked("taken_into_protection", TUESDAY, recorded=MONDAY)
    works = Works(source=FakeSource(recorded("C1", tomorrow), incremental=True))
    works.read(MONDAY)
    assert works.store.next_wake() == at(TUESDAY)

    works.refresh.before_telling(at(TUESDAY))

    assert works.source.asked == [("C1",)]


def test_a_child_that_disappeared_wakes_nobody() -> None:
    """Where a record of the future is gone with its child, the service does not wake for it again and again."""
    works = Works(
        recorded("C1", checked("phone_call", TUESDAY, recorded=MONDAY)),
        recorded("C2", assessed("no_further_action"), checked("phone_call")),
    )
    works.read(MONDAY)
    works.source.remove("C1")

    works.read("2023-02-06 10:00")
    works.read(DUE)

    assert works.store.next_wake() is None


def test_a_second_look_says_whether_the_source_answered() -> None:
    """Where the source does not answer, the letter goes: the look says so instead of raising."""
    works = Works(recorded())
    assert works.refresh.look_again(["C1"], at(MONDAY))

    works.source.fault = "the source does not answer"

    assert not works.refresh.look_again(["C1"], at(MONDAY))


def test_every_reading_is_kept_as_a_run() -> None:
    """What a reading did is on record, for whoever asks how fresh the facts are."""
    works = Works(recorded("C1"), recorded("C2"))
    works.read(MONDAY)

    with works.store.begin() as tx:
        run = tx.last_run(refresh.STAGE, full=True)

    assert run is not None
    expected = {"children": 2, "changed": 2, "rejected": 0, "failed": 0, "listed": 2, "assessments": 2, "checks": 0}
    assert run.counts == expected
