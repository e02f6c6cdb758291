"""Join accepted pairs into groups, strongest first, without letting chains grow beyond one happening."""

from typing import Any

import numpy as np
from numba import njit

from trucewatch.fuse.config import Config
from trucewatch.fuse.link import Nodes, Pairs
from trucewatch.physics.geodesy import metres_per_degree

__all__ = ["cluster"]


def cluster(pairs: Pairs, nodes: Nodes, config: Config) -> tuple[np.ndarray, np.ndarray]:
    """Return (label (n,) of each node, accepted (m,) of each pair); labels are the least node index of the group.

    Pairs join in falling order of log ratio (equal ones by index), unless the joined group would reach beyond
    `max_extent_m` or `max_span_ns`: the result depends on the records, not on the order in which they came.
    """
    strong = np.flatnonzero(pairs.p_link >= config.p_accept)
    order = strong[np.lexsort((pairs.b[strong], pairs.a[strong], -pairs.log_ratio[strong]))]
    per_lon, per_lat = metres_per_degree(nodes.lat_deg)
    box = np.stack([nodes.lon_deg, nodes.lon_deg, nodes.lat_deg, nodes.lat_deg], axis=1)
    span = np.stack([nodes.t_start_ns, nodes.t_end_ns], axis=1)
    limits = (config.max_extent_m, config.max_span_ns)
    parent, joined = _join(pairs.a[order], pairs.b[order], box, span, per_lon, per_lat, *limits)
    accepted = np.zeros(len(pairs.a), bool)
    accepted[order] = joined
    return parent, accepted


@njit(cache=True, nogil=True)
def _join(a: Any, b: Any, box: Any, span: Any, per_lon: Any, per_lat: Any, max_extent_m: Any, max_span_ns: Any) -> Any:
    parent = np.arange(len(box))
    joined = np.zeros(len(a), np.bool_)
    for k in range(len(a)):
        x, y = _root(parent, a[k]), _root(parent, b[k])
        if x == y:
            joined[k] = True
            continue
        west, east = min(box[x, 0], box[y, 0]), max(box[x, 1], box[y, 1])
        south, north = min(box[x, 2], box[y, 2]), max(box[x, 3], box[y, 3])
        first, last = min(span[x, 0], span[y, 0]), max(span[x, 1], span[y, 1])
        if (east - west) * per_lon[x] > max_extent_m or (north - south) * per_lat[x] > max_extent_m:
            continue
        if last - first > max_span_ns:
            continue
        low, high = min(x, y), max(x, y)
        parent[high] = low
        box[low, 0], box[low, 1], box[low, 2], box[low, 3] = west, east, south, north
        span[low, 0], span[low, 1] = first, last
        joined[k] = True
    for i in range(len(parent)):
        parent[i] = _root(parent, i)
    return parent, joined


@njit(cache=True, nogil=True)
def _root(parent: Any, i: Any) -> Any:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i
