"""zones.geojson as zones: every vertex with its source, every ring without a crossing."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import shapely
from shapely.geometry import GeometryCollection, LineString, MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.strtree import STRtree

from trucewatch.core.agreement import Zone
from trucewatch.core.entries import fit
from trucewatch.core.problem import Problem
from trucewatch.core.yaml_files import Path, Source
from trucewatch.terms.dates import Calendar
from trucewatch.terms.schema import ZoneProperties

__all__ = ["read_zones"]

_TYPES = {
    "area": ("Polygon", "MultiPolygon"),
    "line": ("LineString",),
    "corridor": ("LineString",),
    "point": ("Point",),
}
_UNLOCATED = ("area", "line", "corridor")  # may be null: nobody says where they lie (RFC 7946, section 3.2)


def read_zones(source: Source, calendar: Calendar) -> tuple[list[tuple[Zone, int]], list[Problem]]:
    """Return each zone of a GeoJSON FeatureCollection with its line, and what is wrong with the others."""
    features = source.value.get("features") if isinstance(source.value, dict) else None
    if not isinstance(features, list):
        needed = "a GeoJSON FeatureCollection with a list of features"
        return [], [source.problem((), "no list of features", needed, "export the layer as GeoJSON")]
    zones: list[tuple[Zone, int]] = []
    problems: list[Problem] = []
    for i, feature in enumerate(features):
        zone, wrong = _zone(source, ("features", i), feature, calendar)
        problems += wrong
        if zone is not None:
            zones.append((zone, source.line(("features", i, "properties", "id"))))
    return zones, problems


def _zone(source: Source, path: Path, feature: Any, calendar: Calendar) -> tuple[Zone | None, list[Problem]]:
    if not isinstance(feature, dict):
        return None, [source.problem(path, "something else than a feature", "a GeoJSON feature", "remove it")]
    entry, problems = fit(ZoneProperties, feature.get("properties"), source, (*path, "properties"))
    if entry is None:
        return None, problems
    geometry, wrong = _geometry(source, (*path, "geometry"), feature.get("geometry", {}), entry)
    if geometry is None:
        return None, problems + wrong
    at = (*path, "properties")
    start, end, dates = calendar.interval(source, at, entry.valid_from, entry.valid_to, ("valid_from", "valid_to"))
    sources, unmatched = _vertex_sources(source, (*at, "vertex_sources"), entry, geometry)
    zone = Zone(
        entry.id, entry.kind, geometry, sources, start, end, tuple(entry.disputed_by or ()), entry.name or entry.id,
        entry.object_class,
    )  # fmt: skip
    return zone, problems + wrong + dates + unmatched


def _geometry(
    source: Source, path: Path, drawn: Any, entry: ZoneProperties
) -> tuple[BaseGeometry | None, list[Problem]]:
    found = drawn.get("type") if isinstance(drawn, Mapping) else None
    who, allowed = f"zone {entry.id!r}", " or ".join(_TYPES[entry.kind])
    if drawn is None and entry.kind in _UNLOCATED:
        return GeometryCollection(), []
    if not isinstance(drawn, Mapping) or found not in _TYPES[entry.kind]:
        return None, [source.problem(path, f"{found or 'no geometry'} for {who}", allowed, "draw it again")]
    shape = _shape(drawn)
    if shape is None:
        needed = "[lon, lat] numbers: one pair for a point, two or more in a line, four or more in a ring"
        return None, [source.problem(path, f"coordinates of {who} that cannot be read", needed, "draw it again")]
    west, south, east, north = shape.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        found = f"coordinates of {who} outside the Earth ({west:g}..{east:g} E, {south:g}..{north:g} N)"
        return None, [source.problem(path, found, "[lon, lat] in degrees", "check units and order")]
    return shape, [
        source.problem(
            path, f"{who} crosses itself at {where}", "a shape without a crossing", "mend its vertices there"
        )
        for where in _crossings(shape)
    ]


def _shape(drawn: Mapping[str, Any]) -> BaseGeometry | None:
    try:
        shape = shapely.force_2d(shapely.geometry.shape(drawn))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, shapely.errors.ShapelyError):
        return None
    usable = not shape.is_empty and bool(np.isfinite(shapely.get_coordinates(shape)).all())
    return shape if usable else None


def _crossings(shape: BaseGeometry) -> Iterator[str]:
    """Yield where a shape crosses itself, as `37.10000 E 47.90000 N`; at most one place a shape."""
    if isinstance(shape, LineString):
        if not shape.is_simple:
            yield _line_crossing(shape)
    elif not shape.is_valid:
        reason = str(shapely.is_valid_reason(shape))
        _, _, tail = reason.partition("[")
        numbers = tail.rstrip("]").split()
        where = f"{float(numbers[0]):.5f} E {float(numbers[1]):.5f} N" if len(numbers) == 2 else "a place not known"
        yield where if reason.startswith("Self") else f"{where} ({reason.partition('[')[0].strip().lower()})"


def _line_crossing(line: LineString) -> str:
    vertices = shapely.get_coordinates(line)
    segments = shapely.linestrings(np.stack([vertices[:-1], vertices[1:]], axis=1))
    a, b = STRtree(segments).query(segments, predicate="intersects")
    first = np.flatnonzero(b > a + 1)
    i, j = (int(a[first[0]]), int(b[first[0]])) if len(first) else (0, 1)
    point = shapely.point_on_surface(shapely.intersection(segments[i], segments[j]))
    return f"{shapely.get_x(point):.5f} E {shapely.get_y(point):.5f} N"


def vertices_of(shape: BaseGeometry) -> int:
    """Return the number of different vertices that name a source: a ring's closing vertex is its first one."""
    if isinstance(shape, (LineString, Point)):
        return len(shape.coords)
    parts = shape.geoms if isinstance(shape, MultiPolygon) else [shape]
    rings = [ring for p in parts if isinstance(p, Polygon) for ring in (p.exterior, *p.interiors)]
    return sum(len(ring.coords) - 1 for ring in rings)


def _vertex_sources(
    source: Source, path: Path, entry: ZoneProperties, shape: BaseGeometry
) -> tuple[tuple[str | None, ...], list[Problem]]:
    needed, given = vertices_of(shape), entry.vertex_sources
    if given is None or isinstance(given, str):
        return (given or None,) * needed, []
    if len(given) != needed:
        found = f"{len(given)} sources for the {needed} vertices of zone {entry.id!r}"
        fix = "list them in the order of the coordinates, the closing vertex of a ring not again"
        return (None,) * needed, [source.problem(path, found, f"{needed} sources (null where nobody says so)", fix)]
    return tuple(s or None for s in given), []
