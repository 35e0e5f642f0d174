"""The folder of the board: pages are put there whole, and what is no longer on the board is taken away."""

import os
from collections.abc import Set
from pathlib import Path

from riskwatch.core.faults import Fault

PRIVATE_FOLDER = 0o750
PAGE_FILE = 0o640
"""Its owner writes; the web server's group reads; nobody else does either."""


class BoardFault(Fault):
    """The folder of the board cannot be written to."""


class BoardFolder:
    """A folder that a web server hands out. Every method raises BoardFault where the folder cannot be used."""

    def __init__(self, folder: Path) -> None:
        """Make the folder where it is missing."""
        self._folder = folder
        try:
            folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        except OSError as error:
            raise _fault(folder, error) from None

    def put(self, name: str, page: str) -> None:
        """Put a page there; who reads it meanwhile gets the one before, whole."""
        beside = self._folder / f".{name}.part"
        try:
            handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, PAGE_FILE)
            with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
                os.fchmod(file.fileno(), PAGE_FILE)  # the daemon's umask would keep the web server out
                file.write(page)
            beside.replace(self._folder / name)
        except OSError as error:
            raise _fault(self._folder, error) from None

    def names(self, pattern: str) -> Set[str]:
        """Return the names of the pages there that fit a pattern."""
        try:
            return {path.name for path in self._folder.glob(pattern)}
        except OSError as error:
            raise _fault(self._folder, error) from None

    def remove(self, names: Set[str]) -> None:
        """Take pages away; one that is gone already is as it should be."""
        try:
            for name in sorted(names):
                (self._folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise _fault(self._folder, error) from None


def _fault(folder: Path, error: OSError) -> BoardFault:
    return BoardFault(f"the board cannot be written to {folder}: {error.strerror}; mend the folder, or [board] folder")
