"""Places as distributions: probability mass inside a geometry, and overlap with another place.

    kind        parameters                                                       distribution
    exact       size1 = radius holding 90 %                                      round Gaussian
    ellipse     size1, size2 = standard deviations along, across bearing         Gaussian
    pixel       size1, size2 = full widths along, across bearing                 uniform rectangle
    sector      lon, lat = observer; size1..size2 = range; bearing, width        uniform in area
    settlement  size1 = radius of the built-up disc                              uniform disc
    candidates  parts (core/parts.py), one of which is meant                     mixture of uniform discs
    path        parts with their times, all of which it passes                   the same, weighted by time

A place whose kind is unknown stays unknown: its masses and overlaps are NaN.
"""

from dataclasses import dataclass, fields, replace
from functools import cache, lru_cache
from typing import Any, NamedTuple, Protocol, Self

import numpy as np
import pyarrow as pa
from numba import njit

from trucewatch.core.columns import numbers, strings
from trucewatch.core.parts import part_points, read_parts
from trucewatch.physics.geodesy import metres_per_degree, metres_per_degree_at, offset_lonlat

__all__ = ["KINDS", "R90_OF_SIGMA", "Gaussians", "Places", "Summary", "gaussians", "mass_in", "overlap_per_m2",
           "sample_points", "summarise"]  # fmt: skip

KINDS = ("exact", "ellipse", "pixel", "sector", "settlement", "candidates", "path")
EXACT, ELLIPSE, PIXEL, SECTOR, SETTLEMENT, CANDIDATES, PATH = range(7)
UNKNOWN = -1
R90_OF_SIGMA = 2.145966026289347  # sqrt(-2 ln 0.1): radius over sigma that holds 90 % of a round Gaussian
_GOLDEN = (5**0.5 - 1) / 2
_SECTOR_RANGES, _SECTOR_BEARINGS = 2, 8
_MOST_COMPONENTS = _SECTOR_RANGES * _SECTOR_BEARINGS


