"""No weapons of the named classes, or no forces at all, in a security zone; storage sites inside it may be left out."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import shapely
from pydantic import Field

from trucewatch.core.agreement import Provision, Zone
from trucewatch.core.entries import Entry
from trucewatch.terms.areas import Area, Shape, Span, areas_in_time, plain_shape, unsettled, valid_in
from trucewatch.terms.chances import Bounds, Chances, classes_of, in_areas, weigh
from trucewatch.terms.evidence import Evidence
from trucewatch.terms.rule import Complaint, Rule, Zones
from trucewatch.terms.rules import no_fire_area
from trucewatch.terms.situation import Facts
from trucewatch.terms.weapons import WEAPONS, weapon_classes
from trucewatch.terms.windows import cut, window

__all__ = ["RULE"]


class Parameters(Entry):
    """What may not stand in the zone.

    weapons       weapon classes; without any, every act counts whatever its weapon
    except_zones  zones inside in which it may stand, such as storage sites
    """

    weapons: list[str] = Field(default_factory=list)
    except_zones: list[str] = Field(default_factory=list)


def _parameters(clause: Provision) -> Parameters:
    return Parameters.model_validate(dict(clause.parameters))


def _check(clause: Provision, zones: Zones) -> Iterator[Complaint]:
    yield from no_fire_area.RULE.check(clause, zones)
    p = _parameters(clause)
    for i, word in enumerate(p.weapons):
        if word not in WEAPONS:
            needed = f"one of {', '.join(WEAPONS)}"
            yield ("weapons", i), f"the unknown weapon class {word!r}", needed, "correct it"
    for i, zone_id in enumerate(p.except_zones):
        if zone_id not in zones or zones[zone_id].kind != "area":
            drawn = ", ".join(z for z in zones if zones[z].kind == "area") or "there is none"
            yield ("except_zones", i), f"the zone {zone_id!r}", f"a zone of kind area ({drawn})", "draw it"


def _areas(clause: Provision, zones: Zones, span: Span) -> list[Area]:
    """The zone without the sites in it that are valid at the time."""
    sites = [zones[z] for z in _parameters(clause).except_zones]
    shapes = {z: plain_shape(zones[z]) for z in clause.zones}
    return [part for area in areas_in_time(clause, zones, shapes, span) for part in _without(area, sites)]


def _without(area: Area, sites: Sequence[Zone]) -> Iterator[Area]:
    changes = [t for z in sites for t in (z.valid_from_ns, z.valid_to_ns)]
    for start, end in (piece for a, b in area.windows.tolist() for piece in cut(a, b, changes)):
        valid = [z for z in sites if valid_in(z, start, end)]
        yield replace(area, shape=_cut_out(area.shape, valid), windows=window(start, end))


def _cut_out(shape: Shape, sites: Sequence[Zone]) -> Shape:
    """A site with an unsourced vertex leaves the clause as open as a zone with one."""
    if not sites:
        return shape
    hole = shapely.union_all([z.geometry for z in sites])
    doubt = next((d for d in map(unsettled, sites) if d), None)
    certain, possible = shapely.difference(shape.certain, hole), shapely.difference(shape.possible, hole)
    return Shape(certain, possible, shape.bars_breach or doubt, shape.bars_clear or doubt)


def _subjects(clause: Provision, zones: Zones, span: Span) -> list[Area]:
    """Each zone over the whole period; apart in time where a site inside it comes or goes."""
    found: dict[tuple[str, Shape], list[Area]] = {}
    for zone_id in clause.zones:
        for area in _areas(replace(clause, zones=(zone_id,)), zones, span):
            found.setdefault((zone_id, area.shape), []).append(area)
    return [replace(same[0], windows=np.concatenate([a.windows for a in same])) for same in found.values()]


def _chances(clause: Provision, _zones: Zones, areas: Sequence[Area], facts: Facts, evidence: Evidence) -> Chances:
    cls, named = classes_of(clause, evidence), _is_named(_parameters(clause), evidence)
    both = Bounds(cls.low * named.low, cls.high * named.high)
    return weigh(clause, areas, facts.notices, evidence, in_areas(areas, evidence), cls=both)


def _is_named(p: Parameters, evidence: Evidence) -> Bounds:
    """Bounds (n,) of the probability that a weapon is of a named class; a coarse word may be all that it means."""
    every = frozenset(WEAPONS)
    meant = [weapon_classes(word) or every for word in evidence.weapons]
    named = frozenset(p.weapons) or every
    table = np.array([(m <= named, bool(m & named)) for m in meant], dtype=np.float64).reshape(-1, 2)
    return Bounds(table[evidence.weapon, 0], table[evidence.weapon, 1])


RULE = Rule("weapons_zone", Parameters, _check, _areas, _subjects, _chances, acts=("weapon_presence",))
