"""Share of every grid cell that a polygon covers, exact to rounding."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import shapely
from numba import njit

from trucewatch.physics.geodesy import metres_per_degree

__all__ = ["Grid", "Shares", "fitted", "graticule", "rasterise"]

_POLYGON = 3  # shapely's type id
_LEAST_SHARE = 1e-9  # smaller ones are rounding


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells of equal degrees, row by row from the south-west corner."""

    west_deg: float
    south_deg: float
    dlon_deg: float
    dlat_deg: float
    columns: int
    rows: int

    @property
    def cells(self) -> int:
        """Number of cells."""
        return self.columns * self.rows

    def centres(self) -> tuple[np.ndarray, np.ndarray]:
        """Return lon, lat (cells,) deg of the centres."""
        lon = self.west_deg + (np.arange(self.columns) + 0.5) * self.dlon_deg
        lat = self.south_deg + (np.arange(self.rows) + 0.5) * self.dlat_deg
        return np.tile(lon, self.rows), np.repeat(lat, self.columns)

    def areas_km2(self) -> np.ndarray:
        """Return the areas (cells,) km²."""
        per_lon, per_lat = metres_per_degree(self.centres()[1])
        return np.asarray(per_lon * self.dlon_deg * per_lat * self.dlat_deg / 1e6)

    def bounds(self) -> tuple[float, float, float, float]:
        """Return west, south, east, north in deg."""
        east = self.west_deg + self.columns * self.dlon_deg
        return self.west_deg, self.south_deg, east, self.south_deg + self.rows * self.dlat_deg


class Shares(NamedTuple):
    """Polygons as cells: polygon i covers `share[k]` of cell `cell[k]` for k in start[i]..start[i + 1]."""

    start: np.ndarray
    cell: np.ndarray
    share: np.ndarray


