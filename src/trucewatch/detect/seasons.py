"""Which days a history covers, and to which part of the year a day belongs."""

from typing import NamedTuple

import numpy as np

__all__ = ["Covered", "covered", "month_of", "period_of", "year_of"]

_FULL_SHARE = 0.25


class Covered(NamedTuple):
    """Days that a history covers.

    days      (n,) day numbers since 1970, ascending
    years     (m,) calendar years with at least a quarter as many of them as the fullest year
    per_period (periods,) number of them in each part of the year
    """

    days: np.ndarray
    years: np.ndarray
    per_period: np.ndarray


def covered(day: np.ndarray, gap_days: int, periods: int) -> Covered:
    """Return the days from each first to each last detection, without gaps longer than `gap_days`."""
    present = np.flatnonzero(np.bincount(day - day.min())) + day.min()
    breaks = np.flatnonzero(np.diff(present) > gap_days)
    firsts, lasts = present[np.r_[0, breaks + 1]], present[np.r_[breaks, len(present) - 1]]
    days = np.concatenate([np.arange(a, b + 1) for a, b in zip(firsts, lasts, strict=True)])
    years, count = np.unique(year_of(days), return_counts=True)
    full = years[count >= _FULL_SHARE * count.max()]
    return Covered(days, full, np.bincount(period_of(days, periods), minlength=periods))


def year_of(day: np.ndarray) -> np.ndarray:
    """Return calendar years (n,) of day numbers."""
    return day.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970


def month_of(day: np.ndarray) -> np.ndarray:
    """Return months 0..11 (n,) of day numbers."""
    return np.asarray(day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12)


def period_of(day: np.ndarray, periods: int) -> np.ndarray:
    """Return the part of the year 0..periods-1 (n,) of day numbers."""
    days = day.astype("datetime64[D]")
    of_year = (days - days.astype("datetime64[Y]").astype("datetime64[D]")).astype(np.int64)
    return np.asarray(of_year * periods // 366)
