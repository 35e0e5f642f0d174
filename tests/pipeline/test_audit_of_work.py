"""Whatever is recorded, corrected, refused or told, the auditor finds nothing in the books of a service at its work."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from riskwatch.adapters.memory_books import MemoryBooks
from riskwatch.core.directory import Absence, Directory
from riskwatch.core.facts import Assessment, Check, History
from riskwatch.core.notices import Verdict
from riskwatch.core.policy import Policy
from riskwatch.pipeline.audit import Auditor
from tests.builders import DI, DS, PC, assessed, directory, mandate
from tests.core.strategies import START, histories, policies
from tests.effort import examples
from tests.pipeline.builders import Works, recorded
from tests.pipeline.fakes import FakeSource

EVERY = timedelta(minutes=5)
OFFICERS = (PC, DS, "pc.two@north.police.uk", "")
UNITS = ("york", "filey", "")
VERDICTS = (Verdict.SENT, Verdict.SENT, Verdict.LATER, Verdict.REFUSED)


@st.composite
def peoples(draw: st.DrawFn) -> Directory:
    """A directory with absences, of some whom nobody covers, and leavers."""
    away = draw(st.lists(st.tuples(st.sampled_from([PC, DS, DI]), st.integers(0, 20), st.integers(0, 9)), max_size=3))
    return directory(
        *(
            Absence(
                person,
                (START + timedelta(days=start)).date(),
                (START + timedelta(days=start + days)).date() if days else None,
                draw(st.sampled_from(["", DI, "cover@north.police.uk"])),
            )
            for person, start, days in away
        )
    )


def seen_by(history: History, now: datetime) -> History:
    """Return what had been typed in by a moment."""

    def typed(row: Assessment | Check) -> bool:
        at = row.assessed_at if isinstance(row, Assessment) else row.checked_at
        return (row.recorded_at or at) <= now

    return History(
        history.child,
        [row for row in history.assessments if typed(row)],
        [row for row in history.checks if typed(row)],
    )


def findings(works: Works, now: datetime) -> Sequence[str]:
    """Return what an audit finds."""
    books = MemoryBooks(works.store)
    done = Auditor(works.source, works.store, books, works.refresh.mandate, refresh_every=EVERY).run(now)
    event(f"waiting: {done.waiting > 0}")
    event(f"blind: {done.problem != ''}")
    return [f"{one.code} {one.subject}: {one.sentence}" for one in done.findings]


@settings(
    deadline=None,
    max_examples=examples(25),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
@given(histories(most_closures=0), policies(), peoples(), st.data())
def test_a_service_at_its_work_has_no_findings(
    history: History, policy: Policy, people: Directory, data: st.DataObject
) -> None:
    """Rows typed in late or ahead, taken back, officers and units changed, letters refused or late: always clean."""
    source = FakeSource(incremental=data.draw(st.booleans(), label="incremental"))
    works = Works(source=source, under=mandate(policy, people), cap_per_hour=data.draw(st.sampled_from([0, 1])))
    source.put(*(recorded(f"B{number}", assessed("standard")) for number in range(5)))
    now = START
    child = history.child
    for _ in range(data.draw(st.integers(1, 12), label="steps")):
        if data.draw(st.integers(0, 3), label="changes") == 0:
            officer, unit = data.draw(st.sampled_from(OFFICERS)), data.draw(st.sampled_from(UNITS))
            days = data.draw(st.none() | st.integers(-2, 2), label="closed in days")
            closed = None if days is None else now + timedelta(days=days)
            child = child._replace(officer=officer, unit=unit, closed_at=closed)
        full = data.draw(st.booleans(), label="full")
        whole = seen_by(history, now)._replace(child=child)
        if full and data.draw(st.integers(0, 4), label="half-loaded") == 0:
            whole = whole._replace(checks=whole.checks[1:], assessments=whole.assessments[1:])
        source.put(whole)
        works.outbox.answer("*", *data.draw(st.lists(st.sampled_from(VERDICTS), max_size=4), label="verdicts"))
        works.read(now, full=full)
        works.tell(now)
        works.send(now)
        works.tell(now)
        for later in (timedelta(0), timedelta(seconds=1), EVERY):
            assert findings(works, now + later) == []
        wakes = [moment for moment in (works.store.next_wake(),) if moment is not None and moment > now]
        at = now + timedelta(hours=data.draw(st.sampled_from([1, 5, 12, 24, 24 * 9]), label="hours"))
        now = min([at, *wakes])
