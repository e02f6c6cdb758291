"""What the rules about things in zones say: objects, flights, works, weapons and monitors, in plain numbers."""

import json
from dataclasses import replace

import numpy as np
import pytest
from shapely.geometry import box as rectangle

from trucewatch.core.agreement import Notice
from trucewatch.core.errors import AgreementError
from trucewatch.core.parts import mixture
from trucewatch.core.records import PlaceRecord
from trucewatch.core.times import HOUR_NS, parse_instant
from trucewatch.terms import Config, judge_all, parse_agreement

HEAD = """\
format: 1
title: Test truce
force: in_force
force_reason: for the test
time_zone: UTC
effective_from: 2026-01-01
effective_to: 2027-01-01
sources: [made for the test]
parties:
  - {id: left, name: Party Left}
  - {id: right, name: Party Right}
provisions:
  - id: it
    text_reference: article 1
    domain: land
    binds: [left, right]
"""
SQUARE = [[[36.9, 47.9], [37.1, 47.9], [37.1, 48.1], [36.9, 48.1], [36.9, 47.9]]]  # 15 km by 22 km
DEPOT = [[[36.98, 47.98], [37.02, 47.98], [37.02, 48.02], [36.98, 48.02], [36.98, 47.98]]]
ZONES = [
    ("square", "area", "Polygon", SQUARE, None),
    ("depot", "area", "Polygon", DEPOT, "storage"),
    ("school", "point", "Point", [37.0, 48.0], "school"),
    ("clinic", "point", "Point", [37.2, 48.0], "hospital"),
    ("road", "line", "LineString", [[36.0, 48.0], [38.0, 48.0]], None),
]


def feature(name, kind, geometry, coordinates, object_class, said="made for the test"):
    """A GeoJSON feature whose vertices all name the same source, or none."""
    properties = {"id": name, "kind": kind, "name": name, "object_class": object_class, "vertex_sources": said}
    return {
        "type": "Feature", "properties": properties, "geometry": {"type": geometry, "coordinates": coordinates},
    }  # fmt: skip


def zones_text(unsourced=()):
    """All zones; some of them without a source."""
    features = [feature(*z, said=None if z[0] in unsourced else "made for the test") for z in ZONES]
    return json.dumps({"type": "FeatureCollection", "features": features})


def truce(clause, unsourced=()):
    """A truce with one clause."""
    text = HEAD + "".join(f"    {line}\n" for line in clause.strip().splitlines())
    return parse_agreement({"terms.yaml": text, "zones.geojson": zones_text(unsourced)}, "test")


def said(agreement, facts, kind="incident", config=None):
    """The verdicts about incidents, or about periods."""
    judged = judge_all(agreement, facts, config or Config(keep_unconcerned=True))
    return [v for v in judged.verdicts if v.subject_kind == kind]


def only(agreement, facts, kind="incident"):
    """The only one of them."""
    (verdict,) = said(agreement, facts, kind)
    return verdict


OBJECTS = "rule: protected_object\nacts: [explosion]\nobjects: [school, hospital]\nparameters: {radius_m: 500}"


# One degree of longitude at 48 N is 74.6 km: 0.004 degrees are 300 m, 0.01 are 750 m.
@pytest.mark.parametrize(("lon", "word"), [(37.0, "breach"), (37.004, "breach"), (37.01, "no_breach")])
def test_an_explosion_within_the_radius_of_a_school_engages_the_clause(incident, situation, lon, word):
    v = only(truce(OBJECTS), situation(incident(lon=lon, radius_m=20)))
    assert v.verdict == word


def test_the_verdict_names_the_object(incident, situation):
    v = only(truce(OBJECTS), situation(incident(lon=37.2, radius_m=20)))
    assert "impact in the 500 m around clinic with probability 0.95" in v.reason


def test_a_place_wider_than_the_radius_is_undecided(incident, situation):
    v = only(truce(OBJECTS), situation(incident(kind="settlement", radius_m=1000, p_real=1.0)))
    assert v.verdict == "undecided"
    assert v.p == pytest.approx(0.25, abs=1 / 32)  # (500 m / 1000 m)²
    assert "straddles" in v.reason


