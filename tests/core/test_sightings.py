"""When a record was first seen, where its own times cannot say when it became known."""

from collections.abc import Sequence
from datetime import datetime

import pytest

from riskwatch.core.facts import Assessment, Check, Child, Closure, History, Record, Sighting
from riskwatch.core.obligations import Rulebook, fold
from riskwatch.core.sightings import Settled, settle
from riskwatch.core.tracking import Standing
from tests.builders import assessed, at, checked, child, closed, history
from tests.example_policy import POLICY

NOW = "2023-02-06 09:00"
BEFORE, TOMORROW, NEXT_YEAR = "2023-02-05 09:00", "2023-02-07 09:00", "2024-02-06 09:00"


def settled(of: History, *seen: Sighting, now: str = NOW, first_reading: bool = False) -> Settled:
    """Settle a history against these memories."""
    return settle(of, seen, at(now), first_reading=first_reading)


def sighting(record: Record, record_id: str, first_seen: str, gone: str | None = None) -> Sighting:
    """A memory of a record of the child."""
    return Sighting("C1", record, record_id, at(first_seen), None if gone is None else at(gone))


def closing(when: str, first_seen: str, gone: str | None = None) -> Sighting:
    """A memory of a closing date."""
    return sighting(Record.CLOSURE, at(when).isoformat(), first_seen, gone)


def recorded_of(told: History) -> Sequence[datetime | None]:
    """Return when the rows of a history were recorded."""
    return [row.recorded_at for row in told.assessments] + [row.recorded_at for row in told.checks]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param(assessed(when=BEFORE), None, id="an assessment of the past stands as it is"),
        pytest.param(assessed(when=BEFORE, recorded=NOW), NOW, id="so does one recorded by now"),
        pytest.param(assessed(when=NEXT_YEAR), NOW, id="dated in the future without a recorded time: known now"),
        pytest.param(assessed(when=BEFORE, recorded=NEXT_YEAR), NOW, id="recorded in the future: known now"),
        pytest.param(checked(when=NEXT_YEAR), None, id="a check of the future keeps its own time"),
        pytest.param(checked(when=BEFORE, recorded=NOW), NOW, id="a check recorded by now stands as it is"),
        pytest.param(checked(when=BEFORE, recorded=NEXT_YEAR), NOW, id="a check recorded in the future: known now"),
    ],
)
def test_a_row_that_stands_before_us_is_known(row: Assessment | Check, expected: str | None) -> None:
    """A recorded time in the future never hides a row that the service can see."""
    told = settled(history(row)).history
    recorded = recorded_of(told)
    assert recorded == [None if expected is None else at(expected)]


@pytest.mark.parametrize(
    ("row", "record"),
    [
        pytest.param(assessed(when=NEXT_YEAR, assessment_id="R1"), Record.ASSESSMENT, id="an assessment"),
        pytest.param(checked(when=BEFORE, recorded=NEXT_YEAR, check_id="R1"), Record.CHECK, id="a check"),
    ],
)
def test_the_first_sighting_is_remembered(row: Assessment | Check, record: Record) -> None:
    """It is kept once, and counts from then on, even when the recorded time has come."""
    first = settled(history(row))
    assert list(first.seen) == [sighting(record, "R1", NOW)]
    again = settled(history(row), *first.seen, now="2024-06-01")
    assert (recorded_of(again.history), list(again.seen)) == ([at(NOW)], [])


def test_a_memory_never_makes_a_row_known_later() -> None:
    """A recorded time that was mended to an earlier one counts."""
    mended = assessed(when=BEFORE, recorded=BEFORE, assessment_id="R1")
    (row,) = settled(history(mended), sighting(Record.ASSESSMENT, "R1", NOW), now=TOMORROW).history.assessments
    assert row.recorded_at == at(BEFORE)


