"""Directions and distances in an observer's words: compass words, bearings, ranges in kilometres."""

import math
import re
from dataclasses import dataclass

__all__ = ["COMPASS", "LENGTH", "POINTS_8", "Config", "Sector", "Unresolved", "compass", "length_range_m",
           "parse_sector"]  # fmt: skip

POINTS_8 = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")
_POINTS_16 = ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")
_WORD = {"N": "north", "E": "east", "S": "south", "W": "west"}

# Bearing and full width in degrees of every spelling, letters only: 45° for the 8 winds, 22.5° for those between.
COMPASS = {
    spelling: (22.5 * i, 45.0 if len(point) < 3 else 22.5)
    for i, point in enumerate(_POINTS_16)
    for word in ["".join(_WORD[letter] for letter in point)]
    for spelling in (point.lower(), word, f"{word}ern", f"{word}wards", f"{word}ward")
}

_NUMBER = r"(?<![\d.,])\d{1,7}(?:\.\d+|,\d{1,2})?"
LENGTH = (  # three digits after a comma could be thousands, so they are not read at all
    rf"(?P<low>{_NUMBER})\s*(?:(?:-|–|—|−|to)\s*(?P<high>{_NUMBER})\s*)?"
    r"(?P<unit>km|kilomet(?:re|er)s?|m|met(?:re|er)s?)\b"
)
_DEGREES = (
    r"(?P<a>\d{1,3}(?:\.\d+)?)\s*(?:°|º|deg(?:rees)?)?\s*(?:(?:-|–|—|−|to)\s*(?P<b>\d{1,3}(?:\.\d+)?)\s*)?"
    r"(?P<mark>°|º|deg(?:rees)?\b)"
)
_MARINE = r"(?P<a>\d{3})\s*(?:-|–|—|−|to)\s*(?P<b>\d{3})(?P<mark>)"  # 045-090: three digits each need no mark
_FILLERS = re.compile(
    r"\b(?:to the|of|in|from|the|bearing|azimuth|sector|direction|at|about|approx(?:imately)?)\b|[~≈,;:]|\.(?!\d)"
)


@dataclass(frozen=True, slots=True)
class Config:
    """How exact spoken distances and bearings are.

    distance_share     half-width of one spoken distance, as a share of it, where its last digit says less
    bearing_width_deg  full width of one bearing read from a hand compass
    """

    distance_share: float = 0.05
    bearing_width_deg: float = 10.0


@dataclass(frozen=True, slots=True)
class Sector:
    """Range and direction from an observer; NaN where they were not said."""

    range_min_m: float
    range_max_m: float
    bearing_deg: float
    width_deg: float


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A text that gives no place, and one sentence that says why; false in a condition.

    candidates  what it might have meant, most populous first
    """

    text: str
    reason: str
    candidates: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        return self.reason


def compass(words: str) -> tuple[float, float] | None:
    """Return bearing and full width in degrees of a compass word (NE, north-east, NNW); None where it is none."""
    return COMPASS.get(re.sub(r"[\s.\-–—]", "", words.lower()))


def length_range_m(found: re.Match[str], config: Config) -> tuple[float, float] | None:
    """Return least and most distance in metres of a match of `LENGTH`; None where it runs backwards."""
    unit_m = 1000.0 if found["unit"].lower().startswith("k") else 1.0
    low, high = _number(found["low"]) * unit_m, _number(found["high"] or found["low"]) * unit_m
    if low > high:
        return None
    if low == high:
        half = max(_half_step(found["low"]) * unit_m, config.distance_share * low)
        low, high = max(0.0, low - half), high + half
    return low, high


def parse_sector(text: str, config: Config | None = None) -> Sector | Unresolved:
    """Return the sector in words such as `2–6km south-east`, `NE 3 km`, `5-7 km`, `120-165°` or `NNW`."""
    config = config or Config()
    distance = re.search(LENGTH, text, re.IGNORECASE)
    rest = text if distance is None else text[: distance.start()] + " " + text[distance.end() :]
    low_high = (math.nan, math.nan) if distance is None else length_range_m(distance, config)
    if low_high is None:
        return Unresolved(text, f"found the range {text!r}; needed the smaller distance first; turn it round")
    direction = _direction(rest, config)
    if direction is None or (distance is None and math.isnan(direction[0])):
        needed = "a compass word, degrees marked ° or a distance in km, such as `2-6 km SE` or `120-165°`"
        return Unresolved(text, f"found {text!r}; needed {needed}; write it so or leave it empty")
    return Sector(*low_high, *direction)


def _direction(text: str, config: Config) -> tuple[float, float] | None:
    """Return bearing and width of what remains beside a distance; NaN where nothing does, None where it is unclear."""
    bare = " ".join(_FILLERS.sub(" ", text.lower()).split())
    if not bare.strip(" -–—"):
        return math.nan, math.nan
    degrees = re.fullmatch(_DEGREES, bare) or re.fullmatch(_MARINE, bare)
    return _arc(degrees, config) if degrees else compass(bare)


def _arc(found: re.Match[str], config: Config) -> tuple[float, float] | None:
    """Return centre and width of the arc that runs clockwise from the first bearing to the second."""
    first, last = float(found["a"]), float(found["b"] or found["a"])
    if max(first, last) > 360:
        return None
    width = (last - first) % 360 or (360.0 if first != last else config.bearing_width_deg)
    centre = first if first == last else first + width / 2
    return centre % 360, width


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _half_step(text: str) -> float:
    decimals = len(re.split("[.,]", text)[1]) if re.search("[.,]", text) else 0
    return float(0.5 * 10.0**-decimals)
