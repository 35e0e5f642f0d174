"""Who holds which role today: units, absences with cover, leavers, and the mailbox of last resort."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache

_ADDRESS = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([a-z0-9-]+(?:\.[a-z0-9-]+)+)")
MAX_ADDRESS_LENGTH = 254
"""RFC 5321, 4.5.3.1.3: the longest path that a server must take, less its brackets."""


@lru_cache(maxsize=20_000)
def domain_of(address: str) -> str | None:
    """Return the domain of a plain lower-case address, or None where it is not one address and nothing else."""
    if len(address) > MAX_ADDRESS_LENGTH:
        return None
    match = _ADDRESS.fullmatch(address)
    return match[1] if match else None


@dataclass(frozen=True, slots=True)
class Absence:
    """A person away from `start` to `until`, both local dates included; `until` None: has left; `cover` may be none."""

    person: str
    start: date
    until: date | None = None
    cover: str = ""

    def covers(self, day: date) -> bool:
        """Whether the person is away on the local date."""
        return self.start <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True)
class Directory:
    """The people of the force. Addresses are lower-case; a blank role is an empty rung."""

    fallback: str
    administrator: str
    allowed_domains: frozenset[str]
    units: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    default_unit: Mapping[str, str] = field(default_factory=dict)
    absences: tuple[Absence, ...] = ()

    @cached_property
    def _absences_of(self) -> Mapping[str, tuple[Absence, ...]]:
        by_person: dict[str, tuple[Absence, ...]] = {}
        for absence in self.absences:
            by_person[absence.person] = (*by_person.get(absence.person, ()), absence)
        return by_person

    def is_allowed(self, address: str) -> bool:
        """Whether letters may go to the address: it is one plain address on exactly an allowed domain."""
        return domain_of(address) in self.allowed_domains

    def is_away(self, person: str, today: date) -> bool:
        """Whether an absence covers the local date."""
        absences = self._absences_of.get(person)
        return absences is not None and any(absence.covers(today) for absence in absences)

    def has_left(self, person: str, today: date) -> bool:
        """Whether the person is away from a date with no end."""
        return any(a.until is None and a.covers(today) for a in self._absences_of.get(person, ()))

    def is_never_away(self, address: str) -> bool:
        """Whether letters may go to the address on any day: nobody has entered an absence."""
        return address not in self._absences_of and self.is_allowed(address)

    def present(self, address: str, today: date, *, refused: Iterable[str] = ()) -> str | None:
        """Return who reads what is sent to `address` today: its owner, else the first cover to be had, else None.

        `refused` are addresses that a mail server refused for good: they count as empty.
        """
        if self.is_allowed(address) and address not in refused and not self.is_away(address, today):
            return address
        for absence in self._absences_of.get(address, ()):
            cover = absence.cover
            if not absence.covers(today) or cover in refused:
                continue
            if self.is_allowed(cover) and not self.is_away(cover, today):
                return cover
        return None

    def is_unusable(self, address: str, today: date) -> bool:
        """Whether somebody is named, but by what no letter may ever go to, and nobody stands in today.

        Blank is nobody, and whoever is away without cover can be told on another day: neither is meant.
        """
        return address != "" and not self.is_allowed(address) and self.present(address, today) is None

    @cached_property
    def _unit_by_letters(self) -> Mapping[str, str]:
        return {_letters(unit): unit for unit in self.units}

    def alike(self, unit: str) -> str | None:
        """Return the unit whose name has the same letters and figures; capitals, spaces and signs do not count."""
        return self._unit_by_letters.get(_letters(unit))

    def holder(self, role: str, unit: str) -> str:
        """Return the address that holds a role of a unit; blank where the unit lacks it.

        The default unit serves a blank or unknown unit only: a role that a known unit lacks is empty.
        """
        return self.units.get(unit, self.default_unit).get(role, "")


def _letters(word: str) -> str:
    return "".join(filter(str.isalnum, word.casefold()))
