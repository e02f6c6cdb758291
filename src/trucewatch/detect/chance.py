"""How many companions a peacetime detection has, and what a number of them says about an anomaly.

A field that burns in August gives several pixels and often several days. So peacetime companions are more, and vary
more, than independent detections would: negative binomial, with a share of strays (great wildfires) without a rule.
"""

import numpy as np
from scipy.special import gammaln

from trucewatch.detect.config import Chance

__all__ = ["fit", "log_ratio_days", "log_ratio_same_day", "mean_of"]

_LEAST_SPREAD = 1.05
_STEPS = 8
_MOST_LOG = 50.0


def mean_of(chance: Chance, expected: np.ndarray) -> np.ndarray:
    """Return the mean number of companions (n,) of a peacetime detection where `expected` come by chance."""
    return chance.alone + chance.per_expected * expected


def fit(number: np.ndarray, expected: np.ndarray, prior: Chance, prior_rows: float, most: int | None) -> Chance:
    """Return the chance that describes these numbers of companions (n,), shrunk towards `prior`.

    expected   (n,) number that would come by chance from the rate alone
    most       largest possible number, for days; None where there is none

    Expectation–maximisation: strays are told from the rest, and the moments are those of the rest.
    """
    if len(number) == 0:
        return prior
    x, regular, found = number.astype(np.float64), np.full(len(number), 1 - prior.stray), prior
    for _ in range(_STEPS):
        found = _moments(x, expected, regular, prior, prior_rows)
        mean = mean_of(found, expected)
        odd = _log_days(most) if most is not None else _log_open(x, mean)
        apart = np.clip(_log_regular(x, mean, found.spread) - odd, -_MOST_LOG, _MOST_LOG)
        share = 1 - (regular.sum() + prior_rows * (1 - prior.stray)) / (len(x) + prior_rows)
        regular = 1 / (1 + share / (1 - share) * np.exp(-apart))
        found = Chance(found.alone, found.per_expected, found.spread, float(np.clip(share, 1e-4, 0.5)))
    return found


def _moments(x: np.ndarray, expected: np.ndarray, weight: np.ndarray, prior: Chance, prior_rows: float) -> Chance:
    """Return the weighted least-squares line of the mean and the ratio of variance to mean."""
    design = np.stack([np.ones_like(expected), expected], axis=1)
    normal = design.T @ (design * weight[:, None])
    pull = prior_rows * (normal / len(x) + 1e-6 * np.eye(2))
    start = np.array([prior.alone, prior.per_expected])
    alone, slope = np.maximum(np.linalg.solve(normal + pull, design.T @ (weight * x) + pull @ start), [0.05, 0.0])
    mean = alone + slope * expected
    usual = prior_rows * mean.mean()
    spread = (np.sum(weight * (x - mean) ** 2) + prior.spread * usual) / (np.sum(weight * mean) + usual)
    return Chance(float(alone), float(slope), float(max(spread, _LEAST_SPREAD)), prior.stray)


def log_ratio_days(
    other_days: np.ndarray, expected: np.ndarray, watched: np.ndarray, most: int, chance: Chance
) -> np.ndarray:
    """Return log of (anomaly : peacetime) for the number of other days (n,) with companions.

    watched   (n,) days in the window that the data cover; `most` in a full one
    An anomaly may have companions on any number of the watched days alike.
    """
    mean = mean_of(chance, expected) * watched / most
    anomaly = _log_days(watched)
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


def _log_days(most: np.ndarray | int) -> np.ndarray:
    """Return log probability of any number of days from 0 to `most`, all alike."""
    return np.asarray(-np.log(np.asarray(most) + 1.0))


def _log_open(number: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Return log probability s / ((k+s)(k+s+1)), s = mean + 1: half lies below s and the tail is as heavy as 1/k."""
    scale = mean + 1
    return np.asarray(np.log(scale) - np.log(number + scale) - np.log(number + scale + 1))
