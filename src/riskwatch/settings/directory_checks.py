"""What may be wrong with a directory although each of its values can be read."""

from collections.abc import Iterator
from datetime import date

from riskwatch.core.directory import domain_of
from riskwatch.core.policy import OFFICER
from riskwatch.settings.directory_file import AbsenceTable, DirectoryTable
from riskwatch.settings.positions import Place
from riskwatch.settings.problems import meant, quoted
from riskwatch.settings.toml_file import TomlFile

_NEVER_AWAY = ("fallback", "administrator")


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
    _check_leavers(file, table, today=today)


def _check_address(file: TomlFile, table: DirectoryTable, place: Place, address: str) -> None:
    """Note an address to which no letter may go; a blank one is nobody."""
    if not address:
        return
    domain = domain_of(address)
    if domain is None:
        file.unsafe(place, "must be one plain address, such as name@north.police.uk")
    elif table.allowed_domains and domain not in table.allowed_domains:
        hint = meant(domain, table.allowed_domains)
        file.unsafe_once(place, f"is at {quoted(domain)}, which allowed_domains does not name{hint}")


def _check_units(file: TomlFile, table: DirectoryTable) -> None:
    seen: set[str] = set()
    spelt: dict[str, str] = {}
    for unit in table.units:
        name = unit.strip()
        alike = spelt.setdefault("".join(name.casefold().split()), name)
        if not name:
            file.error(("units", unit), "must have a name; default_unit serves children whose unit is blank")
        elif name in seen:
            file.error(("units", unit), f"is a second unit {quoted(name)}; white space around does not count")
        elif alike != name:
            text = f"differs from {quoted(alike)} in capitals or spaces alone: keep the one that the records write"
            file.finding(("units", unit), text)
        if name.casefold().replace("-", "_") == "default_unit":
            file.finding(("units", unit), "is a unit of that name; the unit for all others is [default_unit] alone")
        seen.add(name)
    for place, roles in table.all_units():
        for role, address in roles.items():
            if role == OFFICER:
                file.error((*place, role), f"must have another name: {quoted(OFFICER)} is always the child's own")
            _check_address(file, table, (*place, role), address)


def _check_absence(file: TomlFile, table: DirectoryTable, place: Place, away: AbsenceTable, *, today: date) -> None:
    if away.given("person") and domain_of(away.person) is None:
        file.error((*place, "person"), "must be one plain address, such as name@north.police.uk")
    for name in _NEVER_AWAY:
        if away.person and away.person == getattr(table, name):
            text = f"is the {name} too, whose letters go there all the same; make that a mailbox that is always read"
            file.finding((*place, "person"), text)
    _check_address(file, table, (*place, "cover"), away.cover)
    if away.until is not None and away.given("start") and away.until < away.start:
        file.error((*place, "until"), f"{away.until} is before the absence begins on {away.start}")
    elif away.until is not None and away.until < today:
        file.finding((*place, "until"), f"{away.until} is over; take the absence out, or correct its end")
    elif away.cover and away.cover == away.person:
        file.finding((*place, "cover"), "is the one who is away; name somebody else, or leave it out to pass up")
    elif away.cover:
        for other in _absences_during(table, away):
            end = "for good" if other.until is None else f"until {other.until}"
            text = f"is away too, from {other.start} {end}: name somebody else, or what is meant for both passes up"
            file.finding((*place, "cover"), text)


def _absences_during(table: DirectoryTable, away: AbsenceTable) -> Iterator[AbsenceTable]:
    """Yield the absences of the cover that share a day with the absence."""
    for other in table.absences:
        overlap = other.start <= (away.until or date.max) and away.start <= (other.until or date.max)
        if other.person == away.cover and other.given("start") and overlap:
            yield other


def _check_leavers(file: TomlFile, table: DirectoryTable, *, today: date) -> None:
    """Note each post whose holder has left, and for whom nobody stands in."""
    left = {
        away.person: away.start
        for index, away in enumerate(table.absences)
        if away.given("start") and not away.cover and "until" not in file.keys_at("absences", index)
    }
    for place, roles in table.all_units():
        for role, address in roles.items():
            if address and address in left and left[address] <= today:
                text = f"has left on {left[address]}, without cover: name who holds the post now"
                file.finding((*place, role), text)
