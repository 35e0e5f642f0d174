"""Files for their owner alone, written whole or not at all: half a table would pass for the whole."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from riskwatch.entrypoints.console import Refused


def write_private(path: Path, write: Callable[[IO[Any]], None], *, binary: bool = False) -> None:
    """Write a file anew, readable and writable for its owner alone; one that stood there is replaced whole.

    Text is UTF-8. Raises Refused where it cannot be written.
    """
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        unfinished.unlink(missing_ok=True)  # one that was left behind may be open to others
        how: dict[str, Any] = {} if binary else {"encoding": "utf-8", "errors": "replace", "newline": ""}
        with open(unfinished, "xb" if binary else "x", opener=_private, **how) as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise Refused([f"riskwatch: {path} cannot be written ({error.strerror})"]) from None


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)
