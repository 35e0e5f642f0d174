"""What words letters."""

from riskwatch.adapters.letters import LetterWriter
from riskwatch.settings.model import Settings


def letter_writer(settings: Settings) -> LetterWriter:
    """Return what words letters. Without [smtp] nothing is sent, and the sender is the administrator's address."""
    sender = settings.smtp.sender if settings.smtp is not None else settings.directory.administrator
    return LetterWriter(
        templates=settings.letters.templates,
        marking=settings.letters.marking,
        case_link=settings.letters.case_link,
        sender=sender,
        timezone=settings.policy.calendar.timezone,
    )
