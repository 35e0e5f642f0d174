"""A TOML file, read as far as it can be: each problem is noted with its line, and what remains is checked too."""

import copy
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from riskwatch.settings import plain_words
from riskwatch.settings.positions import Place, Positions, TooDeep
from riskwatch.settings.problems import MAX_NAMED, Problem, Severity, instead, nearest, quoted

MAX_BYTES = 1_000_000
"""A larger file is refused unread: none of config/ comes near it."""
_MAX_PASSES = 12
"""A misspelt key within a misspelt key takes a pass each."""
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")
_AT_END = " (at end of document)"


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
    """A file and the problems found in it so far. `shown` is its name as a person gave it, `text` what it says."""

    def __init__(self, path: Path, shown: str, *, optional: bool = False, text: str | None = None) -> None:
        """`text` is taken for what the file says, where it is given: nothing is read then."""
        self.shown = shown
        self.text = ""
        self.problems: list[Problem] = []
        self.data: dict[str, Any] = {}
        self._positions = Positions("")
        self._first: dict[str, tuple[int, list[int]]] = {}
        if text is None:
            self._read(path, optional=optional)
        else:
            self._parse(text)
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
        self._parse(text)

    def _parse(self, text: str) -> None:
        self.text = text
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
        reason = plain_words.of_syntax(_AT_LINE.sub("", said).removesuffix(_AT_END), text.split("\n")[line - 1])
        self._file_error(line, "toml", f"is no valid TOML: {reason}")

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
        self.error_once(place, f"{quoted(word)} is not {what}{instead(word, known)}")

    def error_once(self, place: Place, message: str) -> None:
        """Note an error that one slip may cause in many places: once, with the lines of the others."""
        self._note_once(place, message, Severity.ERROR)

    def unsafe_once(self, place: Place, message: str) -> None:
        """Note what is unsafe, as `error_once` does."""
        self._note_once(place, message, Severity.UNSAFE)

    def _note_once(self, place: Place, message: str, severity: Severity) -> None:
        if message not in self._first:
            self._first[message] = (len(self.problems), [])
            self._note(place, message, severity)
            return
        index, lines = self._first[message]
        lines.append(self._positions.line(place))
        shown = ", ".join(str(line) for line in sorted(set(lines))[:MAX_NAMED])
        more = ", ..." if len(set(lines)) > MAX_NAMED else ""
        also = " Also on" if message.endswith("?") else "; also on"
        noun = "line" if len(set(lines)) == 1 else "lines"
        self.problems[index] = replace(self.problems[index], message=f"{message}{also} {noun} {shown}{more}")

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
                    if detail["type"] == "extra_forbidden":
                        self._unknown_key(data, detail["loc"], _fields_at(model, detail["loc"][:-1]))
                    else:
                        self.error(
                            detail["loc"],
                            plain_words.of_value(detail, is_table=isinstance(_at(data, detail["loc"]), dict)),
                        )
                        _drop(data, detail["loc"])
        return model.model_validate({})  # every pass drops what it finds: not reached with the models of this room

    def _unknown_key(self, data: dict[str, Any], place: Place, fields: Iterable[str]) -> None:
        """Note an unknown key. One that is only misspelt is read as the one that was meant: nothing follows from it."""
        word = str(place[-1])
        self.error(place, f"is not a known key{instead(word, fields)}")
        meant = nearest(word, fields)
        # A secret written as `password` must not go on as a path, and into messages.
        if meant is not None and not meant.endswith("_file"):
            right = (*place[:-1], meant)
            if _rename(data, place, right):
                _rename(self.data, place, right)
                self._positions.rename(place, right)
                return
        _drop(data, place)

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


def _rename(data: dict[str, Any], old: Place, new: Place) -> bool:
    """Move what stands at a place to another of the same table, and say whether that loses nothing."""
    table = _at(data, old[:-1])
    value, there = table[old[-1]], table.get(new[-1])
    if new[-1] not in table:
        table[new[-1]] = value
    elif isinstance(value, dict) and isinstance(there, dict) and not value.keys() & there.keys():
        there.update(value)
    else:
        return False
    del table[old[-1]]
    return True


def _drop(data: dict[str, Any], place: Place) -> None:
    """Take out the innermost key at or around a place. No element of a list is taken out: the others would move."""
    for length in range(len(place), 0, -1):
        table, key = _at(data, place[: length - 1]), place[length - 1]
        if isinstance(table, dict) and key in table:
            del table[key]
            return


def _fields_at(model: type[Part], place: Place) -> list[str]:
    """Return the keys that the table at a place may have."""
    for step in place:
        field = model.model_fields.get(str(step))
        inner = field.annotation if field else None
        candidates = [inner, *getattr(inner, "__args__", ())]
        model = next((c for c in candidates if isinstance(c, type) and issubclass(c, Part)), model)
    return [field.alias or name for name, field in model.model_fields.items()]
