"""Blind: when the source is not to be believed, the administrator and the heads hear it first, once a day, until it is
over."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from riskwatch.core.faults import StoreFault
from riskwatch.core.notices import ServiceLetter
from riskwatch.core.tracking import Decision
from riskwatch.pipeline import assurance
from riskwatch.pipeline.blindness import grace_of
from tests.builders import ADMINISTRATOR, FALLBACK, HEAD, MONDAY, absence, at, directory, local, mandate
from tests.pipeline.builders import DUE, VIGILANCE, Works, recorded

EVERYBODY = [FALLBACK, HEAD, ADMINISTRATOR]
"""Filey has no head: the fallback hears for it."""
DOWN = "the source does not answer"


def failing() -> Works:
    """Works whose source has been failing since 10:00."""
    works = Works(recorded("C1"), recorded("C2"))
    works.read(MONDAY)
    works.source.fault = DOWN
    works.watch("2023-02-06 10:00")
    return works


def to(letters: Sequence[ServiceLetter]) -> Sequence[str]:
    """Return who is written to."""
    return sorted(letter.recipient for letter in letters)


def test_a_passing_failure_is_not_yet_blindness() -> None:
    """A source that fails for less than the grace, and answers again, is nobody's letter."""
    works = failing()
    assert works.watch("2023-02-06 10:09") == []

    works.source.fault = ""

    assert works.watch("2023-02-06 10:10") == []


def test_a_source_that_keeps_failing_is_told_once() -> None:
    """After the grace everybody who answers for the children hears it, each once, from the first failure on."""
    works = failing()

    first = works.watch("2023-02-06 10:10")
    again = works.watch("2023-02-06 10:15")

    assert (to(first), again) == (EVERYBODY, [])
    words = first[0]
    assert words.subject == "riskwatch is blind since Mon 6 Feb 2023, 10:00"
    assert words.paragraphs == (
        "riskwatch is blind since Mon 6 Feb 2023, 10:00 because the source does not answer.",
        "The records were last read without a problem on Mon 6 Feb 2023, 09:00, and in full on Mon 6 Feb 2023, 09:00.",
        "Until it sees again, nothing is closed, withdrawn or cleared: what was known to be owed keeps running, and "
        "letters about it keep coming, even where a visit has been recorded meanwhile. Children assessed since then "
        "may be watched by nobody: have them watched by other means.",
        "You are told again each day while this lasts, and once when riskwatch sees again. The administrator finds "
        "more in `riskwatch status`.",
    )


def test_it_is_told_again_each_day_with_the_reason_of_the_day() -> None:
    """It lasts three days, across a restart: three letters a person, and nothing between."""
    works = failing()
    told = [works.watch("2023-02-06 10:10")]
    works.restart()
    told.append(works.watch("2023-02-07 10:09"))
    works.source.fault = "another reason"
    told.append(works.watch("2023-02-07 10:10"))
    told.append(works.watch("2023-02-08 10:10"))

    assert [to(letters) for letters in told] == [EVERYBODY, [], EVERYBODY, EVERYBODY]
    assert told[2][0].paragraphs[0].endswith("because another reason.")
    assert len({letter.letter_id for letters in told for letter in letters}) == 9


def test_it_is_told_when_it_is_over() -> None:
    """Once, to the same people: since when, how long it was, and why."""
    works = failing()
    works.watch("2023-02-06 10:10")
    works.restart()
    works.source.fault = ""

    letters = works.watch("2023-02-06 12:30")

    assert (to(letters), works.watch("2023-02-06 12:35")) == (EVERYBODY, [])
    assert letters[0].subject == "riskwatch sees again since Mon 6 Feb 2023, 12:30"
    assert letters[0].paragraphs == (
        "riskwatch sees again since Mon 6 Feb 2023, 12:30. It was blind since Mon 6 Feb 2023, 10:00, for 2 hours 30 "
        "minutes, because the source does not answer.",
        "Everything has been read. What was recorded in the meantime counts from now on, and what fell due is told "
        "now, late as it is.",
    )


def test_the_journal_has_both_ends() -> None:
    """Whoever asks later finds from when to when, and why."""
    works = failing()
    works.watch("2023-02-06 10:10")
    works.source.fault = ""
    works.watch("2023-02-06 12:30")

    rows = [entry for entry in works.store.entries if entry.subject == "source"]

    assert [(row.decision, local(row.at)) for row in rows] == [
        (Decision.BLIND, "2023-02-06 10:10"),
        (Decision.SEES_AGAIN, "2023-02-06 12:30"),
    ]
    assert rows[0].detail == {"since": at("2023-02-06 10:00").isoformat(), "reason": DOWN}


def test_an_empty_source_is_told_at_once() -> None:
    """What is wrong with the rows does not pass by itself: no grace; and nothing was ever read."""
    works = Works()

    letters = works.watch(MONDAY)

    assert to(letters) == EVERYBODY
    assert letters[0].paragraphs[:2] == (
        "riskwatch is blind since Mon 6 Feb 2023, 09:00 because the source gave no children at all; check its queries "
        "and its last load.",
        "The records were never read without a problem.",
    )


