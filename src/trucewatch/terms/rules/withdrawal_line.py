"""Weapons of a class stay at least so far behind a party's own baseline, inside a security zone.

For each party the distance counts from that party's baseline towards its own side; whatever lies nearer, or beyond the
baseline, is forward of its withdrawal line. Whose weapon it is stays open: there is a verdict for each party, and one
for the clause only where they agree.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

import numpy as np
from pydantic import Field

from trucewatch.core.agreement import Provision, Zone
from trucewatch.core.entries import Entry
from trucewatch.core.place import UNKNOWN, sample_points
from trucewatch.physics.polygons import PolygonIndex
from trucewatch.terms.areas import Area, Shape, Span, areas_in_time, plain_shape, unsettled, within
from trucewatch.terms.chances import Bounds, Chances, Placed, classes_of, in_areas, weigh
from trucewatch.terms.evidence import Evidence
from trucewatch.terms.plane import signed_distances_m
from trucewatch.terms.rule import Complaint, Rule, Zones
from trucewatch.terms.situation import Facts
from trucewatch.terms.weapons import WEAPONS, weapon_classes
from trucewatch.terms.windows import share_inside, window

__all__ = ["RULE"]


class Parameters(Entry):
    """What a withdrawal clause says.

    baselines    {party: id of the line from which its distances count}
    sides        {party: left or right of its baseline, looking in the direction in which it is drawn}
    distances_m  {weapon class: metres}
    """

    baselines: dict[str, str] = Field(min_length=1)
    sides: dict[str, Literal["left", "right"]] = Field(min_length=1)
    distances_m: dict[str, float] = Field(min_length=1)


def _parameters(clause: Provision) -> Parameters:
    return Parameters.model_validate(dict(clause.parameters))


def _check(clause: Provision, zones: Zones) -> Iterator[Complaint]:
    p = _parameters(clause)
    for key, given in (("baselines", p.baselines), ("sides", p.sides)):
        if set(given) != set(clause.binds):
            needed = f"each party that the clause binds ({', '.join(clause.binds)})"
            yield (key,), f"{key} of {', '.join(given)}", needed, "name exactly these parties"
    for party, zone_id in p.baselines.items():
        if zone_id not in zones or zones[zone_id].kind != "line":
            lines = ", ".join(z for z in zones if zones[z].kind == "line") or "there is none"
            yield ("baselines", party), f"the baseline {zone_id!r}", f"a zone of kind line ({lines})", "draw it"
    for weapon, metres in p.distances_m.items():
        if weapon not in WEAPONS:
            known = ", ".join(WEAPONS)
            yield ("distances_m", weapon), f"the unknown weapon class {weapon!r}", f"one of {known}", "correct it"
        if metres <= 0:
            yield ("distances_m", weapon), f"{metres} m", "a distance above 0 m", "correct it or leave the class out"
    for zone_id in clause.zones:
        if zone_id in zones and zones[zone_id].kind not in ("area", "country"):
            yield (), f"zone {zone_id!r} of kind {zones[zone_id].kind}", "the security zone as an area", "draw it"


def _areas(clause: Provision, zones: Zones, span: Span) -> list[Area]:
    """The security zone; a baseline with an unsourced vertex leaves the clause as open as a zone with one."""
    lines = _parameters(clause).baselines.values()
    shapes: dict[str, Shape] = {}
    for zone_id in clause.zones:
        plain = plain_shape(zones[zone_id])
        doubts = (unsettled(zones[z]) for z in dict.fromkeys((zone_id, *lines)))
        reason = "; ".join(d for d in doubts if d) or None
        shapes[zone_id] = replace(plain, bars_breach=reason, bars_clear=reason)
    return areas_in_time(clause, zones, shapes, span)


def _subjects(_clause: Provision, _zones: Zones, _span: Span) -> list[Area]:
    """None: that no weapon was seen says little about an area this wide."""
    return []


class Points(NamedTuple):
    """Sample points (m, k) of the incidents `rows`."""

    rows: np.ndarray
    lon_deg: np.ndarray
    lat_deg: np.ndarray


def _chances(clause: Provision, zones: Zones, areas: Sequence[Area], facts: Facts, evidence: Evidence) -> Chances:
    p = _parameters(clause)
    inside = in_areas(areas, evidence)
    known = evidence.places.kind != UNKNOWN
    rows = np.flatnonzero((inside.drawn > 0) & (classes_of(clause, evidence).high > 0) & known)
    points = Points(rows, *sample_points(evidence.places.take(rows), evidence.place_points))
    places, distances = {}, {}
    lines = [zones[p.baselines[party]] for party in clause.binds]
    left_m = signed_distances_m([line.geometry for line in lines], points.lon_deg, points.lat_deg)
    for party, line, metres in zip(clause.binds, lines, left_m, strict=True):
        behind_m = metres if p.sides[party] == "left" else -metres
        places[party] = _forward(p, line, areas, evidence, inside, points, behind_m)
        distances[party] = np.full(len(evidence), np.nan)
        distances[party][rows] = np.median(behind_m, axis=1) if len(rows) else 0.0
    low = np.min([b.low for b in places.values()], axis=0)
    high = np.max([b.high for b in places.values()], axis=0)
    placed = Placed(Bounds(low, high), inside.time, inside.drawn)
    return weigh(clause, areas, facts.notices, evidence, placed, places, distances)


def _forward(
    p: Parameters, line: Zone, areas: Sequence[Area], evidence: Evidence, inside: Placed, points: Points,
    behind_m: np.ndarray,
) -> Bounds:  # fmt: skip
    """Bounds (n,) of the probability that the weapon stands forward of this party's withdrawal line."""
    time = np.where(inside.time > 0, inside.time, 1.0)
    low, high = np.zeros(len(evidence)), np.where(inside.drawn > 0, inside.place.high, 0.0)
    required = _required_m(p, evidence)
    masses = _masses(set().union(*required), line, areas, evidence, points, behind_m)
    barred = any(a.shape.bars_breach for a in areas)
    weapon = evidence.weapon[points.rows]
    for code, distances in enumerate(required):
        at = np.flatnonzero(weapon == code)
        parts = np.array([masses[d][at] for d in distances]) / time[points.rows[at]]
        low[points.rows[at]] = 0.0 if barred else parts.min(axis=0)
        high[points.rows[at]] = parts.max(axis=0)
    return Bounds(low, np.ones(len(evidence)) if any(a.shape.bars_clear for a in areas) else high)


