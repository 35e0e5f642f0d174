"""The daemon's board: written every few minutes beside its work, never in its way."""

import asyncio
import time
from collections.abc import Callable

import structlog

from riskwatch.adapters.board_folder import BoardFolder
from riskwatch.bootstrap.service import Service
from riskwatch.core.faults import Fault, Stopped
from riskwatch.entrypoints.boarding import BoardWriter
from riskwatch.entrypoints.life import Life
from riskwatch.pipeline.ports import Clock

PROBLEM = "board-failed"
NO_BOARD_LOOK_S = 60.0
"""How often a daemon that writes no board looks whether it is to write one by now."""
BUSY_SHARE = 20
"""Writing takes at most one part in so many of the time: where it takes long, it is done more seldom."""

log = structlog.get_logger()


class BoardWatch:
    """Writes the board until cancelled, from the first whole sweep on."""

    def __init__(self, service: Callable[[], Service], clock: Clock, life: Life) -> None:
        self._service = service
        self._clock = clock
        self._life = life
        self._writer = BoardWriter()
        self._swept = asyncio.Event()

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
        """Write the board, if there is to be one. What goes wrong is told, and must not end the daemon."""
        folder = self._service().settings.board.folder
        if folder is None:
            self._life.trouble(PROBLEM, "")
            return
        try:
            written = await asyncio.to_thread(
                lambda: self._writer.write(self._service(), BoardFolder(folder), self._clock.now())
            )
        except Stopped:
            return
        except Fault as fault:
            log.error(PROBLEM, problem=str(fault))
            self._life.trouble(PROBLEM, str(fault))
        except Exception as error:  # a mistake of ours
            log.exception(PROBLEM, error=type(error).__name__)
            self._life.trouble(PROBLEM, f"the board could not be written ({type(error).__name__}); the log has more")
        else:
            log.info("board-written", **written._asdict())
            self._life.trouble(PROBLEM, "")
