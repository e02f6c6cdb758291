"""Steer an array: correlations of every pair, the best slowness with and without each element, and its refinement."""

from typing import NamedTuple

import numpy as np
from numba import njit

__all__ = ["Choices", "Grid", "correlations", "gain_of", "grid_of", "lookups", "refined", "searched"]

_CLOSE_ENOUGH = 1e-3  # share of the greatest step; the next step would be its square
_BLOCK = 1024  # nodes
_LAGS_PER_PERIOD = 16.0  # of the band's upper edge


class Choices(NamedTuple):
    """What a search found, by choice of elements: 0 takes all, 1 + i all but element i, further ones all but a pair.

    best   (windows, choices) greatest sum of pair correlations; −inf where the choice was not looked at
    where  (windows, choices) its node of the grid
    """

    best: np.ndarray
    where: np.ndarray


class Grid(NamedTuple):
    """Slownesses to look at, and where their delays lie in a table of lags.

    slowness   (nodes, 2) s/m
    lag_index  (pairs, nodes) int32 into lag_s
    lag_s      (lags,) s
    """

    slowness: np.ndarray
    lag_index: np.ndarray
    lag_s: np.ndarray


def grid_of(east_m: np.ndarray, north_m: np.ndarray, high_hz: float, slowest_m_s: float, step: float) -> Grid:
    """Return the grid of slownesses up to 1/slowest; `step` in periods of `high_hz` across the array's extent."""
    first, second = np.triu_indices(len(east_m), 1)
    apart = np.stack([east_m[second] - east_m[first], north_m[second] - north_m[first]], axis=1)
    most = 1 / slowest_m_s
    half = _half_steps(apart, high_hz, slowest_m_s, step)
    axis = np.linspace(-most, most, 2 * half + 1)
    slowness = np.stack([a.ravel() for a in np.meshgrid(axis, axis)], axis=1)
    slowness = slowness[np.hypot(slowness[:, 0], slowness[:, 1]) <= most * (1 + 1 / half)]
    lag_step = 1 / (_LAGS_PER_PERIOD * high_hz)
    delays = apart @ slowness.T
    reach = int(np.ceil(np.max(np.abs(delays)) / lag_step)) + 1
    index = (np.rint(delays / lag_step) + reach).astype(np.int32)
    return Grid(slowness, np.ascontiguousarray(index), np.arange(-reach, reach + 1) * lag_step)


def _half_steps(apart: np.ndarray, high_hz: float, slowest_m_s: float, step: float) -> int:
    extent = float(np.max(np.hypot(apart[:, 0], apart[:, 1])))
    return max(4, int(np.ceil(high_hz * extent / (slowest_m_s * step))))


def lookups(east_m: np.ndarray, north_m: np.ndarray, high_hz: float, slowest_m_s: float, step: float) -> float:
    """Return about how many slownesses times pairs the grid of these settings has."""
    first, second = np.triu_indices(len(east_m), 1)
    apart = np.stack([east_m[second] - east_m[first], north_m[second] - north_m[first]], axis=1)
    return float(np.pi * _half_steps(apart, high_hz, slowest_m_s, step) ** 2 * len(first))


def correlations(values: np.ndarray, hz: np.ndarray, lag_s: np.ndarray) -> np.ndarray:
    """Return the correlation (windows, pairs, lags) of every pair from spectra (windows, channels, bins) of energy 1.

    At lag t: how alike the second element at time + t is to the first at time.
    """
    first, second = np.triu_indices(values.shape[1], 1)
    cross = np.conj(values[:, first]) * values[:, second]
    phase = 2 * np.pi * np.outer(hz, lag_s)
    table = np.concatenate([np.cos(phase), -np.sin(phase)]).astype(np.float32)
    flat = np.concatenate([cross.real, cross.imag], axis=-1).reshape(-1, 2 * len(hz))
    return np.asarray((flat @ table).reshape(len(values), len(first), len(lag_s)))


def gain_of(members: np.ndarray | float, mean_correlation: np.ndarray) -> np.ndarray:
    """Return twice the log-likelihood gain, for each degree of freedom, of one common signal over none.

    members           number k of elements
    mean_correlation  mean correlation r of their pairs
    −(k−1)·log(1−r) − log(1+(k−1)·r): log determinant of an equicorrelated Gaussian covariance; 0 for r ≤ 0.
    """
    r = np.clip(mean_correlation, 0.0, 1 - 1e-6)
    k = np.maximum(members, 1)
    return np.asarray(-(k - 1) * np.log1p(-r) - np.log1p((k - 1) * r))


def searched(corr: np.ndarray, lag_index: np.ndarray, channels: int, depth: np.ndarray) -> Choices:
    """Return the greatest sum of pair correlations over the grid, and its node, for each choice of elements.

    corr       (windows, pairs, lags) float32; pairs that must not count hold zeros
    lag_index  (pairs, nodes)
    depth      (windows,) 0: only all elements; 1: also all but one; 2: also all but two
    """
    first, second = np.triu_indices(channels, 1)
    best = np.full((len(corr), 1 + channels + len(first)), -np.inf, dtype=np.float32)
    where = np.zeros(best.shape, dtype=np.int64)
    _search(corr, lag_index, first, second, depth, best, where)
    return Choices(best, where)


