"""What the service is told to do: the policy and the directory in force."""

from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from hashlib import blake2b

from riskwatch.core.directory import Directory
from riskwatch.core.obligations import Rulebook
from riskwatch.core.policy import Apply, Policy


@dataclass(frozen=True)
class Mandate:
    """A policy, laid out for the fold, and the people it concerns; replaced whole when the config is reloaded."""

    policy: Policy
    directory: Directory
    rulebook: Rulebook

    @cached_property
    def fingerprint(self) -> str:
        """A short digest of the whole policy: a child is reckoned anew when it changes, version number or not."""
        policy = self.policy
        calendar = (str(policy.calendar.timezone), frozenset(policy.calendar.holidays))
        whole = (policy.version, calendar, policy.tiers, policy.unknown_tier_runs_as, policy.rules)
        rest = (sorted(policy.check_kinds), sorted(policy.no_further_action), policy.recent_check, policy.closing)
        words = sorted(policy.concerns) if policy.concerns is not None else None
        ladders = tuple(policy.ladders.values())
        # Named only where it is not the usual: a child is not reckoned anew for a key that says what was so before.
        apply = () if policy.apply is Apply.EARLIER else (policy.apply,)
        return blake2b(stable((*whole, *rest, words, ladders, *apply)).encode(), digest_size=8).hexdigest()

    @classmethod
    def of(cls, policy: Policy, directory: Directory) -> "Mandate":
        """Return the mandate of a policy and a directory."""
        return cls(policy, directory, Rulebook(policy))


def stable(value: object) -> str:
    """Return a text of a value that is the same in every process: sets are sorted, dataclasses are taken apart."""
    if isinstance(value, frozenset):
        return f"{{{', '.join(sorted(map(stable, value)))}}}"
    if isinstance(value, tuple):
        return f"({', '.join(map(stable, value))})"
    if is_dataclass(value):
        return stable(tuple(getattr(value, field.name) for field in fields(value)))
    return repr(value)