def test_fire_opened_beside_a_school_is_no_effect_on_it_unless_the_clause_says_so(incident, situation):
    fired = situation(incident(cls="outgoing"))
    assert only(truce(OBJECTS), fired).verdict == "no_breach"
    assert only(truce(OBJECTS.replace("explosion", "fire_event")), fired).verdict == "breach"


def test_every_object_is_a_subject_and_quiet_counts_only_where_it_was_seen(incident, situation):
    by_object = {v.subject.split()[0]: v for v in said(truce(OBJECTS), situation(incident()), "period")}
    assert {k: v.verdict for k, v in by_object.items()} == {"school": "breach", "clinic": "no_breach"}
    assert "in the 500 m around school" in by_object["school"].reason
    blind = said(truce(OBJECTS), situation(seen=0.1), "period")
    assert [v.verdict for v in blind] == ["unobserved", "unobserved"]


def test_an_object_without_a_source_leaves_open_only_what_lies_around_it(incident, situation):
    agreement = truce(OBJECTS, unsourced=["clinic"])
    at_school, at_clinic = said(agreement, situation(incident("a"), incident("b", lon=37.2, radius_m=20)))
    assert (at_school.verdict, at_clinic.verdict) == ("breach", "undecided")
    assert "1 of 1 vertices of clinic name no source" in at_clinic.reason
    assert {v.subject.split()[0]: v.verdict for v in said(agreement, situation(), "period")} == {
        "school": "no_breach", "clinic": "undecided",
    }  # fmt: skip


def test_an_area_is_protected_with_its_surroundings(incident, situation):
    agreement = truce("rule: protected_object\nacts: [explosion]\nobjects: [storage]\nparameters: {radius_m: 500}")
    words = [v.verdict for v in said(agreement, situation(*(incident(f"{x}", lon=x, radius_m=20)
             for x in (37.0, 37.024, 37.03))))]  # fmt: skip
    assert words == ["breach", "breach", "no_breach"]


FLIGHT = "rule: aerial_vehicle\nzones: [square]\nexceptions: [flight]\nnotice_hours: 24"
START = "2026-03-01T10:00:00Z"


def flight(incident, *lon, lat=48.0, radius_m=200.0, step_s=60.0, slack_s=0.0, name="flight"):
    """A drone that flies along a parallel, a place every minute; it may have started `slack_s` later."""
    n = len(lon)
    t_s = np.arange(n) * step_s
    path = mixture(np.array(lon), np.full(n, lat), np.full(n, radius_m), np.ones(n), t_s)
    place = PlaceRecord(
        "path",
        path.lon_deg,
        path.lat_deg,
        None,
        None,
        None,
        None,
        path.lon_deg,
        path.lat_deg,
        path.radius90_m,
        path.text,
    )
    plain = incident(name, cls="uav_overflight", p_real=1.0, start=START)
    return replace(plain, place=place, t_end_ns=plain.t_start_ns + int((t_s[-1] + slack_s) * 1e9))


def test_a_flight_through_the_zone_engages_it_however_short_its_time_inside(incident, situation):
    through = flight(incident, *np.linspace(35.0, 39.0, 41))
    v = only(truce(FLIGHT), situation(through))
    assert (v.verdict, v.p) == ("breach", 1.0)
    elsewhere = "rule: no_fire_area\nacts: [overflight]\nzones: [square]"
    assert only(truce(elsewhere), situation(through)).verdict == "undecided"  # a place that is mostly outside


def test_a_flight_around_the_zone_does_not_engage_it(incident, situation):
    v = only(truce(FLIGHT), situation(flight(incident, *np.linspace(35.0, 36.89, 20))))
    assert (v.verdict, v.p) == ("no_breach", 0.0)


