"""Where a press report happened: a town with its true extent, a front, a region, a pin, or unknown.

Lists of press reports put every row on a point. Thousands of rows lie on the centre of a region under the name of the
village next to it, others on the capital because a headline speaks of the government. The headline decides.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from trucewatch.core.gazetteer import Gazetteer, Settlement, gazetteer
from trucewatch.core.place import summarise
from trucewatch.core.position import Position
from trucewatch.core.toponyms import mentions, resolve
from trucewatch.physics.geodesy import distance_m
from trucewatch.sense.press_limits import PressConfig
from trucewatch.sense.press_names import Words, consonants, names_area, names_region, names_town, words_of

__all__ = ["AREA", "MENTION", "NOWHERE", "PIN", "REGION", "TOWN", "Reports", "Stand", "stands"]

TOWN, AREA, REGION, MENTION, PIN, NOWHERE = "town", "area", "region", "mention", "pin", "nowhere"


class Reports(NamedTuple):
    """Rows (n,): point deg, the name that the list gives it, and the headline."""

    lon_deg: np.ndarray
    lat_deg: np.ndarray
    name: Sequence[str | None]
    headline: Sequence[str | None]


class Stand(NamedTuple):
    """How a row's point is to be taken, and the place that this gives; None where it is unknown."""

    kind: str
    place: Position | None


class _Point(NamedTuple):
    """One point of a list: where it is, its name, the town of that name, its region, and how its headlines use it.

    shared   many headlines have it: it is the centre of something, and no pin
    is_town  enough of them name its town
    """

    lon_deg: float
    lat_deg: float
    name: str
    town: Settlement | None
    region: str | None
    is_capital: bool
    shared: bool = False
    is_town: bool = False


def stands(reports: Reports, config: PressConfig) -> list[Stand]:
    """Return how the point of each report (n,) is to be taken.

    What a point is, a town's or a region's, is told by the share of its reports that name the town.
    """
    keys = list(zip(reports.lon_deg.tolist(), reports.lat_deg.tolist(), reports.name, strict=True))
    code = {key: i for i, key in enumerate(dict.fromkeys(keys))}
    pairs = [(code[k], h or "") for k, h in zip(keys, reports.headline, strict=True)]
    words = {h: words_of(h) for h in dict.fromkeys(h for _, h in pairs)}
    points = _points(list(code), config, gazetteer())
    named = {(p, h): names_town(words[h], points[p].name, points[p].is_capital) for p, h in dict.fromkeys(pairs)}
    points = _with_use(points, named, config)
    found = {(p, h): _stand(points[p], names, words[h], h, config) for (p, h), names in named.items()}
    return [found[pair] for pair in pairs]


def _points(keys: Sequence[tuple[float, float, str | None]], config: PressConfig, names: Gazetteer) -> list[_Point]:
    lon, lat = np.array([k[0] for k in keys]), np.array([k[1] for k in keys])
    region, capital = names.region_of(lon, lat), _capitals(names)
    towns = _towns(keys, config, names)
    return [
        _Point(lon, lat, name or "", town, where, town is not None and town.row in capital)
        for (lon, lat, name), town, where in zip(keys, towns, region, strict=True)
    ]  # fmt: skip


def _towns(
    keys: Sequence[tuple[float, float, str | None]], config: PressConfig, names: Gazetteer
) -> list[Settlement | None]:
    """Return the settlement of each point's name (k,) that lies near it, the nearest of several; None where none.

    Lists differ in how they write a name: the nearest settlement of the same consonants is the one too.
    """
    every_lon, every_lat = np.array([k[0] for k in keys], np.float64), np.array([k[1] for k in keys], np.float64)
    beside = names.nearest(every_lon, every_lat).tolist()
    alike = [consonants(key[2] or "") == consonants(names.name[row]) for key, row in zip(keys, beside, strict=True)]
    near = [(i, names.settlement(row)) for i, row in enumerate(beside) if alike[i]]
    near += [(i, s) for i, key in enumerate(keys) if key[2] and not alike[i] for s in names.lookup(key[2])]
    at = np.array([i for i, _ in near], dtype=np.int64)
    lon, lat = every_lon[at], every_lat[at]
    away = distance_m(lon, lat, np.array([s.lon_deg for _, s in near]), np.array([s.lat_deg for _, s in near]))
    reach = np.maximum(config.town_m, [s.radius_m for _, s in near])
    towns: list[Settlement | None] = [None] * len(keys)
    for k in np.argsort(-away, kind="stable"):
        if away[k] <= reach[k]:
            towns[at[k]] = near[k][1]
    return towns


