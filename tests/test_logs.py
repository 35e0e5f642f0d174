"""What reaches the log, and what never may."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from riskwatch import logs
from riskwatch.core.faults import StoreFault

SECRET = "Jane Doe, 14 Mill Lane"


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def stream() -> io.StringIO:
    """A log that takes everything from DEBUG up."""
    stream = io.StringIO()
    logs.configure("debug", stream=stream)
    return stream


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    """Return the log's lines."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def fail(text: str) -> None:
    """Fail as a driver does that quotes the row."""
    raise ValueError(text)


def throw(error: Exception) -> None:
    """Raise an error."""
    raise error


def test_an_event_is_one_line_of_json_with_a_time_in_utc(stream: io.StringIO) -> None:
    """A log is read by programs: one object a line, its time ISO 8601 with a Z."""
    structlog.get_logger().warning("sweep-bound-reached", rounds=1000)
    (line,) = lines(stream)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "sweep-bound-reached", "level": "warning", "rounds": 1000}


def test_an_unknown_key_is_dropped_and_counted(stream: io.StringIO) -> None:
    """A key that nobody has found harmless is not written, but it does not vanish without a trace."""
    structlog.get_logger().info("read", children=2, child_name=SECRET, address=SECRET)
    (line,) = lines(stream)
    assert line["dropped"] == 2
    assert line["children"] == 2
    assert SECRET not in stream.getvalue()


def test_a_value_that_is_no_plain_value_is_dropped(stream: io.StringIO) -> None:
    """A whole record under an allowed key would show all that it holds."""
    structlog.get_logger().info("read", subject={"name": SECRET}, problem=ValueError(SECRET), children=[1, SECRET])
    (line,) = lines(stream)
    assert line["dropped"] == 3
    assert SECRET not in stream.getvalue()


def test_a_long_text_is_cut(stream: io.StringIO) -> None:
    """There is a bound on everything, a line of the log too."""
    structlog.get_logger().info("read", problem="x" * 10_000)
    assert len(lines(stream)[0]["problem"]) == logs.MAX_TEXT + 3


def test_a_foreign_message_never_reaches_the_log(stream: io.StringIO) -> None:
    """An exception that is not ours is told by class and place: its text may quote a record, as may what caused it."""
    try:
        try:
            fail(SECRET)
        except ValueError as error:
            raise KeyError(SECRET) from error
    except KeyError:
        structlog.get_logger().exception("obligation-set-aside")
    (line,) = lines(stream)
    assert line["error"] == "KeyError"
    assert [part for part in line["trace"] if ":" not in part] == ["KeyError", "ValueError"]
    assert any("test_logs.py" in part and part.endswith("fail") for part in line["trace"])
    assert SECRET not in stream.getvalue()


def test_our_own_fault_is_told_in_full(stream: io.StringIO) -> None:
    """A Fault's text is written by us, names the mend, and holds no personal data."""
    try:
        throw(StoreFault("the disk is full; make room"))
    except StoreFault:
        structlog.get_logger().exception("deciding-failed")
    assert lines(stream)[0]["trace"][0] == "StoreFault: the disk is full; make room"


def test_every_member_of_a_group_is_told(stream: io.StringIO) -> None:
    """A task group wraps what went wrong; the wrapping alone would mend nothing."""
    try:
        throw(ExceptionGroup(SECRET, [ValueError(SECRET), StoreFault("the disk is full")]))
    except ExceptionGroup:
        structlog.get_logger().exception("delivery-stopped")
    classes = [part for part in lines(stream)[0]["trace"] if "test_logs.py" not in part]
    assert classes == ["ExceptionGroup", "ValueError", "StoreFault: the disk is full"]
    assert SECRET not in stream.getvalue()


def test_a_chain_without_end_is_cut(stream: io.StringIO) -> None:
    """There is a bound on how many errors of a chain are told."""
    error = ValueError(SECRET)
    for _ in range(100):
        outer = ValueError(SECRET)
        outer.__cause__ = error
        error = outer
    assert len(logs.describe(error)) == logs.MAX_ERRORS
    error.__cause__ = error
    assert logs.describe(error) == ["ValueError"]


def test_a_library_is_told_by_template_and_place(stream: io.StringIO) -> None:
    """A library's line is filled with what it works on; only the words of its own code are kept."""
    log = logging.getLogger("sqlalchemy.pool")
    log.warning("Could not store %s", SECRET)
    log.error(f"Could not store {SECRET}")
    log.info("harmless")
    try:
        fail(SECRET)
    except ValueError:
        log.critical("Broken: %s", SECRET, exc_info=True)
    first, second, third = lines(stream)
    assert first["template"] == "Could not store %s"
    assert first["logger"] == "sqlalchemy.pool"
    assert "template" not in second
    assert second["level"] == "error"
    assert second["file"].endswith("test_logs.py")
    assert third["error"] == "ValueError"
    assert SECRET not in stream.getvalue()


def test_below_the_level_nothing_is_written() -> None:
    """The configured level holds."""
    stream = io.StringIO()
    logs.configure("warning", stream=stream)
    structlog.get_logger().info("read")
    assert stream.getvalue() == ""


def test_a_second_call_replaces_the_first() -> None:
    """A reload configures the log anew: no line twice, none in the old stream."""
    old, new = io.StringIO(), io.StringIO()
    logs.configure("info", stream=old)
    logs.configure("info", stream=new)
    logging.getLogger("apscheduler").warning("late: %s", "x")
    structlog.get_logger().info("read")
    assert old.getvalue() == ""
    assert len(lines(new)) == 2


def test_people_get_one_short_line() -> None:
    """At a terminal a warning is one readable line, whatever its values hold."""
    stream = io.StringIO()
    logs.configure("info", stream=stream, human=True)
    try:
        fail(SECRET)
    except ValueError:
        structlog.get_logger().exception("obligation-set-aside", subject="C1\nfalse line")
    text = stream.getvalue()
    assert text.startswith(
        "riskwatch: error: obligation-set-aside subject=C1 false line error=ValueError (ValueError; "
    )
    assert text.count("\n") == 1
    assert SECRET not in text


def test_a_log_that_cannot_be_written_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed or missing standard error loses lines, not letters."""
    stream = io.StringIO()
    logs.configure("info", stream=stream)
    stream.close()
    structlog.get_logger().info("read")
    logs.configure("info")
    monkeypatch.setattr(sys, "stderr", None)
    structlog.get_logger().info("read")
