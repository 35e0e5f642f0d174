"""A recipient's cap: what exceeds it waits for the next digest, and urgent notices know no cap.

The children are at medium risk, whose ladder is not urgent. Assessed within half an hour, they fall due three
days later, minutes apart.
"""

from collections.abc import Sequence

from riskwatch.core.notices import Fate
from riskwatch.pipeline.sweep import Swept
from tests.builders import assessed, at, checked
from tests.pipeline.builders import Works, recorded

MINUTES = ("09:00", "09:10", "09:20", "09:30")


def medium(*, cap_per_hour: int) -> Works:
    """Return works with four children of one officer, due on 9 February at 09:00, 09:10, 09:20 and 09:30."""
    rows = [recorded(f"C{n}", assessed("medium", f"2023-02-06 {minute}")) for n, minute in enumerate(MINUTES)]
    works = Works(*rows, cap_per_hour=cap_per_hour)
    works.read("2023-02-08 10:00")
    works.tell("2023-02-08 10:00")
    works.send("2023-02-08 10:00")
    works.outbox.sent.clear()
    return works


def told_at(works: Works, *times: str) -> Sequence[int]:
    """Sweep and deliver at these times of 9 February; return how many notices each letter had."""
    numbers = []
    for time in times:
        works.tell(f"2023-02-09 {time}")
        works.send(f"2023-02-09 {time}")
        numbers.append(sum(len(letter.message.splitlines()) for letter in works.outbox.sent))
        works.outbox.sent.clear()
    return numbers


def test_what_exceeds_the_cap_waits_for_the_next_digest() -> None:
    """The third and fourth notices of an hour are held, and leave together once the first letter is an hour old."""
    works = medium(cap_per_hour=2)

    assert told_at(works, *MINUTES, "09:59", "10:01") == [1, 1, 0, 0, 0, 2]
    digest = works.letters.drafts[-1]
    assert (len(digest.lines), digest.held_back) == (2, 2)


def test_without_a_cap_each_notice_leaves_at_once() -> None:
    """A cap of 0 is none."""
    assert told_at(medium(cap_per_hour=0), *MINUTES) == [1, 1, 1, 1]


def test_a_held_notice_is_kept_and_counted() -> None:
    """What is held back is on record, with no letter, and the service wakes for it."""
    works = medium(cap_per_hour=1)
    told_at(works, "09:00")

    assert works.tell("2023-02-09 09:10") == Swept(due=1, notices=1, held=1)
    assert [(told.fate, told.letter_id) for told in works.told("C1") if told.notice.step == "officer"] == [
        (Fate.HELD, "")
    ]
    told_at(works, "09:20", "09:30")
    assert works.store.next_wake() == at("2023-02-09 10:00")


def test_the_wait_is_over_when_the_service_wakes_for_it() -> None:
    """What wakes the service at ten can be told at ten: not held again, to wake it at ten once more."""
    works = medium(cap_per_hour=1)

    assert told_at(works, "09:00", "09:10", "10:00") == [1, 0, 3]


def test_a_held_notice_joins_the_next_letter_that_may_leave() -> None:
    """A new notice does not overtake the ones that wait: they leave in one letter."""
    works = medium(cap_per_hour=1)

    assert told_at(works, "09:00", "09:10", "10:01") == [1, 0, 3]


def test_an_urgent_notice_is_not_capped_and_takes_the_others_along() -> None:
    """An urgent letter leaves whatever the cap says, and what was held leaves with it."""
    works = medium(cap_per_hour=1)
    works.source.put(recorded("URGENT", assessed("high", "2023-02-08 09:15")))
    works.read("2023-02-08 21:15")
    works.tell("2023-02-08 21:15")
    works.send("2023-02-08 21:15")
    works.outbox.sent.clear()

    assert told_at(works, "09:00", "09:10", "09:15") == [1, 0, 2]


def test_a_child_that_is_seen_while_its_notice_is_held_is_not_told() -> None:
    """What has ended leaves the heap of what waits."""
    works = medium(cap_per_hour=1)
    told_at(works, "09:00", "09:10")
    works.source.put(
        recorded("C1", assessed("medium", "2023-02-06 09:10"), checked("seen", "2023-02-09 09:12")),
    )
    works.read("2023-02-09 09:15")

    assert works.tell("2023-02-09 09:15").struck == 1
    assert told_at(works, "10:01") == [2]
