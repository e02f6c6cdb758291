"""What the kernels work on: nodes, triggers by node and time, and the curves of the network."""

from typing import NamedTuple

import numpy as np
from numba import njit
from scipy.spatial import cKDTree

from trucewatch.locate.acoustic.config import AcousticConfig
from trucewatch.locate.acoustic.draws import names_of

__all__ = ["UNKNOWN_DB", "Air", "Curves", "Nodes", "Triggers", "curves", "deaf", "first_at", "nodes_of", "triggers_of"]

RANGE_STEP_M = 50.0
LOGISTIC = 1.702  # steepness at which a logistic curve is nearest to the normal distribution
UNKNOWN_DB = -1e3  # stands in for NaN, which the kernels' arithmetic may not test for


class Air(NamedTuple):
    """Speed of sound and wind, m/s."""

    speed: float
    wind_east: float
    wind_north: float


class Nodes(NamedTuple):
    """Nodes (m,) in metres of a local plane; `near[ptr[a]:ptr[a+1]]` are the nodes around a, nearest first.

    var_s2  variance that the clock and the place of each node add to an onset
    """

    east: np.ndarray
    north: np.ndarray
    near_ptr: np.ndarray
    near: np.ndarray
    near_m: np.ndarray
    var_s2: np.ndarray


class Triggers(NamedTuple):
    """Triggers (n,) sorted by node, then time.

    t, node        s, index
    ptr            (m+1,) rows of each node
    guide_ptr, guide, guide_t0, guide_per_s   per node: row of the first trigger in or after each of its bins
    level_db       loudness; UNKNOWN_DB where it is not known
    name           64 bits that say which it is, wherever the record is cut
    """

    t: np.ndarray
    node: np.ndarray
    ptr: np.ndarray
    guide_ptr: np.ndarray
    guide: np.ndarray
    guide_t0: np.ndarray
    guide_per_s: np.ndarray
    level_db: np.ndarray
    name: np.ndarray


class Curves(NamedTuple):
    """Share heard by range bin and loudness class (bins, 3), where it ends, and the timing model."""

    heard: np.ndarray
    reach_m: float
    onset2: float
    scatter: float
    range_per_wind: float
    dead_s: float


def curves(config: AcousticConfig) -> Curves:
    """Return the tabulated curves of a configuration; beyond the reach fewer than one in a hundred is heard."""
    half, width = np.array(config.half_range_m), config.width_of_range_m
    reach = half.max() + width * np.log(config.heard_at_most / 0.01)
    middle = (np.arange(int(reach / RANGE_STEP_M) + 2) + 0.5) * RANGE_STEP_M
    heard = config.heard_at_most / (1 + np.exp((middle[:, None] - half) / width))
    return Curves(heard, reach, config.onset_s**2, config.path_scatter, config.range_per_wind, config.dead_s)


def nodes_of(east_m: np.ndarray, north_m: np.ndarray, reach_m: float, var_s2: np.ndarray | float = 0.0) -> Nodes:
    """Return nodes with their neighbours within the reach, nearest first, each node first of its own."""
    points = np.stack([east_m, north_m], axis=1)
    pairs = cKDTree(points).query_pairs(reach_m, output_type="ndarray")
    own = np.arange(len(points))
    a = np.concatenate([pairs[:, 0], pairs[:, 1], own])
    b = np.concatenate([pairs[:, 1], pairs[:, 0], own])
    apart = np.hypot(*(points[a] - points[b]).T)
    order = np.lexsort((b, b != a, apart, a))
    ptr = np.concatenate([[0], np.cumsum(np.bincount(a, minlength=len(points)))])
    return Nodes(east_m.copy(), north_m.copy(), ptr, b[order], apart[order], np.zeros(len(east_m)) + var_s2)


def triggers_of(
    t_s: np.ndarray, node: np.ndarray, level_db: np.ndarray, nodes: int, name: np.ndarray | None = None
) -> tuple[Triggers, np.ndarray]:
    """Return triggers sorted by node and time, and the order that sorted them; unnamed ones are called by both."""
    order = np.lexsort((t_s, node))
    t, who = t_s[order], node[order]
    ptr = np.concatenate([[0], np.cumsum(np.bincount(who, minlength=nodes))]).astype(np.int64)
    guide_ptr, guide, t0, per_s = _guide(t, ptr)
    level = np.nan_to_num(level_db[order], nan=UNKNOWN_DB)
    called = names_of(np.rint(t_s * 1e6), node) if name is None else name
    return Triggers(t, who, ptr, guide_ptr, guide, t0, per_s, level, called[order]), order


@njit(cache=True, nogil=True)
def _guide(t: np.ndarray, ptr: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Lay as many equal bins over a node's triggers as it has, and note the first trigger of each."""
    nodes = len(ptr) - 1
    guide_ptr = ptr + np.arange(nodes + 1)
    guide = np.empty(len(t) + nodes, np.int64)
    t0, per_s = np.zeros(nodes), np.ones(nodes)
    for j in range(nodes):
        first, last = ptr[j], ptr[j + 1]
        bins = last - first
        guide[guide_ptr[j + 1] - 1] = last
        if bins == 0:
            continue
        t0[j] = t[first]
        per_s[j] = bins / max(t[last - 1] - t[first], 1e-3)
        k = first
        for b in range(bins):
            while k < last and (t[k] - t0[j]) * per_s[j] < b:
                k += 1
            guide[guide_ptr[j] + b] = k
    return guide_ptr, guide, t0, per_s


@njit(cache=True, nogil=True, fastmath=True)
def deaf(late_s: float, dead_s: float, sigma_s: float) -> float:
    """Return the chance that an arrival falls into the dead time of a trigger that comes so late after it is due.

    late_s may be negative; sigma_s is that of the arrival. Its normal distribution is taken as a logistic one, which is
    nowhere off by more than 0.01 (Camilli 1994, J. Educ. Behav. Stat. 19(3), p. 293).
    """
    steep = min(LOGISTIC / sigma_s, 50.0 / max(dead_s, 1e-3))  # no steeper than numbers can hold
    x, y = np.exp(steep * late_s), np.exp(steep * dead_s)
    return float(x * (y - 1) / ((1 + x) * (1 + x * y)))


@njit(cache=True, nogil=True, fastmath=True)
def first_at(
    times: np.ndarray, guide: np.ndarray, at: int, first: int, end: int, t0: float, per_s: float, t: float
) -> int:
    """Return the row of a node's first trigger at or after t; its end where there is none.

    times, guide        of the triggers
    at, t0, per_s       where the node's guide begins, and its first bin's time and bins a second
    first, end          rows of the node
    Arrays are handed over one by one: a tuple of arrays costs more than the search.
    """
    if t <= t0:
        return first
    b = int((t - t0) * per_s)
    k = guide[at + min(b, end - first)]
    while k > first and times[k - 1] >= t:
        k -= 1
    while k < end and times[k] < t:
        k += 1
    return int(k)
