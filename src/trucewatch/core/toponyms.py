"""Places in running text, in Ukrainian, Russian and English: settlements in every case, regions, districts, fronts.

A name is one settlement, a distribution over its namesakes, or unresolved with the reason. `between X and Y`, `5 km
south of X`, `near X`, grid references and degrees are places of their own. The rules are in docs/toponyms.md.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from trucewatch.core.gazetteer import gazetteer
from trucewatch.core.place import summarise
from trucewatch.core.position import Position, Unresolved, parse_position
from trucewatch.core.sector import Sector, parse_sector
from trucewatch.core.toponyms_context import Choice, choose, qualifies, scene
from trucewatch.core.toponyms_places import area, around, away, centre, corridor, region, union
from trucewatch.core.toponyms_scan import COMMUNITY, FRONT, RAION, REGION, TOWN, UNLISTED, Named, Token, scan
from trucewatch.core.toponyms_stems import Hit
from trucewatch.core.toponyms_words import AWAY, BESIDE, BETWEEN, CONJUNCTIONS, TOWARDS, compass_words
from trucewatch.physics.geodesy import distance_m

__all__ = ["Config", "Mention", "mentions", "resolve"]


@dataclass(frozen=True, slots=True)
class Config:
    """How wide a place is that a text gives in passing.

    near_m              around a settlement: `near X`, `in the area of X`
    away_m              from a settlement: `south of X` without a distance, `towards X`
    community_m, raion_m, front_m   around the settlement that a community, a district or a front is called after
    between_share       half-width of `between X and Y`, as a share of its length
    longest_between_m   farther apart, `between X and Y` is no place
    least_share         weight that the first of several settlements needs, for an area to be called after it
    """

    near_m: float = 5_000.0
    away_m: float = 6_000.0
    community_m: float = 15_000.0
    raion_m: float = 40_000.0
    front_m: float = 25_000.0
    between_share: float = 0.15
    longest_between_m: float = 400_000.0
    least_share: float = 0.75


@dataclass(frozen=True, slots=True)
class Mention:
    """A place that a text names: its words, where they stand, and the place or why there is none."""

    text: str
    start: int
    end: int
    position: Position | Unresolved


class _Read(NamedTuple):
    """A text with the names in it, and the hint of where it happens."""

    text: str
    tokens: Sequence[Token]
    found: Sequence[Named]
    near: tuple[float, float] | None


_CONFIG = Config()
_MOST_DISTRICTS = 4  # named before their city
_MOST_PLACES = 64  # of which one may be meant; a text of more speaks of no one place
_TAIL = 80  # characters before a name in which its direction and distance stand
_GRID = re.compile(
    r"\b\d{2}[C-HJ-NP-X]\s?[A-HJ-NP-Z]{2}\s?(?:\d{2}\s?\d{2}|\d{3}\s?\d{3}|\d{4}\s?\d{4}|\d{5}\s?\d{5})\b"
)
_DEGREES = re.compile(r"(?<![\d.])\d{1,2}\.\d{2,}°?\s*[NS]?\s*[,;]?\s+\d{1,3}\.\d{2,}°?(?:\s*[EW]\b)?")
_WIDE = {RAION: "raion_m", FRONT: "front_m", COMMUNITY: "community_m"}
_NEEDED = "a settlement, region, grid reference or degrees that the gazetteer or core/position.py knows"
_DO = "give coordinates, or leave the place unknown"


def mentions(text: str, near: tuple[float, float] | None = None) -> list[Mention]:
    """Return all places that a text names, in order; `near` (lon, lat) is a hint that breaks ambiguity."""
    tokens, found = scan(text)
    read = _Read(text, tokens, found, near)
    named, at = list[Mention](), 0
    while at < len(found):
        mention, used = _mention(read, at)
        if mention is not None:
            named.append(mention)
        at += used
    if any(c.isdigit() for c in text):
        named = sorted([*_grids(text), *named], key=lambda m: m.start)
    return named


def resolve(text: str, near: tuple[float, float] | None = None) -> Position | Unresolved:
    """Return the one place that a short phrase or headline speaks of.

    Of several places one is meant, none more likely than another: they become candidates. An area in which another
    place of the text lies only says where that is.
    """
    every = mentions(text, near)
    known = [m.position for m in every if isinstance(m.position, Position)]
    if not known:
        if any(c.isdigit() for c in text) and isinstance(found := parse_position(text), Position):
            return found
        unknown = [m.position for m in every if isinstance(m.position, Unresolved)]
        reason = unknown[0].reason if unknown else f"found no place in {_short(text)!r}; needed {_NEEDED}; {_DO}"
        return Unresolved(text, reason)
    kept = _exact(known)
    if len(kept) > _MOST_PLACES:
        return Unresolved(text, f"found {len(kept)} places in one text; needed at most {_MOST_PLACES}; give its parts")
    return replace(kept[0] if len(kept) == 1 else union(kept, [1.0] * len(kept)), text=text)


def _exact(places: list[Position]) -> list[Position]:
    """Return the places without those areas in which another of them lies, each once."""
    once = list(dict.fromkeys(replace(p, text="") for p in places))
    sized = [(p, centre(p), _radius_m(p)) for p in once]
    if len(sized) > _MOST_PLACES:
        return once
    return [
        p for p, at, radius in sized
        if not any(q is not p and 3 * r < radius and _apart_m(at, there) <= radius for q, there, r in sized)
    ]  # fmt: skip


def _radius_m(place: Position) -> float:
    return float(summarise(place.places).radius90_m[0]) if place.kind == "sector" else place.size1_m


def _apart_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    return float(distance_m(*(np.array([v]) for v in (*a, *b)))[0])


def _mention(read: _Read, at: int) -> tuple[Mention | None, int]:
    """Return the mention that begins with a name, None where it only qualifies another, and how many names it used."""
    named = read.found[at]
    if qualifies(read.tokens, read.found, at):
        return None, 1
    if between := _between(read, at):
        return between, 2
    if named.kind in (TOWN, UNLISTED):
        return _settlement(read, at), 1
    if named.kind == RAION and (city := _city_behind(read, at)):
        return city
    return _said(read, named.start, named.end, _area(read, at)), 1


def _choice(read: _Read, at: int, is_area: bool = False) -> Choice:
    """Return which settlements a name means; an area is not called after a part of a town, nor after a far town."""
    hits = read.found[at].hits
    if is_area:
        parts = gazetteer().is_part
        hits = tuple(h for h in hits if not parts[h.row])
    return choose(hits, scene(read.tokens, read.found, at, read.near), not is_area) if hits else Choice((), ())


def _words(read: _Read, named: Named) -> str:
    return read.text[named.start : named.end]


def _said(read: _Read, start: int, end: int, place: Position | Unresolved) -> Mention:
    words = read.text[start:end]
    return Mention(words, start, end, replace(place, text=words))


def _settlement(read: _Read, at: int) -> Mention:
    named = read.found[at]
    choice = _choice(read, at)
    if not choice.rows:
        return _said(read, named.start, named.end, _area_behind(read, at) or _not_known(_words(read, named)))
    start, place = _related(read.text, named.start, choice)
    return _said(read, start, named.end, place)


def _area_behind(read: _Read, at: int) -> Position | None:
    """Return the area that a settlement is said to lie in, which is then all that is known of it."""
    behind = at + 1
    if behind < len(read.found) and qualifies(read.tokens, read.found, behind):
        place = _area(read, behind)
        return place if isinstance(place, Position) else None
    must = sorted(scene(read.tokens, read.found, at, read.near).must)
    places = [p for p in map(region, must) if p is not None]
    return places[0] if len(places) == 1 else union(places, [1.0] * len(places)) if places else None


def _area(read: _Read, at: int) -> Position | Unresolved:
    named = read.found[at]
    if named.kind == REGION:
        return (region(named.region) if named.region else None) or _not_known(_words(read, named))
    choice = _choice(read, at, is_area=True)
    if not choice.rows or choice.weights[0] < _CONFIG.least_share:
        return _not_known(_words(read, named))
    return area(choice.rows[0], getattr(_CONFIG, _WIDE[named.kind]))


def _city_behind(read: _Read, at: int) -> tuple[Mention, int] | None:
    """Return the district of a city, `Солом'янському районі Києва`, or the city where the gazetteer lacks the district.

    Of several, `Київський і Петровський райони Донецька`, the city stands behind the last.
    """
    district, behind = read.found[at], at + 1
    while behind < len(read.found) and read.found[behind].kind == RAION and behind - at <= _MOST_DISTRICTS:
        behind += 1
    city = read.found[behind] if behind < len(read.found) else None
    if city is None or city.kind != TOWN:
        return None
    between = read.tokens[read.found[behind - 1].last + 1 : city.first]
    if len(between) > 2 or any(t.key in CONJUNCTIONS for t in between):
        return None
    choice = _choice(read, behind)
    if not choice.rows or "," in read.tokens[city.first].gap:
        return None
    end, used = (city.end, 2) if behind == at + 1 else (district.end, 1)
    inside = _inside(district.hits, choice.rows[0])
    place = around(choice if inside is None else Choice((inside,), (1.0,)))
    return _said(read, district.start, end, place), used


def _inside(hits: Sequence[Hit], city: int) -> int | None:
    """Return the row of the first settlement that is a part of a city."""
    names = gazetteer()
    at_city = float(names.lon_deg[city]), float(names.lat_deg[city])
    for hit in hits:
        at = float(names.lon_deg[hit.row]), float(names.lat_deg[hit.row])
        if hit.row != city and names.is_part[hit.row] and _apart_m(at, at_city) <= names.radius_m[city]:
            return hit.row
    return None


def _between(read: _Read, at: int) -> Mention | None:
    """Return the corridor of `between X and Y`; None where this is no such phrase, or one of its ends is unknown."""
    if at + 1 >= len(read.found):
        return None
    a, b = read.found[at], read.found[at + 1]
    tail = BETWEEN.search(read.text[max(0, a.start - _TAIL) : a.start])
    joined = [t.key for t in read.tokens[a.last + 1 : b.first]]
    if tail is None or not 1 <= len(joined) <= 2 or joined[0] not in CONJUNCTIONS:
        return None
    ends = [_end(read, i) for i in (at, at + 1)]
    if not all(isinstance(e, Position) for e in ends):
        return None
    one, other = (e for e in ends if isinstance(e, Position))
    if _apart_m(centre(one), centre(other)) > _CONFIG.longest_between_m:
        return None
    return _said(read, a.start - len(tail[0]), b.end, corridor(one, other, _CONFIG.between_share))


def _end(read: _Read, at: int) -> Position | Unresolved:
    named = read.found[at]
    if named.kind not in (TOWN, UNLISTED):
        return _area(read, at)
    choice = _choice(read, at)  # the line runs to the heaviest candidate: a mean of several is at none of them
    return around(Choice(choice.rows[:1], (1.0,))) if choice.rows else _not_known(_words(read, named))


def _related(text: str, start: int, choice: Choice) -> tuple[int, Position]:
    """Return where a phrase that places something beside a settlement begins, and its place; else the settlement's."""
    tail = text[max(0, start - _TAIL) : start]
    if (found := AWAY.search(tail)) and (sector := _sector(found, _reach_m(choice))):
        return start - len(found[0]), away(choice, sector)
    if found := BESIDE.search(tail):
        return start - len(found[0]), around(choice, _CONFIG.near_m)
    if found := TOWARDS.search(tail) or BETWEEN.search(tail):
        return start - len(found[0]), around(choice, _CONFIG.away_m)
    return start, around(choice)


