"""A small agreement in degrees that a reader can check by head, and incidents in plain numbers."""

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from shapely.geometry.base import BaseGeometry

from trucewatch.core.records import Casualties, Incident, PlaceRecord, Status
from trucewatch.core.times import parse_instant
from trucewatch.terms import Situation

TERMS = """\
format: 1
title: Test truce
force: in_force
force_reason: for the test
time_zone: Europe/Kyiv
effective_from: 2026-01-01
effective_to: 2027-01-01
sources: [made for the test]
parties:
  - {id: left, name: Party Left}
  - {id: right, name: Party Right}
phases:
  - {id: one, from: 2026-01-01, to: 2026-06-01}
  - {id: two, from: 2026-06-01, to: 2027-01-01}
provisions:
  - id: fire
    text_reference: article 1
    rule: no_fire_area
    domain: land
    binds: [left, right]
    acts: [fire_event]
    zones: [square]
    exceptions: [demining]
  - id: weapons
    text_reference: article 2
    rule: withdrawal_line
    domain: land
    binds: [left, right]
    acts: [weapon_presence]
    zones: [wide]
    parameters:
      baselines: {left: meridian, right: meridian}
      sides: {left: left, right: right}
      distances_m: {mortar_120: 15000, artillery_152: 25000}
  - id: silence
    text_reference: article 3
    rule: silence_window
    domain: land
    binds: [left, right]
    acts: [fire_event]
    zones: [road]
    parameters: {hours: ["10:00-14:00"], buffer_m: 1000}
"""


def feature(name: str, kind: str, geometry: dict[str, object], **properties: object) -> dict[str, object]:
    """A GeoJSON feature whose vertices all name a source."""
    said = {"id": name, "kind": kind, "name": name, "vertex_sources": "made for the test", **properties}
    return {"type": "Feature", "properties": said, "geometry": geometry}


def box(west: float, south: float, east: float, north: float) -> dict[str, object]:
    """A rectangle."""
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def zones_text() -> str:
    """Zones: a square of 0.2°, a wide zone of 2°, a meridian drawn from south to north, a road along a parallel."""
    meridian = {"type": "LineString", "coordinates": [[37.0, 47.0], [37.0, 48.0], [37.0, 49.0]]}
    road = {"type": "LineString", "coordinates": [[36.8, 48.5], [37.2, 48.5]]}
    features = [
        feature("square", "area", box(36.9, 47.9, 37.1, 48.1)),
        feature("wide", "area", box(36.0, 47.0, 38.0, 49.0)),
        feature("meridian", "line", meridian),
        feature("road", "corridor", road),
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, indent=1)


@dataclass(frozen=True)
class EvenSight:
    """Sees the same fraction everywhere."""

    share: float

    def fraction(self, _geometry: BaseGeometry, _t_start_ns: int, _t_end_ns: int) -> float:
        """Return that fraction."""
        return self.share


def make_incident(
    name: str = "i1", lon: float | None = 37.0, lat: float | None = 48.0, radius_m: float = 100.0,
    cls: str | None = "impact", p_real: float = 0.95, start: str = "2026-03-01T10:00:00Z", end: str | None = None,
    weapon: str | None = None, kind: str | None = "exact",
) -> Incident:  # fmt: skip
    """An incident with an exact place; give lon None for one whose place is unknown."""
    place = PlaceRecord(kind if lon is not None else None, lon, lat, radius_m, None, None, None, lon, lat, radius_m)
    t_start = parse_instant(start)
    t_end = t_start if end is None else parse_instant(end)
    return Incident(name, 1, None, Status.RECORDED, t_start, t_end, cls, p_real, place, Casualties(), (), weapon=weapon)


def make_situation(*incidents: Incident, seen: float = 0.9, start: str = "2026-03-01", end: str = "2026-03-02",
                   **more: object) -> Situation:  # fmt: skip
    """A day in Kyiv with these incidents."""
    period = parse_instant(f"{start}T00:00:00", "Europe/Kyiv"), parse_instant(f"{end}T00:00:00", "Europe/Kyiv")
    return Situation(incidents, EvenSight(seen), period, **more)


@pytest.fixture
def files() -> dict[str, str]:
    """The files of the small agreement."""
    return {"terms.yaml": TERMS, "zones.geojson": zones_text()}


@pytest.fixture
def incident() -> Callable[..., Incident]:
    """Makes incidents."""
    return make_incident


@pytest.fixture
def situation() -> Callable[..., Situation]:
    """Makes situations."""
    return make_situation
