"""A folder instead of a mail server: every letter becomes a file, for a rehearsal or a look at what would be sent."""

import asyncio
import os
from pathlib import Path

from riskwatch.adapters.letters.message import safe_id
from riskwatch.core.faults import MailFault
from riskwatch.core.notices import Letter, Outcome, Scope, Verdict

PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600


class LetterFolder:
    """An outbox that writes each letter as a file which mail programs open, readable by its owner alone.

    The same letter written twice is one file: its name is its moment (UTC) and its id.
    """

    connections = 1
    per_minute: int | None = None

    def __init__(self, folder: Path) -> None:
        """Make the folder where it is missing. Raises MailFault where it cannot be written to."""
        self._folder = folder
        try:
            folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        except OSError as error:
            raise MailFault(f"{folder}: cannot be used as a folder for letters: {error.strerror}") from None
        if not os.access(folder, os.W_OK | os.X_OK):
            raise MailFault(f"{folder}: cannot be written to; name another folder, or give this user the right to")

    async def send(self, letter: Letter) -> Outcome:
        """Write one letter; LATER where the disk does not take it."""
        name = f"{letter.made_at:%Y%m%dT%H%M%SZ}-{safe_id(letter.letter_id)}.eml"
        try:
            await asyncio.to_thread(self._write, self._folder / name, letter.message)
        except OSError as error:
            return Outcome(Verdict.LATER, f"{self._folder}: {error.strerror}", Scope.SERVER)
        return Outcome(Verdict.SENT, f"250 written to {name}")

    async def look(self) -> Outcome | None:
        """Return None: there is nothing to connect to."""
        return None

    async def warm(self) -> None:
        """Do nothing: there is nothing to open."""

    async def close(self) -> None:
        """Do nothing: nothing is open."""

    def _write(self, path: Path, message: bytes) -> None:
        """Write the file whole or not at all, and have it on the disk before it counts as sent."""
        beside = path.with_suffix(".part")
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
        with os.fdopen(handle, "wb") as file:
            file.write(message)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
