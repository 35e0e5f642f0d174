"""The auditor: it finds each way in which the books can be wrong, and nothing where they are right."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from riskwatch.adapters.memory_books import MemoryBooks
from riskwatch.core import obligations
from riskwatch.core.audit import Code
from riskwatch.core.facts import History
from riskwatch.core.notices import Fate, LetterState, Verdict
from riskwatch.core.tracking import Ending, Run, Standing
from riskwatch.pipeline import audit as pipeline_audit
from riskwatch.pipeline.audit import LETTER_WAIT, SLACK, STAGE, Audited, Auditor
from tests.builders import DS, MONDAY, PC, absence, assessed, at, checked, directory, mandate, notice, told
from tests.pipeline.builders import DUE, Works, recorded
from tests.pipeline.fakes import FakeSource

EVERY = timedelta(minutes=5)
GRACE = EVERY + SLACK
AFTERNOON = "2023-02-07 14:00"
"""Five hours after the deadline: the officer and the supervisor have been told, the manager hears the next day."""


def audit(works: Works, when: str | datetime = AFTERNOON) -> Audited:
    """Audit the works at a moment."""
    mandate_now, books = works.refresh.mandate, MemoryBooks(works.store)
    return Auditor(works.source, works.store, books, mandate_now, refresh_every=EVERY).run(at(when))


def found(works: Works, when: str | datetime = AFTERNOON) -> Sequence[str]:
    """Return what an audit finds, as "code child_ref", and its problem."""
    done = audit(works, when)
    return [f"{finding.code} {finding.child_ref}" for finding in done.findings] + [done.problem] * bool(done.problem)


def busy(*histories: History, source: FakeSource | None = None) -> Works:
    """Works whose child was not seen, told up to the supervisor."""
    works = Works(*(histories or (recorded(),)), source=source)
    for moment in (MONDAY, "2023-02-06 21:00", DUE, "2023-02-07 13:00"):
        works.round(moment)
    return works


# --- what is wrong, and is found at once ------------------------------------------------------------------------------
def lose_obligation(works: Works) -> None:
    """Delete the row of the obligation on high risk."""
    rows = works.store._rows
    [key] = [key for key in rows._tracked if "seen-high" in key]
    del rows._tracked[key], rows._of_child["C1"][key]


def lose_notice(step: str) -> Callable[[Works], None]:
    """Delete the row of one notice."""

    def lose(works: Works) -> None:
        rows = works.store._rows
        [key] = [key for key, one in rows._told.items() if one.notice.step == step]
        del rows._of_subject[rows._told[key].notice.subject][key], rows._of_letter[rows._told[key].letter_id][key]
        del rows._told[key]

    return lose


def change(**changes: Any) -> Callable[[Works], None]:
    """Write over the obligation on high risk."""

    def write(works: Works) -> None:
        row = works.tracked()._replace(**changes)
        with works.store.begin() as tx:
            tx.save_tracked([row])

    return write


def change_child(**changes: Any) -> Callable[[Works], None]:
    """Write over the child as last read."""

    def write(works: Works) -> None:
        with works.store.begin() as tx:
            tx.save_watched([tx.watched(["C1"])["C1"]._replace(**changes)])

    return write


def lose_child(works: Works) -> None:
    """Delete the child as last read."""
    del works.store._rows._watched["C1"]


def keep_more(works: Works) -> None:
    """Keep an obligation that nothing asks for."""
    row = works.tracked()._replace(key="C1|seen-high|made-up")
    with works.store.begin() as tx:
        tx.save_tracked([row])


def tell_more(works: Works) -> None:
    """Tell of an obligation that nobody keeps and nothing asks for."""
    stray = notice(works.tracked()._replace(key="C1|made-up"))
    with works.store.begin() as tx:
        tx.add_told([told(stray, fate=Fate.HELD, when=DUE)], policy_version="test-1")


def unsend(works: Works) -> None:
    """Put a letter that was sent back to pending."""
    letters = works.store._rows._letters
    identity = works.told()[0].letter_id
    letters[identity] = letters[identity]._replace(state=LetterState.CANCELLED)


@pytest.mark.parametrize(
    ("tampering", "finding"),
    [
        pytest.param(lose_obligation, Code.MISSING, id="an obligation row deleted"),
        pytest.param(
            change(ended_at=at(DUE), ending=Ending.WITHDRAWN, next_notice_at=None),
            Code.MISSING,
            id="or marked as ended",
        ),
        pytest.param(change(next_notice_at=None), Code.ASLEEP, id="never to be looked at again"),
        pytest.param(change(next_notice_at=at("2023-03-01")), Code.ASLEEP, id="to be looked at far ahead"),
        pytest.param(change(due_at=at("2023-02-09 09:00")), Code.DEADLINE, id="a deadline moved later"),
        pytest.param(change(told_until=at("2024-01-01")), Code.TOLD_AHEAD, id="told until a time to come"),
        pytest.param(lose_notice("officer"), Code.UNTOLD, id="the officer's notice deleted"),
        pytest.param(lose_notice("supervisor"), Code.UNTOLD, id="the supervisor's notice deleted"),
        pytest.param(lose_child, Code.UNWATCHED, id="the child not watched, though something is kept"),
        pytest.param(change_child(officer="spy@north.police.uk"), Code.DIFFERS, id="another officer"),
        pytest.param(change_child(standing=Standing.CLOSED), Code.DIFFERS, id="kept as closed"),
        pytest.param(keep_more, Code.UNOWED, id="an obligation that nothing owes"),
        pytest.param(tell_more, Code.TOLD_UNOWED, id="a notice of nothing"),
        pytest.param(unsend, Code.UNSENT, id="a notice that says sent, of a letter that was not"),
    ],
)
def test_it_finds_what_is_wrong(tampering: Callable[[Works], None], finding: Code) -> None:
    """Each way to bend the books is found at once, by its code, although every other row is in order."""
    works = busy()
    tampering(works)
    assert f"{finding} C1" in found(works)


def test_a_step_skipped_by_the_books_is_found() -> None:
    """Told until an hour ahead, the books pass over the manager; when his step has passed, he is missed."""
    works = busy()
    change(told_until=at("2023-02-08 10:00"))(works)
    works.round("2023-02-08 09:00")
    assert found(works, "2023-02-08 12:00") == ["notice-untold C1"]


def test_a_letter_that_does_not_leave_is_found() -> None:
    """One whose next attempt was due long ago, or whose claim ran out, is stuck; one that is tried again is not."""
    works = Works(recorded())
    works.read(MONDAY)
    works.tell(DUE)
    late = at(DUE) + LETTER_WAIT
    assert found(works, late) == []
    assert found(works, late + timedelta(seconds=1)) == ["letter-stuck "]
    with works.store.begin() as tx:
        tx.claim(at(DUE), lease_until=at(DUE), limit=10)
    assert found(works, late + timedelta(seconds=1)) == ["letter-stuck "]
    works.send(late + timedelta(seconds=1))
    assert found(works, late + timedelta(seconds=1)) == []


def test_a_notice_held_for_ever_is_found() -> None:
    """One that waits for a digest which does not come is stuck, as a letter is."""
    works = Works(recorded())
    works.read(MONDAY)
    owed = notice(works.tracked())
    with works.store.begin() as tx:
        tx.add_told([told(owed, fate=Fate.HELD, when=DUE)], policy_version="test-1")
    assert found(works, at(DUE) + LETTER_WAIT + timedelta(seconds=1)) == ["letter-stuck "]


# --- what may be on its way -------------------------------------------------------------------------------------------
def test_a_sweep_that_is_late_is_found_when_it_lasts() -> None:
    """What nobody ever looked at may have been read a moment ago; at the second audit it has lasted."""
    works = Works(recorded())
    works.read(MONDAY)
    first = audit(works, at(DUE) + GRACE)
    assert (list(first.findings), first.waiting) == ([], 1)
    assert found(works, at(DUE) + 2 * GRACE) == ["notice-untold C1"]


def test_a_step_is_late_only_beyond_the_grace() -> None:
    """What fell due just now may be told yet."""
    works = busy()
    works.read("2023-02-08 09:00")
    assert found(works, at("2023-02-08 09:00") + GRACE - timedelta(seconds=1)) == []
    assert found(works, at("2023-02-08 09:00") + GRACE) == ["notice-untold C1"]


def test_a_child_that_was_never_taken_up_is_found_when_it_lasts() -> None:
    """A child that the agency has just entered is read soon; one that is passed over is found by the next audit."""
    works = busy(source=FakeSource(recorded(), incremental=True))
    works.source.put(recorded("C2"))
    assert found(works) == []
    assert found(works, at(AFTERNOON) + GRACE) == [
        "child-unwatched C2",
        "obligation-missing C2",
        "obligation-missing C2",
    ]
    works.read(at(AFTERNOON) + GRACE, full=False)
    works.tell(at(AFTERNOON) + GRACE)
    assert found(works, at(AFTERNOON) + GRACE) == []


def test_a_visit_that_was_never_taken_up_is_found_when_it_lasts() -> None:
    """Records that changed are excused until the next reading, and no longer."""
    works = busy()
    works.source.put(recorded("C1", assessed(), checked("seen", "2023-02-07 13:30")))
    assert found(works) == []
    found_later = found(works, at(AFTERNOON) + GRACE)
    assert set(found_later) == {"end-missed C1", "obligation-missing C1"}


def test_what_the_agency_took_back_waits_for_a_full_reading() -> None:
    """A row that was deleted is doubted by the next full reading and withdrawn by the one after: none is to blame."""
    works = busy()
    works.source.put(recorded("C1", assessed("medium")))
    for hours in range(4):
        assert Code.UNOWED not in {one.code for one in audit(works, at(AFTERNOON) + timedelta(hours=hours)).findings}
    works.round("2023-02-08 03:00")
    assert found(works, "2023-02-08 03:10") == []
    works.round("2023-02-09 03:00")
    assert found(works, "2023-02-09 03:10") == []


def test_a_child_that_vanished_is_found_when_full_readings_leave_it() -> None:
    """What is kept of a child without any record is doubted at a full reading; one that leaves it standing is wrong."""
    works = busy(recorded(), recorded("C2"))
    works.source.remove("C2")
    assert found(works) == []
    with works.store.begin() as tx:  # a full reading that did not notice
        later = at(AFTERNOON) + timedelta(minutes=1)
        tx.save_run(Run("refresh", later, later, True, {}, ""))
    assert set(found(works, at(AFTERNOON) + GRACE)) == {"obligation-unowed C2"}


def test_a_suspicion_that_passes_is_forgotten() -> None:
    """What was explained between two audits begins anew when it comes again."""
    works = busy()
    works.source.put(recorded("C1"), recorded("C2"))
    assert audit(works).waiting == 3
    works.source.remove("C2")
    assert audit(works, at(AFTERNOON) + GRACE).waiting == 0
    works.source.put(recorded("C2"))
    assert audit(works, at(AFTERNOON) + 2 * GRACE).findings == []


def test_what_is_gone_at_the_second_look_is_no_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refresh that commits between the auditor's look at the records and at the books explains what it saw."""
    works = busy()
    rows = works.tracked()
    lose_obligation(works)
    read = works.source.read

    def mended(refs: Sequence[str]) -> Any:
        with works.store.begin() as tx:
            tx.save_tracked([rows])
        return read(refs)

    monkeypatch.setattr(works.source, "read", mended)
    assert found(works) == []


