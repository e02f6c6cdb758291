"""Lists of placed events: the Centre for Information Resilience and Bellingcat."""

import json
from collections import Counter

import numpy as np
import pytest

from trucewatch.core.classes import CLASSES
from trucewatch.core.columns import integers, numbers, strings
from trucewatch.core.issue import IssueKind
from trucewatch.core.times import parse_instant
from trucewatch.sense import raw_row, read_path
from trucewatch.sense.bellingcat_json import class_of as class_of_description
from trucewatch.sense.cir_csv import class_of
from trucewatch.sense.links import evidence_group, normal_link

CIR = """entry,date,event_group,brief description,lat,lon,country,province,district,town/city,arms/munition,link
T1,2022-03-27,Bombing or Explosion Feb - June,"A blast,
seen from afar",48.1,37.1,Ukraine,,,Village,,https://example.org/a?s=20&t=abc
T1,2022-03-27,Bombing or Explosion Feb - June,"A blast,
seen from afar",48.1,37.1,Ukraine,,,Village,,https://example.org/b
T1,2022-03-28,Other,Another thing,48.5,37.5,Ukraine,,,Town,,https://www.example.org/a
,2022-03-28,Civilian Casualty,No entry,48.6,37.6,,,,Town,,"Access can be requested, hidden for privacy reasons"
"""
BELLINGCAT = [
    {"date": "2022-03-01", "location": None, "description": "Rocket hits a school.",
     "sources": ["https://t.me/s/one/1", "https://t.me/two/2"], "latitude": 48.1, "longitude": 37.1},
    {"date": "2022-03-02", "location": "Town", "description": "Nothing is clear.", "sources": [],
     "latitude": 48.2, "longitude": 37.2},
]  # fmt: skip


def test_a_day_of_the_list_is_a_day_in_kyiv_also_when_the_clocks_change(read_one):
    table = read_one("cir.csv", CIR).table
    assert integers(table, "t_start_ns")[0] == parse_instant("2022-03-27T00:00:00+02:00")
    assert integers(table, "t_end_ns")[0] == parse_instant("2022-03-28T00:00:00+03:00")


def test_a_repeated_entry_of_one_event_is_a_duplicate_and_of_another_event_is_doubtful(read_one, rows_of):
    reading = read_one("cir.csv", CIR)
    assert strings(reading.table, "state").tolist() == ["accepted", "duplicate", "accepted", "accepted"]
    assert rows_of(reading, IssueKind.DUPLICATE) == [2]
    assert rows_of(reading, IssueKind.DOUBTFUL) == [3, 4]


def test_rows_that_share_their_evidence_share_a_group_and_no_link_stands_in_it(read_one):
    table = read_one("cir.csv", CIR).table
    first, second, third, hidden = strings(table, "group")
    assert first == third != second
    assert hidden == "eyes_on_russia"
    assert "example.org" not in "".join(strings(table, "group"))
    assert strings(table, "link")[3] is None


def test_the_raw_bytes_of_a_row_with_a_line_break_in_quotes_come_back(read_one):
    assert raw_row(CIR.encode(), "cir_csv", 2).decode() == "\n".join(CIR.splitlines()[3:5])


@pytest.mark.parametrize(("group", "expected"), [
    ("Civilian Infrastructure Damage March 2022", "civilian_damage"), ("Bombing or Explosion Feb - June", "explosion"),
    ("Munitions", None), ("Other", None), ("Ground Battle", "ground_battle"), ("A New Kind", None),
    ("Mass grave or Burial", "burial"), ("Detentions or Arrests", "detention"),
])  # fmt: skip
def test_an_event_group_is_a_class_or_stays_unknown(group, expected):
    assert class_of(group) == expected


@pytest.mark.parametrize("words", ["{} Military Losses", "{} Military Presence May 2022", "{} Firing Positions"])
def test_the_class_does_not_depend_on_whose_side_it_is(words):
    assert class_of(words.format("Northern")) == class_of(words.format("Southern")) is not None


