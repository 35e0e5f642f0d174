"""The bank holidays: bank-holidays.json in the format of gov.uk, and the force's own corrections to it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from riskwatch.settings.shipped import shipped

NATIONS = ("england-and-wales", "scotland", "northern-ireland")
HOLIDAYS_NAME = "bank-holidays.json"
OVERRIDE_NAME = "bank-holidays-override.json"
SOURCE = "https://www.gov.uk/bank-holidays.json"
_DATE_MEND = 'write it as "2027-05-31"'


@dataclass(frozen=True, slots=True)
class HolidayFile:
    """A nation's bank holidays; beyond `until`, the last date that the file covers, none are known."""

    dates: frozenset[date]
    until: date


class HolidayFileError(Exception):
    """The files cannot be used. Each of `problems` is one line: `file:line: key: message`."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def load_holidays(folder: Path, nation: str) -> HolidayFile:
    """Return the bank holidays of a nation from a config folder, or raise HolidayFileError with every problem found.

    Where the folder has no bank-holidays.json the shipped one is read. An override that gov.uk's file has caught up
    with (an added date that it has, a removed one that it lacks) is no problem: that file is replaced every year.
    """
    holidays = folder / HOLIDAYS_NAME
    if not holidays.exists():
        holidays = shipped(f"config/{HOLIDAYS_NAME}")
    if nation not in NATIONS:
        raise HolidayFileError([f"{holidays}: {nation}: unknown nation; write one of {', '.join(NATIONS)}"])
    document, corrections = _Document(holidays), _Document(folder / OVERRIDE_NAME)
    published = _published(document, nation)
    added, removed = _overrides(corrections, nation)
    problems = document.problems + corrections.problems
    if problems:
        raise HolidayFileError(problems)
    return HolidayFile(dates=(published | added) - removed, until=date(max(published).year, 12, 31))


class _Document:
    """A JSON file, and the problems found in it, each with the line where the key or value stands."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[str] = []
        self._text = ""

    def read(self) -> dict[str, object]:
        """Return the object that the file holds; an empty one where it cannot be read, which is then a problem."""
        try:
            self._text = self.path.read_text(encoding="utf-8-sig")
            return self.object_at(json.loads(self._text), "the file")
        except json.JSONDecodeError as error:
            self.problems.append(f"{self.path}:{error.lineno}: column {error.colno}: no valid JSON: {error.msg}")
        except UnicodeDecodeError:
            self.problems.append(f"{self.path}: the file is not UTF-8 text; save it as UTF-8")
        except OSError as error:
            self.problems.append(f"{self.path}: the file cannot be read: {error.strerror}")
        return {}

    def object_at(self, content: object, key: str, *trail: str) -> dict[str, object]:
        """Return the content if it is an object; else an empty one, which is then a problem."""
        if isinstance(content, dict):
            return content
        self.problem(key, "is not an object; write {...}", *trail)
        return {}

    def dates_at(self, content: object, key: str, *trail: str) -> Iterator[date]:
        """Yield the dates of a list of events; each event without a readable one is a problem."""
        if not isinstance(content, list):
            self.problem(key, "is not a list; write [...]", *trail)
            return
        for index, event in enumerate(content):
            written = event.get("date") if isinstance(event, dict) else None
            if not isinstance(written, str):
                self.problem(f"{key}[{index}]", 'has no date; write {"date": "2027-05-31", "title": "..."}', *trail)
                continue
            try:
                yield date.fromisoformat(written)
            except ValueError:
                self.problem(f"{key}[{index}].date", f"{written!r} is not a date; {_DATE_MEND}", *trail, written)

    def problem(self, key: str, message: str, *trail: str) -> None:
        """Note a problem; the trail of keys and values, outermost first, leads to its line."""
        line, position = "", 0
        for word in trail:
            position = self._text.find(json.dumps(word, ensure_ascii=False), position)
            if position < 0:
                break
            number = self._text.count("\n", 0, position) + 1
            line = f":{number}"
        self.problems.append(f"{self.path}{line}: {key}: {message}")


def _published(document: _Document, nation: str) -> frozenset[date]:
    """Return the nation's dates of the file in the format of gov.uk; there are some, or there is a problem."""
    division = document.object_at(document.read().get(nation, {}), nation, nation)
    key = f"{nation}.events"
    dates = frozenset(document.dates_at(division.get("events", []), key, nation))
    if document.problems:
        return dates
    if not dates:
        document.problem(key, f"has no bank holidays; download the file anew from {SOURCE}", nation)
        return dates
    # A mistyped year at the far end would silence the warning that the file runs out.
    years = {day.year for day in dates}
    gap = next((year for year in range(min(years), max(years)) if year not in years), None)
    if gap is not None:
        document.problem(key, f"has none in {gap}, but later ones; correct the year, or add those of {gap}", nation)
    return dates


def _overrides(document: _Document, nation: str) -> tuple[frozenset[date], frozenset[date]]:
    """Return the nation's dates to add and to remove; both are empty where there is no override file."""
    chosen: dict[str, frozenset[date]] = {"add": frozenset(), "remove": frozenset()}
    for action, nations in document.read().items() if document.path.exists() else ():
        if action not in chosen:
            document.problem(action, 'is unknown; write "add" or "remove"', action)
            continue
        for name, events in document.object_at(nations, action, action).items():
            if name not in NATIONS:
                document.problem(f"{action}.{name}", f"is unknown; write one of {', '.join(NATIONS)}", action, name)
                continue
            dates = frozenset(document.dates_at(events, f"{action}.{name}", action, name))
            if name == nation:
                chosen[action] = dates
    for day in sorted(chosen["add"] & chosen["remove"]):
        document.problem(f"remove.{nation}", f"{day} is also added; keep one of the two", "remove", nation, str(day))
    return chosen["add"], chosen["remove"]
