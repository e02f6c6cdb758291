"""What is left open: the posterior of one event by importance sampling about its optima.

Few arrays leave bananas and second places that no ellipse of curvature describes. The samples come from a mixture of
Student distributions about the optima, then twice more from one about their own moments as well (adaptive importance
sampling: Oh & Berger 1992, J. Stat. Comput. Simul. 41, p. 143), at fixed low-discrepancy points: no chance enters.
Where an arrival ties the origin time to the place more sharply than the place is known, the posterior is a thin shell;
then half of the samples take their time from that arrival.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from scipy.special import ndtri
from scipy.stats import chi2, qmc

from trucewatch.locate.descent import Bounds, Modes
from trucewatch.locate.geodesic import arrive, between
from trucewatch.locate.likelihood import INFRASOUND, Media, Rows, log_likelihood, travel_times

__all__ = ["Moments", "Points", "integrate", "points"]

_FREEDOM = 4.0  # of the Student distributions
_EARTH_M = 6371008.8
_ENOUGH = 0.15  # effective share of the samples; below it further rounds are made, up to three times as many
_WIDER = 1.4  # variance of a proposal over that of the moments
CHI2_90 = 4.605170185988092  # 90 % of a normal distribution in two dimensions


class Points(NamedTuple):
    """Fixed points: normal deviates (n, 4), chi-squared over its degrees of freedom (n,), and a uniform (n,)."""

    normal: np.ndarray
    chi: np.ndarray
    uniform: np.ndarray


class Moments(NamedTuple):
    """Mean place, time, depth and covariance (4, 4); log evidence; effective share of the samples."""

    lon_deg: float
    lat_deg: float
    t_s: float
    depth_m: float
    cov: np.ndarray
    log_evidence: float
    share: float


def points(count: int) -> Points:
    """Return `count` points (a power of two) of a scrambled Sobol sequence; the same at every call."""
    u = np.clip(qmc.Sobol(6, scramble=True, rng=np.random.default_rng(5)).random(count), 1e-9, 1 - 1e-9)
    return Points(ndtri(u[:, :4]), chi2.ppf(u[:, 4], _FREEDOM) / _FREEDOM, u[:, 5].copy())


@njit(cache=True, nogil=True)
def integrate(
    media: Media,
    event: int,
    rows: Rows,
    first: int,
    last: int,
    bounds: Bounds,
    modes: Modes,
    fixed: Points,
    rounds: int,
) -> Moments:
    """Return the moments of the posterior; the horizontal part is scaled so that its 90 % ellipse holds 90 %."""
    dims = 4 if bounds.free else 3
    lon0, lat0 = modes.lon_deg[0], modes.lat_deg[0]
    at_modes = _proposal_of(modes, dims)
    means, lows, shares = at_modes
    pin = _sharpest(media, event, rows, first, last, lon0, lat0, modes.depth_m[0]) if dims == 3 else -1
    x, log_w = np.empty((len(fixed.chi), 4)), np.empty(len(fixed.chi))
    mean, cov, evidence, share = np.empty(4), np.empty((4, 4)), 0.0, 0.0
    for turn in range(3 * rounds):
        _weigh(media, event, rows, first, last, bounds, lon0, lat0, means, lows, shares, dims, pin, fixed, x, log_w)
        mean, cov, evidence, share = _moments(x, log_w, dims)
        if turn + 1 >= rounds and share > _ENOUGH:
            break
        wide = _factor(cov, dims, _WIDER).reshape(1, 4, 4)
        means, lows = np.concatenate((mean.reshape(1, 4), at_modes[0])), np.concatenate((wide, at_modes[1]))
        shares = np.concatenate((np.array([0.6]), 0.4 * at_modes[2]))
    scale = _scale(x, log_w, mean, cov)
    cov[:2, :2] *= scale
    cov[:2, 2:] *= np.sqrt(scale)
    cov[2:, :2] *= np.sqrt(scale)
    lon, lat = arrive(lon0, lat0, np.arctan2(mean[0], mean[1]), np.hypot(mean[0], mean[1]))
    return Moments(lon, lat, mean[2], mean[3], _turned(cov, lon0, lat0, lon, lat), evidence, share)


@njit(cache=True, nogil=True)
def _proposal_of(modes: Modes, dims: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return means, Cholesky factors and shares of a mixture about the optima, in the plane about the first."""
    k = len(modes.log_p)
    means, lows, shares = np.zeros((k, 4)), np.zeros((k, 4, 4)), np.empty(k)
    for m in range(k):
        length, forth, _ = between(modes.lon_deg[0], modes.lat_deg[0], modes.lon_deg[m], modes.lat_deg[m])
        means[m, 0], means[m, 1] = length * np.sin(forth), length * np.cos(forth)
        means[m, 2], means[m, 3] = modes.t_s[m], modes.depth_m[m]
        lows[m] = _factor(modes.cov[m], dims, 2.0)
        width = np.exp(np.sum(np.log(np.diag(lows[m]))))
        shares[m] = max(np.exp(modes.log_p[m] - modes.log_p[0]), 1e-3) * width
    return means, lows, shares / np.sum(shares)


