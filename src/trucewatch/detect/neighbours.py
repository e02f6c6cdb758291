"""Count the companions of a detection: others of the same source nearby in space and time."""

from typing import NamedTuple

import numba
import numpy as np

from trucewatch.physics.geodesy import metres_per_degree

__all__ = ["Companions", "Points", "companions"]

_LON_CELLS = 1 << 20
_LAT_CELLS = 1 << 20
_AROUND = np.array([dy * _LON_CELLS + dx for dy in (-1, 0, 1) for dx in (-1, 0, 1)], dtype=np.int64)


class Points(NamedTuple):
    """Detections as columns (n,): place in degrees, day number since 1970, code of the source."""

    lon_deg: np.ndarray
    lat_deg: np.ndarray
    day: np.ndarray
    source: np.ndarray

    def take(self, rows: np.ndarray) -> "Points":
        """Return the points at these rows or under this mask."""
        return Points(*(column[rows] for column in self))


class Companions(NamedTuple):
    """Numbers (n,) of others on the same day, and of other days with at least one."""

    same_day: np.ndarray
    other_days: np.ndarray


def companions(targets: Points, field: Points, counted: np.ndarray, radius_m: float, days: int) -> Companions:
    """Return how many points of `field` lie around each target, itself left out.

    counted  (targets,) bool: the target is itself a point of the field
    radius_m around the target; `days` before and after its day
    """
    if len(field.day) == 0 or len(targets.day) == 0:
        return Companions(np.zeros(len(targets.day), np.int64), np.zeros(len(targets.day), np.int64))
    cell_deg = _cell_size_deg(field, targets, radius_m)
    cells = _cells(field, cell_deg)
    order = np.lexsort((field.day, cells))
    first = np.flatnonzero(np.diff(cells[order], prepend=-1))
    around = _cells(targets, cell_deg)[:, None] + _AROUND
    starts, ends = _ranges(around, cells[order][first], np.append(first, len(order)))
    per_lon, per_lat = metres_per_degree(targets.lat_deg)
    sorted_field = field.take(order)
    same, other = _count(
        targets.lon_deg, targets.lat_deg, targets.day, per_lon, per_lat, starts, ends,
        sorted_field.lon_deg, sorted_field.lat_deg, sorted_field.day, radius_m**2, days,
    )  # fmt: skip
    return Companions(same - counted, other)


def _ranges(wanted: np.ndarray, keys: np.ndarray, bounds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return first and end row of each wanted cell; 0, 0 where it is empty."""
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    found = keys[place] == wanted
    return np.where(found, bounds[place], 0), np.where(found, bounds[place + 1], 0)


def _cell_size_deg(field: Points, targets: Points, radius_m: float) -> tuple[float, float]:
    """Return the size in lon and lat of cells that are nowhere narrower than the radius."""
    lats = np.abs(np.concatenate([field.lat_deg, targets.lat_deg]))
    narrowest, _ = metres_per_degree(lats.max())
    _, shortest = metres_per_degree(lats.min())
    return radius_m / float(narrowest), radius_m / float(shortest)


def _cells(points: Points, cell_deg: tuple[float, float]) -> np.ndarray:
    ix = np.floor((points.lon_deg + 180) / cell_deg[0]).astype(np.int64) + 1
    iy = np.floor((points.lat_deg + 90) / cell_deg[1]).astype(np.int64) + 1
    return np.asarray((points.source.astype(np.int64) * _LAT_CELLS + iy) * _LON_CELLS + ix)


@numba.njit(cache=True, nogil=True)
def _count(
    lon: np.ndarray, lat: np.ndarray, day: np.ndarray, per_lon: np.ndarray, per_lat: np.ndarray,
    starts: np.ndarray, ends: np.ndarray,
    field_lon: np.ndarray, field_lat: np.ndarray, field_day: np.ndarray, radius2: float, days: int,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    same = np.zeros(len(lon), np.int64)
    other = np.zeros(len(lon), np.int64)
    seen = np.full(2 * days + 1, -1, np.int64)  # last target for which the day was counted
    for i in range(len(lon)):
        for c in range(starts.shape[1]):
            a, b = starts[i, c], ends[i, c]
            for j in range(a + np.searchsorted(field_day[a:b], day[i] - days), b):
                step = field_day[j] - day[i]
                if step > days:
                    break
                if step != 0 and seen[step + days] == i:
                    continue
                east = (field_lon[j] - lon[i]) * per_lon[i]
                north = (field_lat[j] - lat[i]) * per_lat[i]
                if east * east + north * north > radius2:
                    continue
                if step == 0:
                    same[i] += 1
                else:
                    seen[step + days] = i
                    other[i] += 1
    return same, other
