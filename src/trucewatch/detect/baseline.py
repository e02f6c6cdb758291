"""The peacetime rate of a source, learned from a history: by place and by part of the year, never zero."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from scipy.ndimage import gaussian_filter, uniform_filter

from trucewatch.core.errors import ConfigError
from trucewatch.core.tables import OBSERVATIONS
from trucewatch.core.times import DAY_NS
from trucewatch.detect import chance
from trucewatch.detect.config import Chance, Config
from trucewatch.detect.neighbours import Points, companions
from trucewatch.detect.persistent import Lattice, Sites, find_sites
from trucewatch.detect.rows import Thermal, thermal_rows
from trucewatch.detect.seasons import Covered, covered, period_of, year_of
from trucewatch.physics.geodesy import metres_per_degree

__all__ = ["Baseline", "expected_per_day", "learn", "rate", "surroundings"]

_LEAST = 0.5  # pseudo-detections with which a part of the year leans on the whole year (Jeffreys)
_KM2 = 1e6
_MOST_CELLS = 400_000  # of the grid; 11 km cells of a region of 7,000 × 7,000 km


class Grid(NamedTuple):
    """Region as cells: south-west corner, cell size, number of cells; areas (ny,) of a cell in each row, km²."""

    lon0_deg: float
    lat0_deg: float
    dlon_deg: float
    dlat_deg: float
    nx: int
    ny: int
    km2: np.ndarray


@dataclass(frozen=True)
class Baseline:
    """What a peacetime history says.

    rate        (ny, nx, periods) detections per km² and day away from persistent sources; > 0 everywhere
    regional    (periods,) the same for the whole region; holds outside the grid
    sites       persistent sources
    other_days, same_day   how many companions a peacetime detection has
    own         True where it was learned from the scored observations' own surroundings
    """

    grid: Grid
    rate: np.ndarray
    regional: np.ndarray
    sites: Sites
    other_days: Chance
    same_day: Chance
    own: bool
    covered_days: int


def learn(history: pa.Table, config: Config | None = None) -> Baseline:
    """Return the baseline of a history of observations in which nothing but peacetime happened."""
    config = config or Config()
    OBSERVATIONS.check(history)
    rows = _sorted(thermal_rows(history, config))
    if len(rows.day) == 0:
        raise ConfigError("found no thermal row in the history; needed years of peacetime fires; name such a file")
    span = covered(rows.day, config.covered_gap_days, config.periods)
    sites = find_sites(rows.lon_deg, rows.lat_deg, rows.day, span, config)
    field = rows.take(sites.find(rows.lon_deg, rows.lat_deg) < 0)
    grid = _grid(rows, config)
    regional, cells = _smooth(field, span, grid, config)
    flat = Baseline(grid, cells, regional, sites, config.other_days, config.same_day, False, len(span.days))
    return _with_chances(flat, field, span, config)


def surroundings(observations: pa.Table, config: Config | None = None) -> Baseline | None:
    """Return a stand-in where there is no history: the wide surroundings of the observations themselves.

    Whatever goes on all the time in the whole region is part of it. None where there is no thermal observation.
    """
    config = config or Config()
    rows = _sorted(thermal_rows(observations, config))
    if len(rows.day) == 0:
        return None
    span = covered(rows.day, config.covered_gap_days, config.periods)
    sites = find_sites(rows.lon_deg, rows.lat_deg, rows.day, span, _brief(config))
    field = rows.take(sites.find(rows.lon_deg, rows.lat_deg) < 0)
    grid = _grid(rows, config)
    regional, cells = _smooth(field, span, grid, _brief(config))
    return Baseline(grid, cells, regional, sites, config.other_days, config.same_day, True, len(span.days))


def _brief(config: Config) -> Config:
    """Return the thresholds for data that are their own background: only wide smoothing, stricter sources."""
    return replace(
        config, smoothing=config.smoothing[:1], site_days_share=config.brief_site_days_share,
        site_months=config.brief_site_months, site_min_days=config.brief_site_min_days,
    )  # fmt: skip


def rate(baseline: Baseline, lon_deg: np.ndarray, lat_deg: np.ndarray, t_ns: np.ndarray) -> np.ndarray:
    """Return the peacetime rate (n,) 1/(km² day) at places and times (n,), persistent sources included."""
    site = baseline.sites.find(lon_deg, lat_deg)
    cell_km2 = _area_km2(baseline.sites.lattice, lat_deg)
    share = np.append(baseline.sites.own_share, 0.0)[site]  # −1 takes the last
    return np.asarray(_field_rate(baseline, lon_deg, lat_deg, t_ns // DAY_NS) + share / cell_km2)


def expected_per_day(baseline: Baseline, points: Points, radius_m: float) -> np.ndarray:
    """Return how many detections a day (n,) peacetime brings within a radius, persistent sources left out."""
    return _field_rate(baseline, points.lon_deg, points.lat_deg, points.day) * np.pi * radius_m**2 / _KM2


def _area_km2(lattice: Lattice, lat_deg: np.ndarray) -> np.ndarray:
    per_lon, per_lat = metres_per_degree(lat_deg)
    return np.asarray(lattice.lon_deg * per_lon * lattice.lat_deg * per_lat / _KM2)


def _field_rate(baseline: Baseline, lon_deg: np.ndarray, lat_deg: np.ndarray, day: np.ndarray) -> np.ndarray:
    grid, period = baseline.grid, period_of(day, len(baseline.regional))
    iy, ix = _cell(grid, lon_deg, lat_deg)
    inside = (iy >= 0) & (iy < grid.ny) & (ix >= 0) & (ix < grid.nx)
    at = baseline.rate[np.clip(iy, 0, grid.ny - 1), np.clip(ix, 0, grid.nx - 1), period]
    return np.asarray(np.where(inside, at, baseline.regional[period]))


def _cell(grid: Grid, lon_deg: np.ndarray, lat_deg: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    iy = np.floor((lat_deg - grid.lat0_deg) / grid.dlat_deg).astype(np.int64)
    return iy, np.floor((lon_deg - grid.lon0_deg) / grid.dlon_deg).astype(np.int64)


def _sorted(rows: Thermal) -> Thermal:
    """Return the rows in an order that does not depend on how they came."""
    return rows.take(np.lexsort((rows.lon_deg, rows.lat_deg, rows.day)))


def _grid(rows: Thermal, config: Config) -> Grid:
    per_lon, per_lat = metres_per_degree(np.median(rows.lat_deg))
    dlon, dlat = config.cell_km * 1000 / float(per_lon), config.cell_km * 1000 / float(per_lat)
    lon0, lat0 = float(rows.lon_deg.min()), float(rows.lat_deg.min())
    nx, ny = int((rows.lon_deg.max() - lon0) / dlon) + 1, int((rows.lat_deg.max() - lat0) / dlat) + 1
    if nx * ny > _MOST_CELLS:
        raise ConfigError(f"found a history of {nx} × {ny} cells; needed at most {_MOST_CELLS}; cut it to the region")
    wide, high = metres_per_degree(lat0 + dlat * (np.arange(ny) + 0.5))
    return Grid(lon0, lat0, dlon, dlat, nx, ny, dlon * wide * dlat * high / _KM2)


def _smooth(rows: Thermal, span: Covered, grid: Grid, config: Config) -> tuple[np.ndarray, np.ndarray]:
    """Return the regional rate (periods,) and the rate of each cell (ny, nx, periods), 1/(km² day).

    Each level is the posterior mean of a Gamma–Poisson rate whose prior mean is the level before (empirical Bayes;
    Clayton & Kaldor 1987, Biometrics 43, p. 673), with counts and exposure smoothed over the neighbours.
    """
    counts = _counts(rows, grid, config.periods)
    inside = uniform_filter(counts.sum(axis=2), 2 * config.covered_reach_cells + 1, mode="constant") > 1e-6
    exposure = (grid.km2[:, None] * inside)[:, :, None] * span.per_period.astype(np.float64)
    total, area_days = counts.sum(axis=(0, 1)), exposure.sum(axis=(0, 1))
    width = config.smoothing[0].season_days / (366 / config.periods)
    all_year = (total.sum() + _LEAST) / area_days.sum()
    regional = (_wrap(total, width) + _LEAST) / (_wrap(area_days, width) + _LEAST / all_year)
    level: np.ndarray = np.broadcast_to(regional, counts.shape)
    for step in config.smoothing:
        sigma = (step.space_km / config.cell_km,) * 2 + (step.season_days / (366 / config.periods),)
        seen = _kernel_sum(counts, sigma)
        level = (seen + config.shape) / (_kernel_sum(exposure, sigma) + config.shape / level)
    return regional, level


def _counts(rows: Thermal, grid: Grid, periods: int) -> np.ndarray:
    iy, ix = _cell(grid, rows.lon_deg, rows.lat_deg)
    flat = (iy * grid.nx + ix) * periods + period_of(rows.day, periods)
    counts = np.bincount(flat, minlength=grid.ny * grid.nx * periods)
    return counts.reshape(grid.ny, grid.nx, periods).astype(np.float64)


def _wrap(of_year: np.ndarray, sigma: float) -> np.ndarray:
    return np.asarray(gaussian_filter(of_year.astype(np.float64), sigma, mode="wrap"))


def _kernel_sum(cells: np.ndarray, sigma: tuple[float, ...]) -> np.ndarray:
    """Return the kernel's mean times the number of cells that it effectively averages."""
    effective = np.prod([max(1.0, 2 * np.sqrt(np.pi) * s) for s in sigma])
    modes = ("constant", "constant", "wrap")
    return np.asarray(np.maximum(gaussian_filter(cells, sigma, mode=modes, truncate=3.0), 0.0) * effective)


