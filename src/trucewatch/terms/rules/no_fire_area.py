"""No act of the named classes in an area, as long as the clause is effective."""

from collections.abc import Iterator, Sequence

from trucewatch.core.agreement import Provision
from trucewatch.core.entries import Entry
from trucewatch.terms.areas import Area, Shape, Span, areas_in_time, each_zone, plain_shape
from trucewatch.terms.chances import Chances, in_areas, weigh
from trucewatch.terms.evidence import Evidence
from trucewatch.terms.rule import Complaint, Rule, Zones
from trucewatch.terms.situation import Facts

__all__ = ["RULE"]


class Parameters(Entry):
    """The rule takes no parameter: area, acts and times say all."""


def _check(clause: Provision, zones: Zones) -> Iterator[Complaint]:
    for zone_id in clause.zones:
        if zone_id in zones and zones[zone_id].kind not in ("area", "country"):
            found = f"zone {zone_id!r} of kind {zones[zone_id].kind}"
            yield (), found, "an area or the country", "draw the area, or choose another rule"


def _shapes(clause: Provision, zones: Zones) -> dict[str, Shape]:
    return {z: plain_shape(zones[z]) for z in clause.zones}


def _areas(clause: Provision, zones: Zones, span: Span) -> list[Area]:
    return areas_in_time(clause, zones, _shapes(clause, zones), span)


def _subjects(clause: Provision, zones: Zones, span: Span) -> list[Area]:
    """Each zone over the whole period."""
    return each_zone(_areas(clause, zones, span), _shapes(clause, zones), zones)


def _chances(clause: Provision, _zones: Zones, areas: Sequence[Area], facts: Facts, evidence: Evidence) -> Chances:
    return weigh(clause, areas, facts.notices, evidence, in_areas(areas, evidence))


RULE = Rule("no_fire_area", Parameters, _check, _areas, _subjects, _chances)
