"""directory.toml: its keys, and the directory that they make."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import ClassVar

from pydantic import Field

from riskwatch.core.directory import Absence, Directory
from riskwatch.settings.positions import Place
from riskwatch.settings.toml_file import Part
from riskwatch.settings.written import Address, Domain

NAME = "directory.toml"


class AbsenceTable(Part):
    """An [[absences]] table."""

    needs: ClassVar[tuple[str, ...]] = ("person", "from")
    person: Address = ""
    """Whose absence it is. Without it: nobody is away."""
    start: date = Field(default=date.min, alias="from")
    """The first day away, by the policy's clock. Without it: nobody knows when the absence begins."""
    until: date | None = None
    """The last day away. Without it: the person has left."""
    cover: Address = ""
    """Who stands in. Without it: what is meant for the person passes up to the next step."""


class DirectoryTable(Part):
    """The whole file."""

    needs: ClassVar[tuple[str, ...]] = ("fallback", "administrator", "allowed_domains")
    fallback: Address = ""
    """The mailbox told where nobody else can be: one that somebody reads at any hour. Without it: a notice could have
    no reader.
    """
    administrator: Address = ""
    """Who is told of unreadable records and of riskwatch's own faults. Without it: riskwatch could be blind, and
    nobody know.
    """
    allowed_domains: list[Domain] = Field(default_factory=list, json_schema_extra={"minItems": 1})
    """The domains, without their subdomains, to which letters may go. Without it: one slip of the pen in an address
    would tell a stranger about a child.
    """
    units: dict[str, dict[str, Address]] = Field(default_factory=dict)
    """Who holds which role, by unit; the names of units are compared with the records' exactly. One [units.NAME] table
    each. Without it: every unit's children are the default unit's.
    """
    default_unit: dict[str, Address] = Field(default_factory=dict)
    """Who holds which role for children whose unit is blank or not in this file. Without it: only the officer and the
    fallback are told of them.
    """
    absences: list[AbsenceTable] = Field(default_factory=list)
    """Who is away or has left; one [[absences]] table each. Without it: letters wait in the mailboxes of people who
    are on leave.
    """

    def all_units(self) -> Iterator[tuple[Place, Mapping[str, str]]]:
        """Yield each unit's place and roles, the default unit's too where it has any."""
        for unit, roles in self.units.items():
            yield ("units", unit), roles
        yield ("default_unit",), self.default_unit

    def to_directory(self) -> Directory:
        """Return the directory; the file has no error."""
        return Directory(
            fallback=self.fallback,
            administrator=self.administrator,
            allowed_domains=frozenset(self.allowed_domains),
            units={unit.strip(): roles for unit, roles in self.units.items()},
            default_unit=self.default_unit,
            absences=tuple(
                Absence(person=away.person, start=away.start, until=away.until, cover=away.cover)
                for away in self.absences
            ),
        )
