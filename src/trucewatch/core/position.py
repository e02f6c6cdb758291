"""Positions in words and grid references, in and out, each as a place with its own uncertainty.

The grammar is in docs/core.md. What cannot be read, or could be several places, comes back as `Unresolved`.
"""

import math
import re
import warnings
from dataclasses import dataclass, field, replace
from functools import cache

import mgrs
import numpy as np
from mgrs.core import MGRSError

from trucewatch.core import sector as sectors
from trucewatch.core.gazetteer import OTHER_NAME, Gazetteer, Settlement, fold, gazetteer
from trucewatch.core.place import Places, summarise
from trucewatch.core.sector import LENGTH, POINTS_8, Sector, Unresolved, compass, length_range_m, parse_sector
from trucewatch.physics.geodesy import azimuth_deg, distance_m, metres_per_degree

__all__ = ["Config", "Position", "Sector", "Unresolved", "describe", "parse_position", "parse_sector", "seen_from",
           "to_mgrs"]  # fmt: skip

_FLAGS = re.IGNORECASE | re.ASCII  # other alphabets have digits, and letters that fold into ours
_GRID = re.compile(r"(?:MGRS:?\s*)?(\d{1,2})\s*([C-HJ-NP-X])\s*([A-HJ-NP-Z]\s*[A-HJ-NP-V])\s*([\d\s]*)", _FLAGS)
_DEGREE_CHARACTERS = re.compile(r"[NSEW\d\s.,;+\-−°º'′’\"″”]+", _FLAGS)
_COMMA_DECIMALS = re.compile(r"\s*[-+]?\d+,\d+(?:\s*;\s*|,?\s+)[-+]?\d+,\d+\s*")
_FROM_TOWN = re.compile(
    rf"(?:about|approximately|approx\.?|ca\.?|circa|some|~|≈)?\s*{LENGTH}\s*(?:to\s+the\s+)?"
    r"(?P<direction>[a-z][a-z\s.-]*?)\s+(?:of|from)\s+(?:the\s+)?(?:cent(?:re|er)\s+of\s+)?(?P<name>.+)",
    _FLAGS,
)
_IN_TOWN = re.compile(r"(?:(?:in|at)\s+)?(?:the\s+)?(?:(?:city|town|village)\s+(?:of\s+)?)?(?P<name>.+)", re.IGNORECASE)
_QUALIFIED = re.compile(r"(?P<name>[^(,]+?)\s*(?:[(,]\s*(?P<region>[^(),]+?)(?:\s+(?:oblast|region|krai))?\s*\)?)?")
_BANDS = "CDEFGHJKLMNPQRSTUVWX"  # of 8° from 80° S; X has 12°
_FORMS = "`17 km north of NAME`, `in NAME`, a grid reference such as `37T DP 10399 11439`, or `47.95, 37.80`"


@dataclass(frozen=True, slots=True)
class Config:
    """How positions in words are understood.

    larger_factor     of several places of one name, the one so many times more populous than any other is meant
    centre_share      a distance from a town starts somewhere within this share of the town's radius
    least_size_m      least width of a position given in degrees or as a grid reference
    town_population   least population of the towns by which positions are described
    """

    larger_factor: float = 10.0
    centre_share: float = 0.1
    least_size_m: float = 10.0
    town_population: int = 5000
    spoken: sectors.Config = field(default_factory=sectors.Config)


@dataclass(frozen=True, slots=True)
class Position:
    """A position that was understood: the parameters of one place (core/place.py), and the text it came from.

    settlement  name and region of the settlement that it was given by
    parts       text of core/parts.py, where the place has several parts
    """

    text: str
    kind: str
    lon_deg: float
    lat_deg: float
    size1_m: float
    size2_m: float = math.nan
    bearing_deg: float = 0.0
    width_deg: float = math.nan
    settlement: str | None = None
    parts: str | None = None

    @property
    def places(self) -> Places:
        """The place as columns of one row."""
        one = Places.of(
            self.kind, self.lon_deg, self.lat_deg, self.size1_m, self.size2_m, self.bearing_deg, self.width_deg
        )
        return one if self.parts is None else replace(one, parts=np.array([self.parts], dtype=object))


