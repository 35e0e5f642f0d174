"""On which line each key of a TOML file stands; the parser of the standard library does not tell."""

import re
import tomllib
from bisect import bisect_right

Place = tuple[str | int, ...]
"""A place in a document: keys, and positions in lists counted from 0."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_DOT = re.compile(r"[ \t]*\.[ \t]*")
_KEY = re.compile(r"""(?P<bare>[A-Za-z0-9_-]+)|"(?:\\.|[^"\\])*"|'[^']*'""")
_TEXT = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})'
    r"|'''.*?'''(?:'{0,2})"
    r"""|"(?:\\.|[^"\\])*"|'[^']*'""",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\r\n]*")


MAX_DEPTH = 16
"""Keys within keys; the files of config/ need five."""


class TooDeep(Exception):
    """A document is nested deeper than MAX_DEPTH."""


class Positions:
    """The lines of a text that tomllib has read without an error; any other text gives lines that mean nothing.

    Raises TooDeep.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._lines: dict[Place, int] = {(): 1}
        self._counts: dict[Place, int] = {}
        self._document()

    def line(self, path: Place) -> int:
        """Return the line of the place, or of the nearest place around it that is written."""
        while path not in self._lines:
            path = path[:-1]
        return self._lines[path]

    def rename(self, old: Place, new: Place) -> None:
        """Let the lines of a place, and of all within it, be those of another too, unless that has its own."""
        within = [(path, line) for path, line in self._lines.items() if path[: len(old)] == old]
        for path, line in within:
            self._lines.setdefault((*new, *path[len(old) :]), line)

    def _document(self) -> None:
        table: Place = ()
        self._skip(_BLANK)
        while self._at < len(self._text):
            start = self._at
            if self._next("[["):
                table = self._element(self._key(), start)
                self._next("]]")
            elif self._next("["):
                table = self._resolved(self._key())
                self._mark(table, start)
                self._next("]")
            else:
                self._pair(table)
            self._skip(_BLANK)
            if self._at == start:
                return  # not TOML after all: better no lines than no end

    def _pair(self, table: Place) -> None:
        start = self._at
        path = table
        for key in self._key():
            path = (*path, key)
            self._mark(path, start)
        self._skip(_SPACE)
        self._next("=")
        self._skip(_SPACE)
        self._value(path)

    def _value(self, path: Place) -> None:
        if self._next("["):
            self._list(path)
        elif self._next("{"):
            self._inline(path)
        elif not self._skip(_TEXT):
            self._skip(_SCALAR)

    def _list(self, path: Place) -> None:
        index = 0
        self._skip(_BLANK)
        while self._at < len(self._text) and not self._next("]"):
            start = self._at
            self._mark((*path, index), start)
            self._value((*path, index))
            self._skip(_BLANK)
            self._next(",")
            self._skip(_BLANK)
            index += 1
            if self._at == start:
                return

    def _inline(self, path: Place) -> None:
        self._skip(_BLANK)
        while self._at < len(self._text) and not self._next("}"):
            start = self._at
            self._pair(path)
            self._skip(_BLANK)
            self._next(",")
            self._skip(_BLANK)
            if self._at == start:
                return

    def _key(self) -> list[str]:
        """Return the parts of a dotted key."""
        parts = []
        self._skip(_SPACE)
        while match := _KEY.match(self._text, self._at):
            self._at = match.end()
            parts.append(match["bare"] or _unquoted(match[0]))
            if not self._skip(_DOT):
                break
        self._skip(_SPACE)
        return parts

    def _resolved(self, keys: list[str]) -> Place:
        """Return the path of a table's header: within an array of tables it means the latest element."""
        path: Place = ()
        for key in keys:
            path = (*path, key)
            if path in self._counts:
                path = (*path, self._counts[path] - 1)
        return path

    def _element(self, keys: list[str], start: int) -> Place:
        array = (*self._resolved(keys[:-1]), *keys[-1:])
        self._mark(array, start)
        index = self._counts.get(array, 0)
        self._counts[array] = index + 1
        self._mark((*array, index), start)
        return (*array, index)

    def _mark(self, path: Place, start: int) -> None:
        if len(path) > MAX_DEPTH:
            raise TooDeep
        # A table may be named by the header of one within it before its own.
        for length in range(1, len(path) + 1):
            self._lines.setdefault(path[:length], bisect_right(self._starts, start))

    def _skip(self, pattern: re.Pattern[str]) -> bool:
        match = pattern.match(self._text, self._at)
        if match is None or match.end() == self._at:
            return False
        self._at = match.end()
        return True

    def _next(self, mark: str) -> bool:
        if not self._text.startswith(mark, self._at):
            return False
        self._at += len(mark)
        return True


def _unquoted(key: str) -> str:
    (name,) = tomllib.loads(f"{key} = 0")
    return name
