"""Places of several parts: candidates of which one is meant, or the legs of a path, written as one line of text.

    lon,lat,radius_m,weight[,t_s];lon,lat,radius_m,weight[,t_s];…

Each part is a uniform disc. Weights sum to 1: the probability that a candidate is the one, or the share of time that a
path spends there. A path also says when, in seconds after its start.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from trucewatch.physics.geodesy import metres_per_degree, offset_lonlat

__all__ = ["MOST_PARTS", "Mixture", "Parts", "mixture", "part_points", "read_parts"]

MOST_PARTS = 512  # of one place; a longer path is thinned by whoever writes it
_GOLDEN = (5**0.5 - 1) / 2


class Parts(NamedTuple):
    """Parts (k,) of one place: centres deg, disc radii m, weights, and seconds after the start (NaN: unsaid)."""

    lon_deg: np.ndarray
    lat_deg: np.ndarray
    radius_m: np.ndarray
    weight: np.ndarray
    t_s: np.ndarray


class Mixture(NamedTuple):
    """A place of several parts as the place columns hold it: mean position, radius that holds 90 %, and the text."""

    lon_deg: float
    lat_deg: float
    radius90_m: float
    text: str


def mixture(
    lon_deg: np.ndarray, lat_deg: np.ndarray, radius_m: np.ndarray, weight: np.ndarray, t_s: np.ndarray | None = None
) -> Mixture:
    """Return parts (k,) as one place; weights (k,) are scaled to sum 1; ValueError where they are none.

    t_s  (k,) seconds after the start of a path, ascending
    """
    columns = [np.asarray(c, dtype=np.float64) for c in (lon_deg, lat_deg, radius_m, weight)]
    size = len(columns[0])
    if not 0 < size <= MOST_PARTS or not all(np.isfinite(c).all() and len(c) == size for c in columns):
        raise ValueError(f"found {size} parts; needed 1 to {MOST_PARTS} of finite numbers; thin or leave the place out")
    if (columns[2] <= 0).any() or (columns[3] < 0).any() or columns[3].sum() <= 0:
        raise ValueError("found a radius or a weight of 0 or less; needed positive ones; correct the parts")
    columns[3] = columns[3] / columns[3].sum()
    if t_s is not None:
        columns.append(np.asarray(t_s, dtype=np.float64))
    digits = (6, 6, 1, 6, 3)
    text = ";".join(
        ",".join(f"{v:.{d}f}" for v, d in zip(row, digits, strict=False)) for row in zip(*columns, strict=True)
    )
    lon, lat = part_points(text, 128)
    mean_lon, mean_lat = float(lon.mean()), float(lat.mean())
    per_lon, per_lat = metres_per_degree(np.array(mean_lat))
    away = np.hypot((lon - mean_lon) * per_lon, (lat - mean_lat) * per_lat)
    return Mixture(mean_lon, mean_lat, float(np.quantile(away, 0.9)), text)


@lru_cache(maxsize=65536)
def read_parts(text: str) -> Parts:
    """Return the parts of a text that `mixture` wrote; ValueError where it is none."""
    rows = [[float(v) for v in part.split(",")] for part in text.split(";")]
    if any(len(r) not in (4, 5) for r in rows):
        raise ValueError(
            f"found parts of {sorted({len(r) for r in rows})} numbers; needed lon,lat,radius_m,weight[,t_s]"
        )
    columns = np.array([r if len(r) == 5 else [*r, math.nan] for r in rows], dtype=np.float64).T
    columns[3] /= columns[3].sum()
    return Parts(*columns)


@lru_cache(maxsize=65536)
def part_points(text: str, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return lon, lat (k,) deg of k equally weighted points of all parts; the same points at every call."""
    parts = read_parts(text)
    u, v = (np.arange(k) + 0.5) / k, (np.arange(k) * _GOLDEN + 0.5) % 1.0
    ends = np.cumsum(parts.weight)
    part = np.minimum(np.searchsorted(ends, u), len(ends) - 1)
    share = np.clip((u - (ends - parts.weight)[part]) / np.maximum(parts.weight[part], 1e-12), 0.0, 1.0)
    radius = parts.radius_m[part] * np.sqrt(share)
    east, north = radius * np.sin(2 * np.pi * v), radius * np.cos(2 * np.pi * v)
    return offset_lonlat(parts.lon_deg[part], parts.lat_deg[part], east, north)