def parse_position(text: str, config: Config | None = None, names: Gazetteer | None = None) -> Position | Unresolved:
    """Return the place that a text gives: grid reference, degrees, distance and direction from a town, or a town."""
    config, names = config or Config(), names or gazetteer()
    bare = " ".join(text.split())
    if not bare:
        return Unresolved(text, f"found no text; needed {_FORMS}; write it so or leave the place unknown")
    if grid := _GRID.fullmatch(bare):
        return _from_grid(text, grid, config)
    if _DEGREE_CHARACTERS.fullmatch(bare) and re.search(r"\d", bare):
        return _from_degrees(text, bare, config)
    if away := _FROM_TOWN.fullmatch(bare):
        return _from_town(text, away, config, names)
    if re.search(r"\d", bare):
        return Unresolved(text, f"found {text!r}; needed {_FORMS}; write it so or leave the place unknown")
    return _in_town(text, _IN_TOWN.fullmatch(bare), config, names)


def _from_grid(text: str, grid: re.Match[str], config: Config) -> Position | Unresolved:
    groups = grid[4].split()
    digits = "".join(groups)
    if len(digits) % 2 or len(digits) > 10 or (len(groups) == 2 and len(groups[0]) != len(groups[1])):
        needed = "two equal groups of at most five digits"
        return Unresolved(text, f"found {len(digits)} digits in the grid reference {text!r}; needed {needed}; check it")
    half = len(digits) // 2
    size_m = 10.0 ** (5 - half)
    middle = "".join((digits[i : i + half] + "50000")[:5] for i in (0, half))
    lat_lon = _grid_point(grid[1] + grid[2].upper(), grid[3].replace(" ", "").upper() + middle, size_m)
    if lat_lon is None:
        return Unresolved(text, f"found the grid reference {text!r}; needed a square that exists; check its letters")
    lat, lon = lat_lon
    size_m = max(size_m, config.least_size_m)
    return Position(text, "pixel", lon, lat, size_m, size_m, _grid_north_deg(int(grid[1]), lon, lat))


def _grid_point(zone: str, square: str, size_m: float) -> tuple[float, float] | None:
    """Return latitude and longitude of a cell's middle; None where its zone and band have no such square."""
    try:
        with warnings.catch_warnings():  # a cell that its latitude band cuts may have its middle beyond
            warnings.simplefilter("ignore", RuntimeWarning)
            lat, lon = mgrs.MGRS().toLatLon(zone + square)
    except MGRSError:
        return None
    south = 8.0 * _BANDS.index(zone[-1]) - 80.0
    slack = size_m / 110_000.0
    return (lat, lon) if south - slack <= lat <= south + (12.0 if zone[-1] == "X" else 8.0) + slack else None


def _grid_north_deg(zone: int, lon_deg: float, lat_deg: float) -> float:
    """Return the azimuth of grid north in a UTM zone, by the convergence on a sphere: right to 0.01°."""
    off_deg = lon_deg - (6 * zone - 183)
    return math.degrees(math.atan(math.tan(math.radians(off_deg)) * math.sin(math.radians(lat_deg)))) % 360


def _from_degrees(text: str, bare: str, config: Config) -> Position | Unresolved:
    halves = _halves(bare.upper().replace("−", "-"))
    angles = [_angle(h) for h in halves or []]
    if len(angles) != 2 or None in angles:
        return Unresolved(text, f"found {text!r}; needed latitude and longitude, such as `47.95, 37.80`; check it")
    (lat, lat_step), (lon, lon_step) = (a for a in angles if a is not None)
    if abs(lat) > 90 or abs(lon) > 180:
        return Unresolved(text, f"found latitude {lat}, longitude {lon}; needed ±90 and ±180; check their order")
    per_lon, per_lat = metres_per_degree(np.array(lat))
    north_m, east_m = lat_step * float(per_lat), lon_step * float(per_lon)
    return Position(text, "pixel", lon, lat, max(north_m, config.least_size_m), max(east_m, config.least_size_m))


