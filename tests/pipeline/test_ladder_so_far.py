"""What each letter says of the letters before it: who was told of the same, when, and what became of it."""

from collections.abc import Sequence

from riskwatch.core.notices import Verdict
from tests.builders import DS, MONDAY, assessed, checked, directory, local, mandate
from tests.pipeline.builders import DUE, Works, recorded

MANAGER_STEP = "2023-02-08 09:00"


def ladder(works: Works, person: str) -> Sequence[str]:
    """Return what the latest letter to a person says of the ladder so far."""
    [*_, draft] = [draft for draft in works.letters.drafts if draft.recipient.startswith(person)]
    return [
        f"{local(told.decided_at)} {told.notice.step} {told.notice.person.partition('@')[0]} {told.fate}"
        for told in draft.lines[0].told
    ]


def test_a_letter_says_who_was_told_before() -> None:
    """The manager reads when the officer was reminded and told, and the supervisor; the officer reads of nobody."""
    works = Works(recorded())
    for when in (MONDAY, "2023-02-06 21:00", DUE, "2023-02-07 13:00", MANAGER_STEP):
        works.round(when)

    assert ladder(works, "pc.one") == ["2023-02-06 21:00 reminder pc.one sent"]
    assert ladder(works, "di.york") == [
        "2023-02-06 21:00 reminder pc.one sent",
        "2023-02-07 09:00 officer pc.one sent",
        "2023-02-07 13:00 supervisor ds.york sent",
    ]


def test_a_refusal_is_part_of_the_story() -> None:
    """Whoever hears instead of somebody whose mailbox refused the letter can see that."""
    works = Works(recorded())
    works.outbox.answer("pc.one@north.police.uk", Verdict.REFUSED)
    works.round(MONDAY)
    works.round(DUE)
    works.round("2023-02-07 09:01")

    assert ladder(works, "ds.york") == ["2023-02-07 09:00 officer pc.one refused"]


def test_those_told_at_the_same_moment_know_of_each_other() -> None:
    """After an outage each step is told at once: the officer's letter names the manager's, and the other way round."""
    works = Works(recorded())
    works.read(MONDAY)
    works.round(MANAGER_STEP)

    officer, supervisor, manager = (
        f"2023-02-08 09:00 {step} {person} pending"
        for step, person in (("officer", "pc.one"), ("supervisor", "ds.york"), ("manager", "di.york"))
    )
    assert ladder(works, "pc.one") == [supervisor, manager]
    assert ladder(works, "di.york") == [officer, supervisor]


def test_a_letter_beside_one_that_is_held_back() -> None:
    """Where the cap holds back the officer's letter of the same moment, the supervisor's does not call it sent."""
    people = directory(units={"york": {"supervisor": DS}, "whitby": {"supervisor": "ds.whitby@north.police.uk"}})
    works = Works(recorded("C1", assessed("medium")), under=mandate(people=people), cap_per_hour=1)
    works.read(MONDAY)
    works.tell("2023-02-10 09:05")
    works.source.put(recorded("C2", assessed("medium"), unit="whitby"))  # typed in late
    works.read("2023-02-10 09:10")
    works.tell("2023-02-10 09:15")

    assert ladder(works, "ds.whitby") == ["2023-02-10 09:15 officer pc.one held"]


def test_a_letter_worded_anew_tells_its_whole_story() -> None:
    """One of two children was seen while the letter waited: what is left says who was told of the other."""
    works = Works(recorded("C1"), recorded("C2"))
    for when in (MONDAY, DUE):
        works.round(when)
    works.outbox.answer(DS, Verdict.LATER)
    works.round("2023-02-07 13:00")
    works.source.put(recorded("C1", assessed(), checked("seen", "2023-02-07 13:10")))

    works.send("2023-02-07 13:20")

    [line] = works.letters.drafts[-1].lines
    assert line.notice.child_ref == "C2"
    assert ladder(works, "ds.york") == ["2023-02-07 09:00 officer pc.one sent"]