def _with_chances(baseline: Baseline, field: Thermal, span: Covered, config: Config) -> Baseline:
    """Return the baseline with the companions of peacetime detections, each year judged by the other years."""
    if len(span.years) < 2 or len(field.day) == 0:
        return baseline
    sample = np.unique(np.linspace(0, len(field.day) - 1, config.sample_rows).astype(np.int64))
    points = field.points()
    here = points.take(sample)
    expected = _out_of_year(baseline.grid, field, here, span, config)
    around = companions(here, points, np.ones(len(sample), bool), config.window_m, config.window_days)
    window = 2 * config.window_days
    days = window * -np.expm1(-expected)
    return replace(
        baseline,
        other_days=chance.fit(around.other_days, days, config.other_days, config.chance_rows, window),
        same_day=chance.fit(around.same_day, expected, config.same_day, config.chance_rows, None),
    )


def _out_of_year(grid: Grid, field: Thermal, here: Points, span: Covered, config: Config) -> np.ndarray:
    """Return detections expected a day (n,) around points, from the years that are not of the point's half."""
    area_km2 = np.pi * config.window_m**2 / _KM2
    of_field, of_here, of_span = (np.searchsorted(span.years, year_of(d)) % 2 for d in (field.day, here.day, span.days))
    expected = np.empty(len(here.day))
    for half in (0, 1):
        days = span.days[of_span != half]
        rest = Covered(days, span.years, np.bincount(period_of(days, config.periods), minlength=config.periods))
        _, cells = _smooth(field.take(of_field != half), rest, grid, config)
        iy, ix = _cell(grid, here.lon_deg, here.lat_deg)
        at = cells[iy, ix, period_of(here.day, config.periods)] * area_km2
        expected = np.where(of_here == half, at, expected)
    return expected
