"""What could have been seen: the question that coverage answers and verdicts and reports ask."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from shapely.geometry.base import BaseGeometry

__all__ = ["CoverageReport", "CoverageShare", "Sight"]


class Sight(Protocol):
    """A model of coverage."""

    def fraction(self, geometry: BaseGeometry, t_start_ns: int, t_end_ns: int) -> float:
        """Return the fraction 0..1 of area × time in which an event there would have been seen; 0 if nothing looked."""
        ...


@dataclass(frozen=True, slots=True)
class CoverageShare:
    """Fraction of area × time that one kind of asset could see, for one area and side of the line.

    asset_kind  patrol, camera, uav, acoustic, satellite, post; or "all" for the union
    fraction    0..1, or None where nothing is known about the assets
    passes      number of satellite passes, for satellites
    """

    area: str
    side: str | None
    asset_kind: str
    fraction: float | None
    area_km2: float
    assets: int
    passes: int | None = None


@dataclass(frozen=True)
class CoverageReport:
    """Shares by area, and the same on a coarse grid for the map.

    cell_lon_deg, cell_lat_deg   (n,) centres of cells whose side is `cell_km` (never finer than 10 km)
    cell_fraction                (n,) fraction of time in which an event there would have been seen
    """

    shares: tuple[CoverageShare, ...]
    cell_km: float
    cell_lon_deg: np.ndarray
    cell_lat_deg: np.ndarray
    cell_fraction: np.ndarray
