"""The most probable source of one event: several starts, each led downhill from a soft problem to the sharp one."""

from typing import NamedTuple

import numpy as np
from numba import njit

from trucewatch.locate.geodesic import arrive, between
from trucewatch.locate.likelihood import Media, Rows, arrival, log_likelihood

__all__ = ["Bounds", "Modes", "modes_of"]

MODES = 4  # optima kept of one event
_ALONG_M = np.array([2e3, 8e3, 2.5e4, 7e4, 1.5e5, 3e5, 5e5, 8e5, 1.2e6, 1.8e6, 2.6e6])  # starts along a bearing
_RINGS = np.array([0.15, 0.4, 0.8, 1.5, 3.0])  # starts around the nodes, in spans of the event
_SPOKES = 8
_SHARP_M = 20.0  # the search gets sharper by steps down to this
_WIDE_M, _WIDE_S = 5e6, 1e6  # so that what the data leave open stays finite


class Bounds(NamedTuple):
    """Where depth may lie: prior mean and standard deviation, limits (m); free or held at the mean."""

    free: bool
    mean_m: float
    sigma_m: float
    least_m: float
    most_m: float


class Modes(NamedTuple):
    """Optima (k,) by falling probability: places deg, times s, depths m, log posteriors, and covariances (k, 4, 4)."""

    lon_deg: np.ndarray
    lat_deg: np.ndarray
    t_s: np.ndarray
    depth_m: np.ndarray
    log_p: np.ndarray
    cov: np.ndarray


@njit(cache=True, nogil=True)
def modes_of(media: Media, event: int, rows: Rows, first: int, last: int, bounds: Bounds, start: np.ndarray) -> Modes:
    """Return the optima of one event; start (4,) = lon, lat, t, depth, or NaN to look for starts."""
    out, slopes = np.empty((len(media.celerity.mean_m_s), 7)), np.empty(12)
    span = _span(rows, first, last)
    found = np.full((MODES, 5), -np.inf)
    covs = np.zeros((MODES, 4, 4))
    if np.isnan(start[0]):
        starts = _starts(media, event, rows, first, last, bounds, span, out, slopes)
    else:
        starts = start.reshape(1, 4)
    for s in range(len(starts)):
        x = starts[s].copy()
        soft_m = (0.2 if np.isnan(start[0]) else 0.02) * span
        while soft_m > _SHARP_M:
            _descend(media, event, rows, first, last, bounds, x, soft_m, 8, out, slopes)
            soft_m *= 0.2
        log_p, cov = _descend(media, event, rows, first, last, bounds, x, 0.0, 60, out, slopes)
        _keep(found, covs, x, log_p, cov)
    count = 0
    while count < MODES and found[count, 4] > -np.inf:
        count += 1
    return Modes(found[:count, 0].copy(), found[:count, 1].copy(), found[:count, 2].copy(), found[:count, 3].copy(),
                 found[:count, 4].copy(), covs[:count].copy())  # fmt: skip


@njit(cache=True, nogil=True)
def _span(rows: Rows, first: int, last: int) -> float:
    """Return the extent (m) of an event's nodes, or what a bearing of one node sees."""
    span = 2e3
    for i in range(first + 1, last):
        span = max(span, between(rows.lon_deg[first], rows.lat_deg[first], rows.lon_deg[i], rows.lat_deg[i])[0])
    return span


