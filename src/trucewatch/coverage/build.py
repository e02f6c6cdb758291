"""Coverage of a period: the model that verdicts ask, and the shares and coarse cells that a report prints."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import shapely
from pyproj import Geod
from shapely.geometry.base import BaseGeometry

from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.sight import CoverageReport, CoverageShare
from trucewatch.coverage.config import Config
from trucewatch.coverage.looks import Downtime, Looks, read_looks
from trucewatch.coverage.raster import Grid, Shares, fitted, graticule, rasterise
from trucewatch.coverage.seen import seen_fraction
from trucewatch.physics.geodesy import metres_per_degree

__all__ = ["Coverage", "build"]

_GEOD = Geod(ellps="WGS84")
_POLYGONAL = (3, 6)  # shapely's type ids of Polygon and MultiPolygon


@dataclass(frozen=True)
class Coverage:
    """Who could look where and when; answers what fraction of an area × time could be seen.

    known      whether any table said anything; without one nothing is known to have looked
    reason     why nothing is known, else None
    downtime   intervals in which assets could not observe
    """

    looks: Looks
    config: Config
    known: bool = True
    reason: str | None = None
    downtime: tuple[Downtime, ...] = ()

    def fraction(self, geometry: BaseGeometry, t_start_ns: int, t_end_ns: int) -> float:
        """Return the fraction 0..1 of area × time in which an event would have been seen; 0 if nothing looked."""
        return self.fractions(geometry, (t_start_ns, t_end_ns), ("all",))["all"]

    def fractions(
        self, geometry: BaseGeometry, period_ns: tuple[int, int], kinds: Sequence[str] | None = None
    ) -> dict[str, float]:
        """Return the same for each asset kind, and for `all` of them together."""
        area = _areal(geometry, self.config)
        kinds = kinds or ("all", *sorted(set(self.looks.kind.tolist())))
        if area.is_empty:
            return dict.fromkeys(kinds, 0.0)
        looks = self.touching(area, period_ns)
        grid = fitted(area.bounds, self.config.max_cells, self.config.least_cell_m)
        inside = rasterise(np.array([area], dtype=object), grid)
        weight = inside.share * grid.areas_km2()[inside.cell]
        seen = _by_kind(looks, grid, period_ns, kinds)
        return {k: float(np.clip((weight * s[inside.cell]).sum() / weight.sum(), 0.0, 1.0)) for k, s in seen.items()}

    def touching(self, area: BaseGeometry, period_ns: tuple[int, int]) -> Looks:
        """Return the looks that are open at some time of the period and touch the area."""
        near = np.zeros(len(self.looks.footprints), dtype=bool)
        near[self._tree.query(area, predicate="intersects")] = True
        open_ = (self.looks.start_ns < period_ns[1]) & (self.looks.end_ns > period_ns[0])
        return self.looks.take(np.flatnonzero(open_ & near[self.looks.footprint]))

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.looks.footprints)


def build(
    coverage_tables: Sequence[pa.Table],
    areas: Mapping[str, BaseGeometry],
    sides: Mapping[str, BaseGeometry],
    period_ns: tuple[int, int],
    config: Config | None = None,
) -> tuple[Coverage, CoverageReport, tuple[Issue, ...]]:
    """Return coverage, its report for the period and the issues met.

    coverage_tables  tables of the schema COVERAGE
    areas            polygons to report on by name; a line or point is widened by `line_half_width_m`
    sides            polygons of each side of the line by name; every area is reported whole and by side
    """
    config = config or Config()
    read = read_looks([t for t in coverage_tables if t.num_rows])
    known = any(t.num_rows for t in coverage_tables)
    reason = None if known else "no duty log and no pass list was given: nothing is known to have looked"
    coverage = Coverage(read.looks, config, known, reason, read.downtime)
    issues = read.issues if known else (*read.issues, _nothing_known())
    shares = [s for name, area in areas.items() for s in _area_shares(coverage, name, area, sides, period_ns)]
    return coverage, _report(coverage, tuple(shares), areas, period_ns), issues


def _nothing_known() -> Issue:
    return Issue("coverage", IssueKind.DOUBTFUL, "no duty log and no pass list",
                 "a duty log or a pass list that says who could look where and when",
                 "coverage stays unknown and silence is not read as compliance")  # fmt: skip


def _areal(geometry: BaseGeometry, config: Config) -> BaseGeometry:
    """Return the polygons of a geometry; where it has none, a band around it."""
    shape = shapely.make_valid(shapely.force_2d(geometry))
    parts = shapely.get_parts(shapely.get_parts(shape))
    flat = parts[np.isin(shapely.get_type_id(parts), _POLYGONAL)]
    if len(flat) or shape.is_empty:
        return shapely.union_all(flat)
    scale = np.concatenate(metres_per_degree(np.array([shape.centroid.y])))
    band = shapely.transform(shape, lambda xy: xy * scale).buffer(config.line_half_width_m)
    return shapely.transform(band, lambda xy: xy / scale)


def _by_kind(looks: Looks, grid: Grid, period_ns: tuple[int, int], kinds: Sequence[str]) -> dict[str, np.ndarray]:
    """Return the fraction of time (cells,) in which each cell was seen, by asset kind and for all."""
    used, place = np.unique(looks.footprint, return_inverse=True)
    shares = rasterise(looks.footprints[used], grid)

    def seen(rows: np.ndarray) -> np.ndarray:
        return _seen(looks.take(rows), place[rows], shares, grid.cells, period_ns)

    each = {k: seen(np.flatnonzero(looks.kind == k)) for k in kinds if k != "all"}
    whole = next(iter(each.values())) if len(each) == 1 else seen(np.arange(len(looks)))
    return {"all": whole, **each}


def _seen(looks: Looks, footprint: np.ndarray, shares: Shares, cells: int, period_ns: tuple[int, int]) -> np.ndarray:
    return seen_fraction(looks.start_ns, looks.end_ns, looks.p_detect, footprint, shares, cells, period_ns)


def _area_shares(
    coverage: Coverage, name: str, area: BaseGeometry, sides: Mapping[str, BaseGeometry], period_ns: tuple[int, int]
) -> list[CoverageShare]:
    whole = _areal(area, coverage.config)
    regions: list[tuple[str | None, BaseGeometry]] = [(None, whole)]
    regions += [(side, shapely.intersection(whole, shapely.make_valid(shape))) for side, shape in sides.items()]
    return [s for side, region in regions if region.area > 0 for s in _shares(coverage, name, side, region, period_ns)]


def _shares(
    coverage: Coverage, name: str, side: str | None, region: BaseGeometry, period_ns: tuple[int, int]
) -> list[CoverageShare]:
    area_km2 = _area_km2(region)
    if not coverage.known:
        return [CoverageShare(name, side, "all", None, area_km2, 0)]
    looks = coverage.touching(region, period_ns)
    fractions = coverage.fractions(region, period_ns)
    return [_share(name, side, kind, fraction, area_km2, looks) for kind, fraction in fractions.items()]


def _share(name: str, side: str | None, kind: str, fraction: float, area_km2: float, looks: Looks) -> CoverageShare:
    mine = np.ones(len(looks), bool) if kind == "all" else looks.kind == kind
    passes = int((looks.kind == "satellite").sum()) if kind in ("satellite", "all") else None
    return CoverageShare(name, side, kind, fraction, area_km2, len(set(looks.asset[mine].tolist())), passes)


def _area_km2(region: BaseGeometry) -> float:
    """Return the geodesic area km²."""
    return float(abs(_GEOD.geometry_area_perimeter(shapely.orient_polygons(region))[0]) / 1e6)


def _report(
    coverage: Coverage, shares: tuple[CoverageShare, ...], areas: Mapping[str, BaseGeometry], period_ns: tuple[int, int]
) -> CoverageReport:
    cell_km = coverage.config.report_cell_km
    shapes = [a for a in (_areal(g, coverage.config) for g in areas.values()) if not a.is_empty]
    if not shapes:
        return CoverageReport(shares, cell_km, np.empty(0), np.empty(0), np.empty(0))
    whole = shapely.union_all(shapes)
    grid = graticule(whole.bounds, cell_km)
    inside = rasterise(np.array([whole], dtype=object), grid).cell
    lon, lat = grid.centres()
    fraction = np.full(grid.cells, np.nan)
    if coverage.known:
        looks = coverage.touching(whole, period_ns)
        fraction = _by_kind(looks, grid, period_ns, ("all",))["all"]
    return CoverageReport(shares, cell_km, lon[inside], lat[inside], fraction[inside])
