"""Hours in the words of a press report: "from 9:00 a.m. to 4:00 p.m. Kyiv Time"."""

import re
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from trucewatch.core.times import from_datetime

__all__ = ["Hours", "hours_of"]

_T = r"(\d{1,2})(?:[:.](\d{2}))?\s*(?:([ap])\.?\s?m\b\.?)?"
_ZONE = r"(?:\s*(kyiv|kiev|local|moscow)\b(?:\s+time)?)?(?:\s*\([^()]*\))?"
_RANGE = re.compile(rf"(?:from|between)\s+{_T}{_ZONE},?\s*(?:to|until|till|and|[-–])\s*{_T}{_ZONE}", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<![ap]\.m\.)(?<=[.!?\"])\s+(?=[A-Z\"])|;{2,}|\n")
_DATELINE = re.compile(r"(?:^|\s)(KYIV|KIEV|MOSCOW)\.")
_ZONES = {"kyiv": "Europe/Kyiv", "kiev": "Europe/Kyiv", "local": "Europe/Kyiv", "moscow": "Europe/Moscow"}


class Hours(NamedTuple):
    """An interval in ns UTC, its zone, and whether the sentence itself names the zone or only the report's dateline."""

    t_start_ns: int
    t_end_ns: int
    zone: str
    zone_stated: bool


def hours_of(text: str, day: date, name: str) -> list[Hours]:
    """Return the different hours that a report gives for a day, in sentences that name the place `name`.

    A range without a zone is read in the zone of the report's dateline; without either it is no statement of hours.
    """
    found: dict[tuple[int, int], Hours] = {}
    dateline = None
    for sentence in _SENTENCE.split(text):
        place = _DATELINE.search(sentence)
        dateline = place[1].lower() if place else dateline
        if name.casefold() not in sentence.casefold():
            continue
        for match in _RANGE.finditer(sentence):
            hours = _hours(match.groups(), day, dateline)
            if hours is not None:
                found.setdefault(hours[:2], hours)
    return list(found.values())


def _hours(parts: tuple[str | None, ...], day: date, dateline: str | None) -> Hours | None:
    word = (parts[7] or parts[3] or "").lower()
    zone = _ZONES.get(word or dateline or "")
    start, end = _clock(*parts[:3]), _clock(*parts[4:7])
    if zone is None or start is None or end is None:
        return None
    first = datetime.combine(day, start, ZoneInfo(zone))
    last = datetime.combine(day + timedelta(days=int(end <= start)), end, ZoneInfo(zone))
    return Hours(from_datetime(first), from_datetime(last), zone, bool(word))


def _clock(hour: str | None, minute: str | None, half: str | None) -> time | None:
    """Return a clock time; None where it has neither minutes nor a.m. or p.m., or is impossible."""
    if hour is None or (minute is None and half is None):
        return None
    h = int(hour)
    if half and h <= 12:
        h = h % 12 + (12 if half.lower() == "p" else 0)
    return time(h, int(minute or 0)) if h < 24 and int(minute or 0) < 60 else None
