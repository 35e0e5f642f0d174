"""An extract may be caught half-loaded: what a reading no longer gives is doubted, and withdrawn by the second one."""

import pytest

from riskwatch.core.tracking import Ending
from riskwatch.pipeline import refresh
from tests.builders import MONDAY, assessed, at, checked
from tests.pipeline.builders import DUE, Works, recorded
from tests.pipeline.fakes import FakeSource

LATER = "2023-02-07 10:00"
LATER_STILL = "2023-02-07 11:00"


def test_the_first_reading_doubts_and_the_second_withdraws() -> None:
    """A child that two full readings in a row do not give is no longer owed anything."""
    works = Works(recorded("C1"), recorded("C2"))
    works.read(MONDAY)
    works.source.remove("C1")

    works.read(LATER)
    doubted = works.tracked()
    works.read(LATER_STILL)
    withdrawn = works.tracked()

    assert (doubted.doubted_at, doubted.ended_at) == (at(LATER), None)
    assert (withdrawn.ending, withdrawn.ended_at) == (Ending.WITHDRAWN, at(LATER_STILL))
    assert works.decisions() == ["owed 2023-02-06 09:00", "doubted 2023-02-07 10:00", "ended 2023-02-07 11:00"]


def test_an_assessment_that_disappeared_is_doubted_like_a_child() -> None:
    """A child who is still there without its assessment is owed nothing once two full readings agree."""
    works = Works(recorded("C1"), recorded("C2"))
    works.read(MONDAY)
    works.source.put(recorded("C1", checked("phone_call")))

    works.read(LATER)
    assert works.tracked().ended_at is None

    works.read(LATER_STILL)
    assert works.tracked().ending is Ending.WITHDRAWN


def test_a_second_reading_at_the_same_moment_agrees_with_nothing() -> None:
    """Two readings of one moment may have met the same half-loaded extract."""
    works = Works(recorded("C1"), recorded("C2"))
    works.read(MONDAY)
    works.source.remove("C1")

    works.read(LATER)
    works.read(LATER)

    assert works.tracked().ended_at is None


@pytest.mark.parametrize(
    ("between", "full"),
    [
        pytest.param(LATER, True, id="a second full reading at the same moment"),
        pytest.param("2023-02-07 10:30", False, id="a look at what has changed"),
    ],
)
def test_a_reading_that_cannot_withdraw_leaves_the_doubt_to_the_next(between: str, full: bool) -> None:
    """The child is reckoned anew until the doubt is settled: what nobody owes must not be told week after week."""
    source = FakeSource(recorded("C1"), recorded("C2"), incremental=True)
    works = Works(source=source)
    works.read(MONDAY)
    source.put(recorded("C1", checked("phone_call")))
    works.read(LATER)

    source.put(recorded("C1", checked("phone_call")))
    works.read(between, full=full)
    assert works.tracked().ended_at is None

    works.read(LATER_STILL)
    assert works.tracked().ending is Ending.WITHDRAWN


def test_what_is_doubted_is_still_told() -> None:
    """A doubt silences nobody: the ladder is climbed until the withdrawal."""
    works = Works(recorded("C1"), recorded("C2", assessed("standard")))
    works.read(MONDAY)
    works.source.remove("C1")

    assert works.round(DUE) == ["pc.one: overdue C1 officer"]


def test_a_doubt_is_lifted_where_the_rows_come_back() -> None:
    """Rows that are there again, the same as ever, are as if they had never been away."""
    works = Works(recorded("C1"), recorded("C2"))
    works.read(MONDAY)
    works.source.remove("C1")
    works.read(LATER)

    works.source.put(recorded("C1"))
    works.read(LATER_STILL)
    lifted = works.tracked()

    works.source.remove("C1")
    works.read("2023-02-07 12:00")
    assert lifted.doubted_at is None
    assert works.tracked().ended_at is None


def test_an_incremental_reading_doubts_and_never_withdraws() -> None:
    """Only full readings withdraw, however often a look at a few children misses one of them."""
    works = Works(source=FakeSource(recorded("C1"), recorded("C2"), incremental=True))
    works.read(MONDAY)
    works.source.remove("C1")

    works.read(LATER, full=False)
    works.refresh.look_again(["C1"], at(LATER_STILL))
    works.read("2023-02-07 12:00", full=False)
    looked_at = works.tracked()
    works.read("2023-02-07 13:00")

    assert (looked_at.doubted_at, looked_at.ended_at) == (at(LATER), None)
    assert works.tracked().ending is Ending.WITHDRAWN


