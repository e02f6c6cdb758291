"""Metres around a shape: buffers, and on which side of a line a point lies."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from numba import njit
from pyproj import Proj
from shapely.geometry.base import BaseGeometry

__all__ = ["buffer_m", "signed_distances_m"]

_BLOCK = 16  # segments that are skipped together where they lie too far off
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

    lon_deg, lat_deg  (…) degrees WGS84; NaN gives NaN, and so does a line that is not drawn
    Beyond its ends the line goes on straight as far as its side is concerned.
    """
    drawn = [line for line in lines if not line.is_empty]
    away = [np.full(np.shape(lon_deg), np.nan) for _ in lines]
    if not drawn:
        return away
    plane = _plane(shapely.geometrycollections(drawn))
    x, y = plane(np.ravel(lon_deg), np.ravel(lat_deg))
    for i, line in enumerate(lines):
        if line.is_empty:
            continue
        vertices = shapely.get_coordinates(shapely.segmentize(line, _STEP_DEG))
        vx, vy = plane(vertices[:, 0], vertices[:, 1])
        metres = _signed(np.asarray(x), np.asarray(y), np.asarray(vx), np.asarray(vy))
        away[i] = np.asarray(metres.reshape(np.shape(lon_deg)))
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
    boxes = _boxes(vx, vy)
    last = 0  # points that follow one another lie near one another, and so do their nearest segments
    for i in range(len(x)):
        reach = _from_segment(x[i], y[i], last, vx, vy, dx, dy, length)[0] * (1 + 1e-9)
        best, side = np.inf, 0.0
        for b in range(len(boxes)):
            if _from_box(x[i], y[i], boxes[b]) > reach:
                continue
            for s in range(b * _BLOCK, min((b + 1) * _BLOCK, len(length))):
                squared, cross = _from_segment(x[i], y[i], s, vx, vy, dx, dy, length)
                if squared < best * (1 - 1e-12):
                    best, side, last = squared, cross, s
                elif squared <= best * (1 + 1e-12):
                    side += cross
        out[i] = np.sqrt(best) * (1.0 if side >= 0 else -1.0)
        if np.isnan(x[i]):
            out[i] = np.nan
    return out


@njit(cache=True, nogil=True)
def _boxes(vx: np.ndarray, vy: np.ndarray) -> np.ndarray:
    """Return west, south, east and north (blocks, 4) of each block of segments."""
    count = (len(vx) - 2) // _BLOCK + 1
    boxes = np.empty((count, 4))
    for b in range(count):
        part = slice(b * _BLOCK, min((b + 1) * _BLOCK + 1, len(vx)))
        boxes[b] = vx[part].min(), vy[part].min(), vx[part].max(), vy[part].max()
    return boxes


@njit(cache=True, nogil=True)
def _from_box(x: float, y: float, box: np.ndarray) -> Any:
    """Return the squared distance of a point from a box, 0 inside it; a point at NaN is near every box."""
    east, north = max(box[0] - x, 0.0, x - box[2]), max(box[1] - y, 0.0, y - box[3])
    return east * east + north * north


@njit(cache=True, nogil=True)
def _from_segment(
    x: float, y: float, s: int, vx: np.ndarray, vy: np.ndarray, dx: np.ndarray, dy: np.ndarray, length: np.ndarray
) -> tuple[float, float]:
    """Return the squared distance of a point from a segment, and on which side of it the point lies, by sign."""
    ex, ey = x - vx[s], y - vy[s]
    inside = min(max(ex * dx[s] + ey * dy[s], 0.0), length[s])
    rx, ry = ex - inside * dx[s], ey - inside * dy[s]
    return rx * rx + ry * ry, dx[s] * ey - dy[s] * ex
