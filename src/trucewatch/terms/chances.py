"""How probably each incident engages a clause: bounds, because what is unknown stays unknown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from trucewatch.core.agreement import Notice, Provision
from trucewatch.terms.areas import Area
from trucewatch.terms.evidence import Evidence, class_chance
from trucewatch.terms.windows import clip, share_inside

__all__ = ["Bounds", "Chances", "Placed", "classes_of", "covered", "in_areas", "weigh"]


class Bounds(NamedTuple):
    """The least and the greatest value (n,) that the record allows; equal where nothing is unknown."""

    low: np.ndarray
    high: np.ndarray

    def where(self, kept: np.ndarray) -> "Bounds":
        """Return the bounds with 0 at the rows that are not kept."""
        return Bounds(np.where(kept, self.low, 0.0), np.where(kept, self.high, 0.0))


class Placed(NamedTuple):
    """Where incidents (n,) lie with respect to some areas.

    place  probability to lie in the shape, given that it lies in the windows
    time   probability to lie in the windows
    drawn  probability to lie in both as far as they are drawn; 0 where the incident surely lies outside
    """

    place: Bounds
    time: np.ndarray
    drawn: np.ndarray


@dataclass(frozen=True)
class Chances:
    """Factors and product for all incidents (n,) of a clause.

    excepted    probability that a notified activity covers it; `notice` is that notice's number, −1 where none
    p           probability that the clause is engaged, whoever did it
    by_party    the same if it was done by or for that party
    distance_m  by party: metres from its baseline, positive on its own side (withdrawal lines only)
    """

    p_real: Bounds
    placed: Placed
    cls: Bounds
    excepted: np.ndarray
    notice: np.ndarray
    p: Bounds
    by_party: Mapping[str, Bounds]
    distance_m: Mapping[str, np.ndarray] = field(default_factory=dict)


def in_areas(areas: Sequence[Area], evidence: Evidence) -> Placed:
    """Return where each incident lies with respect to areas that are apart in time."""
    n = len(evidence)
    low, high, drawn, time = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    for area in areas:
        share = share_inside(evidence.t_start_ns, evidence.t_end_ns, area.windows)
        shape = area.shape
        possible = np.nan_to_num(evidence.mass_of(shape.possible), nan=1.0)
        if shape.bars_breach is None:
            low += share * np.nan_to_num(evidence.mass_of(shape.certain), nan=0.0)
        high += share * (1.0 if shape.bars_clear else possible)
        drawn += share * possible
        time += share
    given = np.where(time > 0, time, 1.0)
    return Placed(Bounds(low / given, high / given), time, drawn)


def classes_of(clause: Provision, evidence: Evidence) -> Bounds:
    """Return the probability (n,) that each incident's class is one that engages the clause."""
    table = np.array([class_chance(c, clause.acts) for c in evidence.classes]).reshape(-1, 2)
    return Bounds(table[evidence.cls, 0], table[evidence.cls, 1])


def covered(clause: Provision, area: Area, notice: Notice) -> BaseGeometry:
    """Return the part of an area that a notice takes out of the clause; empty where it takes none."""
    if notice.activity not in clause.exceptions or not len(clip(area.windows, notice.t_start_ns, notice.t_end_ns)):
        return shapely.Polygon()
    common = shapely.intersection(area.shape.possible, notice.geometry)
    polygons = [p for p in shapely.get_parts(common) if p.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.union_all(polygons) if polygons else shapely.Polygon()


def _excepted(
    clause: Provision, areas: Sequence[Area], notices: Sequence[Notice], evidence: Evidence, drawn: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The probability (n,) that a notice covers an incident that lies in the areas, and that notice's number."""
    best, which = np.zeros(len(evidence)), np.full(len(evidence), -1)
    for i, notice in enumerate(notices):
        joint = np.zeros(len(evidence))
        for area in areas:
            part = covered(clause, area, notice)
            if not part.is_empty:
                windows = clip(area.windows, notice.t_start_ns, notice.t_end_ns)
                share = share_inside(evidence.t_start_ns, evidence.t_end_ns, windows)
                joint += share * np.nan_to_num(evidence.mass_of(part), nan=0.0)
        given = np.divide(joint, drawn, out=np.zeros_like(joint), where=drawn > 0)
        which = np.where(given > best, i, which)
        best = np.maximum(best, np.minimum(given, 1.0))
    return best, which


def weigh(
    clause: Provision, areas: Sequence[Area], notices: Sequence[Notice], evidence: Evidence,
    placed: Placed, by_party: Mapping[str, Bounds] | None = None,
    distance_m: Mapping[str, np.ndarray] | None = None,
) -> Chances:  # fmt: skip
    """Return the product of all factors.

    by_party  place bounds by party where they differ; else those of `placed` hold for every party that is bound
    """
    real = Bounds(np.nan_to_num(evidence.p_real, nan=0.0), np.nan_to_num(evidence.p_real, nan=1.0))
    cls = classes_of(clause, evidence)
    out, which = _excepted(clause, areas, notices, evidence, placed.drawn)
    rest = Bounds(*(r * placed.time * c * (1 - out) for r, c in zip(real, cls, strict=True)))
    places = dict.fromkeys(clause.binds, placed.place) if by_party is None else by_party
    parties = {name: Bounds(b.low * rest.low, b.high * rest.high) for name, b in places.items()}
    p = Bounds(placed.place.low * rest.low, placed.place.high * rest.high)
    return Chances(real, placed, cls, out, which, p, parties, distance_m or {})