@pytest.mark.parametrize(
    ("of", "first_reading", "expected"),
    [
        pytest.param(child(), False, [], id="open"),
        pytest.param(
            child(closed=BEFORE), False, [closed(BEFORE, recorded=NOW)], id="no recorded time: first seen now"
        ),
        pytest.param(child(closed=BEFORE), True, [closed(BEFORE)], id="at the very first reading the date has to do"),
        pytest.param(child(closed=BEFORE, closed_recorded=BEFORE), False, [closed(BEFORE)], id="recorded by then"),
        pytest.param(
            child(closed=BEFORE, closed_recorded=NEXT_YEAR), False, [closed(BEFORE, recorded=NOW)], id="later"
        ),
        pytest.param(child(closed=NEXT_YEAR), False, [closed(NEXT_YEAR)], id="a date of the future: when it comes"),
        pytest.param(child(closed=NEXT_YEAR), True, [closed(NEXT_YEAR)], id="and so at the first reading"),
    ],
)
def test_when_a_closing_date_became_known(of: Child, first_reading: bool, expected: list[Closure]) -> None:
    """What relaxes counts from when it was recorded, or first seen."""
    told = settled(history(of=of), first_reading=first_reading)
    assert (list(told.history.closures), len(told.seen)) == (expected, len(expected))


@pytest.mark.parametrize(
    ("of", "seen", "expected"),
    [
        pytest.param(
            child(closed=BEFORE), [closing(BEFORE, BEFORE)], [closed(BEFORE)], id="it stands: known as it was before"
        ),
        pytest.param(child(), [closing(BEFORE, BEFORE)], [closed(BEFORE, gone=NOW)], id="it has disappeared: gone now"),
        pytest.param(
            child(), [closing(BEFORE, BEFORE, BEFORE)], [closed(BEFORE, gone=BEFORE)], id="gone before: it stays so"
        ),
        pytest.param(
            child(closed=NOW),
            [closing(BEFORE, BEFORE)],
            [closed(BEFORE), closed(NOW)],
            id="another has taken its place",
        ),
        pytest.param(
            child(closed=BEFORE),
            [closing(BEFORE, BEFORE, BEFORE)],
            [closed(BEFORE, gone=BEFORE), closed(BEFORE, recorded=NOW)],
            id="it has come back: closed again from now",
        ),
    ],
)
def test_closing_dates_are_remembered(of: Child, seen: list[Sighting], expected: list[Closure]) -> None:
    """A closing date that has disappeared opens the child from now, not from before."""
    assert list(settled(history(of=of), *seen).history.closures) == expected


def test_only_what_has_changed_is_to_be_kept() -> None:
    """A memory that stands as it stood is not written again."""
    assert list(settled(history(of=child(closed=BEFORE)), closing(BEFORE, BEFORE)).seen) == []
    assert list(settled(history(of=child()), closing(BEFORE, BEFORE)).seen) == [closing(BEFORE, BEFORE, NOW)]


def test_a_history_that_brings_its_closures_keeps_them() -> None:
    """A replay knows every closing date from its file: nothing is remembered of them."""
    replayed = settled(history(closed(NOW), of=child(closed=BEFORE)))
    assert (list(replayed.history.closures), list(replayed.seen)) == ([closed(NOW)], [])


def test_a_closing_date_that_blinks_closes_again_when_it_is_back() -> None:
    """Missing from one reading and back in the next, under its old recorded time, the date closes the child again."""
    rows: Sequence[Assessment | Check] = [assessed("high"), checked("seen", "2023-02-06 10:00")]
    shut = history(*rows, of=child(closed="2023-02-06 11:00", closed_recorded="2023-02-06 11:00"))
    gone_and_back = closing("2023-02-06 11:00", "2023-02-06 11:00", "2023-02-07 09:00")
    told = settled(shut, gone_and_back, now="2023-02-08 09:00")
    assert fold(told.history, Rulebook(POLICY), at("2023-02-08 09:00")).standing == Standing.CLOSED


@pytest.mark.parametrize(
    ("first", "then", "gone"),
    [
        pytest.param(BEFORE, NOW, None, id="both have come: the first stays part of the story"),
        pytest.param(TOMORROW, NOW, NOW, id="the first never came"),
        pytest.param(BEFORE, TOMORROW, NOW, id="the new one has yet to come: the child is open until then"),
    ],
)
def test_a_closing_date_that_was_changed(first: str, then: str, gone: str | None) -> None:
    """A date in whose place another stands is part of the story where both have come, and otherwise gone from now."""
    told = settled(History(child(closed=then)), closing(first, BEFORE)).history
    assert told.closures[0].gone_at == (None if gone is None else at(gone))
    assert [one.closed_at for one in told.closures] == [at(first), at(then)]
