"""A letter of every kind, worded by the shipped templates, for the browser to show."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from riskwatch.core.audit import Code, Finding
from riskwatch.core.facts import Rejected, Table
from riskwatch.core.notices import Draft, Fate, Kind, Line, Rendered, ServiceLetter, Told
from riskwatch.pipeline import audit_letter
from riskwatch.pipeline.audit import Audited
from tests.adapters.letters.drafts import DAY, DUE, OFFICER, SERGEANT, a_clearing, a_closure, a_line, a_writer
from tests.builders import ADMINISTRATOR, MONDAY, assessed, at, directory, mandate
from tests.pipeline.builders import Works, recorded

INSPECTOR = "di@north.police.uk"
OTHER = "pc7@north.police.uk"
HOUR = timedelta(hours=1)
UNITS = directory(units={"york": {"head": ADMINISTRATOR}, "whitby": {"head": ADMINISTRATOR}})


def letters() -> Mapping[str, Rendered]:
    """Return the letters by a name for each kind."""
    writer = a_writer(case_link="https://records.north.police.uk/case/{child_ref}")
    worded = {name: writer.render(draft) for name, draft in _drafts()}
    with ThreadPoolExecutor(max_workers=1) as thread:  # the stages have an event loop of their own
        worded |= {name: writer.render_service(letter) for name, letter in thread.submit(_services).result().items()}
    assert writer.faults == []
    return worded


def told(step: str, when: datetime, person: str, fate: Fate = Fate.SENT, **of_notice: object) -> Told:
    """Return who was told of a step, and when."""
    notice = a_line().notice._replace(step=step, person=person, **of_notice)  # type: ignore[arg-type]  # any field
    return Told(notice, when, fate, "L")


LADDER = (
    told("reminder", DUE - 12 * HOUR, OFFICER, kind=Kind.REMINDER),
    told("officer", DUE, OFFICER),
    told("supervisor", DUE + 4 * HOUR, SERGEANT, Fate.REFUSED),
    told("supervisor", DUE + 5 * HOUR, "duty@north.police.uk"),
)


def _drafts() -> Iterator[tuple[str, Draft]]:
    late = DUE + 3 * DAY + 4 * HOUR
    passed_up = a_line(step="manager", passed_up=True, next_role="head", next_at=late + 20 * HOUR, told=LADDER)
    yield "overdue", Draft("overdue", INSPECTOR, late, [passed_up._replace(counts=("Child seen", "Child seen alone"))])
    yield "due-now", Draft("due-now", OFFICER, DUE, [a_line(told=LADDER[:1])])
    yield "unallocated", Draft("unallocated", SERGEANT, late, [a_line(officer="", step="supervisor", repeat=2)])
    reminder = a_line(Kind.REMINDER, step="reminder", next_role="officer", next_at=DUE)
    yield "reminder", Draft("reminder", OFFICER, DUE - 12 * HOUR, [reminder])
    cleared = a_clearing(checked_at=DUE + DAY, ended_at=DUE + 3 * DAY)
    yield "cleared", Draft("cleared", SERGEANT, DUE + 3 * DAY, [cleared])
    yield "closed-unchecked", Draft("closed", SERGEANT, DUE, [a_closure()])
    yield "digest", Draft("digest", INSPECTOR, late, list(_backlog(late)), held_back=2)


def _backlog(late: datetime) -> Iterator[Line]:
    """Yield what an inspector of two units may find one morning."""
    for number, (unit, officer, days) in enumerate(
        [("scarborough", OFFICER, 3), ("scarborough", OFFICER, 11), ("scarborough", "", 1), ("filey", OTHER, 42)]
    ):
        due_at = late - days * DAY - number * HOUR
        told_before = [one._replace(decided_at=due_at + number * HOUR) for one in LADDER[1:4:2]]
        yield a_line(
            child_ref=f"NY/2021/{1040 + number}",
            unit=unit,
            officer=officer,
            due_at=due_at,
            step="manager",
            next_role="head",
            next_at=late + DAY,
            told=told_before,
        )
    yield a_closure(child_ref="NY/2021/1031", unit="filey", due_at=late - 2 * HOUR)
    yield a_line(Kind.REMINDER, child_ref="NY/2021/1102", unit="filey", officer=OTHER, due_at=late + 8 * HOUR)
    yield a_clearing(child_ref="NY/2021/0977", due_at=late - 2 * DAY, checked_at=late - DAY, ended_at=late)


# --- letters about the service, as its stages write them --------------------------------------------------------------
def _services() -> Mapping[str, ServiceLetter]:
    children = [recorded(f"NY/2023/{number:04}", unit=unit) for number in range(6) for unit in ("york", "whitby")]
    works = Works(*children, recorded("NY/2023/9000", assessed("medium")), under=mandate(people=UNITS))
    works.round(MONDAY)
    works.round("2023-02-07 06:00")
    works.assurance.daily(at("2023-02-07 07:30"))
    works.source.rejected = [_unreadable(number) for number in range(3)]
    works.round("2023-02-10 07:00")
    works.assurance.daily(at("2023-02-10 07:30"))
    works.source.rejected = []
    works.source.fault = "the source does not answer"
    works.watch("2023-02-10 08:00")
    works.watch("2023-02-10 08:20")
    works.source.fault = ""
    works.watch("2023-02-10 11:40")
    finding = Finding(
        Code.ASLEEP, "NY/2023/0004", "NY/2023/0004|seen-high", "it is owed, and kept to be looked at never"
    )
    audit_letter.write(works.store, works.letters, mandate(), Audited(2, [finding]), at("2023-02-10 12:00"))
    own = [letter for letter in works.letters.services if letter.recipient == ADMINISTRATOR]
    daily = [letter for letter in own if letter.purpose == "daily"]
    blind = [letter for letter in own if letter.purpose == "blind"]
    rest = {letter.purpose: letter for letter in own if letter.purpose in ("data-quality", "audit")}
    return {"daily-well": daily[0], "daily": daily[-1], "blind": blind[0], "sees-again": blind[-1], **rest}


def _unreadable(number: int) -> Rejected:
    where = f"assessments id A{number}"
    reason = "the tier 'severe' is not in the policy"
    return Rejected(Table.ASSESSMENTS, where, f"A{number}", f"NY/2023/{number:04}", "tier", reason, counted=True)


def endless() -> Iterator[Rendered]:
    """Yield letters on a record whose every word is too long for any line."""
    word = "W" * 90
    line = a_line(child_ref=word, rule=word, unit=word, tier=word, officer=word, why=word, counts=(word,), told=LADDER)
    writer = a_writer(case_link="https://records.north.police.uk/case/{child_ref}")
    yield writer.render(Draft("endless", OFFICER, DUE, [line]))
    yield writer.render(Draft("endless", OFFICER, DUE, [line, line]))
    rows = ((word, "1", word), ("1", word, "1"))
    yield writer.render_service(
        ServiceLetter("endless", OFFICER, DUE, "daily", word, (word,), ("case", "what is wrong", "due"), rows)
    )
