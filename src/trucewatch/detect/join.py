"""Join neighbouring windows that hear one wave into one group."""

from typing import NamedTuple

import numpy as np

from trucewatch.detect.array_config import ArrayConfig
from trucewatch.detect.beam import Windows
from trucewatch.physics.plane_wave import bearing_of, bearing_sigma_deg

__all__ = ["Group", "joined"]

_MOST_DEG = 30.0  # but never where they differ by more
_SIGMAS = 3.0  # two bearings are one where they differ by less
_STRONG_SHARE = 0.5  # of the greatest F; weaker windows do not shift the bearing
_GAP_STEPS = 2  # steps from one window to the next of a group, at most: one may be missing


class Group(NamedTuple):
    """Windows of one wave.

    begin_s, end_s   s from the start of the record
    slowness         (2,) s/m
    sigma_deg        standard deviation of the back azimuth
    f, correlation   of the window with the greatest F
    members          (channels,) share of the windows in which an element was in the beam
    """

    begin_s: float
    end_s: float
    slowness: np.ndarray
    sigma_deg: float
    f: float
    correlation: float
    members: np.ndarray


def joined(
    windows: Windows, chance: np.ndarray, swing_deg: np.ndarray, rate_hz: float, config: ArrayConfig
) -> list[Group]:
    """Return the groups of windows whose F the background hardly reaches, in order of time.

    chance     (windows,) that the background gives such an F
    swing_deg  (windows,) further uncertainty of the bearing
    """
    bearing, speed = bearing_of(windows.slowness)
    slow, fast = config.trace_velocity_m_s
    per_hour = 3600 / max(config.window_s * (1 - config.overlap), 1 / rate_hz)
    heard = (chance < config.false_per_hour / per_hour) & (speed >= slow) & (speed <= fast)
    sigma = bearing_sigma_deg(windows.slowness, windows.covariance)
    step_s = float(np.median(np.diff(windows.start_s))) if len(windows.start_s) > 1 else config.window_s
    open_groups: list[list[int]] = []
    groups: list[list[int]] = []
    for w in np.flatnonzero(heard):
        last = windows.start_s[w] - _GAP_STEPS * step_s * (1 + 1e-9)
        open_groups = [g for g in open_groups if windows.start_s[g[-1]] >= last]
        near = [g for g in open_groups if _alike(int(w), g[-1], bearing, speed, sigma, config)]
        if near:
            near[-1].append(int(w))
        else:
            groups.append([int(w)])
            open_groups.append(groups[-1])
    return [_group(windows, np.array(g), swing_deg, config) for g in groups]


def _alike(
    a: int, b: int, bearing: np.ndarray, speed: np.ndarray, sigma: np.ndarray, config: ArrayConfig
) -> bool:  # fmt: skip
    apart = abs((bearing[a] - bearing[b] + 180) % 360 - 180)
    near = apart <= max(config.join_deg, min(_SIGMAS * float(np.hypot(sigma[a], sigma[b])), _MOST_DEG))
    return bool(near and abs(np.log(speed[a] / speed[b])) <= config.join_speed)


def _group(windows: Windows, rows: np.ndarray, swing_deg: np.ndarray, config: ArrayConfig) -> Group:
    """Return one group, with the slowness of its strongest windows.

    Their mean is weighted by information; its covariance grows where they disagree.
    """
    begin, end, members = rows[0], rows[-1], windows.members[rows].mean(axis=0)
    rows = rows[windows.f[rows] >= _STRONG_SHARE * windows.f[rows].max()]
    inverse = np.linalg.inv(windows.covariance[rows])
    total = inverse.sum(axis=0)
    slowness = np.linalg.solve(total, np.einsum("wij,wj->i", inverse, windows.slowness[rows]))
    apart = windows.slowness[rows] - slowness
    chi2 = float(np.einsum("wi,wij,wj->", apart, inverse, apart))
    independent = max(1.0, 1 + (len(rows) - 1) * (1 - config.overlap))
    spread = max(1.0, chi2 / max(2 * (len(rows) - 1), 1))
    covariance = np.linalg.inv(total) * (len(rows) / independent) * spread
    covariance = covariance + windows.of_places[rows].mean(axis=0)
    top = rows[np.argmax(windows.f[rows])]
    sigma = np.hypot(bearing_sigma_deg(slowness, covariance), swing_deg[top])
    return Group(
        float(windows.start_s[begin]), float(windows.start_s[end] + config.window_s), slowness, float(sigma),
        float(windows.f[top]), float(windows.correlation[top]), members,
    )  # fmt: skip
