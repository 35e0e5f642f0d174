"""Reads a whole config folder: every problem of every file in one run, then the settings if none is an error."""

import calendar
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from riskwatch.core.calendar import Calendar
from riskwatch.core.directory import Directory
from riskwatch.core.policy import Policy
from riskwatch.settings import directory_file, policy_file, service_file
from riskwatch.settings.directory_checks import check_directory
from riskwatch.settings.directory_file import DirectoryTable
from riskwatch.settings.holidays import NATIONS, HolidayFile, HolidayFileError, load_holidays
from riskwatch.settings.model import DatabaseSettings, ReplaySettings, Settings
from riskwatch.settings.policy_checks import check_policy
from riskwatch.settings.policy_file import PolicyTable
from riskwatch.settings.problems import Loaded, Problem, Severity
from riskwatch.settings.role_checks import check_roles
from riskwatch.settings.service_checks import check_service
from riskwatch.settings.service_file import ServiceTable
from riskwatch.settings.toml_file import TomlFile
from riskwatch.settings.urls import absolute, store_url

HOLIDAY_WARNING_MONTHS = 6
_HOLIDAY_PROBLEM = re.compile(
    r"(?P<file>.*?\.json)(?::(?P<line>\d+))?: (?:(?P<key>[^ :]+): )?(?P<message>.*)", re.DOTALL
)


class _Folder:
    """The files of a config folder, as far as they can be read, and what is wrong with them."""

    def __init__(
        self,
        folder: Path,
        *,
        today: date,
        shown_as: str | None,
        policy: Path | None,
        service_optional: bool,
        policy_text: str | None = None,
    ) -> None:
        self._today = today
        self._folder = folder
        self._shown = str(folder) if shown_as is None else shown_as
        self._holiday_problems: list[Problem] = []
        if policy_text is not None:
            path = folder / policy_file.NAME
            self.policy_file = TomlFile(path, f"{self._in_folder(policy_file.NAME)} (as in force)", text=policy_text)
        elif policy is None:
            self.policy_file = self._file(policy_file.NAME)
        else:
            self.policy_file = TomlFile(policy, str(policy))
        self.directory_file = self._file(directory_file.NAME)
        self.service_file = self._file(service_file.NAME, optional=service_optional)
        self.policy = self.policy_file.read(PolicyTable)
        self.directory = self.directory_file.read(DirectoryTable)
        self._check()
        self._holidays = self._read_holidays()

    def _file(self, name: str, *, optional: bool = False) -> TomlFile:
        return TomlFile(self._folder / name, self._in_folder(name), optional=optional)

    def _in_folder(self, name: str) -> str:
        return str(Path(self._shown) / name)

    def _check(self) -> None:
        if self.policy_file.readable:
            check_policy(self.policy_file, self.policy)
        if self.directory_file.readable:
            check_directory(self.directory_file, self.directory, today=self._today)
        check_roles(self.policy_file, self.policy, self.directory_file, self.directory)

    def _read_holidays(self) -> HolidayFile:
        none = HolidayFile(dates=frozenset(), until=date.max)
        if self.policy.nation not in NATIONS:
            return none
        try:
            holidays = load_holidays(self._folder, self.policy.nation)
        except HolidayFileError as error:
            self._holiday_problems = [self._holiday_problem(text) for text in error.problems]
            return none
        if holidays.until < _months_after(self._today, HOLIDAY_WARNING_MONTHS):
            self.policy_file.finding(
                ("nation",),
                f"the bank holidays are known until {holidays.until} only; replace bank-holidays.json by a newer one",
            )
        return holidays

    def _holiday_problem(self, text: str) -> Problem:
        said = _HOLIDAY_PROBLEM.fullmatch(text)
        if said is None:
            return Problem(self._in_folder("bank-holidays.json"), 1, "file", text)
        file = Path(said["file"])
        shown = self._in_folder(file.name) if file.parent == self._folder else str(file)
        return Problem(shown, int(said["line"] or 1), said["key"] or "file", said["message"])

    def problems(self, unsafe: Severity) -> tuple[Problem, ...]:
        """Return every problem, file by file, in order of the lines; what is unsafe counts as the severity given."""
        files = (self.policy_file.problems, self._holiday_problems)
        others = (self.directory_file.problems, self.service_file.problems)
        found = (problem for some in (*files, *others) for problem in sorted(some, key=lambda p: p.line))
        return tuple(replace(one, severity=unsafe) if one.severity is Severity.UNSAFE else one for one in found)

    def to_policy(self) -> Policy:
        """Return the policy; there is no error."""
        return self.policy.to_policy(Calendar(self.policy.timezone, self._holidays.dates))

    def to_directory(self) -> Directory:
        """Return the directory; there is no error."""
        return self.directory.to_directory()


