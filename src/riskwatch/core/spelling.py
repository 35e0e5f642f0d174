"""Moments and lengths of time as people say them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def wall_clock(moment: datetime, zone: ZoneInfo) -> str:
    """Return an aware moment as local time: "Tue 7 Sep 2021, 10:15"."""
    try:
        at = moment.astimezone(zone)
    except OverflowError:
        at = moment  # the calendar's very ends have no local time everywhere
    return f"{_DAYS[at.weekday()]} {at.day} {_MONTHS[at.month - 1]} {at.year}, {at.hour:02}:{at.minute:02}"


def spell(span: timedelta) -> str:
    """Return a length of time as people say it: "3 days 4 hours". Under a minute, and below nothing, it is blank."""
    minutes = int(span.total_seconds()) // 60
    if minutes <= 0:
        return ""
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return counted(days, "day") + (" " + counted(hours, "hour") if hours else "")
    if hours:
        return counted(hours, "hour") + (" " + counted(minutes, "minute") if minutes else "")
    return counted(minutes, "minute")


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: "1 letter", "2 letters"; `many` where the plural is not the noun with an s."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"