def test_a_flight_along_the_border_is_undecided_between_its_likeliest_place_and_all_together(incident, situation):
    along = flight(incident, 36.9, 36.9, 36.9, radius_m=500)
    v = only(truce(FLIGHT), situation(along))
    assert (v.verdict, v.p) == ("undecided", None)
    assert v.numbers["p_low"] == pytest.approx(0.5, abs=1 / 32)
    assert v.numbers["p_high"] == 1.0
    assert "3 places of its path may lie in the zone in its hours, the likeliest with probability 0.5" in v.reason


def test_only_the_places_passed_while_the_clause_is_effective_count(incident, situation):
    # In the square from minute 2 on; the clause ends at minute 2, or at minute 3.
    crossing = flight(incident, 36.7, 36.8, 36.95, 37.0)
    for minute, word in ((2, "no_breach"), (3, "breach")):
        until = f"\neffective_to: 2026-03-01T10:0{minute}:00+00:00"
        assert only(truce(FLIGHT + until), situation(crossing)).verdict == word


def test_a_flight_whose_start_is_open_is_weighed_over_that_time(incident, situation):
    # It may start up to 4 minutes later; in the zone at minute 2 after its start, and the clause ends at minute 3.
    crossing = flight(incident, 36.7, 36.8, 36.95, slack_s=240)
    until = "\neffective_to: 2026-03-01T10:03:00+00:00"
    v = only(truce(FLIGHT + until), situation(crossing))
    assert v.verdict == "undecided"
    assert v.p == pytest.approx(0.25)


def test_a_path_without_times_may_lie_in_the_clause_all_its_interval(incident, situation):
    crossing = flight(incident, 36.7, 36.8, 36.95, slack_s=60)
    text = ";".join(part.rsplit(",", 1)[0] for part in crossing.place.parts.split(";"))
    untimed = replace(crossing, place=replace(crossing.place, parts=text))
    until = "\neffective_to: 2026-03-01T10:01:30+00:00"  # half of the three minutes
    assert only(truce(FLIGHT + until), situation(untimed)).p == pytest.approx(0.5)


def test_flights_are_weighed_beside_each_other(incident, situation):
    facts = situation(
        flight(incident, *np.linspace(35.0, 36.5, 9), name="far"),
        flight(incident, 36.8, 37.0, name="in"),
        incident("shell"),
        flight(incident, 36.5, 36.6, 36.7, name="near"),
        flight(incident, 36.9, name="edge"),
    )
    words = {v.subject: (v.verdict, v.p) for v in said(truce(FLIGHT), facts)}
    assert words["edge"] == ("undecided", pytest.approx(0.5, abs=1 / 32))
    assert {k: v for k, v in words.items() if k != "edge"} == {
        "far": ("no_breach", 0.0), "in": ("breach", 1.0), "shell": ("no_breach", 0.0), "near": ("no_breach", 0.0),
    }  # fmt: skip


def notified_flight(hours_before):
    """A flight of one hour over the middle of the square, notified some hours before its start."""
    start = parse_instant("2026-03-01T09:30:00Z")
    around = rectangle(36.85, 47.95, 37.15, 48.05)
    told = None if hours_before is None else start - int(hours_before * HOUR_NS)
    return Notice("left", "flight", start, start + HOUR_NS, around, "notice 3", told)


@pytest.mark.parametrize(("hours", "word"), [(25, "no_breach"), (23, "breach"), (None, "undecided")])
def test_a_flight_is_excepted_only_if_it_was_notified_in_time(incident, situation, hours, word):
    seen = flight(incident, *np.linspace(36.7, 37.3, 13))
    v = only(truce(FLIGHT), situation(seen, notices=(notified_flight(hours),)))
    assert v.verdict == word
    if word == "no_breach":
        assert "covered with probability 1.00 by the notified flight of Party Left (notice 3)" in v.reason
    if word == "undecided":
        assert "not known whether the notice that covers it was given in time" in v.reason


def test_a_flight_that_leaves_its_notified_area_is_no_longer_excepted(incident, situation):
    seen = flight(incident, 37.0, 37.0, lat=48.08)
    assert only(truce(FLIGHT), situation(seen, notices=(notified_flight(25),))).verdict == "breach"


