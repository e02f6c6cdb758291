"""Windows of time: sorted, disjoint, half-open intervals (m, 2) int64 ns UTC, and how much of an interval they hold."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np

from trucewatch.core.times import DAY_NS, from_datetime, to_datetime

__all__ = ["OPEN_NS", "clip", "cut", "daily", "first_gap", "parse_hours", "share_inside", "window"]

OPEN_NS = 2**62  # end of what has no end; the year 2116
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")


def window(start_ns: int | None, end_ns: int | None) -> np.ndarray:
    """Return one window (1, 2), open where None; (0, 2) where it is empty."""
    start, end = -OPEN_NS if start_ns is None else start_ns, OPEN_NS if end_ns is None else end_ns
    return np.array([[start, end]] if start < end else [], dtype=np.int64).reshape(-1, 2)


def clip(windows: np.ndarray, start_ns: int | None, end_ns: int | None) -> np.ndarray:
    """Return the parts (k, 2) of windows (m, 2) between two instants."""
    start, end = -OPEN_NS if start_ns is None else start_ns, OPEN_NS if end_ns is None else end_ns
    inside = np.stack([np.maximum(windows[:, 0], start), np.minimum(windows[:, 1], end)], axis=1)
    return np.asarray(inside[inside[:, 0] < inside[:, 1]])


def cut(start_ns: int, end_ns: int, at_ns: Sequence[int | None]) -> list[tuple[int, int]]:
    """Return [start, end) cut into pieces at the instants that lie inside it."""
    inner = sorted({t for t in at_ns if t is not None and start_ns < t < end_ns})
    edges = [start_ns, *inner, end_ns]
    return list(pairwise(edges)) if start_ns < end_ns else []


def share_inside(t_start_ns: np.ndarray, t_end_ns: np.ndarray, windows: np.ndarray) -> np.ndarray:
    """Return the fraction (n,) of each interval (n,) that lies inside windows (m, 2); an instant is in or out."""
    if len(windows) == 0:
        return np.zeros(len(t_start_ns))
    length = t_end_ns - t_start_ns
    inside = _time_until(t_end_ns, windows) - _time_until(t_start_ns, windows)
    within = _holds(t_start_ns, windows).astype(np.float64)
    return np.where(length > 0, inside / np.where(length > 0, length, 1), within)


def _time_until(t_ns: np.ndarray, windows: np.ndarray) -> np.ndarray:
    """Return the time (n,) ns that the windows hold before each instant, counted from the first window's start."""
    starts, ends = windows[:, 0], windows[:, 1]
    if len(windows) == 1:
        return np.asarray(np.clip(t_ns, starts[0], ends[0]) - starts[0])
    before = np.concatenate([[0], np.cumsum(ends - starts)])
    slot = np.searchsorted(starts, t_ns, side="right") - 1
    partial = np.minimum(t_ns, ends[slot]) - starts[slot]
    return np.where(slot >= 0, before[slot] + partial, 0)


def _holds(t_ns: np.ndarray, windows: np.ndarray) -> np.ndarray:
    slot = np.searchsorted(windows[:, 0], t_ns, side="right") - 1
    return np.asarray((slot >= 0) & (t_ns < windows[slot, 1]))


def parse_hours(text: str) -> tuple[time, time] | None:
    """Return the local times of `10:00-16:00` (`22:00-06:00` passes midnight); None where the text is no hours."""
    found = _HOURS.fullmatch(text)
    if found is None:
        return None
    h1, m1, h2, m2 = (int(g) for g in found.groups())
    if (h2 == 24 and m2 != 0) or (h1, m1) == (h2 % 24, m2):
        return None
    return time(h1, m1), time(h2 % 24, m2)


def daily(hours: Sequence[tuple[time, time]], start_ns: int, end_ns: int, zone: str) -> np.ndarray:
    """Return the windows (m, 2) of hours that come back every civil day of a zone, between two instants."""
    first = to_datetime(start_ns - DAY_NS, zone).date()
    days = (end_ns - start_ns) // DAY_NS + 3
    found = [_on(first + timedelta(days=d), a, b, ZoneInfo(zone)) for d in range(days) for a, b in hours]
    windows = np.array(sorted(w for w in found if w[0] < w[1]), dtype=np.int64).reshape(-1, 2)
    return clip(windows, start_ns, end_ns)


def _on(day: date, start: time, end: time, zone: ZoneInfo) -> tuple[int, int]:
    last = day + timedelta(days=1) if end <= start else day
    return from_datetime(datetime.combine(day, start, zone)), from_datetime(datetime.combine(last, end, zone))


def first_gap(
    intervals: Sequence[tuple[int | None, int | None]], start_ns: int, end_ns: int | None
) -> tuple[int, int] | None:
    """Return the first part of [start, end) that no interval covers; None where all is covered."""
    reached, goal = start_ns, OPEN_NS if end_ns is None else end_ns
    bounds = sorted((-OPEN_NS if a is None else a, OPEN_NS if b is None else b) for a, b in intervals)
    for a, b in bounds:
        if a > reached:
            return reached, min(a, goal)
        reached = max(reached, b)
        if reached >= goal:
            return None
    return (reached, goal) if reached < goal else None
