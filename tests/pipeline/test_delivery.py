"""Delivery: every verdict of the mail server has its answer, and a letter is sent twice rather than never."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from riskwatch.core.notices import Letter, LetterState, Outcome, Scope, Verdict
from riskwatch.core.tracking import Decision
from riskwatch.pipeline import delivery
from riskwatch.pipeline.batch import FIRST_RETRY, Delivered, retry_after
from tests.builders import ADMINISTRATOR, DI, DS, FALLBACK, HEAD, MONDAY, PC, assessed, at, checked, directory, mandate
from tests.pipeline.builders import DUE, Works, in_words, recorded
from tests.pipeline.fakes import FakeOutbox

LATER = "2023-02-07 09:01"


def officers(number: int) -> Sequence[str]:
    """Return the addresses of so many officers."""
    return [f"pc.{index:02}@north.police.uk" for index in range(number)]


def due(number: int = 1, *, outbox: FakeOutbox | None = None, lease: timedelta = delivery.LEASE) -> Works:
    """Return works in which so many officers are each to be told of a child now."""
    rows = [recorded(f"C{index}", officer=person) for index, person in enumerate(officers(number))]
    works = Works(*rows, outbox=outbox, lease=lease)
    works.read(MONDAY)
    works.tell(DUE)
    return works


def test_a_letter_that_was_taken_is_sent_once() -> None:
    """A 250 ends a letter: it is kept as sent, in the journal too, and never tried again."""
    works = due()

    assert works.send(DUE) == Delivered(sent=1)
    assert works.send(LATER) == Delivered()
    assert works.letter(works.outbox.sent[0].letter_id).state is LetterState.SENT
    assert [entry.detail for entry in works.store.entries if entry.decision is Decision.SENT] == [
        {
            "recipient": officers(1)[0],
            "response": "it said sent",
            "purpose": "notices",
            "reason": "overdue",
            "rule": "seen-high",
            "step": "officer",
            "about": works.tracked("C0").key,
        }
    ]


def test_a_run_that_did_something_is_kept() -> None:
    """What a delivery did is on record; one that found nothing leaves no trace."""
    works = due()
    works.send(DUE)
    works.send(LATER)

    with works.store.begin() as tx:
        run = tx.last_run(delivery.STAGE)

    assert run is not None
    assert (run.started_at, run.counts) == (at(DUE), {"sent": 1, "later": 0, "refused": 0})


# --- refused ----------------------------------------------------------------------------------------------------------
def test_what_was_refused_is_passed_up_and_the_administrator_is_told() -> None:
    """A recipient who does not exist counts as an empty rung: the sergeant is told at the next sweep."""
    works = Works(recorded())
    works.outbox.answer(PC, Verdict.REFUSED)
    works.read(MONDAY)
    works.tell(DUE)

    assert works.send(DUE) == Delivered(sent=1, refused=1)
    [admin] = works.letters.services
    assert (admin.recipient, admin.subject) == (ADMINISTRATOR, f"A letter to {PC} was refused")
    assert works.store.next_wake() == at(DUE)
    works.outbox.sent.clear()
    works.tell(DUE)
    works.send(DUE)
    assert [line for letter in works.outbox.sent for line in in_words(letter)] == ["ds.york: overdue C1 officer"]


def test_a_ladder_of_refusals_ends_at_the_fallback() -> None:
    """Whoever refuses is passed, up to the fallback; the administrator hears once of each letter."""
    works = Works(recorded())
    for person in (PC, DS, DI, HEAD):
        works.outbox.answer(person, Verdict.REFUSED)
    works.read(MONDAY)
    for _ in range(6):
        works.tell(DUE)
        works.send(DUE)

    assert [letter.recipient for letter in works.outbox.tried if letter.purpose == "notices"] == [
        PC,
        DS,
        DI,
        HEAD,
        FALLBACK,
    ]
    assert len(works.letters.services) == 4


def test_a_refused_letter_to_the_administrator_is_not_told_to_the_administrator() -> None:
    """A letter about a letter about a letter helps nobody."""
    works = due()
    works.outbox.answer(officers(1)[0], Verdict.REFUSED)
    works.outbox.answer(ADMINISTRATOR, Verdict.REFUSED, Verdict.REFUSED)

    assert works.send(DUE).refused == 2
    assert len(works.letters.services) == 1


def test_a_refused_notice_to_the_administrator_is_told_like_any_other() -> None:
    """An administrator who holds a role of a unit is one more recipient: the letter about the refusal is still made."""
    people = directory(units={"york": {"supervisor": ADMINISTRATOR}})
    works = Works(recorded(officer=""), under=mandate(people=people))
    works.outbox.answer(ADMINISTRATOR, Verdict.REFUSED)
    works.read(MONDAY)
    works.tell(DUE)

    works.send(DUE)

    assert [words.purpose for words in works.letters.services] == ["refused"]


# --- later ------------------------------------------------------------------------------------------------------------
def test_a_passing_fault_is_tried_again_later_and_later() -> None:
    """The wait doubles up to its bound, and no number of failures makes a letter given up."""
    works = due()
    works.outbox.answer("*", *[Verdict.LATER] * 12)
    moment = at(DUE)
    waits = []
    for _ in range(12):
        assert works.send(moment).later == 1
        wake = works.letter(works.outbox.tried[0].letter_id).next_attempt_at
        assert wake is not None
        waits.append(int((wake - moment).total_seconds()))
        moment = wake

    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900, 900]
    assert works.send(moment).sent == 1


def test_the_wait_is_bounded_for_any_number_of_attempts() -> None:
    """A letter that failed for a year still waits a quarter of an hour."""
    assert retry_after(1_000_000) == timedelta(minutes=15)


def test_a_letter_that_waits_is_not_tried_before_its_time() -> None:
    """A delivery in between leaves it alone."""
    works = due()
    works.outbox.answer("*", Verdict.LATER)
    works.send(DUE)

    assert works.send(at(DUE) + timedelta(seconds=4)) == Delivered()
    assert works.send(at(DUE) + timedelta(seconds=5)) == Delivered(sent=1)


def test_a_mail_server_that_keeps_failing_puts_the_rest_back() -> None:
    """After two failures a connection the server is left alone: the letters not tried keep their attempts."""
    works = due(5)
    works.outbox.answer("*", *[Verdict.LATER] * 9)

    done = works.send(DUE)

    assert done == Delivered(later=2, problem="the mail server keeps failing: it said later")
    untried = [letter for letter in all_letters(works) if letter.attempts == 0]
    assert len(untried) == 3
    assert {letter.next_attempt_at for letter in untried} == {at(DUE) + FIRST_RETRY}
    assert {letter.last_response for letter in untried} == {"not tried: the mail server failed for the letters before"}
    assert {letter.state for letter in all_letters(works)} == {LetterState.PENDING}


def test_a_letter_that_arrives_between_two_failures_keeps_the_server_in_use() -> None:
    """Failures count as the server's own only where nothing gets through."""
    works = due(5)
    works.outbox.answer("*", *[Verdict.LATER, Verdict.SENT] * 2, Verdict.REFUSED)

    done = works.send(DUE)

    assert (done.later, done.refused, done.problem) == (2, 1, "")


