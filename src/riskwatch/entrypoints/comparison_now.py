"""What a new policy would change at once: the daemon's own stages under either policy, on copies of the store."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime

from riskwatch.bootstrap.service import Service, dry_service
from riskwatch.core.comparing import Comparison, Span
from riskwatch.core.course import Course
from riskwatch.core.facts import by_child
from riskwatch.core.mandate import Mandate
from riskwatch.core.notices import Told
from riskwatch.core.policy import Policy
from riskwatch.core.rivalry import Courses, Rivals, Side
from riskwatch.core.tracking import Tracked
from riskwatch.core.workload import Counting, packed
from riskwatch.entrypoints.comparison_records import Compared
from riskwatch.entrypoints.console import Advance, Refused
from riskwatch.pipeline.comparison import steps_of
from riskwatch.pipeline.simulation import Mailbag
from riskwatch.settings.model import Settings

BATCH = 500
"""Children looked at together."""
FAILED = 3
STAGES = 3
"""A reading and a sweep under either policy, and the comparison."""


def compare_now(settings: Settings, policy: Policy, advance: Advance) -> Compared:
    """Return what is different after one reading and one sweep under either policy; nothing is written or sent.

    `advance` is told how many of the STAGES are done. Raises Refused where the records could not be read.
    """
    with ExitStack() as opened:
        mailbags = {Side.OLD: Mailbag(), Side.NEW: Mailbag()}
        old = opened.enter_context(dry_service(settings, mailbags[Side.OLD]))
        new = opened.enter_context(dry_service(replace(settings, policy=policy), mailbags[Side.NEW]))
        now = old.clock.now()
        told = {}
        for done, (side, service) in enumerate(((Side.OLD, old), (Side.NEW, new)), start=1):
            told[side] = _pass(service, mailbags[side], now)
            advance(done)
        rivals = Rivals(Mandate.of(settings.policy, settings.directory), Mandate.of(policy, settings.directory))
        comparison = Comparison(rivals, Span(now, now))
        for courses in _courses(old, new, told):
            comparison.add(courses)
        advance(STAGES)
        comparison.tally.children = old.source.counts().children
    steps = steps_of(settings.policy, policy)
    counting = Counting(policy.calendar, now, steps)
    for address, notices in _packed(told, steps).items():
        counting.add(address, notices)
    return Compared(settings.policy.version, policy.version, None, comparison.tally, counting.workload())


def _pass(service: Service, mailbag: Mailbag, now: datetime) -> Sequence[Told]:
    """Read everything and tell what is due; return what went out."""
    refreshed = service.refresh.full(now)
    if refreshed.problem:
        raise Refused([f"riskwatch: {refreshed.problem}"], code=FAILED)
    service.sweep.run(now)
    asyncio.run(service.delivery.run())
    with service.store.begin() as tx:
        lines = tx.lines_of([letter.letter_id for letter in mailbag.empty()])
    return [told for letter in lines.values() for told in letter]


def _courses(old: Service, new: Service, told: dict[Side, Sequence[Told]]) -> Iterator[Courses]:
    """Yield what is owed to each child under either policy, and what it was told of now."""
    said = {side: by_child(_OfChild(one) for one in lines) for side, lines in told.items()}
    met: set[str] = set()
    for service in (old, new):
        after = ""
        while refs := service.store.books.children_owed(after, BATCH):
            after = refs[-1]
            fresh = [ref for ref in refs if ref not in met]
            if service is old:
                met.update(fresh)
            kept = {side: one.store.books.kept(fresh) for side, one in ((Side.OLD, old), (Side.NEW, new))}
            for ref in fresh:
                lives = {side: [one for one in kept[side][ref].tracked if _stands(one)] for side in kept}
                own = {side: [one.told for one in said[side].get(ref, ())] for side in kept}
                yield Courses(
                    ref,
                    (),
                    Course(lives[Side.OLD], own[Side.OLD]),
                    Course(lives[Side.NEW], own[Side.NEW]),
                    tuple(own.items()),
                )


class _OfChild:
    """A notice by its child."""

    def __init__(self, told: Told) -> None:
        self.told = told
        self.child_ref = told.notice.child_ref


def _stands(tracked: Tracked) -> bool:
    """Whether something is owed still; what a reading no longer gives is as good as gone."""
    return tracked.ended_at is None and tracked.doubted_at is None


def _packed(told: dict[Side, Sequence[Told]], steps: Sequence[str]) -> dict[str, list[int]]:
    """Return each recipient's notices as they are counted, all of one moment."""
    numbers = {name: number for number, name in enumerate(steps)}
    found: dict[str, list[int]] = {}
    for side, lines in told.items():
        for one in lines:
            found.setdefault(one.notice.person, []).append(packed(0, 0, numbers[one.notice.step], side))
    return found