# --- what is healthy --------------------------------------------------------------------------------------------------
def test_a_healthy_service_has_no_findings() -> None:
    """What was told in time is no finding, and the run says so."""
    works = busy()
    done = audit(works)
    assert (done, done.clean, done.summary) == (Audited(children=1, findings=[]), True, "")
    with works.store.begin() as tx:
        kept = tx.last_run(STAGE)
    assert kept == Run(STAGE, at(AFTERNOON), at(AFTERNOON), False, {"children": 1, "findings": 0, "waiting": 0})


def test_an_officer_who_is_away_and_comes_back_leaves_no_finding() -> None:
    """Who was told in an absence is not held against who would be told today."""
    people = directory(absence(PC, "2023-02-06", "2023-02-07"), absence(DS, "2023-02-08", "2023-02-09"))
    works = Works(recorded(), under=mandate(people=people))
    for moment in (MONDAY, "2023-02-06 21:00", DUE, "2023-02-07 13:00", "2023-02-08 09:00", "2023-02-10 09:00"):
        works.round(moment)
        assert found(works, at(moment) + GRACE) == []


def test_a_change_of_the_directory_blames_nobody_for_what_was_before() -> None:
    """Who should have been told under a directory that is no more cannot be reckoned; from then on it can."""
    works = busy()
    assert found(works) == []
    units = {"york": {"supervisor": "new@north.police.uk", "manager": "di.new@north.police.uk", "head": ""}}
    works.restart(mandate(people=directory(units=units)))
    lose_notice("supervisor")(works)
    assert found(works, "2023-02-07 15:00") == []
    works.read("2023-02-08 09:00")
    change(told_until=at("2023-02-08 09:00"), next_notice_at=at("2023-02-10 09:00"))(works)
    assert found(works, "2023-02-08 10:00") == ["notice-untold C1"]


