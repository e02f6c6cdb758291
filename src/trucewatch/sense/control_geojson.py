"""A control map as GeoJSON whose fill colour says who holds an area."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.reading import Reading
from trucewatch.core.times import day_interval_ns
from trucewatch.sense.elements import listing, raw_element
from trucewatch.sense.encoding import body, decode
from trucewatch.sense.limits import Config
from trucewatch.sense.source import Source

__all__ = ["FORMAT", "ZONE", "date_in_name", "detect", "raw_row", "read"]

FORMAT = "control_geojson"
ZONE = "Europe/Kyiv"
_STATUS = {
    "#a52714": "occupied",
    "#880e4f": "occupied_before_2022",
    "#000000": "occupied_before_2022",
    "#0f9d58": "liberated",
    "#0288d1": "liberated",
    "#bcaaa4": "unknown",
    "#bdbdbd": "unknown",
    "#ff5252": "elsewhere",
}
# Maps that draw the areas held before 2022 in black give this colour to far-away areas.
_BLACK, _PURPLE = "#000000", "#880e4f"
_DATE = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")
_FILL = re.compile(rb'"fill"\s*:\s*"(#[0-9a-fA-F]{6})"')
_POINTS = ("Point", "MultiPoint")


class Area(NamedTuple):
    """One feature of the map that can be used."""

    row: int
    status: str
    name: str | None
    geometry: BaseGeometry


def detect(head: bytes) -> bool:
    """Return whether a file that begins with these bytes is of this format."""
    start = body(head)[0].lstrip()
    if start[:1] != b"{" or b'"FeatureCollection"' not in start:
        return False
    return any(fill.decode().lower() in _STATUS for fill in _FILL.findall(start))


def raw_row(data: bytes, row: int) -> bytes:
    """Return the exact bytes of one feature."""
    return raw_element(data, "features", row)


def date_in_name(file_name: str) -> date | None:
    """Return the YYYY-MM-DD in a file's name; None where there is none or it is no date."""
    found = _DATE.search(file_name.rsplit("/", maxsplit=1)[-1])
    try:
        return date(*(int(p) for p in found.groups())) if found else None
    except ValueError:
        return None


def read(source: Source) -> Iterator[Reading]:
    """Read the areas of a snapshot; unit positions on the map are left where they are."""
    elements, broken, beside = listing(decode(source.data).utf8.decode(), "features")
    synthetic = beside.get("synthetic") is True
    day = date_in_name(source.file_name) or date_in_name(str(beside.get("date")))
    issues = [source.unreadable(f"a map that breaks off: {broken}", "a whole GeoJSON file")] if broken else []
    if day is None or not source.config.year_min <= day.year <= source.config.year_max:
        needed = "YYYY-MM-DD in it, or as the member `date` of the map"
        issues.append(source.unreadable("no date in the file's name", needed, "rename the file"))
        yield source.empty("control", FORMAT, *issues, synthetic=synthetic)
        return
    areas, found = _areas(source, [e.value for e in elements])
    table = _table(source, areas, day, str(beside.get("source") or "control_map").lower())
    yield source.reading("control", FORMAT, table, [*issues, *found], synthetic)


def _table(source: Source, areas: list[Area], day: date, name: str) -> pa.Table:
    start_ns, end_ns = day_interval_ns(day, ZONE)
    values = {
        "source": name, "t_start_ns": start_ns, "t_end_ns": end_ns,
        "status": [a.status for a in areas], "name": [a.name for a in areas],
        "geometry": [shapely.to_wkb(a.geometry) for a in areas],
    }  # fmt: skip
    return source.table("control", np.array([a.row for a in areas], dtype=np.int64), values)


def _areas(source: Source, features: list[Any]) -> tuple[list[Area], list[Issue]]:
    fills = [_fill(f) for f in features]
    legend = {**_STATUS, _PURPLE: "elsewhere"} if _BLACK in fills else _STATUS
    areas: list[Area] = []
    issues: list[Issue] = []
    points = 0
    for row, (feature, fill) in enumerate(zip(features, fills, strict=True), start=1):
        if _kind(feature) in _POINTS:
            points += 1
            continue
        geometry, fault = _geometry(feature, source.config)
        if fault:
            issues.append(_issue(source, row, *fault))
        if geometry is None:
            continue
        status = legend.get(fill or "")
        if status is None:
            issues.append(_issue(source, row, f"fill {fill!r}", "a colour of the legend", "kept as status unknown"))
        areas.append(Area(row, status or "unknown", _name(feature), geometry))
    if points:
        found, why = f"{points} point features", "areas only: positions of units are not followed"
        issues.append(source.issue(IssueKind.DOUBTFUL, found, why, "left out on purpose"))
    return areas, issues


def _issue(source: Source, row: int, found: str, needed: str, action: str) -> Issue:
    kind = IssueKind.REJECTED if action.startswith("left out") else IssueKind.DOUBTFUL
    return source.issue(kind, found, needed, action, row)


def _member(feature: Any, name: str) -> dict[str, Any]:
    value = feature.get(name) if isinstance(feature, dict) else None
    return value if isinstance(value, dict) else {}


def _kind(feature: Any) -> str | None:
    kind = _member(feature, "geometry").get("type")
    return kind if isinstance(kind, str) else None


def _fill(feature: Any) -> str | None:
    fill = _member(feature, "properties").get("fill")
    return fill.lower() if isinstance(fill, str) else None


def _name(feature: Any) -> str | None:
    name = _member(feature, "properties").get("name")
    return name.strip().encode(errors="replace").decode() if isinstance(name, str) else None


def _geometry(feature: Any, config: Config) -> tuple[BaseGeometry | None, tuple[str, str, str] | None]:
    """Return the area inside the box, flat and valid, and what was wrong with it (found, needed, action)."""
    try:
        drawn = shapely.force_2d(shape(_member(feature, "geometry")))
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, ShapelyError) as error:
        return None, (f"a geometry that cannot be read ({error})", "a GeoJSON polygon", "left out; mend the map")
    pieces = [p for p in _polygons(drawn) if np.isfinite(p.bounds).all()]
    fault = None
    if not all(p.is_valid for p in pieces):
        fault = "a ring that crosses itself", "valid polygons", "made valid; compare with the map"
    whole = shapely.union_all([shapely.make_valid(p) for p in pieces])
    box = shapely.box(config.min_lon_deg, config.min_lat_deg, config.max_lon_deg, config.max_lat_deg)
    inside = shapely.MultiPolygon(_polygons(shapely.intersection(whole, box)))
    if inside.is_empty:
        needed = "an area inside the map's box"
        return None, (f"no area there ({_kind(feature)})", needed, "left out; it lies elsewhere or is none")
    return inside, fault


def _polygons(geometry: BaseGeometry) -> list[BaseGeometry]:
    """Return the polygons of a geometry, those in nested collections included."""
    if geometry.geom_type == "Polygon":
        return [] if geometry.is_empty else [geometry]
    return [p for part in getattr(geometry, "geoms", ()) for p in _polygons(part)]
