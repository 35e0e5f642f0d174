"""The mail servers of riskwatch.toml: the keys of [smtp] and [[smtp.fallback]]."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import Field

from riskwatch.settings.model import RelaySettings, Security, SmtpSettings
from riskwatch.settings.toml_file import Part
from riskwatch.settings.urls import absolute_or_none
from riskwatch.settings.written import UNIT, Address, Line, Span

MAX_FALLBACKS = 4
_DEFAULT_PORT = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}


class RelayTable(Part):
    """A [[smtp.fallback]] table. A left-out port is the usual one of the security."""

    needs: ClassVar[tuple[str, ...]] = ("host",)
    host: Line = ""
    """The name or number of the mail server. Without it: no letter could leave."""
    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    """Its port. Without it: 587 for "starttls", 465 for "tls", 25 for "none"."""
    security: Annotated[str, Field(json_schema_extra={"enum": [str(one) for one in Security]})] = (
        Security.STARTTLS.value
    )
    """How the connection is protected: "starttls", "tls", or, for a server on this machine alone, "none"."""
    username: Line = ""
    """The name to log in with. Without it: no login."""
    password_file: Line = ""
    """A file outside config/ that holds the password alone. Without it: RISKWATCH_SMTP_PASSWORD of the environment for
    the first mail server, none for another.
    """
    connections: Annotated[int, Field(ge=1, le=20, json_schema_extra={UNIT: "connections"})] = 4
    """How many connections are open at a time."""
    per_minute: Annotated[int, Field(ge=1, le=6_000, json_schema_extra={UNIT: "letters a minute"})] | None = None
    """How many letters a minute the server takes; they leave evenly spaced, the urgent ones first. Without it: as many
    as come.
    """
    timeout: Span = timedelta(seconds=60)
    """How long one letter may take as a whole before it is tried again."""
    ca_file: Line = ""
    """A file of the authorities that vouch for the server. Without it: those that the system trusts."""

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
            "password_file": absolute_or_none(self.password_file, folder),
            "connections": self.connections,
            "per_minute": self.per_minute,
            "timeout": self.timeout,
            "ca_file": absolute_or_none(self.ca_file, folder),
        }


class SmtpTable(RelayTable):
    """The [smtp] table."""

    needs: ClassVar[tuple[str, ...]] = ("host", "sender")
    sender: Address = ""
    """The address from which letters come. Without it: no letter could leave."""
    fallback: Annotated[list[RelayTable], Field(max_length=MAX_FALLBACKS)] = Field(default_factory=list)
    """The mail servers that stand in, in this order, where those before are down; one [[smtp.fallback]] table each.
    Without it: letters wait until the one is back.
    """
    fallback_after: Span = timedelta(minutes=2)
    """How long a mail server is down before letters go by the next one."""

    def to_settings(self, folder: Path) -> SmtpSettings:
        """Return the settings; the table has no error."""
        return SmtpSettings(
            **self.values(folder),
            sender=self.sender,
            fallback=tuple(RelaySettings(**relay.values(folder)) for relay in self.fallback),
            fallback_after=self.fallback_after,
        )