@lru_cache(maxsize=4)
def _capitals(names: Gazetteer) -> frozenset[int]:
    """Return the rows of the largest settlement of each country, by which its government is called too."""
    _, first = np.unique(names.country.astype(str), return_index=True)
    largest = {str(names.country[i]): i for i in first}
    for row in np.argsort(names.population, kind="stable"):
        largest[str(names.country[row])] = row
    return frozenset(int(row) for row in largest.values())


def _with_use(points: list[_Point], named: dict[tuple[int, str], bool], config: PressConfig) -> list[_Point]:
    point = np.array([p for p, _ in named], dtype=np.int64)
    headlines = np.bincount(point, minlength=len(points))
    naming = np.bincount(point, np.fromiter(named.values(), np.float64, len(named)), len(points))
    shared = headlines >= config.shared_headlines
    is_town = shared & (naming >= config.named_share * headlines)
    return [p._replace(shared=bool(s), is_town=bool(t)) for p, s, t in zip(points, shared, is_town, strict=True)]


def _stand(point: _Point, named: bool, words: Words, headline: str, config: PressConfig) -> Stand:
    if named:
        return Stand(TOWN, _disc(point, config))
    if point.is_capital:
        return Stand(NOWHERE, None)
    in_region = point.region is not None and names_region(words, point.region)
    if point.is_town and not in_region:
        area = names_area(words, point.name)
        return Stand(AREA, _disc(point, config, config.area_radius_m)) if area else Stand(TOWN, _disc(point, config))
    if not point.shared:
        radius_m = config.area_radius_m if in_region else config.pin_radius_m
        return Stand(PIN, Position(headline, "settlement", point.lon_deg, point.lat_deg, radius_m))
    place = _region(point.region) if in_region else _mentioned(headline, point.lon_deg, point.lat_deg, config)
    return Stand(REGION if in_region else MENTION, place) if place else Stand(NOWHERE, None)


def _disc(point: _Point, config: PressConfig, least_m: float = 0.0) -> Position:
    """Return the built-up disc of a point's town, or of a village where the gazetteer knows no town there."""
    town = point.town
    if town is None:
        radius_m = max(config.village_radius_m, least_m)
        return Position(point.name, "settlement", point.lon_deg, point.lat_deg, radius_m)
    radius_m = max(town.radius_m, least_m)
    return Position(point.name, "settlement", town.lon_deg, town.lat_deg, radius_m, settlement=str(town))


@lru_cache(maxsize=256)
def _region(region: str | None) -> Position | None:
    found = resolve(f"{region} region")
    return found if isinstance(found, Position) else None


def _mentioned(headline: str, lon_deg: float, lat_deg: float, config: PressConfig) -> Position | None:
    """Return the place that a headline names nearest to a point, or around it; None where none is near."""
    places = [m.position for m in mentions(headline, (lon_deg, lat_deg)) if isinstance(m.position, Position)]
    best: tuple[float, Position] | None = None
    for place in places:
        middle = summarise(place.places)
        away = float(distance_m(middle.lon_deg, middle.lat_deg, np.array([lon_deg]), np.array([lat_deg]))[0])
        if away <= max(config.mention_m, float(middle.radius90_m[0])) and (best is None or away < best[0]):
            best = away, replace(place, text=headline)
    return best[1] if best else None
