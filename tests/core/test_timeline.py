"""The order in which records became known."""

from collections.abc import Sequence

import pytest

from riskwatch.core.facts import Assessment, Check, Closure
from riskwatch.core.timeline import Moment, Timeline, timeline
from tests.builders import assessed, at, checked, closed, history, outstanding

Rows = Sequence[Assessment | Check | Closure]

MONDAY, TUESDAY, WEDNESDAY = "2023-02-06 09:00", "2023-02-07 09:00", "2023-02-08 09:00"


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        pytest.param(assessed(when=MONDAY), MONDAY, id="an assessment without a recorded time: its own"),
        pytest.param(assessed(when=MONDAY, recorded=TUESDAY), TUESDAY, id="recorded late"),
        pytest.param(assessed(when=TUESDAY, recorded=MONDAY), MONDAY, id="dated in the future: when it was recorded"),
        pytest.param(checked(when=MONDAY), MONDAY, id="a check without a recorded time: its own"),
        pytest.param(checked(when=MONDAY, recorded=TUESDAY), TUESDAY, id="a check recorded late"),
        pytest.param(checked(when=TUESDAY, recorded=MONDAY), TUESDAY, id="a check dated in the future: its own time"),
        pytest.param(closed(MONDAY), MONDAY, id="a closing date"),
        pytest.param(closed(MONDAY, recorded=TUESDAY), TUESDAY, id="a closing date recorded late"),
        pytest.param(closed(TUESDAY, recorded=MONDAY), TUESDAY, id="a closing date of the future: when it comes"),
    ],
)
def test_when_a_record_becomes_known(record: Assessment | Check | Closure, expected: str) -> None:
    """What tightens counts from when it happened, but nothing is known before it was recorded."""
    assert [moment.at for moment in timeline(history(record), at("2024-01-01")).moments] == [at(expected)]


def test_what_became_known_together_is_one_moment_in_order_of_date() -> None:
    """Rows of one moment are in order of their own date, then of their id, however they were read."""
    early = assessed("high", MONDAY, recorded=WEDNESDAY)
    future = assessed("medium", "2024-01-01", recorded=WEDNESDAY)
    first, second = checked(when=MONDAY, recorded=WEDNESDAY, check_id="K1"), checked(when=WEDNESDAY, check_id="K2")
    same = second._replace(check_id="K3")
    line = timeline(history(same, future, second, early, first, closed(WEDNESDAY)), at(WEDNESDAY))
    expected = Moment(at(WEDNESDAY), [early, future], [first, second, same], closed=True, closing_date_gone=False)
    assert line == Timeline([expected], None)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param("2023-02-06 08:59", (0, MONDAY), id="before all"),
        pytest.param(MONDAY, (1, TUESDAY), id="the moment itself is included"),
        pytest.param(WEDNESDAY, (3, None), id="after all nothing is waiting"),
    ],
)
def test_the_future_waits(now: str, expected: tuple[int, str | None]) -> None:
    """A record of the future is not known yet; when the next one will be is."""
    line = timeline(history(assessed(when=MONDAY), checked(when=TUESDAY), closed(MONDAY, gone=WEDNESDAY)), at(now))
    waiting = None if expected[1] is None else at(expected[1])
    assert (len(line.moments), line.next_known_at) == (expected[0], waiting)


def test_a_closing_date_that_disappears_is_a_moment_of_its_own() -> None:
    """The child is opened when the date was seen to be gone."""
    moments: Sequence[Moment] = timeline(history(closed(MONDAY, gone=TUESDAY)), at(WEDNESDAY)).moments
    assert [(moment.closed, moment.closing_date_gone) for moment in moments] == [(True, False), (False, True)]


def test_a_closing_date_taken_back_before_it_came_closes_nothing() -> None:
    """A closing date of next week that is gone tomorrow never takes effect."""
    taken_back = closed("2023-02-15 09:00", gone=WEDNESDAY)
    rows: Rows = [assessed("medium"), checked(when="2023-02-06 10:00"), taken_back]
    assert "seen-medium every due 2023-03-06 10:00" in outstanding(history(*rows), "2023-02-16 09:00")
