"""Which configuration is in force: the one of the files, with the policy before it where theirs is held back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from riskwatch.adapters.letters.writer import TEMPLATES
from riskwatch.adapters.store import SqlStore
from riskwatch.core.configuration import Configuration, parts_of
from riskwatch.core.mandate import Mandate
from riskwatch.core.succession import Hold, held_back
from riskwatch.pipeline.configuration import in_force
from riskwatch.settings.load import load
from riskwatch.settings.model import Settings


class Chosen(NamedTuple):
    """The settings to run on. `hold` is why the policy of the files is not among them, None where it is.

    `problems` are what is wrong with the files when they are joined with the policy before theirs: it cannot be kept
    then, and `settings` has the policy of the files although it is held back.
    """

    settings: Settings
    hold: Hold | None = None
    problems: Sequence[str] = ()


def choose(settings: Settings, store: SqlStore, now: datetime) -> Chosen:
    """Return what is to be in force. There is always a policy: the first of all is in force at once.

    Raises StoreFault where the store does not answer.
    """
    with store.begin() as tx:
        before = in_force(tx)
    mandate = Mandate.of(settings.policy, settings.directory)
    if before is None or before.fingerprint == mandate.fingerprint:
        return Chosen(settings)
    hold = held_back(settings.policy, now, store.reports.running())
    if hold is None:
        return Chosen(settings)
    old = load(settings.folder, today=now.date(), policy_text=before.policy_text)
    if old.settings is None:
        return Chosen(settings, hold, [hold.reason, *map(str, old.errors)])
    # The rest is as it was given, not as it was read here: a rehearsal has made something of its own of it.
    kept = replace(settings, policy=old.settings.policy, policy_text=before.policy_text, source=old.settings.source)
    return Chosen(kept, hold)


def configuration_of(settings: Settings, by: str, now: datetime) -> Configuration:
    """Return a configuration as it is to be written down."""
    mandate = Mandate.of(settings.policy, settings.directory)
    templates = {name: _content(settings.letters.templates / name) for name in TEMPLATES}
    sections = {
        f"[{name}]": repr(getattr(settings, name)) for name in ("database", "source", "smtp", "letters", "service")
    }
    parts = parts_of(mandate, templates, sections)
    return Configuration(now, by, settings.policy.version, mandate.fingerprint, settings.policy_text, parts)


def _content(template: Path) -> bytes:
    """Return a template; one that cannot be read says nothing, and the built-in wording stands in for it."""
    try:
        return template.read_bytes()
    except OSError:
        return b""
