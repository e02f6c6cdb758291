"""Candidates where it is crowded: every place and moment of a grid is tried at once, by adding up what its nodes say.

Where a node hears a shot every second, three arrivals fit somewhere by chance too often to be tried one by one. The
log ratios of all nodes around a cell, each moved by its travel time, are added as small integers, many at a time.
"""

import numpy as np
from numba import njit

from trucewatch.locate.acoustic.model import RANGE_STEP_M, Air, Curves, Nodes, Triggers

__all__ = ["stack"]

PER_S = 10.0  # bins of a second
CELL_M = 160.0
SCALE = 20.0  # steps of a unit of log likelihood
LEVELS = np.array([0.91, 0.85, 0.75, 0.62, 0.48, 0.34, 0.22, 0.12, 0.06])  # shares heard for which there is a page
TOGETHER = 4_000  # moments that are added up at once
MARGIN_M = 2_000.0
FARTHEST_M, LEAST_HEARD = 16_000.0, 0.045  # a node farther away, or that hears less of a class, is not added
SIGMA_S = 0.13  # of an arrival, with half a cell and half a bin


@njit(cache=True, nogil=True, fastmath=True)
def _pages(trig: Triggers, weight: np.ndarray, nodes: int, bins: int, begin: float) -> np.ndarray:
    """Return log(1 - p + p · ratio) in steps of 1/SCALE (levels, nodes, bins): what a bin says of an arrival in it."""
    ratio = np.zeros((nodes, bins), np.float32)
    wide = int(3 * SIGMA_S * PER_S) + 1
    for k in range(len(trig.t)):
        middle = int((trig.t[k] - begin) * PER_S)
        for b in range(max(middle - wide, 0), min(middle + wide + 1, bins)):
            dt = ((b + 0.5) / PER_S + begin - trig.t[k]) / SIGMA_S
            value = np.float32(weight[k] * np.exp(-0.5 * dt * dt) * 0.3989 / SIGMA_S)
            ratio[trig.node[k], b] = max(ratio[trig.node[k], b], value)
    out = np.empty((len(LEVELS), nodes, bins), np.int8)
    for level in range(len(LEVELS)):
        p = LEVELS[level]
        for j in range(nodes):
            for b in range(bins):
                out[level, j, b] = np.int8(min(np.rint(SCALE * np.log(1 + p * (ratio[j, b] - 1))), 127.0))
    return out


@njit(cache=True, nogil=True, fastmath=True)
def _add(total: np.ndarray, pages: np.ndarray, begins: np.ndarray, first: int) -> None:
    """Add what the pages (n,) say from each beginning, moved by `first`, on to the total of each moment.

    Four at a time: reading and writing the total is what costs. The last of the pages are zero, for beginnings of -1.
    """
    width = len(total)
    none = len(pages) - width
    for n in range(0, len(begins), 4):
        one, two, three, four = begins[n], begins[n + 1], begins[n + 2], begins[n + 3]
        a = pages[one + first : one + first + width]
        b = pages[two + first : two + first + width] if two >= 0 else pages[none:]
        c = pages[three + first : three + first + width] if three >= 0 else pages[none:]
        d = pages[four + first : four + first + width] if four >= 0 else pages[none:]
        for k in range(width):
            total[k] += (np.int16(a[k]) + np.int16(b[k])) + (np.int16(c[k]) + np.int16(d[k]))


@njit(cache=True, nogil=True, fastmath=True)
def _best(totals: np.ndarray, best: np.ndarray) -> None:
    """Fill the best (moments,) of the totals (3, moments)."""
    a, b, c = totals[0], totals[1], totals[2]
    for k in range(len(a)):
        best[k] = max(a[k], b[k], c[k])


