"""directory.toml: its keys, what may be wrong with them, and the directory that they make."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import ClassVar

from pydantic import Field

from riskwatch.core.directory import Absence, Directory, domain_of
from riskwatch.core.policy import OFFICER
from riskwatch.settings.positions import Place
from riskwatch.settings.problems import quoted
from riskwatch.settings.toml_file import Part, TomlFile
from riskwatch.settings.written import Address, Domain

NAME = "directory.toml"


class AbsenceTable(Part):
    """An [[absences]] table."""

    needs: ClassVar[tuple[str, ...]] = ("person", "from")
    person: Address = ""
    start: date = Field(default=date.min, alias="from")
    until: date | None = None
    cover: Address = ""


class DirectoryTable(Part):
    """The whole file."""

    needs: ClassVar[tuple[str, ...]] = ("fallback", "administrator", "allowed_domains")
    fallback: Address = ""
    administrator: Address = ""
    allowed_domains: list[Domain] = Field(default_factory=list)
    units: dict[str, dict[str, Address]] = Field(default_factory=dict)
    default_unit: dict[str, Address] = Field(default_factory=dict)
    absences: list[AbsenceTable] = Field(default_factory=list)

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


def check_directory(file: TomlFile, table: DirectoryTable, *, today: date) -> None:
    """Note what is wrong with the directory taken by itself."""
    if table.given("allowed_domains") and not table.allowed_domains:
        file.error(("allowed_domains",), "must name at least one domain")
    for name, address in (("fallback", table.fallback), ("administrator", table.administrator)):
        if table.given(name) and not address:
            file.error((name,), "must not be blank: somebody must always be told")
        _check_address(file, table, (name,), address)
    _check_units(file, table)
    for index, away in enumerate(table.absences):
        _check_absence(file, table, ("absences", index), away, today=today)


def _check_address(file: TomlFile, table: DirectoryTable, place: Place, address: str) -> None:
    """Note an address to which no letter may go; a blank one is nobody."""
    if not address:
        return
    domain = domain_of(address)
    if domain is None:
        file.unsafe(place, "must be one plain address, such as name@north.police.uk")
    elif table.allowed_domains and domain not in table.allowed_domains:
        file.unsafe(place, f"is at {quoted(domain)}, which allowed_domains does not name")


def _check_units(file: TomlFile, table: DirectoryTable) -> None:
    seen: set[str] = set()
    for unit in table.units:
        if not unit.strip():
            file.error(("units", unit), "must have a name; default_unit serves children whose unit is blank")
        elif unit.strip() in seen:
            file.error(("units", unit), f"is a second unit {quoted(unit.strip())}; white space around does not count")
        seen.add(unit.strip())
    for place, roles in table.all_units():
        for role, address in roles.items():
            if role == OFFICER:
                file.error((*place, role), f"must have another name: {quoted(OFFICER)} is always the child's own")
            _check_address(file, table, (*place, role), address)


def _check_absence(file: TomlFile, table: DirectoryTable, place: Place, away: AbsenceTable, *, today: date) -> None:
    if away.given("person") and domain_of(away.person) is None:
        file.error((*place, "person"), "must be one plain address, such as name@north.police.uk")
    _check_address(file, table, (*place, "cover"), away.cover)
    if away.until is None:
        return
    if away.given("start") and away.until < away.start:
        file.error((*place, "until"), f"{away.until} is before the absence begins on {away.start}")
    elif away.until < today:
        file.finding((*place, "until"), f"{away.until} is over; take the absence out, or correct its end")
