"""What the command line says in words, turned into values: the config folder, and moments."""

from argparse import Namespace
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from riskwatch.adapters.source.times import Times, UnreadableTime
from riskwatch.clock import SystemClock
from riskwatch.entrypoints.console import Refused
from riskwatch.settings.load import load, load_for_simulation
from riskwatch.settings.model import ReplaySettings, Settings, SmtpSettings
from riskwatch.settings.problems import Loaded

T = TypeVar("T")


def load_folder(arguments: Namespace) -> Loaded[Settings]:
    """Read the config folder, with every problem of it."""
    today = SystemClock().now().date()
    return load(arguments.config, today=today, shown_as=str(arguments.config))


def settings_of(arguments: Namespace) -> Settings:
    """Return the settings of the config folder. Raises Refused with every error where there is one."""
    return _usable(load_folder(arguments))


def mailing_settings_of(arguments: Namespace) -> tuple[Settings, SmtpSettings]:
    """Return the same, and how letters leave, for what sends them: without [smtp] it is Refused too."""
    settings = settings_of(arguments)
    if settings.smtp is None:
        raise Refused([f"{arguments.config}/riskwatch.toml: smtp: missing; letters cannot be sent without it"])
    return settings, settings.smtp


def replay_settings_of(arguments: Namespace) -> ReplaySettings:
    """Return what a simulation needs of the config folder. Raises Refused with every error where there is one."""
    today = SystemClock().now().date()
    return _usable(load_for_simulation(arguments.config, today=today, shown_as=str(arguments.config)))


def rival_settings_of(arguments: Namespace) -> ReplaySettings:
    """Return the same with the policy file that is named in place of the folder's. Raises Refused as above."""
    today = SystemClock().now().date()
    shown_as, policy = str(arguments.config), arguments.policy
    return _usable(load_for_simulation(arguments.config, today=today, shown_as=shown_as, policy=policy))


def moment_of(text: str, zone: ZoneInfo, option: str) -> datetime:
    """Return the moment that an option names, in UTC; without an offset it is local to the zone. Raises Refused."""
    try:
        moment = Times(zone).read(text)
    except UnreadableTime:
        moment = None
    if moment is None:
        raise Refused([f"riskwatch: {option}: {text!r} is no ISO 8601 time: write 2021-09-07 or 2021-09-07T09:15"])
    return moment


def _usable(loaded: Loaded[T]) -> T:
    if loaded.settings is None:
        raise Refused(loaded.errors)
    return loaded.settings
