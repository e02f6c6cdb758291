"""The contact line as of any time: where held areas end on land, one line for each map that says so."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import shapely
from pyproj import Transformer
from shapely.geometry import MultiLineString, MultiPolygon
from shapely.geometry.base import BaseGeometry

from trucewatch.core.columns import integers, strings
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.tables import CONTROL
from trucewatch.core.times import DAY_NS, format_ns
from trucewatch.physics.geodesy import distance_m

__all__ = ["HELD", "Config", "ContactLine", "contact_lines", "signed_distance_m"]

HELD = ("occupied", "occupied_before_2022")
DISPUTED = "unknown"
_LONGEST_SEGMENT_DEG = 0.05  # about 5 km: a chord in the projection then lies within 1 m of the drawn one


@dataclass(frozen=True, slots=True)
class Config:
    """Thresholds of the contact line.

    stale_days      days after which a snapshot is named as old
    seam_m          m; gaps and slivers narrower than twice this between neighbouring areas are no line
    coast_m         m; a boundary nearer to the edge of the land than this follows it and is no line
    shortest_km     km; shorter pieces of boundary are leftovers of the cutting, not a line
    """

    stale_days: float = 7.0
    seam_m: float = 250.0
    coast_m: float = 5000.0
    shortest_km: float = 2.0


@dataclass(frozen=True)
class ContactLine:
    """One map's line at one time.

    as_of_ns   ns UTC, start of the snapshot
    line       WGS84 lon lat: the boundary of `held` on land
    held       the areas that the map gives as held
    disputed   the areas whose holder the map does not know
    """

    source: str
    as_of_ns: int
    line: MultiLineString
    held: MultiPolygon
    disputed: MultiPolygon
    file_sha256: str

    @cached_property
    def _search(self) -> "_Search":
        return _Search(self.line)


def contact_lines(
    control: list[pa.Table], t_ns: int, land: BaseGeometry | None = None, config: Config | None = None
) -> tuple[tuple[ContactLine, ...], list[Issue]]:
    """Return the line of each source's latest snapshot at or before a time, and what is odd about it.

    control  tables of the schema `control`
    land     the country's outline, WGS84; boundary that follows its edge (coast or border) is left out.
             Without it the straight edges along the snapshot's own outermost box are left out, coasts stay.
    """
    config = config or Config()
    table = pa.concat_tables([CONTROL.empty(), *control])
    lines: list[ContactLine] = []
    issues: list[Issue] = []
    for source in sorted(set(strings(table, "source"))):
        rows = table.filter(pa.array(strings(table, "source") == source))
        line, found = _latest(source, rows, t_ns, land, config)
        issues += found
        if line is not None:
            lines.append(line)
    if table.num_rows == 0:
        issues.append(_issue("control map", "no control map", "one for the period", "no contact line is drawn"))
    return tuple(lines), issues


def _latest(
    source: str, rows: pa.Table, t_ns: int, land: BaseGeometry | None, config: Config
) -> tuple[ContactLine | None, list[Issue]]:
    starts = integers(rows, "t_start_ns")
    if not (starts <= t_ns).any():
        found = f"no snapshot before {format_ns(t_ns)}; the first is of {format_ns(int(starts.min()))}"
        return None, [_issue(source, found, "one at or before it", "no contact line of this source is drawn")]
    as_of = int(starts[starts <= t_ns].max())
    rows = rows.filter(pa.array(starts == as_of))
    files = sorted(set(strings(rows, "file_sha256")))
    age_days = (t_ns - as_of) / DAY_NS
    issues = []
    if len(files) > 1:
        issues.append(_issue(source, f"{len(files)} files for {format_ns(as_of)}", "one", "the last by digest is used"))
    if age_days > config.stale_days:
        found = f"a snapshot {age_days:.0f} days older than {format_ns(t_ns)}"
        issues.append(_issue(source, found, f"one at most {config.stale_days:.0f} days old", "used; add a later one"))
    rows = rows.filter(pa.array(strings(rows, "file_sha256") == files[-1]))
    held, disputed = _area(rows, HELD, config.seam_m), _area(rows, (DISPUTED,), 0.0)
    line = _line(held, land, config)
    if line.is_empty:
        issues.append(_issue(source, "no boundary on land", "a held area that ends on land", "distances are unknown"))
    return ContactLine(source, as_of, line, held, disputed, files[-1]), issues


def _issue(source: str, found: str, needed: str, action: str) -> Issue:
    return Issue(source, IssueKind.DOUBTFUL, found, needed, action)


def _area(rows: pa.Table, statuses: tuple[str, ...], seam_m: float) -> MultiPolygon:
    """Return the union of the areas of some statuses, with the seams between them closed."""
    chosen = rows.filter(pa.array(np.isin(strings(rows, "status").astype(str), statuses)))
    geometries = shapely.from_wkb(np.array(chosen["geometry"].to_pylist(), dtype=object))
    union = shapely.union_all(geometries)
    if seam_m > 0 and not union.is_empty:
        flat = _Flat(union)
        closed = flat.to_metres(union).buffer(seam_m, join_style="mitre").buffer(-seam_m, join_style="mitre")
        union = shapely.make_valid(shapely.union_all([union, flat.to_degrees(closed)]))
    return MultiPolygon([p for p in shapely.get_parts(union) if p.geom_type == "Polygon"])


def _line(held: MultiPolygon, land: BaseGeometry | None, config: Config) -> MultiLineString:
    """Return the boundary of the held area without what follows the edge of the land or of the map."""
    if held.is_empty:
        return MultiLineString()
    flat = _Flat(held)
    boundary = flat.to_metres(shapely.segmentize(held, _LONGEST_SEGMENT_DEG)).boundary
    if land is not None:
        inland = flat.to_metres(shapely.segmentize(land, _LONGEST_SEGMENT_DEG)).buffer(-config.coast_m)
    else:
        inland = flat.to_metres(shapely.segmentize(shapely.box(*held.bounds), _LONGEST_SEGMENT_DEG)).buffer(-1.0)
    kept = shapely.line_merge(shapely.intersection(boundary, inland))
    pieces = [p for p in shapely.get_parts(kept) if p.length >= config.shortest_km * 1000.0]
    return MultiLineString(list(shapely.get_parts(flat.to_degrees(MultiLineString(pieces)))))


class _Flat:
    """A conformal conic projection whose scale is within 0.1 % of 1 over the latitudes of a geometry (4°), in m."""

    def __init__(self, around: BaseGeometry) -> None:
        west, south, east, north = around.bounds
        sixth = (north - south) / 6.0  # rule of sixths: Snyder 1987, USGS PP 1395, p. 99
        crs = (
            f"+proj=lcc +lat_1={south + sixth} +lat_2={north - sixth} +lat_0={(south + north) / 2} "
            f"+lon_0={(west + east) / 2} +datum=WGS84"
        )
        self._there = Transformer.from_crs("EPSG:4326", crs, always_xy=True)

    def to_metres(self, geometry: BaseGeometry) -> BaseGeometry:
        return shapely.transform(geometry, lambda xy: np.column_stack(self.metres(xy[:, 0], xy[:, 1])))

    def to_degrees(self, geometry: BaseGeometry) -> BaseGeometry:
        return shapely.transform(geometry, lambda xy: np.column_stack(self.degrees(xy[:, 0], xy[:, 1])))

    def metres(self, lon_deg: np.ndarray, lat_deg: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        x, y = self._there.transform(lon_deg, lat_deg)
        return np.asarray(x), np.asarray(y)

    def degrees(self, x_m: np.ndarray, y_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        lon, lat = self._there.transform(x_m, y_m, direction="INVERSE")
        return np.asarray(lon), np.asarray(lat)


class _Search:
    """The segments of a line in metres, indexed for the nearest one."""

    def __init__(self, line: MultiLineString) -> None:
        self.flat = _Flat(line)
        fine = self.flat.to_metres(shapely.segmentize(line, _LONGEST_SEGMENT_DEG))
        xy, of = shapely.get_coordinates(shapely.get_parts(fine), return_index=True)
        joined = of[1:] == of[:-1]
        self.start, self.end = xy[:-1][joined], xy[1:][joined]
        self.tree = shapely.STRtree(shapely.linestrings(np.stack([self.start, self.end], axis=1)))

    def feet(self, lon_deg: np.ndarray, lat_deg: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return lon, lat (n,) deg of the nearest point of the line."""
        x, y = self.flat.metres(lon_deg, lat_deg)
        near = self.tree.nearest(shapely.points(x, y))
        start, along = self.start[near], self.end[near] - self.start[near]
        away = np.column_stack([x, y]) - start
        length2 = (along**2).sum(axis=1)
        share = np.divide((away * along).sum(axis=1), length2, out=np.zeros(len(x)), where=length2 > 0)
        foot = start + np.clip(share, 0.0, 1.0)[:, None] * along
        return self.flat.degrees(foot[:, 0], foot[:, 1])


def signed_distance_m(line: ContactLine, lon_deg: np.ndarray, lat_deg: np.ndarray) -> np.ndarray:
    """Return the distance (n,) m of points to the line, positive inside `held`; NaN where point or line is unknown.

    lon_deg, lat_deg   (n,) deg

    The nearest point is found in a conformal projection, the distance to it is the geodesic's.
    """
    lon, lat = np.broadcast_arrays(np.atleast_1d(lon_deg).astype(float), np.atleast_1d(lat_deg).astype(float))
    away = np.full(lon.shape, np.nan)
    known = np.isfinite(lon) & np.isfinite(lat)
    if line.line.is_empty or not known.any():
        return away
    x, y = lon[known], lat[known]
    shapely.prepare(line.held)
    side = np.where(shapely.intersects_xy(line.held, x, y), 1.0, -1.0)
    away[known] = side * distance_m(x, y, *line._search.feet(x, y))
    return away