def _reach_m(choice: Choice) -> float:
    return float(gazetteer().radius_m[choice.rows[0]])


def _sector(found: re.Match[str], radius_m: float) -> Sector | None:
    """Return the sector of `5 km south of`, `south of` or `5 km from`; None where the words are none."""
    wind, low = found["wind"], found["low"]
    compared = bool(wind) and re.search("(?:ніше|ніш|нее|ней)$", wind.lower()) is not None
    if found["inside"] or not (found["of"] or compared) or not (wind or low):
        return None
    distance = f"{low}-{found['high'] or low} {'km' if found['unit'][0] in 'кkКK' else 'm'}" if low else ""
    said = parse_sector(f"{distance} {compass_words(wind) if wind else ''}")
    if isinstance(said, Unresolved):
        return None
    if found["other"]:
        said = replace(said, bearing_deg=0.0, width_deg=360.0)
    if math.isnan(said.range_min_m):
        return replace(said, range_min_m=0.0, range_max_m=2 * radius_m + _CONFIG.away_m)
    share = 0.1 * radius_m  # a distance is counted from somewhere in the middle of a town
    return replace(said, range_min_m=max(0.0, said.range_min_m - share), range_max_m=said.range_max_m + share)


def _grids(text: str) -> list[Mention]:
    """Return the grid references and pairs of degrees in a text."""
    found = [m for pattern in (_GRID, _DEGREES) for m in pattern.finditer(text)]
    return [Mention(m[0], m.start(), m.end(), parse_position(m[0])) for m in found]


def _not_known(name: str) -> Unresolved:
    found = f"found the name {_short(name)!r}, which the gazetteer does not know there"
    return Unresolved(name, f"{found}; needed {_NEEDED}; {_DO}")


def _short(text: str) -> str:
    return text if len(text) <= _TAIL else f"{text[:_TAIL]}…"
