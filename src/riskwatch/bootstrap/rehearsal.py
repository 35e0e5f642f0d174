"""The ways that letters of a rehearsal take."""

from pathlib import Path

from riskwatch.adapters.letter_folder import LetterFolder
from riskwatch.adapters.letters.rehearsing import rehearsed
from riskwatch.bootstrap.service import open_outbox
from riskwatch.core.notices import Letter
from riskwatch.pipeline.ports import Outbox
from riskwatch.pipeline.rehearsal import Redirected
from riskwatch.settings.model import Settings


def open_redirected(settings: Settings, *, to: str) -> Outbox:
    """Return the way to the mail server for letters that all go to one address."""
    return Redirected(open_outbox(settings), to, lambda letter: _marked(letter, to))


def open_folder(settings: Settings, *, folder: Path) -> Outbox:
    """Return the way into a folder; no mail server is needed. Raises MailFault where it cannot be written to."""
    to = settings.directory.administrator
    return Redirected(LetterFolder(folder), to, lambda letter: _marked(letter, to))


def _marked(letter: Letter, to: str) -> bytes:
    return rehearsed(letter.message, meant_for=letter.recipient, to=to)
