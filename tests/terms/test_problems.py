"""Every mistake in an agreement's files is named with its file, its line and what to do."""

import json

import pytest

from trucewatch.core.errors import AgreementError
from trucewatch.terms import check, parse_agreement

# What is replaced, by what, the line it is found on, and words that the sentence must hold.
MISTAKES = [
    ("title: Test truce", "titel: Test truce", 2, "did you mean 'title'?"),
    ("title: Test truce\n", "", 1, "found no title"),
    ("force: in_force", "force: perhaps", 3, "'in_force', 'hypothetical' or 'invented'"),
    ("time_zone: Europe/Kyiv", "time_zone: Europe/Atlantis", 5, "a known time zone"),
    ("effective_from: 2026-01-01", "effective_from: 2026-01-01T10:00:00", 6, "write its offset from UTC"),
    ("effective_from: 2026-01-01", "effective_from: 2026-02-30", 6, "found the time '2026-02-30'"),
    ("effective_to: 2027-01-01", "effective_to: 2025-01-01", 7, "an end after the start"),
    ("{id: right, name: Party Right}", "{id: left, name: Party Right}", 11, "the id 'left' twice"),
    ("{id: two, from: 2026-06-01,", "{id: two, from: 2026-07-01,", 13, "a gap from 2026-06-01"),
    ("{id: two, from: 2026-06-01,", "{id: two, from: 2026-05-01,", 14, "beginning before"),
    ("id: weapons", "id: fire", 24, "the id 'fire' twice in provisions"),
    ("    text_reference: article 2\n", "", 24, "found no text_reference"),
    ("rule: no_fire_area", "rule: no_fire_arena", 18, "the unknown kind of rule 'no_fire_arena'"),
    ("binds: [left, right]\n    acts: [fire_event]\n    zones: [square]",
     "binds: [left, middle]\n    acts: [fire_event]\n    zones: [square]", 20, "the unknown party 'middle'"),
    ("acts: [weapon_presence]", "acts: [weapon_absence]", 29, "the unknown act class 'weapon_absence'"),
    ("zones: [square]", "zones: [circle]", 22, "the unknown zone 'circle'"),
    ("zones: [square]", "zones: [square]\n    phase: three", 23, "the unknown phase 'three'"),
    ("zones: [square]", "zones: [square]\n    effective_to: 2028-01-01", 16, "outside its agreement"),
    ("exceptions: [demining]", "exceptions: [gardening]", 23, "'gardening'"),
    ("sides: {left: left, right: right}", "sides: {left: left}", 33, "each party that the clause binds"),
    ("baselines: {left: meridian", "baselines: {left: square", 32, "a zone of kind line (meridian)"),
    ("mortar_120: 15000", "catapult: 15000", 34, "the unknown weapon class 'catapult'"),
    ("distances_m:", "distance_m:", 34, "did you mean 'distances_m'?"),
    ('hours: ["10:00-14:00"]', 'hours: ["10-14"]', 42, "write HH:MM-HH:MM"),
    (", buffer_m: 1000", "", 42, "the tolerance of the corridor in metres"),
    ("sources: [made for the test]", "sources: &a [made for the test]\nnotices: *a", 1, "an alias"),
    ("title: Test truce", "title: Test truce\ntitle: Another", 3, "the key 'title' twice"),
    ("title: Test truce", "title: [Test truce", 3, "no YAML"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "words"), MISTAKES, ids=[m[3] for m in MISTAKES])
def test_a_mistake_in_terms_is_named_with_its_line_and_fix(files, old, new, line, words):
    assert files["terms.yaml"].count(old) == 1
    files["terms.yaml"] = files["terms.yaml"].replace(old, new)
    with pytest.raises(AgreementError) as caught:
        parse_agreement(files, "test")
    said = [p for p in str(caught.value).splitlines() if words in p]
    assert said, str(caught.value)
    assert said[0].strip().startswith(f"terms.yaml:{line}: found "), said[0]


