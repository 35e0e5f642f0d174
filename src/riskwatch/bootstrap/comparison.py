"""A comparison of two policies: records, read a part at a time, and processes that run them through both."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from riskwatch.adapters.postings import PARTS, Postings, read_part
from riskwatch.adapters.source.csv_buckets import Bucket, fill_buckets, histories_of
from riskwatch.adapters.source.replay import as_recorded
from riskwatch.bootstrap import workers
from riskwatch.core.comparing import Span, Tally
from riskwatch.core.directory import Directory
from riskwatch.core.facts import History, Rejected, Table
from riskwatch.core.mandate import Mandate
from riskwatch.core.policy import Policy
from riskwatch.core.rivalry import Rivals
from riskwatch.core.workload import Counting, Workload
from riskwatch.pipeline.comparison import Comparer, steps_of
from riskwatch.pipeline.ports import Source

WORKERS_LIMIT = 16
BATCH = 400
"""Children of a source that are handed to a process at once."""
FEW = 2_000
"""Children of a source for whom no further process is worth its start."""
FEW_BYTES = 20_000_000
"""Of notices, for which no further process is worth its start."""

T = TypeVar("T")
A = TypeVar("A")
Dropped = Mapping[Table, frozenset[int]]


class Case(NamedTuple):
    """What is compared: two policies for one directory, in a span. It can be handed to another process.

    `zone` is that of times without an offset; in `folder` lies what does not fit into memory.
    """

    old: Policy
    new: Policy
    directory: Directory
    span: Span
    zone: ZoneInfo
    folder: Path


class Part(NamedTuple):
    """What came of some of the children; `done` of `total` are through, in rows or in children."""

    tally: Tally
    rejected: Sequence[Rejected]
    done: int
    total: int


def compare_facts(case: Case, facts: Path, sorted_so_far: Callable[[float], None]) -> Iterator[Part]:
    """Yield what comes of a folder of CSV files, part by part. Raises CsvShapeError where it has not its shape.

    `sorted_so_far` is told how many of the files are sorted by child, before anything is compared.
    """
    into = case.folder / "rows"
    into.mkdir()
    filled = fill_buckets(facts, case.zone, into, sorted_so_far)
    total = sum(bucket.weight for bucket in filled.buckets)
    yield Part(Tally(), filled.rejected, 0, total)
    done = 0
    with _Pool(case, processes=min(_processes(), len(filled.buckets)), dropped=filled.dropped) as pool:
        for bucket, (tally, rejected) in pool.map(_compare_bucket, filled.buckets):
            done += bucket.weight
            yield Part(tally, rejected, done, total)


def compare_source(case: Case, source: Source) -> Iterator[Part]:
    """Yield what comes of the history that a source holds, part by part. Raises SourceFault where it fails."""
    total = source.counts().children
    processes = 1 if total <= FEW else _processes()
    rejected: deque[Sequence[Rejected]] = deque()

    def batches() -> Iterator[list[History]]:
        for reading in source.read_all(batch=BATCH):
            rejected.append(reading.rejected)
            yield [as_recorded(history) for history in reading.histories]

    done = 0
    with _Pool(case, processes=processes, dropped={}) as pool:
        for histories, tally in pool.map(_compare_histories, batches()):
            done += len(histories)
            yield Part(tally, rejected.popleft(), done, max(total, done))


def count_letters(case: Case) -> Iterator[Workload]:
    """Yield the letters of all that was compared, some recipients at a time."""
    kept = sum(path.stat().st_size for path in case.folder.glob("of-*"))
    with _Pool(case, processes=1 if kept < FEW_BYTES else _processes(), dropped={}) as pool:
        for _, workload in pool.map(_count_part, range(PARTS)):
            yield workload


class _Bench:
    """What a process works with."""

    def __init__(self, case: Case, dropped: Dropped) -> None:
        self.case = case
        self.dropped = dropped
        self.postings = Postings(case.folder, f"of-{os.getpid()}")
        rivals = Rivals(Mandate.of(case.old, case.directory), Mandate.of(case.new, case.directory))
        self.comparer = Comparer(rivals, case.span, self.postings)


_benches: dict[str, _Bench] = {}
"""The one bench of a process, by the folder in which it works: a process has one task after another."""


def _begin(case: Case, dropped: Dropped) -> None:
    workers.begin()
    _benches[str(case.folder)] = _Bench(case, dropped)


def _compare_bucket(folder: str, bucket: Bucket) -> tuple[Tally, list[Rejected]]:
    bench = _benches[folder]
    histories, rejected = histories_of(bucket, bench.case.zone, bench.dropped)
    return _compare_histories(folder, histories), rejected


def _compare_histories(folder: str, histories: Iterable[History]) -> Tally:
    bench = _benches[folder]
    tally = bench.comparer.compare(histories)
    bench.postings.flush()
    return tally


def _count_part(folder: str, part: int) -> Workload:
    case = _benches[folder].case
    counting = Counting(case.new.calendar, case.span.start, steps_of(case.old, case.new))
    for address, notices in read_part(case.folder, part):
        counting.add(address, notices)
    return counting.workload()


class _Pool:
    """Processes that share the work; a single one is this process itself."""

    def __init__(self, case: Case, *, processes: int, dropped: Dropped) -> None:
        self._folder = str(case.folder)
        self._ahead = 2 * processes
        self._executor: ProcessPoolExecutor | None = None
        if processes > 1:
            # Spawned, not forked: what this process has open stays its own.
            self._executor = ProcessPoolExecutor(
                processes, mp_context=get_context("spawn"), initializer=_begin, initargs=(case, dropped)
            )
        else:
            _benches[self._folder] = _Bench(case, dropped)

    def __enter__(self) -> "_Pool":
        return self

    def __exit__(self, *_: object) -> None:
        _benches.pop(self._folder, None)
        if self._executor is not None:
            self._executor.shutdown(cancel_futures=True)

    def map(self, work: Callable[[str, A], T], items: Iterable[A]) -> Iterator[tuple[A, T]]:
        """Yield each item with what came of it, in order; only a few are under way at a time."""
        if self._executor is None:
            for item in items:
                yield item, work(self._folder, item)
            return
        under_way: deque[tuple[A, Future[Any]]] = deque()
        for item in items:
            under_way.append((item, self._executor.submit(work, self._folder, item)))
            if len(under_way) >= self._ahead:
                first, future = under_way.popleft()
                yield first, future.result()
        while under_way:
            first, future = under_way.popleft()
            yield first, future.result()


def _processes() -> int:
    return min(WORKERS_LIMIT, len(os.sched_getaffinity(0)))
