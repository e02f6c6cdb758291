"""Where the rows of a user's own table happened: degrees, shapes, grid references or words."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.place import Places, summarise
from trucewatch.core.position import Position, Unresolved, parse_position
from trucewatch.core.tables import PLACE, SCHEMAS
from trucewatch.core.toponyms import resolve
from trucewatch.sense.checks import PLACE_NEEDED, Fault, bad_places
from trucewatch.sense.mapping import Mapping
from trucewatch.sense.own_table_rows import Rows
from trucewatch.sense.places import place_columns, reason_parts
from trucewatch.sense.shape_places import place_of, polygons_of
from trucewatch.sense.source import Source
from trucewatch.sense.tabular import Section, column

__all__ = ["Where", "bring_home", "where"]

_UNKNOWN_PLACE = "its place is unknown"
_POINT = 0  # shapely's type id
_CRS_NEEDED = "WGS84, longitude before latitude"


class Where(NamedTuple):
    """Place columns (n,) of a table, rows that cannot be used, and what is odd about others."""

    columns: dict[str, Any]
    faults: list[Fault]
    issues: list[Issue]


def bring_home(source: Source, rows: Rows) -> Rows:
    """Return rows whose shapes are in WGS84; an Issue names the coordinate system that they came from."""
    if rows.geometries is None or rows.geometries.crs is None:
        return rows
    from pyproj import CRS, Transformer
    from pyproj.exceptions import ProjError

    crs = rows.geometries.crs
    try:
        name = CRS.from_user_input(crs).name
        bring = Transformer.from_crs(crs, "OGC:CRS84", always_xy=True).transform
    except ProjError as error:
        gone = source.unreadable(f"the coordinate system {crs[:60]!r} ({error})", _CRS_NEEDED)
        return Rows(None, [*rows.issues, gone])
    flat = shapely.force_2d(rows.geometries.shapes)
    home = shapely.transform(flat, lambda xy: np.column_stack(bring(xy[:, 0], xy[:, 1])))
    told = source.issue(IssueKind.DOUBTFUL, f"coordinates in {name}", _CRS_NEEDED, "reprojected")
    return rows._replace(issues=[*rows.issues, told], geometries=rows.geometries._replace(shapes=home, crs=None))


def where(source: Source, rows: Rows, section: Section, mapping: Mapping, radius_m: np.ndarray,
          number: Callable[[str], np.ndarray]) -> Where:  # fmt: skip
    """Return the places of rows (n,) as the columns of the mapping's table.

    radius_m  (n,) m; NaN where unknown
    number    gives a column of theirs as numbers (n,)
    """
    place = mapping.entry.place
    if place is None:
        return Where({}, [], [])
    if "geometry" in SCHEMAS[mapping.kind].by_name:
        return _areas(source, section, _shapes(rows, section, str(place.geometry)))
    if place.lon is not None and place.lat is not None:
        found = _degrees(source, section, (place.lon, place.lat), (number(place.lon), number(place.lat)), radius_m)
    elif place.geometry is not None:
        found = _drawn(source, section, _shapes(rows, section, place.geometry), radius_m)
    else:
        found = _told(source, section, place.mgrs or str(place.text), place.mgrs is not None)
    return found if "place_kind" in SCHEMAS[mapping.kind].by_name else found._replace(columns=_disc(found.columns))


def _disc(columns: dict[str, Any]) -> dict[str, Any]:
    """Return places as discs, for a table that knows no others: the mean position and the radius that holds 90 %."""
    rows = len(columns["lon_deg"])
    filled = {c.name: columns.get(c.name) for c in PLACE}
    kind = filled["place_kind"]
    words = pa.array([kind] * rows if isinstance(kind, str) else kind, pa.string())
    blank = {"place_kind": words, "parts": _strings(filled["parts"], rows)}
    sizes = {c.name: _floats(filled[c.name], rows) for c in PLACE if c.dtype == "float64"}
    lon, lat, radius = summarise(Places.from_table(pa.table({**blank, **sizes})))
    return {"lon_deg": lon, "lat_deg": lat, "radius_m": radius}


def _strings(values: Any, rows: int) -> pa.Array:
    return pa.nulls(rows, pa.string()) if values is None else pa.array(values, pa.string())


def _floats(values: Any, rows: int) -> np.ndarray:
    return np.full(rows, np.nan) if values is None else np.asarray(values, dtype=np.float64)


def _degrees(
    source: Source, s: Section, names: tuple[str, str], lon_lat: tuple[np.ndarray, np.ndarray], radius_m: np.ndarray
) -> Where:
    lon, lat = lon_lat
    words = {name: column(s, name) for name in names}
    empty = np.logical_and(*(np.asarray(w.is_null()) for w in words.values()))
    faults = [Fault(bad_places(lon, lat) & ~empty, words, PLACE_NEEDED), _no_radius(radius_m, empty)]
    issues = [*_nowhere(source, s, empty, f"no {names[0]} and {names[1]}"), *_turned(source, lon, lat)]
    kind: Any = "exact" if not empty.any() else _exact(~empty)
    sizes = {"lon_deg": lon, "lat_deg": lat, "size1_m": radius_m}
    known = sizes if not empty.any() else {n: np.where(empty, np.nan, v) for n, v in sizes.items()}
    return Where({"place_kind": kind, **known}, faults, issues)


def _exact(there: np.ndarray) -> pa.Array:
    return pc.if_else(pa.array(there), pa.scalar("exact"), pa.scalar(None, pa.string()))


def _no_radius(radius_m: np.ndarray, nowhere: np.ndarray) -> Fault:
    shown = {"radius in m": pa.array(radius_m, from_pandas=True)}
    return Fault(
        ~(radius_m > 0) & ~nowhere, shown, "a radius above 0; `radius:` under `place` says how well it is known"
    )


def _nowhere(source: Source, s: Section, empty: np.ndarray, found: str) -> list[Issue]:
    rows = s.row[empty]
    return source.issues(IssueKind.DOUBTFUL, rows, [found] * len(rows), "a position", _UNKNOWN_PLACE)


def _turned(source: Source, lon: np.ndarray, lat: np.ndarray) -> list[Issue]:
    """Return an Issue where longitude and latitude seem to have changed places; nothing is turned."""
    c = source.config
    known = np.isfinite(lon) & np.isfinite(lat)
    x, y = lon[known], lat[known]

    def inside(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return (a >= c.min_lon_deg) & (a <= c.max_lon_deg) & (b >= c.min_lat_deg) & (b <= c.max_lat_deg)

    beyond = (np.abs(y) > 90) & (np.abs(x) <= 90)
    if not len(x) or not (beyond.all() or (not inside(x, y).any() and inside(y, x).all())):
        return []
    found = f"every position with latitude and longitude as if they had changed places ({x[0]:g}, {y[0]:g})"
    needed = "longitude first, then latitude"
    return [
        source.issue(IssueKind.DOUBTFUL, found, needed, "nothing was turned; check their order in file and mapping")
    ]


def _shapes(rows: Rows, section: Section, name: str) -> np.ndarray:
    """Return the shapes (n,) of a vector file, or of a column of WKT; None where there is none or it cannot be read."""
    if rows.geometries is not None and name not in section.names:
        return np.asarray(shapely.force_2d(rows.geometries.shapes), dtype=object)
    words = np.array(column(section, name).to_pylist(), dtype=object)
    return np.asarray(shapely.force_2d(shapely.from_wkt(words, on_invalid="ignore")), dtype=object)


def _checked(source: Source, s: Section, shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[Fault], list[Issue]]:
    """Return valid shapes (n,), where there are none, and what is wrong or odd."""
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    bounds = np.nan_to_num(shapely.bounds(shapes), nan=0.0)
    finite = np.ones(len(shapes), dtype=bool)
    points, owner = shapely.get_coordinates(shapes, return_index=True)
    finite[owner[~np.isfinite(points).all(axis=1)]] = False
    beyond = ~empty & (
        (np.abs(bounds[:, ::2]) > 180).any(axis=1) | (np.abs(bounds[:, 1::2]) > 90).any(axis=1) | ~finite
    )
    shown = {
        "bounds": pa.array(
            [", ".join(f"{v:.6g}" for v in b) if far else "" for b, far in zip(bounds, beyond, strict=True)]
        )
    }
    with np.errstate(invalid="ignore"):  # of shapes that are left out already
        crossed = ~empty & ~beyond & ~shapely.is_valid(shapes)
    whole = shapes.copy()
    whole[empty] = None
    for i in np.flatnonzero(crossed).tolist():
        whole[i] = _mended(shapes[i])
    found = ["a ring that crosses itself"] * int(crossed.sum())
    issues = source.issues(
        IssueKind.DOUBTFUL, s.row[crossed], found, "valid shapes", "made valid; compare with the map"
    )
    fault = Fault(beyond, shown, "a longitude within ±180° and a latitude within ±90°")
    return whole, empty | shapely.is_missing(whole), [fault], issues


def _mended(shape: BaseGeometry) -> BaseGeometry | None:
    try:
        return shapely.make_valid(shape)
    except ShapelyError:
        return None


def _drawn(source: Source, s: Section, shapes: np.ndarray, radius_m: np.ndarray) -> Where:
    whole, empty, faults, issues = _checked(source, s, shapes)
    point = shapely.get_type_id(whole) == _POINT
    lon, lat = np.where(point, shapely.get_x(whole), np.nan), np.where(point, shapely.get_y(whole), np.nan)
    kind = np.full(len(whole), None, dtype=object)
    kind[point & ~empty] = "exact"
    size, parts = np.where(point & ~empty, radius_m, np.nan), np.full(len(whole), None, dtype=object)
    small = np.zeros(len(whole), dtype=bool)
    known: dict[tuple[bytes, float], Position | None] = {}
    for i in np.flatnonzero(~point & ~empty & ~faults[0].bad).tolist():
        key = shapely.to_wkb(whole[i]), float(radius_m[i])
        if key not in known:
            known[key] = place_of(whole[i], key[1])
        at = known[key]
        small[i] = at is None
        if at is not None:
            kind[i], lon[i], lat[i], size[i], parts[i] = at.kind, at.lon_deg, at.lat_deg, at.size1_m, at.parts
    at_zero = point & (lon == 0) & (lat == 0)
    positions = {"position": pa.array([str(w) if w is not None else None for w in whole] if at_zero.any() else
                                      pa.nulls(len(whole), pa.string()))}  # fmt: skip
    faults += [Fault(at_zero, positions, PLACE_NEEDED), _no_radius(np.where(point | small, radius_m, 1.0), empty)]
    issues += [*_nowhere(source, s, empty, "no geometry"), *_turned(source, lon, lat)]
    columns = {"place_kind": pa.array(kind, pa.string()), "lon_deg": lon, "lat_deg": lat, "size1_m": size,
               "parts": pa.array(parts, pa.string())}  # fmt: skip
    return Where(columns, faults, issues)


def _areas(source: Source, s: Section, shapes: np.ndarray) -> Where:
    """Return shapes as WKB polygons, for tables that hold areas as they are drawn."""
    whole, empty, faults, issues = _checked(source, s, shapes)
    areas = [None if gone else polygons_of(shape) for gone, shape in zip(empty, whole, strict=True)]
    none = np.array([a is None or a.is_empty for a in areas], dtype=bool)
    shown = {"geometry": pa.array([None if w is None else w.geom_type for w in whole], pa.string())}
    wkb = pa.array([None if gone else shapely.to_wkb(a) for gone, a in zip(none, areas, strict=True)], pa.binary())
    return Where({"geometry": wkb}, [*faults, Fault(none, shown, "a polygon")], issues)


def _told(source: Source, s: Section, name: str, grid: bool) -> Where:
    """Return the places that words give, each different word once."""
    coded = column(s, name).dictionary_encode()
    found = [_position(word, grid) for word in coded.dictionary.to_pylist()]
    codes = coded.indices.fill_null(len(found)).to_numpy(zero_copy_only=False)
    columns = place_columns([*(p if isinstance(p, Position) else None for p in found), None])
    taken = {n: (v.take(pa.array(codes)) if isinstance(v, pa.Array) else v[codes]) for n, v in columns.items()}
    issues = _nowhere(source, s, codes == len(found), f"no {name}")
    reasons = [reason_parts(p.reason) if isinstance(p, Unresolved) else None for p in found]
    for code in [i for i, r in enumerate(reasons) if r is not None][: source.config.issues_per_kind]:
        rows = s.row[codes == code]
        words, needed, action = reasons[code] or ("", "", "")
        more = f" ({len(rows):,} rows)" if len(rows) > 1 else ""
        issues.append(source.issue(IssueKind.DOUBTFUL, words + more, needed, action, int(rows[0])))
    return Where(taken, [], issues)


def _position(word: str, grid: bool) -> Position | Unresolved:
    if not grid:
        return resolve(word)
    found = parse_position(word)
    if isinstance(found, Position) and found.kind != "pixel":
        needed = "a grid reference such as 37T DP 10399 11439"
        return Unresolved(word, f"found {word!r}; needed {needed}; {_UNKNOWN_PLACE}")
    return found
