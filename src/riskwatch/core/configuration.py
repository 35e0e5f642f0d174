"""A configuration as it was taken up, and in which parts another differs from it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

from riskwatch.core.mandate import Mandate, stable
from riskwatch.core.succession import listed

RULE, LADDER, UNIT, TEMPLATE, OTHER = "rule", "ladder", "unit", "template", "setting"
KINDS = (RULE, LADDER, UNIT, TEMPLATE, OTHER)


class Configuration(NamedTuple):
    """What was taken up: by whom, which policy (its file's text), and a digest of every part, by `kind name`."""

    at: datetime
    by: str
    version: str
    fingerprint: str
    policy_text: str
    parts: Mapping[str, str]


def parts_of(mandate: Mandate, templates: Mapping[str, bytes], settings: Mapping[str, str]) -> Mapping[str, str]:
    """Return a digest of every part of a configuration, by its kind and name; nothing of a part can be read from it."""
    policy, people = mandate.policy, mandate.directory
    parts: dict[str, str] = {}
    parts |= {f"{RULE} {rule.name}": stable(rule) for rule in policy.rules}
    parts |= {f"{LADDER} {name}": stable(ladder) for name, ladder in policy.ladders.items()}
    parts |= {f"{UNIT} {name}": stable(tuple(sorted(roles.items()))) for name, roles in people.units.items()}
    parts |= {f"{TEMPLATE} {name}": text.hex() for name, text in templates.items()}
    calendar = (str(policy.calendar.timezone), policy.nation, frozenset(policy.calendar.holidays))
    words = (policy.tiers, policy.unknown_tier_runs_as, policy.no_further_action, policy.concerns)
    others: dict[str, object] = {
        "policy version": policy.version,
        "valid_from": policy.valid_from,
        "approved_by": policy.approved_by,
        "apply": policy.apply,
        "baseline": policy.baseline,
        "timezone, nation and bank holidays": calendar,
        "tiers and concerns": words,
        "check_kinds": tuple(sorted(policy.check_kinds.items())),
        "recent_check": policy.recent_check,
        "closing": policy.closing,
        "fallback": people.fallback,
        "administrator": people.administrator,
        "allowed_domains": people.allowed_domains,
        "default_unit": tuple(sorted(people.default_unit.items())),
        "absences": people.absences,
        **settings,
    }
    parts |= {f"{OTHER} {name}": stable(value) for name, value in others.items()}
    return {name: blake2b(text.encode(), digest_size=6).hexdigest() for name, text in sorted(parts.items())}


class Difference(NamedTuple):
    """In what one kind of part two configurations differ: names, in order."""

    kind: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]

    @property
    def number(self) -> int:
        """How many parts differ."""
        return len(self.added) + len(self.removed) + len(self.changed)

    @property
    def sentence(self) -> str:
        """The difference in words: "rules: added a; removed b; changed c, d"."""
        said = (("added", self.added), ("removed", self.removed), ("changed", self.changed))
        return f"{self.kind}s: " + "; ".join(f"{verb} {listed(names)}" for verb, names in said if names)


def differences(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Difference]:
    """Yield in what the parts of two configurations differ, kind by kind."""
    for kind in KINDS:
        before, after = _of_kind(old, kind), _of_kind(new, kind)
        found = Difference(
            kind,
            added=tuple(sorted(after.keys() - before.keys())),
            removed=tuple(sorted(before.keys() - after.keys())),
            changed=tuple(sorted(name for name in before.keys() & after.keys() if before[name] != after[name])),
        )
        if found.number:
            yield found


def _of_kind(parts: Mapping[str, str], kind: str) -> dict[str, str]:
    return {name.removeprefix(f"{kind} "): mark for name, mark in parts.items() if name.startswith(f"{kind} ")}