def test_a_zone_with_a_flight_over_it_and_a_quiet_one(incident, situation):
    through = flight(incident, *np.linspace(36.0, 38.0, 41))
    assert only(truce(FLIGHT), situation(through), "period").verdict == "breach"
    border = flight(incident, 36.9, 36.9, 36.9, radius_m=500)
    assert only(truce(FLIGHT), situation(border), "period").verdict == "undecided"
    assert only(truce(FLIGHT), situation(), "period").verdict == "no_breach"
    assert only(truce(FLIGHT), situation(seen=0.2), "period").verdict == "unobserved"


def test_an_overflight_with_a_plain_place_is_judged_by_it(incident, situation):
    assert only(truce(FLIGHT), situation(incident(cls="uav_overflight"))).verdict == "breach"
    assert only(truce(FLIGHT), situation(incident(cls="impact"))).verdict == "no_breach"


WORKS = "rule: new_works\nzones: [square]\nparameters: {since: 2026-02-01}"


@pytest.mark.parametrize(
    ("without", "with_it", "word"),
    [
        ("2026-02-03", "2026-02-20", "breach"),
        ("2026-01-10", "2026-01-31", "no_breach"),
        ("2026-01-22", "2026-02-11", "undecided"),
    ],
)
def test_works_are_judged_by_when_they_may_have_begun(incident, situation, without, with_it, word):
    dug = incident(cls="fortification", start=f"{without}T00:00:00Z", end=f"{with_it}T00:00:00Z")
    v = only(truce(WORKS), situation(dug))
    assert v.verdict == word
    if word == "undecided":
        assert "50% of the time in which it may have begun falls under the clause" in v.reason
        assert v.p == pytest.approx(0.475)


def test_without_a_date_works_are_new_from_when_the_clause_takes_effect(incident, situation):
    clause = "rule: new_works\nzones: [square]\neffective_from: 2026-02-15"
    dug = incident(cls="new_works", start="2026-02-05T00:00:00Z", end="2026-02-25T00:00:00Z", p_real=1.0)
    assert only(truce(clause), situation(dug)).p == pytest.approx(0.5)


def test_a_date_before_the_clause_takes_effect_reaches_back(incident, situation):
    clause = "rule: new_works\nzones: [square]\neffective_from: 2026-02-15\nparameters: {since: 2025-12-01}"
    dug = incident(cls="mines", start="2025-12-05T00:00:00Z", end="2025-12-09T00:00:00Z")
    assert only(truce(clause), situation(dug)).verdict == "breach"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"cls": "mines", "p_real": 0.95}, "breach"),
        ({"cls": "mines", "p_real": 0.5}, "undecided"),  # a suspected field
        ({"cls": "mine_clearance"}, "no_breach"),
        ({"cls": "event"}, "undecided"),
    ],
)
def test_a_suspected_minefield_is_not_a_confirmed_one_and_clearance_is_no_act(incident, situation, change, word):
    assert only(truce(WORKS), situation(incident(**change))).verdict == word


def test_a_period_asks_what_was_begun_in_it(incident, situation):
    # Dug between 27 February and 3 March; a quarter of that is the day that is judged.
    dug = incident(cls="fortification", start="2026-02-27T00:00:00Z", end="2026-03-03T00:00:00Z", p_real=1.0)
    day = only(truce(WORKS), situation(dug), "period")
    assert (day.verdict, day.numbers["p_any_high"]) == ("undecided", 0.25)
    fresh = incident(cls="fortification", start="2026-03-01T08:00:00Z", end="2026-03-01T09:00:00Z")
    assert only(truce(WORKS), situation(fresh), "period").verdict == "breach"
    assert only(truce(WORKS), situation(), "period").verdict == "no_breach"
    assert only(truce(WORKS), situation(seen=0.2), "period").verdict == "unobserved"