@njit(cache=True, nogil=True, fastmath=True)
def _search(
    corr: np.ndarray, lag_index: np.ndarray, first: np.ndarray, second: np.ndarray, depth: np.ndarray,
    best: np.ndarray, where: np.ndarray,
) -> None:  # fmt: skip
    """Fill `best` and `where`, in blocks of nodes that stay in the nearest memory."""
    pairs, nodes = lag_index.shape
    channels = best.shape[1] - 1 - pairs
    value = np.empty((pairs, _BLOCK), dtype=np.float32)
    total = np.empty(_BLOCK, dtype=np.float32)
    row = np.empty((channels, _BLOCK), dtype=np.float32)
    for w in range(corr.shape[0]):
        for begin in range(0, nodes, _BLOCK):
            size = min(_BLOCK, nodes - begin)
            total[:] = 0
            for p in range(pairs):
                for g in range(size):
                    v = corr[w, p, lag_index[p, begin + g]]
                    value[p, g] = v
                    total[g] += v
            _keep(best[w], where[w], 0, total[:size], begin)
            if depth[w] == 0:
                continue
            row[:] = 0
            for p in range(pairs):
                row[first[p], :size] += value[p, :size]
                row[second[p], :size] += value[p, :size]
            for i in range(channels):
                _keep(best[w], where[w], 1 + i, total[:size] - row[i, :size], begin)
            if depth[w] == 1:
                continue
            for p in range(pairs):
                rest = total[:size] - row[first[p], :size] - row[second[p], :size] + value[p, :size]
                _keep(best[w], where[w], 1 + channels + p, rest, begin)


@njit(cache=True, nogil=True, fastmath=True)
def _keep(best: np.ndarray, where: np.ndarray, choice: int, x: np.ndarray, begin: int) -> None:
    """Note the greatest of a block (nodes,) where it beats what the choice had."""
    most = x[0]
    for g in range(x.shape[0]):
        most = max(most, x[g])
    if most > best[choice]:
        best[choice] = most
        for g in range(x.shape[0]):
            if x[g] == most:
                where[choice] = begin + g
                break


@njit(cache=True, nogil=True, fastmath=True)
def refined(
    values: np.ndarray, hz: np.ndarray, east_m: np.ndarray, north_m: np.ndarray, member: np.ndarray,
    start: np.ndarray, most_step: float, rounds: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Return slowness (windows, 2), sum of pair correlations (windows,) and its curvature (windows, 2, 2) there.

    values     (windows, channels, bins) spectra of energy 1; evenly spaced bins
    member     (windows, channels) weights, 0 for elements that do not count
    start      (windows, 2) s/m, near the greatest sum
    most_step  s/m; farther than this from the start the search gives up and keeps the start
    Newton's method on the exact beam power.
    """
    windows, channels = values.shape[0], values.shape[1]
    out = start.copy()
    power = np.zeros(windows)
    curve = np.zeros((windows, 2, 2))
    terms = np.empty(6)
    for w in range(windows):
        e, n = start[w, 0], start[w, 1]
        for _ in range(rounds):
            _beam(values[w], hz, east_m, north_m, member[w], e, n, terms)
            det = terms[3] * terms[5] - terms[4] * terms[4]
            if not (terms[3] < 0 and det > 0):
                break
            de = -(terms[5] * terms[1] - terms[4] * terms[2]) / det
            dn = -(terms[3] * terms[2] - terms[4] * terms[1]) / det
            if np.hypot(e + de - start[w, 0], n + dn - start[w, 1]) > most_step:
                break
            e, n = e + de, n + dn
            if np.hypot(de, dn) < _CLOSE_ENOUGH * most_step:
                break
        _beam(values[w], hz, east_m, north_m, member[w], e, n, terms)
        own = 0.0
        for i in range(channels):
            own += member[w, i] ** 2
        out[w, 0], out[w, 1] = e, n
        power[w] = (terms[0] - own) / 2
        curve[w, 0, 0], curve[w, 1, 1] = terms[3] / 2, terms[5] / 2
        curve[w, 0, 1] = curve[w, 1, 0] = terms[4] / 2
    return out, power, curve


@njit(cache=True, nogil=True, fastmath=True)
def _beam(
    values: np.ndarray, hz: np.ndarray, east_m: np.ndarray, north_m: np.ndarray, member: np.ndarray,
    e: float, n: float, terms: np.ndarray,
) -> None:  # fmt: skip
    """Fill `terms` with beam power, its gradient (east, north) and its second derivatives (ee, en, nn)."""
    bins = hz.shape[0]
    step = hz[1] - hz[0] if bins > 1 else 0.0
    b = np.zeros(bins, dtype=np.complex128)
    be = np.zeros(bins, dtype=np.complex128)
    bn = np.zeros(bins, dtype=np.complex128)
    bee = np.zeros(bins, dtype=np.complex128)
    ben = np.zeros(bins, dtype=np.complex128)
    bnn = np.zeros(bins, dtype=np.complex128)
    for i in range(values.shape[0]):
        if member[i] == 0:
            continue
        x, y = east_m[i], north_m[i]
        angle = 2 * np.pi * (x * e + y * n)
        turn = np.exp(1j * angle * hz[0]) * member[i]
        more = np.exp(1j * angle * step)
        for k in range(bins):
            v = values[i, k] * turn
            b[k] += v
            be[k] += x * v
            bn[k] += y * v
            bee[k] += x * x * v
            ben[k] += x * y * v
            bnn[k] += y * y * v
            turn *= more
    terms[:] = 0
    for k in range(bins):
        omega = 2 * np.pi * hz[k]
        c = np.conj(b[k])
        terms[0] += (c * b[k]).real
        terms[1] += -2 * omega * (c * be[k]).imag
        terms[2] += -2 * omega * (c * bn[k]).imag
        square = omega * omega * 2
        terms[3] += square * ((np.conj(be[k]) * be[k]).real - (c * bee[k]).real)
        terms[4] += square * ((np.conj(be[k]) * bn[k]).real - (c * ben[k]).real)
        terms[5] += square * ((np.conj(bn[k]) * bn[k]).real - (c * bnn[k]).real)
