"""What is wrong with a config folder, in words that name the place and the mend."""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

MAX_SHOWN = 60
"""Characters of a word from a file that a message repeats."""
MAX_NAMED = 8
"""Known words that a message lists."""


class Severity(StrEnum):
    """Whether the config folder can be used all the same."""

    ERROR = "error"
    FINDING = "finding"
    UNSAFE = "unsafe"
    """Not to be run, but harmless where nothing is sent: `Loaded` shows it as one of the two above."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem of one file. `file` is named as on the command line; `line` counts from 1; `message` is one line."""

    file: str
    line: int
    key: str
    message: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.key}: {self.message}"


T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Loaded(Generic[T_co]):
    """Settings and every problem of the files they came from; `settings` is None if and only if one is an error."""

    settings: T_co | None
    problems: tuple[Problem, ...] = field(default=())

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems for which the folder cannot be used."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)

    @property
    def findings(self) -> tuple[Problem, ...]:
        """The problems that need a person, although the folder can be used."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.FINDING)


def quoted(word: str) -> str:
    """Return a word from a file in quotes, on one line, cut to MAX_SHOWN characters."""
    shown = word if len(word) <= MAX_SHOWN else f"{word[:MAX_SHOWN]}..."
    return f'"{"".join(_visible(shown))}"'


def _visible(word: str) -> Iterator[str]:
    for character in word:
        yield character if character.isprintable() else ascii(character)[1:-1]


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that was probably meant by an unknown one, or None where none is like it."""
    by_small_letters = {word.lower(): word for word in known}
    near = difflib.get_close_matches(word[:MAX_SHOWN].lower(), list(by_small_letters), n=1)
    return by_small_letters[near[0]] if near else None


def meant(word: str, known: Iterable[str]) -> str:
    """Return the end of a message about an unknown word: the known word that was probably meant, or ""."""
    near = nearest(word, known)
    return "" if near is None else f"; did you mean {quoted(near)}?"


def instead(word: str, known: Iterable[str]) -> str:
    """Return the end of a message about an unknown word: the known word that was probably meant, else all of them."""
    words = sorted(known)
    if near := meant(word, words):
        return near
    if not words:
        return ""
    more = ", ..." if len(words) > MAX_NAMED else ""
    return f"; known: {', '.join(quoted(known) for known in words[:MAX_NAMED])}{more}"