@njit(cache=True, nogil=True)
def _factor(cov: np.ndarray, dims: int, wider: float) -> np.ndarray:
    """Return the Cholesky factor of a covariance `wider` times as large; where rounding made it none, of one nearby."""
    low = np.zeros((4, 4))
    for a in range(4):
        for b in range(a):
            if a < dims:
                low[a, b] = wider * cov[a, b]
                for c in range(b):
                    low[a, b] -= low[a, c] * low[b, c]
                low[a, b] /= low[b, b]
        least = 1e-8 * wider * cov[a, a] + 1e-10
        low[a, a] = np.sqrt(max(wider * cov[a, a] - np.sum(low[a, :a] ** 2), least)) if a < dims else 1.0
    return low


@njit(cache=True, nogil=True)
def _sharpest(
    media: Media, event: int, rows: Rows, first: int, last: int, lon: float, lat: float, depth_m: float
) -> int:
    """Return the arrival that ties the origin time to a place most sharply; −1 where only infrasound was heard."""
    out = np.empty((len(media.celerity.mean_m_s), 7))
    pin, least = -1, np.inf
    for i in range(first, last):
        if rows.phase[i] != INFRASOUND:
            length, forth, _ = between(lon, lat, rows.lon_deg[i], rows.lat_deg[i])
            travel_times(media, event, rows, i, length, forth, depth_m, 0.0, out)
            if out[0, 4] < least:
                pin, least = i, out[0, 4]
    return pin


@njit(cache=True, nogil=True)
def _weigh(
    media: Media, event: int, rows: Rows, first: int, last: int, bounds: Bounds, lon0: float, lat0: float,
    means: np.ndarray, lows: np.ndarray, shares: np.ndarray, dims: int, pin: int, fixed: Points, x: np.ndarray,
    log_w: np.ndarray,
) -> None:  # fmt: skip
    """Draw samples x (n, 4) in the plane and write their log weights (n,)."""
    out, slopes = np.empty((len(media.celerity.mean_m_s), 7)), np.empty(12)
    ends = np.cumsum(shares)
    for s in range(len(x)):
        m = min(np.searchsorted(ends, fixed.uniform[s]), len(shares) - 1)
        wide = 1 / np.sqrt(fixed.chi[s])
        for a in range(4):
            x[s, a] = means[m, a]
            for b in range(a + 1 if a < dims else 0):
                x[s, a] += lows[m, a, b] * fixed.normal[s, b] * wide
        length = np.hypot(x[s, 0], x[s, 1])
        if length > 8e6 or (dims == 4 and not bounds.least_m <= x[s, 3] <= bounds.most_m):
            log_w[s] = -np.inf
            continue
        lon, lat = arrive(lon0, lat0, np.arctan2(x[s, 0], x[s, 1]), length)
        log_q = _timed(media, event, rows, pin, lon, lat, x[s], s, fixed, means, lows, shares, dims, out)
        log_p = log_likelihood(media, event, rows, first, last, lon, lat, x[s, 2], x[s, 3], 0.0, out, slopes)
        angle = length / _EARTH_M  # the plane is wider than the globe by angle / sin(angle)
        log_p += np.log(np.sin(angle) / angle) if angle > 1e-6 else 0.0
        if dims == 4:
            off = (x[s, 3] - bounds.mean_m) / bounds.sigma_m
            log_p -= 0.5 * off * off + np.log(bounds.sigma_m) + 0.5 * np.log(2 * np.pi)
        log_w[s] = log_p - log_q


