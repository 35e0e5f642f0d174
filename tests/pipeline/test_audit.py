"""The auditor: it finds every way in which the books can be wrong, and nothing in the books of a service at its work."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskwatch.adapters.memory_books import MemoryBooks
from riskwatch.core.audit import Code
from riskwatch.core.facts import History
from riskwatch.core.mandate import Mandate
from riskwatch.core.notices import Verdict
from riskwatch.core.tracking import Tracked
from riskwatch.pipeline.audit import SLACK, Audited, Auditor
from tests.builders import DI, DS, MONDAY, PC, UNIT, absence, assessed, at, checked, directory, mandate
from tests.core.strategies import START, histories, known
from tests.pipeline.builders import DUE, Works, recorded
from tests.pipeline.fakes import FakeSource

EVERY = timedelta(minutes=5)
GRACE = EVERY + SLACK
AFTERNOON = "2023-02-07 14:00"
"""Five hours after the deadline: the officer and the supervisor have been told, the manager hears the next day."""


def audit(works: Works, when: str | datetime) -> Audited:
    """Audit the works at a moment."""
    auditor = Auditor(works.source, works.store, MemoryBooks(works.store), works.mandate, refresh_every=EVERY)
    return auditor.run(at(when))


def found(works: Works, when: str | datetime) -> Sequence[str]:
    """Return what an audit finds, as "code child_ref", and its problem."""
    done = audit(works, when)
    return [f"{finding.code} {finding.child_ref}" for finding in done.findings] + [done.problem] * bool(done.problem)


def busy(*histories: History) -> Works:
    """Works whose child was not seen, told up to the supervisor."""
    works = Works(*(histories or (recorded(),)))
    for moment in (MONDAY, "2023-02-06 21:00", DUE, "2023-02-07 13:00"):
        works.round(moment)
    return works


def test_a_healthy_service_has_no_findings() -> None:
    """What was told in time is no finding."""
    assert audit(busy(), AFTERNOON) == Audited(children=1, findings=[])
