"""What is known about all incidents, as columns: place, time, class, weapon; and their mass in every shape."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from shapely.geometry.base import BaseGeometry

from trucewatch.core.classes import ancestors, is_a
from trucewatch.core.place import CANDIDATES, KINDS, UNKNOWN, Places, mass_in
from trucewatch.core.records import Incident
from trucewatch.physics.polygons import PolygonIndex

__all__ = ["Evidence", "class_chance", "gather", "masses"]

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


@dataclass(frozen=True)
class Evidence:
    """Incidents as columns (n,).

    cls, weapon  codes into the lists of distinct words
    mass         by shape (WKB): probability mass (n,) of each place inside it; NaN where the place is unknown
    place_points points into which each place is cut
    """

    incidents: tuple[Incident, ...]
    places: Places
    t_start_ns: np.ndarray
    t_end_ns: np.ndarray
    p_real: np.ndarray
    cls: np.ndarray
    classes: tuple[str | None, ...]
    weapon: np.ndarray
    weapons: tuple[str | None, ...]
    mass: Mapping[bytes, np.ndarray]
    place_points: int

    def __len__(self) -> int:
        return len(self.incidents)

    def mass_of(self, shape: BaseGeometry) -> np.ndarray:
        """Return the mass (n,) inside a shape that `gather` was told of; 0 in an empty one."""
        if shape.is_empty:
            return np.where(self.places.kind == UNKNOWN, np.nan, 0.0)
        return self.mass[shape.wkb]


def gather(incidents: Sequence[Incident], shapes: Iterable[BaseGeometry], place_points: int) -> Evidence:
    """Return the incidents as columns, with their mass in each of the shapes."""
    cls, classes = _codes([i.cls for i in incidents])
    weapon, weapons = _codes([i.weapon for i in incidents])
    places = _places(incidents)
    times = np.array([(i.t_start_ns, i.t_end_ns) for i in incidents], dtype=np.int64).reshape(-1, 2)
    p_real = np.array([i.p_real for i in incidents], dtype=np.float64)
    return Evidence(
        tuple(incidents), places, times[:, 0], times[:, 1], p_real, cls, classes, weapon, weapons,
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


def masses(places: Places, shapes: Iterable[BaseGeometry], place_points: int) -> dict[bytes, np.ndarray]:
    """Return the mass (n,) of every place in each shape, by the shape's WKB."""
    distinct = {s.wkb: s for s in shapes if not s.is_empty}
    index = PolygonIndex(list(distinct.values()))
    out = np.empty((len(distinct), len(places)), dtype=np.float32)
    for start in range(0, len(places), _CHUNK) if distinct else ():
        rows = np.arange(start, min(start + _CHUNK, len(places)))
        out[:, rows] = mass_in(places.take(rows), index, place_points).T
    return dict(zip(distinct, out, strict=True))


def class_chance(cls: str | None, acts: Sequence[str]) -> tuple[float, float]:
    """Return the least and the greatest probability that an incident of this class is one of the acts.

    Unknown and coarse classes may be any of them; heat, damage and casualties may be the trace of a weapon's effect
    there (not of its being fired from there).
    """
    answers = [is_a(cls, act) for act in acts]
    if any(answers):
        return 1.0, 1.0
    trace = cls is not None and cls != "industrial_heat" and any(t in ancestors(cls) for t in _TRACES)
    may_be = any(a is None for a in answers) or (trace and any(_leaves_traces(act) for act in acts))
    return 0.0, float(may_be)


def _leaves_traces(act: str) -> bool:
    return act in ("fire_event", "ground_battle") or "explosion" in ancestors(act)
