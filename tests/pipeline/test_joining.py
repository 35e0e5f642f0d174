"""A mail server that takes so many letters a minute: what it holds back becomes one letter a person, worst first."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from riskwatch.core.notices import Draft, Fate, Letter, LetterState, Outcome, Scope, Verdict
from riskwatch.core.tracking import Decision
from riskwatch.pipeline import joining
from tests.builders import PC, assessed, at, checked
from tests.pipeline.builders import Works, in_words, recorded
from tests.pipeline.test_pace import LoopClock, Paced

TUESDAY = "2023-02-07 {}"
BUSY = Outcome(Verdict.LATER, "421 busy", Scope.SERVER)


def one_a_minute(times: Sequence[str], *, before: str = "") -> Works:
    """Return works with a child of one officer falling due at each of these times of Tuesday, told of but not sent.

    `before`: the reminders were told at this time, and wait too; else they were sent on Monday night.
    """
    rows = [recorded(f"C{n}", assessed("high", f"2023-02-06 {time}")) for n, time in enumerate(times)]
    works = Works(*rows)
    works.read("2023-02-06 12:00")
    if before:
        works.tell(TUESDAY.format(before))
    else:
        remind(works)
    works.outbox.per_minute = 1
    for time in times:
        works.tell(TUESDAY.format(time))
    return works


def remind(works: Works) -> None:
    """Have the reminders leave on Monday night."""
    works.tell("2023-02-06 22:00")
    works.send("2023-02-06 22:00")
    works.outbox.sent.clear()
    works.letters.drafts.clear()


def states(works: Works) -> Sequence[LetterState]:
    """Where the letters stand, in the order in which they were made."""
    with works.store.begin() as tx:
        made = [letter for letter in tx._letters.values() if letter.made_at >= at(TUESDAY.format("00:00"))]
        return [letter.state for letter in sorted(made, key=lambda one: (one.made_at, one.letter_id))]


def send_one(works: Works, when: str) -> Letter:
    """Deliver until one letter has been sent, and return it."""
    works.outbox.on_send = lambda _: works.delivery.stop()
    works.send(when)
    works.outbox.on_send = None
    works.restart()
    return works.outbox.sent[-1]


def last_draft(works: Works) -> Draft:
    """The letter worded last."""
    return works.letters.drafts[-1]


def test_letters_that_wait_become_one() -> None:
    """Three letters to one officer at a server that takes one a minute: the officer gets one, on all three children."""
    works = one_a_minute(["09:00", "09:10", "09:20"])

    sent = send_one(works, TUESDAY.format("09:30"))

    assert in_words(sent) == ["pc.one: overdue C0 officer", "pc.one: overdue C1 officer", "pc.one: overdue C2 officer"]
    assert (sent.due_at, sent.made_at, sent.joined_at) == (
        at(TUESDAY.format("09:00")),
        at(TUESDAY.format("09:00")),
        at(TUESDAY.format("09:30")),
    )
    assert sorted(states(works)) == [LetterState.CANCELLED] * 3 + [LetterState.SENT]
    assert {told.fate for n in range(3) for told in works.told(f"C{n}")} == {Fate.SENT}


def test_the_letter_says_how_long_it_was_held_back() -> None:
    """All three lines waited, the first since nine, because of the server's pace."""
    works = one_a_minute(["09:00", "09:10", "09:20"])

    send_one(works, TUESDAY.format("09:30"))

    draft = last_draft(works)
    assert (draft.held_back, draft.held_since, draft.paced) == (3, at(TUESDAY.format("09:00")), True)
    assert draft.made_at == at(TUESDAY.format("09:30"))


def test_the_journal_says_which_letter_went_into_which() -> None:
    """A row for each case, with the reason."""
    works = one_a_minute(["09:00", "09:10"])

    sent = send_one(works, TUESDAY.format("09:30"))

    rows = [entry for entry in works.store.entries if entry.decision is Decision.JOINED]
    assert [row.child_ref for row in rows] == ["C0", "C1"]
    assert {(row.detail["reason"], row.detail["letter"]) for row in rows} == {("rate-limit", sent.letter_id)}
    assert len({row.detail["was_in"] for row in rows} - {sent.letter_id}) == 2


def test_one_letter_a_person_stays_as_it_is() -> None:
    """Two letters to two people, one of which goes now: nothing is joined."""
    works = one_a_minute(["09:00"])
    works.source.put(recorded("D1", assessed("high", "2023-02-06 09:05"), officer="pc.two@north.police.uk"))
    works.read("2023-02-06 12:00")
    works.tell(TUESDAY.format("09:05"))

    send_one(works, TUESDAY.format("09:30"))

    assert sorted(states(works)) == [LetterState.PENDING, LetterState.SENT]


def test_nothing_is_joined_where_there_is_no_limit() -> None:
    """A server without a limit gets the letters as they were made."""
    works = one_a_minute(["09:00", "09:10"])
    works.outbox.per_minute = None

    works.send(TUESDAY.format("09:30"))

    assert states(works) == [LetterState.SENT] * 2


