"""Whole numbers that are too many for memory: kept on disk, in parts that are read one by one."""

from array import array
from pathlib import Path
from types import TracebackType
from typing import Self


class Spill:
    """Signed 64-bit numbers in parts. Append to `parts`, and flush from time to time; several may share a folder if
    each has a name of its own."""

    def __init__(self, folder: Path, parts: int, name: str = "numbers") -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder
        self._name = name
        self.parts = [array("q") for _ in range(parts)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for path in self._folder.glob(f"{self._name}-*"):
            path.unlink()

    def flush(self) -> None:
        """Write what is in memory."""
        for number, part in enumerate(self.parts):
            if part:
                with self._path(number).open("ab") as file:
                    part.tofile(file)
                del part[:]

    def read(self, number: int) -> "array[int]":
        """Return all the numbers of a part."""
        found = array("q")
        path = self._path(number)
        if path.exists():
            found.frombytes(path.read_bytes())
        if number < len(self.parts):
            found.extend(self.parts[number])
        return found

    def _path(self, number: int) -> Path:
        return self._folder / f"{self._name}-{number:03}"
