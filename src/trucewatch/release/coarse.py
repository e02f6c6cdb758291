"""Make places and times coarse on a fixed grid, so that many releases together tell no more than one."""

from typing import NamedTuple

import numpy as np

from trucewatch.core.place import Places, summarise
from trucewatch.physics.geodesy import metres_per_degree
from trucewatch.release.config import Config

__all__ = ["Cells", "coarsen_places", "coarsen_times"]

# The shortest degree of latitude, at the equator: a row of this height is nowhere lower than the cell.
_LEAST_M_PER_DEG = float(metres_per_degree(np.array(0.0))[1])


class Cells(NamedTuple):
    """Centres (n,) deg of the published squares, their widths (n,) m and the radius (n,) m that holds 90 %."""

    lon_deg: np.ndarray
    lat_deg: np.ndarray
    north_south_m: np.ndarray
    east_west_m: np.ndarray
    radius90_m: np.ndarray


def coarsen_places(lon_deg: np.ndarray, lat_deg: np.ndarray, radius90_m: np.ndarray, config: Config) -> Cells:
    """Return the square of grid cells that stands for each place; unknown places stay unknown.

    lon_deg, lat_deg  (n,) deg  mean positions
    radius90_m        (n,) m    radius holding 90 %

    Rows have equal height in latitude, each row is cut into whole cells around the Earth, and no cell is smaller
    than `cell_km`. How many cells a place takes depends on its radius alone: were its position in the cell to matter,
    the number of cells would tell the position.
    """
    lon, lat = np.asarray(lon_deg, dtype=np.float64), np.asarray(lat_deg, dtype=np.float64)
    cell_m = config.cell_km * 1000.0
    height_deg = cell_m / _LEAST_M_PER_DEG
    bottom_deg = np.floor(lat / height_deg) * height_deg
    width_deg = _widths_deg(bottom_deg, height_deg, cell_m)
    centre_lat = bottom_deg + height_deg / 2
    centre_lon = (np.floor((lon + 180.0) / width_deg) + 0.5) * width_deg - 180.0
    spill = np.maximum(0.0, np.asarray(radius90_m, dtype=np.float64) - config.spill_share * cell_m)
    cells = 1 + 2 * np.ceil(spill / cell_m)
    per_lon, per_lat = metres_per_degree(centre_lat)
    tall, wide = cells * height_deg * per_lat, cells * width_deg * per_lon
    return Cells(centre_lon, centre_lat, tall, wide, _radius90_m(tall, wide))


def _widths_deg(bottom_deg: np.ndarray, height_deg: float, cell_m: float) -> np.ndarray:
    """Width (n,) deg of the cells of a row: as many whole cells as fit around the row's shorter edge."""
    poleward = np.minimum(np.maximum(np.abs(bottom_deg), np.abs(bottom_deg + height_deg)), 90.0)
    around_m = 360.0 * np.maximum(metres_per_degree(poleward)[0], 0.0)
    return np.asarray(360.0 / np.maximum(np.floor(around_m / cell_m), 1.0))


def _radius90_m(tall_m: np.ndarray, wide_m: np.ndarray) -> np.ndarray:
    if not len(tall_m):
        return np.empty(0)
    return summarise(Places.of("pixel", 0.0, 0.0, tall_m, wide_m)).radius90_m


def coarsen_times(t_start_ns: np.ndarray, t_end_ns: np.ndarray, config: Config) -> tuple[np.ndarray, np.ndarray]:
    """Return starts and ends (n,) int64 ns UTC widened outward to whole steps."""
    step = config.time_step_ns
    start, end = np.asarray(t_start_ns, dtype=np.int64), np.asarray(t_end_ns, dtype=np.int64)
    return start // step * step, -(-end // step) * step