def load(folder: Path, *, today: date, shown_as: str | None = None, policy_text: str | None = None) -> Loaded[Settings]:
    """Read policy.toml, directory.toml, riskwatch.toml and the bank holidays of a folder. What they hold never raises.

    `today` is the local date. Problems name the files as in `shown_as`, the folder as a person gave it. `policy_text`
    is taken for what policy.toml says, where it is given: the policy that is in force while the file's is not yet.
    """
    read = _Folder(folder, today=today, shown_as=shown_as, policy=None, service_optional=False, policy_text=policy_text)
    service = read.service_file.read(ServiceTable)
    if read.service_file.readable:
        check_service(read.service_file, service, folder)
    problems = read.problems(unsafe=Severity.ERROR)
    if _any_error(problems):
        return Loaded(None, problems)
    policy, directory = read.to_policy(), read.to_directory()
    settings = service.to_settings(folder.absolute(), policy, directory)
    return Loaded(replace(settings, policy_text=read.policy_file.text), problems)


def load_database(folder: Path) -> DatabaseSettings | None:
    """Return where the store is, as far as riskwatch.toml can say: for whoever must see it though the rest is wrong."""
    file = TomlFile(folder / service_file.NAME, service_file.NAME)
    table = file.read(ServiceTable).database
    if not file.readable:
        return None
    where = folder.absolute()
    password_file = absolute(table.password_file, where) if table.password_file else None
    try:
        return DatabaseSettings(store_url(table.url, where), password_file)
    except ValueError:
        return None


def load_waits(folder: Path) -> tuple[timedelta, timedelta]:
    """Return source.refresh_every and service.unsent_limit as far as riskwatch.toml says them, else their defaults."""
    table = TomlFile(folder / service_file.NAME, service_file.NAME).read(ServiceTable)
    return table.source.refresh_every, table.service.unsent_limit


def zone_of(policy_text: str) -> ZoneInfo:
    """Return the time zone of a policy that was in force, as far as its text says one, else the default."""
    return TomlFile(Path(policy_file.NAME), policy_file.NAME, text=policy_text).read(PolicyTable).timezone


def load_for_simulation(
    folder: Path, *, today: date, shown_as: str | None = None, policy: Path | None = None
) -> Loaded[ReplaySettings]:
    """Read what a simulation needs: of riskwatch.toml, which may be missing, only `source.timezone`.

    `policy` is read in place of the folder's policy.toml, with the folder's directory and bank holidays. What would be
    unsafe to run (an address at a stranger's domain) is a finding here: a simulation shows what would come of it.
    """
    read = _Folder(folder, today=today, shown_as=shown_as, policy=policy, service_optional=True)
    zone = service_file.source_zone(read.service_file)
    problems = read.problems(unsafe=Severity.FINDING)
    if _any_error(problems):
        return Loaded(None, problems)
    settings = ReplaySettings(read.to_policy(), read.to_directory(), read.policy.timezone if zone is None else zone)
    return Loaded(settings, problems)


def _any_error(problems: Iterable[Problem]) -> bool:
    return any(problem.severity is Severity.ERROR for problem in problems)


def _months_after(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
