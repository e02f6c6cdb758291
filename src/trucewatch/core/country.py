"""Outlines of countries for the map and for clauses without geometry (Natural Earth; see core/data/NOTICE.md)."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import numpy as np
import shapely
from shapely.geometry import shape

from trucewatch.core.errors import ConfigError
from trucewatch.physics.polygons import PolygonIndex

__all__ = ["BOX", "countries_at", "country_at", "country_outline", "neighbours"]

BOX = (20.0, 42.0, 43.0, 54.5)  # west, south, east, north in degrees: outside it no country is known here


@cache
def _outlines() -> Mapping[str, shapely.MultiPolygon]:
    text = (files("trucewatch.core") / "data" / "countries.geojson").read_text(encoding="utf-8")
    return {f["properties"]["code"]: _multi(shape(f["geometry"])) for f in json.loads(text)["features"]}


def _multi(geometry: shapely.Geometry) -> shapely.MultiPolygon:
    return shapely.multipolygons(shapely.get_parts(geometry))


@cache
def _index() -> tuple[np.ndarray, PolygonIndex]:
    outlines = _outlines()
    return np.array([*outlines, None], dtype=object), PolygonIndex(list(outlines.values()))


def country_outline(code: str = "UKR") -> shapely.MultiPolygon:
    """Return the outline of a country by its three-letter code, lon lat WGS84, as far as it lies in `BOX`."""
    outlines = _outlines()
    if code not in outlines:
        raise ConfigError(f"found the country code {code!r}; needed one of {', '.join(outlines)}; choose one")
    return outlines[code]


def neighbours(code: str = "UKR") -> Mapping[str, shapely.MultiPolygon]:
    """Return the outlines of all other countries in `BOX` by code, for the background of a map."""
    country_outline(code)
    return {other: outline for other, outline in _outlines().items() if other != code}


def countries_at(lon_deg: np.ndarray, lat_deg: np.ndarray) -> np.ndarray:
    """Return the three-letter code (n,) of the country at each point, None at sea and outside `BOX`.

    On a common border the code that comes first in the alphabet is given.
    """
    codes, index = _index()
    point, country = index.pairs(lon_deg, lat_deg)
    found = np.full(len(lon_deg), len(codes) - 1)
    found[point[::-1]] = country[::-1]
    return np.asarray(codes[found])


def country_at(lon_deg: float, lat_deg: float) -> str | None:
    """Return the three-letter code of the country at one point, as `countries_at`."""
    found: str | None = countries_at(np.array([lon_deg]), np.array([lat_deg]))[0]
    return found