WEAPONS = """\
rule: weapons_zone
zones: [square]
parameters:
  weapons: [mortar_120, artillery_152]
  except_zones: [depot]
"""


@pytest.mark.parametrize(
    ("weapon", "word"),
    [("152-mm howitzer", "breach"), ("mortar", "undecided"), (None, "undecided"), ("82-mm mortar", "no_breach")],
)
def test_a_weapon_counts_by_what_its_word_may_mean(incident, situation, weapon, word):
    v = only(truce(WEAPONS), situation(incident(cls="weapon_presence", lon=37.08, weapon=weapon)))
    assert v.verdict == word
    assert v.conditional == {"left": word, "right": word}


def test_a_weapon_in_a_storage_site_is_excepted(incident, situation):
    stored = incident(cls="weapon_presence", weapon="152-mm howitzer")
    assert only(truce(WEAPONS), situation(stored)).verdict == "no_breach"
    beside = incident(cls="weapon_presence", weapon="152-mm howitzer", lon=37.02, kind="settlement", p_real=1.0)
    assert only(truce(WEAPONS), situation(beside)).p == pytest.approx(0.5, abs=1 / 32)


def test_a_site_counts_only_while_it_is_valid(incident, situation):
    agreement = truce(WEAPONS)
    zones = tuple(replace(z, valid_from_ns=parse_instant("2026-03-01T12:00:00Z")) if z.id == "depot" else z
                  for z in agreement.zones)  # fmt: skip
    agreement = replace(agreement, zones=zones)
    stored = incident(cls="weapon_presence", weapon="152-mm howitzer", start="2026-03-01T10:00:00Z")
    assert only(agreement, situation(stored)).verdict == "breach"
    assert len(said(agreement, situation(), "period")) == 2


def test_an_unsourced_storage_site_leaves_the_clause_open(incident, situation):
    gun = incident(cls="weapon_presence", lon=37.08, weapon="152-mm howitzer")
    v = only(truce(WEAPONS, unsourced=["depot"]), situation(gun))
    assert v.verdict == "undecided"
    assert "4 of 4 vertices of depot name no source" in v.reason


def test_a_zone_without_forces_takes_any_presence(incident, situation):
    bare = truce("rule: weapons_zone\nacts: [presence]\nzones: [square]")
    for cls, weapon in (("presence", None), ("weapon_presence", "rifle"), ("control_change", None)):
        assert only(bare, situation(incident(cls=cls, weapon=weapon))).verdict == "breach"


def test_a_security_zone_over_a_period(incident, situation):
    gun = incident(cls="weapon_presence", lon=37.08, weapon="152-mm howitzer")
    tube = replace(gun, weapon="mortar")
    assert only(truce(WEAPONS), situation(gun), "period").verdict == "breach"
    assert only(truce(WEAPONS), situation(tube), "period").verdict == "undecided"
    assert only(truce(WEAPONS), situation(), "period").verdict == "no_breach"
    assert only(truce(WEAPONS), situation(seen=0.2), "period").verdict == "unobserved"


MONITORS = "rule: obstruction\nzones: [square]\nexceptions: [demining]\nparameters: {delay_tolerated_s: 1800}"


@pytest.mark.parametrize(
    ("cls", "minutes", "word"),
    [
        ("denial", 0, "breach"),
        ("jamming", 5, "breach"),
        ("delay", 29, "no_breach"),
        ("delay", 30, "breach"),
        ("delay", 0, "undecided"),
        ("obstruction", 10, "undecided"),
        ("obstruction", 45, "breach"),
        ("impact", 45, "no_breach"),
    ],
)
def test_a_short_delay_is_tolerated_and_an_unknown_length_leaves_it_open(incident, situation, cls, minutes, word):
    end = f"2026-03-01T10:{minutes:02d}:00Z"
    assert only(truce(MONITORS), situation(incident(cls=cls, end=end))).verdict == word


def test_an_unknown_length_is_said(incident, situation):
    assert "how long it lasted is not known" in only(truce(MONITORS), situation(incident(cls="delay"))).reason


