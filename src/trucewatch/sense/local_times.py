"""Date and clock times of one row in its own zone, as an interval in ns UTC."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache
from math import isnan
from zoneinfo import ZoneInfo, available_timezones

from trucewatch.core.times import SECOND_NS, from_datetime
from trucewatch.sense.words import clock_s, day_number

__all__ = ["LocalInterval", "local_interval", "zone_of"]

_OFFSET = re.compile(r"(?:UTC|GMT)?\s*([+-])(\d{1,2})(?::?(\d{2}))?", re.IGNORECASE)
_MINUTE_NS = 60 * SECOND_NS
_FIRST_DAY, _LAST_DAY = (float((date(year, 1, 1) - date(1970, 1, 1)).days) for year in (1900, 2200))


@dataclass(frozen=True, slots=True)
class LocalInterval:
    """An interval in ns UTC; `fault` says why there is none, `doubt` what is odd about it."""

    t_start_ns: int = 0
    t_end_ns: int = 0
    fault: tuple[str, str] | None = None
    doubt: tuple[str, str, str] | None = None


def zone_of(word: str | None) -> tzinfo | None:
    """Return the zone of a name such as Europe/Kyiv or an offset such as UTC+3; None where it is neither."""
    if word is None:
        return None
    if word.upper() in ("UTC", "Z", "GMT"):
        return UTC
    offset = _OFFSET.fullmatch(word)
    if offset and int(offset[2]) <= 14:
        delta = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        return timezone(delta if offset[1] == "+" else -delta)
    return ZoneInfo(word) if word in _names() else None


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones())


def local_interval(day: str | None, first: str | None, last: str | None, zone: str | None) -> LocalInterval:
    """Return the interval of a day and its first and last minute; without minutes the whole day.

    The last minute belongs to the interval. A last minute before the first is of the next day. Where the clocks
    change, an hour that comes twice or never widens the interval to every reading of it.
    """
    tz, number = zone_of(zone), day_number(day or "")
    start_s, end_s = clock_s(first or ""), clock_s(last or "")
    if tz is None:
        needed = "a zone such as Europe/Kyiv, UTC or +03:00; none is assumed"
        return LocalInterval(fault=(f"time_zone {zone!r}" if zone else "no time_zone", needed))
    if not _FIRST_DAY <= number < _LAST_DAY:
        return LocalInterval(fault=(f"date {day!r}" if day else "no date", "a date as YYYY-MM-DD from 1900 to 2199"))
    if (first and isnan(start_s)) or (last and isnan(end_s)) or (last and not first):
        found = f"time_from {first!r}, time_to {last!r}"
        return LocalInterval(fault=(found, "clock times as HH:MM, the first one given"))
    on = date(1970, 1, 1) + timedelta(days=int(number))
    return _whole_day(on, tz) if first is None else _minutes(on, start_s, start_s if last is None else end_s, tz)


def _minutes(on: date, start_s: float, end_s: float, tz: tzinfo) -> LocalInterval:
    starts = _readings(on, start_s, tz)
    ends = _readings(on, end_s + (86400 if end_s < start_s else 0), tz)
    twice = "an hour that comes twice or never when the clocks change", "the offset", "every reading of it is covered"
    doubt = twice if len(starts) > 1 or len(ends) > 1 else None
    return LocalInterval(starts[0], ends[-1] + _MINUTE_NS, doubt=doubt)


def _whole_day(on: date, tz: tzinfo) -> LocalInterval:
    start, end = (from_datetime(datetime(d.year, d.month, d.day, tzinfo=tz)) for d in (on, on + timedelta(days=1)))
    return LocalInterval(start, end, doubt=("no time_from", "the minute", "the whole day is taken"))


def _readings(on: date, clock: float, tz: tzinfo) -> list[int]:
    """Return ns UTC of a clock time, in order; two where it is ambiguous or does not exist."""
    naive = datetime(on.year, on.month, on.day, tzinfo=UTC).replace(tzinfo=None) + timedelta(seconds=clock)
    readings = {from_datetime(naive.replace(tzinfo=tz, fold=fold)) for fold in (0, 1)}
    return sorted(readings)
