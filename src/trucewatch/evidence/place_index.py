"""The places and times of incidents in memory, so that the exact test behind the index is one vectorised step."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from trucewatch.core.place import KINDS, UNKNOWN, Places, sample_points

__all__ = ["Box", "PlaceIndex", "bounds", "places_of"]


class Box(NamedTuple):
    """A box of longitude and latitude, WGS84 degrees."""

    lon_min_deg: float
    lat_min_deg: float
    lon_max_deg: float
    lat_max_deg: float


@dataclass(frozen=True)
class PlaceIndex:
    """Columns (n,) over incident versions, in the order of their leaves.

    bounds  (n, 4) deg: lon min, lon max, lat min, lat max of the points that stand for the place
    """

    leaf: np.ndarray
    t_start_ns: np.ndarray
    t_end_ns: np.ndarray
    latest: np.ndarray
    places: Places
    bounds: np.ndarray
    ids: Sequence[tuple[str, int]]
    unplaced: np.ndarray

    @classmethod
    def of(cls, rows: Sequence[Sequence[Any]]) -> Self:
        """Return the index over rows of leaf, id, version, latest, start, end, 8 place columns and 4 bounds."""
        columns = list(zip(*rows, strict=True)) if rows else [()] * 18
        latest = np.array(columns[3], dtype=bool)
        places = places_of(columns[6:14])
        return cls(
            leaf=np.array(columns[0], dtype=np.int64),
            t_start_ns=np.array(columns[4], dtype=np.int64),
            t_end_ns=np.array(columns[5], dtype=np.int64),
            latest=latest,
            places=places,
            bounds=np.array(columns[14:18], dtype=np.float64).T.reshape(-1, 4),
            ids=list(zip(columns[1], columns[2], strict=True)),
            unplaced=np.flatnonzero(latest & (places.kind == UNKNOWN)),
        )

    def during(self, rows: np.ndarray, t0_ns: int, t1_ns: int) -> np.ndarray:
        """Return those of the rows whose interval meets [t0, t1); an instant meets it where it lies in it."""
        start, end = self.t_start_ns[rows], self.t_end_ns[rows]
        met: np.ndarray = rows[(start < t1_ns) & ((end > t0_ns) | ((start == end) & (start >= t0_ns)))]
        return met

    def mass(self, rows: np.ndarray, box: Box, geometry: BaseGeometry | None, samples: int) -> np.ndarray:
        """Return the probability mass (rows,) of each place inside the box and, where given, the geometry."""
        lon0, lon1, lat0, lat1 = self.bounds[rows].T
        inside = (lon0 >= box[0]) & (lon1 <= box[2]) & (lat0 >= box[1]) & (lat1 <= box[3])
        mass: np.ndarray = inside.astype(np.float64)
        cut = np.arange(len(rows)) if geometry is not None else np.flatnonzero(~inside)
        if len(cut):
            lon, lat = sample_points(self.places.take(rows[cut]), samples)
            mass[cut] = _within(lon, lat, box, geometry).mean(axis=1)
        return mass


def _within(lon: np.ndarray, lat: np.ndarray, box: Box, geometry: BaseGeometry | None) -> np.ndarray:
    within = (lon >= box[0]) & (lon <= box[2]) & (lat >= box[1]) & (lat <= box[3])
    return within if geometry is None else within & shapely.contains_xy(geometry, lon, lat)


def places_of(columns: Sequence[Sequence[Any]]) -> Places:
    """Return places from columns of kind, lon, lat, two sizes, bearing, width and parts, with None where unknown."""
    code = {word: i for i, word in enumerate(KINDS)}
    kind = np.array([code.get(word, UNKNOWN) for word in columns[0]], dtype=np.int8)
    found = Places(kind, *(np.array(column, dtype=np.float64) for column in columns[1:-1]))
    return replace(found, parts=np.array(columns[-1], dtype=object))


def bounds(places: Places, samples: int) -> np.ndarray:
    """Return lon min, lon max, lat min, lat max (n, 4) deg of the points of each place; NaN where it is unknown."""
    lon, lat = sample_points(places, samples)
    return np.stack([lon.min(axis=1), lon.max(axis=1), lat.min(axis=1), lat.max(axis=1)], axis=1)
