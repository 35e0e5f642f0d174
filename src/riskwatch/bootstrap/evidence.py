"""The evidence of a report: children read and examined a part at a time, by as many processes as there are cores.

Each process opens the agency's database and the service's own for itself, and reads its own children: handing rows from
one process to another would cost as much as reading them.
"""

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from typing import NamedTuple

from riskwatch.adapters.source.sql import SqlSource
from riskwatch.adapters.store import SqlStore
from riskwatch.bootstrap import workers
from riskwatch.bootstrap.service import open_source, open_store
from riskwatch.core.evidence import Evidence
from riskwatch.core.mandate import Mandate
from riskwatch.pipeline.evidence import Examiner, Inquiry
from riskwatch.settings.model import Settings

WORKERS_LIMIT = 16
BATCH = 500
"""Children that are read and examined at once."""
FEW = 3_000
"""Children for whom no further process is worth its start."""


class Part(NamedTuple):
    """What came of some of the children; `done` of `total` are through."""

    evidence: Evidence
    done: int
    total: int


class _Answer(NamedTuple):
    """What came of a batch; `beside` are children that the source gave beside those asked for."""

    evidence: Evidence
    beside: frozenset[str]


@dataclass(frozen=True)
class _Bench:
    """What a process works with."""

    store: SqlStore
    source: SqlSource
    examiner: Examiner
    inquiry: Inquiry

    def examine(self, child_refs: Sequence[str]) -> _Answer:
        """Examine some children."""
        unit = self.inquiry.unit
        reading, beside = self.source.read_beside(child_refs)
        units = {history.child.child_ref: history.child.unit for history in reading.histories}
        wanted = [ref for ref, of in units.items() if unit is None or of == unit]
        told = self.store.evidence.told(wanted, self.inquiry.period.end)
        evidence = self.examiner.examine(reading.histories, self.store.books.sightings(wanted), told)
        for row in reading.rejected:
            # A row of a child whose unit cannot be read may be any unit's.
            if unit is None or units.get(row.child_ref, "") in ("", unit):
                evidence.reject(row)
        return _Answer(evidence, frozenset(beside))


def gather(settings: Settings, store: SqlStore, source: SqlSource, inquiry: Inquiry) -> Iterator[Part]:
    """Yield the evidence of all children that the source gives, part by part.

    Raises SourceFault or StoreFault where either fails. The store and the source stay the caller's.
    """
    waiting, unusable = source.list_all()
    found = set(waiting)
    first = Evidence()
    for row in unusable:
        first.reject(row)
    yield Part(first, 0, len(found))
    done = 0
    bench = _bench_of(settings, store, source, inquiry)
    with _Pool(settings, inquiry, bench, processes=1 if len(waiting) <= FEW else _processes()) as pool:
        while waiting:
            beside: set[str] = set()
            for batch, answer in pool.map(_batches(waiting)):
                done += len(batch)
                beside |= answer.beside
                yield Part(answer.evidence, done, len(found))
            waiting = sorted(beside - found)
            found |= beside


def _batches(child_refs: Sequence[str]) -> Iterator[list[str]]:
    rest = iter(child_refs)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _bench_of(settings: Settings, store: SqlStore, source: SqlSource, inquiry: Inquiry) -> _Bench:
    mandate = Mandate.of(settings.policy, settings.directory)
    return _Bench(store, source, Examiner(mandate, inquiry), inquiry)


_benches: list[_Bench] = []
"""The one bench of a process that does nothing else, opened when it begins; the system closes what it has open."""


def _begin(settings: Settings, inquiry: Inquiry) -> None:
    workers.begin()
    _benches.append(_bench_of(settings, open_store(settings), open_source(settings), inquiry))


def _examine(child_refs: Sequence[str]) -> _Answer:
    return _benches[-1].examine(child_refs)


class _Pool:
    """Processes that share the work; a single one is this process itself."""

    def __init__(self, settings: Settings, inquiry: Inquiry, bench: _Bench, *, processes: int) -> None:
        self._bench = bench
        self._ahead = 2 * processes
        self._executor: ProcessPoolExecutor | None = None
        if processes > 1:
            # Spawned, not forked: what this process has open stays its own.
            self._executor = ProcessPoolExecutor(
                processes, mp_context=get_context("spawn"), initializer=_begin, initargs=(settings, inquiry)
            )

    def __enter__(self) -> "_Pool":
        return self

    def __exit__(self, *_: object) -> None:
        if self._executor is not None:
            self._executor.shutdown(cancel_futures=True)

    def map(self, batches: Iterable[list[str]]) -> Iterator[tuple[list[str], _Answer]]:
        """Yield each batch with what came of it, in order; only a few are under way at a time."""
        if self._executor is None:
            for batch in batches:
                yield batch, self._bench.examine(batch)
            return
        under_way: deque[tuple[list[str], Future[_Answer]]] = deque()
        for batch in batches:
            under_way.append((batch, self._executor.submit(_examine, batch)))
            if len(under_way) >= self._ahead:
                yield _first_of(under_way)
        while under_way:
            yield _first_of(under_way)


def _first_of(under_way: deque[tuple[list[str], Future[_Answer]]]) -> tuple[list[str], _Answer]:
    batch, future = under_way.popleft()
    return batch, future.result()


def _processes() -> int:
    return min(WORKERS_LIMIT, len(os.sched_getaffinity(0)))