def fitted(bounds: tuple[float, float, float, float], max_cells: int, least_cell_m: float) -> Grid:
    """Return a grid that fills `bounds` (west, south, east, north in deg) with about square cells."""
    west, south, east, north = bounds
    per_lon, per_lat = metres_per_degree(np.array([(south + north) / 2]))
    width_m, height_m = (east - west) * per_lon.item(), (north - south) * per_lat.item()
    side_m = max(least_cell_m, (width_m * height_m / max_cells) ** 0.5)
    columns = min(max(1, round(width_m / side_m)), max_cells)
    rows = max(1, min(round(height_m / side_m), max_cells // columns))
    return Grid(west, south, (east - west) / columns, (north - south) / rows, columns, rows)


def graticule(bounds: tuple[float, float, float, float], cell_km: float) -> Grid:
    """Return the grid over `bounds` whose lines are whole multiples of a step; no cell side is under `cell_km`."""
    west, south, east, north = bounds
    per_lon, per_lat = metres_per_degree(np.array([south, north]))
    dlon, dlat = 1000 * cell_km / float(per_lon.min()), 1000 * cell_km / float(per_lat.min())
    first, low = np.floor(west / dlon), np.floor(south / dlat)
    columns, rows = max(1, int(np.ceil(east / dlon) - first)), max(1, int(np.ceil(north / dlat) - low))
    return Grid(float(first * dlon), float(low * dlat), dlon, dlat, columns, rows)


def rasterise(geometries: np.ndarray, grid: Grid) -> Shares:
    """Return which share of which cell each valid polygon or multipolygon (n,) covers.

    Source: signed-area accumulation along scan lines, as in the font rasterisers of FreeType and font-rs.
    """
    clipped = shapely.intersection(geometries, shapely.box(*grid.bounds()))
    parts, owner = shapely.get_parts(clipped, return_index=True)
    parts, again = shapely.get_parts(parts, return_index=True)
    polygonal = shapely.get_type_id(parts) == _POLYGON
    parts, owner = shapely.orient_polygons(parts[polygonal]), owner[again][polygonal]
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    points, point_ring = shapely.get_coordinates(rings, return_index=True)
    x = (points[:, 0] - grid.west_deg) / grid.dlon_deg
    y = (points[:, 1] - grid.south_deg) / grid.dlat_deg
    first = np.searchsorted(point_ring, np.arange(len(rings) + 1))
    ring = np.searchsorted(owner[ring_part], np.arange(len(geometries) + 1))
    return Shares(*_fill(x, y, first, ring, grid.columns, grid.rows))


@njit(cache=True, nogil=True)
def _fill(x: Any, y: Any, first: Any, ring: Any, columns: Any, rows: Any) -> Any:  # numba carries no types
    count = len(ring) - 1
    windows = np.zeros((count, 4), np.int64)
    size = 0
    for g in range(count):
        a, b = first[ring[g]], first[ring[g + 1]]
        if b > a:
            windows[g, 0] = max(0, int(np.floor(x[a:b].min())))
            windows[g, 1] = max(0, int(np.floor(y[a:b].min())))
            windows[g, 2] = min(columns, int(np.ceil(x[a:b].max())))
            windows[g, 3] = min(rows, int(np.ceil(y[a:b].max())))
            size += max(0, windows[g, 2] - windows[g, 0]) * max(0, windows[g, 3] - windows[g, 1])
    start = np.zeros(count + 1, np.int64)
    cell, share = np.empty(size, np.int32), np.empty(size, np.float32)
    filled = 0
    for g in range(count):
        west, south, east, north = windows[g]
        if east > west and north > south:
            sums = np.zeros((north - south, east - west + 2))
            for r in range(ring[g], ring[g + 1]):
                for i in range(first[r], first[r + 1] - 1):
                    _edge(sums, x[i] - west, y[i] - south, x[i + 1] - west, y[i + 1] - south)
            filled = _collect(sums, west, south, columns, cell, share, filled)
        start[g + 1] = filled
    return start, cell[:filled].copy(), share[:filled].copy()


@njit(cache=True, nogil=True)
def _collect(sums: Any, west: Any, south: Any, columns: Any, cell: Any, share: Any, filled: Any) -> Any:
    for row in range(sums.shape[0]):
        total = 0.0
        for column in range(sums.shape[1] - 2):
            total += sums[row, column]
            if abs(total) > _LEAST_SHARE:
                cell[filled] = (south + row) * columns + west + column
                share[filled] = min(1.0, abs(total))
                filled += 1
    return filled


@njit(cache=True, nogil=True)
def _edge(sums: Any, x0: Any, y0: Any, x1: Any, y1: Any) -> Any:
    if y0 == y1:
        return
    sign = 1.0 if y0 < y1 else -1.0
    if y0 > y1:
        x0, y0, x1, y1 = x1, y1, x0, y0
    slope = (x1 - x0) / (y1 - y0)
    for row in range(max(0, int(y0)), min(sums.shape[0], int(np.ceil(y1)))):
        low, high = max(y0, float(row)), min(y1, row + 1.0)
        left, right = x0 + (low - y0) * slope, x0 + (high - y0) * slope
        _strip(sums[row], min(left, right), max(left, right), sign * (high - low))


@njit(cache=True, nogil=True)
def _strip(line: Any, left: Any, right: Any, height: Any) -> Any:
    """Add, for an edge within one row, what each cell gains so that a running sum gives covered shares."""
    last = len(line) - 2
    left, right = min(max(left, 0.0), float(last)), min(max(right, 0.0), float(last))
    column = int(left)
    if right <= column + 1:
        part = height * (column + 1 - (left + right) / 2)
        line[column] += part
        line[column + 1] += height - part
        return
    per_column = height / (right - left)
    done = 0.0  # what the columns so far were given: the running sum must end at `height`
    while column < right:
        a, b = max(left, float(column)), min(right, column + 1.0)
        inside = per_column * (b - a)
        covered = per_column * (a - left) + inside * (column + 1 - (a + b) / 2)
        line[column] += covered - done
        done = covered
        column += 1
    line[column] += height - done
