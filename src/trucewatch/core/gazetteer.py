"""Names of settlements and where they lie (GeoNames, CC BY 4.0; see core/data/NOTICE.md)."""

import csv
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import as_file, files

import numpy as np
import pyarrow.parquet as pq
from scipy.spatial import cKDTree

from trucewatch.core.columns import strings
from trucewatch.physics.geodesy import distance_m, ecef_m

__all__ = ["NAME", "OTHER_NAME", "SPELLING", "Config", "Gazetteer", "Settlement", "fold", "gazetteer", "lookup",
           "nearest", "region_of"]  # fmt: skip

NAME, SPELLING, OTHER_NAME = 0, 1, 2  # how a settlement came by a name: its own, another spelling, another name


@dataclass(frozen=True, slots=True)
class Config:
    """Assumptions about settlements.

    people_per_km2    turns population into a built-up disc; gives 10.7 km for a town of 900,000
    least_radius_m    radius where the population is small or unknown; GeoNames points are no finer
    part_of_factor    a settlement well inside the disc of one so many times larger is a part of it
    part_of_share     of the larger one's radius: how near is well inside
    region_within_m   farther from every settlement the region is unknown
    """

    people_per_km2: float = 2500.0
    least_radius_m: float = 500.0
    part_of_factor: float = 2.0
    part_of_share: float = 0.7
    region_within_m: float = 50_000.0


@dataclass(frozen=True, slots=True)
class Settlement:
    """One settlement.

    row       its row in the gazetteer
    country   ISO 3166 two-letter code
    region    first-level unit; None where the gazetteer does not know it
    radius_m  of a disc that holds its built-up area, from its population
    match     NAME, SPELLING or OTHER_NAME: how the name that was looked up is its name
    """

    row: int
    geoname_id: int
    name: str
    country: str
    region: str | None
    population: int
    lon_deg: float
    lat_deg: float
    radius_m: float
    match: int = NAME

    def __str__(self) -> str:
        return f"{self.name} ({self.region or self.country})"


def fold(name: str) -> str:
    """Return a name without case, marks, apostrophes, hyphens and blanks, for comparing (Unicode, D146)."""
    bare = name
    for _ in range(2):  # decomposing may bring out capitals, and folding them marks
        bare = unicodedata.normalize("NFKD", bare.casefold())
    return "".join(c for c in bare if c.isalnum() and unicodedata.category(c) != "Lm")  # Lm holds letter apostrophes


class Gazetteer:
    """Settlements as columns (n,), largest first, with an index of names and one of places."""

    def __init__(self, config: Config | None = None) -> None:
        self.config = config or Config()
        with as_file(files("trucewatch.core") / "data" / "places.parquet") as path:
            self._table = pq.read_table(path)
        self.name = strings(self._table, "name")
        self.country = strings(self._table, "country")
        self.region = _regions(self.country, strings(self._table, "admin1"))
        self.geoname_id = self._table["geoname_id"].to_numpy()
        self.population = self._table["population"].to_numpy()
        self.lon_deg = self._table["lon_deg"].to_numpy()
        self.lat_deg = self._table["lat_deg"].to_numpy()
        built_m2 = self.population / self.config.people_per_km2 * 1e6
        self.radius_m = np.maximum(np.sqrt(built_m2 / np.pi), self.config.least_radius_m)

    def __len__(self) -> int:
        return len(self.name)

    def settlement(self, row: int, match: int = NAME) -> Settlement:
        """Return the settlement of a row."""
        return Settlement(
            row, int(self.geoname_id[row]), self.name[row], self.country[row], self.region[row],
            int(self.population[row]), float(self.lon_deg[row]), float(self.lat_deg[row]), float(self.radius_m[row]),
            match,
        )  # fmt: skip

    def lookup(self, name: str) -> list[Settlement]:
        """Return every settlement of that name: its own name first, then spellings, then others; larger ones first."""
        return [self.settlement(row, match) for match, row in sorted(self._by_key.get(fold(name), []))]

    def nearest(self, lon_deg: np.ndarray, lat_deg: np.ndarray, rows: np.ndarray | None = None) -> np.ndarray:
        """Return the row (n,) int64 of the nearest settlement, of those in `rows` if given; −1 where a point is NaN."""
        tree = self._tree if rows is None else cKDTree(self._ecef[rows])
        point = ecef_m(np.asarray(lon_deg, np.float64), np.asarray(lat_deg, np.float64))
        known = np.isfinite(point).all(axis=1)
        found = np.full(len(point), -1, np.int64)
        found[known] = tree.query(point[known])[1]
        return found if rows is None else np.asarray(np.where(known, rows[found], -1), np.int64)

    def region_of(self, lon_deg: np.ndarray, lat_deg: np.ndarray) -> np.ndarray:
        """Return the region (n,) of the nearest settlement; None where that is far away or has none."""
        row = self.nearest(lon_deg, lat_deg)
        away = distance_m(lon_deg, lat_deg, self.lon_deg[row], self.lat_deg[row])
        return np.asarray(np.where((row >= 0) & (away <= self.config.region_within_m), self.region[row], None))

    @cached_property
    def is_part(self) -> np.ndarray:
        """Whether each settlement (n,) lies well inside the disc of a much larger one: a district, not a town."""
        part = np.zeros(len(self), dtype=bool)
        for row in np.flatnonzero(self.radius_m > self.config.least_radius_m):
            reach_m = self.radius_m[row] * self.config.part_of_share
            inside = np.array(self._tree.query_ball_point(self._ecef[row], reach_m))
            part[inside] |= self.population[inside] * self.config.part_of_factor <= self.population[row]
        return part

    @cached_property
    def _ecef(self) -> np.ndarray:
        return ecef_m(self.lon_deg, self.lat_deg)

    @cached_property
    def _tree(self) -> cKDTree:
        return cKDTree(self._ecef)

    @cached_property
    def _by_key(self) -> Mapping[str, list[tuple[int, int]]]:
        index: dict[str, list[tuple[int, int]]] = {}
        for match, column in ((NAME, "key"), (SPELLING, "spellings"), (OTHER_NAME, "other_names")):
            for row, keys in enumerate(self._table[column].to_pylist()):
                for key in (keys,) if isinstance(keys, str) else keys:
                    index.setdefault(key, []).append((match, row))
        return index


def _regions(country: np.ndarray, admin1: np.ndarray) -> np.ndarray:
    text = (files("trucewatch.core") / "data" / "regions.csv").read_text(encoding="utf-8")
    names = {(r["country"], r["admin1"]): r["name"] for r in csv.DictReader(text.splitlines())}
    return np.array([names.get(pair) for pair in zip(country, admin1, strict=True)], dtype=object)


@cache
def gazetteer() -> Gazetteer:
    """Return the packaged gazetteer, read once."""
    return Gazetteer()


def lookup(name: str) -> list[Settlement]:
    """Return every settlement of that name, as `Gazetteer.lookup`."""
    return gazetteer().lookup(name)


def nearest(lon_deg: np.ndarray, lat_deg: np.ndarray) -> np.ndarray:
    """Return the row (n,) of the nearest settlement, as `Gazetteer.nearest`."""
    return gazetteer().nearest(lon_deg, lat_deg)


def region_of(lon_deg: np.ndarray, lat_deg: np.ndarray) -> np.ndarray:
    """Return the region (n,) of the nearest settlement, as `Gazetteer.region_of`."""
    return gazetteer().region_of(lon_deg, lat_deg)