@njit(cache=True, nogil=True)
def _starts(
    media: Media, event: int, rows: Rows, first: int, last: int, bounds: Bounds, span: float, out: np.ndarray,
    slopes: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Return the best starts (k, 4) of many: around the nodes and along the bearings."""
    places = _candidates(rows, first, last, span)
    score = np.empty(len(places))
    x = np.empty((len(places), 4))
    for c in range(len(places)):
        x[c, 0], x[c, 1], x[c, 3] = places[c, 0], places[c, 1], bounds.mean_m
        x[c, 2] = _origin(media, event, rows, first, last, x[c], out, slopes)
        score[c] = log_likelihood(
            media, event, rows, first, last, x[c, 0], x[c, 1], x[c, 2], x[c, 3], 0.2 * span, out, slopes
        )
    order = np.argsort(-score)
    best = np.empty((MODES, 4))
    n = 0
    for c in order:
        apart = True
        for k in range(n):
            apart &= between(best[k, 0], best[k, 1], x[c, 0], x[c, 1])[0] > 0.15 * span
        if apart:
            best[n] = x[c]
            n += 1
            if n == MODES:
                break
    return best[:n].copy()


@njit(cache=True, nogil=True)
def _candidates(rows: Rows, first: int, last: int, span: float) -> np.ndarray:
    n = last - first
    places = np.empty((min(n, 8) + 1 + len(_RINGS) * _SPOKES + n * len(_ALONG_M), 2))
    count = 0
    order = np.argsort(rows.t_s[first:last])
    for k in range(min(n, 8)):
        i = first + order[k]
        places[count] = arrive(rows.lon_deg[i], rows.lat_deg[i], 0.8 * k, 0.02 * span)
        count += 1
    east, north = 0.0, 0.0
    for i in range(first, last):
        length, forth, _ = between(rows.lon_deg[first], rows.lat_deg[first], rows.lon_deg[i], rows.lat_deg[i])
        east, north = east + length * np.sin(forth) / n, north + length * np.cos(forth) / n
    middle = arrive(rows.lon_deg[first], rows.lat_deg[first], np.arctan2(east, north), np.hypot(east, north))
    places[count] = middle
    count += 1
    for ring in _RINGS:
        for spoke in range(_SPOKES):
            places[count] = arrive(middle[0], middle[1], 2 * np.pi * (spoke + ring) / _SPOKES, ring * span)
            count += 1
    for i in range(first, last):
        if not np.isnan(rows.bearing_rad[i]):
            for along in _ALONG_M:
                places[count] = arrive(rows.lon_deg[i], rows.lat_deg[i], rows.bearing_rad[i], along)
                count += 1
    return places[:count]


@njit(cache=True, nogil=True)
def _origin(
    media: Media, event: int, rows: Rows, first: int, last: int, x: np.ndarray, out: np.ndarray, slopes: np.ndarray
) -> float:
    """Return the median of the origin times that the arrivals tell for a place."""
    told = np.empty(last - first)
    for i in range(first, last):
        told[i - first] = arrival(media, event, rows, i, x[0], x[1], rows.t_s[i], x[3], 1e6, out, slopes)[2]
    # the residual against an origin at the arrival itself is minus the travel time
    return float(np.median(rows.t_s[first:last] + told))


@njit(cache=True, nogil=True)
def _normal(
    media: Media, event: int, rows: Rows, first: int, last: int, bounds: Bounds, x: np.ndarray, soft_m: float,
    out: np.ndarray, slopes: np.ndarray, matrix: np.ndarray, pull: np.ndarray,
) -> float:  # fmt: skip
    """Write the normal matrix (4, 4) and the gradient (4,) by east, north, time, depth; return the log posterior."""
    matrix[:], pull[:] = 0.0, 0.0
    log_p = 0.0
    slope = np.empty(4)
    for i in range(first, last):
        log_p += arrival(media, event, rows, i, x[0], x[1], x[2], x[3], soft_m, out, slopes)[0]
        slope[0], slope[1], slope[2], slope[3] = slopes[4], slopes[5], 1.0, slopes[6]
        for a in range(4):
            pull[a] += slopes[a]
            for b in range(4):
                matrix[a, b] += slopes[7] * slope[a] * slope[b]
        for a in range(2):
            for b in range(2):
                matrix[a, b] += slopes[10] * slopes[8 + a] * slopes[8 + b]
    matrix[0, 0] += 1 / _WIDE_M**2
    matrix[1, 1] += 1 / _WIDE_M**2
    matrix[2, 2] += 1 / _WIDE_S**2
    if bounds.free:
        off = x[3] - bounds.mean_m
        matrix[3, 3] += 1 / bounds.sigma_m**2
        pull[3] -= off / bounds.sigma_m**2
        log_p -= 0.5 * (off / bounds.sigma_m) ** 2 + np.log(bounds.sigma_m) + 0.5 * np.log(2 * np.pi)
    else:
        matrix[3, :], matrix[:, 3], pull[3] = 0.0, 0.0, 0.0
        matrix[3, 3] = 1.0
    return log_p


@njit(cache=True, nogil=True)
def _descend(
    media: Media, event: int, rows: Rows, first: int, last: int, bounds: Bounds, x: np.ndarray, soft_m: float,
    rounds: int, out: np.ndarray, slopes: np.ndarray,
) -> tuple[float, np.ndarray]:  # fmt: skip
    """Move x (4,) to an optimum; return its log posterior and its covariance (4, 4). Levenberg-Marquardt."""
    matrix, pull = np.empty((4, 4)), np.empty(4)
    there, there_pull = np.empty((4, 4)), np.empty(4)
    log_p = _normal(media, event, rows, first, last, bounds, x, soft_m, out, slopes, matrix, pull)
    damping = 1e-3
    y = np.empty(4)
    for _ in range(rounds):
        damped = matrix.copy()
        for a in range(4):
            damped[a, a] *= 1 + damping
        step = np.linalg.solve(damped, pull)
        y[0], y[1] = arrive(x[0], x[1], np.arctan2(step[0], step[1]), min(np.hypot(step[0], step[1]), _WIDE_M))
        y[2] = x[2] + step[2]
        y[3] = min(max(x[3] + step[3], bounds.least_m), bounds.most_m) if bounds.free else x[3]
        then = _normal(media, event, rows, first, last, bounds, y, soft_m, out, slopes, there, there_pull)
        if then >= log_p:
            gain, log_p = then - log_p, then
            x[:], matrix[:], pull[:] = y, there, there_pull
            damping = max(damping / 5, 1e-9)
            if gain < 1e-5:
                break
        else:
            damping *= 6
            if damping > 1e6:
                break
    cov = np.linalg.inv(matrix)
    if not bounds.free:
        cov[3, 3] = 0.0
    return log_p, cov


@njit(cache=True, nogil=True)
def _keep(found: np.ndarray, covs: np.ndarray, x: np.ndarray, log_p: float, cov: np.ndarray) -> None:
    """Put an optimum among those found, by falling probability, unless it is there."""
    reach = 0.3 * np.sqrt(max(cov[0, 0] + cov[1, 1], 1.0))
    for k in range(len(found)):
        known = found[k, 4] > -np.inf and between(found[k, 0], found[k, 1], x[0], x[1])[0] < reach
        if known and abs(found[k, 2] - x[2]) < max(0.3 * np.sqrt(cov[2, 2]), 1e-3):
            return
    for k in range(len(found)):
        if log_p > found[k, 4]:
            for m in range(len(found) - 1, k, -1):
                found[m], covs[m] = found[m - 1], covs[m - 1]
            found[k, :4], found[k, 4], covs[k] = x, log_p, cov
            return
