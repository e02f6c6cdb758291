"""Points in zones: our index against the ways that shapely offers, in the same run and with the same answers."""

import platform
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from trucewatch.physics.polygons import PolygonIndex

Pairs = tuple[np.ndarray, np.ndarray]
POINTS = 1_000_000
SLOW_PEER_POINTS = 20_000  # the slower peers are timed on a part and speeds compared
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


def even_points(count: int = POINTS, seed: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Return lon, lat (count,) deg spread evenly over the country's box."""
    rng = np.random.default_rng(seed)
    return rng.uniform(WEST, EAST, count), rng.uniform(SOUTH, NORTH, count)


def near_points(count: int = POINTS, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Return lon, lat (count,) deg within about 10 km of the line, where most edges are."""
    rng = np.random.default_rng(seed)
    line = shapely.get_coordinates(zones()[0])[1:4001]
    at = line[rng.integers(0, len(line), count)] + rng.normal(0, 0.06, (count, 2))
    return at[:, 0].copy(), at[:, 1].copy()


def point_tree(shapes: list[BaseGeometry], lon_deg: np.ndarray, lat_deg: np.ndarray) -> Pairs:
    """Return the pairs as a tree of points, asked by prepared polygons, finds them: the quickest way of shapely."""
    shapely.prepare(shapes)
    polygon, point = shapely.STRtree(shapely.points(lon_deg, lat_deg)).query(shapes, predicate="intersects")
    return _in_order(point, polygon)


def zone_tree(shapes: list[BaseGeometry], lon_deg: np.ndarray, lat_deg: np.ndarray) -> Pairs:
    """Return the pairs as a tree of polygons, asked by points, finds them."""
    point, polygon = shapely.STRtree(shapes).query(shapely.points(lon_deg, lat_deg), predicate="intersects")
    return _in_order(point, polygon)


def each_prepared(shapes: list[BaseGeometry], lon_deg: np.ndarray, lat_deg: np.ndarray) -> Pairs:
    """Return the pairs as one prepared predicate for each polygon finds them."""
    shapely.prepare(shapes)
    inside = np.column_stack([shapely.intersects_xy(shape, lon_deg, lat_deg) for shape in shapes])
    point, polygon = np.nonzero(inside)
    return point, polygon


def _in_order(point: np.ndarray, polygon: np.ndarray) -> Pairs:
    order = np.lexsort((polygon, point))
    return point[order], polygon[order]


def _rate(find: Callable[[np.ndarray, np.ndarray], Pairs], at: Pairs, repeat: int = 1) -> tuple[float, Pairs]:
    """Return points per second in the best of some runs, and the pairs."""
    best = float("inf")
    for _ in range(repeat):
        start = time.perf_counter()
        pairs = find(*at)
        best = min(best, time.perf_counter() - start)
    return len(at[0]) / best, pairs


def measure() -> list[tuple[str, ...]]:
    """Return rows (workload, figure, peer, peer's figure, ratio); every peer must give the same pairs."""
    shapes = zones()
    compile_s, index = _timed(lambda: _warm(shapes))
    build_s, index = _timed(lambda: PolygonIndex(shapes))
    rows: list[tuple[str, ...]] = [("506 zones: compile or load", f"{compile_s:.2f} s", "", "", ""),
            ("506 zones: build the index", f"{build_s * 1000:.0f} ms", "", "", "")]  # fmt: skip
    for name, at in (("evenly over the box", even_points()), ("within 10 km of the line", near_points())):
        ours, pairs = _rate(index.pairs, at, repeat=3)
        for peer, find, count in (("tree of points, prepared zones", point_tree, POINTS),
                                  ("each zone prepared", each_prepared, SLOW_PEER_POINTS),
                                  ("tree of zones", zone_tree, SLOW_PEER_POINTS)):  # fmt: skip
            theirs, expected = _rate(partial(find, shapes), (at[0][:count], at[1][:count]))
            _compare(pairs, expected, count)
            rows.append((f"points {name}", f"{ours / 1e6:.2f} M/s", f"shapely: {peer}", f"{theirs / 1e6:.3f} M/s",
                         f"{ours / theirs:.0f}"))  # fmt: skip
    return rows


def _warm(shapes: list[BaseGeometry]) -> PolygonIndex:
    index = PolygonIndex(shapes)
    index.pairs(np.array([EAST]), np.array([NORTH]))
    return index


def _timed(work: Callable[[], PolygonIndex]) -> tuple[float, PolygonIndex]:
    start = time.perf_counter()
    index = work()
    return time.perf_counter() - start, index


def _compare(pairs: Pairs, expected: Pairs, count: int) -> None:
    asked = pairs[0] < count
    if not (np.array_equal(pairs[0][asked], expected[0]) and np.array_equal(pairs[1][asked], expected[1])):
        raise SystemExit("the index and shapely disagree about which points lie in which zones")


if __name__ == "__main__":
    print(f"{platform.processor() or platform.machine()}, one core, Python {platform.python_version()}")
    for row in [("workload", "figure", "peer", "peer's figure", "ratio"), *measure()]:
        print("{:38} {:>10}  {:40} {:>12} {:>6}".format(*row))
