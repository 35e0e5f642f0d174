"""An extract caught half-loaded, old or empty: nothing is closed, withdrawn, cleared or un-cleared on its word."""

from collections.abc import Sequence

import pytest

from riskwatch.core.notices import ServiceLetter
from riskwatch.core.tracking import Tracked, Watched
from riskwatch.pipeline.refresh import Refresh
from tests.builders import MONDAY, assessed, at, checked, mandate
from tests.pipeline.builders import DUE, Works, recorded
from tests.pipeline.fakes import FakeSource

NOON = "2023-02-06 12:00"
ONE = "2023-02-06 13:00"
TWO = "2023-02-06 14:00"
VISIT = checked("seen", "2023-02-06 10:00")
SEEN = (assessed(), VISIT)


def seen_children(*, incremental: bool = False) -> Works:
    """Ten children at high risk, each seen an hour after the assessment, as riskwatch knows at noon."""
    children = (recorded(f"C{number}", *SEEN) for number in range(10))
    works = Works(source=FakeSource(*children, incremental=incremental), shrink_limit_percent=10)
    works.read(NOON)
    return works


def child_as_kept(works: Works, child_ref: str) -> Watched:
    """Return a child as the store holds it."""
    with works.store.begin() as tx:
        return tx.watched([child_ref])[child_ref]


def test_truncated_checks_leave_nobody_overdue_who_was_seen() -> None:
    """Where the checks are gone, visits made long ago do not look missed, and nobody is told that they were."""
    works = seen_children()
    works.source.put(*(recorded(f"C{number}", assessed()) for number in range(10)))

    done = works.read(ONE)

    assert done.problem == "the source gave no checks at all; check its last load"
    assert works.round(DUE) == []


@pytest.mark.parametrize(
    "left",
    [
        pytest.param(range(10), id="assessments"),
        pytest.param(range(8), id="children"),
    ],
)
def test_whatever_else_is_short_nobody_who_was_seen_looks_overdue(left: range) -> None:
    """Another table is found to be cut short first: visits that are missing with it do not look missed either."""
    works = seen_children()
    lost = set(range(10)) - set(left)
    works.source.remove(*(f"C{number}" for number in sorted(lost)))
    for number in list(left)[:2]:
        works.source.put(recorded(f"C{number}", assessed()))
    if not lost:
        works.source.put(*(recorded(f"C{number}", VISIT) for number in (8, 9)))

    assert "beyond the limit" in works.read(ONE).problem
    assert works.round(DUE) == []


def test_checks_that_are_half_loaded_are_not_believed_either() -> None:
    """The table is back, two rows of ten are missing: beyond the limit of a tenth."""
    works = seen_children()
    works.source.put(recorded("C1", assessed()), recorded("C2", assessed()))

    assert works.read(ONE).problem == (
        "the source gave 8 checks where 10 were known, beyond the limit of 10 %; check its last load, or raise "
        "source.shrink_limit_percent"
    )
    assert [f"{one.rule} {one.basis}" for one in owed(works, "C1")] == ["seen-high every", "six-week-backstop every"]


def owed(works: Works, child_ref: str) -> Sequence[Tracked]:
    """Return what is outstanding of a child."""
    with works.store.begin() as tx:
        return [one for one in tx.tracked([child_ref]) if one.ended_at is None]


def test_truncated_assessments_withdraw_nothing() -> None:
    """However often the empty table is read, what was owed is owed, without a doubt."""
    works = seen_children()
    works.source.put(*(recorded(f"C{number}", VISIT) for number in range(10)))

    problems = {works.read(when).problem for when in (ONE, TWO)}

    assert len(problems) == 1
    assert "no assessments at all" in problems.pop()
    assert works.decisions("C1") == ["owed 2023-02-06 12:00"]


def test_truncated_children_close_nobody_and_send_no_letter_astray() -> None:
    """Children known only by their other rows keep the unit and the officer that they had."""
    works = seen_children()
    works.source.put(*(recorded(f"C{number}", *SEEN, unit="", officer="") for number in range(10)))

    assert works.read(ONE).problem == "the source gave no children at all; check its last load"
    assert child_as_kept(works, "C1").unit == "york"


