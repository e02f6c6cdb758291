"""What is known about all incidents, as columns: place, time, class, weapon; and their mass in every shape."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from shapely.geometry.base import BaseGeometry

from trucewatch.core.classes import ancestors, is_a
from trucewatch.core.place import CANDIDATES, KINDS, UNKNOWN, Places, sample_points
from trucewatch.core.records import Incident
from trucewatch.physics.polygons import PolygonIndex
from trucewatch.terms.areas import Area, Shape

__all__ = ["Evidence", "Mass", "class_chance", "gather", "masses"]

_CHUNK = 8192  # incidents at a time: 64 points each in all zones stay far below 100 MB
# By kind code (the last row is the unknown kind): whether lon, lat, size1, size2, bearing, width must be known.
_NEEDED = np.array(
    [
        (1, 1, 1, 0, 0, 0),
        (1, 1, 1, 1, 0, 0),
        (1, 1, 1, 1, 0, 0),
        (1, 1, 1, 1, 1, 1),
        (1, 1, 1, 0, 0, 0),
        (1, 1, 0, 0, 0, 0),
        (1, 1, 0, 0, 0, 0),
        (0,) * 6,
    ],
    dtype=bool,
)
_TRACES = ("thermal", "damage", "casualty")  # what the use of a weapon leaves behind, and other causes too


class Mass(NamedTuple):
    """Probability mass of the places that lie in a shape at all: their rows (m,), ascending, and the mass (m,)."""

    rows: np.ndarray
    inside: np.ndarray


@dataclass(frozen=True)
class Evidence:
    """Incidents as columns (n,).

    incidents    (n,) objects of class Incident
    cls, weapon  codes into the lists of distinct words
    mass         by shape (WKB): the mass of the places in it, by their row among all that were gathered
    place_points points into which each place is cut
    rows         (n,) which of all that were gathered these are, ascending; None where they are all
    """

    incidents: np.ndarray
    places: Places
    t_start_ns: np.ndarray
    t_end_ns: np.ndarray
    p_real: np.ndarray
    cls: np.ndarray
    classes: tuple[str | None, ...]
    weapon: np.ndarray
    weapons: tuple[str | None, ...]
    mass: Mapping[bytes, Mass]
    place_points: int
    rows: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.incidents)

    def mass_of(self, shape: BaseGeometry) -> np.ndarray:
        """Return the mass (n,) inside a shape that `gather` was told of; 0 in an empty one, NaN of unknown places."""
        out = np.where(self.places.kind == UNKNOWN, np.nan, 0.0)
        if not shape.is_empty and len(self):
            at, inside = self._own(self.mass[shape.wkb])
            out[at] = inside
        return out

    def _own(self, mass: Mass) -> Mass:
        """Return the mass by row among these."""
        if self.rows is None:
            return mass
        at = np.minimum(np.searchsorted(mass.rows, self.rows), max(len(mass.rows) - 1, 0))
        here = np.flatnonzero(mass.rows[at] == self.rows) if len(mass.rows) else np.empty(0, np.int64)
        return Mass(here, mass.inside[at[here]])

    def take(self, rows: np.ndarray) -> "Evidence":
        """Return the incidents at these rows, which ascend."""
        if len(rows) == len(self):
            return self
        return replace(
            self, incidents=self.incidents[rows], places=self.places.take(rows), t_start_ns=self.t_start_ns[rows],
            t_end_ns=self.t_end_ns[rows], p_real=self.p_real[rows], cls=self.cls[rows], weapon=self.weapon[rows],
            rows=rows if self.rows is None else self.rows[rows],
        )  # fmt: skip

    def near(self, areas: Sequence[Area]) -> "Evidence":
        """Return the incidents that may lie in the areas, as far as places and times tell; perhaps a few more.

        A place of several parts is kept wherever it lies: its points may miss a short crossing. So is any place where
        an area cannot be settled.
        """
        if not areas:
            return self.take(np.empty(0, np.int64))
        around = self.take(self._reaching([a.shape for a in areas]))
        start_ns, end_ns = min(a.bounds_ns[0] for a in areas), max(a.bounds_ns[1] for a in areas)
        return around.take(np.flatnonzero((around.t_start_ns < end_ns) & (around.t_end_ns >= start_ns)))

    def _reaching(self, shapes: Sequence[Shape]) -> np.ndarray:
        """Return the rows of the places that may reach one of the shapes."""
        if any(s.bars_clear for s in shapes):
            return np.arange(len(self))
        reached = (self.places.kind == UNKNOWN) | (self.places.kind >= CANDIDATES)
        for key in {s.possible.wkb for s in shapes if not s.possible.is_empty}:
            reached[self._own(self.mass[key]).rows] = True
        return np.flatnonzero(reached)


def gather(incidents: Sequence[Incident], shapes: Iterable[BaseGeometry], place_points: int) -> Evidence:
    """Return the incidents as columns, with their mass in each of the shapes."""
    cls, classes = _codes([i.cls for i in incidents])
    weapon, weapons = _codes([i.weapon for i in incidents])
    places = _places(incidents)
    times = np.array([(i.t_start_ns, i.t_end_ns) for i in incidents], dtype=np.int64).reshape(-1, 2)
    p_real = np.array([i.p_real for i in incidents], dtype=np.float64)
    objects = np.array([*incidents, None], dtype=object)[:-1]
    return Evidence(
        objects, places, times[:, 0].copy(), times[:, 1].copy(), p_real, cls, classes, weapon, weapons,
        masses(places, shapes, place_points), place_points,
    )  # fmt: skip


def _codes(words: Sequence[str | None]) -> tuple[np.ndarray, tuple[str | None, ...]]:
    code: dict[str | None, int] = {}
    codes = np.array([code.setdefault(w, len(code)) for w in words], dtype=np.int64)
    return codes, tuple(code)


def _places(incidents: Sequence[Incident]) -> Places:
    kinds = {word: i for i, word in enumerate(KINDS)}
    kind = np.array([kinds.get(i.place.kind or "", UNKNOWN) for i in incidents], dtype=np.int8)
    numbers = np.array(
        [
            (p.lon_deg, p.lat_deg, p.size1_m, p.size2_m, p.bearing_deg, p.width_deg)
            for p in (i.place for i in incidents)
        ],
        dtype=np.float64,  # None becomes NaN
    ).reshape(-1, 6)
    needed = _NEEDED[kind]  # a place without its sizes is no distribution: unknown, not a point
    kind[(np.isnan(numbers) & needed).any(axis=1)] = UNKNOWN
    parts = np.array([i.place.parts for i in incidents], dtype=object)
    kind[(kind >= CANDIDATES) & np.array([p is None for p in parts], dtype=bool)] = UNKNOWN
    return replace(Places(kind, *numbers.T), parts=parts)


def masses(places: Places, shapes: Iterable[BaseGeometry], place_points: int) -> dict[bytes, Mass]:
    """Return the mass of the places in each shape, by the shape's WKB; places outside a shape are not listed."""
    distinct = {s.wkb: s for s in shapes if not s.is_empty}
    index = PolygonIndex(list(distinct.values()))
    found = [_some(places, index, start, place_points) for start in range(0, len(places), _CHUNK)] if distinct else []
    shape, row, inside = (np.concatenate(c) for c in zip(*found, strict=True)) if found else (np.empty(0, int),) * 3
    order = np.argsort(shape, kind="stable")
    ends = np.searchsorted(shape[order], np.arange(len(distinct) + 1))
    listed = (order[a:b] for a, b in pairwise(ends.tolist()))
    return {key: Mass(row[one], inside[one]) for key, one in zip(distinct, listed, strict=True)}


