"""The folder of the board: pages are put there whole, and what is no longer on the board is taken away."""

import os
import re
import tempfile
import time
from collections.abc import Iterable, Set
from contextlib import suppress
from pathlib import Path

from riskwatch.core.faults import Fault

PRIVATE_FOLDER = 0o750
PAGE_FILE = 0o640
"""Its owner writes; the web server's group reads; nobody else does either."""
UNFINISHED = ".board-"
UNFINISHED_S = 3600.0
"""A page that was begun so long ago is finished by nobody: whoever wrote it was killed."""


class BoardFault(Fault):
    """The folder of the board cannot be written to."""


class BoardFolder:
    """A folder that a web server hands out. Every method raises BoardFault where the folder cannot be used."""

    def __init__(self, folder: Path) -> None:
        """Make the folder where it is missing, and take away what a killed writer left unfinished."""
        self._folder = folder
        try:
            if not folder.is_dir():
                folder.mkdir(parents=True)
                folder.chmod(PRIVATE_FOLDER)  # the daemon's umask would keep the web server out
            self._clear(time.time() - UNFINISHED_S)
        except OSError as error:
            raise _fault(folder, error) from None

    def put(self, name: str, page: str) -> None:
        """Put a page there; who reads it meanwhile gets the one before, whole."""
        try:
            # A name that is free: where two daemons write one folder, neither writes into the other's page.
            handle, beside = tempfile.mkstemp(prefix=UNFINISHED, dir=self._folder)
            try:
                with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
                    os.fchmod(file.fileno(), PAGE_FILE)  # the daemon's umask would keep the web server out
                    file.write(page)
                os.replace(beside, self._folder / name)
            except BaseException:
                with suppress(OSError):
                    os.unlink(beside)
                raise
        except OSError as error:
            raise _fault(self._folder, error) from None

    def names(self, pattern: re.Pattern[str]) -> Set[str]:
        """Return the names there that fit a pattern as a whole."""
        try:
            return {name for name in os.listdir(self._folder) if pattern.fullmatch(name)}
        except OSError as error:
            raise _fault(self._folder, error) from None

    def remove(self, names: Iterable[str]) -> None:
        """Take pages away; one that is gone already is as it should be."""
        try:
            for name in sorted(names):
                (self._folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise _fault(self._folder, error) from None

    def _clear(self, before_s: float) -> None:
        for path in self._folder.glob(f"{UNFINISHED}*"):
            with suppress(FileNotFoundError):
                if path.lstat().st_mtime < before_s:
                    path.unlink()


def _fault(folder: Path, error: OSError) -> BoardFault:
    return BoardFault(f"the board cannot be written to {folder}: {error.strerror}; mend the folder, or [board] folder")
