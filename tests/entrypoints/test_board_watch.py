"""The daemon's watch over its board: what goes wrong is told until it is mended, and ends nothing."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from riskwatch.adapters.store.queries import Reports
from riskwatch.bootstrap.service import Service
from riskwatch.core.faults import StoreFault
from riskwatch.entrypoints import board_watch
from riskwatch.entrypoints.board_watch import BoardWatch
from riskwatch.entrypoints.snapshot import take
from riskwatch.pipeline.problems import BOARD
from tests.entrypoints.board_world import a_service, copied, prepared


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What each test has a copy of."""
    return prepared(tmp_path_factory.mktemp("template"))


@pytest.fixture
def service(template: Path, tmp_path: Path) -> Iterator[Service]:
    """A service that has read and swept once."""
    with a_service(copied(template, tmp_path)) as joined:
        yield joined


def boarded(service: Service, folder: Path | None, every: timedelta = timedelta(minutes=5)) -> Service:
    """Return the service with a board in this folder."""
    board = replace(service.settings.board, folder=folder, every=every)
    return replace(service, settings=replace(service.settings, board=board))


def problems(service: Service) -> list[str]:
    """Return what `status` says of the board."""
    found = take(service.store, service.settings, service.clock.now()).problems
    return [problem.message for problem in found if problem.code == "board-failed"]


def test_what_goes_wrong_is_a_problem_until_it_is_mended(service: Service, tmp_path: Path) -> None:
    """`status`, the health page and the daily letter say it alike; a board that is not wanted any more is none."""
    folder = tmp_path / "board"
    folder.touch()
    now = [boarded(service, folder)]
    watch = BoardWatch(lambda: now[0], service.clock)
    asyncio.run(watch.write())
    (said,) = problems(service)
    assert said.startswith(
        f"the board is not being written, what it shows is old: the board cannot be written to {folder}"
    )
    folder.unlink()
    asyncio.run(watch.write())
    assert ([], True) == (problems(service), (folder / "index.html").exists())
    now[0] = boarded(service, tmp_path / "facts" / "children.csv" / "board")
    asyncio.run(watch.write())
    assert 1 == len(problems(service))
    now[0] = boarded(service, None)
    asyncio.run(watch.write())
    assert [] == problems(service)


def test_a_problem_of_an_earlier_daemon_is_over_when_it_is(service: Service, tmp_path: Path) -> None:
    """A new daemon does not know what the last one kept: its first board clears it."""
    with service.store.begin() as tx:
        tx.remember(BOARD, "the disk is full")
    assert 1 == len(problems(service))
    asyncio.run(BoardWatch(lambda: boarded(service, tmp_path / "board"), service.clock).write())
    assert [] == problems(service)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (StoreFault("the database does not answer"), "the database does not answer"),
        (ZeroDivisionError("C1"), "it ran into ZeroDivisionError; the log has more"),
    ],
)
def test_no_mistake_ends_the_daemon(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    """What a mistake of ours says may quote a record: its kind is told, its words are not."""

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(Reports, "overdue", fail)
    asyncio.run(BoardWatch(lambda: boarded(service, tmp_path / "board"), service.clock).write())
    assert [f"the board is not being written, what it shows is old: {said}"] == problems(service)


def test_a_store_that_cannot_be_told_ends_nothing(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log has it; the next board tries again."""

    def fail(*_: object) -> None:
        raise StoreFault("locked")

    keep = board_watch._keep
    watch = BoardWatch(lambda: boarded(service, tmp_path / "board"), service.clock)
    with service.store.begin() as tx:
        tx.remember(BOARD, "the disk is full")
    monkeypatch.setattr(board_watch, "_keep", fail)
    asyncio.run(watch.write())
    monkeypatch.setattr(board_watch, "_keep", keep)
    assert 1 == len(problems(service))
    asyncio.run(watch.write())
    assert [] == problems(service)


def test_a_reading_that_is_broken_off_by_the_stop_is_no_problem(service: Service, tmp_path: Path) -> None:
    """The daemon ends; what it kept of the board stays as it was."""
    service.source.stop()
    asyncio.run(BoardWatch(lambda: boarded(service, tmp_path / "board"), service.clock).write())
    assert [] == problems(service)


def test_the_board_is_written_from_the_first_sweep_on(service: Service, tmp_path: Path) -> None:
    """Not before, for it would be empty; then again and again."""
    folder = tmp_path / "board"
    watch = BoardWatch(lambda: boarded(service, folder, timedelta(milliseconds=10)), service.clock)

    async def some_time() -> None:
        running = asyncio.create_task(watch.run())
        await asyncio.sleep(0.05)
        assert not folder.exists()
        watch.swept()
        await _until((folder / "index.html").exists)
        (folder / "index.html").unlink()
        await _until((folder / "index.html").exists)
        running.cancel()

    asyncio.run(some_time())


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110  what is waited for is a file
            await asyncio.sleep(0.01)