def _halves(text: str) -> list[list[str]] | None:
    """Return the tokens of latitude and of longitude; None where they cannot be told apart."""
    if _COMMA_DECIMALS.fullmatch(text):
        text = re.sub(r"(?<=\d),(?=\d)", ".", text)
    tokens = re.findall(r"[NSEW]|[-+]?\d+(?:\.\d+)?", text)
    letters = [i for i, t in enumerate(tokens) if t in "NSEW"]
    if not letters:
        middle = len(tokens) // 2
        marked = len(tokens) == 2 or ("°" in text and len(tokens) in (4, 6))
        return [tokens[:middle], tokens[middle:]] if marked else None
    if len(letters) != 2:
        return None
    cut = letters[1] if letters[0] == 0 else letters[0] + 1
    halves = sorted((tokens[:cut], tokens[cut:]), key=lambda half: bool({"E", "W"} & set(half)))
    return halves if {"N", "S"} & set(halves[0]) and {"E", "W"} & set(halves[1]) else None


def _angle(tokens: list[str]) -> tuple[float, float] | None:
    """Return degrees of degree, minute and second tokens, and the step of the last digit; None where impossible."""
    numbers = [t for t in tokens if t not in "NSEW"]
    if not 1 <= len(numbers) <= 3 or any("." in n for n in numbers[:-1]):
        return None
    values = [abs(float(n)) for n in numbers]
    if any(v >= 60 for v in values[1:]):
        return None
    sign = -1.0 if numbers[0].startswith("-") or {"S", "W"} & set(tokens) else 1.0
    decimals = len(numbers[-1].partition(".")[2])
    degrees: float = sum(v / 60**i for i, v in enumerate(values))
    return sign * degrees, 10.0**-decimals / 60 ** (len(numbers) - 1)


def _from_town(text: str, away: re.Match[str], config: Config, names: Gazetteer) -> Position | Unresolved:
    direction, length_m = compass(away["direction"]), length_range_m(away, config.spoken)
    if direction is None:
        found = f"the direction {away['direction']!r}"
        return Unresolved(text, f"found {found}; needed one of 16 compass words, such as NNE; write it so")
    if length_m is None:
        return Unresolved(text, f"found the range {text!r}; needed the smaller distance first; turn it round")
    town = _resolve(text, away["name"], config, names)
    if isinstance(town, Unresolved):
        return town
    start_m = config.centre_share * town.radius_m
    low, high = max(0.0, length_m[0] - start_m), length_m[1] + start_m
    return Position(text, "sector", town.lon_deg, town.lat_deg, low, high, *direction, settlement=str(town))


def _in_town(text: str, found: re.Match[str] | None, config: Config, names: Gazetteer) -> Position | Unresolved:
    town = _resolve(text, found["name"] if found else text, config, names)
    if isinstance(town, Unresolved):
        return town
    return Position(text, "settlement", town.lon_deg, town.lat_deg, town.radius_m, settlement=str(town))


def _resolve(text: str, name: str, config: Config, names: Gazetteer) -> Settlement | Unresolved:
    """Return the one settlement that a name means, or why that cannot be said."""
    asked = _QUALIFIED.fullmatch(name.strip(" .;"))
    every = names.lookup(asked["name"]) if asked else []
    if asked and asked["region"]:
        every = [c for c in every if fold(asked["region"]) in (fold(c.region or ""), fold(c.country))]
    own = [c for c in every if c.match != OTHER_NAME] or every
    towns = sorted([c for c in own if not names.is_part[c.row]] or own, key=lambda c: -c.population)
    if not towns:
        return Unresolved(
            text, f"found the name {name!r}, which the gazetteer does not know; needed {_FORMS}; check it"
        )
    if len(towns) > 1 and towns[0].population < max(config.larger_factor * towns[1].population, 1):
        listed = tuple(str(c) for c in towns)
        needed = f"one, such as `{listed[0]}`"
        return Unresolved(
            text, f"found {len(towns)} places named {name!r}; needed {needed}; add the region or coordinates", listed
        )
    return towns[0]


