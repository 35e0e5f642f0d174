"""The daemon's board: written every few minutes beside its work, never in its way."""

import asyncio
import time
from collections.abc import Callable

import structlog

from riskwatch.adapters.board_folder import BoardFolder
from riskwatch.bootstrap.service import Service
from riskwatch.core.faults import Fault, Stopped
from riskwatch.entrypoints.boarding import BoardWriter
from riskwatch.pipeline.ports import Clock
from riskwatch.pipeline.problems import BOARD

FAILED = "board-failed"
NO_BOARD_LOOK_S = 60.0
"""How often a daemon that writes no board looks whether it is to write one by now."""
BUSY_SHARE = 20
"""Writing takes at most one part in so many of the time: where it takes long, it is done more seldom."""

log = structlog.get_logger()


class BoardWatch:
    """Writes the board until cancelled, from the first whole sweep on."""

    def __init__(self, service: Callable[[], Service], clock: Clock) -> None:
        self._service = service
        self._clock = clock
        self._writer = BoardWriter()
        self._swept = asyncio.Event()
        self._kept: str | None = None  # what the store was last told; None: not known

    def swept(self) -> None:
        """Take note that a whole sweep went well."""
        self._swept.set()

    async def run(self) -> None:
        """Write, and wait for the next time."""
        await self._swept.wait()
        while True:
            began_s = time.monotonic()
            await self.write()
            took_s = time.monotonic() - began_s
            board = self._service().settings.board
            wait_s = NO_BOARD_LOOK_S if board.folder is None else board.every.total_seconds()
            await asyncio.sleep(max(wait_s, took_s * BUSY_SHARE))

    async def write(self) -> None:
        """Write the board, if there is to be one. What goes wrong is kept for `status`, and must not end the daemon."""
        service = self._service()
        try:
            problem = await asyncio.to_thread(self._write, service)
            if problem != self._kept:
                await asyncio.to_thread(_keep, service, problem)
                self._kept = problem
        except Stopped:
            return
        except Fault as fault:  # the store: it does not answer, and whoever asks how the service is hears that
            log.error(FAILED, problem=str(fault))

    def _write(self, service: Service) -> str:
        """Write the board; return why it could not be written, blank where it could or is not to be."""
        folder = service.settings.board.folder
        if folder is None:
            return ""
        try:
            written = self._writer.write(service, BoardFolder(folder), self._clock.now())
        except Stopped:
            raise
        except Fault as fault:
            log.error(FAILED, problem=str(fault))
            return str(fault)
        except Exception as error:  # a mistake of ours
            log.exception(FAILED, error=type(error).__name__)
            return f"it ran into {type(error).__name__}; the log has more"
        log.info("board-written", **written._asdict())
        return ""


def _keep(service: Service, problem: str) -> None:
    with service.store.begin() as tx:
        if (tx.recall(BOARD) or "") != problem:
            tx.remember(BOARD, problem)
