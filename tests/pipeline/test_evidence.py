"""Evidence: what is examined, and that one child's records never stop another's."""

import structlog

from riskwatch.core.evidence import Outcome, Period
from riskwatch.core.facts import Record, Sighting
from riskwatch.pipeline.evidence import Examiner, Inquiry
from tests.builders import assessed, at, child, history, mandate
from tests.example_policy import SEEN_HIGH, policy

NOW = at("2023-03-01 00:00")
INQUIRY = Inquiry(Period(at("2023-02-01 00:00"), NOW), None, NOW, None, first_reading=False)
UNDER = mandate(policy(SEEN_HIGH))


def test_a_child_that_cannot_be_reckoned_is_set_aside() -> None:
    """It is counted and named, and the next is examined."""
    good = history(assessed("high", "2023-02-06 09:00"))
    broken = history(assessed("high", "2023-02-06 09:00")._replace(assessed_at=None), of=child("C2"))  # type: ignore[arg-type]
    with structlog.testing.capture_logs() as logged:
        found = Examiner(UNDER, INQUIRY).examine([broken, good], {}, {})
    assert (2, 1, ["C2"]) == (found.given, found.reckoned, found.failed)
    assert [("child-set-aside", "C2")] == [(one["event"], one["child_ref"]) for one in logged]


def test_what_the_service_remembers_says_when_a_record_became_known() -> None:
    """An assessment that claims to be recorded next year was seen on 10 February, and counts from then."""
    one = history(assessed("high", "2023-02-06 09:00", recorded="2024-01-01 09:00", assessment_id="A1"))
    seen = Sighting("C1", Record.ASSESSMENT, "A1", at("2023-02-10 09:00"))
    remembered = Examiner(UNDER, INQUIRY).examine([one], {"C1": [seen]}, {})
    assert {("seen-high", Outcome.STANDING): 1} == dict(remembered.by_rule)
    assert at("2023-02-10 09:00") == remembered.missed.kept[0].known_at
    forgotten = Examiner(UNDER, INQUIRY._replace(now=at("2023-04-01 00:00"))).examine([one], {}, {})
    assert 0 == forgotten.deadlines


def test_the_first_reading_of_all_takes_a_closing_date_at_its_word() -> None:
    """Later a closing date without a recorded time counts from when it was first seen."""
    closed = history(assessed("high", "2023-02-06 09:00"), of=child(closed="2023-02-10 09:00"))
    first = Examiner(UNDER, INQUIRY._replace(first_reading=True)).examine([closed], {}, {})
    assert 1 == first.closings.number
    later = Examiner(UNDER, INQUIRY).examine([closed], {}, {})
    assert 0 == later.closings.number