def test_a_closing_date_that_is_gone_with_its_table_opens_nobody() -> None:
    """A child whose closing date has disappeared stays closed until a reading that is believed says otherwise."""
    works = Works(recorded("C1", *SEEN, closed=NOON), *(recorded(f"D{number}") for number in range(3)))
    works.read(NOON)
    gone = [recorded("C1", *SEEN, unit="", officer="")]
    works.source.put(*gone, *(recorded(f"D{number}", unit="", officer="") for number in range(3)))

    works.read(ONE)

    assert child_as_kept(works, "C1").standing == "closed"
    works.source.put(recorded("C1", *SEEN), *(recorded(f"D{number}") for number in range(3)))
    works.read(TWO)
    assert child_as_kept(works, "C1").standing == "open"


def test_a_new_danger_in_a_bad_reading_is_owed_at_once() -> None:
    """What tightens does not wait: the new child is watched, although the reading is not believed."""
    works = seen_children()
    works.source.put(*(recorded(f"C{number}", assessed()) for number in range(10)))
    works.source.put(recorded("N1", assessed("high", "2023-02-06 12:30")))

    works.read(ONE)

    assert works.decisions("N1") == ["owed 2023-02-06 13:00"]


def test_a_raise_in_a_bad_reading_is_owed_and_the_rest_stays() -> None:
    """A child of whom something is missing keeps what was known, and gets what is new."""
    works = seen_children()
    works.source.put(*(recorded(f"C{number}", assessed()) for number in range(10)))
    works.source.put(recorded("C1", assessed(), assessed("very_high", "2023-02-06 12:30")))

    works.read(ONE)

    with works.store.begin() as tx:
        rules = sorted(f"{one.rule} {one.basis} {one.doubted_at}" for one in tx.tracked(["C1"]))
    assert rules == ["seen-high every None", "seen-very-high first None", "six-week-backstop every None"]


def test_nothing_is_cleared_by_a_bad_reading() -> None:
    """A visit that came with a half-loaded extract counts once the extract is whole."""
    works = Works(*(recorded(f"C{number}") for number in range(4)), shrink_limit_percent=10)
    works.round(DUE)
    works.source.remove("C3")
    works.source.put(recorded("C1", assessed(), checked("seen", "2023-02-07 09:30")))

    works.read("2023-02-07 10:00")
    assert ended(works) == []

    works.source.put(recorded("C3"))
    works.read("2023-02-07 11:00")
    assert ended(works) == ["seen-high first", "six-week-backstop first"]


def test_a_stale_extract_clears_nothing_and_tightens() -> None:
    """An extract that was not loaded for longer than allowed is no news of any visit."""
    works = Works(recorded("C1"))
    works.source.loaded_at = at(MONDAY)
    works.read(MONDAY)
    works.source.put(recorded("C1", *SEEN), recorded("N1", assessed("high", "2023-02-07 08:00")))

    done = works.read("2023-02-07 11:01")

    assert done.problem == (
        "the source was last loaded on Mon 6 Feb 2023, 09:00, longer ago than 1 day 2 hours; check its load"
    )
    assert (ended(works), works.tracked("N1").ended_at) == ([], None)


def test_an_extract_of_the_future_is_not_believed() -> None:
    """A clock or a time zone that is wrong by more than a day would make every extract fresh."""
    works = Works(recorded("C1"))
    works.source.loaded_at = at("2023-02-08 10:00")

    assert works.read(MONDAY).problem == (
        "the source says that it was loaded on Wed 8 Feb 2023, 10:00, which is to come; mend the query"
    )


def test_a_source_that_cannot_say_how_fresh_it_is_still_tightens() -> None:
    """Where only the freshness fails, the records are read, and nothing is cleared on their word."""
    works = Works(recorded("C1"))
    works.read(MONDAY)
    works.source.freshness_fault = "no such table"
    works.source.put(recorded("C1", *SEEN), recorded("N1"))

    assert works.read(NOON).problem == "no such table"
    assert (ended(works), works.tracked("N1").ended_at) == ([], None)


@pytest.mark.parametrize("rows", [pytest.param((), id="no child"), pytest.param((VISIT,), id="no assessment")])
def test_the_first_reading_of_all_is_guarded_too(rows: tuple[object, ...]) -> None:
    """An empty source is an error, not an all-clear."""
    works = Works(*([recorded("C1", VISIT)] if rows else []))

    assert works.read(MONDAY).problem != ""


