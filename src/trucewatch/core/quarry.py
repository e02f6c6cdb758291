"""Quarries and mines where people blast, and the hours in which they work."""

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from trucewatch.core.times import SECOND_NS, to_datetime

__all__ = ["HOURS_NEEDED", "Quarry", "hours_of_week"]

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
HOURS_NEEDED = 'hours such as "Mo-Fr 07:00-18:00", several parted by ";"'
_DAY_MIN, _WEEK_MIN = 1440, 10_080
_RULE = re.compile(
    rf"({'|'.join(DAYS)})(?:\s*-\s*({'|'.join(DAYS)}))?\s+(\d\d):(\d\d)\s*-\s*(\d\d):(\d\d)", re.IGNORECASE
)


@dataclass(frozen=True)
class Quarry:
    """A place where blasting is work: a disc, and its working hours in its own zone.

    hours   as `hours_of_week` reads them; None where they are not known
    """

    name: str
    lon_deg: float
    lat_deg: float
    radius_m: float
    hours: str | None = None
    zone: str = "UTC"

    @cached_property
    def open_min(self) -> np.ndarray | None:
        """Whether (10,080,) it works in each minute of a week that begins on Monday; None where nobody says."""
        return None if self.hours is None else hours_of_week(self.hours)

    def working(self, t_ns: np.ndarray) -> np.ndarray:
        """Return whether (n,) it works at instants (n,) ns UTC; False where its hours are not known."""
        if self.open_min is None or not len(t_ns):
            return np.zeros(len(t_ns), dtype=bool)
        quarter_ns = 900 * SECOND_NS  # every zone of today changes its offset at a quarter of an hour
        quarters, place = np.unique(np.asarray(t_ns) // quarter_ns, return_inverse=True)
        starts = [_minute_of_week(int(q) * quarter_ns, self.zone) for q in quarters.tolist()]
        minute = np.array(starts)[place] + (t_ns - quarters[place] * quarter_ns) // (60 * SECOND_NS)
        return np.asarray(self.open_min[minute % _WEEK_MIN])


def hours_of_week(text: str) -> np.ndarray:
    """Return whether (10,080,) each minute of a week from Monday on lies in hours such as "Mo-Fr 07:00-18:00".

    Several are parted by ";"; hours that end before they begin run into the next day. ValueError where it is no such
    text.
    """
    open_min = np.zeros(_WEEK_MIN, dtype=bool)
    for part in text.split(";"):
        rule = _RULE.fullmatch(part.strip())
        if rule is None:
            raise ValueError(f"found the hours {text!r}; needed {HOURS_NEEDED}; correct them")
        first = DAYS.index(rule[1].capitalize())
        last = DAYS.index((rule[2] or rule[1]).capitalize())
        begin, end = (int(rule[i]) * 60 + int(rule[i + 1]) for i in (3, 5))
        if begin >= _DAY_MIN or end > _DAY_MIN:
            raise ValueError(f"found the hours {text!r}; needed times from 00:00 to 24:00; correct them")
        length = end - begin if end > begin else end - begin + _DAY_MIN
        for day in range((last - first) % 7 + 1):
            start = (first + day) % 7 * _DAY_MIN + begin
            open_min[np.arange(start, start + length) % _WEEK_MIN] = True
    return open_min


def _minute_of_week(t_ns: int, zone: str) -> int:
    local = to_datetime(t_ns, zone)
    return local.weekday() * _DAY_MIN + local.hour * 60 + local.minute
