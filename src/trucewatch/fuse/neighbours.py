"""Which events lie near each other in space and time: a cell index, so that cost grows with neighbours, not pairs."""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from trucewatch.physics.geodesy import metres_per_degree

__all__ = ["Cells", "cells_of", "neighbour_pairs", "ring_counts"]

CELL_DEG = 0.02  # about 2.2 km by 1.5 km in Ukraine: a few times the reach of most places


class Cells(NamedTuple):
    """Points sorted by cell: `order` (n,) lists them, `start` (cells + 1,) bounds each cell's run."""

    order: np.ndarray
    start: np.ndarray
    lon0: float
    lat0: float
    columns: int
    rows: int


def cells_of(lon_deg: np.ndarray, lat_deg: np.ndarray) -> Cells:
    """Return the cell index of points (n,); points at NaN are in no cell."""
    known = np.flatnonzero(np.isfinite(lon_deg) & np.isfinite(lat_deg))
    if len(known) == 0:
        return Cells(known, np.zeros(2, np.int64), 0.0, 0.0, 1, 1)
    lon0, lat0 = float(lon_deg[known].min()), float(lat_deg[known].min())
    column = ((lon_deg[known] - lon0) / CELL_DEG).astype(np.int64)
    row = ((lat_deg[known] - lat0) / CELL_DEG).astype(np.int64)
    columns, rows = int(column.max()) + 1, int(row.max()) + 1
    cell = row * columns + column
    order = known[np.argsort(cell, kind="stable")]
    start = np.concatenate([[0], np.cumsum(np.bincount(cell, minlength=columns * rows))])
    return Cells(order, start, lon0, lat0, columns, rows)


def neighbour_pairs(
    lon_deg: np.ndarray, lat_deg: np.ndarray, t_start_ns: np.ndarray, t_end_ns: np.ndarray, reach_m: np.ndarray,
    lag_ns: int, source: np.ndarray, most: int,
) -> tuple[np.ndarray, np.ndarray, int]:  # fmt: skip
    """Return index pairs (a, b), a < b, of events whose reaches touch and whose intervals lie within `lag_ns`.

    lon_deg, lat_deg  (n,) centres of the places; reach_m (n,) radius that each place may speak for
    source, most      an event meets at most so many others of one source (n,) int64: the nearest; without a bound, ten
                      thousand detections of one blaze would make fifty million pairs
    returns           a, b, and the number of events that had more
    """
    per_lon, per_lat = metres_per_degree(lat_deg)
    cells = cells_of(lon_deg, lat_deg)
    columns = (lon_deg, lat_deg, per_lon, per_lat, t_start_ns, t_end_ns, reach_m)
    pairs, crowded = _pairs(*columns, lag_ns, source, most, *cells, CELL_DEG)
    low, high = np.minimum(pairs[:, 0], pairs[:, 1]), np.maximum(pairs[:, 0], pairs[:, 1])
    order = np.lexsort((high, low))
    return low[order], high[order], int(crowded)


@njit(cache=True, nogil=True)
def _pairs(
    lon: Any, lat: Any, per_lon: Any, per_lat: Any, t0: Any, t1: Any, reach: Any, lag: Any, source: Any, most: Any,
    order: Any, start: Any, lon0: Any, lat0: Any, columns: Any, rows: Any, cell_deg: Any,
) -> Any:  # fmt: skip
    """A pair is found by the partner with the larger reach (equal: the later index), so each is found once."""
    found = np.empty((1024, 2), np.int64)
    near, squared = np.empty(1024, np.int64), np.empty(1024)
    n = crowded = 0
    for k in range(len(order)):
        a = order[k]
        radius = 2 * reach[a]
        half_columns = int(radius / (per_lon[a] * cell_deg)) + 1
        half_rows = int(radius / (per_lat[a] * cell_deg)) + 1
        column, row = int((lon[a] - lon0) / cell_deg), int((lat[a] - lat0) / cell_deg)
        count = 0
        for r in range(max(0, row - half_rows), min(rows, row + half_rows + 1)):
            first = start[r * columns + max(0, column - half_columns)]
            last = start[r * columns + min(columns - 1, column + half_columns) + 1]
            for m in range(first, last):
                b = order[m]
                if reach[b] > reach[a] or (reach[b] == reach[a] and b >= a):
                    continue
                if t0[b] - t1[a] > lag or t0[a] - t1[b] > lag:
                    continue
                east, north = (lon[b] - lon[a]) * per_lon[a], (lat[b] - lat[a]) * per_lat[a]
                if east * east + north * north > (reach[a] + reach[b]) ** 2:
                    continue
                if count == len(near):
                    near, squared = np.append(near, near), np.append(squared, squared)
                near[count], squared[count] = b, east * east + north * north
                count += 1
        kept = near[:count] if count <= most else _nearest(near[:count], squared[:count], source, most)
        crowded += len(kept) < count
        while n + len(kept) > len(found):
            found = np.concatenate((found, found))
        for i in range(len(kept)):
            found[n, 0], found[n, 1] = a, kept[i]
            n += 1
    return found[:n], crowded


