"""The snapshot of how the service is, and what is said while none can be taken."""

import threading

import pytest

from riskwatch.adapters.store.vitals import Vitals
from riskwatch.core.faults import StoreFault
from riskwatch.core.health import Figures, Problem
from riskwatch.entrypoints import snapshot
from riskwatch.entrypoints.snapshot import Snapshot, Snapshots, figures_of
from tests.adapters.store.examples import NOON, after, run
from tests.entrypoints.test_notify import Steady

EMPTY = Vitals({}, {}, {}, {}, None, 0, 0, [], {})


def shot(*problems: Problem) -> Snapshot:
    """A snapshot of a service with these problems."""
    return Snapshot(NOON, "2026-11", EMPTY, Figures(NOON), list(problems))


def codes(snapshots: Snapshots) -> list[str]:
    """The codes of what is wrong."""
    return [problem.code for problem in snapshots.problems()]


def test_before_the_first_look_nothing_is_known() -> None:
    """Not to have looked is no good news."""
    snapshots = Snapshots(shot)
    assert ["starting"] == codes(snapshots)
    snapshots.look_once()
    assert ([], shot()) == (snapshots.problems(), snapshots.last)


def test_a_database_that_fails_is_said_beside_what_was_known() -> None:
    """The last snapshot stays, and grows old; the next good one ends it."""
    clock = Steady()
    problem = Problem("blind", "since noon")
    fails = [False, True, True, False]

    def take() -> Snapshot:
        if fails.pop(0):
            raise StoreFault("database riskwatch.db: locked")
        return shot(problem)

    snapshots = Snapshots(take, steady=clock)
    snapshots.look_once()
    clock.now_s += 5
    snapshots.look_once()
    clock.now_s += 5
    snapshots.look_once()
    assert [Problem("database-failed", "database riskwatch.db: locked"), problem] == snapshots.problems()
    assert 10 == snapshots.age_s
    snapshots.look_once()
    assert (["blind"], 0) == (codes(snapshots), snapshots.age_s)


def test_a_mistake_of_ours_is_a_problem_and_no_end_of_looking() -> None:
    """Its text, which may quote a record, is not shown."""

    def take() -> Snapshot:
        raise ValueError("C1 lives at ...")

    snapshots = Snapshots(take)
    snapshots.look_once()
    (problem,) = snapshots.problems()
    assert "database-failed" == problem.code
    assert "ValueError" in problem.message
    assert "C1" not in problem.message


def test_a_database_that_never_answers_is_noticed_while_it_is_asked() -> None:
    """The look hangs; whoever asks is answered all the same."""
    clock = Steady()
    asked, answer = threading.Event(), threading.Event()

    def take() -> Snapshot:
        asked.set()
        answer.wait(20)
        return shot()

    snapshots = Snapshots(take, steady=clock)
    snapshots.start()
    assert asked.wait(20)
    clock.now_s += 61
    assert [Problem("database-silent", "the database has not answered for 61 s")] == snapshots.problems()
    answer.set()
    snapshots.stop()
    assert [] == snapshots.problems()


def test_it_is_taken_again_and_again_until_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """And each time whoever wants to know is told."""
    monkeypatch.setattr(snapshot, "LOOK_EVERY_S", 0.01)
    looks = threading.Semaphore(0)
    snapshots = Snapshots(shot, after=looks.release)
    snapshots.start()
    for _ in range(3):
        assert looks.acquire(timeout=20)
    snapshots.stop()
    assert "snapshots" not in {thread.name for thread in threading.enumerate() if thread.is_alive()}


def test_figures_come_from_the_runs_and_what_was_told_of_blindness() -> None:
    """Since when the source is not believed stands in the store, with the reason."""
    kept = {"blind-since": "2023-02-06T11:00:00+00:00", "blind-reason": "no rows"}
    good, bad = run("refresh"), run("refresh", at=after(minutes=5), problem="no rows")
    vitals = EMPTY._replace(good={"refresh": good}, latest={"refresh": bad}, kept=kept, unclocked=["C1"])
    figures = figures_of(vitals, after(minutes=6))
    assert (NOON, after(minutes=5), "no rows") == figures.refresh
    assert (after(hours=-1), "no rows") == (figures.blind_since, figures.blind_reason)
    assert 1 == figures.unclocked
    assert figures_of(EMPTY._replace(kept={"blind-since": "", "blind-reason": ""}), NOON).blind_since is None