def test_who_was_lost_long_ago_is_not_lost_anew() -> None:
    """Children taken out little by little over months, within the limit each time, do not add up to a shrinkage."""
    works = Works(*(recorded(f"C{number:02}") for number in range(20)), shrink_limit_percent=10)
    works.read(MONDAY)
    problems = []
    for day in range(1, 6):
        works.source.remove(f"C{day:02}")
        problems.append(works.read(f"2023-02-{6 + 2 * day:02} 09:00").problem)

    assert problems == [""] * 5


def test_a_slow_loss_within_a_day_counts_as_a_whole() -> None:
    """Rows deleted in portions, each within the limit, are caught: the most of the day is what counts."""
    works = Works(*(recorded(f"C{number:02}", *SEEN) for number in range(20)), shrink_limit_percent=10)
    works.read(MONDAY)
    problems = []
    for hour in range(10, 14):
        works.source.put(recorded(f"C{hour:02}", assessed()))
        problems.append(works.read(f"2023-02-06 {hour}:00").problem)

    assert problems[:2] == ["", ""]
    assert problems[2].startswith("the source gave 17 checks where 20 were known")


def test_a_loss_that_a_person_accepts_is_the_new_measure() -> None:
    """Once the limit is raised and a reading is good, what it gave is what later ones are held against."""
    works = seen_children()
    works.source.put(recorded("C1", assessed()), recorded("C2", assessed()))
    works.read(ONE)
    works._shrink_limit_percent = 30
    works.restart()
    assert works.read(TWO).problem == ""

    works._shrink_limit_percent = 10
    works.restart()

    assert works.read("2023-02-06 15:00").problem == ""


def test_rows_that_come_back_short_are_read_anew() -> None:
    """Truncated between the judgement and the second look: the child is left as it was, and tried again."""
    works = seen_children()
    works.source.put(recorded("C1", *SEEN, checked("seen", "2023-02-06 12:30")))
    works.source.after_reading = lambda: works.source.put(recorded("C1", assessed()))

    done = works.read(ONE)

    assert done.problem == "the source gave fewer rows of a child than a moment ago; it may be loading"
    assert works.decisions("C1") == ["owed 2023-02-06 12:00"]


def test_a_child_that_goes_between_two_looks_is_left_as_it_was() -> None:
    """So it is where the child as a whole has gone."""
    works = seen_children()
    works.source.put(recorded("C1", *SEEN, checked("seen", "2023-02-06 12:30")))
    works.source.after_reading = lambda: works.source.remove("C1")

    assert works.read(ONE).problem != ""
    assert works.decisions("C1") == ["owed 2023-02-06 12:00"]


# --- looks at a few children ------------------------------------------------------------------------------------------
def test_a_second_look_at_a_half_loaded_extract_reopens_nothing() -> None:
    """A look at one child counts the tables before it takes a visit back, and riskwatch is blind from then on."""
    works = seen_children(incremental=True)
    works.source.put(*(recorded(f"C{number}", assessed()) for number in range(10)))

    assert works.refresh.look_again(["C1"], at(ONE))

    assert works.decisions("C1") == ["owed 2023-02-06 12:00"]
    assert [letter.purpose for letter in watch_only(works, ONE)] == ["blind"] * 3


def ended(works: Works) -> Sequence[str]:
    """Return what has ended of C1."""
    with works.store.begin() as tx:
        return sorted(f"{one.rule} {one.basis}" for one in tx.tracked(["C1"]) if one.ended_at is not None)


def watch_only(works: Works, when: str) -> Sequence[ServiceLetter]:
    """Look at the service itself without reading; return the letters."""
    before = len(works.letters.services)
    works.assurance.watch(at(when))
    return works.letters.services[before:]


def test_a_second_look_at_a_whole_extract_is_believed() -> None:
    """A visit that was taken back is taken back at once where the tables are whole."""
    works = seen_children(incremental=True)
    works.source.put(recorded("C1", assessed()))

    works.refresh.look_again(["C1"], at(ONE))

    assert (works.source.counted, len(owed(works, "C1"))) == (1, 4)


def test_a_visit_settles_at_once_and_costs_no_count() -> None:
    """No gap adds a row: where nothing but a visit is new, the tables need not be counted."""
    works = Works(source=FakeSource(recorded("C1"), incremental=True))
    works.read(MONDAY)
    works.source.put(recorded("C1", *SEEN))

    works.read(NOON, full=False)

    assert (works.source.counted, ended(works)) == (0, ["seen-high first", "six-week-backstop first"])


