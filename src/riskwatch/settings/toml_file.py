"""A TOML file, read as far as it can be: each problem is noted with its line, and what remains is checked too."""

import copy
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from riskwatch.settings.positions import Place, Positions, TooDeep
from riskwatch.settings.problems import Problem, Severity, instead, quoted

MAX_BYTES = 1_000_000
"""A larger file is refused unread: none of config/ comes near it."""
_MAX_PASSES = 4
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")
_AT_END = " (at end of document)"

_SAYS = {
    "string_type": "must be text in quotes",
    "int_type": "must be a whole number, without quotes",
    "bool_type": "must be true or false, without quotes",
    "list_type": "must be a list: [ ... ]",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "date_type": "must be a date alone, without quotes, such as 2026-11-30",
    "date_from_datetime_inexact": "must be a date alone, without quotes, such as 2026-11-30",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "too_short": "must not be empty",
    "too_long": "must have at most {max_length} entries",
}


class Part(BaseModel):
    """A table of a file. Every field has a harmless default, so that one bad key does not hide the problems of others;
    the keys that must be written stand in `needs`."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True, frozen=True)
    needs: ClassVar[tuple[str, ...]] = ()

    def given(self, name: str) -> bool:
        """Whether the field was written, and could be read."""
        return name in self.model_fields_set


P = TypeVar("P", bound=Part)


class TomlFile:
    """A file and the problems found in it so far. `shown` is its name as a person gave it."""

    def __init__(self, path: Path, shown: str, *, optional: bool = False) -> None:
        self.shown = shown
        self.problems: list[Problem] = []
        self.data: dict[str, Any] = {}
        self._positions = Positions("")
        self._read(path, optional=optional)
        self.readable = not self.problems

    def _read(self, path: Path, *, optional: bool) -> None:
        try:
            with path.open("rb") as file:
                content = file.read(MAX_BYTES + 1)
        except FileNotFoundError:
            if not optional:
                self._file_error(1, "file", "is missing; `riskwatch init` writes one to start from")
            return
        except OSError as error:
            self._file_error(1, "file", f"cannot be read: {error.strerror or type(error).__name__}")
            return
        if len(content) > MAX_BYTES:
            self._file_error(1, "file", f"is longer than {MAX_BYTES} bytes")
            return
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            self._file_error(content.count(b"\n", 0, error.start) + 1, "file", "is not UTF-8 text; save it as UTF-8")
            return
        try:
            data = tomllib.loads(text)
            self._positions = Positions(text)
            self.data = data
        except (RecursionError, TooDeep):
            self._file_error(1, "toml", "is nested too deeply")
        except ValueError as error:
            self._syntax_error(text, str(error))

    def _syntax_error(self, text: str, said: str) -> None:
        at_line = _AT_LINE.search(said)
        line = int(at_line[1]) if at_line else 1
        if said.endswith(_AT_END):
            line = text.rstrip().count("\n") + 1
        reason = "".join(c if c.isprintable() else "?" for c in _AT_LINE.sub("", said).removesuffix(_AT_END))
        self._file_error(line, "toml", f"is no valid TOML: {reason[:200]}")

    def _file_error(self, line: int, key: str, message: str) -> None:
        self.problems.append(Problem(self.shown, line, key, message))

    def error(self, place: Place, message: str) -> None:
        """Note an error at a place."""
        self._note(place, message, Severity.ERROR)

    def unsafe(self, place: Place, message: str) -> None:
        """Note what keeps the service from running, but not a simulation, which sends nothing."""
        self._note(place, message, Severity.UNSAFE)

    def finding(self, place: Place, message: str) -> None:
        """Note a finding at a place."""
        self._note(place, message, Severity.FINDING)

    def _note(self, place: Place, message: str, severity: Severity) -> None:
        self.problems.append(Problem(self.shown, self._positions.line(place), self._named(place), message, severity))

    def unknown(self, place: Place, word: str, what: str, known: Iterable[str]) -> None:
        """Note that a word is not among the known ones."""
        self.error(place, f"{quoted(word)} is not {what}{instead(word, known)}")

    def keys_at(self, *place: str | int) -> frozenset[str]:
        """Return the keys of the table at a place, as written; the ones whose values cannot be used too."""
        table = _at(self.data, place)
        return frozenset(table) if isinstance(table, dict) else frozenset()

    def read(self, model: type[P]) -> P:
        """Return the file as `model`, without what cannot be read, which is noted."""
        part = self._validated(model)
        if self.readable:
            self._demand(part, ())
        return part

    def _validated(self, model: type[P]) -> P:
        data = copy.deepcopy(self.data)
        for _ in range(_MAX_PASSES):
            try:
                return model.model_validate(data)
            except ValidationError as error:
                for detail in error.errors(include_url=False, include_input=False):
                    self.error(detail["loc"], _said(detail, model))
                    _drop(data, detail["loc"])
        return model.model_validate({})  # every pass drops what it finds: not reached with the models of this room

    def _demand(self, part: Part, place: Place) -> None:
        """Note each key that must be written and is not, in this table and those within it."""
        written = self.keys_at(*place)
        for name in part.needs:
            if name not in written:
                self.error((*place, name), "is missing")
        for name in part.model_fields_set:
            for step, inner in _parts(getattr(part, name)):
                self._demand(inner, (*place, name, *step))

    def _named(self, place: Place) -> str:
        """Return a place as a person would name it: list elements by their name where they have one."""
        named = ""
        for length, step in enumerate(place, start=1):
            if isinstance(step, str):
                word = step if _BARE.fullmatch(step) and len(step) <= 60 else quoted(step)
                named += f".{word}" if named else word
                continue
            element = _at(self.data, place[:length])
            name = element.get("name") if isinstance(element, dict) else None
            named += f"[{quoted(name)[1:-1]}]" if isinstance(name, str) and name else f"[{step + 1}]"
        return named or "file"


def _parts(value: object) -> list[tuple[Place, Part]]:
    if isinstance(value, Part):
        return [((), value)]
    if isinstance(value, list):
        return [((index,), part) for index, part in enumerate(value) if isinstance(part, Part)]
    if isinstance(value, Mapping):
        return [((key,), part) for key, part in value.items() if isinstance(part, Part)]
    return []


def _at(data: Any, place: Place) -> Any:
    """Return what stands at a place, or None where nothing does (TOML itself has no None)."""
    for step in place:
        if not isinstance(data, dict | list):
            return None
        try:
            data = data[step]  # type: ignore[index]  # a key for a list is a TypeError
        except (LookupError, TypeError):
            return None
    return data


def _drop(data: dict[str, Any], place: Place) -> None:
    """Take out the innermost key at or around a place. No element of a list is taken out: the others would move."""
    for length in range(len(place), 0, -1):
        table, key = _at(data, place[: length - 1]), place[length - 1]
        if isinstance(table, dict) and key in table:
            del table[key]
            return


def _said(detail: ErrorDetails, model: type[Part]) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        return f"is not a known key{instead(str(detail['loc'][-1]), _fields_at(model, detail['loc'][:-1]))}"
    if kind == "value_error":
        return str(context["error"])
    return _SAYS[kind].format(**context) if kind in _SAYS else detail["msg"].lower()


def _fields_at(model: type[Part], place: Place) -> list[str]:
    """Return the keys that the table at a place may have."""
    for step in place:
        field = model.model_fields.get(str(step))
        inner = field.annotation if field else None
        candidates = [inner, *getattr(inner, "__args__", ())]
        model = next((c for c in candidates if isinstance(c, type) and issubclass(c, Part)), model)
    return [field.alias or name for name, field in model.model_fields.items()]