def edit(files, zone, change):
    """Apply a change to one feature of zones.geojson."""
    collection = json.loads(files["zones.geojson"])
    change(next(f for f in collection["features"] if f["properties"]["id"] == zone))
    return {**files, "zones.geojson": json.dumps(collection, indent=1)}


def cross(feature):
    feature["geometry"]["coordinates"] = [[[36.9, 47.9], [37.1, 48.1], [37.1, 47.9], [36.9, 48.1], [36.9, 47.9]]]


def loop(feature):
    feature["geometry"]["coordinates"] = [[37.0, 47.0], [37.2, 48.0], [37.2, 47.5], [37.0, 47.5]]


ZONE_MISTAKES = [
    ("square", cross, "zone 'square' crosses itself at 37.00000 E 48.00000 N"),
    ("meridian", loop, "zone 'meridian' crosses itself at 37.10000 E 47.50000 N"),
    ("square", lambda f: f["properties"].update(vertex_sources=["a", "b"]), "2 sources for the 4 vertices"),
    ("square", lambda f: f["properties"].update(colour="red"), "the unknown key 'colour'"),
    ("square", lambda f: f["properties"].update(valid_from="2026-01-01T00:00:00"), "write its offset from UTC"),
    ("square", lambda f: f["properties"].update(disputed_by=["nobody"]), "the unknown party 'nobody'"),
    ("square", lambda f: f["properties"].update(id="wide"), "the zone 'wide' twice"),
    ("square", lambda f: f["geometry"].update(type="Point"), "Polygon or MultiPolygon"),
    ("square", lambda f: f["geometry"].update(coordinates=[[[1, 2]]]), "coordinates of zone 'square' that cannot"),
    ("square", lambda f: f["geometry"].update(coordinates=[[[370, 1], [371, 1], [371, 2], [370, 1]]]),
     "outside the Earth"),
    ("square", lambda f: f["properties"].update(valid_to="2026-05-01"), "no valid zone of clause 'fire'"),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "change", "words"), ZONE_MISTAKES, ids=[m[2] for m in ZONE_MISTAKES])
def test_a_mistake_in_zones_names_the_zone_and_where(files, zone, change, words):
    with pytest.raises(AgreementError) as caught:
        parse_agreement(edit(files, zone, change), "test")
    assert words in str(caught.value)


def test_the_line_of_a_zone_is_that_of_its_feature(files):
    changed = edit(files, "wide", lambda f: f["properties"].update(colour="red"))
    line = next(i for i, text in enumerate(changed["zones.geojson"].splitlines(), 1) if "colour" in text)
    with pytest.raises(AgreementError, match=f"zones.geojson:{line}: "):
        parse_agreement(changed, "test")


def test_all_problems_are_collected_one_a_line(files):
    files["terms.yaml"] = files["terms.yaml"].replace("[square]", "[circle]").replace("[road]", "[lane]")
    with pytest.raises(AgreementError) as caught:
        parse_agreement(files, "test")
    assert "mend 2 things" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 3


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "[" * 1200, "just words", "\x00"])
def test_a_file_that_is_no_agreement_gives_one_sentence(text):
    with pytest.raises(AgreementError, match=r"terms.yaml:\d+: found "):
        parse_agreement({"terms.yaml": text}, "test")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"features": [1]}', "[" * 3000])
def test_a_zones_file_that_is_no_geojson_gives_a_sentence(files, text):
    with pytest.raises(AgreementError, match=r"zones.geojson:\d+: found "):
        parse_agreement({**files, "zones.geojson": text}, "test")


def test_a_missing_terms_file_is_said():
    with pytest.raises(AgreementError, match=r"needed the file terms\.yaml"):
        parse_agreement({"zones.geojson": "{}"}, "test")


def test_a_good_agreement_without_cases_lacks_only_its_cases(files):
    assert [p.found for p in check(files)] == ["no case"]
