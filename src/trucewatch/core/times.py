"""Time: int64 nanoseconds UTC, intervals, and days in a declared zone; naive datetimes are refused."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

__all__ = [
    "DAY_NS",
    "HOUR_NS",
    "SECOND_NS",
    "day_interval_ns",
    "day_intervals_ns",
    "format_ns",
    "from_datetime",
    "parse_instant",
    "to_datetime",
]

SECOND_NS = 1_000_000_000
HOUR_NS = 3600 * SECOND_NS
DAY_NS = 86400 * SECOND_NS  # exact, SI; a civil day in a zone with summer time may be 23 or 25 h
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def from_datetime(moment: datetime) -> int:
    """Return int64 ns UTC of an aware datetime; ValueError where it is naive."""
    if moment.tzinfo is None:
        raise ValueError(f"found the naive datetime {moment.isoformat()}; needed one with a zone; name its zone")
    delta = moment - _EPOCH
    return (delta.days * 86400 + delta.seconds) * SECOND_NS + delta.microseconds * 1000


def to_datetime(t_ns: int, zone: str = "UTC") -> datetime:
    """Return the aware datetime of int64 ns UTC in a named zone (microsecond resolution)."""
    return (_EPOCH + timedelta(microseconds=int(t_ns) // 1000)).astimezone(ZoneInfo(zone))


def format_ns(t_ns: int, zone: str = "UTC", timespec: str = "seconds") -> str:
    """Return ISO 8601 with offset; UTC is written `Z`."""
    text = to_datetime(t_ns, zone).isoformat(timespec=timespec)
    return text.replace("+00:00", "Z") if zone == "UTC" else text


def parse_instant(text: str, zone: str | None = None) -> int:
    """Return int64 ns UTC of ISO 8601 text; without an offset it is read in `zone`, or refused where none is given."""
    moment = datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", text.strip()))
    if moment.tzinfo is None:
        if zone is None:
            raise ValueError(f"found {text!r} without a zone; needed an offset such as Z or +03:00; add it")
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    return from_datetime(moment)


def day_interval_ns(day: date, zone: str) -> tuple[int, int]:
    """Return start and end of a civil day in its zone, ns UTC, half-open."""
    start = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    after = day + timedelta(days=1)
    end = datetime(after.year, after.month, after.day, tzinfo=ZoneInfo(zone))
    return from_datetime(start), from_datetime(end)


def day_intervals_ns(days: np.ndarray, zone: str) -> tuple[np.ndarray, np.ndarray]:
    """Return starts and ends (n,) int64 ns UTC of days (n,) datetime64[D] in one zone."""
    unique, place = np.unique(days, return_inverse=True)
    bounds = np.array([day_interval_ns(d, zone) for d in unique.tolist()], dtype=np.int64).reshape(-1, 2)
    return bounds[place, 0], bounds[place, 1]
