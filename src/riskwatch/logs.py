"""Logs: one line an event on standard error, of keys that are known to hold no personal data."""

import json
import logging
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from traceback import walk_tb
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict

from riskwatch.core.faults import Fault

MAX_TEXT = 500
"""Characters of one value."""
MAX_FRAMES = 20
MAX_ERRORS = 8
"""Errors of one chain or group that are described."""

_WORDS = """
attempts cases changed children connections count due failed held late later letters limit notices overdue
pages pending refused rejected repeats rounds rows sent soon struck waiting watched
action basis column decision error file full job kind letter_id line logger note policy_version problem purpose query
put_off rule signal stage state step table template trace verdict version
at due_at finished_at lease_s next_at seconds since started_at until wait_s
"""
_REFERENCES = {"subject", "child_ref"}  # the agency's own, as in the letters
_OWN = {"event", "level", "timestamp"}
ALLOWED = frozenset(_WORDS.split()) | _REFERENCES | _OWN
"""Every key that is ever written; any other is dropped, and counted under `dropped`."""


def configure(level: str, *, stream: TextIO | None = None, human: bool = False) -> None:
    """Send this program's events from `level` up, and those of its libraries from WARNING up, to one stream.

    `stream` None is standard error as it stands at each event. `human` writes short lines for a person in place of
    JSON. Each call replaces the one before.
    """
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            _stamp,
            _describe_error,
            _keep_allowed,
            _for_people if human else _as_json,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: _Lines(stream),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, _Libraries)]:
        root.removeHandler(handler)
    root.addHandler(_Libraries(logging.WARNING))
    root.setLevel(logging.WARNING)


def describe(error: BaseException) -> list[str]:
    """Return an error and what led to it, a line an error and a line a frame, without any text that is not our own.

    The message of a foreign exception may quote a record; its class and its place in the code are enough to mend it.
    """
    lines: list[str] = []
    for one in _chain(error):
        lines.append(f"{type(one).__name__}: {one}" if isinstance(one, Fault) else type(one).__name__)
        lines += places(one)
    return lines


def places(error: BaseException) -> list[str]:
    """Return where an error passed, as `file:line function`, the innermost last; of many the innermost."""
    frames = [(frame.f_code, line) for frame, line in walk_tb(error.__traceback__)]
    return [f"{_short(code.co_filename)}:{line} {code.co_name}" for code, line in frames[-MAX_FRAMES:]]


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield the error, the members of a group, and what each was raised from, each once and up to a bound."""
    waiting, seen = [error], set[int]()
    while waiting and len(seen) < MAX_ERRORS:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions
        cause = one.__cause__ if one.__suppress_context__ else one.__cause__ or one.__context__
        if cause is not None:
            waiting.append(cause)


def _short(file: str) -> str:
    return "/".join(Path(file).parts[-3:])


# --- what happens to an event, in this order --------------------------------------------------------------------------
def _stamp(_: Any, __: str, event: EventDict) -> EventDict:
    event["timestamp"] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return event


def _describe_error(_: Any, __: str, event: EventDict) -> EventDict:
    info = event.pop("exc_info", None)
    error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        event["trace"] = describe(error)
    return event


def _keep_allowed(_: Any, __: str, event: EventDict) -> EventDict:
    kept: dict[str, Any] = {}
    dropped = 0
    for key, value in event.items():
        if key in ALLOWED and _is_plain(value):
            kept[key] = _shown(value)
        else:
            dropped += 1
    if dropped:
        kept["dropped"] = dropped
    return kept


def _is_plain(value: object) -> bool:
    if isinstance(value, list):
        return all(isinstance(part, str) for part in value)
    return value is None or isinstance(value, str | int | float | datetime | Path)


def _shown(value: Any) -> Any:
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, list):
        return [_shown(part) for part in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str | Path):
        text = str(value)
        return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}..."
    return value


def _as_json(_: Any, __: str, event: EventDict) -> str:
    return json.dumps(event)


def _for_people(_: Any, __: str, event: EventDict) -> str:
    level, what = event.pop("level", ""), event.pop("event", "")
    event.pop("timestamp", None)
    trace = event.pop("trace", [])
    facts = [f"{key}={value}" for key, value in event.items()]
    line = f"riskwatch: {level}: {' '.join([str(what), *facts])}"
    if trace:
        line += f" ({'; '.join(trace)})"
    return "".join(mark if mark.isprintable() else " " for mark in line)


class _Lines:
    """Writes lines. One that cannot be written is lost: a full disk under the log must not stop a letter."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    def msg(self, line: str) -> None:
        try:
            stream = sys.stderr if self._stream is None else self._stream
            stream.write(f"{line}\n")
            stream.flush()
        except (OSError, ValueError, AttributeError):  # broken; closed; None where there is no standard error at all
            return

    debug = info = warning = error = critical = exception = fatal = log = msg


class _Libraries(logging.Handler):
    """Takes what libraries log into the same stream, by place and error class.

    The text is kept only as the template that stands in the library's code: filled in, it may quote a record.
    """

    def emit(self, record: logging.LogRecord) -> None:
        facts: dict[str, object] = {"logger": record.name, "file": _short(record.pathname), "line": record.lineno}
        if record.args and isinstance(record.msg, str):
            facts["template"] = record.msg.partition("\n")[0]
        if record.exc_info:
            facts["exc_info"] = record.exc_info
        log = structlog.get_logger()
        by_level: dict[int, Callable[..., object]] = {logging.WARNING: log.warning, logging.ERROR: log.error}
        by_level.get(record.levelno, log.critical)("library", **facts)
