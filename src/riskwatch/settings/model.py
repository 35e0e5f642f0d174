"""The settings as the rest of the program uses them: checked, absolute, and free of secrets."""

from dataclasses import dataclass
from datetime import time, timedelta
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from riskwatch.core.directory import Directory
from riskwatch.core.policy import Policy


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """The service's own store: `sqlite:////absolute/path` or `postgresql+psycopg://...`, without a password."""

    url: str
    password_file: Path | None


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """The agency's records. `url` "" means the embedded tables; the four queries are "" then.

    `changed` and `freshness` are "" where the source cannot tell. `changed` has a `:since` parameter and gives
    child_ref and changed_at; `freshness` gives the one moment at which the extract was loaded. `timezone` is the one of
    times without an offset; `full_read_at` is on the policy's local clock.
    """

    url: str
    password_file: Path | None
    timezone: ZoneInfo
    children: str
    assessments: str
    checks: str
    changed: str
    freshness: str
    stale_after: timedelta
    shrink_limit_percent: int
    refresh_every: timedelta
    full_read_at: time
    statement_timeout: timedelta


class Security(StrEnum):
    """How the connection to the mail server is protected; NONE is accepted for this machine only."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """A mail server. `timeout` is the total for a letter; `username` "" means no login, `per_minute` None no limit."""

    host: str
    port: int
    security: Security
    username: str
    password_file: Path | None
    connections: int
    per_minute: int | None
    timeout: timedelta
    ca_file: Path | None


@dataclass(frozen=True, slots=True)
class SmtpSettings(RelaySettings):
    """The mail server, and those that stand in for it, in order, where it has been down for `fallback_after`."""

    sender: str
    fallback: tuple[RelaySettings, ...]
    fallback_after: timedelta

    @property
    def relays(self) -> tuple[RelaySettings, ...]:
        """All of them, the preferred one first."""
        return (self, *self.fallback)


@dataclass(frozen=True, slots=True)
class LetterSettings:
    """The look of letters. `case_link` holds `{child_ref}`, or is "" for none; the cap is for each recipient."""

    marking: str
    templates: Path
    case_link: str
    cap_per_hour: int


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """The daemon itself. `health_listen` is host:port and `heartbeat_url` an address to call; "" turns either off.

    `daily_letter_at` is on the policy's local clock; a letter that has not left after `unsent_limit` is late. The ends
    of the journal are kept in `journal_heads` (None: in the log alone), signed with the key in `journal_key_file`.
    """

    health_listen: str
    daily_letter_at: time
    unsent_limit: timedelta
    heartbeat_url: str
    audit_every: timedelta
    journal_key_file: Path | None
    journal_heads: Path | None
    log_level: str


@dataclass(frozen=True, slots=True)
class BoardSettings:
    """The page of who is overdue, written into `folder` so often; None: nowhere."""

    folder: Path | None = None
    every: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Settings:
    """A whole config folder. `smtp` is None where there is no [smtp]: enough for everything that sends nothing.

    `embedded` is where the embedded tables stand; None: in `database`. `policy_text` is the file from which the policy
    was read, as it was written.
    """

    folder: Path
    policy: Policy
    directory: Directory
    database: DatabaseSettings
    source: SourceSettings
    smtp: SmtpSettings | None
    letters: LetterSettings
    service: ServiceSettings
    policy_text: str = ""
    embedded: DatabaseSettings | None = None
    board: BoardSettings = BoardSettings()


@dataclass(frozen=True, slots=True)
class ReplaySettings:
    """What a simulation needs. `timezone` is the one of times without an offset."""

    policy: Policy
    directory: Directory
    timezone: ZoneInfo
