"""Satellite passes and the heat they found, in the FIRMS dialect; and a date-only history of peacetime."""

from itertools import product
from typing import NamedTuple

import numpy as np
import shapely
from shapely.geometry import Polygon

from trucewatch.core.times import DAY_NS, HOUR_NS, SECOND_NS, format_ns, to_datetime
from trucewatch.physics.geodesy import metres_per_degree, offset_lonlat
from trucewatch.scenario.config import Config, stream
from trucewatch.scenario.ground import Ground
from trucewatch.scenario.happenings import Happenings
from trucewatch.scenario.sheets import Record, Sheet, in_order
from trucewatch.scenario.weather import Weather

__all__ = ["Pass", "firms_sheet", "history_sheet", "make_passes", "passes_sheet"]

_FIRMS = ("latitude", "longitude", "brightness", "scan", "track", "acq_date", "acq_time", "satellite", "instrument",
          "confidence", "version", "bright_t31", "frp", "daynight")  # fmt: skip
_PASS_LIST = ("satellite", "instrument", "time_start", "time_end", "p_detect", "footprint_wkt")
_HISTORY = ("LATITUDE", "LONGITUDE", "ACQ_DATE")
_PASS_NS = 300 * SECOND_NS
_LOCAL_HOURS = (1.5, 13.5)  # mean solar times at which the VIIRS satellites cross
_PIXEL_NADIR_KM, _PIXEL_EDGE_KM = 0.375, 0.8  # VIIRS imagery band at nadir and at the edge of its swath
_SPACING_H = 0.3  # between two satellites
_ORBIT_H = 1.69  # 101 minutes, the period of a satellite at 830 km
_MW_PER_PIXEL = 20.0


class Pass(NamedTuple):
    """One satellite pass: footprint WGS84, share of cloud, and how oblique it looked (0 nadir, 1 edge)."""

    satellite: str
    t_ns: int
    footprint: Polygon
    cloud: float
    oblique: float
    seed: int