def _required_m(p: Parameters, evidence: Evidence) -> list[frozenset[float]]:
    """For each weapon word the distances that may be needed; 0 m stands for a weapon that the clause does not name."""
    every = frozenset({0.0, *p.distances_m.values()})
    needed = []
    for word in evidence.weapons:
        classes = weapon_classes(word)
        needed.append(frozenset(p.distances_m.get(c, 0.0) for c in classes) if classes else every)
    return needed


def _masses(
    distances_m: set[float], line: Zone, areas: Sequence[Area], evidence: Evidence, points: Points,
    behind_m: np.ndarray,
) -> Mapping[float, np.ndarray]:  # fmt: skip
    """Mass (m,) × share of time of each incident in the zone and nearer than each distance."""
    masses = {d: np.zeros(len(points.rows)) for d in distances_m}
    for area in within(areas, window(line.valid_from_ns, line.valid_to_ns)):
        index = PolygonIndex([] if area.shape.certain.is_empty else [area.shape.certain])
        point, _ = index.pairs(points.lon_deg.ravel(), points.lat_deg.ravel())
        zone = np.zeros(behind_m.size, dtype=bool)
        zone[point] = True
        share = share_inside(evidence.t_start_ns[points.rows], evidence.t_end_ns[points.rows], area.windows)
        for d in distances_m - {0.0}:
            masses[d] += share * np.mean(zone.reshape(behind_m.shape) & (behind_m < d), axis=1)
    return masses


RULE = Rule("withdrawal_line", Parameters, _check, _areas, _subjects, _chances)
