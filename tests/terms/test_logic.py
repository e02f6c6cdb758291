"""What follows from clauses together: contradictions, clauses that never engage, gaps; each read from files."""

import json
from pathlib import Path

import pytest
from shapely.geometry import box as rectangle

from trucewatch.terms.load import parse_agreement
from trucewatch.terms.logic import Severity, remarks

HEAD = """\
format: 1
title: Test truce
force: invented
force_reason: for the test
time_zone: Europe/Kyiv
effective_from: 2026-01-01
effective_to: 2027-01-01
sources: [made for the test]
parties:
  - {id: left, name: Party Left}
  - {id: right, name: Party Right}
"""


def clause(name: str, rule: str, zones: str, **keys: object) -> str:
    """A clause that binds both parties and forbids fire, unless its keys say otherwise."""
    said = {"binds": ["left", "right"], "acts": ["fire_event"], "domain": "land", **keys}
    lines = [f"  - id: {name}", "    text_reference: its article", f"    rule: {rule}", f"    zones: [{zones}]"]
    return "\n".join(lines + [f"    {k}: {json.dumps(v)}" for k, v in said.items()]) + "\n"


def area(name: str, west: float, south: float, east: float, north: float, **properties: object) -> dict[str, object]:
    """A rectangle as a feature."""
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    said = {"id": name, "kind": "area", "name": name, "vertex_sources": "made for the test", **properties}
    return {"type": "Feature", "properties": said, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def line(name: str, *vertices: list[float], **properties: object) -> dict[str, object]:
    """A line as a feature."""
    said = {"id": name, "kind": "line", "name": name, "vertex_sources": "made for the test", **properties}
    return {"type": "Feature", "properties": said, "geometry": {"type": "LineString", "coordinates": list(vertices)}}


FEATURES = (
    area("whole", 36.0, 47.0, 38.0, 49.0),
    area("west", 36.0, 47.0, 37.0, 49.0),
    area("middle", 36.8, 47.8, 37.2, 48.2),
    area("late", 36.8, 47.8, 37.2, 48.2, valid_from="2026-09-01"),
    area("early", 36.8, 47.8, 37.2, 48.2, valid_to="2026-09-01"),
    area("site_near", 36.9, 47.9, 36.91, 47.91),
    area("site_far", 36.1, 48.5, 36.2, 48.6),
    line("meridian", [37.0, 46.9], [37.0, 49.1]),
    line("short", [37.0, 47.9], [37.0, 48.1]),
    line("line_west", [36.9, 46.9], [36.9, 49.1]),
    line("line_east", [37.1, 46.9], [37.1, 49.1]),
)


def read(*clauses: str, more: str = "", country=None):
    """The remarks on an agreement of these clauses, by severity."""
    files = {
        "terms.yaml": f"{HEAD}{more}provisions:\n{''.join(clauses)}",
        "zones.geojson": json.dumps({"type": "FeatureCollection", "features": list(FEATURES)}, indent=1),
    }
    found = remarks(parse_agreement(files, "test"), files, country)
    assert all(r.line > 1 for r in found)
    return {s: [r.found for r in found if r.severity is s] for s in Severity}


def contradictions(*clauses: str, more: str = "") -> list[str]:
    return read(*clauses, more=more)[Severity.CONTRADICTION]


def unreachable(*clauses: str, more: str = "", country=None) -> list[str]:
    return read(*clauses, more=more, country=country)[Severity.UNREACHABLE]


def uncovered(*clauses: str, more: str = "") -> list[str]:
    left_open = read(*clauses, more=more)[Severity.UNCOVERED]
    return [f for f in left_open if "the domains air, energy and sea" not in f]


RETURN = clause("R", "return_fire", "middle", parameters={"within_s": 600})


def test_a_ban_where_another_clause_permits_fire_in_return_contradicts_it():
    ban = clause("B", "no_fire_area", "middle")
    said = "clause R permits fire in return, and clause B forbids the same acts everywhere and always"
    assert contradictions(RETURN, ban) == [said]


def test_a_ban_that_reaches_into_the_area_of_fire_in_return_contradicts_it_there():
    found = contradictions(RETURN, clause("B", "no_fire_area", "west"))
    assert found == ["clause R permits fire in return, and clause B forbids the same acts where both apply"]


def test_a_ban_inside_the_area_of_fire_in_return_is_its_special_case():
    wide = clause("R", "return_fire", "whole", parameters={"within_s": 600})
    assert contradictions(wide, clause("B", "no_fire_area", "middle")) == []


@pytest.mark.parametrize(
    "apart",
    [
        {"acts": ["overflight"]},
        {"binds": ["right"]},
        {"effective_to": "2026-03-01"},
    ],
    ids=["other acts", "another party", "another time"],
)
def test_clauses_that_never_meet_do_not_contradict(apart):
    permission = clause("R", "return_fire", "middle", parameters={"within_s": 600}, binds=["left"],
                        effective_from="2026-03-01")  # fmt: skip
    other = {"binds": ["left"], "effective_from": "2026-01-01", **apart}
    assert contradictions(permission, clause("B", "no_fire_area", "middle", **other)) == []


def test_a_rate_beside_a_full_ban_contradicts_it_and_a_rate_of_none_does_not():
    ban = clause("B", "no_fire_area", "middle")
    some = clause("N", "rate_over_window", "middle", parameters={"most": 3, "window_h": 24})
    none = clause("N", "rate_over_window", "middle", parameters={"most": 0, "window_h": 24})
    said = "clause N permits up to 3 acts in 24 h, and clause B forbids the same acts everywhere and always"
    assert contradictions(ban, some) == [said]
    assert contradictions(ban, none) == []


def test_hours_that_never_meet_do_not_contradict():
    night = clause("S", "silence_window", "middle", parameters={"hours": ["22:00-06:00"]})
    some = clause("N", "rate_over_window", "middle", parameters={"most": 3, "window_h": 24})
    assert contradictions(night, some) == []  # the night is the special case
    assert contradictions(night, RETURN) == []


def test_an_exception_that_a_wider_ban_does_not_grant_is_void():
    narrow = clause("A", "no_fire_area", "middle", exceptions=["demining"])
    found = contradictions(narrow, clause("B", "no_fire_area", "whole"))
    assert found == ["clause A excepts notified demining, and clause B forbids it everywhere there"]
    assert contradictions(narrow, clause("B", "no_fire_area", "whole", exceptions=["demining"])) == []


def test_an_exception_that_an_overlapping_ban_does_not_grant_is_left_open():
    one = clause("A", "no_fire_area", "west", exceptions=["demining"])
    found = uncovered(one, clause("B", "no_fire_area", "middle"))
    assert found == ["clause A excepts notified demining, and clause B, where both apply, does not"]


def withdrawal(name: str = "W", zone: str = "whole", **parameters: object) -> str:
    """A clause that withdraws mortars of 120 mm by 15 km from the meridian."""
    p = {"baselines": {"left": "meridian", "right": "meridian"}, "sides": {"left": "left", "right": "right"},
         "distances_m": {"mortar_120": 15000}, **parameters}  # fmt: skip
    return clause(name, "withdrawal_line", zone, acts=["weapon_presence"], parameters=p)


def test_a_storage_site_forward_of_every_withdrawal_line_contradicts_them():
    near = clause("S", "storage_inventory", "site_near", acts=["weapon_presence"], binds=["left"])
    found = contradictions(withdrawal(), near)
    said = (
        "clause S keeps weapons in site_near, which lies forward of the lines of clause W: 7.5 km behind a baseline at "
        "most, and 15 km are the least for any weapon"
    )
    assert found == [said]


def test_a_storage_site_behind_the_line_of_its_party_contradicts_nothing():
    far = clause("S", "storage_inventory", "site_far", acts=["weapon_presence"])
    assert contradictions(withdrawal(), far) == []


def test_a_storage_site_in_a_zone_without_weapons_contradicts_it_unless_it_is_left_out():
    site = clause("S", "storage_inventory", "site_far", acts=["weapon_presence"])
    zone = clause("Z", "weapons_zone", "whole", acts=["weapon_presence"])
    without = clause("Z", "weapons_zone", "whole", acts=["weapon_presence"], parameters={"except_zones": ["site_far"]})
    assert contradictions(site, zone) == ["clause S keeps weapons in site_far, where clause Z forbids any"]
    assert contradictions(site, without) == []


def test_both_parties_on_one_side_of_a_line_is_a_contradiction():
    found = contradictions(withdrawal(sides={"left": "left", "right": "left"}))
    assert found == ["clause W puts Party Left and Party Right on the same side of meridian"]


def test_parties_behind_the_baselines_of_each_other_is_a_contradiction():
    own = {"baselines": {"left": "line_west", "right": "line_east"}}
    assert contradictions(withdrawal(**own)) == []
    found = contradictions(withdrawal(**own, sides={"left": "right", "right": "left"}))
    assert found == ["clause W lets Party Left and Party Right each stand beyond the baseline of the other"]


def test_two_distances_for_one_weapon_from_one_baseline_contradict_each_other():
    found = contradictions(withdrawal("V"), withdrawal("W", distances_m={"mortar_120": 25000, "tank": 15000}))
    assert found == ["clauses V and W ask for different distances from one baseline: mortar 120 15 km and 25 km"]


def test_a_zone_that_is_never_valid_while_the_clause_applies_is_unreachable():
    found = unreachable(clause("A", "no_fire_area", "middle, late", effective_to="2026-06-01"))
    assert found == ["zone late of clause A is never valid while the clause applies"]


def test_a_zone_whose_sites_leave_nothing_of_it_is_unreachable():
    none = clause("Z", "weapons_zone", "middle", acts=["weapon_presence"], parameters={"except_zones": ["whole"]})
    assert unreachable(none) == ["clause Z applies nowhere: nothing of its zones is left"]


def test_works_that_are_new_only_after_the_clause_has_ended_are_unreachable():
    since = clause("W", "new_works", "middle", acts=["new_works"], effective_to="2026-06-01",
                   parameters={"since": "2026-07-01"})  # fmt: skip
    assert unreachable(since) == ["clause W never applies: its dates and those of its zones have no moment in common"]


def test_an_act_below_another_act_of_the_clause_is_remarked_on():
    found = unreachable(clause("A", "no_fire_area", "middle", acts=["fire_event", "impact"]))
    assert found == ["clause A names impact, which is already one of fire event"]


NOTICE = """\
notices:
  - {party: left, activity: demining, from: 2026-01-01, to: 2027-01-01, zone: whole, source: notice 1}
"""


def test_a_notice_over_the_whole_zone_and_time_takes_everything_out_of_a_clause():
    excepted = clause("A", "no_fire_area", "middle", exceptions=["demining"])
    assert unreachable(excepted, more=NOTICE) == ["the notified demining (notice 1) covers clause A wholly"]
    assert unreachable(clause("A", "no_fire_area", "middle"), more=NOTICE) == []
    assert unreachable(excepted, more=NOTICE.replace("2027-01-01", "2026-11-01")) == []


def test_a_clause_inside_another_that_says_the_same_adds_nothing():
    outer, inner = clause("A", "no_fire_area", "whole"), clause("B", "no_fire_area", "middle", acts=["impact"])
    assert unreachable(outer, inner) == ["clause B adds nothing: whatever engages it engages clause A too"]


def test_of_two_equal_clauses_the_later_adds_nothing():
    found = unreachable(clause("A", "no_fire_area", "middle"), clause("B", "no_fire_area", "middle"))
    assert found == ["clause B adds nothing: whatever engages it engages clause A too"]


def test_a_stricter_clause_inside_one_with_an_exception_adds_something():
    outer = clause("A", "no_fire_area", "whole", exceptions=["demining"])
    assert unreachable(outer, clause("B", "no_fire_area", "middle")) == []


def test_a_laxer_limit_beside_a_stricter_one_adds_nothing():
    strict = clause("A", "rate_over_window", "middle", parameters={"most": 3, "window_h": 24})
    lax = clause("B", "rate_over_window", "middle", parameters={"most": 5, "window_h": 12})
    shorter = clause("B", "rate_over_window", "middle", parameters={"most": 2, "window_h": 12})
    assert unreachable(strict, lax) == ["clause B adds nothing: whatever engages it engages clause A too"]
    assert unreachable(strict, shorter) == []


def test_a_zone_outside_the_country_is_remarked_on():
    found = unreachable(clause("A", "no_fire_area", "middle"), country=rectangle(20, 47, 30, 50))
    assert found == ["zone middle lies outside the country"]


def test_times_without_any_clause_are_left_open():
    found = uncovered(clause("A", "no_fire_area", "middle", effective_to="2026-06-01"))
    assert found == ["no clause applies from 2026-06-01T00:00:00+03:00 to 2027-01-01T00:00:00+02:00"]


PHASES = """\
phases:
  - {id: one, from: 2026-01-01, to: 2026-06-01, domains: [air]}
  - {id: two, from: 2026-06-01, to: 2027-01-01}
"""


def test_a_phase_in_which_no_clause_speaks_of_a_domain_is_left_open():
    flights = clause("A", "no_fire_area", "middle", domain="air", acts=["overflight"], phase="one")
    found = uncovered(flights, clause("B", "no_fire_area", "middle"), more=PHASES)
    assert "in phase two no clause is about the domain air, of which other phases speak" in found
    assert not any("in phase one" in f for f in found)  # it does not switch the land on


def test_a_party_that_no_clause_binds_is_left_out():
    found = uncovered(clause("A", "no_fire_area", "middle", binds=["left"]))
    assert found == ["no clause binds Party Right"]


def test_kinds_of_fire_that_nothing_forbids_in_the_zone_are_left_open():
    impacts = clause("A", "no_fire_area", "middle", acts=["explosion"])
    said = (
        "clause A forbids explosion, and no clause forbids aerial attack, ground battle, outgoing and projectile in "
        "its zones"
    )
    assert uncovered(impacts) == [said]
    assert uncovered(impacts, clause("B", "no_fire_area", "whole")) == []


def test_weapons_without_a_distance_although_their_family_has_one_are_left_open():
    said = "clause W gives no distance for mortar 60 (mortar 120 has one), mortar 82 (mortar 120 has one)"
    assert uncovered(withdrawal()) == [said]


def test_a_zone_mostly_beyond_the_ends_of_its_baseline_is_left_open():
    found = uncovered(withdrawal(baselines={"left": "short", "right": "meridian"}, distances_m={"tank": 15000}))
    assert found == ["90% of the zone of clause W lies beyond the ends of the baseline of Party Left"]


def test_the_files_need_not_be_at_hand():
    files = {
        "terms.yaml": f"{HEAD}provisions:\n{RETURN}{clause('B', 'no_fire_area', 'middle')}",
        "zones.geojson": json.dumps({"type": "FeatureCollection", "features": list(FEATURES)}),
    }
    found = remarks(parse_agreement(files, "test"))
    assert found[0].severity is Severity.CONTRADICTION
    assert str(found[0]).startswith("terms.yaml:1: contradiction: clause R permits fire in return")


SHIPPED = [p.parent for p in sorted((Path(__file__).parents[2] / "agreements").glob("*/terms.yaml"))]


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda p: p.name)
def test_no_shipped_agreement_contradicts_itself(folder):
    files = {p.name: p.read_text(encoding="utf-8") for p in folder.glob("*.*")}
    found = remarks(parse_agreement(files, folder.name), files)
    assert [str(r) for r in found if r.severity is Severity.CONTRADICTION] == []
