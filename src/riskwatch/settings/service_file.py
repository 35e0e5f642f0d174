"""riskwatch.toml: its keys, and the settings that they make."""

from datetime import time, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import ConfigDict, Field

from riskwatch.core.directory import Directory
from riskwatch.core.policy import Policy
from riskwatch.settings.model import (
    BoardSettings,
    DatabaseSettings,
    LetterSettings,
    ServiceSettings,
    Settings,
    SourceSettings,
)
from riskwatch.settings.shipped import shipped
from riskwatch.settings.smtp_tables import SmtpTable
from riskwatch.settings.toml_file import Part, TomlFile
from riskwatch.settings.urls import absolute, absolute_or_none, source_url, store_url
from riskwatch.settings.written import UNIT, ClockTime, Line, Span, Zone

NAME = "riskwatch.toml"
LOG_LEVELS = ("debug", "info", "warning", "error")


class DatabaseTable(Part):
    """The [database] table."""

    url: Line = "sqlite:///../riskwatch.db"
    """riskwatch's own store: "sqlite:///FILE", or "postgresql://USER@HOST/NAME" for several daemons. No password."""
    password_file: Line = ""
    """A file outside config/ that holds the password alone. Without it: RISKWATCH_DATABASE_PASSWORD of the
    environment, or no password.
    """


class SourceTable(Part):
    """The [source] table. A left-out timezone is the policy's."""

    url: Line = ""
    """The agency's database, read-only. Without it: riskwatch reads its own tables, which `riskwatch import` fills."""
    password_file: Line = ""
    """A file outside config/ that holds the password alone. Without it: RISKWATCH_SOURCE_PASSWORD of the environment,
    or no password.
    """
    timezone: Zone | None = None
    """The clock of times that the source gives without an offset. Without it: the policy's."""
    children: str = ""
    """The SELECT that gives child_ref, unit, officer, closed_at and closed_recorded_at. Without it: a source with a
    url is refused.
    """
    assessments: str = ""
    """The SELECT that gives assessment_id, child_ref, concern, tier, assessed_at and recorded_at. Without it: a source
    with a url is refused.
    """
    checks: str = ""
    """The SELECT that gives check_id, child_ref, kind, checked_at and recorded_at. Without it: a source with a url is
    refused.
    """
    changed: str = ""
    """The SELECT that gives child_ref and changed_at of what has changed since :since. Without it: every refresh reads
    everything.
    """
    freshness: str = ""
    """The SELECT that gives the one moment at which the extract was loaded. Without it: riskwatch knows only when the
    source last answered.
    """
    stale_after: Span = timedelta(hours=26)
    """How long ago the extract may have been loaded before it is no longer believed."""
    shrink_limit_percent: Annotated[int, Field(ge=1, le=100, json_schema_extra={UNIT: "per cent"})] = 10
    """How much of the children, assessments or checks may be gone since the last good reading before it is not
    believed.
    """
    refresh_every: Span = timedelta(minutes=5)
    """How often the source is asked what has changed."""
    full_read_at: ClockTime = time(3, 0)
    """When, once a day by the policy's clock, everything is read whatever `changed` says."""
    statement_timeout: Span = timedelta(minutes=1)
    """How long one query may take before it counts as failed."""

    @property
    def queries(self) -> dict[str, str]:
        """The queries by name, without a closing semicolon: they are wrapped."""
        names = ("children", "assessments", "checks", "changed", "freshness")
        return {name: getattr(self, name).strip().removesuffix(";").rstrip() for name in names}


class LettersTable(Part):
    """The [letters] table. Left-out templates are the shipped ones."""

    marking: Line = "OFFICIAL-SENSITIVE"
    """What stands in brackets in every subject; "" for nothing."""
    templates: Line = ""
    """The folder of your own wording. Without it: the wording that comes with riskwatch."""
    case_link: Line = ""
    """The https address of a case in your records, with {child_ref} where the reference goes. Without it: letters hold
    no link.
    """
    cap_per_hour: Annotated[int, Field(ge=1, le=1_000, json_schema_extra={UNIT: "letters an hour"})] = 12
    """How many letters one person gets in an hour; the rest waits for one digest. Urgent ladders are never held back.
    """


class DaemonTable(Part):
    """The [service] table."""

    health_listen: Line = "127.0.0.1:8099"
    """Where /healthz and /metrics answer; "" for nowhere. Changed by a restart."""
    daily_letter_at: ClockTime = time(7, 30)
    """When, by the policy's clock, heads of units and the administrator get the daily letter. A day without it is bad
    news.
    """
    unsent_limit: Span = timedelta(minutes=30)
    """How long a letter may wait to leave before the service counts as unhealthy."""
    heartbeat_url: Line = ""
    """The page that is called after a whole sweep and a clean audit. Without it: nobody notices a machine that is
    dead.
    """
    audit_every: Span = timedelta(hours=1)
    """How often riskwatch checks its own books; it reads every record."""
    journal_key_file: Line = ""
    """A file of 16 bytes or more that signs the heads of the journal. Without it: a journal that was written anew as a
    whole cannot be told.
    """
    journal_heads: Line = ""
    """The file outside the database that keeps the heads of the journal. Without it: journal-heads.log beside the
    SQLite file; with a server, the log alone.
    """
    log_level: Annotated[str, Field(json_schema_extra={"enum": [*LOG_LEVELS]})] = "info"
    """How much the log says."""


class BoardTable(Part):
    """The [board] table."""

    folder: Line = ""
    """The folder into which a page of who is overdue is written, with a page for each case, for a web server behind its
    own sign-in. Without it: no page.
    """
    every: Span = timedelta(minutes=5)
    """How often the page is written. It calls its data stale at twice this and source.refresh_every together."""


class ServiceTable(Part):
    """The whole file."""

    database: DatabaseTable = Field(default_factory=DatabaseTable)
    """Where riskwatch keeps what it has decided and sent."""
    source: SourceTable = Field(default_factory=SourceTable)
    """Where the records come from."""
    smtp: SmtpTable | None = None
    """How letters leave. Without it: no letter can be sent: enough for a trial."""
    letters: LettersTable = Field(default_factory=LettersTable)
    """What letters look like."""
    service: DaemonTable = Field(default_factory=DaemonTable)
    """The daemon itself."""
    board: BoardTable = Field(default_factory=BoardTable)
    """The page of who is overdue."""

    def to_settings(self, folder: Path, policy: Policy, directory: Directory) -> Settings:
        """Return the settings; no file has an error."""
        letters, service = self.letters, self.service
        templates = absolute(letters.templates, folder) if letters.templates else shipped("templates")
        return Settings(
            folder=folder,
            policy=policy,
            directory=directory,
            database=DatabaseSettings(
                url=store_url(self.database.url, folder),
                password_file=absolute_or_none(self.database.password_file, folder),
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
                journal_key_file=absolute_or_none(service.journal_key_file, folder),
                journal_heads=_journal_heads(service.journal_heads, store_url(self.database.url, folder), folder),
                log_level=service.log_level,
            ),
            board=BoardSettings(folder=absolute_or_none(self.board.folder, folder), every=self.board.every),
        )

    def _source(self, folder: Path, policy: Policy) -> SourceSettings:
        source = self.source
        return SourceSettings(
            url=source_url(source.url, folder) if source.url else "",
            password_file=absolute_or_none(source.password_file, folder),
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
