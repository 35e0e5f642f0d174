"""A refusal never makes a notice vanish, and a fault of the server is never taken for one of a person."""

from datetime import timedelta

import pytest

from riskwatch.core.notices import Letter, LetterState, Outcome, Passing, Scope, Verdict
from riskwatch.core.tracking import Run
from riskwatch.pipeline import delivery
from riskwatch.pipeline.batch import CONTENT_RETRY, SERVER_RETRY
from riskwatch.pipeline.refusals import CONTENT_ATTEMPTS, without_addresses
from tests.builders import ADMINISTRATOR, DI, DS, FALLBACK, HEAD, MONDAY, PC, at, directory, mandate
from tests.pipeline.builders import DUE, Works, recorded

CONTENT = Outcome(Verdict.REFUSED, "554 5.7.1 spam", Scope.CONTENT)
CONTENT_OF_ALL = Outcome(Verdict.MISCONFIGURED, "the content of different letters is refused: 554", Scope.CONTENT)
DOWN = Outcome(Verdict.LATER, "connection refused", Scope.SERVER)
SENT_BY_THE_SECOND = Outcome(Verdict.SENT, "250 taken", note="the first relay (one:25) cannot be used as configured")


def due(number: int = 1) -> Works:
    """Return works in which so many officers are each to be told of a child now."""
    rows = [recorded(f"C{index}", officer=f"pc.{index}@north.police.uk") for index in range(number)]
    works = Works(*rows)
    works.read(MONDAY)
    works.tell(DUE)
    return works


def last_run(works: Works) -> Run:
    """Return the latest run of delivery, good or not."""
    with works.store.begin() as tx:
        run = tx.last_run(delivery.STAGE, good=False)
    assert run is not None
    return run


# --- refused for what it says -----------------------------------------------------------------------------------------
def test_a_refused_content_is_tried_again_before_its_recipient_is_given_up() -> None:
    """Filters change their minds: the letter is tried a few times, and the administrator is told at the first."""
    works = due()
    works.outbox.answer("pc.0@north.police.uk", *[CONTENT] * CONTENT_ATTEMPTS)
    moment = at(DUE)
    refused = []
    for _ in range(CONTENT_ATTEMPTS):
        refused.append(works.send(moment).refused)
        moment += timedelta(minutes=1)

    assert refused == [0] * (CONTENT_ATTEMPTS - 1) + [1]
    [complaint] = {words.letter_id: words for words in works.letters.services}.values()
    assert "It was what the letter says that was refused" in complaint.paragraphs[1]
    assert [letter.recipient for letter in works.outbox.sent] == [ADMINISTRATOR]
    works.outbox.sent.clear()
    works.tell(moment)
    works.send(moment)
    assert [letter.recipient for letter in works.outbox.sent] == [DS]


def test_a_content_that_is_refused_of_all_burns_nothing_and_stops() -> None:
    """After two letters a connection the server is left alone; no attempt counts, and the run says why."""
    works = due(5)
    works.outbox.answer("*", *[CONTENT_OF_ALL] * 5)

    done = works.send(DUE)

    assert done.problem == f"the mail server cannot be used as configured: {CONTENT_OF_ALL.response}"
    assert len(works.outbox.tried) == 2
    for letter in works.outbox.tried:
        kept = works.letter(letter.letter_id)
        assert (kept.attempts, kept.next_attempt_at) == (0, at(DUE) + CONTENT_RETRY)


def test_letters_of_another_content_come_between() -> None:
    """A letter that cannot pass does not keep those from leaving that can, and the run says so all the same."""
    works = due(3)
    works.outbox.answer("*", CONTENT_OF_ALL)

    done = works.send(DUE)

    assert (done.sent, done.problem) == (2, "")
    assert done.note == f"the mail server cannot be used as configured: {CONTENT_OF_ALL.response}"
    assert last_run(works).problem == done.note


# --- why it is passed up ----------------------------------------------------------------------------------------------
def why_passed_up(works: Works, person: str) -> Passing:
    """Return why the one notice in the latest letter to a person was passed up."""
    [line] = [draft for draft in works.letters.drafts if draft.recipient == person][-1].lines
    assert line.notice.passed_up
    return line.passing


def test_whoever_stands_above_a_person_who_was_refused_learns_what_the_server_said() -> None:
    """The words of the refusal go with the notice, up past everybody who is refused; nobody is said to be away."""
    works = due()
    officer = "pc.0@north.police.uk"
    works.outbox.answer(officer, Outcome(Verdict.REFUSED, "550 no such user"))
    works.outbox.answer(DS, Outcome(Verdict.REFUSED, "550 mailbox closed"))
    for _ in range(3):
        works.send(DUE)
        works.tell(DUE)

    assert Passing((officer,), vacant=False, said=["550 no such user"]) == why_passed_up(works, DS)
    both = Passing((officer, DS), vacant=False, said=["550 no such user", "550 mailbox closed"])
    assert both == why_passed_up(works, DI)


