"""The places that named settlements and regions become: discs, distributions over discs, sectors, corridors."""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from trucewatch.core.gazetteer import gazetteer
from trucewatch.core.parts import MOST_PARTS, Mixture, Parts, mixture, read_parts
from trucewatch.core.place import sample_points, summarise
from trucewatch.core.position import Position
from trucewatch.core.sector import Sector
from trucewatch.core.toponyms_areas import region_place
from trucewatch.core.toponyms_context import Choice
from trucewatch.physics.geodesy import distance_m

__all__ = ["area", "around", "away", "centre", "corridor", "region", "union"]

_SECTOR_PARTS = 12  # discs that stand for one sector beside others
_CORRIDOR_PARTS = 9


@lru_cache(maxsize=16384)
def around(choice: Choice, extra_m: float = 0.0) -> Position:
    """Return the disc of a settlement, widened, or the distribution over several."""
    names = gazetteer()
    if len(choice.rows) == 1:
        town = names.settlement(choice.rows[0])
        return Position("", "settlement", town.lon_deg, town.lat_deg, town.radius_m + extra_m, settlement=str(town))
    rows = np.array(choice.rows)
    return _candidates(names.lon_deg[rows], names.lat_deg[rows], names.radius_m[rows] + extra_m, choice.weights)


@lru_cache(maxsize=4096)
def area(row: int, radius_m: float) -> Position:
    """Return a disc around the settlement that an area is called after."""
    town = gazetteer().settlement(row)
    return Position("", "settlement", town.lon_deg, town.lat_deg, max(radius_m, town.radius_m))


@lru_cache(maxsize=256)
def region(name: str) -> Position | None:
    """Return a region as the discs that cover it; None where the gazetteer has no settlement there."""
    whole = region_place(name)
    return None if whole is None else _of_mixture(whole)


@lru_cache(maxsize=16384)
def away(choice: Choice, sector: Sector) -> Position:
    """Return what lies at a distance and in a direction from a settlement, or from each of several."""
    names = gazetteer()
    bearing, width = (0.0, 360.0) if math.isnan(sector.bearing_deg) else (sector.bearing_deg, sector.width_deg)
    each = [names.settlement(row) for row in choice.rows]
    places = [
        Position("", "sector", t.lon_deg, t.lat_deg, sector.range_min_m, sector.range_max_m, bearing, width, str(t))
        for t in each
    ]
    return places[0] if len(places) == 1 else union(places, choice.weights)


def corridor(a: Position, b: Position, share: float) -> Position:
    """Return the discs along the line from one place to another, as wide on each side as a share of its length."""
    (lon_a, lat_a), (lon_b, lat_b) = centre(a), centre(b)
    length_m = float(distance_m(np.array([lon_a]), np.array([lat_a]), np.array([lon_b]), np.array([lat_b]))[0])
    step = (np.arange(_CORRIDOR_PARTS) + 0.5) / _CORRIDOR_PARTS
    radius = np.full(_CORRIDOR_PARTS, max(length_m * share, 500.0))
    return _candidates(lon_a + step * (lon_b - lon_a), lat_a + step * (lat_b - lat_a), radius, np.ones(_CORRIDOR_PARTS))


def centre(place: Position) -> tuple[float, float]:
    """Return the mean position of a place, in degrees."""
    if place.kind != "sector":
        return place.lon_deg, place.lat_deg
    middle = summarise(place.places)
    return float(middle.lon_deg[0]), float(middle.lat_deg[0])


def union(places: Sequence[Position], weights: Sequence[float]) -> Position:
    """Return the distribution over several places, one of which is meant, with weights (n,)."""
    most = max(1, MOST_PARTS // len(places))
    columns = [_discs(p, most) for p in places]
    weight = np.concatenate([w * c.weight for w, c in zip(weights, columns, strict=True)])
    lon, lat, radius = (np.concatenate([c[i] for c in columns]) for i in range(3))
    return _candidates(lon, lat, radius, weight)


def _discs(place: Position, most: int) -> Parts:
    """Return a place as at most so many discs."""
    if place.kind == "settlement":
        lon, lat, radius = (np.array([v]) for v in (place.lon_deg, place.lat_deg, place.size1_m))
        return Parts(lon, lat, radius, np.ones(1), np.full(1, math.nan))
    if place.parts is not None and len(parts := read_parts(place.parts).weight) <= most:
        return read_parts(place.parts)
    size = min(most, _SECTOR_PARTS if place.parts is None else len(parts))
    lon, lat = sample_points(place.places, size)
    radius_m = float(summarise(place.places).radius90_m[0]) / math.sqrt(size)
    return Parts(lon[0], lat[0], np.full(size, max(radius_m, 1.0)), np.full(size, 1 / size), np.full(size, math.nan))


def _candidates(
    lon_deg: np.ndarray, lat_deg: np.ndarray, radius_m: np.ndarray, weight: Sequence[float] | np.ndarray
) -> Position:
    return _of_mixture(mixture(lon_deg, lat_deg, radius_m, np.asarray(weight)))


def _of_mixture(whole: Mixture) -> Position:
    return Position("", "candidates", whole.lon_deg, whole.lat_deg, whole.radius90_m, parts=whole.text)
