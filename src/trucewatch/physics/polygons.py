"""Find which points lie in which polygons: exact on every edge and vertex, and quick for millions of points.

A uniform grid lies over all polygons. Each cell lists the polygons that reach it; for each of them the edges that pass
through the cell, and whether the cell's reference point is inside. A point differs from the reference point of its cell
by the parity of those edges that part the two, so only the edges of one cell are walked. Edges are spread over cells
with a margin, every decision about a side is an exact sign (physics/orientation.py), and the reference point is moved
by an infinitesimal (ε east, ε² north) so that it never lies on an edge or in line with a vertex.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import shapely
from numba import njit
from shapely.geometry.base import BaseGeometry

from trucewatch.physics.orientation import orientation

__all__ = ["PolygonIndex"]

_CELLS_PER_EDGE = 8.0  # measured: coarser grids walk longer where edges crowd, finer ones miss the cache elsewhere
_MOST_CELLS = 1 << 20
_MOST_ENTRIES = 1 << 24  # (cell, polygon) pairs; keeps the index below about 0.3 GB
_FINEST_CELL = 1e-9  # of the largest coordinate; below it rounding would reach the margin
_MARGIN = 1e-3  # of a cell; thousands of times the rounding of a clipped edge
_POLYGONAL = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


class _Grid(NamedTuple):
    """Uniform grid: origin and size of a cell in degrees, numbers of columns and rows."""

    x0: float
    y0: float
    dx: float
    dy: float
    columns: int
    rows: int


class _Edges(NamedTuple):
    """Directed edges (m, 4) ax ay bx by of all rings, and the first edge of each polygon (polygons + 1,)."""

    xy: np.ndarray
    first: np.ndarray


class _Cells(NamedTuple):
    """What each cell lists.

    first_entry  (cells + 1,) entries of a cell, sorted by polygon
    polygon      (entries,)   the polygon of an entry
    inside       (entries,)   whether the cell's reference point lies inside it
    first_edge   (entries+1,) edges of an entry; none where the polygon covers the whole cell
    edge_xy      (k, 4)       copies of those edges, in order, so that a walk stays in cache
    """

    first_entry: np.ndarray
    polygon: np.ndarray
    inside: np.ndarray
    first_edge: np.ndarray
    edge_xy: np.ndarray


class PolygonIndex:
    """Polygons that answer which points they cover, boundary included, as shapely's `intersects` does.

    Takes valid polygons and multipolygons with holes, and empty ones; of invalid ones the even-odd rule decides.
    Coordinates are a plane: an edge is straight in longitude and latitude, and nothing wraps at 180°.
    """

    def __init__(self, geometries: Sequence[BaseGeometry]) -> None:
        shapes = np.array([*geometries, None], dtype=object)[:-1]
        _check(shapes)
        self._size = len(shapes)
        edges = _edges(shapes)
        self._bounds = np.array([np.nan] * 4) if len(edges.xy) == 0 else shapely.total_bounds(shapes)
        if len(edges.xy):
            self._grid = _grid(self._bounds, shapely.bounds(shapes), len(edges.xy))
            self._cells = _build(edges, self._grid)

    def __len__(self) -> int:
        return self._size

    def pairs(self, lon_deg: np.ndarray, lat_deg: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return (point, polygon) indices (m,) int64 of every point in or on a polygon, sorted by point, then polygon.

        lon_deg, lat_deg  (n,) deg; a point with NaN is in nothing
        """
        lon, lat = _checked(lon_deg, lat_deg)
        if np.isnan(self._bounds).any():
            return np.empty(0, np.int64), np.empty(0, np.int64)
        point, polygon = _pairs(lon, lat, self._bounds, self._grid, self._cells)
        return point, polygon

    def contains(self, lon_deg: np.ndarray, lat_deg: np.ndarray) -> np.ndarray:
        """Return whether each point lies in or on each polygon, (n, polygons) bool."""
        inside = np.zeros((len(lon_deg), len(self)), dtype=bool)
        inside[self.pairs(lon_deg, lat_deg)] = True
        return inside


