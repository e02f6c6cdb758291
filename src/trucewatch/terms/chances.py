"""How probably each incident engages a clause: bounds, because what is unknown stays unknown."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from trucewatch.core.agreement import Notice, Provision
from trucewatch.terms.areas import Area
from trucewatch.terms.evidence import Evidence, class_chance
from trucewatch.terms.windows import clip, share_inside

__all__ = ["Bounds", "Chances", "Placed", "classes_of", "covered", "in_areas", "notified_in_time", "shapes_of", "weigh"]


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

    excepted    probability that a notified activity covers it, with bounds where it is not known when the notice was
                given; `notice` is the number of the notice that most probably does, −1 where none
    p           probability that the clause is engaged, whoever did it
    by_party    the same if it was done by or for that party
    distance_m  by party: metres from its baseline, positive on its own side (withdrawal lines only)
    where       by row the name of the place, where it says more than those of the areas
    doubts      by row what keeps the answer open, where the factors do not show it
    """

    p_real: Bounds
    placed: Placed
    cls: Bounds
    excepted: Bounds
    notice: np.ndarray
    p: Bounds
    by_party: Mapping[str, Bounds]
    distance_m: Mapping[str, np.ndarray] = field(default_factory=dict)
    where: Mapping[int, str] = field(default_factory=dict)
    doubts: Mapping[int, str] = field(default_factory=dict)


def in_areas(areas: Sequence[Area], evidence: Evidence) -> Placed:
    """Return where each incident lies with respect to areas that are apart in time."""
    n = len(evidence)
    low, high, drawn, time = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    for area in areas:
        share = share_inside(evidence.t_start_ns, evidence.t_end_ns, area.windows)
        shape = area.shape
        possible = _known(evidence.mass_of(shape.possible), 1.0)
        if shape.bars_breach is None:
            low += share * _known(evidence.mass_of(shape.certain), 0.0)
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


def shapes_of(clause: Provision, areas: Iterable[Area], notices: Sequence[Notice]) -> Iterator[BaseGeometry]:
    """Return every shape in which masses will be asked for."""
    for area in areas:
        yield area.shape.certain
        yield area.shape.possible
        for notice in notices:
            yield covered(clause, area, notice)


def _excepted(
    clause: Provision, areas: Sequence[Area], notices: Sequence[Notice], evidence: Evidence, drawn: np.ndarray
) -> tuple[Bounds, np.ndarray]:
    """The probability (n,) that a notice covers an incident that lies in the areas, and that notice's number."""
    low, high, which = np.zeros(len(evidence)), np.zeros(len(evidence)), np.full(len(evidence), -1)
    for i, notice in enumerate(notices):
        in_time = notified_in_time(clause, notice)
        joint = np.zeros(len(evidence))
        for area in areas if in_time is not False else ():
            part = covered(clause, area, notice)
            if not part.is_empty:
                windows = clip(area.windows, notice.t_start_ns, notice.t_end_ns)
                share = share_inside(evidence.t_start_ns, evidence.t_end_ns, windows)
                joint += share * _known(evidence.mass_of(part), 0.0)
        given = np.minimum(np.divide(joint, drawn, out=np.zeros_like(joint), where=drawn > 0), 1.0)
        which = np.where(given > high, i, which)
        high = np.maximum(high, given)
        low = np.maximum(low, given) if in_time else low
    return Bounds(low, high), which


def notified_in_time(clause: Provision, notice: Notice) -> bool | None:
    """Return whether a notice was given as long ahead as the clause asks; None where nobody knows when it was."""
    if clause.notice_lead_ns is None:
        return True
    if notice.t_notified_ns is None:
        return None
    return notice.t_notified_ns <= notice.t_start_ns - clause.notice_lead_ns


def _known(values: np.ndarray, otherwise: float) -> np.ndarray:
    return np.where(np.isnan(values), otherwise, values)


def weigh(
    clause: Provision, areas: Sequence[Area], notices: Sequence[Notice], evidence: Evidence,
    placed: Placed, by_party: Mapping[str, Bounds] | None = None,
    distance_m: Mapping[str, np.ndarray] | None = None, cls: Bounds | None = None,
) -> Chances:  # fmt: skip
    """Return the product of all factors.

    cls       probability of being an act, where more than the class decides; else that of `classes_of`
    by_party  place bounds by party where they differ; else those of `placed` hold for every party that is bound
    """
    real = Bounds(_known(evidence.p_real, 0.0), _known(evidence.p_real, 1.0))
    cls = classes_of(clause, evidence) if cls is None else cls
    out, which = _excepted(clause, areas, notices, evidence, placed.drawn)
    kept = Bounds(1 - out.high, 1 - out.low)
    rest = Bounds(*(r * placed.time * c * k for r, c, k in zip(real, cls, kept, strict=True)))
    places = dict.fromkeys(clause.binds, placed.place) if by_party is None else by_party
    parties = {name: Bounds(b.low * rest.low, b.high * rest.high) for name, b in places.items()}
    p = Bounds(placed.place.low * rest.low, placed.place.high * rest.high)
    return Chances(real, placed, cls, out, which, p, parties, distance_m or {})
