"""Drawn shapes as places: a point and its radius, discs that tile an area, discs along a line."""

import math
from typing import NamedTuple

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from trucewatch.core.parts import mixture
from trucewatch.core.position import Position
from trucewatch.physics.geodesy import metres_per_degree

__all__ = ["MOST_DISCS", "place_of", "polygons_of"]

MOST_DISCS = 64  # that stand for one area or line
_FEWEST = 24  # of an area; a lattice that meets it less often is tried finer
_TRIES = 24
_TURN = math.radians(31.7)  # turns the lattice, so that no edge of a map grid runs along it
_LEAST_RADIUS_M = 1.0
_MOST_STEPS = 250  # of a lattice from the middle of an area to its corner; a thinner area is a line


class _Plane(NamedTuple):
    """A local plane in metres around a point."""

    lon_deg: float
    lat_deg: float
    per_lon: float
    per_lat: float

    def project(self, shape: BaseGeometry) -> BaseGeometry:
        """Return a shape in degrees as one in metres."""
        centre, scale = (self.lon_deg, self.lat_deg), (self.per_lon, self.per_lat)
        flat: BaseGeometry = shapely.transform(shape, lambda xy: (xy - centre) * scale)
        return flat

    def degrees(self, xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return lon, lat (k,) deg of points (k, 2) m."""
        return self.lon_deg + xy[:, 0] / self.per_lon, self.lat_deg + xy[:, 1] / self.per_lat


def place_of(shape: BaseGeometry, radius_m: float) -> Position | None:
    """Return the place that a valid shape (WGS84, lon lat) stands for; None where that takes a radius and it has none.

    A point is an exact place. An area is a place of up to 64 candidates, discs of one size that tile it: together they
    are as large as the area, so that a thin one spills over its edges. A line is up to 64 candidates along it, since
    nothing says when what was where. Of a collection the areas count, else the lines, else the points.
    """
    areas, lines = _of_kind(shape, "Polygon"), _of_kind(shape, "LineString")
    if areas:
        return _tiled(shapely.union_all(areas))
    if lines:
        return _along(shapely.union_all(lines), radius_m)
    points = _of_kind(shape, "Point")
    if not radius_m > 0:
        return None
    if len(points) == 1:
        return Position("", "exact", points[0].x, points[0].y, radius_m)
    if not points:
        return None
    lon, lat = shapely.get_coordinates(points[: 8 * MOST_DISCS]).T
    return _candidates(lon, lat, radius_m)


def polygons_of(shape: BaseGeometry) -> BaseGeometry:
    """Return the areas of a shape as one (multi)polygon; empty where it has none."""
    return shapely.MultiPolygon([p for part in _of_kind(shape, "Polygon") for p in _of_kind(part, "Polygon")])


def _of_kind(shape: BaseGeometry, kind: str) -> list[BaseGeometry]:
    """Return the parts of one kind, those in nested collections included."""
    if shape.geom_type in (kind, "LinearRing" if kind == "LineString" else kind):
        return [] if shape.is_empty else [shape]
    return [p for part in getattr(shape, "geoms", ()) for p in _of_kind(part, kind)]


def _candidates(lon_deg: np.ndarray, lat_deg: np.ndarray, radius_m: float) -> Position:
    size = len(lon_deg)
    whole = mixture(lon_deg, lat_deg, np.full(size, max(radius_m, _LEAST_RADIUS_M)), np.ones(size))
    return Position("", "candidates", whole.lon_deg, whole.lat_deg, whole.radius90_m, parts=whole.text)


def _plane_of(shape: BaseGeometry) -> _Plane:
    centre = shape.centroid
    per_lon, per_lat = metres_per_degree(np.array(centre.y))
    return _Plane(centre.x, centre.y, float(per_lon), float(per_lat))


def _tiled(area: BaseGeometry) -> Position:
    plane = _plane_of(area)
    flat = plane.project(area)
    points = _lattice(flat)
    if points is None:
        return _along(shapely.boundary(area), math.nan)
    radius_m = math.sqrt(flat.area / len(points) / math.pi)
    return _candidates(*plane.degrees(points), radius_m)


def _lattice(flat: BaseGeometry) -> np.ndarray | None:
    """Return 24 to 64 points (k, 2) m of a turned square lattice inside an area; one where it never meets it so often.

    None where the area is so thin that its edge says as much.
    """
    shapely.prepare(flat)
    step_m = math.sqrt(flat.area / (0.9 * MOST_DISCS))
    for _ in range(_TRIES):
        if _steps(flat, step_m) > _MOST_STEPS:
            return None
        points = _inside(flat, step_m)
        if _FEWEST <= len(points) <= MOST_DISCS:
            return points
        step_m *= 1.08 if len(points) > MOST_DISCS else 0.9
    return np.asarray(shapely.get_coordinates(flat.representative_point()))


def _steps(flat: BaseGeometry, step_m: float) -> int:
    west, south, east, north = flat.bounds
    return math.ceil(math.hypot(east - west, north - south) / 2 / step_m)


def _inside(flat: BaseGeometry, step_m: float) -> np.ndarray:
    west, south, east, north = flat.bounds
    reach = _steps(flat, step_m) + 1
    i, j = np.meshgrid(np.arange(-reach, reach + 1) + 0.5, np.arange(-reach, reach + 1) + 0.5)
    turned = (i + 1j * j).ravel() * step_m * complex(math.cos(_TURN), math.sin(_TURN))
    x, y = turned.real + (west + east) / 2, turned.imag + (south + north) / 2
    within = shapely.contains_xy(flat, x, y)
    return np.column_stack([x[within], y[within]])


def _along(line: BaseGeometry, radius_m: float) -> Position:
    plane = _plane_of(line)
    flat = plane.project(line)
    parts = _of_kind(flat, "LineString")
    length_m = np.array([p.length for p in parts])
    count = int(np.clip(math.ceil(length_m.sum() / max(2 * radius_m if radius_m > 0 else 0.0, 1.0)), 1, MOST_DISCS))
    spacing_m = float(length_m.sum()) / count
    at = (np.arange(count) + 0.5) * spacing_m
    ends = np.cumsum(length_m)
    which = np.minimum(np.searchsorted(ends, at), len(parts) - 1)
    points = shapely.line_interpolate_point(np.array(parts)[which], at - (ends - length_m)[which])
    half = spacing_m / 2
    return _candidates(*plane.degrees(shapely.get_coordinates(points)), max(half, radius_m if radius_m > 0 else 0.0))
