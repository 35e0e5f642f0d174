"""A sweep tells of what is due: one letter a person, and nothing twice."""

from typing import Any

import pytest

from riskwatch.core.climb import Case
from riskwatch.core.escalation import Telling, escalate
from riskwatch.core.notices import Fate
from riskwatch.pipeline import sweep
from riskwatch.pipeline.sweep import Swept
from tests.builders import MONDAY, assessed, at, checked
from tests.pipeline.builders import DUE, Works, recorded

SUPERVISOR_STEP = "2023-02-07 13:00"
BEFORE_THE_REMINDER = "2023-02-06 20:59"


def test_nothing_is_told_before_it_is_due() -> None:
    """A sweep at a quiet hour finds nothing to do."""
    works = Works(recorded())
    works.read(MONDAY)

    assert works.tell(BEFORE_THE_REMINDER) == Swept()


def test_a_second_sweep_tells_nothing() -> None:
    """What was told is spent, at the same moment and at every later one until the next step."""
    works = Works(recorded())
    works.read(MONDAY)

    swept = [works.tell(when) for when in (DUE, DUE, "2023-02-07 12:59", SUPERVISOR_STEP)]

    assert [(done.notices, done.letters) for done in swept] == [(1, 1), (0, 0), (0, 0), (1, 1)]


def test_a_restart_tells_nothing_twice() -> None:
    """A new process over the same store reads and sweeps as if there had been no other."""
    works = Works(recorded())
    assert works.round(DUE) == ["pc.one: overdue C1 officer"]

    works.restart()

    assert works.round(DUE) == []
    assert works.round(SUPERVISOR_STEP) == ["ds.york: overdue C1 supervisor"]


def test_a_notice_whose_key_was_told_is_not_told_again() -> None:
    """Even an obligation that was put back to its first step repeats no notice: the store keeps each key once."""
    works = Works(recorded())
    works.round(DUE)

    untold = works.tracked()._replace(told_until=None, next_notice_at=at(DUE))
    with works.store.begin() as tx:
        tx.save_tracked([untold])

    assert works.tell(DUE) == Swept(due=1)


def test_one_person_gets_one_letter_on_all_children() -> None:
    """Three children that fall due together are one digest; another officer's child is another letter."""
    works = Works(recorded("C1"), recorded("C2"), recorded("C3"), recorded("C4", officer="pc.two@north.police.uk"))

    works.read(MONDAY)
    swept = works.tell(DUE)
    works.send(DUE)

    assert (swept.notices, swept.letters) == (4, 2)
    assert sorted(letter.message.decode() for letter in works.outbox.sent) == [
        "overdue C1 officer\noverdue C2 officer\noverdue C3 officer",
        "overdue C4 officer",
    ]


def test_an_obligation_that_cannot_be_told_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is set aside, counted, and tried again a quarter of an hour later."""

    def failing(case: Case, *rest: Any) -> Telling:
        if case.tracked.child_ref == "C1":
            raise ZeroDivisionError
        return escalate(case, *rest)

    works = Works(recorded("C1"), recorded("C2"))
    works.read(MONDAY)
    monkeypatch.setattr(sweep, "escalate", failing)
    swept = works.tell(DUE)
    monkeypatch.undo()

    assert (swept.due, swept.notices, swept.failed) == (2, 1, 1)
    assert works.tell("2023-02-07 09:14").notices == 0
    assert works.tell("2023-02-07 09:15").notices == 1


def test_a_sweep_takes_as_many_rounds_as_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction holds a bounded number of obligations; the next one takes the rest."""
    monkeypatch.setattr(sweep, "LIMIT", 2)
    works = Works(*(recorded(f"C{number}", officer=f"pc.{number}@north.police.uk") for number in range(5)))
    works.read(MONDAY)

    assert works.tell(DUE) == Swept(due=5, notices=5, letters=5)


def test_a_sweep_that_reaches_its_bound_leaves_the_rest_due(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounds are bounded; what is left is told by the next sweep."""
    monkeypatch.setattr(sweep, "LIMIT", 1)
    monkeypatch.setattr(sweep, "ROUNDS", 2)
    works = Works(*(recorded(f"C{number}") for number in range(3)))
    works.read(MONDAY)

    assert [works.tell(DUE).notices for _ in range(3)] == [2, 1, 0]


def test_the_new_officer_of_an_overdue_child_is_told_at_once() -> None:
    """A child that changes hands when it is overdue is nobody's surprise."""
    works = Works(recorded())
    works.round(DUE)

    works.source.put(recorded(unit="scarborough", officer="pc.two@north.police.uk"))

    assert works.round("2023-02-07 10:00") == ["pc.two: overdue C1 officer"]
    assert works.round("2023-02-07 10:30") == []


def test_the_new_officer_of_a_child_in_time_is_told_when_it_falls_due() -> None:
    """Before the deadline a change of officer tells nobody anything new."""
    works = Works(recorded())
    works.read(MONDAY)
    works.source.put(recorded(officer="pc.two@north.police.uk"))

    assert works.round("2023-02-06 10:00") == []
    assert works.round(DUE) == ["pc.two: overdue C1 officer"]


def test_letters_on_one_obligation_are_one_thread() -> None:
    """A person's letters on one obligation refer to the ones before, so that a mail program shows them together."""
    works = Works(recorded())
    works.read(MONDAY)
    for when in ("2023-02-06 21:00", DUE, "2023-02-10 09:00", "2023-02-17 09:00", "2023-02-24 09:00"):
        works.tell(when)
        works.send(when)

    officer = [draft for draft in works.letters.drafts if draft.recipient.startswith("pc.one")]
    head = [draft for draft in works.letters.drafts if draft.recipient.startswith("head")]

    assert [draft.thread for draft in officer] == [(), (officer[0].letter_id,)]
    assert [draft.thread for draft in head] == [
        (),
        (head[0].letter_id,),
        (head[0].letter_id, head[1].letter_id),
    ]


def test_two_obligations_of_a_child_are_two_lines_of_one_letter() -> None:
    """A very high risk is owed by two rules, and told in one letter."""
    works = Works(recorded("C1", assessed("very_high")))
    works.read(MONDAY)

    assert works.tell(DUE) == Swept(due=2, notices=2, letters=1)


def test_what_was_discharged_in_time_is_told_to_nobody() -> None:
    """A visit before the first step leaves nothing to tell, and nothing to clear."""
    works = Works(recorded("C1", assessed(), checked("seen", "2023-02-06 14:00")))

    assert works.round("2023-02-06 15:00") == []
    assert works.told() == []


def test_everyone_who_was_told_is_told_when_it_is_over() -> None:
    """The clearing goes to the two who had a letter on the overdue child, once."""
    works = Works(recorded())
    works.round(DUE)
    works.round(SUPERVISOR_STEP)
    works.source.put(recorded("C1", assessed(), checked("seen", "2023-02-07 14:00")))

    assert works.round("2023-02-07 14:00") == ["ds.york: cleared C1 cleared", "pc.one: cleared C1 cleared"]
    assert works.round("2023-02-07 15:00") == []
    assert {told.fate for told in works.told()} == {Fate.SENT}


def test_many_letters_are_put_down_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A backlog's letters do not stand in memory together; none is lost or written twice at the bounds."""
    monkeypatch.setattr(sweep, "AT_HAND", 2)
    works = Works(*(recorded(f"C{n}", officer=f"pc.{n}@north.police.uk") for n in range(5)))

    works.read(MONDAY)
    swept = works.tell(DUE)
    works.send(DUE)

    assert (swept.notices, swept.letters, len(works.outbox.sent)) == (5, 5, 5)
