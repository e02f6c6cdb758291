"""Metres around a shape: buffers, and on which side of a line a point lies."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import shapely
from numba import njit
from pyproj import Proj
from shapely.geometry.base import BaseGeometry

__all__ = ["buffer_m", "signed_distances_m"]

_STEP_DEG = 0.1  # chords of up to 11 km: straight in lon lat and straight in metres differ by about a metre


def _plane(lines: BaseGeometry) -> Proj:
    """Return the azimuthal equidistant plane around a shape; lengths are right to 0.2 % within 700 km of its centre."""
    west, south, east, north = lines.bounds
    return Proj(proj="aeqd", lon_0=(west + east) / 2, lat_0=(south + north) / 2, ellps="WGS84")


@lru_cache(maxsize=4096)  # a corridor is asked for with its areas, its subjects and its notices
def buffer_m(shape: BaseGeometry, radius_m: float) -> BaseGeometry:
    """Return everything within `radius_m` metres of a shape, WGS84 lon lat in and out."""
    if shape.is_empty:
        return shape
    plane = _plane(shape)
    flat = shapely.transform(shapely.segmentize(shape, _STEP_DEG), lambda c: np.column_stack(plane(c[:, 0], c[:, 1])))
    wide = shapely.buffer(flat, radius_m, quad_segs=16)
    return shapely.transform(wide, lambda c: np.column_stack(plane(c[:, 0], c[:, 1], inverse=True)))


def signed_distances_m(lines: Sequence[BaseGeometry], lon_deg: np.ndarray, lat_deg: np.ndarray) -> list[np.ndarray]:
    """Return for each line the metres (…) to each point, positive on the left of the direction in which it is drawn.

    lon_deg, lat_deg  (…) degrees WGS84; NaN gives NaN
    Beyond its ends the line goes on straight as far as its side is concerned.
    """
    plane = _plane(shapely.geometrycollections(list(lines)))
    x, y = plane(np.ravel(lon_deg), np.ravel(lat_deg))
    away = []
    for line in lines:
        vertices = shapely.get_coordinates(shapely.segmentize(line, _STEP_DEG))
        vx, vy = plane(vertices[:, 0], vertices[:, 1])
        metres = _signed(np.asarray(x), np.asarray(y), np.asarray(vx), np.asarray(vy))
        away.append(np.asarray(metres.reshape(np.shape(lon_deg))))
    return away


@njit(cache=True, nogil=True)
def _signed(x: np.ndarray, y: np.ndarray, vx: np.ndarray, vy: np.ndarray) -> np.ndarray:
    """Walk all segments for every point; where a corner is nearest, both its segments say which side.

    Source for the corner: Bærentzen & Aanæs 2005, IEEE TVCG 11(3), p. 243 (the angle-weighted normal; in the plane
    both segments weigh the same).
    """
    out = np.empty(len(x))
    dx, dy = vx[1:] - vx[:-1], vy[1:] - vy[:-1]
    length = np.sqrt(dx * dx + dy * dy)
    dx, dy = dx / length, dy / length
    for i in range(len(x)):
        best, side = np.inf, 0.0
        for s in range(len(vx) - 1):
            ex, ey = x[i] - vx[s], y[i] - vy[s]
            inside = min(max(ex * dx[s] + ey * dy[s], 0.0), length[s])
            rx, ry = ex - inside * dx[s], ey - inside * dy[s]
            squared, cross = rx * rx + ry * ry, dx[s] * ey - dy[s] * ex
            if squared < best * (1 - 1e-12):
                best, side = squared, cross
            elif squared <= best * (1 + 1e-12):
                side += cross
        out[i] = np.sqrt(best) * (1.0 if side >= 0 else -1.0)
        if np.isnan(x[i]):
            out[i] = np.nan
    return out
