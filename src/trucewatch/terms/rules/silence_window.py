"""Silence along a corridor or in a zone during its hours; each window of hours is a subject of its own.

A corridor is a line with a tolerance on both sides. Where only its ends are known, the straight line between them is
no route: an act near a named end surely lies in the corridor, one near the straight line possibly does, and further
off it is taken to lie outside. So with an unknown route only the surroundings of the ends can carry a breach.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import shapely
from pydantic import Field

from trucewatch.core.agreement import Provision, Zone
from trucewatch.core.entries import Entry
from trucewatch.terms.areas import Area, Shape, Span, areas_in_time, each_zone, plain_shape, within
from trucewatch.terms.chances import Chances, in_areas, weigh
from trucewatch.terms.evidence import Evidence
from trucewatch.terms.plane import buffer_m
from trucewatch.terms.rule import Complaint, Rule, Zones
from trucewatch.terms.situation import Facts
from trucewatch.terms.windows import daily, parse_hours

__all__ = ["RULE"]


class Parameters(Entry):
    """What a window of silence may say.

    hours         `10:00-16:00` every day, local time; without any, the whole time in which the clause is effective
    hours_stated  whether the source states the hours; else no act is proposed as a breach
    buffer_m      tolerance on both sides of a corridor, and around its ends
    far_m         how far from the straight line between known ends the unknown route may run
    route_known   whether the vertices are the route, and not only its ends
    ends_known, outcome, proposer, link   facts that a list of corridors gives; they judge nothing
    """

    hours: list[str] = Field(default_factory=list)
    hours_stated: bool = True
    buffer_m: float | None = Field(default=None, gt=0)
    far_m: float | None = Field(default=None, gt=0)
    route_known: bool = True
    ends_known: int = 2
    outcome: str | None = None
    proposer: str | None = None
    link: str | None = None


def _parameters(clause: Provision) -> Parameters:
    return Parameters.model_validate(dict(clause.parameters))


def _check(clause: Provision, zones: Zones) -> Iterator[Complaint]:
    p = _parameters(clause)
    for i, text in enumerate(p.hours):
        if parse_hours(text) is None:
            yield ("hours", i), f"the hours {text!r}", "hours such as 10:00-16:00", "write HH:MM-HH:MM in local time"
    kinds = {zones[z].kind for z in clause.zones if z in zones} or {"corridor"}
    for kind in sorted(kinds & {"line", "point"}):
        yield (), f"a zone of kind {kind}", "an area, the country or a corridor", "give the zone the kind corridor"
    if "corridor" in kinds and p.buffer_m is None:
        yield (), "no buffer_m", "the tolerance of the corridor in metres", "add `buffer_m: 1000`"
    if "corridor" in kinds and (not p.route_known or not clause.zones) and p.far_m is None:
        yield (), "no far_m", "how far from the straight line the route may run, in metres", "add `far_m: 20000`"


def _shape(zone: Zone, p: Parameters) -> Shape:
    plain = plain_shape(zone)
    if zone.kind != "corridor" or zone.geometry.is_empty:
        shape = plain
    elif p.route_known:
        route = buffer_m(zone.geometry, p.buffer_m or 0.0)
        shape = replace(plain, certain=route, possible=route)
    else:
        ends = shapely.union_all([buffer_m(end, p.buffer_m or 0.0) for end in shapely.points(_vertices(zone))])
        shape = replace(plain, certain=ends, possible=buffer_m(zone.geometry, p.far_m or 0.0))
    if p.ends_known < 2 and shape.bars_clear is None:
        shape = replace(shape, bars_clear=f"only one end of {zone.name or zone.id} is known")
    if not p.hours_stated and shape.bars_breach is None:
        shape = replace(shape, bars_breach="its hours are not stated and the whole day is judged")
    return shape


def _vertices(zone: Zone) -> list[tuple[float, float]]:
    return [(float(lon), float(lat)) for lon, lat in shapely.get_coordinates(zone.geometry)]


def _areas(clause: Provision, zones: Zones, span: Span) -> list[Area]:
    p = _parameters(clause)
    areas = areas_in_time(clause, zones, {z: _shape(zones[z], p) for z in clause.zones}, span)
    hours = [h for h in map(parse_hours, p.hours) if h is not None]
    if not hours or not areas:
        return areas
    return within(areas, daily(hours, areas[0].bounds_ns[0], areas[-1].bounds_ns[1], span.time_zone))


def _subjects(clause: Provision, zones: Zones, span: Span) -> list[Area]:
    """Each zone in each window of hours."""
    p = _parameters(clause)
    shapes = {z: _shape(zones[z], p) for z in clause.zones}
    whole = each_zone(_areas(clause, zones, span), shapes, zones)
    return [replace(area, windows=one.reshape(1, 2)) for area in whole for one in area.windows]


def _chances(clause: Provision, _zones: Zones, areas: Sequence[Area], facts: Facts, evidence: Evidence) -> Chances:
    return weigh(clause, areas, facts.notices, evidence, in_areas(areas, evidence))


RULE = Rule("silence_window", Parameters, _check, _areas, _subjects, _chances)