def test_records_never_read_in_full_are_said_to_be() -> None:
    """A good look at some children is no reading of all."""
    works = failing()
    works.watch("2023-02-06 10:10")
    with works.store.begin() as tx:
        run = tx.last_run("refresh")
        assert run is not None
    fresh = Works()
    with fresh.store.begin() as tx:
        tx.save_run(run._replace(full=False))

    letters = fresh.watch("2023-02-06 10:10")

    assert letters[0].paragraphs[1] == (
        "The records were last read without a problem on Mon 6 Feb 2023, 09:00, never in full."
    )


def test_a_stale_extract_is_told_at_once() -> None:
    """The load has stopped: the source answers, and says nothing new."""
    works = Works(recorded("C1"))
    works.source.loaded_at = at("2023-02-04 09:00")

    assert to(works.watch(MONDAY)) == EVERYBODY


def test_records_that_were_not_read_for_long_are_stale() -> None:
    """Where the source cannot say how fresh it is, the last good reading says it: the service was down, say."""
    works = Works(recorded("C1"))
    works.read(MONDAY)

    works.assurance.watch(at("2023-02-07 11:00"))
    assert works.letters.services == []
    works.assurance.watch(at("2023-02-07 11:01"))

    assert works.letters.services[0].paragraphs[0] == (
        "riskwatch is blind since Mon 6 Feb 2023, 09:00 because the records were not read for 1 day 2 hours."
    )


def test_nothing_is_said_before_the_first_look() -> None:
    """A service that has not looked yet is neither blind nor seeing."""
    works = Works()

    works.assurance.watch(at(MONDAY))

    assert works.letters.services == []


def test_it_goes_before_any_other_letter() -> None:
    """Letters on children that are due at the same time come after it, however urgent and old they are."""
    works = Works(recorded("C1"), recorded("C2"))
    works.read(MONDAY)
    works.tell("2023-02-10 09:00")
    works.source.remove("C1", "C2")
    works.watch("2023-02-10 09:01")
    works.send("2023-02-10 09:01")

    purposes = [letter.purpose for letter in works.outbox.sent]

    assert purposes[:3] == ["blind"] * 3
    assert set(purposes[3:]) == {"notices"}


def test_letters_go_out_while_it_is_blind() -> None:
    """What was known keeps telling where the source does not answer at all."""
    works = failing()

    assert "pc.one: overdue C1 officer" in works.round(DUE)


def test_absences_and_covers_are_respected() -> None:
    """A head who is away is told through the cover; without one the fallback hears it."""
    covered = directory(absence(HEAD, "2023-02-01", cover="deputy@north.police.uk"), units={})
    away = directory(absence(HEAD, "2023-02-01"), units={})

    told = [to(Works(under=mandate(people=people)).watch(MONDAY)) for people in (covered, away)]

    assert told == [["deputy@north.police.uk", ADMINISTRATOR], [FALLBACK, ADMINISTRATOR]]


def test_an_administrator_who_is_a_head_too_is_told_once() -> None:
    """Each person once."""
    people = replace(directory(units={}), administrator=HEAD)

    assert to(Works(under=mandate(people=people)).watch(MONDAY)) == [HEAD]


def test_two_daemons_tell_it_once() -> None:
    """A second daemon on the same store finds it told."""
    works = failing()
    other = Works()
    second = assurance.Assurance(works.store, other.assurance._reports, works.letters, mandate(), VIGILANCE)
    works.watch("2023-02-06 10:10")
    before = len(works.letters.services)

    second.watch(at("2023-02-06 10:10"))

    assert len(works.letters.services) == before


def test_one_that_was_faster_leaves_nothing_to_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the other daemon tells it while this one waits for its turn, this one does not."""
    works = failing()
    sight = works.assurance._blindness
    answers = [True, False]
    monkeypatch.setattr(sight, "_has_news", lambda *_: answers.pop(0))

    assert not sight.look(at("2023-02-06 10:10"))
    assert works.letters.services == []


def test_the_grace_is_two_refreshes_and_at_least_five_minutes() -> None:
    """One failed refresh is no blindness, however seldom or often there is one."""
    minute = VIGILANCE.grace / 10

    assert [grace_of(minute * n) for n in (1, 5)] == [5 * minute, 10 * minute]


def test_a_mistake_of_ours_does_not_stop_the_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the service says of itself must not keep it from telling of children; a fault of the store is passed on."""
    works = Works(recorded("C1"))

    def broken(*_: object) -> bool:
        raise ZeroDivisionError

    monkeypatch.setattr(works.assurance._blindness, "look", broken)

    works.assurance.watch(at(MONDAY))
    assert works.round(DUE) == ["pc.one: overdue C1 officer"]


def test_a_fault_of_the_store_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the store there is nothing to go on with: the pass is tried again as a whole."""
    works = Works(recorded("C1"))

    def away(*_: object) -> bool:
        raise StoreFault("the database does not answer")

    monkeypatch.setattr(works.assurance._blindness, "look", away)

    with pytest.raises(StoreFault):
        works.assurance.watch(at(MONDAY))