@njit(cache=True, nogil=True)
def _nearest(near: Any, squared: Any, source: Any, most: Any) -> Any:
    """Return the nearest `most` of each source; equal distances in order of index."""
    by_index = np.argsort(near, kind="mergesort")
    by_distance = by_index[np.argsort(squared[by_index], kind="mergesort")]
    taken = np.zeros(source.max() + 1, np.int64)
    kept = np.empty(len(near), np.int64)
    n = 0
    for i in by_distance:
        code = source[near[i]]
        if taken[code] < most:
            taken[code] += 1
            kept[n] = near[i]
            n += 1
    return kept[:n]


def ring_counts(
    lon_deg: np.ndarray, lat_deg: np.ndarray, t_day: np.ndarray, of_lon_deg: np.ndarray, of_lat_deg: np.ndarray,
    of_t_day: np.ndarray, gap_day: float, window_day: float, near_m: float, far_m: float,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Return (near, far) (n,): kernel-weighted and plain counts of events `of` around each point.

    Only events between `gap_day` and `window_day` away in time count; near is weighted exp(−d²/2 near²), far counts
    all within `far_m`.
    """
    per_lon, per_lat = metres_per_degree(lat_deg)
    cells = cells_of(of_lon_deg, of_lat_deg)
    query = (lon_deg, lat_deg, t_day, per_lon, per_lat)
    near, far = _counts(*query, of_lon_deg, of_lat_deg, of_t_day, gap_day, window_day, near_m, far_m, *cells, CELL_DEG)
    return near, far


@njit(cache=True, nogil=True)
def _counts(
    lon: Any, lat: Any, t: Any, per_lon: Any, per_lat: Any, of_lon: Any, of_lat: Any, of_t: Any, gap: Any, window: Any,
    near_m: Any, far_m: Any, order: Any, start: Any, lon0: Any, lat0: Any, columns: Any, rows: Any, cell_deg: Any,
) -> Any:  # fmt: skip
    near, far = np.zeros(len(lon)), np.zeros(len(lon))
    for a in range(len(lon)):
        if not (np.isfinite(lon[a]) and np.isfinite(lat[a])):
            continue
        half_columns = int(far_m / (per_lon[a] * cell_deg)) + 1
        half_rows = int(far_m / (per_lat[a] * cell_deg)) + 1
        column = int(np.floor((lon[a] - lon0) / cell_deg))
        row = int(np.floor((lat[a] - lat0) / cell_deg))
        left, right = max(0, column - half_columns), min(columns - 1, column + half_columns)
        if right < left:
            continue
        for r in range(max(0, row - half_rows), min(rows, row + half_rows + 1)):
            for m in range(start[r * columns + left], start[r * columns + right + 1]):
                b = order[m]
                away = abs(of_t[b] - t[a])
                if away < gap or away > window:
                    continue
                east, north = (of_lon[b] - lon[a]) * per_lon[a], (of_lat[b] - lat[a]) * per_lat[a]
                squared = east * east + north * north
                if squared <= far_m * far_m:
                    far[a] += 1.0
                    near[a] += np.exp(-squared / (2 * near_m * near_m))
    return near, far
