"""Which of several settlements of one name a text means: by their size, and by what else the text names."""

import math
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from trucewatch.core.gazetteer import NAME, OTHER_NAME, SPELLING, Gazetteer, gazetteer
from trucewatch.core.toponyms_scan import REGION, TOWN, UNLISTED, UNMISTAKABLE, Named, Token
from trucewatch.core.toponyms_stems import Hit
from trucewatch.core.toponyms_words import CONJUNCTIONS

__all__ = ["Choice", "Scene", "choose", "qualifies", "scene"]

_PEOPLE = 300  # added to every population, so that small ones differ less
_SEAT = 1_000  # people of a place of unknown population: the gazetteer has it because a council sits there
_MATCH = {NAME: 1.0, SPELLING: 1.0, OTHER_NAME: 0.005}  # a former name is said less often
_BY_SOUND, _ONLY_BY_SOUND = 0.05, 0.5  # a name found by its sounds, where others are found by letters, or none
_NEAR_KM, _TOWN_KM = 20.0, 80.0  # how fast a front, a district or a hint, and another town, lose their weight
_FAR, _FAR_FROM_TOWNS = 0.005, 0.03  # weight of a settlement far from a front or a hint, and from other towns
_OTHER_REGION = 0.03  # weight outside a region that the sentence names, but not for this name
_UNLISTED = 150.0  # weight that a village has which the gazetteer lacks: half of `_PEOPLE`, close by
_ANCHOR_PEOPLE = 1_000  # of a place that says where others are
_UNLISTED_BY_TOWNS = 40.0  # the same where only other towns say where
_PART = 0.05  # a part of a town is rarely named without it
_LEAST_SHARE, _SURE_SHARE = 0.005, 0.9
_MOST = 64
_SCENE, _LIST = 24, 100  # names on either side that say where one is; places of one list before its region
_ADJOINING_WORDS = 2  # that may stand between a settlement and the area it lies in


class Anchor(NamedTuple):
    """A point that others are probably near."""

    lon_deg: float
    lat_deg: float
    scale_km: float


class Scene(NamedTuple):
    """What surrounds one name: regions that it must, and that it may lie in, points it is probably near.

    far    weight of a settlement far from all of them
    least  weight below which a village that the gazetteer lacks is likelier
    """

    must: frozenset[str]
    may: frozenset[str]
    anchors: tuple[Anchor, ...]
    far: float
    least: float


class Choice(NamedTuple):
    """Settlements that one name may mean, with weights that sum to 1; none where the gazetteer lacks it there."""

    rows: tuple[int, ...]
    weights: tuple[float, ...]


def qualifies(tokens: Sequence[Token], found: Sequence[Named], at: int) -> bool:
    """Return whether an area only says where the place before it lies: `Оріхові Запорізької області`, `X (Y)`."""
    area, before = found[at], found[at - 1] if at else None
    if before is None or area.kind in (TOWN, UNLISTED) or before.kind == REGION:
        return False
    between = tokens[before.last + 1 : area.first]
    gaps = "".join(t.gap for t in tokens[before.last + 1 : area.first + 1])
    joined = any(t.key in CONJUNCTIONS for t in between)
    if joined or len(between) > _ADJOINING_WORDS or any(c in gaps for c in ".;"):
        return False
    return "," not in gaps or tokens[area.first].key.isascii() or "(" in gaps


def scene(tokens: Sequence[Token], found: Sequence[Named], at: int, near: tuple[float, float] | None) -> Scene:
    """Return what surrounds the name at an index."""
    must = frozenset(_regions_behind(tokens, found, at))
    others = [*found[max(0, at - _SCENE) : at], *found[at + 1 : at + _SCENE]]
    may = frozenset(n.region for n in others if n.kind == REGION and n.region) - must
    towns = [_anchor(n.hits[0].row, _TOWN_KM) for n in others if _is_sure(n)]
    called = [n for n in others if n.kind not in (TOWN, UNLISTED, REGION) and n.hits]
    areas = [_anchor(n.hits[0].row, _NEAR_KM) for n in called]
    areas = [a for a in areas if not towns or any(_away_km(t.lon_deg, t.lat_deg, a) <= _TOWN_KM for t in towns)]
    hint = [Anchor(*near, _NEAR_KM)] if near is not None else []
    far = _FAR if areas or hint else _FAR_FROM_TOWNS
    least = 0.0 if hint else _UNLISTED if areas or not towns else _UNLISTED_BY_TOWNS
    return Scene(must, frozenset() if must else may, (*(areas or towns), *hint), far, least)


