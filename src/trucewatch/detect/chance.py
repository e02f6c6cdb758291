"""How many companions a peacetime detection has, and what a number of them says about an anomaly.

A field that burns in August gives several pixels and often several days. So peacetime companions are more, and vary
more, than independent detections would: negative binomial, with a share of strays (great wildfires) without a rule.
"""

import numpy as np
from scipy.special import gammaln

from trucewatch.detect.config import Chance

__all__ = ["fit", "log_ratio_days", "log_ratio_same_day", "mean_of"]

_TRIM = 0.99  # moments of the regular part leave out the largest hundredth; the strays describe it
_LEAST_SPREAD = 1.05
_STEPS = 8


def mean_of(chance: Chance, expected: np.ndarray) -> np.ndarray:
    """Return the mean number of companions (n,) of a peacetime detection where `expected` come by chance."""
    return chance.alone + chance.per_expected * expected


def fit(number: np.ndarray, expected: np.ndarray, prior: Chance, prior_rows: float, most: int | None) -> Chance:
    """Return the chance that describes these numbers of companions (n,), shrunk towards `prior`.

    expected   (n,) number that would come by chance from the rate alone
    most       largest possible number, for days; None where there is none
    """
    if len(number) == 0:
        return prior
    x = np.minimum(number, np.quantile(number, _TRIM, method="higher")).astype(np.float64)
    design = np.stack([np.ones_like(expected), expected], axis=1)
    moments = design.T @ design
    pull = prior_rows * (moments / len(x) + 1e-6 * np.eye(2))
    start = np.array([prior.alone, prior.per_expected])
    alone, slope = np.maximum(np.linalg.solve(moments + pull, design.T @ x + pull @ start), [0.05, 0.0])
    mean = alone + slope * expected
    spread = (np.sum((x - mean) ** 2) + prior_rows * prior.spread * mean.mean()) / (
        np.sum(mean) + prior_rows * mean.mean()
    )
    regular = Chance(float(alone), float(slope), float(max(spread, _LEAST_SPREAD)), prior.stray)
    return _with_strays(regular, number, expected, prior_rows, most)


def _with_strays(
    chance: Chance, number: np.ndarray, expected: np.ndarray, prior_rows: float, most: int | None
) -> Chance:
    """Return the chance with the share of strays that expectation–maximisation finds."""
    mean = mean_of(chance, expected)
    regular = _log_regular(number, mean, chance.spread)
    odd = _log_days(number, most) if most is not None else _log_open(number, mean)
    share = chance.stray
    for _ in range(_STEPS):
        member = 1 / (1 + (1 - share) / share * np.exp(np.clip(regular - odd, -50, 50)))
        share = (member.sum() + prior_rows * chance.stray) / (len(number) + prior_rows)
    return Chance(chance.alone, chance.per_expected, chance.spread, float(np.clip(share, 1e-4, 0.5)))


def log_ratio_days(
    other_days: np.ndarray, expected: np.ndarray, watched: np.ndarray, most: int, chance: Chance
) -> np.ndarray:
    """Return log of (anomaly : peacetime) for the number of other days (n,) with companions.

    watched   (n,) days in the window that the data cover; `most` in a full one
    An anomaly may have companions on any number of the watched days alike.
    """
    mean = mean_of(chance, expected) * watched / most
    anomaly = np.where(other_days <= watched, _log_days(other_days, watched), 0.0)
    ratio = anomaly - _log_peace(other_days, mean, anomaly, chance)
    return np.asarray(np.where(watched > 0, ratio, 0.0))


def log_ratio_same_day(same_day: np.ndarray, expected: np.ndarray, chance: Chance) -> np.ndarray:
    """Return log of (anomaly : peacetime) for the number of others (n,) on the same day."""
    mean = mean_of(chance, expected)
    anomaly = _log_open(same_day, mean)
    return np.asarray(anomaly - _log_peace(same_day, mean, anomaly, chance))


def _log_peace(number: np.ndarray, mean: np.ndarray, odd: np.ndarray, chance: Chance) -> np.ndarray:
    regular = _log_regular(number, mean, chance.spread)
    return np.asarray(np.logaddexp(np.log1p(-chance.stray) + regular, np.log(chance.stray) + odd))


def _log_regular(number: np.ndarray, mean: np.ndarray, spread: float) -> np.ndarray:
    """Return log probability (n,) of the negative binomial with variance = spread · mean."""
    size = np.maximum(mean, 1e-9) / (spread - 1)
    shared = gammaln(number + size) - gammaln(size) - gammaln(number + 1)
    return np.asarray(shared - size * np.log(spread) + number * np.log1p(-1 / spread))


def _log_days(_number: np.ndarray, most: np.ndarray | int) -> np.ndarray:
    """Return log probability of any number of days from 0 to `most`, all alike."""
    return np.asarray(-np.log(np.asarray(most) + 1.0))


def _log_open(number: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Return log probability s / ((k+s)(k+s+1)), s = mean + 1: half lies below s and the tail is as heavy as 1/k."""
    scale = mean + 1
    return np.asarray(np.log(scale) - np.log(number + scale) - np.log(number + scale + 1))
