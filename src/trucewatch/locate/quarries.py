"""Near a quarry or mine, in its working hours: what that says of the class of a sound."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.stats import ncx2

from trucewatch.core.quarry import Quarry
from trucewatch.locate.classify_config import NAMES, ClassConfig
from trucewatch.physics.geodesy import distance_m

__all__ = ["AtQuarry", "at_quarries", "quarry_log"]

_NEAR_M = 50_000.0  # no origin of use is less certain


class AtQuarry(NamedTuple):
    """For origins (n,): the most probable quarry (−1: none), the probability of lying in it, and what its hours say.

    hours   1 in its working hours, 0 outside them, −1 where they are not known
    """

    quarry: np.ndarray
    mass: np.ndarray
    hours: np.ndarray


def at_quarries(
    t_ns: np.ndarray, lon_deg: np.ndarray, lat_deg: np.ndarray, spread_m: np.ndarray, quarries: Sequence[Quarry]
) -> AtQuarry:
    """Return where origins (n,) lie with respect to quarries.

    spread_m   (n,) root mean square of the standard deviations on both axes; the mass is that of a round Gaussian in
               a disc (noncentral chi-square of two degrees of freedom)
    """
    best, mass = np.full(len(t_ns), -1), np.zeros(len(t_ns))
    hours = np.full(len(t_ns), -1)
    for k, quarry in enumerate(quarries):
        at = distance_m(lon_deg, lat_deg, np.array(quarry.lon_deg), np.array(quarry.lat_deg))
        near = np.flatnonzero(at < _NEAR_M)
        sigma = np.maximum(spread_m[near], 1.0)
        inside = ncx2.cdf((quarry.radius_m / sigma) ** 2, 2, (at[near] / sigma) ** 2)
        inside = np.where(sigma < quarry.radius_m / 30, at[near] <= quarry.radius_m, np.nan_to_num(inside))
        more = near[inside > mass[near]]
        best[more], mass[more] = k, inside[inside > mass[near]]
        if quarry.open_min is None:
            hours[more] = -1
        else:
            hours[more] = quarry.working(t_ns[more])
    return AtQuarry(best, mass, hours)


def quarry_log(found: AtQuarry, config: ClassConfig) -> np.ndarray:
    """Return log likelihoods (n, 7) of place and hour, by class.

    A quarry blast happens at a listed quarry, mostly in its hours, or at one that the list misses; anything else
    happens there as often as at any other place of that size.
    """
    in_hours = np.where(found.hours == 1, config.p_in_hours / config.hours_share, 1.0)
    in_hours = np.where(found.hours == 0, (1 - config.p_in_hours) / (1 - config.hours_share), in_hours)
    ratio = found.mass * config.at_quarry * in_hours * (1 - config.p_unlisted) + config.p_unlisted
    log = np.zeros((len(found.mass), len(NAMES)))
    log[:, NAMES.index("quarry_blast")] = np.log(ratio)
    return log