def _some(places: Places, index: PolygonIndex, start: int, place_points: int) -> tuple[np.ndarray, ...]:
    """Return shape, row and mass (m,) of a chunk of the places, in the order of rows."""
    part = places.take(np.arange(start, min(start + _CHUNK, len(places))))
    lon, lat = sample_points(part, place_points)
    point, shape = index.pairs(lon.ravel(), lat.ravel())
    flat = (point // place_points) * len(index) + shape
    counts = np.bincount(flat, minlength=1)
    pair = np.flatnonzero(counts)
    return pair % len(index), pair // len(index) + start, counts[pair] / place_points


def class_chance(cls: str | None, acts: Sequence[str]) -> tuple[float, float]:
    """Return the least and the greatest probability that an incident of this class is one of the acts.

    Unknown and coarse classes may be any of them; heat, damage and casualties may be the trace of a weapon's effect
    there (not of its being fired from there).
    """
    return _class_chance(cls, tuple(acts))


@lru_cache(maxsize=65536)
def _class_chance(cls: str | None, acts: tuple[str, ...]) -> tuple[float, float]:
    answers = [is_a(cls, act) for act in acts]
    if any(answers):
        return 1.0, 1.0
    trace = cls is not None and cls != "industrial_heat" and any(t in ancestors(cls) for t in _TRACES)
    may_be = any(a is None for a in answers) or (trace and any(_leaves_traces(act) for act in acts))
    return 0.0, float(may_be)


def _leaves_traces(act: str) -> bool:
    return act in ("fire_event", "ground_battle") or "explosion" in ancestors(act)