def make_passes(config: Config, ground: Ground, weather: Weather, period_ns: tuple[int, int]) -> tuple[Pass, ...]:
    """Return the passes of the period, by time."""
    rng = stream(config, "passes")
    passes = []
    days = range(-1, int((period_ns[1] - period_ns[0]) // DAY_NS) + 2)
    for (number, satellite), day, hour in product(enumerate(config.satellites), days, _LOCAL_HOURS):
        midnight = period_ns[0] // DAY_NS * DAY_NS + day * DAY_NS
        crosses_h = hour - weather.lon_deg / 15 + _SPACING_H * number + rng.normal(0, 0.4)
        for orbit in range(1 + int(rng.uniform() < config.p_second_orbit)):
            t_ns = midnight + int((crosses_h + _ORBIT_H * orbit) * HOUR_NS)
            passes.append(_pass(rng, ground, weather, satellite, t_ns, orbit))
    return tuple(sorted((p for p in passes if period_ns[0] <= p.t_ns < period_ns[1]), key=lambda p: p.t_ns))


def _pass(rng: np.random.Generator, ground: Ground, weather: Weather, satellite: str, t_ns: int, orbit: int) -> Pass:
    """A second orbit sees the world from the edge of its swath, and only a part of it."""
    west, south, east, north = ground.bounds
    margin, lean = 0.5, rng.uniform(0.05, 0.25)
    cut = rng.uniform(0.25, 0.8) * (east - west) if orbit else -margin
    from_west = bool(rng.integers(0, 2))
    left, right = (west + cut, east + margin) if from_west else (west - margin, east - cut)
    ring = [(left - lean, south - margin), (right - lean, south - margin), (right + lean, north + margin),
            (left + lean, north + margin)]  # fmt: skip
    cloud = float(weather.cloud[weather.hour(np.array([t_ns]))][0])
    oblique = float(rng.uniform(0.6, 1.0) if orbit else rng.uniform(0.0, 0.7))
    footprint = shapely.set_precision(Polygon(ring), 1e-4)
    return Pass(satellite, t_ns // (60 * SECOND_NS) * 60 * SECOND_NS, footprint, cloud, oblique,
                int(rng.integers(0, 2**31)))  # fmt: skip


def passes_sheet(config: Config, passes: tuple[Pass, ...]) -> Sheet:
    """Return the pass list; p_detect is for something that burns while the satellite looks, clouds counted."""
    records = [
        Record((p.satellite, "VIIRS", format_ns(p.t_ns), format_ns(p.t_ns + _PASS_NS),
                f"{config.p_burning_detected * (1 - p.cloud):.2f}", shapely.to_wkt(p.footprint, rounding_precision=4)),
               None, "pass", p.t_ns)
        for p in passes
    ]  # fmt: skip
    return Sheet("satellite_passes.csv", _PASS_LIST, in_order(records))


def firms_sheet(config: Config, happenings: Happenings, passes: tuple[Pass, ...], weather: Weather) -> Sheet:
    """Return the thermal detections of all passes."""
    rng = stream(config, "heat")
    records: list[Record] = []
    for p in passes:
        for row in _burning(config, rng, happenings, p):
            records += _pixels(rng, happenings, int(row), p, weather)
        records += _glints(config, rng, p, weather)
    return Sheet("firms_viirs.csv", _FIRMS, in_order(records))


def _burning(config: Config, rng: np.random.Generator, happenings: Happenings, p: Pass) -> np.ndarray:
    hot = np.isfinite(happenings.heat_mw) & (happenings.t_start_ns <= p.t_ns) & (p.t_ns < happenings.heat_end_ns)
    rows = np.flatnonzero(hot)
    lon, lat = happenings.lon_deg[rows], happenings.lat_deg[rows]
    clear = ~_cloudy(config, p, lon, lat) & shapely.contains_xy(p.footprint, lon, lat)
    strong = 1 - np.exp(-happenings.heat_mw[rows] / 4)  # small fires escape the half-kilometre pixel
    return np.asarray(rows[clear & (rng.uniform(size=len(rows)) < config.p_burning_detected * strong)])


def _cloudy(config: Config, p: Pass, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Return whether cloud hides each point (n,): cells are clouded alone, with the share of the hour."""
    sky = np.random.default_rng(p.seed).uniform(size=(64, 64)) < p.cloud
    column = np.floor(lon / config.cloud_cell_deg).astype(np.int64) % 64
    row = np.floor(lat / config.cloud_cell_deg).astype(np.int64) % 64
    return np.asarray(sky[row, column])


def _pixels(rng: np.random.Generator, happenings: Happenings, row: int, p: Pass, weather: Weather) -> list[Record]:
    power = float(happenings.heat_mw[row])
    count = 1 + int(rng.poisson(power / _MW_PER_PIXEL))
    side_km = _PIXEL_NADIR_KM + (_PIXEL_EDGE_KM - _PIXEL_NADIR_KM) * p.oblique
    reach_m = 500 * side_km * (1 + 0.7 * (count > 1))
    east, north = rng.uniform(-reach_m, reach_m, (2, count))
    lon, lat = offset_lonlat(happenings.lon_deg[row], happenings.lat_deg[row], east, north)
    night = bool(weather.night(np.array([p.t_ns]))[0])
    return [
        Record(_firms_row(rng, float(x), float(y), side_km, power / count, p, night), row, "true", p.t_ns)
        for x, y in zip(lon, lat, strict=True)
    ]


def _glints(config: Config, rng: np.random.Generator, p: Pass, weather: Weather) -> list[Record]:
    """Return detections of nothing: sun glint and noise."""
    west, south, east, north = p.footprint.bounds
    night = bool(weather.night(np.array([p.t_ns]))[0])
    return [
        Record(_firms_row(rng, float(rng.uniform(west, east)), float(rng.uniform(south, north)), 0.5, 0.8, p, night),
               None, "false", p.t_ns)
        for _ in range(int(rng.poisson(config.false_per_pass)))
    ]  # fmt: skip


def _firms_row(
    rng: np.random.Generator, lon: float, lat: float, side_km: float, power_mw: float, p: Pass, night: bool
) -> tuple[str, ...]:
    frp = power_mw * np.exp(rng.normal(0, 0.2))
    base = 285 if night else 300
    bright = min(367.0, base + 14 * np.log1p(frp) + rng.normal(0, 3))  # the I4 band saturates at 367 K
    confidence = "l" if frp < 1 else "h" if frp > 25 else "n"
    at = to_datetime(p.t_ns)
    return (
        f"{lat:.5f}", f"{lon:.5f}", f"{bright:.2f}", f"{side_km * rng.uniform(0.97, 1.03):.2f}",
        f"{side_km * rng.uniform(0.9, 1.0):.2f}", at.date().isoformat(), str(at.hour * 100 + at.minute), p.satellite,
        "VIIRS", confidence, "2.0NRT", f"{base - 8 + rng.normal(0, 3):.2f}", f"{max(0.1, frp):.2f}",
        "N" if night else "D",
    )  # fmt: skip


def history_sheet(config: Config, ground: Ground) -> Sheet:
    """Return a date-only list of the fires of the years before: works that burn all year, fields in their seasons."""
    rng = stream(config, "history")
    first = np.datetime64(f"{config.day.year - config.history_years}-01-01")
    days = np.arange(first, np.datetime64(f"{config.day.year}-01-01"))
    lon_f, lat_f, day_f = _field_fires(config, rng, ground, days)
    lon_w, lat_w, day_w = _works_fires(config, rng, ground, days)
    lon, lat, day = np.r_[lon_f, lon_w], np.r_[lat_f, lat_w], np.r_[day_f, day_w]
    order = np.lexsort((lon, day))
    rows = zip(lat[order].round(5).tolist(), lon[order].round(5).tolist(), days[day[order]].astype(str), strict=True)
    records = tuple(Record((str(y), str(x), str(d)), None, "history") for y, x, d in rows)
    return Sheet("fires_history.csv", _HISTORY, records)


def _season(days: np.ndarray) -> np.ndarray:
    """Return the relative rate of field fires (days,): stubble in spring, harvest in summer, clearing in autumn."""
    of_year = (days - days.astype("datetime64[Y]")).astype(np.float64)
    peaks = ((95, 15, 1.0), (215, 25, 1.6), (285, 20, 0.7))  # day of year, width in days, height
    return np.asarray(0.03 + sum(h * np.exp(-0.5 * ((of_year - d) / w) ** 2) for d, w, h in peaks))


def _field_fires(
    config: Config, rng: np.random.Generator, ground: Ground, days: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    west, south, east, north = ground.bounds
    per_lon, per_lat = metres_per_degree(np.array([(south + north) / 2]))
    area_km2 = (east - west) * (north - south) * per_lon.item() * per_lat.item() / 1e6
    season = _season(days)
    mean = config.history_fires_per_km2_year * area_km2 * len(days) / 365.25 * season / season.sum()
    fires = np.repeat(np.arange(len(days)), rng.poisson(mean / 2.5))
    pixels = 1 + rng.poisson(1.5, len(fires))
    lon = np.repeat(rng.uniform(west, east, len(fires)), pixels)
    lat = np.repeat(rng.uniform(south, north, len(fires)), pixels)
    lon, lat = offset_lonlat(lon, lat, rng.normal(0, 500, len(lon)), rng.normal(0, 500, len(lon)))
    return lon, lat, np.repeat(fires, pixels)


def _works_fires(
    config: Config, rng: np.random.Generator, ground: Ground, days: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    works, day = np.nonzero(rng.uniform(size=(len(ground.works), len(days))) < config.history_p_industry_day)
    east, north = rng.normal(0, 250, (2, len(works)))
    lon, lat = offset_lonlat(ground.works[works, 0], ground.works[works, 1], east, north)
    return lon, lat, day
