"""What an arrival says about its source: one likelihood for sound, infrasound, P and S, with or without a bearing.

    p(arrival | source) = (1 − ε) · p(time) · p(bearing) + ε · chance

Only p(time) knows the wave. ε is the share of arrivals that are wild; the weight of an arrival is the probability that
it is not.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from trucewatch.locate.geodesic import between
from trucewatch.physics.celerity import Celerity

__all__ = [
    "ACOUSTIC",
    "INFRASOUND",
    "PHASES",
    "PHASE_CODES",
    "Media",
    "P",
    "Rows",
    "S",
    "arrival",
    "log_likelihood",
    "travel_times",
]

ACOUSTIC, INFRASOUND, P, S = 0, 1, 2, 3
PHASES = ("acoustic", "infrasound", "P", "S")
PHASE_CODES = {name: code for code, name in enumerate(PHASES)}
_LOG_2PI = np.log(2 * np.pi)
_EARTH_M = 6371008.8  # mean radius, Moritz 2000 (J. Geodesy 74, p. 128)
_NEAR_M = 1.0  # a bearing of a source that is nearer says nothing


class Rows(NamedTuple):
    """Arrivals (n,) of all events, the arrivals of an event together.

    lon_deg, lat_deg, elevation_m   where it was heard; unknown heights are 0
    t_s, sigma_s                    onset and its standard deviation
    phase                           ACOUSTIC, INFRASOUND, P or S
    bearing_rad, bearing_sigma_rad  direction it came from, from north; NaN: not known
    """

    lon_deg: np.ndarray
    lat_deg: np.ndarray
    elevation_m: np.ndarray
    t_s: np.ndarray
    sigma_s: np.ndarray
    phase: np.ndarray
    bearing_rad: np.ndarray
    bearing_sigma_rad: np.ndarray


class Media(NamedTuple):
    """What the waves travel through, as the kernels read it.

    air            (1 or events, 3)  speed of sound, wind east and north near the ground, m/s
    celerity       kinds of path of infrasound, `physics/celerity.py`
    duct_east_m_s, duct_north_m_s    wind at 50 km
    table_s        (2, levels, depths, distances)  s, P and S; no cells: no seismic model
    elevation0_m … distance_step_m   axes of the table; distance begins at 0
    floor_s, share (4,)  error of the model of each phase: constant, and as a share of the travel time
    bearing_rad    (4,)  error of bearings beside the measured one
    reach_m        (4,)  how far each wave is heard; a tenth of it is the width of the fall
    wild           ε
    chance_s       width of the window in which a wild arrival may fall
    """

    air: np.ndarray
    celerity: Celerity
    duct_east_m_s: float
    duct_north_m_s: float
    table_s: np.ndarray
    elevation0_m: float
    elevation_step_m: float
    depth0_m: float
    depth_step_m: float
    distance_step_m: float
    floor_s: np.ndarray
    share: np.ndarray
    bearing_rad: np.ndarray
    reach_m: np.ndarray
    wild: float
    chance_s: float


@njit(cache=True, nogil=True)
def acoustic_time(media: Media, event: int, length_m: float, up_m: float, forth: float) -> tuple[float, float, float]:
    """Return travel time s and its slopes by distance and by depth; the effective-speed approximation."""
    row = event if len(media.air) > 1 else 0
    speed = media.air[row, 0] + media.air[row, 1] * np.sin(forth) + media.air[row, 2] * np.cos(forth)
    slant = max(np.hypot(length_m, up_m), _NEAR_M)
    return slant / speed, length_m / (slant * speed), up_m / (slant * speed)


@njit(cache=True, nogil=True)
def seismic_time(
    media: Media, phase: int, length_m: float, depth_m: float, elevation_m: float
) -> tuple[float, float, float]:
    """Return travel time s and its slopes by distance and by depth; straight on beyond the table."""
    table = media.table_s[phase - P]
    level = int(np.rint((elevation_m - media.elevation0_m) / media.elevation_step_m))
    level = min(max(level, 0), table.shape[0] - 1)
    x, z = length_m / media.distance_step_m, (depth_m - media.depth0_m) / media.depth_step_m
    i, j = min(max(int(z), 0), table.shape[1] - 2), min(max(int(x), 0), table.shape[2] - 2)
    fz, fx = z - i, x - j
    a, b = table[level, i, j], table[level, i, j + 1]
    c, d = table[level, i + 1, j], table[level, i + 1, j + 1]
    upper, lower = a + (b - a) * fx, c + (d - c) * fx
    along = ((b - a) * (1 - fz) + (d - c) * fz) / media.distance_step_m
    return upper * (1 - fz) + lower * fz, along, (lower - upper) / media.depth_step_m


@njit(cache=True, nogil=True)
def _infrasound(media: Media, length_m: float, forth: float, own: float, soft_m: float, out: np.ndarray) -> int:
    """Write the kinds of path (kinds, 5) as `travel_times` does; return how many."""
    kinds = media.celerity
    along = media.duct_east_m_s * np.sin(forth) + media.duct_north_m_s * np.cos(forth)
    led = 0.5 * (1 + math.erf((along - kinds.duct_m_s) / (kinds.sigma_duct_m_s * math.sqrt(2.0))))
    near = 1 / (1 + np.exp(min((length_m - kinds.near_m) / kinds.near_width_m, 500.0)))
    for k in range(len(kinds.mean_m_s)):
        celerity = kinds.mean_m_s[k] + kinds.gain[k] * along
        spread = length_m * kinds.sigma_m_s[k] / (celerity * celerity)
        weight = (1 - near) * (kinds.closed[k] + led * (kinds.open[k] - kinds.closed[k]))
        out[k, 0] = max(weight + (near if k == 0 else 0.0), 1e-300)
        out[k, 1], out[k, 2], out[k, 3] = length_m / celerity, 1 / celerity, 0.0
        out[k, 4] = own + spread * spread + (soft_m / celerity) ** 2
    return len(kinds.mean_m_s)


@njit(cache=True, nogil=True)
def travel_times(
    media: Media, event: int, rows: Rows, i: int, length_m: float, forth: float, depth_m: float, soft_m: float,
    out: np.ndarray,
) -> int:  # fmt: skip
    """Write weight, time, its slopes by distance and depth, variance of each kind (kinds, 5); return how many."""
    phase = rows.phase[i]
    own = rows.sigma_s[i] ** 2 + media.floor_s[phase] ** 2
    if phase == INFRASOUND:
        return _infrasound(media, length_m, forth, own, soft_m, out)
    if phase == ACOUSTIC:
        time, far, deep = acoustic_time(media, event, length_m, depth_m + rows.elevation_m[i], forth)
    else:
        time, far, deep = seismic_time(media, phase, length_m, depth_m, rows.elevation_m[i])
    out[0, 0], out[0, 1], out[0, 2], out[0, 3] = 1.0, time, far, deep
    out[0, 4] = own + (media.share[phase] * time) ** 2 + (soft_m * far) ** 2
    return 1


@njit(cache=True, nogil=True)
def _bearing(media: Media, rows: Rows, i: int, length_m: float, back: float, soft_m: float) -> tuple[float, float]:
    """Return the residual of the bearing in still air (radians) and its variance; NaN, 1 where there is none."""
    if np.isnan(rows.bearing_rad[i]) or length_m < _NEAR_M:
        return np.nan, 1.0
    off = (rows.bearing_rad[i] - back + np.pi) % (2 * np.pi) - np.pi
    return off, rows.bearing_sigma_rad[i] ** 2 + media.bearing_rad[rows.phase[i]] ** 2 + (soft_m / length_m) ** 2


@njit(cache=True, nogil=True)
def _weigh_kinds(
    media: Media, phase: int, after: float, forth: float, kinds: int, off: float, var: float, out: np.ndarray
) -> None:
    """Write log density of time and bearing, and by how much the wind across the path turns the bearing (kinds, 5:7).

    Waves that go by a wind towards the right come from a front that points to the left: they seem to come from where
    the wind goes. Plane waves in a layered atmosphere keep their direction, the ground is met by the drift.
    """
    across = media.duct_east_m_s * np.cos(forth) - media.duct_north_m_s * np.sin(forth)
    for k in range(kinds):
        r = after - out[k, 1]
        out[k, 5] = np.log(out[k, 0]) - 0.5 * (r * r / out[k, 4] + np.log(out[k, 4]) + _LOG_2PI)
        out[k, 6] = -media.celerity.felt[k] * across * out[k, 2] if phase == INFRASOUND else 0.0
        if not np.isnan(off):
            out[k, 5] -= 0.5 * ((off - out[k, 6]) ** 2 / var + np.log(var) + _LOG_2PI)


@njit(cache=True, nogil=True)
def arrival(
    media: Media, event: int, rows: Rows, i: int, lon_deg: float, lat_deg: float, t_s: float, depth_m: float,
    soft_m: float, out: np.ndarray, slopes: np.ndarray,
) -> tuple[float, float, float, float]:  # fmt: skip
    """Return log likelihood of arrival i, its weight, its residual in time (s) and in bearing (radians, or NaN).

    soft_m  the place is known no better than this: everything is that much vaguer (for the first steps of a search)
    out     (kinds, 7)  room to work
    slopes  (12,)  written: pull (4,) = gradient of the log likelihood, then what the normal matrix is made of:
            slope of time by east, north, depth, precision of the time; slope of bearing by east, north, its precision
    """
    length, forth, back = between(lon_deg, lat_deg, rows.lon_deg[i], rows.lat_deg[i])
    kinds = travel_times(media, event, rows, i, length, forth, depth_m, soft_m, out)
    off, var = _bearing(media, rows, i, length, back, soft_m)
    _weigh_kinds(media, rows.phase[i], rows.t_s[i] - t_s, forth, kinds, off, var, out)
    best = np.max(out[:kinds, 5])
    total, turn = 0.0, 0.0
    for k in range(kinds):
        share = np.exp(out[k, 5] - best)
        total, turn = total + share, turn + share * out[k, 6]
    off -= turn / total
    reach = media.reach_m[rows.phase[i]]
    beyond = np.exp(min(10 * (length - reach) / reach, 500.0))
    told = np.log(1 - media.wild) + best + np.log(total) - np.log1p(beyond)
    chance = np.log(media.wild / media.chance_s) - (np.log(2 * np.pi) if not np.isnan(off) else 0.0)
    high = max(told, chance)
    log_p = high + np.log(np.exp(told - high) + np.exp(chance - high))
    weight = np.exp(told - log_p)
    back_in = 10 / reach * beyond / (1 + beyond)
    residual = _slopes(out, kinds, best, total, rows.t_s[i] - t_s, length, forth, off, var, weight, slopes)
    slopes[0], slopes[1] = slopes[0] + weight * back_in * np.sin(forth), slopes[1] + weight * back_in * np.cos(forth)
    return log_p, weight, residual, off


@njit(cache=True, nogil=True)
def _slopes(
    out: np.ndarray, kinds: int, best: float, total: float, after: float, length: float, forth: float, off: float,
    var: float, weight: float, slopes: np.ndarray,
) -> float:  # fmt: skip
    """Write the slopes of `arrival`; return the residual of the time, the kinds weighed by their probability."""
    pull, far, deep, precision, residual = 0.0, 0.0, 0.0, 0.0, 0.0
    for k in range(kinds):
        share = np.exp(out[k, 5] - best) / total
        r = after - out[k, 1]
        pull += share * r / out[k, 4]
        far += share * out[k, 2]
        deep += share * out[k, 3]
        precision += share / out[k, 4]
        residual += share * r
    # a source that moves towards the node by a metre is a metre nearer
    east, north = -far * np.sin(forth), -far * np.cos(forth)
    slopes[4], slopes[5], slopes[6], slopes[7] = east, north, deep, weight * precision
    slopes[0], slopes[1] = weight * pull * east, weight * pull * north
    slopes[2], slopes[3] = weight * pull, weight * pull * deep
    slopes[8:] = 0.0
    if not np.isnan(off):
        across = 1 / max(_EARTH_M * np.sin(min(length / _EARTH_M, 3.0)), _NEAR_M)
        slopes[8], slopes[9], slopes[10] = np.cos(forth) * -across, np.sin(forth) * across, weight / var
        slopes[0] += weight * off / var * slopes[8]
        slopes[1] += weight * off / var * slopes[9]
    return residual


@njit(cache=True, nogil=True)
def log_likelihood(
    media: Media, event: int, rows: Rows, first: int, last: int, lon_deg: float, lat_deg: float, t_s: float,
    depth_m: float, soft_m: float, out: np.ndarray, slopes: np.ndarray,
) -> float:  # fmt: skip
    """Return the log likelihood of arrivals first … last − 1."""
    total = 0.0
    for i in range(first, last):
        total += arrival(media, event, rows, i, lon_deg, lat_deg, t_s, depth_m, soft_m, out, slopes)[0]
    return total
