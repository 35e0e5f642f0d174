"""A service with children who are overdue or soon will be, and a place for its board."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from riskwatch.adapters.board_folder import BoardFolder
from riskwatch.bootstrap import service as bootstrap
from riskwatch.bootstrap.service import Service
from riskwatch.clock import SystemClock
from riskwatch.entrypoints.boarding import BoardWriter, Written
from riskwatch.pipeline.simulation import Mailbag
from riskwatch.settings.load import load
from tests.entrypoints.conftest import edit
from tests.entrypoints.processes import given, soon, write_config

HOUR_S, DAY_S = 3600, 86400
DUE_S = (-9 * DAY_S, -3 * HOUR_S, 2 * HOUR_S, 60 * HOUR_S, 80 * HOUR_S)
"""C0 and C1 are overdue, C2 and C3 will be within 72 hours, C4 later."""


def prepared(folder: Path) -> Path:
    """Write a config folder, and children who are due at different times, read and swept once; return `folder`."""
    config = write_config(folder, 1)
    edit(config / "policy.toml", 'first = "1 hours"', 'first = "100 hours"')
    given(config, due_at=[soon(seconds - 99 * HOUR_S) for seconds in DUE_S])
    with a_service(config) as service:
        read(service)
    return folder


def copied(template: Path, folder: Path) -> Path:
    """Copy what was prepared, which takes a tenth of the time; return the config folder."""
    shutil.copytree(template, folder, dirs_exist_ok=True)
    return folder / "config"


@contextmanager
def a_service(config: Path) -> Iterator[Service]:
    """Open a service."""
    settings = load(config, today=SystemClock().now().date()).settings
    assert settings is not None
    with bootstrap.open_service(settings, outbox=lambda _: Mailbag()) as joined:
        yield joined


def read(service: Service) -> None:
    """Read everything and sweep."""
    service.refresh.full(service.clock.now())
    service.sweep.run(service.clock.now())


class Place:
    """A folder for a board, and a writer with a steady clock that stands still unless a test moves it."""

    def __init__(self, folder: Path, *, cases_s: float = 2.0, tick_s: float = 0.0) -> None:
        self.folder = folder
        self._now_s, self._tick_s = 0.0, tick_s
        self.writer = BoardWriter(cases_s=cases_s, steady=self._steady)

    def _steady(self) -> float:
        self._now_s += self._tick_s
        return self._now_s

    def write(self, service: Service) -> Written:
        """Write as of now."""
        return self.writer.write(service, BoardFolder(self.folder), service.clock.now())

    @property
    def index(self) -> str:
        """The board."""
        return (self.folder / "index.html").read_text()

    def rows(self) -> list[str]:
        """The references on the board, in order."""
        return re.findall(r"""<th scope="row">(?:<a href="case-[0-9a-f]+\.html">)?(C\d+)<""", self.index)

    def pages(self) -> set[str]:
        """The names of the cases' pages."""
        return {path.name for path in self.folder.iterdir()} - {"index.html"}
