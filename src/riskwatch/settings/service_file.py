"""riskwatch.toml: its keys, and the settings that they make."""

from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Any, ClassVar
from zoneinfo import ZoneInfo

from pydantic import ConfigDict, Field

from riskwatch.core.directory import Directory
from riskwatch.core.policy import Policy
from riskwatch.settings.model import (
    DatabaseSettings,
    LetterSettings,
    RelaySettings,
    Security,
    ServiceSettings,
    Settings,
    SmtpSettings,
    SourceSettings,
)
from riskwatch.settings.shipped import shipped
from riskwatch.settings.toml_file import Part, TomlFile
from riskwatch.settings.urls import absolute, source_url, store_url
from riskwatch.settings.written import Address, ClockTime, Line, Span, Zone

NAME = "riskwatch.toml"
MAX_FALLBACKS = 4
_DEFAULT_PORT = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}


class DatabaseTable(Part):
    """The [database] table."""

    url: Line = "sqlite:///../riskwatch.db"
    password_file: Line = ""


class SourceTable(Part):
    """The [source] table. A left-out timezone is the policy's."""

    url: Line = ""
    password_file: Line = ""
    timezone: Zone | None = None
    children: str = ""
    assessments: str = ""
    checks: str = ""
    changed: str = ""
    freshness: str = ""
    stale_after: Span = timedelta(hours=26)
    shrink_limit_percent: Annotated[int, Field(ge=1, le=100)] = 10
    refresh_every: Span = timedelta(minutes=5)
    full_read_at: ClockTime = time(3, 0)
    statement_timeout: Span = timedelta(minutes=1)

    @property
    def queries(self) -> dict[str, str]:
        """The queries by name, without a closing semicolon: they are wrapped."""
        names = ("children", "assessments", "checks", "changed", "freshness")
        return {name: getattr(self, name).strip().removesuffix(";").rstrip() for name in names}


class RelayTable(Part):
    """A [[smtp.fallback]] table. A left-out port is the usual one of the security."""

    needs: ClassVar[tuple[str, ...]] = ("host",)
    host: Line = ""
    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    security: str = Security.STARTTLS.value
    username: Line = ""
    password_file: Line = ""
    connections: Annotated[int, Field(ge=1, le=20)] = 4
    per_minute: Annotated[int, Field(ge=1, le=6_000)] | None = None
    timeout: Span = timedelta(seconds=60)
    ca_file: Line = ""

    @property
    def port_used(self) -> int:
        """The port, or the usual one; the table has no error."""
        return _DEFAULT_PORT[Security(self.security)] if self.port is None else self.port

    def values(self, folder: Path) -> dict[str, Any]:
        """Return what RelaySettings are made of; the table has no error."""
        return {
            "host": self.host.strip(),
            "port": self.port_used,
            "security": Security(self.security),
            "username": self.username,
            "password_file": _file(self.password_file, folder),
            "connections": self.connections,
            "per_minute": self.per_minute,
            "timeout": self.timeout,
            "ca_file": _file(self.ca_file, folder),
        }


class SmtpTable(RelayTable):
    """The [smtp] table."""

    needs: ClassVar[tuple[str, ...]] = ("host", "sender")
    sender: Address = ""
    fallback: Annotated[list[RelayTable], Field(max_length=MAX_FALLBACKS)] = Field(default_factory=list)
    fallback_after: Span = timedelta(minutes=2)

    def to_settings(self, folder: Path) -> SmtpSettings:
        """Return the settings; the table has no error."""
        return SmtpSettings(
            **self.values(folder),
            sender=self.sender,
            fallback=tuple(RelaySettings(**relay.values(folder)) for relay in self.fallback),
            fallback_after=self.fallback_after,
        )


class LettersTable(Part):
    """The [letters] table. Left-out templates are the shipped ones."""

    marking: Line = "OFFICIAL-SENSITIVE"
    templates: Line = ""
    case_link: Line = ""
    cap_per_hour: Annotated[int, Field(ge=1, le=1_000)] = 12


class DaemonTable(Part):
    """The [service] table."""

    health_listen: Line = "127.0.0.1:8099"
    daily_letter_at: ClockTime = time(7, 30)
    unsent_limit: Span = timedelta(minutes=30)
    heartbeat_url: Line = ""
    audit_every: Span = timedelta(hours=1)
    journal_key_file: Line = ""
    journal_heads: Line = ""
    log_level: str = "info"


class ServiceTable(Part):
    """The whole file."""

    database: DatabaseTable = Field(default_factory=DatabaseTable)
    source: SourceTable = Field(default_factory=SourceTable)
    smtp: SmtpTable | None = None
    letters: LettersTable = Field(default_factory=LettersTable)
    service: DaemonTable = Field(default_factory=DaemonTable)

    def to_settings(self, folder: Path, policy: Policy, directory: Directory) -> Settings:
        """Return the settings; no file has an error."""
        letters, service = self.letters, self.service
        templates = absolute(letters.templates, folder) if letters.templates else shipped("templates")
        return Settings(
            folder=folder,
            policy=policy,
            directory=directory,
            database=DatabaseSettings(
                url=store_url(self.database.url, folder), password_file=_file(self.database.password_file, folder)
            ),
            source=self._source(folder, policy),
            smtp=None if self.smtp is None else self.smtp.to_settings(folder),
            letters=LetterSettings(
                marking=letters.marking.strip(),
                templates=templates,
                case_link=letters.case_link,
                cap_per_hour=letters.cap_per_hour,
            ),
            service=ServiceSettings(
                health_listen=service.health_listen,
                daily_letter_at=service.daily_letter_at,
                unsent_limit=service.unsent_limit,
                heartbeat_url=service.heartbeat_url,
                audit_every=service.audit_every,
                journal_key_file=_file(service.journal_key_file, folder),
                journal_heads=_journal_heads(service.journal_heads, store_url(self.database.url, folder), folder),
                log_level=service.log_level,
            ),
        )

    def _source(self, folder: Path, policy: Policy) -> SourceSettings:
        source = self.source
        return SourceSettings(
            url=source_url(source.url, folder) if source.url else "",
            password_file=_file(source.password_file, folder),
            timezone=source.timezone if source.timezone is not None else policy.calendar.timezone,
            **source.queries,
            stale_after=source.stale_after,
            shrink_limit_percent=source.shrink_limit_percent,
            refresh_every=source.refresh_every,
            full_read_at=source.full_read_at,
            statement_timeout=source.statement_timeout,
        )


class _SourceZone(Part):
    model_config = ConfigDict(extra="ignore")
    timezone: Zone | None = None


class _ZoneOnly(Part):
    model_config = ConfigDict(extra="ignore")
    source: _SourceZone = Field(default_factory=_SourceZone)


def source_zone(file: TomlFile) -> ZoneInfo | None:
    """Return source.timezone alone, or None where it is not written; nothing else in the file is looked at."""
    return file.read(_ZoneOnly).source.timezone


def _journal_heads(written: str, database: str, folder: Path) -> Path | None:
    """Return where the journal's heads are kept: beside a SQLite file, where nothing else is written."""
    if written:
        return absolute(written, folder)
    file = database.removeprefix("sqlite:///")
    return None if file == database else Path(file).parent / "journal-heads.log"


def _file(written: str, folder: Path) -> Path | None:
    return absolute(written, folder) if written else None
