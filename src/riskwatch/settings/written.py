"""The values that config files write as text: words, durations, times of day, addresses."""

import re
from datetime import time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, PlainValidator

from riskwatch.core.directory import domain_of
from riskwatch.core.durations import Duration, parse_duration, rough_seconds
from riskwatch.settings.problems import MAX_SHOWN, quoted

MAX_WORD = 80
MAX_DURATION_DAYS = 3_660
"""Ten years: a longer duration is a slip of the pen, and repeats of it would leave the calendar."""
MAX_SPAN = timedelta(days=31)
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_SPAN = re.compile(r"([0-9]{1,9}) (second|minute|hour|day)s?")


def one_line(text: str) -> str:
    """Return the text if it is printable on one line, else raise ValueError."""
    if not text.isprintable():
        raise ValueError("must be printable text on one line")
    return text


def _word(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be blank")
    if text != text.strip():
        raise ValueError(f"{quoted(text)} has white space around it; take it out")
    if len(text) > MAX_WORD:
        raise ValueError(f"must be at most {MAX_WORD} characters long")
    return one_line(text)


def _duration(value: object) -> Duration:
    if not isinstance(value, str) or len(value) > MAX_SHOWN:
        raise ValueError('must be a duration in quotes, such as "24 hours" or "10 working days"')
    duration = parse_duration(value)
    if abs(rough_seconds(duration)) > MAX_DURATION_DAYS * 86_400:
        raise ValueError(f"{quoted(value)} is longer than {MAX_DURATION_DAYS} days")
    return duration


def _positive(duration: Duration) -> Duration:
    if duration.amount <= 0:
        raise ValueError("must be longer than nothing")
    return duration


def _span(value: object) -> timedelta:
    match = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError('must be "N seconds", "N minutes", "N hours" or "N days" in quotes, such as "15 minutes"')
    span = int(match[1]) * timedelta(**{f"{match[2]}s": 1})
    if not timedelta(0) < span <= MAX_SPAN:
        raise ValueError(f"must be longer than nothing, and at most {MAX_SPAN.days} days")
    return span


def _clock_time(value: object) -> time:
    match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError('must be a time of day in quotes, such as "07:00"')
    return time(int(match[1]), int(match[2]))


def _window(value: object) -> tuple[time, time]:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError('must be two times of day, such as ["07:00", "20:00"]')
    start, end = (_clock_time(item) for item in value)
    if start == end:
        raise ValueError("must not end when it begins; a ladder without it tells at any hour")
    return start, end


def _zone(value: object) -> ZoneInfo:
    if isinstance(value, str) and value:
        try:
            return ZoneInfo(value)
        except (ValueError, LookupError, OSError):  # a name may be a folder of the database, or no path at all
            pass
    raise ValueError('must be a time zone of the IANA list in quotes, such as "Europe/London"')


def _domain(text: str) -> str:
    domain = text.strip().lower()
    if domain_of(f"x@{domain}") != domain:
        raise ValueError("must be a domain alone, such as north.police.uk")
    return domain


Word = Annotated[str, AfterValidator(_word)]
"""A word that records or other keys are compared with."""
Line = Annotated[str, AfterValidator(one_line)]
"""Free text on one line; may be blank."""
Address = Annotated[str, AfterValidator(lambda text: text.strip().lower())]
"""An address, trimmed and lower-cased; whether letters may go there is checked with the whole file at hand."""
Domain = Annotated[str, AfterValidator(_domain)]
AnyDuration = Annotated[Duration, PlainValidator(_duration)]
PositiveDuration = Annotated[Duration, PlainValidator(_duration), AfterValidator(_positive)]
Span = Annotated[timedelta, PlainValidator(_span)]
ClockTime = Annotated[time, PlainValidator(_clock_time)]
Window = Annotated[tuple[time, time], PlainValidator(_window)]
Zone = Annotated[ZoneInfo, PlainValidator(_zone)]
