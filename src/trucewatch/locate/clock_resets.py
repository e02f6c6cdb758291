"""Instants that many nodes share as no sound could make them: clocks that were reset together."""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from scipy.stats import poisson

from trucewatch.core.times import SECOND_NS
from trucewatch.physics.geodesy import metres_per_degree

__all__ = ["Reset", "resets"]

_ROUND_S = 120  # stretch on both sides in which the rate of arrivals is looked at
_SLOW_M_S = 340.0


class Reset(NamedTuple):
    """One instant, ns UTC, and how many nodes have it."""

    t_ns: int
    nodes: int


def resets(
    t_ns: np.ndarray, node: np.ndarray, lon_deg: np.ndarray, lat_deg: np.ndarray, within_ms: float, least: int,
    chance: float, reach_m: float,
) -> tuple[np.ndarray, list[Reset]]:  # fmt: skip
    """Return which triggers (n,) belong to a reset of clocks, and the resets by time.

    t_ns      (n,) ns UTC, by time; node (n,) rows of the places lon_deg, lat_deg (m,)
    within_ms, least  so many nodes within so long are looked at
    chance    they are a reset where fewer such instants are expected in the whole input by chance, or where they are
              half of all nodes
    reach_m   not where the nodes lie on a circle of at most this radius: sound from its middle does that
    """
    bad = np.zeros(len(t_ns), dtype=bool)
    starts, ends, nodes = _crowds(t_ns, node, len(lon_deg), int(within_ms * SECOND_NS / 1000), least)
    surprising = _surprising(t_ns, nodes, starts, within_ms / 1000, chance) | (2 * nodes >= len(lon_deg))
    found = []
    for start, end in zip(starts[surprising].tolist(), ends[surprising].tolist(), strict=True):
        who = np.unique(node[start:end])
        if not _on_a_circle(lon_deg[who], lat_deg[who], reach_m, 3e-3 * within_ms * _SLOW_M_S + 1.0):
            bad[start:end] = True
            found.append(Reset(int(t_ns[start]), len(who)))
    return bad, found


@njit(cache=True, nogil=True)
def _crowds(t_ns: Any, node: Any, nodes: int, within_ns: int, least: int) -> Any:
    """Return starts, ends and numbers of nodes (k,) of stretches no longer than within_ns that enough nodes share."""
    n = len(t_ns)
    seen = np.zeros(nodes, np.int64)
    starts, ends, counts = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    found, first, different = 0, 0, 0
    for last in range(n):
        seen[node[last]] += 1
        different += seen[node[last]] == 1
        while t_ns[last] - t_ns[first] > within_ns:
            seen[node[first]] -= 1
            different -= seen[node[first]] == 0
            first += 1
        if different >= least:
            if found and ends[found - 1] > first:  # grows the one before
                found -= 1
            else:
                starts[found], counts[found] = first, 0
            ends[found], counts[found] = last + 1, max(counts[found], different)
            found += 1
    return starts[:found].copy(), ends[:found].copy(), counts[:found].copy()


def _surprising(t_ns: np.ndarray, nodes: np.ndarray, starts: np.ndarray, within_s: float, chance: float) -> np.ndarray:
    """Return where (k,) chance does not bring so many arrivals together, at the rate around them."""
    if not len(starts):
        return np.zeros(0, dtype=bool)
    around = _ROUND_S * SECOND_NS
    low, high = (np.searchsorted(t_ns, t_ns[starts] + side * around) for side in (-1, 1))
    rate = (high - low - nodes) / (2 * _ROUND_S)
    return np.asarray(len(t_ns) * poisson.sf(nodes - 2, np.maximum(rate, 0) * within_s) < chance)


def _on_a_circle(lon_deg: np.ndarray, lat_deg: np.ndarray, reach_m: float, within_m: float) -> bool:
    """Return whether places lie on a circle of at most the reach (Kasa 1976, IEEE Trans. Instrum. Meas. 25, p. 8)."""
    per_lon, per_lat = metres_per_degree(lat_deg.mean())
    east, north = (lon_deg - lon_deg.mean()) * per_lon, (lat_deg - lat_deg.mean()) * per_lat
    scale = max(float(np.hypot(east, north).max()), 1.0)
    x, y = east / scale, north / scale
    (a, b, c), *_ = np.linalg.lstsq(np.stack([2 * x, 2 * y, np.ones(len(x))], axis=1), x * x + y * y)
    radius = scale * float(np.sqrt(max(c + a * a + b * b, 0.0)))
    away = np.hypot(east - a * scale, north - b * scale) - radius
    return radius <= reach_m and float(np.sqrt(np.mean(away**2))) <= within_m
