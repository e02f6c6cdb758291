"""Regions as texts call them, and as places: no outline is packaged, so each is what lies nearest its settlements."""

import csv
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import numpy as np

from trucewatch.core.gazetteer import fold, gazetteer
from trucewatch.core.parts import Mixture, mixture
from trucewatch.physics.geodesy import distance_m, metres_per_degree

__all__ = ["region_by_adjective", "region_by_noun", "region_place"]

_WORDS = "toponyms_regions.csv"
_CELLS = 240  # a region becomes about so many equal discs, fewer than MOST_PARTS of core/parts.py
_REACH_M = 15_000.0  # beyond this from every settlement lies the sea
_NOUN_ENDINGS = ("а", "и", "ы", "і", "е", "у", "ою", "ои")
_ADJECTIVE = re.compile(r"(.+?[сзц]ь?к)(?:ии|ыи|ои|ім|а|ая|ого|ому|им|ым|ом|оі|іи|ую|у|ою|і|ие|их|ых|ими|ыми|)")


@cache
def region_by_adjective(key: str) -> str | None:
    """Return the region that a folded adjective such as `донецькою`, or a Latin name of one, means; None where none."""
    found = _ADJECTIVE.fullmatch(key)
    return _adjectives().get(found[1] if found else key)


def region_by_noun(key: str) -> str | None:
    """Return the region that a folded noun such as `харківщині` or `крыму` means; None where none."""
    return _nouns().get(key)


@cache
def region_place(region: str) -> Mixture | None:
    """Return a region as equal discs that together cover the points nearer its settlements than any other's.

    Right to about half the distance of neighbouring settlements along its border; None where it has none.
    """
    names = gazetteer()
    rows = np.flatnonzero(names.region == region)
    if not len(rows):
        return None
    lon, lat = names.lon_deg[rows], names.lat_deg[rows]
    pad = np.array([-0.2, 0.2])
    (west, east), (south, north) = [np.array([x.min(), x.max()]) + pad for x in (lon, lat)]
    step_m = _step_m(west, east, south, north, region)
    at_lon, at_lat = _lattice(west, east, south, north, region, step_m)
    return mixture(at_lon, at_lat, np.full(len(at_lon), step_m / np.sqrt(np.pi)), np.ones(len(at_lon)))


def _step_m(west: float, east: float, south: float, north: float, region: str) -> float:
    """Return the lattice step that gives a region about `_CELLS` cells, from its share of a coarse lattice."""
    coarse_m = float((east - west) * 70_000.0 / 40.0)
    cells = max(len(_lattice(west, east, south, north, region, coarse_m)[0]), 1)
    return max(coarse_m * float(np.sqrt(cells / _CELLS)), 500.0)


def _lattice(
    west: float, east: float, south: float, north: float, region: str, step_m: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return lon, lat (n,) deg of the points of a square lattice whose nearest settlement lies in the region."""
    per_lon, per_lat = metres_per_degree(np.array((south + north) / 2))
    lon, lat = (g.ravel() for g in np.meshgrid(
        np.arange(west, east, step_m / float(per_lon)), np.arange(south, north, step_m / float(per_lat))
    ))  # fmt: skip
    names = gazetteer()
    row = names.nearest(lon, lat)
    near = distance_m(lon, lat, names.lon_deg[row], names.lat_deg[row]) <= _REACH_M
    inside = near & (names.region[row] == region)
    return lon[inside], lat[inside]


@cache
def _adjectives() -> Mapping[str, str]:
    """Return regions by the stem of their adjective, and by their Latin names."""
    return {fold(stem): name for name, row in _rows() for stem in row["adjectives"].split()}


@cache
def _nouns() -> Mapping[str, str]:
    """Return regions by every form of the nouns that mean them.

    The mark at the end of a noun says how it goes on: `*` as Харківщин-а, `°` as Крим, `+` as Закарпатт-я, `|` not.
    """
    forms = {"*": _NOUN_ENDINGS, "°": ("", "у", "а", "ом", "ові", "і", "е"), "+": ("я", "і", "ю", "ям", "е", "ем")}
    return {
        fold(word) + ending: name
        for name, row in _rows()
        for word in row["nouns"].split()
        for ending in forms.get(word[-1], ("",))
    }


def _rows() -> list[tuple[str, dict[str, str]]]:
    """Return the region of the gazetteer and the words of every row."""
    data = files("trucewatch.core") / "data"
    codes = csv.DictReader((data / "regions.csv").read_text(encoding="utf-8").splitlines())
    name = {(r["country"], r["admin1"]): r["name"] for r in codes}
    words = csv.DictReader((data / _WORDS).read_text(encoding="utf-8").splitlines())
    return [(name[r["country"], r["admin1"]], r) for r in words]
