"""Whether a geocode can be trusted: a common name is easily placed in the wrong region."""

import re
from functools import cache
from typing import NamedTuple

import numpy as np

from trucewatch.core.gazetteer import OTHER_NAME, Settlement, fold, gazetteer, lookup, region_of
from trucewatch.physics.geodesy import distance_m
from trucewatch.sense.limits import Config

__all__ = ["Geocode", "doubt", "plain_name"]

_IN_BRACKETS = re.compile(r"\(\s*([^\W\d_]+)")
_STEM = 5  # letters by which "Kharkiv" and "Kharkivska" are one region
_MUCH_LARGER = 10  # times the inhabitants: then the larger of two namesakes is meant
_CITY = 50_000  # inhabitants; a smaller namesake does not make a village's geocode doubtful


class Geocode(NamedTuple):
    """The words of a source for a place, the name that a geocoder made of them, and where it placed that."""

    words: str
    name: str | None
    lon_deg: float
    lat_deg: float


def plain_name(words: str) -> str:
    """Return the settlement's name in a source's words: "Belgorod, from where …" is Belgorod."""
    return re.split(r"[,(;\[]", words, maxsplit=1)[0].strip()


def doubt(place: Geocode, config: Config) -> str | None:
    """Return why a geocode cannot be trusted; None where nothing speaks against it.

    The geocoder must have read the whole name, a region that the source gives in brackets must be the geocode's, and
    a settlement of that name must lie near; where namesakes differ much in size, the largest must.
    """
    if place.name and fold(place.name) != fold(plain_name(place.words)):
        return f"{place.words!r} placed as {place.name!r}"
    named = _named_region(place.words)
    region = _region(place) if named else None
    if region and named != _stem(region):
        return f"{place.words!r} placed in {region}"
    namesakes = [s for s in lookup(plain_name(place.words)) if s.match != OTHER_NAME]
    return _elsewhere(place, namesakes, config) if namesakes else None


def _elsewhere(place: Geocode, namesakes: list[Settlement], config: Config) -> str | None:
    away_m = _distances_m(place, namesakes)
    near = [s for s, d in zip(namesakes, away_m, strict=True) if d <= config.geocode_max_m]
    largest = int(np.argmax([s.population for s in namesakes]))
    rival = _MUCH_LARGER * max((s.population for s in near), default=0)
    meant = namesakes[largest].population >= max(_CITY, rival) and namesakes[largest] not in near
    if near and not meant:
        return None
    other = largest if meant else int(np.argmin(away_m))
    return f"{place.words!r} placed {away_m[other] / 1000.0:.0f} km from {namesakes[other]}"


def _stem(region: str) -> str:
    return fold(region)[:_STEM]


def _named_region(words: str) -> str | None:
    """Return the stem of the region that stands in brackets behind a name; None where no region does."""
    inside = _IN_BRACKETS.search(words)
    stem = _stem(inside[1]) if inside else None
    return stem if stem in _region_stems() else None


@cache
def _region_stems() -> frozenset[str]:
    return frozenset(_stem(r) for r in set(gazetteer().region) if r)


def _region(place: Geocode) -> str | None:
    region = region_of(np.array([place.lon_deg]), np.array([place.lat_deg]))[0]
    return None if region is None else str(region)


def _distances_m(place: Geocode, settlements: list[Settlement]) -> np.ndarray:
    lon, lat = np.array([s.lon_deg for s in settlements]), np.array([s.lat_deg for s in settlements])
    return distance_m(np.full(len(lon), place.lon_deg), np.full(len(lat), place.lat_deg), lon, lat)
