"""Facts drawn at random under an agreement: incidents of all classes, places and weapons, and what goes with them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import shapely
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from trucewatch.core.agreement import Agreement, Call, Inspection, Notice
from trucewatch.core.classes import CLASSES, ancestors
from trucewatch.core.parts import mixture
from trucewatch.core.place import KINDS
from trucewatch.core.records import Allegation, Casualties, Incident, PlaceRecord, SourceRef, Status
from trucewatch.core.tables import CORRIDORS
from trucewatch.core.times import DAY_NS, HOUR_NS
from trucewatch.terms.corridors import with_corridors
from trucewatch.terms.facts import ACCESS, OUTCOMES
from trucewatch.terms.plane import buffer_m
from trucewatch.terms.schema import ACTIVITIES
from trucewatch.terms.situation import Situation
from trucewatch.terms.weapons import WEAPONS

__all__ = ["draw_corridors", "draw_situation"]

_UNITS = ("explosion", "burst", "shot", "projectile", "pixel", None)
_WEAPON_WORDS = (*WEAPONS, "mortar", "artillery", "122-mm rocket system", "N/K", None)
_AROUND = (37.0, 47.5, 38.0, 48.5)  # where facts lie under an agreement that draws nothing
_DAYS, _CORRIDORS, _SCENES = 10, 4, 6  # days of a period, corridors in a list, places and hours where much happens
T = TypeVar("T")


@dataclass(frozen=True)
class _SlopingSight:
    """Sees more in the east than in the west."""

    least: float
    axis_deg: float

    def fraction(self, geometry: BaseGeometry, _t_start_ns: int, _t_end_ns: int) -> float:
        """Return the share at the middle of a shape."""
        away_deg = 0.0 if geometry.is_empty else geometry.centroid.x - self.axis_deg
        return float(np.clip(self.least + 0.5 / (1 + np.exp(-3 * away_deg)), 0.0, 1.0))


@dataclass(frozen=True)
class _Draw:
    """Draws one thing after another, in the places and the days of an agreement.

    scenes  lon, lat (m, 2) deg where much happens at `hours` (m,) ns, so that facts meet
    """

    agreement: Agreement
    rng: np.random.Generator
    bounds: tuple[float, ...]
    period_ns: tuple[int, int]
    scenes: np.ndarray
    hours_ns: np.ndarray

    def one(self, words: Sequence[T]) -> T:
        """Return one of them."""
        return words[int(self.rng.integers(len(words)))]

    def number(self, low: float, high: float) -> float:
        """Return a number between two others."""
        return float(self.rng.uniform(low, high))

    def meeting(self) -> tuple[tuple[float, float], tuple[int, int]]:
        """Return a point and an interval: in a scene, or anywhere in or near the period."""
        k = int(self.rng.integers(len(self.scenes)))
        if self.rng.random() < 0.3:
            start, end = self.period_ns
            return self.anywhere(), self._lasting(int(self.rng.integers(start - DAY_NS, end + DAY_NS)))
        lon, lat = self.scenes[k] + self.rng.normal(0, 0.02, 2)
        at_ns = int(self.hours_ns[k]) + round(self.number(-0.5, 0.5) * HOUR_NS)
        return (round(float(lon), 6), round(float(lat), 6)), self._lasting(at_ns)

    def _lasting(self, at_ns: int) -> tuple[int, int]:
        return at_ns, at_ns + self.one((0, 0, HOUR_NS // 6, HOUR_NS, 6 * HOUR_NS, DAY_NS))

    def anywhere(self) -> tuple[float, float]:
        """Return lon, lat deg anywhere."""
        west, south, east, north = self.bounds
        return round(self.number(west, east), 6), round(self.number(south, north), 6)

    def cls(self) -> str | None:
        """Return a class: mostly one that some clause names, or one below it."""
        named = self.one(self.agreement.provisions).acts
        own = [c for c in sorted(CLASSES) if any(a in ancestors(c) for a in named)]
        return self.one(own) if self.rng.random() < 0.6 else self.one((*sorted(CLASSES), None))

    def party(self) -> str:
        """Return a party; each as often as any other, whatever its place in the list."""
        return self.one(self.agreement.parties).id


def draw_corridors(agreement: Agreement, rng: np.random.Generator) -> Agreement:
    """Return an agreement whose clauses come from a list with a list of corridors."""
    if agreement.corridor_clause is None:
        return agreement
    draw, n = _prepared(agreement, rng), _CORRIDORS
    agreed = agreement.corridor_clause.parameters["in_force_when_proposer"]
    starts = [int(draw.period_ns[0] + k * DAY_NS) for k in range(n)]
    columns: dict[str, Any] = {
        "source": "drawn", "file_sha256": "drawn", "row": list(range(1, n + 1)),
        "native_key": [str(k) for k in range(n)],
        "t_start_ns": starts, "t_end_ns": [t + 8 * HOUR_NS for t in starts],
        "hours_stated": [k % 3 != 2 for k in range(n)],
        "proposer": [draw.one((*agreed, *(p.name for p in agreement.parties))) for _ in range(n)],
    }  # fmt: skip
    for end in ("from", "to"):
        points = [(None, None) if (end, k) == ("to", 1) else draw.anywhere() for k in range(n)]  # one end is not known
        columns[f"{end}_name"] = [f"{end} {k}" for k in range(n)]
        columns[f"{end}_lon_deg"], columns[f"{end}_lat_deg"] = (pa.array(c) for c in zip(*points, strict=True))
    return with_corridors(agreement, CORRIDORS.table(columns, n))


def draw_situation(agreement: Agreement, rng: np.random.Generator, n: int) -> Situation:
    """Return a period of some days with n incidents, and about a third as many allegations, notices, calls and looks.

    Zones of kind `country` get the frame of everything as their outline.
    """
    draw = _prepared(agreement, rng)
    few = max(n // 3, 1)
    return Situation(
        tuple(_incident(draw, k) for k in range(n)),
        _SlopingSight(draw.number(0.0, 0.5), (draw.bounds[0] + draw.bounds[2]) / 2),
        draw.period_ns,
        tuple(_notice(draw, k) for k in range(few)),
        shapely.box(*draw.bounds),
        tuple(_allegation(draw, k) for k in range(few)),
        tuple(_call(draw, k) for k in range(few)),
        tuple(_inspection(draw, k) for k in range(few)),
    )


def _prepared(agreement: Agreement, rng: np.random.Generator) -> _Draw:
    drawn = [z.geometry for z in agreement.zones if not z.geometry.is_empty]
    bounds = tuple(float(v) for v in shapely.total_bounds(drawn)) if drawn else _AROUND
    first = agreement.effective_from_ns
    last = agreement.effective_to_ns or first + 400 * DAY_NS
    start = int(rng.integers(first, max(last - _DAYS * DAY_NS, first + 1)))
    wide = (bounds[0] - 0.05, bounds[1] - 0.05, bounds[2] + 0.05, bounds[3] + 0.05)
    hours_ns = start + rng.integers(0, min(_DAYS * DAY_NS, last - start), _SCENES)
    return _Draw(agreement, rng, wide, (start, start + _DAYS * DAY_NS), _scenes(drawn, wide, rng), hours_ns)


def _scenes(drawn: Sequence[BaseGeometry], bounds: Sequence[float], rng: np.random.Generator) -> np.ndarray:
    """Return points (m, 2): inside zones and at their corners, or anywhere where nothing is drawn."""
    inside = shapely.get_coordinates([shapely.point_on_surface(g) for g in drawn])
    known = np.concatenate([inside, shapely.get_coordinates(drawn)[:: max(1, len(drawn))]])
    if not len(known):
        return rng.uniform(bounds[:2], bounds[2:], (_SCENES, 2))
    some = np.where(
        rng.random(_SCENES) < 0.5, rng.integers(len(inside), size=_SCENES), rng.integers(len(known), size=_SCENES)
    )
    return np.asarray(known[some])


def _place(draw: _Draw, point: tuple[float, float]) -> PlaceRecord:
    lon, lat = point
    kind = draw.one((*KINDS, *KINDS, None))
    sizes = sorted((draw.number(50, 4000), draw.number(50, 4000)))
    if kind is None:
        return PlaceRecord(*(None,) * 10)
    if kind in ("candidates", "path"):
        return _of_parts(draw, kind, point)
    two = kind in ("ellipse", "pixel", "sector")
    bearing, width = round(draw.number(0, 360)), round(draw.number(20, 120)) if kind == "sector" else None
    return PlaceRecord(kind, lon, lat, sizes[0], sizes[1] if two else None, bearing, width, lon, lat, sizes[1])


def _of_parts(draw: _Draw, kind: str, point: tuple[float, float]) -> PlaceRecord:
    k = int(draw.rng.integers(2, 6))
    lon, lat = np.array(point)[:, None] + draw.rng.normal(0, 0.05, (2, k))
    radius, weight = draw.rng.uniform(50, 2000, k), draw.rng.uniform(0.2, 1.0, k)
    m = mixture(lon, lat, radius, weight, np.arange(k) * 600.0 if kind == "path" else None)
    summary = m.lon_deg, m.lat_deg, m.radius90_m
    return PlaceRecord(kind, *summary, None, None, None, *summary, m.text)


def _count(draw: _Draw) -> tuple[float | None, str | None]:
    unit = draw.one(_UNITS)
    return (None, None) if unit is None else (float(draw.rng.integers(1, 20)), unit)


def _source(row: int) -> SourceRef:
    return SourceRef(f"source {row % 5}", "drawn", row, None, f"project {row % 5}", f"group {row % 7}", 1.0)


def _incident(draw: _Draw, k: int) -> Incident:
    (count, unit), (point, times) = _count(draw), draw.meeting()
    return Incident(
        f"i{k}", 1, None, Status.RECORDED, *times, draw.cls(),
        draw.one((draw.number(0, 1), draw.number(0.9, 1))), _place(draw, point), Casualties(), (_source(k),),
        weapon=draw.one(_WEAPON_WORDS), count=count, count_unit=unit,
    )  # fmt: skip


def _allegation(draw: _Draw, k: int) -> Allegation:
    what = _incident(draw, k)
    dated = draw.rng.random() < 0.9
    start, end = (what.t_start_ns, what.t_end_ns) if dated else (None, None)
    return Allegation(
        f"a{k}", draw.party(), draw.one((draw.party(), None)), None, start, end, what.place, what.cls,
        replace(_source(1000 + k), source="press", project="press"), what.weapon, what.count, what.count_unit,
    )  # fmt: skip


def _notice(draw: _Draw, k: int) -> Notice:
    (lon, lat), (start, end) = draw.meeting()
    around = buffer_m(Point(lon, lat), draw.number(500, 8000))
    notified = draw.one((None, start - DAY_NS, start - 5 * DAY_NS, start))
    return Notice(draw.party(), draw.one(ACTIVITIES), start, end + HOUR_NS, around, f"notice {k}", notified)


def _call(draw: _Draw, k: int) -> Call:
    return Call(draw.party(), *draw.meeting()[1], draw.one((*OUTCOMES, None)), f"call {k}")


def _inspection(draw: _Draw, k: int) -> Inspection:
    stored = [z for c in draw.agreement.provisions if c.rule == "storage_inventory" for z in c.zones]
    sites = stored or [z.id for z in draw.agreement.zones] or ["nowhere"]
    declared = float(draw.rng.integers(1, 30))
    missing, hidden = (draw.one((None, 0.0, float(draw.rng.integers(0, int(declared) + 1)))) for _ in range(2))
    present = draw.one((None, declared))
    return Inspection(
        draw.one(sites), *draw.meeting()[1], draw.one(tuple(WEAPONS)), declared, present, missing, hidden,
        draw.one(ACCESS), f"report {k}",
    )  # fmt: skip