def put_off(outbox: FakeOutbox, *scopes: Scope) -> None:
    """Have the next letters put off, each for the sake of what is named."""
    outbox.answer("*", *[Outcome(Verdict.LATER, f"451 {scope} <pc@north.police.uk>", scope) for scope in scopes])


def test_a_server_that_takes_none_of_a_few_letters_is_a_problem() -> None:
    """One letter is too few to leave the server alone, but that nothing leaves is told, without any address."""
    works = due()
    put_off(works.outbox, Scope.SERVER)

    done = works.send(DUE)

    said = "451 server <(address)>"
    assert done == Delivered(later=1, problem=f"the mail server took no letter: {said}", put_off=said)
    assert last_problem(works) == f"the mail server took no letter: {said}"
    assert works.send(at(DUE) + FIRST_RETRY) == Delivered(sent=1)
    assert last_problem(works) == ""


def test_a_recipient_who_is_put_off_is_no_outage() -> None:
    """A mailbox that is full says nothing of the server."""
    works = due()
    put_off(works.outbox, Scope.RECIPIENT)

    assert works.send(DUE) == Delivered(later=1)
    assert last_problem(works) == ""


def test_a_server_that_fails_for_one_letter_and_takes_another_is_no_outage() -> None:
    """What it said of the one is kept, for whoever asks why it waits."""
    works = due(2)
    put_off(works.outbox, Scope.SERVER)

    assert works.send(DUE) == Delivered(sent=1, later=1, put_off="451 server <(address)>")
    assert last_problem(works) == ""


# --- misconfigured ----------------------------------------------------------------------------------------------------
def test_a_misconfiguration_stops_and_burns_no_attempts() -> None:
    """Wrong credentials are not a letter's fault: everything waits a little, and nothing is given up."""
    works = due(3)
    works.outbox.answer("*", Verdict.MISCONFIGURED)

    done = works.send(DUE)

    assert done == Delivered(problem="the mail server cannot be used as configured: it said misconfigured")
    assert len(works.outbox.tried) == 1
    assert {letter.attempts for letter in all_letters(works)} == {0}
    assert works.send("2023-02-07 09:02") == Delivered(sent=3)


def test_what_was_mended_is_tried_at_once() -> None:
    """A configuration that is taken up ends every wait: nobody has to sit out the minute of a mended password."""
    works = due(3)
    works.outbox.answer("*", Verdict.MISCONFIGURED)
    works.send(DUE)
    assert works.send(at(DUE) + timedelta(seconds=1)) == Delivered()

    works.delivery.retry_now()

    assert works.store.next_wake() == at(DUE) + timedelta(seconds=1)
    assert works.send(at(DUE) + timedelta(seconds=1)) == Delivered(sent=3)