# --- what keeps it from judging ---------------------------------------------------------------------------------------
def test_a_blind_service_is_not_blamed() -> None:
    """Without the records nothing can be said of the books, and that is said; letters are looked at all the same."""
    works = Works(recorded())
    assert found(works, MONDAY) == ["blind: the records were never read"]
    works.read(MONDAY)
    works.source.fault = "the source does not answer"
    assert found(works, MONDAY) == ["blind: the records cannot be read: the source does not answer"]
    works.read(MONDAY)
    works.source.fault = ""
    [problem] = found(works, MONDAY)
    assert problem.startswith("blind: ")
    assert not audit(works, MONDAY).clean


def test_a_last_reading_that_failed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed reading that left no standing trouble keeps the auditor from judging too."""
    works = busy()
    with works.store.begin() as tx:
        tx.save_run(Run("refresh", at(AFTERNOON), at(AFTERNOON), False, {}, "cut off"))
    assert found(works) == ["blind: the last reading of the records failed: cut off"]


def test_one_child_that_cannot_be_reckoned_is_the_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not end the audit of the others."""
    works = busy(recorded(), recorded("C2"))
    real = obligations.fold

    def fold(history: History, *rest: Any) -> Any:
        if history.child.child_ref == "C1":
            raise ZeroDivisionError
        return real(history, *rest)

    monkeypatch.setattr(pipeline_audit, "fold", fold)
    assert found(works) == ["child-unreckonable C1"]