def test_while_it_is_not_believed_a_second_look_strikes_nothing() -> None:
    """What was known keeps running and telling: the letter goes although a visit stands in the bad extract."""
    works = Works(*(recorded(f"C{number}") for number in range(4)), shrink_limit_percent=10)
    works.read(MONDAY)
    works.source.remove("C3")
    works.read(NOON)
    works.source.put(recorded("C1", assessed(), checked("seen", "2023-02-06 13:00")))

    works.refresh.before_telling(at(DUE))
    works.tell(DUE)
    works.send(DUE)

    assert "overdue C1 officer" in works.outbox.sent[0].message.decode()


def test_once_not_believed_everything_is_read_until_it_is() -> None:
    """A look at what has changed cannot tell that an extract is whole again."""
    works = seen_children(incremental=True)
    works.source.remove("C1", "C2")
    works.read(ONE)
    works.source.put(recorded("C1", *SEEN), recorded("C2", *SEEN))

    done = works.read(TWO, full=False)
    after = works.read("2023-02-06 15:00", full=False)

    assert (done.full, done.problem, after.full) == (True, "", False)


def test_a_stale_extract_keeps_the_cursor_and_the_looks_that_are_due() -> None:
    """Nothing that changed while riskwatch did not believe is lost for it."""
    works = Works(source=FakeSource(recorded("C1"), incremental=True))
    works.source.loaded_at = at(MONDAY)
    works.read(MONDAY)
    works.source.put(recorded("C1", *SEEN))

    stale = works.read("2023-02-08 09:00", full=False)
    works.source.loaded_at = at("2023-02-08 10:00")
    fresh = works.read("2023-02-08 10:00", full=False)

    assert (stale.problem != "", fresh.problem) == (True, "")
    assert ended(works) == ["seen-high first", "six-week-backstop first"]


def test_a_record_of_the_future_waits_for_a_source_that_answers() -> None:
    """The look is put off by minutes and not lost, and the service does not wake for it every second."""
    works = Works(recorded("C1", assessed("standard"), checked("phone_call", NOON, recorded=MONDAY)))
    works.read(MONDAY)
    works.source.fault = "the source does not answer"

    works.refresh.before_telling(at(NOON))

    assert works.store.next_wake() == at("2023-02-06 12:05")


def test_a_record_of_the_future_waits_for_a_source_that_is_believed() -> None:
    """So it is where the source answers and is not believed."""
    works = Works(
        *(recorded(f"C{number}") for number in range(4)),
        recorded("F1", assessed("standard"), checked("seen", NOON, recorded=MONDAY)),
        shrink_limit_percent=10,
    )
    works.read(MONDAY)
    works.source.remove("C3")
    works.read("2023-02-06 11:00")

    works.refresh.before_telling(at(NOON))

    assert child_as_kept(works, "F1").next_known_at == at("2023-02-06 12:05")


def test_an_absent_child_is_doubted_by_a_look_that_is_believed_alone() -> None:
    """A look at one child that finds nothing of it counts the tables first; then it doubts."""
    works = seen_children(incremental=True)
    works.source.remove("C1")
    works.refresh.look_again(["C1"], at(ONE))
    assert works.decisions("C1")[-1] == "doubted 2023-02-06 13:00"

    works.source.remove("C2", "C3")
    works.refresh.look_again(["C2", "X9"], at(TWO))
    assert works.decisions("C2") == ["owed 2023-02-06 12:00"]


def test_recorded_facts_are_always_believed() -> None:
    """A simulation has no extract: whatever the facts give is kept, a table without rows too."""
    works = Works(source=FakeSource(recorded("C1", *SEEN), incremental=True))
    works.refresh = Refresh(works.source, works.store, mandate())
    works.read(NOON)
    works.source.put(recorded("C1", assessed()))
    works.source.loaded_at = at(MONDAY)

    done = [works.read(ONE), works.read(TWO, full=False)]
    works.source.remove("C1")
    works.refresh.look_again(["C1"], at("2023-02-06 15:00"))

    assert [one.problem for one in done] == ["", ""]
    assert works.decisions("C1")[-1].startswith("doubted")
