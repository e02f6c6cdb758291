"""Laws of the rules about things in zones: on wider rings, on mirrored maps, in another order, in more zones."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trucewatch.core.parts import mixture
from trucewatch.core.records import Casualties, Incident, PlaceRecord, Status
from trucewatch.core.times import parse_instant
from trucewatch.terms import Config, judge_all, parse_agreement

FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
KEEP = Config(keep_unconcerned=True)
NOON_NS = parse_instant("2026-03-01T12:00:00Z")
AXIS_DEG = 37.0
HEAD = """\
format: 1
title: Test truce
force: in_force
force_reason: for the test
time_zone: UTC
effective_from: 2026-01-01
sources: [made for the test]
parties: [{id: left, name: Party Left}, {id: right, name: Party Right}]
provisions:
"""
KINDS = {
    "protected_object": ("[explosion]", "[school, mill]", "{radius_m: 2000}"),
    "aerial_vehicle": ("[overflight]", "[west, east]", "{}"),
    "new_works": ("[new_works]", "[west, east]", "{}"),
    "weapons_zone": ("[presence]", "[west, east]", "{weapons: [tank, mortar_82]}"),
    "obstruction": ("[obstruction]", "[west, east]", "{delay_tolerated_s: 600}"),
}


def truce(*rules, mirrored=False, **changes):
    """A truce with one clause a rule, on the map or on its mirror image; `acts`, `zones`, `parameters` may differ."""
    text = HEAD
    for rule in rules:
        acts, zones, parameters = (changes.get(k, v) for k, v in
                                   zip(("acts", "zones", "parameters"), KINDS[rule], strict=True))  # fmt: skip
        text += (
            f"  - {{id: {rule}, text_reference: one, rule: {rule}, domain: land, binds: [left, right], acts: {acts}, "
            f"zones: {zones}, parameters: {parameters}}}\n"
        )
    return parse_agreement({"terms.yaml": text, "zones.geojson": zones_text(mirrored)}, "test")


def zones_text(mirrored):
    """Two areas that overlap, and two points."""

    def across(lon):
        return round(2 * AXIS_DEG - lon, 9) if mirrored else lon

    def area(west, east):
        ring = [[west, 47.9], [east, 47.9], [east, 48.1], [west, 48.1], [west, 47.9]]
        return {"type": "Polygon", "coordinates": [[[across(lon), lat] for lon, lat in ring]]}

    def point(lon, lat):
        return {"type": "Point", "coordinates": [across(lon), lat]}

    drawn = (("west", "area", area(36.8, 37.0)), ("east", "area", area(36.95, 37.1)),
             ("school", "point", point(36.9, 48.0)), ("mill", "point", point(36.92, 48.01)))  # fmt: skip
    features = [
        {"type": "Feature", "geometry": g, "properties": {"id": i, "kind": k, "vertex_sources": "made for the test"}}
        for i, k, g in drawn
    ]
    return json.dumps({"type": "FeatureCollection", "features": features})


ACTS = ["impact", "explosion", "fire", "event", "uav_overflight", "mines", "fortification", "weapon_presence", "delay",
        "denial", "obstruction", None]  # fmt: skip
disc = st.tuples(st.floats(36.6, 37.3), st.floats(47.8, 48.2), st.floats(50, 8000))
described = st.fixed_dictionaries(
    {
        "discs": st.lists(disc, min_size=1, max_size=4),
        "path": st.booleans(),
        "cls": st.sampled_from(ACTS),
        "weapon": st.sampled_from(["tank", "mortar", "82-mm mortar", "rifle", None]),
        "p_real": st.floats(0, 1),
        "begun_h": st.integers(-48, 10),
        "length_s": st.sampled_from([0, 300, 3600, 86_400]),
    }
)


def happening(d, k=0, mirrored=False):
    """An incident at one disc, or along a path of several."""
    lon, lat, radius = (np.array(c) for c in zip(*d["discs"], strict=True))
    lon = 2 * AXIS_DEG - lon if mirrored else lon
    place = PlaceRecord("settlement", lon[0], lat[0], radius[0], *(None,) * 6)
    if d["path"]:
        said = mixture(lon, lat, radius, np.ones(len(lon)), np.linspace(0, d["length_s"], len(lon)))
        place = PlaceRecord("path", said.lon_deg, said.lat_deg, *(None,) * 6, said.radius90_m, said.text)
    start = NOON_NS + d["begun_h"] * 3600 * 10**9
    end = start + d["length_s"] * 10**9
    return Incident(
        f"i{k}", 1, None, Status.RECORDED, start, end, d["cls"], d["p_real"], place, Casualties(), (), d["weapon"]
    )


def bounds(agreement, incidents, situation):
    """Least and greatest probability by (clause, incident)."""
    verdicts = judge_all(agreement, situation(*incidents), KEEP).verdicts
    one = {(v.clause, v.subject): v.numbers for v in verdicts if v.subject_kind == "incident"}
    return {k: (n.get("p_low", n.get("p")), n.get("p_high", n.get("p"))) for k, n in one.items()}


ALL = truce(*KINDS)
MIRRORED = truce(*KINDS, mirrored=True)


@FEW
@given(given_=st.lists(described, min_size=1, max_size=5), data=st.data())
def test_the_order_of_incidents_does_not_matter(situation, given_, data):
    incidents = [happening(d, k) for k, d in enumerate(given_)]
    shuffled = data.draw(st.permutations(incidents))
    assert bounds(ALL, incidents, situation) == bounds(ALL, shuffled, situation)


@FEW
@given(given_=st.lists(described, min_size=1, max_size=5))
def test_on_the_mirrored_map_little_changes_but_the_points_of_a_place(situation, given_):
    here = bounds(ALL, [happening(d, k) for k, d in enumerate(given_)], situation)
    there = bounds(MIRRORED, [happening(d, k, mirrored=True) for k, d in enumerate(given_)], situation)
    for key, (low, high) in here.items():
        steps = 6 / 64 * (4 if high - low > 0.005 else 1)  # a path adds up to four places
        assert there[key] == (pytest.approx(low, abs=steps), pytest.approx(high, abs=steps))


@FEW
@given(given_=st.lists(described, min_size=1, max_size=5), radii=st.tuples(st.floats(10, 9000), st.floats(10, 9000)))
def test_a_wider_ring_around_an_object_never_makes_a_breach_less_probable(situation, given_, radii):
    incidents = [happening(d, k) for k, d in enumerate(given_)]
    narrow, wide = (
        bounds(truce("protected_object", parameters=f"{{radius_m: {r}}}"), incidents, situation) for r in sorted(radii)
    )
    for key, (low, high) in narrow.items():
        assert low <= wide[key][0] + 1e-4
        assert high <= wide[key][1] + 1e-4


@FEW
@given(one=described)
@pytest.mark.parametrize("rule", sorted(KINDS))
def test_two_zones_together_are_engaged_at_least_as_probably_as_each(situation, rule, one):
    names = ("school", "mill") if rule == "protected_object" else ("west", "east")
    both = bounds(truce(rule), [happening(one)], situation)[rule, "i0"]
    for name in names:
        alone = bounds(truce(rule, zones=f"[{name}]"), [happening(one)], situation)[rule, "i0"]
        assert alone[0] <= both[0] + 1e-4
        assert alone[1] <= both[1] + 1e-4


@FEW
@given(one=described, far=disc)
def test_a_longer_path_is_never_less_probable(situation, one, far):
    one = {**one, "path": True, "cls": "uav_overflight", "length_s": 3600}
    more = {**one, "discs": [*one["discs"], far]}
    agreement = truce("aerial_vehicle")
    short = bounds(agreement, [happening(one)], situation)["aerial_vehicle", "i0"]
    long = bounds(agreement, [happening(more)], situation)["aerial_vehicle", "i0"]
    assert short[0] <= long[0] + 1e-4
    assert short[1] <= long[1] + 1e-4


@FEW
@given(given_=st.lists(described, min_size=1, max_size=6))
def test_incidents_without_a_row_are_those_that_surely_lie_outside(situation, given_):
    incidents = [happening(d, k) for k, d in enumerate(given_)]
    every = {k: v for k, v in bounds(ALL, incidents, situation).items() if v[1] > 0}
    rows = judge_all(ALL, situation(*incidents), Config()).verdicts
    assert set(every) <= {(v.clause, v.subject) for v in rows if v.subject_kind == "incident"}