@njit(cache=True, nogil=True)
def _timed(
    media: Media, event: int, rows: Rows, pin: int, lon: float, lat: float, x: np.ndarray, s: int, fixed: Points,
    means: np.ndarray, lows: np.ndarray, shares: np.ndarray, dims: int, out: np.ndarray,
) -> float:  # fmt: skip
    """Let half of the samples take the time that the pinning arrival tells; return the log density of the proposal."""
    if pin < 0:
        return _log_proposal(x, means, lows, shares, dims)
    length, forth, _ = between(lon, lat, rows.lon_deg[pin], rows.lat_deg[pin])
    travel_times(media, event, rows, pin, length, forth, x[3], 0.0, out)
    told, var = rows.t_s[pin] - out[0, 1], _WIDER * out[0, 4]
    if fixed.normal[s, 3] > 0:  # a coin: the fourth deviate is free where depth is held
        x[2] = told + np.sqrt(var) * fixed.normal[s, 2]
    off = x[2] - told
    pinned = _log_proposal(x, means, lows, shares, 2) - 0.5 * (off * off / var + np.log(2 * np.pi * var))
    plain = _log_proposal(x, means, lows, shares, dims)
    high = max(pinned, plain)
    return float(high + np.log(0.5 * np.exp(pinned - high) + 0.5 * np.exp(plain - high)))


@njit(cache=True, nogil=True)
def _log_proposal(x: np.ndarray, means: np.ndarray, lows: np.ndarray, shares: np.ndarray, dims: int) -> float:
    """Return the log density of the mixture of Student distributions over the first `dims` unknowns."""
    terms = np.empty(len(shares))
    z = np.empty(4)
    for m in range(len(shares)):
        square, log_det = 0.0, 0.0
        for a in range(dims):
            z[a] = x[a] - means[m, a]
            for b in range(a):
                z[a] -= lows[m, a, b] * z[b]
            z[a] /= lows[m, a, a]
            square += z[a] * z[a]
            log_det += np.log(lows[m, a, a])
        terms[m] = np.log(shares[m]) - log_det - 0.5 * (_FREEDOM + dims) * np.log(1 + square / _FREEDOM)
    best = np.max(terms)
    constant = math.lgamma((_FREEDOM + dims) / 2) - math.lgamma(_FREEDOM / 2) - 0.5 * dims * np.log(_FREEDOM * np.pi)
    return float(constant + best + np.log(np.sum(np.exp(terms - best))))


@njit(cache=True, nogil=True)
def _moments(x: np.ndarray, log_w: np.ndarray, dims: int) -> tuple[np.ndarray, np.ndarray, float, float]:
    """Return mean (4,), covariance (4, 4), log evidence and effective share of weighted samples."""
    best = np.max(log_w)
    w = np.exp(log_w - best)
    total = np.sum(w)
    mean, cov = np.zeros(4), np.zeros((4, 4))
    for s in range(len(x)):
        mean += w[s] / total * x[s]
    for s in range(len(x)):
        for a in range(dims):
            for b in range(dims):
                cov[a, b] += w[s] / total * (x[s, a] - mean[a]) * (x[s, b] - mean[b])
    return mean, cov, best + np.log(total / len(w)), total * total / (np.sum(w * w) * len(w))


@njit(cache=True, nogil=True)
def _scale(x: np.ndarray, log_w: np.ndarray, mean: np.ndarray, cov: np.ndarray) -> float:
    """Return by how much the horizontal variance must grow for its 90 % ellipse to hold 90 % of the samples."""
    det = cov[0, 0] * cov[1, 1] - cov[0, 1] ** 2
    if not det > 0:
        return 1.0
    square = np.empty(len(x))
    for s in range(len(x)):
        e, n = x[s, 0] - mean[0], x[s, 1] - mean[1]
        square[s] = (e * e * cov[1, 1] - 2 * e * n * cov[0, 1] + n * n * cov[0, 0]) / det
    order = np.argsort(square)
    w = np.exp(log_w - np.max(log_w))[order]
    at = np.searchsorted(np.cumsum(w), 0.9 * np.sum(w))
    return float(min(max(square[order[min(at, len(w) - 1)]] / CHI2_90, 0.3), 3.0))


@njit(cache=True, nogil=True)
def _turned(cov: np.ndarray, lon0: float, lat0: float, lon: float, lat: float) -> np.ndarray:
    """Return the covariance by east and north of the mean, not of the plane's origin: meridians converge."""
    _, forth, back = between(lon0, lat0, lon, lat)
    turn = back + np.pi - forth
    matrix = np.eye(4)
    matrix[0, 0], matrix[0, 1], matrix[1, 0], matrix[1, 1] = np.cos(turn), np.sin(turn), -np.sin(turn), np.cos(turn)
    turned: np.ndarray = matrix @ cov @ matrix.T
    return turned