# --- a problem that is over -------------------------------------------------------------------------------------------
def in_trouble() -> Works:
    """Return works whose last delivery failed, and whose only letter has been struck out since: nothing waits."""
    works = due()
    works.outbox.answer("*", Verdict.MISCONFIGURED)
    works.send(DUE)
    works.source.put(recorded("C0", assessed(), checked("seen", LATER), officer=officers(1)[0]))
    works.read(LATER)
    works.tell(LATER)
    return works


def last_problem(works: Works) -> str:
    """Return what the latest delivery says is wrong."""
    with works.store.begin() as tx:
        run = tx.last_run(delivery.STAGE, good=False)
    assert run is not None
    return run.problem


def test_a_problem_that_no_letter_can_show_to_be_over_is_looked_at() -> None:
    """With nothing to send, the mail server is asked itself: what was mended is not shown as wrong for days."""
    works = in_trouble()
    assert last_problem(works) == "the mail server cannot be used as configured: it said misconfigured"

    assert works.send(LATER) == Delivered()

    assert (works.outbox.looks, last_problem(works)) == (1, "")
    works.send("2023-02-07 09:30")
    assert works.outbox.looks == 1  # what is well is left alone


def test_a_problem_that_lasts_stays_and_is_looked_at_once_a_minute() -> None:
    """What the server says now is shown, without any address, and a log-in is not tried over and over again."""
    works = in_trouble()
    works.outbox.found = Outcome(Verdict.MISCONFIGURED, "535 no <pc@north.police.uk>")

    works.send(LATER)
    works.send(at(LATER) + timedelta(seconds=59))

    assert works.outbox.looks == 1
    assert last_problem(works) == "no letter waits, but the mail server fails: 535 no <(address)>"
    works.outbox.found = None
    works.send(at(LATER) + timedelta(seconds=60))
    assert last_problem(works) == ""


def test_a_problem_of_before_a_restart_is_looked_at() -> None:
    """The delivery itself does not remember it: the store does."""
    works = in_trouble()
    works.restart()

    works.send(LATER)

    assert (works.outbox.looks, last_problem(works)) == (1, "")


def test_while_letters_wait_they_tell() -> None:
    """A letter on its way to another attempt shows best whether the server works: nothing is asked beside it."""
    works = due()
    works.outbox.answer("*", Verdict.MISCONFIGURED)
    works.send(DUE)

    works.send(at(DUE) + timedelta(seconds=2))

    assert works.outbox.looks == 0


# --- stopping ---------------------------------------------------------------------------------------------------------
def test_a_delivery_that_is_stopped_puts_back_what_it_has_not_begun() -> None:
    """The letter on its way is finished and kept; the others may go at once, from whoever starts next."""
    works = due(3)
    works.outbox.on_send = lambda _: works.delivery.stop()

    assert works.send(DUE) == Delivered(sent=1)
    put_back = [letter for letter in all_letters(works) if letter.state is LetterState.PENDING]
    assert [letter.next_attempt_at for letter in put_back] == [at(DUE)] * 2
    said = "not tried: riskwatch was stopping, or taking up its configuration"
    assert {letter.last_response for letter in put_back} == {said}
    works.restart()
    works.outbox.on_send = None
    assert works.send(DUE) == Delivered(sent=2)


def test_letters_whose_lease_is_half_over_are_put_back_and_taken_anew() -> None:
    """No fault of the mail server is written to a letter that only had to wait for those before it."""
    works = due(2)
    kept: list[str] = []

    def take_long(_: Letter) -> None:
        kept.extend(letter.last_response for letter in all_letters(works))
        works.clock.set(works.clock.now() + delivery.LEASE)

    works.outbox.on_send = take_long

    assert works.send(DUE) == Delivered(sent=2)
    assert "not tried: the letters before it took long" in kept


def test_a_delivery_that_was_stopped_begins_nothing() -> None:
    """Stopped is stopped: no letter is claimed any more."""
    works = due()
    works.delivery.stop()

    assert works.send(DUE) == Delivered()
    assert works.outbox.tried == []


def test_the_batches_of_one_run_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run takes a bounded number of batches; what is left is for the next one."""
    monkeypatch.setattr(delivery, "MAX_BATCHES", 1)
    monkeypatch.setattr(delivery, "LETTERS_A_CONNECTION", 2)
    works = due(3)

    assert [works.send(DUE).sent, works.send(DUE).sent] == [2, 1]


def all_letters(works: Works) -> Sequence[Letter]:
    """Return the letters about the officers' children, in any state."""
    with works.store.begin() as tx:
        tracked = tx.tracked([f"C{index}" for index in range(20)])
        return tx.letters([told.letter_id for told in tx.told([one.key for one in tracked])])