def seen_from(observer: Position, sector: Sector) -> Position | Unresolved:
    """Return the place of what an observer saw in a sector, widened by how well the observer's own place is known."""
    if math.isnan(sector.range_min_m):
        return Unresolved(observer.text, "found a direction without a distance; needed both; leave the place unknown")
    lon, lat, radius90 = (float(x[0]) for x in summarise(observer.places))
    low, high = max(0.0, sector.range_min_m - radius90), sector.range_max_m + radius90
    bearing, width = sector.bearing_deg, sector.width_deg
    if math.isnan(bearing):
        bearing, width = 0.0, 360.0
    spread = 2 * math.degrees(math.atan2(radius90, (sector.range_min_m + sector.range_max_m) / 2))
    return Position(
        observer.text, "sector", lon, lat, low, high, bearing, min(360.0, width + spread), observer.settlement
    )


def describe(
    lon_deg: np.ndarray, lat_deg: np.ndarray, config: Config | None = None, names: Gazetteer | None = None
) -> np.ndarray:
    """Return words (n,) such as `17 km north of Donetsk` or `in Donetsk`, by the nearest town; None where NaN.

    Each can be read back by `parse_position`; a name that several places bear is given with its region.
    """
    config, names = config or Config(), names or gazetteer()
    rows, labels = _labels(config, names)
    lon, lat = np.atleast_1d(lon_deg), np.atleast_1d(lat_deg)
    nearest = names.nearest(lon, lat, rows)
    known = np.flatnonzero(nearest >= 0)
    town = nearest[known]
    away_m = distance_m(names.lon_deg[town], names.lat_deg[town], lon[known], lat[known])
    azimuth = azimuth_deg(names.lon_deg[town], names.lat_deg[town], lon[known], lat[known])
    wind = np.rint(azimuth / 45).astype(np.int64) % 8
    km = np.maximum(1, np.rint(away_m / 1000)).astype(np.int64)
    words = np.full(len(lon), None, dtype=object)
    words[known] = [
        f"in {label}" if inside else f"{k} km {POINTS_8[w]} of {label}"
        for label, inside, k, w in zip(labels[town], away_m < names.radius_m[town], km, wind, strict=True)
    ]
    return words


@cache
def _labels(config: Config, names: Gazetteer) -> tuple[np.ndarray, np.ndarray]:
    """Return which rows can be named so that the name leads back to them, and those names (n,)."""
    labels = np.full(len(names), None, dtype=object)
    for row in np.flatnonzero((names.population >= config.town_population) & ~names.is_part).tolist():
        town = names.settlement(row)
        for label in (town.name, str(town)):
            found = _resolve(label, label, config, names)
            if isinstance(found, Settlement) and found.row == row:
                labels[row] = label
                break
    named = np.array([label is not None for label in labels], dtype=bool)
    return np.flatnonzero(named), labels


def to_mgrs(lon_deg: np.ndarray, lat_deg: np.ndarray, digits: int = 5) -> np.ndarray:
    """Return grid references (n,) such as `37T DP 10399 11439`, with 1 to 5 digits each way; None where NaN."""
    if not 1 <= digits <= 5:
        raise ValueError(f"found {digits} digits; needed 1 (10 km) to 5 (1 m)")
    convert = mgrs.MGRS().toMGRS
    words = np.full(np.shape(lon_deg), None, dtype=object)
    for i in np.flatnonzero(np.isfinite(lon_deg) & np.isfinite(lat_deg)):
        plain = convert(lat_deg[i], lon_deg[i], MGRSPrecision=digits)
        head, numbers = plain[: -2 * digits], plain[-2 * digits :]
        words[i] = f"{head[:-2]} {head[-2:]} {numbers[:digits]} {numbers[digits:]}"
    return words