def test_a_later_step_past_a_person_who_was_refused_says_so_too() -> None:
    """The sergeant was refused hours before the own step falls due: the inspector reads why that step is passed up."""
    works = Works(recorded(officer=""))
    works.outbox.answer(DS, Outcome(Verdict.REFUSED, "550 mailbox closed"))
    works.read(MONDAY)
    for moment in (DUE, DUE):
        works.tell(moment)
        works.send(moment)

    assert why_passed_up(works, DI) == Passing((DS,), vacant=True, said=["550 mailbox closed"])


def test_a_post_that_is_empty_is_no_refusal() -> None:
    """Where nobody was refused, the letter says that there was nobody."""
    works = Works(recorded(officer=""))
    works.read(MONDAY)
    works.tell(DUE)

    assert why_passed_up(works, DS) == Passing()


# --- nobody stands above the fallback ---------------------------------------------------------------------------------
def refused_by_all() -> Works:
    """Return works in which one child's notice has been refused by everybody up to the fallback."""
    works = Works(recorded())
    for person in (PC, DS, DI, HEAD):
        works.outbox.answer(person, Verdict.REFUSED)
    works.outbox.answer(FALLBACK, *[Verdict.REFUSED] * 1_000)
    works.read(MONDAY)
    for _ in range(6):
        works.tell(DUE)
        works.send(DUE)
    return works


def test_a_notice_that_the_fallback_refuses_is_kept_and_tried_for_ever() -> None:
    """It waits longer and longer, a quarter of an hour at most; the administrator hears of it once."""
    works = refused_by_all()
    [letter] = {one.letter_id: one for one in works.outbox.tried if one.recipient == FALLBACK}.values()
    moment = at(DUE)
    for _ in range(20):
        wake = works.letter(letter.letter_id).next_attempt_at
        assert wake is not None
        assert wake - moment <= timedelta(minutes=15)
        moment = wake
        works.send(moment)

    assert works.letter(letter.letter_id).state is LetterState.PENDING
    about = [words for words in works.letters.services if FALLBACK in words.subject]
    assert len({words.letter_id for words in about}) == 1
    assert "nobody stands above it" in about[0].paragraphs[1]


def test_another_fallback_is_told_what_the_old_one_refused() -> None:
    """Once directory.toml names another mailbox, the old one counts as any other, and the new one is told."""
    works = refused_by_all()
    works.restart(mandate(people=directory(fallback="desk@north.police.uk")))

    works.send("2023-02-07 09:15")
    works.tell("2023-02-07 09:15")
    works.send("2023-02-07 09:15")

    assert works.outbox.sent[-1].recipient == "desk@north.police.uk"


def test_a_refused_letter_of_the_service_itself_is_not_passed_up() -> None:
    """The administrator hears that nobody else has had it."""
    works = Works(recorded())
    works.outbox.answer(DI, Verdict.REFUSED)
    works.outbox.answer(FALLBACK, Verdict.REFUSED)
    with works.store.begin() as tx:
        for number, person in enumerate((DI, FALLBACK)):
            daily = Letter(f"S{number}", person, "daily", "s", b"m", False, at(DUE), at(DUE))
            tx.add_letters([daily._replace(next_attempt_at=at(DUE))])

    assert works.send(DUE).refused == 2
    assert all("nobody else has had it" in words.paragraphs[1] for words in works.letters.services)


# --- a fault of the server --------------------------------------------------------------------------------------------
def test_a_server_that_is_down_is_tried_every_minute() -> None:
    """The wait of a letter grows to a minute, not beyond: when the server is back, nothing waits for long."""
    works = due()
    works.outbox.answer("*", *[DOWN] * 12)
    moment = at(DUE)
    waits = []
    for _ in range(8):
        works.send(moment)
        wake = works.letter(works.outbox.tried[0].letter_id).next_attempt_at
        assert wake is not None
        waits.append(wake - moment)
        moment = wake

    assert waits == sorted(waits)
    assert waits[-1] == SERVER_RETRY


def test_what_is_wrong_with_the_first_relay_is_on_record_while_the_second_works() -> None:
    """Letters leave, and the run still says what somebody must mend."""
    works = due(2)
    works.outbox.answer("*", SENT_BY_THE_SECOND, SENT_BY_THE_SECOND)

    done = works.send(DUE)

    assert (done.sent, done.problem, done.note) == (2, "", SENT_BY_THE_SECOND.note)
    assert last_run(works).problem == SENT_BY_THE_SECOND.note


@pytest.mark.parametrize(
    ("said", "logged"),
    [
        ("550 <pc.one@north.police.uk>: no such user", "550 <(address)>: no such user"),
        ("550 pc.one@north.police.uk ds@north.police.uk", "550 (address) (address)"),
        ("421 too busy", "421 too busy"),
    ],
)
def test_a_log_holds_no_address(said: str, logged: str) -> None:
    """What a server says of a recipient is logged without the recipient."""
    assert without_addresses(said) == logged