def test_a_source_that_shrank_beyond_the_limit_withdraws_nothing() -> None:
    """Where more children are missing than the limit allows, nobody is doubted, however often it is read."""
    works = Works(*(recorded(f"C{number}") for number in range(4)), shrink_limit_percent=25)
    works.read(MONDAY)
    works.source.remove("C0", "C1")

    done = [works.read(when) for when in (LATER, LATER_STILL)]

    assert [result.problem for result in done] == [
        "the source gave 2 children where 4 were known, beyond the limit of 25 %; check its last load, or raise "
        "source.shrink_limit_percent"
    ] * 2
    assert works.tracked("C0").doubted_at is None


def test_a_source_that_shrank_up_to_the_limit_is_believed() -> None:
    """The limit itself is allowed."""
    works = Works(*(recorded(f"C{number}") for number in range(4)), shrink_limit_percent=25)
    works.read(MONDAY)
    works.source.remove("C0")

    assert works.read(LATER).problem == ""
    assert works.tracked("C0").doubted_at == at(LATER)


def test_an_empty_source_withdraws_nothing() -> None:
    """A table that was emptied to be loaded again is no news of any child, whatever the limit."""
    works = Works(recorded("C1"))
    works.read(MONDAY)
    works.source.remove("C1")

    done = [works.read(when) for when in (LATER, LATER_STILL)]

    assert {result.problem for result in done} == {
        "the source gave no children at all; check its queries and its last load"
    }
    assert works.tracked().doubted_at is None


def test_a_source_cut_off_in_the_middle_withdraws_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read before the fault ends nothing yet; what was not read is not missing."""
    monkeypatch.setattr(refresh, "BATCH", 1)
    works = Works(recorded("C1"), recorded("C2"), recorded("C3"))
    works.read(MONDAY)
    works.source.put(recorded("C2", assessed(), checked("seen", "2023-02-07 08:00")))
    works.source.remove("C1")

    works.source.breaks_after = 1
    done = [works.read(when) for when in (LATER, LATER_STILL)]

    assert [result.problem for result in done] == ["the source was cut off"] * 2
    assert [works.tracked(ref).doubted_at for ref in ("C1", "C3")] == [None, None]
    assert works.tracked("C2").ended_at is None

    works.source.breaks_after = None
    works.read("2023-02-07 12:00")
    assert works.decisions("C2")[-2:] == ["owed 2023-02-07 12:00", "ended 2023-02-07 12:00"]


def test_a_source_that_does_not_answer_withdraws_nothing() -> None:
    """A reading that failed is on record as such, and ends nothing."""
    works = Works(recorded("C1"))
    works.read(MONDAY)

    works.source.fault = "the source does not answer"
    done = [works.read(when) for when in (LATER, LATER_STILL)]

    assert {result.problem for result in done} == {"the source does not answer"}
    assert works.tracked().doubted_at is None


def test_what_comes_back_after_its_withdrawal_is_told_anew() -> None:
    """An obligation that follows again is a new telling: those who were told of its end are told of it once more."""
    works = Works(recorded("C1"), recorded("C2", assessed("standard")))
    works.read(MONDAY)
    assert works.round(DUE) == ["pc.one: overdue C1 officer"]
    works.source.remove("C1")
    works.read("2023-02-07 10:00")
    assert works.round("2023-02-07 11:00") == ["pc.one: cleared C1 cleared"]

    works.source.put(recorded("C1"))

    assert works.round("2023-02-07 12:00") == ["pc.one: overdue C1 officer"]
    assert works.tracked().generation == 1
    assert works.round("2023-02-07 13:00") == ["ds.york: overdue C1 supervisor"]


def test_a_check_that_is_deleted_reopens_what_it_had_ended() -> None:
    """A visit entered for the wrong child, and taken out again, leaves the child overdue and told of."""
    visit = checked("seen", "2023-02-06 14:00")
    other = recorded("C2", assessed("standard"), checked("phone_call"))
    works = Works(recorded("C1", assessed(), visit), other)
    works.read("2023-02-06 15:00")

    works.source.put(recorded("C1", assessed()))

    assert works.round(DUE) == ["pc.one: overdue C1 officer"]


def test_a_new_officer_of_what_is_doubted_is_told() -> None:
    """An extract that has lost a row may bring another officer: what is doubted runs on, and he is told."""
    two = "pc.two@north.police.uk"
    works = Works(recorded("C1", assessed(), assessed("medium", "2023-02-06 09:30", concern="neglect")), recorded("C2"))
    for moment in (MONDAY, "2023-02-06 21:00", DUE):
        works.round(moment)

    works.source.put(recorded("C1", assessed("medium", "2023-02-06 09:30", concern="neglect"), officer=two))
    works.read("2023-02-07 10:00")
    works.source.put(recorded("C1", assessed(), assessed("medium", "2023-02-06 09:30", concern="neglect"), officer=two))

    assert "pc.two: overdue C1 officer" in works.round("2023-02-07 10:05")