def _check(shapes: np.ndarray) -> None:
    wrong = np.flatnonzero(~shapely.is_empty(shapes) & ~np.isin(shapely.get_type_id(shapes), _POLYGONAL))
    if len(wrong):
        found = getattr(shapes[wrong[0]], "geom_type", None)
        raise ValueError(f"found {found} at {wrong[0]}; needed Polygon or MultiPolygon; take its polygons or buffer it")


def _checked(lon_deg: np.ndarray, lat_deg: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    lon, lat = np.ascontiguousarray(lon_deg, np.float64), np.ascontiguousarray(lat_deg, np.float64)
    if lon.ndim != 1 or lon.shape != lat.shape:
        raise ValueError(f"found shapes {lon.shape} and {lat.shape}; needed two arrays (n,) of one length; ravel them")
    return lon, lat


def _edges(shapes: np.ndarray) -> _Edges:
    parts, part_shape = shapely.get_parts(shapes, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    joined = ring[1:] == ring[:-1]
    polygon = part_shape[ring_part[ring[1:][joined]]]
    both = np.hstack([xy[:-1][joined], xy[1:][joined]])
    long = (both[:, :2] != both[:, 2:]).any(axis=1)  # a repeated vertex has no sides
    both, polygon = both[long], polygon[long]
    first = np.searchsorted(polygon, np.arange(len(shapes) + 1))
    return _Edges(np.ascontiguousarray(both), first.astype(np.int64))


def _grid(bounds: np.ndarray, each: np.ndarray, edges: int) -> _Grid:
    """Choose square-ish cells: a few for each edge, fewer where many polygons lie over each other."""
    finest = _FINEST_CELL * max(np.abs(bounds).max(), 1e-200)
    width, height = np.maximum(bounds[2:] - bounds[:2], finest)
    covered = np.nansum((each[:, 2] - each[:, 0]) * (each[:, 3] - each[:, 1]))
    cells = min(_CELLS_PER_EDGE * edges + 16, _MOST_CELLS, _MOST_ENTRIES / max(1.0, covered / (width * height)))
    side = np.sqrt(width * height / cells)
    columns = int(np.clip(width / max(side, finest), 1, cells))
    rows = int(np.clip(height / max(side, finest), 1, max(1, cells / columns)))
    return _Grid(float(bounds[0]), float(bounds[1]), width / columns, height / rows, columns, rows)


def _build(edges: _Edges, grid: _Grid) -> _Cells:
    counts = _entry_counts(edges, grid)
    first_entry = np.concatenate([[0], np.cumsum(counts)])
    polygon, inside, edge_counts = _entries(edges, grid, first_entry)
    first_edge = np.concatenate([[0], np.cumsum(edge_counts)])
    return _Cells(first_entry, polygon, inside, first_edge, _entry_edges(edges, grid, first_entry, polygon, first_edge))


@njit(cache=True, nogil=True)
def _slot(value: float, origin: float, size: float, count: int) -> int:
    """Return the column or row of a coordinate; the first or last one for coordinates beyond the grid."""
    return min(max(int(np.floor((value - origin) / size)), 0), count - 1)


@njit(cache=True, nogil=True)
def _span(low: float, high: float, origin: float, size: float, count: int) -> tuple[int, int]:
    """Return the first and last column or row that an interval reaches, with the margin."""
    margin = _MARGIN * size
    return _slot(low - margin, origin, size, count), _slot(high + margin, origin, size, count)


@njit(cache=True, nogil=True)
def _columns_in_row(edge: np.ndarray, row: int, grid: _Grid) -> tuple[int, int]:
    """Return the first and last column through which an edge passes in a row, with the margin."""
    ax, ay, bx, by = edge
    low, high = ax, bx
    if ay != by:
        bottom = grid.y0 + (row - _MARGIN) * grid.dy
        top = grid.y0 + (row + 1 + _MARGIN) * grid.dy
        t1 = min(max((bottom - ay) / (by - ay), 0.0), 1.0)
        t2 = min(max((top - ay) / (by - ay), 0.0), 1.0)
        low, high = ax + t1 * (bx - ax), ax + t2 * (bx - ax)
    return _span(min(low, high), max(low, high), grid.x0, grid.dx, grid.columns)


@njit(cache=True, nogil=True)
def _side_of_reference(edge: np.ndarray, rx: float, ry: float) -> int:
    """Return on which side of an edge the moved reference point (rx + ε, ry + ε²) lies; never 0."""
    ax, ay, bx, by = edge
    side = orientation(ax, ay, bx, by, rx, ry)
    if side != 0:
        return side
    if ay != by:
        return 1 if ay > by else -1
    return 1 if bx > ax else -1


@njit(cache=True, nogil=True)
def _side_of_walk(rx: float, ry: float, px: float, py: float, vx: float, vy: float) -> int:
    """Return on which side of the walk from the moved reference point to p a vertex lies; 0 only where it is p."""
    side = orientation(rx, ry, px, py, vx, vy)
    if side != 0:
        return side
    if py != vy:
        return 1 if py > vy else -1
    return int(vx > px) - int(vx < px)


@njit(cache=True, nogil=True)
def _first_column_east(edge: np.ndarray, row: int, grid: _Grid) -> int:
    """Return the first column whose reference point lies east of an edge that spans the row's reference latitude."""
    ax, ay, bx, by = edge
    ry = grid.y0 + (row + 0.5) * grid.dy
    east = -1 if by > ay else 1
    guess = ax + (ry - ay) / (by - ay) * (bx - ax)
    column = _slot(guess, grid.x0, grid.dx, grid.columns)
    while column > 0 and _side_of_reference(edge, grid.x0 + (column - 0.5) * grid.dx, ry) == east:
        column -= 1
    while column < grid.columns and _side_of_reference(edge, grid.x0 + (column + 0.5) * grid.dx, ry) != east:
        column += 1
    return column


@njit(cache=True, nogil=True)
def _paint(edges: np.ndarray, grid: _Grid, touched: np.ndarray, flips: np.ndarray) -> tuple[int, int, int, int]:
    """Count the edges of one polygon in each cell and mark where the inside flips along a row; return the window."""
    left, right = _span(edges[:, ::2].min(), edges[:, ::2].max(), grid.x0, grid.dx, grid.columns)
    bottom, top = _span(edges[:, 1::2].min(), edges[:, 1::2].max(), grid.y0, grid.dy, grid.rows)
    touched[bottom : top + 1, left : right + 1] = 0
    flips[bottom : top + 1, left : right + 1] = False
    for edge in edges:
        low, high = min(edge[1], edge[3]), max(edge[1], edge[3])
        first, last = _span(low, high, grid.y0, grid.dy, grid.rows)
        for row in range(first, last + 1):
            start, end = _columns_in_row(edge, row, grid)
            touched[row, start : end + 1] += 1
            if low <= grid.y0 + (row + 0.5) * grid.dy < high:
                column = _first_column_east(edge, row, grid)
                if column <= right:
                    flips[row, column] ^= True
    return left, right, bottom, top


@njit(cache=True, nogil=True)
def _entry_counts(edges: _Edges, grid: _Grid) -> np.ndarray:
    """Return how many polygons reach each cell."""
    counts = np.zeros(grid.rows * grid.columns, np.int64)
    touched, flips = np.empty((grid.rows, grid.columns), np.int32), np.empty((grid.rows, grid.columns), np.bool_)
    for k in range(len(edges.first) - 1):
        own = edges.xy[edges.first[k] : edges.first[k + 1]]
        if len(own) == 0:
            continue
        left, right, bottom, top = _paint(own, grid, touched, flips)
        for row in range(bottom, top + 1):
            inside = False
            for column in range(left, right + 1):
                inside ^= flips[row, column]
                if inside or touched[row, column] > 0:
                    counts[row * grid.columns + column] += 1
    return counts


@njit(cache=True, nogil=True)
def _entries(edges: _Edges, grid: _Grid, first_entry: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return polygon, whether the reference point is inside, and number of edges of every entry."""
    free, total = first_entry[:-1].copy(), first_entry[-1]
    polygon, within, size = np.empty(total, np.int32), np.empty(total, np.bool_), np.empty(total, np.int32)
    touched, flips = np.empty((grid.rows, grid.columns), np.int32), np.empty((grid.rows, grid.columns), np.bool_)
    for k in range(len(edges.first) - 1):
        own = edges.xy[edges.first[k] : edges.first[k + 1]]
        if len(own) == 0:
            continue
        left, right, bottom, top = _paint(own, grid, touched, flips)
        for row in range(bottom, top + 1):
            inside = False
            for column in range(left, right + 1):
                inside ^= flips[row, column]
                if inside or touched[row, column] > 0:
                    entry = free[row * grid.columns + column]
                    polygon[entry], within[entry], size[entry] = k, inside, touched[row, column]
                    free[row * grid.columns + column] += 1
    return polygon, within, size


@njit(cache=True, nogil=True)
def _entry_edges(
    edges: _Edges, grid: _Grid, first_entry: np.ndarray, polygon: np.ndarray, first_edge: np.ndarray
) -> np.ndarray:
    """Return copies of the edges (k, 4) in the order of the entries."""
    free, copies = first_edge[:-1].copy(), np.empty((first_edge[-1], 4))
    for k in range(len(edges.first) - 1):
        for edge in edges.xy[edges.first[k] : edges.first[k + 1]]:
            low, high = min(edge[1], edge[3]), max(edge[1], edge[3])
            first, last = _span(low, high, grid.y0, grid.dy, grid.rows)
            for row in range(first, last + 1):
                start, end = _columns_in_row(edge, row, grid)
                for cell in range(row * grid.columns + start, row * grid.columns + end + 1):
                    listed = polygon[first_entry[cell] : first_entry[cell + 1]]
                    entry = first_entry[cell] + np.searchsorted(listed, k)
                    copies[free[entry]] = edge
                    free[entry] += 1
    return copies


@njit(cache=True, nogil=True)
def _covers(cells: _Cells, entry: int, px: float, py: float, rx: float, ry: float) -> bool:
    """Return whether p lies in or on the polygon of an entry, by walking from the reference point to p."""
    inside = cells.inside[entry]
    for k in range(cells.first_edge[entry], cells.first_edge[entry + 1]):
        edge = cells.edge_xy[k]
        ax, ay, bx, by = edge
        side = orientation(ax, ay, bx, by, px, py)
        if side == 0:
            if min(ax, bx) <= px <= max(ax, bx) and min(ay, by) <= py <= max(ay, by):
                return True
        elif side != _side_of_reference(edge, rx, ry):
            inside ^= _side_of_walk(rx, ry, px, py, ax, ay) != _side_of_walk(rx, ry, px, py, bx, by)
    return bool(inside)


@njit(cache=True, nogil=True)
def _pairs(
    lon_deg: np.ndarray, lat_deg: np.ndarray, bounds: np.ndarray, grid: _Grid, cells: _Cells
) -> tuple[np.ndarray, np.ndarray]:
    """Return (point, polygon) pairs in order; the arrays grow as they fill."""
    points, polygons = np.empty(len(lon_deg) + 16, np.int64), np.empty(len(lon_deg) + 16, np.int64)
    found = 0
    for i in range(len(lon_deg)):
        px, py = lon_deg[i], lat_deg[i]
        if not (bounds[0] <= px <= bounds[2] and bounds[1] <= py <= bounds[3]):
            continue
        column, row = _slot(px, grid.x0, grid.dx, grid.columns), _slot(py, grid.y0, grid.dy, grid.rows)
        rx, ry = grid.x0 + (column + 0.5) * grid.dx, grid.y0 + (row + 0.5) * grid.dy
        cell = row * grid.columns + column
        for entry in range(cells.first_entry[cell], cells.first_entry[cell + 1]):
            if _covers(cells, entry, px, py, rx, ry):
                if found == len(points):
                    points, polygons = np.append(points, points), np.append(polygons, polygons)
                points[found], polygons[found] = i, cells.polygon[entry]
                found += 1
    return points[:found].copy(), polygons[:found].copy()