def test_what_is_not_listed_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """There are bounds on children looked at twice and on findings listed; that there was more is said."""
    monkeypatch.setattr(pipeline_audit, "MAX_SUSPECTS", 2)
    monkeypatch.setattr(pipeline_audit, "BATCH", 1)
    works = busy(*(recorded(f"C{number}") for number in range(4)))
    with works.store.begin() as tx:
        tx.save_tracked([one._replace(next_notice_at=None) for n in range(4) for one in tx.tracked([f"C{n}"])])
    done = audit(works)
    assert (len(done.findings), done.beyond) == (4, 4)
    assert done.summary.startswith("more than 4 findings, the first: seen-high, due 2023-02-07T09:00Z, is to be looked")


def test_many_doubtful_children_leave_room_for_what_is_certain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Children that were just entered do not crowd out one whose books are wrong."""
    monkeypatch.setattr(pipeline_audit, "MAX_SUSPECTS", 1)
    works = busy()
    works.source.put(recorded("A1"), recorded("A2"))
    change(next_notice_at=None)(works)
    assert found(works) == ["next-look-missing C1"]


def test_a_refused_letter_is_passed_up_and_leaves_no_finding() -> None:
    """The sweep after a refusal tells the next one up; until then it is only just due."""
    works = Works(recorded())
    works.outbox.answer(PC, Verdict.REFUSED, Verdict.REFUSED)
    for moment in (MONDAY, "2023-02-06 21:00", "2023-02-06 21:01", DUE, "2023-02-07 09:01", "2023-02-07 13:00"):
        works.round(moment)
        assert found(works, at(moment) + timedelta(seconds=1)) == []
    assert found(works) == []