def _regions_behind(tokens: Sequence[Token], found: Sequence[Named], at: int) -> list[str]:
    """Return the regions that end the list in which a name stands, in its own sentence."""
    for i in range(at + 1, min(len(found), at + _LIST)):
        gap = "".join(t.gap for t in tokens[found[i - 1].last + 1 : found[i].first + 1])
        if ". " in gap or ";" in gap:
            return []
        if found[i].kind == REGION:
            if not qualifies(tokens, found, i):
                return []
            more = [n.region for n in _coordinate(found, i)]
            return [r for r in more if r]
    return []


def _coordinate(found: Sequence[Named], at: int) -> list[Named]:
    """Return a region and those joined to it: `Донецької та Луганської областей`."""
    regions = [found[at]]
    for before, after in zip(found[at:], found[at + 1 :], strict=False):
        if after.kind != REGION or after.first - before.last > _ADJOINING_WORDS:
            break
        regions.append(after)
    return regions


def _is_sure(named: Named) -> bool:
    names = gazetteer()
    exact = [h for h in named.hits if h.exact]
    if named.kind != TOWN or not exact:
        return False
    return int(names.population[exact[0].row] or _SEAT) >= (_ANCHOR_PEOPLE if len(exact) == 1 else UNMISTAKABLE)


@cache
def _anchor(row: int, scale_km: float) -> Anchor:
    names = gazetteer()
    return Anchor(float(names.lon_deg[row]), float(names.lat_deg[row]), scale_km)


def choose(hits: Sequence[Hit], around: Scene, elsewhere: bool = True) -> Choice:
    """Return which settlements a name means; none where a place that the gazetteer lacks is likelier.

    elsewhere  a large town may be meant although it lies in another region than the one that ends its list
    """
    names = gazetteer()
    inside = [h for h in hits if names.region[h.row] in around.must] if around.must else list(hits)
    if not inside and elsewhere:
        large = [h for h in hits if names.population[h.row] >= UNMISTAKABLE and not names.is_part[h.row]]
        inside = [h for h in large if h.match != OTHER_NAME]
    if not inside:
        return Choice((), ())
    heard = _BY_SOUND if any(h.exact for h in inside) else _ONLY_BY_SOUND
    weights = [_weight(h, around, names) * (1.0 if h.exact else heard) for h in inside]
    best = max(w / _MATCH[h.match] for h, w in zip(inside, weights, strict=True))
    if best < around.least:
        return Choice((), ())
    return _normalised([h.row for h in inside], weights)


def _normalised(rows: Sequence[int], weights: Sequence[float]) -> Choice:
    order = sorted(range(len(rows)), key=lambda i: (-weights[i], rows[i]))
    total = sum(weights)
    if weights[order[0]] >= _SURE_SHARE * total:
        return Choice((rows[order[0]],), (1.0,))
    kept = [i for i in order if weights[i] >= _LEAST_SHARE * total][:_MOST]
    total = sum(weights[i] for i in kept)
    return Choice(tuple(rows[i] for i in kept), tuple(round(weights[i] / total, 6) for i in kept))


def _weight(hit: Hit, around: Scene, names: Gazetteer) -> float:
    people = float(names.population[hit.row] or _SEAT) + _PEOPLE
    weight = people * _MATCH[hit.match]
    if names.is_part[hit.row]:
        weight *= _PART
    if around.may and names.region[hit.row] not in around.may:
        weight *= _OTHER_REGION
    if around.anchors:
        lon, lat = float(names.lon_deg[hit.row]), float(names.lat_deg[hit.row])
        weight *= around.far + max(math.exp(-_away_km(lon, lat, a) / a.scale_km) for a in around.anchors)
    return weight


def _away_km(lon_deg: float, lat_deg: float, anchor: Anchor) -> float:
    """Return a distance on a sphere flattened at the anchor: it is only compared with tens of kilometres."""
    east = (lon_deg - anchor.lon_deg) * math.cos(math.radians(anchor.lat_deg))
    return 111.2 * math.hypot(east, lat_deg - anchor.lat_deg)
