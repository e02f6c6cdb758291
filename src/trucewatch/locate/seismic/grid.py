"""The places at which sources are searched, and when each station would hear them."""

from typing import NamedTuple

import numpy as np
from pyproj import Geod
from scipy.spatial import cKDTree

from trucewatch.locate.seismic.config import SeismicConfig
from trucewatch.physics.seismic import TravelTimes

__all__ = ["Grid", "Stations", "grid", "stations"]

_GEOD = Geod(ellps="WGS84")


class Stations(NamedTuple):
    """Stations in the plane (azimuthal equidistant about their middle; lengths true to 0.04 % within 300 km).

    east_m, north_m   (stations,)  m
    level             (stations,)  level of the travel-time tables at the station's elevation
    lon0_deg, lat0_deg    the middle
    """

    east_m: np.ndarray
    north_m: np.ndarray
    level: np.ndarray
    lon0_deg: float
    lat0_deg: float

    def lonlat(self, east_m: np.ndarray, north_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return lon, lat (n,) deg of places in the plane."""
        azimuth, length = np.degrees(np.arctan2(east_m, north_m)), np.hypot(east_m, north_m)
        lon, lat, _ = _GEOD.fwd(
            np.full_like(length, self.lon0_deg), np.full_like(length, self.lat0_deg), azimuth, length
        )
        return np.asarray(lon), np.asarray(lat)


class Grid(NamedTuple):
    """Cells in columns of equal depths.

    east_m, north_m, depth_m   (cells,)  m
    station    (cells, near)   stations, nearest first
    time_s     (cells, ranks, 2)  s to the nearest of them, P and S
    anchor_at  (stations + 1,)  where each station's anchors begin
    anchor_cell, anchor_rank   (anchors,)  cells that have the station among their nearest, and its rank there
    tolerance_s  (2,)  how far a pick of an event inside a cell may lie from the time at its centre
    """

    east_m: np.ndarray
    north_m: np.ndarray
    depth_m: np.ndarray
    station: np.ndarray
    time_s: np.ndarray
    anchor_at: np.ndarray
    anchor_cell: np.ndarray
    anchor_rank: np.ndarray
    tolerance_s: np.ndarray


def stations(lon_deg: np.ndarray, lat_deg: np.ndarray, elevation_m: np.ndarray, model: TravelTimes) -> Stations:
    """Return the stations in the plane about their middle."""
    lon0, lat0 = float(np.mean(lon_deg)), float(np.mean(lat_deg))
    azimuth, _, length = _GEOD.inv(np.full(len(lon_deg), lon0), np.full(len(lon_deg), lat0), lon_deg, lat_deg)
    east, north = length * np.sin(np.radians(azimuth)), length * np.cos(np.radians(azimuth))
    return Stations(np.asarray(east), np.asarray(north), model.level(elevation_m), lon0, lat0)


def grid(where: Stations, model: TravelTimes, config: SeismicConfig) -> Grid:
    """Return the cells within `margin_m` of a station."""
    east, north = _columns(where, config)
    depths = _depths(config)
    near = min(config.stations, len(where.east_m))
    tree = cKDTree(np.column_stack([where.east_m, where.north_m]))
    distance, station = (a.reshape(len(east), near) for a in tree.query(np.column_stack([east, north]), near))
    ranks = min(config.ranks, near)
    time_s = np.empty((len(east), len(depths), ranks, 2), np.float32)
    for rank in range(ranks):
        level = where.level[station[:, rank]]
        for k, phase in enumerate(("P", "S")):
            elevation = model.elevation0_m + model.elevation_step_m * level
            time_s[:, :, rank, k] = model.at(phase, distance[:, [rank]], depths[None, :], elevation[:, None])  # type: ignore[arg-type]
    station = np.repeat(station, len(depths), axis=0).astype(np.int32)
    anchors = _anchors(station[:, : min(config.nearest, near)], len(where.east_m))
    return Grid(np.repeat(east, len(depths)), np.repeat(north, len(depths)), np.tile(depths, len(east)), station,
                time_s.reshape(-1, ranks, 2), *anchors, _tolerance(model, config))  # fmt: skip


def _columns(where: Stations, config: SeismicConfig) -> tuple[np.ndarray, np.ndarray]:
    """Return east, north (columns,) m on a lattice about the stations; every other row is shifted by half a cell."""
    step, reach = config.cell_m, int(np.ceil(config.margin_m / config.cell_m)) + 1
    about = np.arange(-reach, reach + 1)
    row = np.rint(where.north_m / step).astype(np.int64)[:, None, None] + about[:, None]
    column = np.rint(where.east_m / step).astype(np.int64)[:, None, None] + about
    lattice = np.unique(np.stack(np.broadcast_arrays(row, column), axis=-1).reshape(-1, 2), axis=0)
    north, east = step * lattice[:, 0], step * (lattice[:, 1] + 0.5 * (lattice[:, 0] % 2))
    tree = cKDTree(np.column_stack([where.east_m, where.north_m]))
    close = tree.query(np.column_stack([east, north]))[0] <= config.margin_m
    return east[close], north[close]


def _depths(config: SeismicConfig) -> np.ndarray:
    if config.surface:
        return np.array([config.surface_depth_m])
    upper, lower = config.depth_m
    count = max(1, round((lower - upper) / config.depth_step_m))
    return upper + (np.arange(count) + 0.5) * (lower - upper) / count


def _anchors(nearest: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    cell, rank = np.divmod(np.arange(nearest.size), nearest.shape[1])
    order = np.argsort(nearest.ravel(), kind="stable")
    begin = np.concatenate([[0], np.cumsum(np.bincount(nearest.ravel(), minlength=count))])
    return begin.astype(np.int64), cell[order].astype(np.int32), rank[order].astype(np.int32)


def _tolerance(model: TravelTimes, config: SeismicConfig) -> np.ndarray:
    """Return (2,) s: the grid's own error at the cell's quarter diagonal, and two standard deviations of a pick."""
    far = model.time_s[:, 0, model.time_s.shape[2] // 4]
    slowness = (far[:, -1] - far[:, far.shape[1] // 4]) / (0.75 * model.max_distance_m)
    return np.asarray(0.6 * config.cell_m * slowness + 2 * np.array([config.p_sigma_s, config.s_sigma_s]))