def test_a_tolerated_class_engages_nothing_and_a_coarser_one_may(incident, situation):
    agreement = truce("rule: obstruction\nzones: [square]\nparameters: {tolerated: [delay, conditional_access]}")
    words = {c: only(agreement, situation(incident(cls=c))).verdict
             for c in ("delay", "conditional_access", "denial", "obstruction", "fire_at_monitors")}  # fmt: skip
    assert words == {"delay": "no_breach", "conditional_access": "no_breach", "denial": "breach",
                     "obstruction": "undecided", "fire_at_monitors": "breach"}  # fmt: skip


def test_a_notified_restriction_because_of_mines_is_no_obstruction(incident, situation):
    start = parse_instant("2026-03-01T09:00:00Z")
    mined = Notice("right", "demining", start, start + 2 * HOUR_NS, rectangle(36.9, 47.9, 37.1, 48.1), "notice 5")
    denied = incident(cls="denial")
    assert only(truce(MONITORS), situation(denied)).verdict == "breach"
    v = only(truce(MONITORS), situation(denied, notices=(mined,)))
    assert v.verdict == "no_breach"
    assert "notified demining of Party Right" in v.reason


def test_monitors_over_a_period(incident, situation):
    denied, stood = incident(cls="denial"), incident(cls="delay")
    assert only(truce(MONITORS), situation(denied), "period").verdict == "breach"
    assert only(truce(MONITORS), situation(stood), "period").verdict == "undecided"
    assert only(truce(MONITORS), situation(), "period").verdict == "no_breach"
    assert only(truce(MONITORS), situation(seen=0.2), "period").verdict == "unobserved"


MISTAKES = [
    ("rule: protected_object\nacts: [explosion]\nzones: [road]\nparameters: {radius_m: 5}", "an object as a point"),
    ("rule: protected_object\nacts: [explosion]\nzones: [school]", "found no radius_m"),
    ("rule: protected_object\nacts: [explosion]\nobjects: [museum]\nparameters: {radius_m: 5}",
     "the unknown object class 'museum'"),
    ("rule: protected_object\nzones: [school]\nparameters: {radius_m: 5}", "found no acts"),
    ("rule: aerial_vehicle\nzones: [road]", "an area or the country"),
    ("rule: aerial_vehicle", "found no zones"),
    ("rule: aerial_vehicle\nzones: [square]\nparameters: {below_m: 120}", "the unknown key 'below_m'"),
    ("rule: new_works\nzones: [square]\nparameters: {since: 2026-02-01T10:00:00}", "write its offset from UTC"),
    ("rule: new_works\nzones: [square]\nacts: [impact]", "new_works, fortification or mines"),
    ("rule: weapons_zone\nzones: [square]\nparameters: {weapons: [catapult]}", "the unknown weapon class 'catapult'"),
    ("rule: weapons_zone\nzones: [square]\nparameters: {except_zones: [road]}", "a zone of kind area (square, depot)"),
    ("rule: obstruction\nzones: [square]\nparameters: {tolerated: [tea]}", "the unknown class 'tea'"),
    ("rule: obstruction\nzones: [square]\nparameters: {tolerated: [obstruction]}", "which takes in an act"),
    ("rule: obstruction\nzones: [square]\nparameters: {tolerated: [delay], delay_tolerated_s: 60}", "one of both"),
    ("rule: silence_window\nacts: [fire_event]\nzones: [school]", "a zone of kind point"),
    ("rule: no_fire_area\nacts: [fire_event]\nzones: [school]", "of kind point"),
    ("rule: no_fire_area\nacts: [fire_event]\nzones: [square]\nnotice_hours: -1", "greater than or equal to 0"),
]  # fmt: skip


@pytest.mark.parametrize(("clause", "words"), MISTAKES, ids=[m[1] for m in MISTAKES])
def test_a_mistake_in_a_clause_is_named(clause, words):
    with pytest.raises(AgreementError) as caught:
        truce(clause)
    assert words in str(caught.value)