class Zones(Protocol):
    """Polygons that can say which points lie inside them (physics/polygons.py)."""

    def __len__(self) -> int: ...
    def pairs(self, lon_deg: np.ndarray, lat_deg: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return (point, polygon) index pairs of every point that lies in a polygon."""
        ...


@dataclass(frozen=True)
class Places:
    """Many places as columns (n,): kind code into KINDS or −1, anchor, sizes, bearing and width.

    parts  texts of core/parts.py (None elsewhere), for places of several parts; None where no place has any
    """

    kind: np.ndarray
    lon_deg: np.ndarray
    lat_deg: np.ndarray
    size1_m: np.ndarray
    size2_m: np.ndarray
    bearing_deg: np.ndarray
    width_deg: np.ndarray
    parts: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.kind)

    @property
    def in_parts(self) -> np.ndarray:
        """Rows of the places that have several parts."""
        return np.flatnonzero((self.kind == CANDIDATES) | (self.kind == PATH))

    @classmethod
    def from_table(cls, table: pa.Table) -> Self:
        """Return the places of a table with the place columns of core/tables.py."""
        words = strings(table, "place_kind")
        code = {word: i for i, word in enumerate(KINDS)}
        kind = np.array([code.get(w, UNKNOWN) for w in words], dtype=np.int8)
        found = cls(kind, *(numbers(table, name) for name in _NUMBERS))
        some = table.column("parts").null_count < table.num_rows
        return replace(found, parts=strings(table, "parts")) if some else found

    @classmethod
    def of(cls, kind: str, lon_deg: Any, lat_deg: Any, size1_m: Any, size2_m: Any = np.nan, bearing_deg: Any = 0.0,
           width_deg: Any = np.nan) -> Self:  # fmt: skip
        """Return places of one kind from scalars or arrays of equal length."""
        columns = np.broadcast_arrays(*np.atleast_1d(lon_deg, lat_deg, size1_m, size2_m, bearing_deg, width_deg))
        code = np.full(len(columns[0]), KINDS.index(kind), dtype=np.int8)
        return cls(code, *(c.astype(np.float64) for c in columns))

    def take(self, rows: np.ndarray) -> "Places":
        """Return the places at these rows, in that order."""
        taken = Places(self.kind[rows], *(getattr(self, name)[rows] for name in _NUMBERS))
        return taken if self.parts is None else replace(taken, parts=self.parts[rows])


_NUMBERS = tuple(f.name for f in fields(Places))[1:-1]


class Summary(NamedTuple):
    """Mean position (n,) deg and the radius (n,) m around it that holds 90 %."""

    lon_deg: np.ndarray
    lat_deg: np.ndarray
    radius90_m: np.ndarray


class Gaussians(NamedTuple):
    """Gaussian mixtures (n, components): weight, centre deg, covariance m² in east and north."""

    weight: np.ndarray
    lon_deg: np.ndarray
    lat_deg: np.ndarray
    var_e: np.ndarray
    cov_en: np.ndarray
    var_n: np.ndarray


def sample_points(places: Places, k: int = 64) -> tuple[np.ndarray, np.ndarray]:
    """Return lon, lat (n, k) deg of k equally weighted points of each place; the same points at every call.

    Source: the golden-angle lattice (Vogel 1979, Math. Biosciences 44, p. 179) pushed through each kind's quantiles.
    """
    u, v = (np.arange(k) + 0.5) / k, (np.arange(k) * _GOLDEN + 0.5) % 1.0
    east, north = np.full((len(places), k), np.nan), np.full((len(places), k), np.nan)
    for code in np.unique(places.kind[(places.kind != UNKNOWN) & (places.kind < CANDIDATES)]):
        rows = np.flatnonzero(places.kind == code)
        east[rows], north[rows] = _offsets(places.take(rows), int(code), u, v)
    lon, lat = offset_lonlat(places.lon_deg[:, None], places.lat_deg[:, None], east, north)
    for row in places.in_parts.tolist():
        lon[row], lat[row] = part_points(_text(places, row), k)
    return lon, lat


def _text(places: Places, row: int) -> str:
    text = None if places.parts is None else places.parts[row]
    if text is None:
        raise ValueError(
            f"found a place of kind {KINDS[places.kind[row]]} without parts; needed them; see core/parts.py"
        )
    return str(text)


def _offsets(p: Places, code: int, u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    size1, size2 = p.size1_m[:, None], p.size2_m[:, None]
    if code == SECTOR:
        range_m = np.sqrt(size1**2 + u * (size2**2 - size1**2))
        azimuth = np.radians(p.bearing_deg[:, None] + (v - 0.5) * p.width_deg[:, None])
        return range_m * np.sin(azimuth), range_m * np.cos(azimuth)
    if code == PIXEL:
        return _turn((u - 0.5) * size1, (v - 0.5) * size2, p.bearing_deg)
    angle = 2 * np.pi * v
    if code == SETTLEMENT:
        return size1 * np.sqrt(u) * np.sin(angle), size1 * np.sqrt(u) * np.cos(angle)
    radius = np.sqrt(-2 * np.log1p(-u))
    along, across = (size1, size2) if code == ELLIPSE else (size1 / R90_OF_SIGMA, size1 / R90_OF_SIGMA)
    return _turn(along * radius * np.cos(angle), across * radius * np.sin(angle), p.bearing_deg)


def _turn(along: np.ndarray, across: np.ndarray, bearing_deg: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    azimuth = np.radians(np.nan_to_num(bearing_deg))[:, None]
    east = along * np.sin(azimuth) + across * np.cos(azimuth)
    return east, along * np.cos(azimuth) - across * np.sin(azimuth)


def mass_in(places: Places, zones: Zones, k: int = 64) -> np.ndarray:
    """Return the probability mass (n, zones) of each place inside each polygon; NaN where the place is unknown.

    The mass is a count over k points of the place: its step is 1/k.
    """
    lon, lat = sample_points(places, k)
    point, zone = zones.pairs(lon.ravel(), lat.ravel())
    flat = (point // k) * len(zones) + zone
    counts = np.bincount(flat, minlength=len(places) * len(zones))
    mass: np.ndarray = counts.reshape(len(places), len(zones)) / k
    mass[np.isnan(lon).any(axis=1)] = np.nan
    return mass


def overlap_per_m2(a: Places, b: Places, extent_m: np.ndarray | float = 0.0) -> np.ndarray:
    """Return ∫ p_a p_b dA (n,) in 1/m²: the density with which two aligned places are the same point.

    Each place enters as a Gaussian mixture of its own moments. The overlap is symmetric.

    extent_m  (n,) standard deviation between the two traces of one happening, added to the places' own spread
    """
    apart = np.broadcast_to(np.asarray(np.square(extent_m), dtype=np.float64), len(a))
    return np.asarray(_overlap(_whole(gaussians(a)), _whole(gaussians(b)), apart))


def _whole(g: Gaussians) -> tuple[np.ndarray, ...]:
    return tuple(np.ascontiguousarray(column) for column in np.broadcast_arrays(*g))


@njit(cache=True, nogil=True)
def _overlap(a: Any, b: Any, apart: Any) -> Any:
    """Sum over the pairs of components that have weight; a mixture of sixteen would make 256 pairs of each row."""
    wa, lon_a, lat_a, ee_a, en_a, nn_a = a
    wb, lon_b, lat_b, ee_b, en_b, nn_b = b
    density = np.zeros(len(apart))
    for row in range(len(apart)):
        for i in range(wa.shape[1]):
            for j in range(wb.shape[1]):
                weight = wa[row, i] * wb[row, j]
                if weight == 0.0:
                    continue
                per_lon, per_lat = metres_per_degree_at((lat_a[row, i] + lat_b[row, j]) / 2)
                east = (lon_b[row, j] - lon_a[row, i]) * per_lon
                north = (lat_b[row, j] - lat_a[row, i]) * per_lat
                ee, nn = ee_a[row, i] + ee_b[row, j] + apart[row], nn_a[row, i] + nn_b[row, j] + apart[row]
                en = en_a[row, i] + en_b[row, j]
                det = ee * nn - en * en
                squared = (nn * east * east - 2 * en * east * north + ee * north * north) / det
                density[row] += weight * np.exp(-squared / 2) / (2 * np.pi * np.sqrt(det))
    return density


def gaussians(places: Places) -> Gaussians:
    """Return each place as a Gaussian mixture with the place's own moments (n, components)."""
    parts = _sector_parts(places) if (places.kind == SECTOR).any() else _one_part(places)
    if len(places.in_parts):
        parts = _with_parts(places, parts)
    weight, east, north, var_e, cov_en, var_n = parts
    lon, lat = offset_lonlat(places.lon_deg[:, None], places.lat_deg[:, None], east, north)
    weight = np.where((places.kind == UNKNOWN)[:, None], np.nan, weight)
    return Gaussians(weight, lon, lat, var_e, cov_en, var_n)


def _one_part(p: Places) -> tuple[np.ndarray, ...]:
    scale1 = np.select([p.kind == EXACT, p.kind == PIXEL, p.kind == SETTLEMENT], [1 / R90_OF_SIGMA, 12**-0.5, 0.5], 1.0)
    var1 = (p.size1_m * scale1) ** 2
    var2 = np.where((p.kind == ELLIPSE) | (p.kind == PIXEL), (p.size2_m * scale1) ** 2, var1)
    sin, cos = np.sin(np.radians(np.nan_to_num(p.bearing_deg))), np.cos(np.radians(np.nan_to_num(p.bearing_deg)))
    zero = np.zeros((len(p), 1))
    ee, en, nn = var1 * sin**2 + var2 * cos**2, (var1 - var2) * sin * cos, var1 * cos**2 + var2 * sin**2
    return zero + 1, zero, zero, ee[:, None], en[:, None], nn[:, None]


def _with_parts(p: Places, parts: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
    """Give places of several parts one component a part; beyond the most, the lightest parts become one."""
    missing = _MOST_COMPONENTS - parts[0].shape[1]
    wide = [np.pad(x, ((0, 0), (0, missing))) for x in parts]
    for variance in (wide[3], wide[5]):  # a component without weight still needs a spread to be divided by
        variance[:, _MOST_COMPONENTS - missing :] = 1.0
    for row in p.in_parts.tolist():
        own = _components(_text(p, row), float(p.lon_deg[row]), float(p.lat_deg[row]))
        for column, values in zip(wide, own, strict=True):
            column[row] = values
    return tuple(wide)


@lru_cache(maxsize=65536)
def _components(text: str, lon_deg: float, lat_deg: float) -> tuple[np.ndarray, ...]:
    """Return weight, east, north, variances (components,) of parts around an anchor; a disc has the variance r²/4."""
    parts = read_parts(text)
    slot = np.empty(len(parts.weight), np.int64)
    slot[np.argsort(-parts.weight, kind="stable")] = np.minimum(np.arange(len(slot)), _MOST_COMPONENTS - 1)

    def mean(values: np.ndarray) -> np.ndarray:
        return np.bincount(slot, parts.weight * values, _MOST_COMPONENTS) / given

    weight = np.bincount(slot, parts.weight, _MOST_COMPONENTS)
    given = np.where(weight > 0, weight, 1.0)
    lon, lat = np.where(weight > 0, mean(parts.lon_deg), lon_deg), np.where(weight > 0, mean(parts.lat_deg), lat_deg)
    per_lon, per_lat = metres_per_degree(lat)
    de, dn = (parts.lon_deg - lon[slot]) * per_lon[slot], (parts.lat_deg - lat[slot]) * per_lat[slot]
    disc = parts.radius_m**2 / 4
    ee, en, nn = mean(disc + de**2), mean(de * dn), mean(disc + dn**2)
    spread = np.where(weight > 0, 0.0, 1.0)
    north = (lat - lat_deg) * metres_per_degree(np.array(lat_deg))[1]
    east = (lon - lon_deg) * metres_per_degree((lat_deg + lat) / 2)[0]
    return weight, east, north, ee + spread, en, nn + spread


def _sector_parts(p: Places) -> tuple[np.ndarray, ...]:
    """Cut sectors into 2 ranges × 8 bearings of equal mass; other kinds put all weight on the first part."""
    sector = (p.kind == SECTOR)[:, None]
    one = [np.repeat(x, _SECTOR_RANGES * _SECTOR_BEARINGS, axis=1) for x in _one_part(p)]
    one[0] = np.zeros_like(one[0])
    one[0][:, 0] = 1.0
    ring, slot = np.divmod(np.arange(_SECTOR_RANGES * _SECTOR_BEARINGS), _SECTOR_BEARINGS)
    r2 = p.size1_m[:, None] ** 2 + np.outer(p.size2_m**2 - p.size1_m**2, np.arange(_SECTOR_RANGES + 1) / _SECTOR_RANGES)
    edges = np.sqrt(np.where(sector, r2, 0.0))
    near, far = edges[:, ring], edges[:, ring + 1]
    slice_rad = np.radians(p.width_deg)[:, None] / _SECTOR_BEARINGS
    azimuth = np.radians(p.bearing_deg)[:, None] + (slot - (_SECTOR_BEARINGS - 1) / 2) * slice_rad
    middle, radial, tangent = _slice_moments(near, far, slice_rad)
    sin, cos = np.sin(azimuth), np.cos(azimuth)
    cut = (
        np.full_like(middle, 1 / len(ring)), middle * sin, middle * cos,
        radial * sin**2 + tangent * cos**2, (radial - tangent) * sin * cos, radial * cos**2 + tangent * sin**2,
    )  # fmt: skip
    return tuple(np.where(sector, c, o) for c, o in zip(cut, one, strict=True))


def _slice_moments(near: np.ndarray, far: np.ndarray, angle: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the distance of the centroid of ring slices from their origin, and their variances along and across."""
    total = np.where(far > 0, near + far, 1.0)
    middle = np.sinc(angle / (2 * np.pi)) * 2 / 3 * (near**2 + near * far + far**2) / total
    half_square = (near**2 + far**2) / 4
    turn = np.sinc(angle / np.pi)
    return middle, half_square * (1 + turn) - middle**2, half_square * (1 - turn)


def summarise(places: Places, k: int = 128) -> Summary:
    """Return mean position and 90 % radius of each place: a summary to print beside the place, never instead of it.

    The radius of a sector, and of a place of several parts, is taken from k points and right to 3 %.
    """
    lon, lat = places.lon_deg.copy(), places.lat_deg.copy()
    radius = np.full(len(places), np.nan)
    for code, form in ((EXACT, _exact90), (ELLIPSE, _ellipse90), (PIXEL, _pixel90), (SETTLEMENT, _disc90)):
        rows = places.kind == code
        radius[rows] = form(places.size1_m[rows], places.size2_m[rows])
    rows = np.flatnonzero((places.kind == SECTOR) | (places.kind >= CANDIDATES))
    if len(rows):
        lon[rows], lat[rows], radius[rows] = _summary_of_points(places.take(rows), k)
    lon[places.kind == UNKNOWN] = lat[places.kind == UNKNOWN] = np.nan
    return Summary(lon, lat, radius)


def _exact90(size1_m: np.ndarray, _size2_m: np.ndarray) -> np.ndarray:
    return size1_m


def _disc90(size1_m: np.ndarray, _size2_m: np.ndarray) -> np.ndarray:
    return np.asarray(size1_m * np.sqrt(0.9))


def _ellipse90(size1_m: np.ndarray, size2_m: np.ndarray) -> np.ndarray:
    return _by_aspect(ELLIPSE, size1_m, size2_m)


def _pixel90(size1_m: np.ndarray, size2_m: np.ndarray) -> np.ndarray:
    return _by_aspect(PIXEL, size1_m, size2_m)


def _by_aspect(code: int, size1_m: np.ndarray, size2_m: np.ndarray) -> np.ndarray:
    long, short = np.maximum(size1_m, size2_m), np.minimum(size1_m, size2_m)
    aspects, radii = _radius90_of_aspect(code)
    aspect = np.divide(short, long, out=np.zeros_like(long), where=long > 0)
    return np.asarray(long * np.interp(aspect, aspects, radii))


@cache
def _radius90_of_aspect(code: int) -> tuple[np.ndarray, np.ndarray]:
    """90 % radius of places whose longer size is 1, at 33 aspect ratios."""
    aspect = np.linspace(0, 1, 33)
    zero = np.zeros_like(aspect)
    unit = Places(np.full(33, code, np.int8), zero, zero, zero + 1, aspect, zero, zero)
    u, v = (np.arange(4096) + 0.5) / 4096, (np.arange(4096) * _GOLDEN + 0.5) % 1.0
    east, north = _offsets(unit, code, u, v)
    return aspect, np.quantile(np.hypot(east, north), 0.9, axis=1)


def _summary_of_points(p: Places, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    lon, lat = sample_points(p, k)
    mean_lon, mean_lat = lon.mean(axis=1), lat.mean(axis=1)
    per_lon, per_lat = metres_per_degree(mean_lat)
    away = np.hypot((lon - mean_lon[:, None]) * per_lon[:, None], (lat - mean_lat[:, None]) * per_lat[:, None])
    return mean_lon, mean_lat, np.quantile(away, 0.9, axis=1)
