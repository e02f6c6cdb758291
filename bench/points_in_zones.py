"""Points in zones: our index against the ways that shapely offers, in the same run and with the same answers."""

import time
from collections.abc import Callable

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from trucewatch.physics.polygons import PolygonIndex

POINTS = 1_000_000
PEER_POINTS = 200_000  # the slower peers are timed on a part and their speed compared
WEST, SOUTH, EAST, NORTH = 30.0, 45.0, 41.0, 52.0


def zones(seed: int = 1) -> list[BaseGeometry]:
    """Return 506 invented polygons: both sides of a 4,000-vertex line, four buffers of it and 500 sites."""
    rng = np.random.default_rng(seed)
    along = np.linspace(0, 1, 4000)
    wander = np.cumsum(rng.normal(0, 0.004, 4000)) + 0.4 * np.sin(9 * along)
    line = np.column_stack([31.0 + 8.0 * along, 46.5 + 3.5 * along + wander - wander.mean() * along])
    left = [(WEST, line[0, 1]), *line, (EAST, line[-1, 1]), (EAST, NORTH + 3), (WEST, NORTH + 3)]
    right = [(WEST, line[0, 1]), *line, (EAST, line[-1, 1]), (EAST, SOUTH - 3), (WEST, SOUTH - 3)]
    middle = shapely.LineString(line)
    buffers = [middle.buffer(width) for width in (0.03, 0.1, 0.2, 0.4)]
    at = line[rng.integers(0, 4000, 500)] + rng.normal(0, 0.3, (500, 2))
    sites = shapely.buffer(shapely.points(at), rng.uniform(0.005, 0.05, 500))
    return [shapely.Polygon(left), shapely.Polygon(right), *buffers, *sites]


def points(count: int = POINTS, seed: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Return lon, lat (count,) deg spread evenly over the country's box."""
    rng = np.random.default_rng(seed)
    return rng.uniform(WEST, EAST, count), rng.uniform(SOUTH, NORTH, count)


def tree_pairs(shapes: list[BaseGeometry], lon_deg: np.ndarray, lat_deg: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs as shapely's tree finds them, in our order."""
    shapely.prepare(shapes)
    polygon, point = shapely.STRtree(shapely.points(lon_deg, lat_deg)).query(shapes, predicate="intersects")
    order = np.lexsort((polygon, point))
    return point[order], polygon[order]