def test_a_description_gives_the_class_that_it_names():
    assert class_of_description("Apartment block hit by a rocket, two injured") == "explosion"
    assert class_of_description("Burnt-out cars beside a road") == "civilian_damage"
    assert class_of_description("A person lies dead") == "casualty"
    assert class_of_description("Unclear.") is None


def test_a_json_list_without_identifiers_is_read_by_position(read_one):
    data = json.dumps(BELLINGCAT, indent=1)
    reading = read_one("list.json", data)
    assert reading.format == "bellingcat_json"
    assert strings(reading.table, "class").tolist() == ["explosion", None]
    assert strings(reading.table, "native_key").tolist() == [None, None]
    assert strings(reading.table, "group")[0] == evidence_group("eyes_on_russia", "https://t.me/one/1")
    assert json.loads(raw_row(data.encode(), "bellingcat_json", 2)) == BELLINGCAT[1]


def test_a_json_list_that_breaks_off_gives_the_whole_elements_before_the_break(read_one):
    data = json.dumps(BELLINGCAT, indent=1)[:-40]
    reading = read_one("list.json", data)
    assert reading.table.num_rows == 1
    assert [i.kind for i in reading.issues] == [IssueKind.UNREADABLE]


def test_elements_that_are_no_records_are_rejected(read_one, rows_of):
    odd = [BELLINGCAT[0], 5, None, {"latitude": "x", "sources": {}}, {**BELLINGCAT[1], "latitude": float("nan")}]
    reading = read_one("list.json", json.dumps(odd))
    assert integers(reading.table, "row").tolist() == [1]
    assert rows_of(reading, IssueKind.REJECTED) == [2, 3, 4, 5]


def test_a_synthetic_list_says_so(read_one):
    data = json.dumps({"synthetic": True, "incidents": BELLINGCAT})
    reading = read_one("list.json", data)
    assert reading.synthetic
    assert reading.table.num_rows == 2
    assert read_one("cir.csv", "# SYNTHETIC, seed 1\n" + CIR).synthetic


@pytest.mark.parametrize("same", [
    "http://www.twitter.com/one/status/12345?s=20&t=x", "https://x.com/two/status/12345",
    "https://mobile.twitter.com/one/status/12345/photo/1",
])  # fmt: skip
def test_every_way_to_share_a_post_is_one_link(same):
    assert normal_link(same) == normal_link("https://twitter.com/one/status/12345")


def test_links_that_differ_in_what_they_lead_to_stay_apart():
    assert normal_link("https://youtu.be/AbC") == normal_link("https://www.youtube.com/watch?v=AbC&t=9")
    assert normal_link("https://youtu.be/AbC") != normal_link("https://youtu.be/abc")
    assert normal_link("https://example.org/story?id=1") != normal_link("https://example.org/story?id=2")
    assert normal_link("hidden for privacy") is None


def test_the_real_list_of_the_centre_has_its_known_traps(shared_data, rows_of):
    (reading,) = [r for r in read_path(shared_data / "incidents_cir") if r.format == "cir_csv"]
    assert reading.table.num_rows == 5668
    assert Counter(strings(reading.table, "native_key"))[None] == 4
    keys = [k for k in strings(reading.table, "native_key") if k]
    assert len(keys) - len(set(keys)) + 3 == 11  # eight repeats of an entry, three of having none
    assert len(rows_of(reading, IssueKind.DUPLICATE)) == 3
    assert len(rows_of(reading, IssueKind.DOUBTFUL)) == 4 + 5
    assert {c for c in strings(reading.table, "class") if c} <= CLASSES


def test_the_real_list_of_bellingcat_shares_evidence_with_the_other(shared_data):
    (reading,) = list(read_path(shared_data / "incidents_bellingcat"))
    (other,) = [r for r in read_path(shared_data / "incidents_cir") if r.format == "cir_csv"]
    assert reading.table.num_rows == 724
    assert set(strings(reading.table, "project")) == set(strings(other.table, "project")) == {"eyes_on_russia"}
    shared = set(strings(reading.table, "group")) & set(strings(other.table, "group"))
    assert len(shared) > 100
    assert np.isfinite(numbers(reading.table, "lon_deg")).all()
