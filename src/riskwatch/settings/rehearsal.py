"""The settings of a rehearsal: the real records, policy and people, and nothing that the real service keeps."""

from dataclasses import replace
from pathlib import Path

from riskwatch.settings.model import BoardSettings, DatabaseSettings, Settings


def for_rehearsal(settings: Settings, database: Path) -> Settings:
    """Return settings that read the same records and keep their own books in `database`, an SQLite file.

    What was told in a rehearsal must never count as told: the real service finds its own books as it left them. Nothing
    outside hears of a rehearsal: no heartbeat, no health page, no board, no heads of its journal among the real ones.
    """
    service = replace(settings.service, health_listen="", heartbeat_url="", journal_heads=None)
    embedded = None if settings.source.url else settings.embedded or settings.database
    own = DatabaseSettings(f"sqlite:///{database.absolute()}", None)
    return replace(settings, database=own, embedded=embedded, service=service, board=BoardSettings())
