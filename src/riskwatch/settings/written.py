"""The values that config files write as text: words, durations, times of day, addresses."""

import re
from datetime import date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema

from riskwatch.core.directory import domain_of
from riskwatch.core.durations import Duration, parse_duration, rough_seconds
from riskwatch.settings.problems import MAX_SHOWN, nearest, quoted

MAX_WORD = 80
MAX_DURATION_DAYS = 3_660
"""Ten years: a longer duration is a slip of the pen, and repeats of it would leave the calendar."""
MAX_SPAN = timedelta(days=31)
_NUMBER_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NUMBERS = {word: str(number) for number, word in enumerate(_NUMBER_WORDS, start=1)}
_OFTEN = {"hourly": "1 hour", "daily": "1 day", "weekly": "7 days", "fortnightly": "14 days", "monthly": "1 month"}
_LOOSE_UNITS = {
    "s": "second",
    "wd": "working day",
    "min": "minute",
    "h": "hour",
    "d": "day",
    "w": "week",
    "mon": "month",
}
_LOOSE = re.compile(
    rf"\s*(?P<amount>-?[0-9]{{1,5}}|{'|'.join(_NUMBERS)})\s*(?:(?P<s>s|secs?|seconds?)"
    r"|(?P<wd>wds?|(?:working|work|business|week)[\s_-]*day\s?s?)|(?P<min>mins?|minutes?)|(?P<h>h|hrs?|hours?)"
    r"|(?P<d>d|days?|calendar days?)|(?P<w>w|wks?|weeks?)|(?P<mon>m|mths?|months?))\.?\s*",
    re.IGNORECASE,
)
FIRST_YEAR, LAST_YEAR = 2000, 2199
_NO_MOMENT = "must be a local date, or date and time, without quotes, such as 2026-12-01 or 2026-12-01T07:00:00"
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
    try:
        duration = parse_duration(value)
    except ValueError as error:
        meant = _duration_meant_by(value)
        raise ValueError(f'{quoted(value)} is not a duration; did you mean "{meant}"?' if meant else error) from None
    if abs(rough_seconds(duration)) > MAX_DURATION_DAYS * 86_400:
        raise ValueError(f"{quoted(value)} is longer than {MAX_DURATION_DAYS} days")
    return duration


def _meant_by(slip: str) -> str:
    """Return the duration or span of time that was meant by "24h", "six weeks" or "weekly", or ""."""
    text = _OFTEN.get(slip.strip().lower(), slip)
    match = _LOOSE.fullmatch(text)
    if match is None:
        return ""
    amount = _NUMBERS.get(match["amount"].lower(), match["amount"])
    unit = next(unit for group, unit in _LOOSE_UNITS.items() if match[group])
    return f"{amount} {unit if amount in ('1', '-1') else f'{unit}s'}"


def _duration_meant_by(slip: str) -> str:
    meant = _meant_by(slip)
    try:
        parse_duration(meant)
    except ValueError:
        return ""
    return meant


def _positive(duration: Duration) -> Duration:
    if duration.amount <= 0:
        raise ValueError("must be longer than nothing")
    return duration


def _span(value: object) -> timedelta:
    match = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        hint = _meant_by(value) if isinstance(value, str) else ""
        meant = f'; did you mean "{hint}"?' if _SPAN.fullmatch(hint) else ""
        text = 'must be "N seconds", "N minutes", "N hours" or "N days" in quotes, such as "15 minutes"'
        raise ValueError(f"{text}{meant}")
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
    hint = _zone_like(value) if isinstance(value, str) else ""
    raise ValueError(f'must be a time zone of the IANA list in quotes, such as "Europe/London"{hint}')


def _zone_like(word: str) -> str:
    cities = {zone.rpartition("/")[2].lower(): zone for zone in available_timezones() if zone.count("/") == 1}
    city = nearest(word.rpartition("/")[2], cities)
    return "" if city is None else f"; did you mean {quoted(cities[city])}?"


def _domain(text: str) -> str:
    domain = text.strip().lower()
    if domain_of(f"x@{domain}") != domain:
        raise ValueError("must be a domain alone, such as north.police.uk")
    return domain


def _local_moment(value: object) -> datetime:
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        moment = datetime.combine(value, time(0))
    else:
        raise ValueError(_NO_MOMENT)  # noqa: TRY004  pydantic takes a ValueError for a problem of the file
    if moment.tzinfo is not None or not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(_NO_MOMENT)
    return moment.replace(microsecond=0)


UNIT = "x-unit"
"""The key of a JSON Schema under which the unit of a value stands; those who validate pass over it."""


def _text(pattern: str, unit: str, *examples: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, UNIT: unit, "examples": list(examples)})


_DURATION_UNIT = "hours, days, weeks, months or working days"
_MOMENT = "local date, or date and time, without quotes"

Word = Annotated[str, AfterValidator(_word), Field(json_schema_extra={"minLength": 1, "maxLength": MAX_WORD})]
"""A word that records or other keys are compared with."""
Line = Annotated[str, AfterValidator(one_line)]
"""Free text on one line; may be blank."""
Address = Annotated[str, AfterValidator(lambda text: text.strip().lower())]
"""An address, trimmed and lower-cased; whether letters may go there is checked with the whole file at hand."""
Domain = Annotated[str, AfterValidator(_domain)]
AnyDuration = Annotated[
    Duration,
    PlainValidator(_duration),
    _text("^-?[0-9]+ (hour|day|week|month|working day)s?$", _DURATION_UNIT, "0 hours", "-1 day", "3 working days"),
]
PositiveDuration = Annotated[
    Duration,
    PlainValidator(_duration),
    AfterValidator(_positive),
    _text("^[0-9]*[1-9][0-9]* (hour|day|week|month|working day)s?$", _DURATION_UNIT, "24 hours", "10 working days"),
]
Span = Annotated[
    timedelta,
    PlainValidator(_span),
    _text("^[0-9]{1,9} (second|minute|hour|day)s?$", "seconds, minutes, hours or days", "15 minutes"),
]
ClockTime = Annotated[time, PlainValidator(_clock_time), _text(f"^{_CLOCK.pattern}$", "local time of day", "07:30")]
Window = Annotated[
    tuple[time, time],
    PlainValidator(_window),
    WithJsonSchema(
        {
            "type": "array",
            "items": {"type": "string", "pattern": f"^{_CLOCK.pattern}$"},
            "minItems": 2,
            "maxItems": 2,
            UNIT: "local times of day",
            "examples": [["07:00", "20:00"]],
        }
    ),
]
LocalMoment = Annotated[
    datetime,
    PlainValidator(_local_moment),
    _text(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]+)?$", _MOMENT, "2026-12-01", "2026-12-01T07:00:00"),
]
"""A date, which begins at 00:00, or a date and time: local, and without an offset."""
Zone = Annotated[ZoneInfo, PlainValidator(_zone), _text("^[A-Za-z0-9_+/-]+$", "zone of the IANA list", "Europe/London")]