def test_a_letter_that_was_tried_is_not_joined() -> None:
    """It may be with the server, and keeps its Message-ID; what was never offered goes into one."""
    works = one_a_minute(["09:00"])
    works.outbox.answer(PC, BUSY)
    works.outbox.on_send = lambda _: works.delivery.stop()
    works.send(TUESDAY.format("09:01"))
    works.restart()
    tried = works.outbox.tried[-1]
    works.source.put(*(recorded(f"D{n}", assessed("high", f"2023-02-06 09:1{n}")) for n in range(2)))
    works.read("2023-02-07 09:05")
    for minute in ("09:10", "09:11"):
        works.tell(TUESDAY.format(minute))

    sent = [send_one(works, TUESDAY.format(time)) for time in ("09:30", "09:31")]

    assert sorted(list(in_words(letter)) for letter in sent) == [
        ["pc.one: overdue C0 officer"],
        ["pc.one: overdue D0 officer", "pc.one: overdue D1 officer"],
    ]
    assert tried.letter_id in {letter.letter_id for letter in sent}


def test_a_child_seen_while_the_letters_waited_is_not_in_the_joined_one() -> None:
    """The joined letter's children are looked up before it leaves, all of them."""
    works = one_a_minute(["09:00", "09:10", "09:20"])
    works.source.put(recorded("C2", assessed("high", "2023-02-06 09:20"), checked("seen", "2023-02-07 09:25")))

    sent = send_one(works, TUESDAY.format("09:30"))

    assert in_words(sent) == ["pc.one: overdue C0 officer", "pc.one: overdue C1 officer"]
    draft = last_draft(works)
    assert (draft.held_back, draft.held_since, draft.paced) == (2, at(TUESDAY.format("09:00")), True)


def test_a_reminder_is_not_told_beside_what_it_warned_of() -> None:
    """A reminder that waited until its deadline came is struck out: the same letter says that it is overdue."""
    works = one_a_minute(["09:00"], before="03:00")
    assert sorted(told.notice.kind for told in works.told("C0")) == ["overdue", "reminder"]

    sent = send_one(works, TUESDAY.format("09:30"))

    assert in_words(sent) == ["pc.one: overdue C0 officer"]
    assert sorted(told.fate for told in works.told("C0")) == [Fate.SENT, Fate.STRUCK]
    assert LetterState.CANCELLED in states(works)
    assert [e.detail["reason"] for e in works.store.entries if e.decision is Decision.STRUCK] == [
        "overtaken-by-the-deadline"
    ]


def test_a_reminder_overtaken_among_others_leaves_the_rest() -> None:
    """The letters that still hold something are joined without it."""
    works = one_a_minute(["09:00", "09:10"], before="03:00")

    sent = send_one(works, TUESDAY.format("09:30"))

    assert in_words(sent) == ["pc.one: overdue C0 officer", "pc.one: overdue C1 officer"]


def test_a_later_letter_refers_to_the_joined_one() -> None:
    """In-Reply-To names a letter that the person has: the joined one, not those that were cancelled."""
    works = one_a_minute(["09:00", "09:10"])
    joined = send_one(works, TUESDAY.format("09:30"))
    works.source.put(recorded("C0", assessed("high", "2023-02-06 09:00"), checked("seen", "2023-02-07 10:00")))
    works.read(TUESDAY.format("10:05"))
    works.tell(TUESDAY.format("10:05"))

    assert last_draft(works).thread[-1] == joined.letter_id


def test_a_bound_on_what_is_joined_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is beyond is joined in the next transaction, and nothing is lost."""
    works = one_a_minute([f"09:{minute:02}" for minute in range(5)])
    monkeypatch.setattr(joining, "MOST", 3)

    assert len(in_words(send_one(works, TUESDAY.format("09:30")))) == 5
    assert sorted(states(works)) == [LetterState.CANCELLED] * 6 + [LetterState.SENT]


def test_a_backlog_leaves_in_the_time_of_one_letter_a_person() -> None:
    """Five hundred letters to forty people at thirty a minute are told in 80 seconds, not in a quarter of an hour."""
    people = 40
    rows = [
        recorded(
            f"C{n:03}", assessed("high", f"2023-02-06 09:{n // people:02}"), officer=f"pc.{n % people}@north.police.uk"
        )
        for n in range(500)
    ]
    paced = Paced(connections=3)
    works = paced.works
    with works.store.begin() as tx:
        tx._letters.clear()
        tx._open.clear()
    works.source.put(*rows)
    works.read("2023-02-06 12:00")
    paced.outbox.per_minute = None
    remind(works)
    paced.outbox.per_minute, paced.begun_s = 30, []
    for minute in range(13):
        works.tell(at("2023-02-07 09:00") + timedelta(minutes=minute))
    paced.delivery._clock = _Later(paced)

    assert paced.run().sent == people
    assert paced.begun_s[-1] <= 80
    told = [told.fate for row in rows for told in works.told(row.child.child_ref)]
    assert told == [Fate.SENT] * 1000  # reminder and officer


class _Later:
    """A loop's clock that begins after the last of the letters was made."""

    def __init__(self, paced: Paced) -> None:
        self._clock = LoopClock(paced.loop)

    def now(self) -> datetime:
        return self._clock.now() + timedelta(minutes=15)
