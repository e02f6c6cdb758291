"""No act of the named classes within some metres of protected objects: schools, hospitals, energy, water, storage.

An act counts where its effect lies. Fire that is opened beside an object is no effect on it: it counts only where the
clause names such an act (`outgoing`). Each object is a subject by itself; an object whose place names no source leaves
open what lies around it, and nothing else.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from pydantic import Field
from shapely.geometry.base import BaseGeometry

from trucewatch.core.agreement import Provision, Zone
from trucewatch.core.entries import Entry
from trucewatch.core.place import UNKNOWN, sample_points
from trucewatch.physics.geodesy import offset_lonlat
from trucewatch.physics.polygons import PolygonIndex
from trucewatch.terms.areas import Area, Shape, Span, areas_in_time, unsettled, zones_in_time
from trucewatch.terms.chances import Chances, in_areas, weigh
from trucewatch.terms.evidence import Evidence
from trucewatch.terms.plane import buffer_m
from trucewatch.terms.rule import Complaint, Rule, Zones
from trucewatch.terms.situation import Facts
from trucewatch.terms.windows import share_inside

__all__ = ["RULE"]

_CORNERS = 64  # of a disc; its area is 0.2 % too small


class Parameters(Entry):
    """How far the protection of an object reaches.

    radius_m  metres around a point, or around the outline of an area
    """

    radius_m: float = Field(gt=0)


def _radius_m(clause: Provision) -> float:
    return Parameters.model_validate(dict(clause.parameters)).radius_m


def _check(clause: Provision, zones: Zones) -> Iterator[Complaint]:
    for zone_id in clause.zones:
        if zone_id in zones and zones[zone_id].kind not in ("area", "point"):
            found = f"zone {zone_id!r} of kind {zones[zone_id].kind}"
            yield (), found, "an object as a point or an area", "draw the object"


def _around(clause: Provision, zones: Zones) -> dict[str, BaseGeometry]:
    """Return by zone everything that lies within the radius; all points at once."""
    radius_m = _radius_m(clause)
    points = [z for z in clause.zones if zones[z].kind == "point"]
    around = {z: buffer_m(zones[z].geometry, radius_m) for z in clause.zones if zones[z].kind != "point"}
    if points:
        at = shapely.get_coordinates([zones[z].geometry for z in points])
        bearing = np.arange(_CORNERS) * (2 * np.pi / _CORNERS)
        east_m, north_m = radius_m * np.sin(bearing), radius_m * np.cos(bearing)
        ring = np.stack(offset_lonlat(at[:, :1], at[:, 1:], east_m, north_m), axis=-1)
        around |= dict(zip(points, shapely.polygons(ring), strict=True))
    return around


def _all_shapes(clause: Provision, zones: Zones) -> dict[str, Shape]:
    """Return by object what it covers among the others: possibly only, where its place names no source."""
    nothing = shapely.Polygon()
    return {z: Shape(nothing if unsettled(zones[z]) else g, g) for z, g in _around(clause, zones).items()}


def _areas(clause: Provision, zones: Zones, span: Span) -> list[Area]:
    """The surroundings of all objects together."""
    areas = areas_in_time(clause, zones, _all_shapes(clause, zones), span)
    return [replace(a, name=_name(clause, [zones[z] for z in a.zones])) for a in areas]


def _name(clause: Provision, objects: Sequence[Zone]) -> str:
    which = objects[0].name or objects[0].id if len(objects) == 1 else f"any of {len(objects)} protected objects"
    return f"the {_radius_m(clause):g} m around {which}"


def _subjects(clause: Provision, zones: Zones, span: Span) -> list[Area]:
    """Each object over the whole period."""
    doubts = {z: unsettled(zones[z]) for z in clause.zones}
    shapes = {z: Shape(g, g, doubts[z], doubts[z]) for z, g in _around(clause, zones).items()}
    alone = zones_in_time(clause, zones, shapes, span)
    return [replace(a, name=_name(clause, [zones[a.zones[0]]])) for a in alone]


def _chances(clause: Provision, zones: Zones, areas: Sequence[Area], facts: Facts, evidence: Evidence) -> Chances:
    found = weigh(clause, areas, facts.notices, evidence, in_areas(areas, evidence))
    if all(len(a.zones) == 1 for a in areas):
        return found
    concerned = (found.placed.drawn > 0) & (found.cls.high > 0) & (found.p_real.high > 0)
    rows = np.flatnonzero(concerned & (evidence.places.kind != UNKNOWN))
    hits = _hits(clause, zones, areas, evidence, rows)
    doubt = {z: unsettled(zones[z]) for z in hits.ids}
    names = {row: _name(clause, [zones[z]]) for row, z in hits.strongest().items()}
    open_rows = set(np.flatnonzero(found.placed.place.low < found.placed.place.high).tolist())
    unsourced = hits.strongest(frozenset(z for z, reason in doubt.items() if reason))
    doubts = {row: str(doubt[z]) for row, z in unsourced.items() if row in open_rows}
    return replace(found, where=names, doubts=doubts)


@dataclass(frozen=True)
class _Hits:
    """Which incidents reach which objects: rows (m,), codes (m,) into `ids` of zones, and mass × share of time (m,)."""

    row: np.ndarray
    code: np.ndarray
    weight: np.ndarray
    ids: tuple[str, ...]

    def strongest(self, among: frozenset[str] | None = None) -> dict[int, str]:
        """Return by row the object, of all or of some, that the incident most probably reaches; the first of equals."""
        kept = np.array([among is None or z in among for z in self.ids], dtype=bool)[self.code]
        row, code = self.row[kept], self.code[kept]
        order = np.lexsort((code, -self.weight[kept], row))
        first = order[np.flatnonzero(np.diff(row[order], prepend=-1))]
        return {r: self.ids[c] for r, c in zip(row[first].tolist(), code[first].tolist(), strict=True)}


def _hits(clause: Provision, zones: Zones, areas: Sequence[Area], evidence: Evidence, rows: np.ndarray) -> _Hits:
    """Return what the places at `rows` reach, of the objects that are valid at their time."""
    around, code = _around(clause, zones), {z: i for i, z in enumerate(clause.zones)}
    k = evidence.place_points
    lon, lat = (c.ravel() for c in sample_points(evidence.places.take(rows), k))
    found = [np.empty((3, 0))]
    for area in areas:
        point, polygon = PolygonIndex([around[z] for z in area.zones]).pairs(lon, lat)
        pair, count = np.unique(point // k * len(area.zones) + polygon, return_counts=True)
        at = rows[pair // len(area.zones)]
        share = share_inside(evidence.t_start_ns[at], evidence.t_end_ns[at], area.windows)
        own = np.array([code[z] for z in area.zones])[pair % len(area.zones)]
        found.append(np.stack([at, own, count / k * share])[:, share > 0])
    row, which, weight = np.concatenate(found, axis=1)
    return _Hits(row.astype(np.int64), which.astype(np.int64), weight, clause.zones)


RULE = Rule("protected_object", Parameters, _check, _areas, _subjects, _chances)
