"""What is measured with: time on the wall and of the CPU, medians, and the memory of a child process."""

import gc
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import NamedTuple, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Took(NamedTuple):
    """What an action took: seconds on the wall, and of this process's CPU."""

    wall_s: float
    cpu_s: float


def took(action: Callable[[], object]) -> Took:
    """Return what the action took. The garbage of what came before is not counted."""
    gc.collect()
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    action()
    return Took(time.perf_counter() - wall_s, time.process_time() - cpu_s)


def middle(runs: Sequence[Took]) -> Took:
    """Return the median of each time."""
    return Took(statistics.median(run.wall_s for run in runs), statistics.median(run.cpu_s for run in runs))


def in_a_child(call: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Return what the call returns in a fresh process, whose memory nothing else has touched."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(call, *arguments, **named).result()


def peak_mb() -> float:
    """Return the most memory that this process has held, in MB (a million bytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
