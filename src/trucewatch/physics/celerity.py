"""Infrasound over hundreds of kilometres: how fast it goes along the ground, by kind of path and by the wind aloft.

Celerity is ground distance over travel time. Sound returns to the ground from three heights: from the lowest
kilometres, from the stratopause where the wind there blows along the path, and from the thermosphere nearly always.
Which of them is heard depends on the season: the wind at 50 km blows from the east in summer and from the west in
winter.
"""

from typing import NamedTuple

import numpy as np

__all__ = ["ANY_SEASON", "SEASONAL", "Celerity", "wind_aloft_m_s"]


class Celerity(NamedTuple):
    """Kinds of path (kinds,); the first is the low one, which is all that is heard nearby.

    mean_m_s, sigma_m_s   celerity and its standard deviation
    gain                  growth of the celerity by each m/s of wind at 50 km along the path
    felt                  share of the wind at 50 km across the path that acts on the mean of the travel time: it turns
                          the bearing by this share over the celerity
    open, closed          share of arrivals where the stratosphere leads sound back, and where it does not
    duct_m_s, sigma_duct_m_s   wind along the path from which it does, and how uncertain that wind is
    near_m, near_width_m  range below which only the low path is heard, and how sharply
    """

    mean_m_s: np.ndarray
    sigma_m_s: np.ndarray
    gain: np.ndarray
    felt: np.ndarray
    open: np.ndarray
    closed: np.ndarray
    duct_m_s: float
    sigma_duct_m_s: float
    near_m: float
    near_width_m: float


# Means and deviations of the three kinds: the canonical reciprocal celerities 1/0.327, 1/0.293, 1/0.26 s/km with 0.066,
# 0.08 and 0.33 s/km of Blom, Marcillo & Arrowsmith 2015 (Geophys. J. Int. 203, 1682), as InfraPy carries them.
# Duct, gain, share felt and shadow: rays in the US Standard Atmosphere 1976 under a wind that grows from 20 to 50 km
# (the test repeats them). Shares: most arrivals of known events are stratospheric (Nippress & Green 2023, GJI 234,
# 1912), and partial reflections come back against the wind too (Blixt et al. 2019, J. Acoust. Soc. Am. 146, p. 1120).
_MEAN_M_S = np.array([327.0, 293.0, 260.0])
_SIGMA_M_S = np.array([7.1, 6.9, 22.3])
_GAIN = np.array([0.0, 0.0, 0.5])
_FELT = np.array([0.0, 0.28, 0.41])
_EXACT = (10.0, 15.0, 175e3, 25e3)
SEASONAL = Celerity(_MEAN_M_S, _SIGMA_M_S, _GAIN, _FELT, np.array([0.1, 0.8, 0.1]), np.array([0.1, 0.3, 0.6]), *_EXACT)
# Where neither date nor wind is known: both states of the stratosphere are equally likely everywhere.
_EITHER = np.array([0.1, 0.55, 0.35])
ANY_SEASON = Celerity(_MEAN_M_S, _SIGMA_M_S, np.zeros(3), _FELT, _EITHER, _EITHER, *_EXACT)

# Wind towards the east at 50 km between 35 and 60° north, middle of each month, m/s: the order of the zonal means of
# CIRA-86 (Fleming et al. 1990, Adv. Space Res. 10(12), 11), rounded; single days differ by `sigma_duct_m_s` and more.
_MONTHS_M_S = np.array([45.0, 40.0, 25.0, 5.0, -15.0, -30.0, -35.0, -30.0, -10.0, 15.0, 35.0, 45.0])
_FULL_DEG, _NONE_DEG = 35.0, 10.0  # towards the equator the seasons fade


def wind_aloft_m_s(day_of_year: np.ndarray | float, lat_deg: np.ndarray | float) -> np.ndarray:
    """Return the usual wind towards the east (…) at 50 km, m/s; the south has its seasons half a year later."""
    day, lat = np.asarray(day_of_year, dtype=np.float64), np.asarray(lat_deg, dtype=np.float64)
    month = ((day - 15.0) / 30.4375 + np.where(lat < 0, 6.0, 0.0)) % 12.0
    wind = np.interp(month, np.arange(13), np.append(_MONTHS_M_S, _MONTHS_M_S[0]))
    return np.asarray(wind * np.clip((np.abs(lat) - _NONE_DEG) / (_FULL_DEG - _NONE_DEG), 0.0, 1.0))