@njit(cache=True, nogil=True, fastmath=True)
def _beginnings(
    east: float, north: float, nodes: Nodes, air: Air, curve: Curves, bins: int, where: np.ndarray, used: np.ndarray
) -> None:  # fmt: skip
    """Fill where on the pages each node's bin lies for a sound of moment 0 at a cell, by class, and how many there are.

    where (3, nodes + 3) is padded with -1 to a multiple of four.
    """
    used[:] = 0
    count = len(nodes.east)
    for j in range(count):
        de, dn = nodes.east[j] - east, nodes.north[j] - north
        r = np.sqrt(de * de + dn * dn) + 1e-3
        if r > FARTHEST_M:
            continue
        along = (air.wind_east * de + air.wind_north * dn) / r
        bin_ = min(int(r * (1 - curve.range_per_wind * along) / RANGE_STEP_M), len(curve.heard) - 1)
        late = int(r / (air.speed + along) * PER_S + 0.5)
        for c in range(3):
            p = curve.heard[bin_, c]
            if p < LEAST_HEARD:
                continue
            level = 0
            while level < len(LEVELS) - 1 and LEVELS[level + 1] >= p - 0.03:
                level += 1
            where[c, used[c]] = (level * count + j) * bins + late
            used[c] += 1
    for c in range(3):
        while used[c] % 4:
            where[c, used[c]] = -1
            used[c] += 1


@njit(cache=True, nogil=True, fastmath=True)
def stack(
    trig: Triggers, weight: np.ndarray, span: tuple[float, float], nodes: Nodes, air: Air, curve: Curves,
    log_rate: np.ndarray, corner: tuple[float, float], rate_cell_m: float, least: float, most: int,
) -> np.ndarray:  # fmt: skip
    """Return candidates (k, 4): east m, north m, origin time s, score; the best moments of each cell.

    weight    (n,) s: share that is free over the rate of what is not explained
    span      s, of the triggers
    log_rate  log of the rate of events on a grid of rate_cell_m from `corner`; added to the score
    least     least score
    most      candidates in all; the grid is left when they are found
    """
    lead = 75.0  # travel from the farthest node that counts
    begin = span[0] - lead
    origins = int((span[1] - begin) * PER_S)
    bins = origins + int(2 * lead * PER_S)
    count = len(nodes.east)
    pages = np.concatenate((_pages(trig, weight, count, bins, begin).ravel(), np.zeros(TOGETHER + 2, np.int8)))
    found = np.empty((most, 4))
    n = 0
    west, south = nodes.east.min() - MARGIN_M, nodes.north.min() - MARGIN_M
    columns = int((nodes.east.max() + MARGIN_M - west) / CELL_M) + 1
    lines = int((nodes.north.max() + MARGIN_M - south) / CELL_M) + 1
    # with a moment before and after; small, to stay in the cache
    totals, best = np.zeros((3, TOGETHER + 2), np.int16), np.zeros(TOGETHER + 2, np.int16)
    used, where = np.zeros(3, np.int64), np.zeros((3, count + 3), np.int64)
    for first in range(1, origins - 1, TOGETHER):
        width = min(TOGETHER, origins - 1 - first) + 2
        for x in range(columns):
            for y in range(lines):
                east, north = west + (x + 0.5) * CELL_M, south + (y + 0.5) * CELL_M
                totals[:, :width] = 0
                _beginnings(east, north, nodes, air, curve, bins, where, used)
                for c in range(3):
                    _add(totals[c, :width], pages, where[c, : used[c]], first - 1)
                i = min(max(int((east - corner[0]) / rate_cell_m), 0), log_rate.shape[0] - 1)
                k = min(max(int((north - corner[1]) / rate_cell_m), 0), log_rate.shape[1] - 1)
                bar = np.int16(min(max((least - log_rate[i, k]) * SCALE, 0.0), 32_000.0))
                _best(totals[:, :width], best)
                for b in range(1, width - 1):
                    if best[b] <= bar or best[b] < best[b - 1] or best[b] <= best[b + 1] or n >= most:
                        continue
                    found[n, 0], found[n, 1] = east, north
                    found[n, 2] = begin + (first - 1 + b + 0.5) / PER_S
                    found[n, 3] = best[b] / SCALE + log_rate[i, k]
                    n += 1
    return found[:n].copy()
