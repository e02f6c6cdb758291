"""Picks in the order in which the association reads them, and how often each station hears what and hears nothing."""

from typing import NamedTuple

import numpy as np
from numba import njit

__all__ = ["Picks", "Rates", "clutter_rates", "first_at", "shifted", "sorted_picks"]


HALF_HOUR_S = 1800.0


class Picks(NamedTuple):
    """Picks by key, then by time; key = 2 × station + phase (0 P, 1 S).

    time_s, sigma_s   (picks,)    s after the first pick, its standard deviation
    begin             (keys + 1,) where each key begins
    row               (picks,)    row in the caller's arrays
    duration_s        how long the network was at work: half hours in which anything was picked
    """

    time_s: np.ndarray
    sigma_s: np.ndarray
    begin: np.ndarray
    row: np.ndarray
    duration_s: float


class Rates(NamedTuple):
    """clutter_hz (keys,) picks a second that no event explains; p_heard (keys,) chance to hear a near event."""

    clutter_hz: np.ndarray
    p_heard: np.ndarray


def sorted_picks(time_s: np.ndarray, key: np.ndarray, sigma_s: np.ndarray, keys: int) -> Picks:
    """Return the picks in order."""
    order = np.lexsort((time_s, key))
    begin = np.concatenate([[0], np.cumsum(np.bincount(key, minlength=keys))]).astype(np.int64)
    at_work_s = HALF_HOUR_S * len(np.unique(np.floor(time_s / HALF_HOUR_S)))
    return Picks(time_s[order], sigma_s[order], begin, order, max(1.0, min(at_work_s, float(np.ptp(time_s)))))


def shifted(picks: Picks, delay_s: np.ndarray) -> Picks:
    """Return the picks with each key's constant delay (keys,) s taken off."""
    return picks._replace(time_s=picks.time_s - np.repeat(delay_s, np.diff(picks.begin)))


def clutter_rates(picks: Picks, free: np.ndarray, p_heard: np.ndarray) -> Rates:
    """Return the rates of what is unexplained; one pick is added, so that a silent station is not thought perfect."""
    count = np.add.reduceat(np.append(free, False).astype(np.int64), picks.begin[:-1])
    count[picks.begin[:-1] == picks.begin[1:]] = 0
    return Rates((count + 1.0) / picks.duration_s, p_heard)


@njit(cache=True, nogil=True)
def first_at(time_s: np.ndarray, first: int, last: int, t: float) -> int:
    """Return the first pick in first..last that is not before t."""
    while first < last:
        middle = (first + last) >> 1
        if time_s[middle] < t:
            first = middle + 1
        else:
            last = middle
    return first
