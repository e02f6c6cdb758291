"""The books of the mission and the coordination mechanism: calls, inspections, works, impediments, health, patrols."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from trucewatch.core.classes import CLASSES
from trucewatch.core.columns import integers, numbers, strings
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.reading import Reading
from trucewatch.core.tables import SCHEMAS
from trucewatch.core.times import SECOND_NS, parse_instant
from trucewatch.sense import (
    ADAPTERS,
    Config,
    allegations_csv,
    allegations_text,
    allegations_xlsx,
    calls_csv,
    cir_csv,
    corridors_csv,
    duty_log,
    fires_csv,
    firms_csv,
    health_csv,
    impediments_csv,
    inspections,
    notices_csv,
    observer_form,
    pass_list,
    patrols_csv,
    works,
)
from trucewatch.sense.impediment_rows import CLASSES as OBSTRUCTION
from trucewatch.sense.impediment_rows import KINDS
from trucewatch.sense.mission_limits import MissionConfig
from trucewatch.sense.source import Source

CALLS = """reference,party,time_from,time_to,outcome,about,place,lon,lat,radius_km
K1,north,2025-04-19T14:05:00+03:00,2025-04-19T14:09:00+03:00,unsuccessful,shelling,in Avdiivka,,,
K2,south,2025-04-19T15:00:00+03:00,,no answer,shelling,,37.8,48.1,2
K3,south,2025-04-19T16:00:00+03:00,,they laughed,escort of repair workers,,,,
"""
INSPECTIONS = """site,party,date,time_from,time_to,time_zone,weapon,declared,present,missing,not_verified,access,remarks
depot-1,north,2025-04-19,10:00,11:30,Europe/Kyiv,mortar (120 mm),12,9,2,1,granted,
depot-1,north,2025-04-19,10:00,11:30,Europe/Kyiv,howitzer (152 mm),6,5,0,0,granted,one more was spoken of
depot-2,south,2025-04-19,10:00,,Europe/Kyiv,howitzer (152 mm),6,,,6,denied,gate closed
depot-2,south,2025-04-19,10:00,,Europe/Kyiv,tank,-1,0,0,0,granted,
depot-2,south,2025-04-19,10:00,,Europe/Kyiv,tank,4,could not verify,,4,Conditional,
"""
AREA = "POLYGON ((37 48, 37.02 48, 37.02 48.01, 37 48.01, 37 48))"
WORKS = f"""reference,kind,status,last_seen_without,first_seen_with,time_zone,method,place,lon,lat,radius_km,area_wkt
W1,trench,confirmed,2025-04-10,2025-04-12,Europe/Kyiv,satellite,,37.8,48.1,0.5,
W2,hazardous area,suspected,2025-04-10T09:00:00Z,2025-04-12T09:00:00Z,,patrol,,,,,"{AREA}"
W3,mines,cleared,2025-04-10,2025-04-12,Europe/Kyiv,survey,in Avdiivka,,,,
W4,new position,confirmed,,2025-04-12,Europe/Kyiv,uav,,37.8,48.1,0.5,
W5,trench,confirmed,2025-04-12,2025-04-10,Europe/Kyiv,satellite,,37.8,48.1,0.5,
W6,minefield,cancelled,2025-04-01,2025-04-12,Europe/Kyiv,survey,,37.8,48.1,0.5,
"""
IMPEDIMENTS = """reference,kind,means,agent,demand,asset,tasking,time_from,time_to,place,lon,lat,radius_km,remarks
M1,denial,patrol,checkpoint crew,,P1,inspection,@08:00:00Z,@08:40:00Z,in Avdiivka,,,,turned back
M2,conditional access,patrol,checkpoint crew,show the telephones,P2,,@09:00:00Z,,,37.8,48.1,1,
M3,jamming,uav,unknown,,U1,,@10:00:00Z,@10:20:00Z,,37.9,48.2,5,
M4,lost,uav,unknown,,U1,,@10:20:00Z,,,37.9,48.2,,
M5,a broken axle,patrol,,,P3,,@11:00:00Z,,,,,,
""".replace("@", "2025-04-19T")
ROUTE = '"LINESTRING (37.5 48, 37.6 48)"'
PATROLS = f"""patrol,tasking,side,planned_from,planned_to,actual_from,actual_to,route,range_km,outcome,reason,stopped_at
P1,routine,north,@06:00:00Z,@09:00:00Z,@06:10:00Z,@08:50:00Z,Donetsk; Avdiivka,2,done,,
P2,inspection,south,@06:00:00Z,@09:00:00Z,@06:10:00Z,@07:00:00Z,{ROUTE},2,cut short,denied: road closed,"48.00, 37.55"
P3,escort,north,@06:00:00Z,@09:00:00Z,,,{ROUTE},2,not executed,weather,
P4,escort,north,@06:00:00Z,@09:00:00Z,,,{ROUTE},2,not_executed,delayed: no escort,
""".replace("@", "2025-04-19T")
BEATS = "asset,kind,time,state,lon,lat,range_km,battery\n"
ALLEGATIONS = "party,against,allegation,place,date,time_from,time_to,time_zone\n"
TEXT = "# party: North\n# against: South\n# time_zone: Europe/Kyiv\n2025-04-19 14:20, shelling of Avdiivka\n"
OBSERVER = "date,time_from,time_to,time_zone,position,sector,distance_from_km,means,number,observation\n"
DUTY = "asset,kind,side,time_from,time_to,lon,lat,range_km,status,reason,agent\n"
HEADERS = {
    calls_csv: CALLS, inspections: INSPECTIONS, works: WORKS, impediments_csv: IMPEDIMENTS, patrols_csv: PATROLS,
    health_csv: BEATS, allegations_csv: ALLEGATIONS, allegations_text: TEXT, observer_form: OBSERVER, duty_log: DUTY,
    notices_csv: "party,activity,time_from,time_to,place,lon,lat,radius_km,reference,remarks,notified_at\n",
    pass_list: "satellite,instrument,time_start,time_end,p_detect,footprint_wkt\n",
    fires_csv: "LATITUDE,LONGITUDE,ACQ_DATE\n",
    firms_csv: "latitude,longitude,scan,track,acq_date,acq_time,satellite,confidence,frp,daynight\n",
    cir_csv: "entry,date,event_group,brief description,lat,lon,link\n",
    corridors_csv: "HC_ID,Date,date,proposal,status_result,text,From,To,from_latitude,from_longitude,"
                   "to_latitude,to_longitude\n",
}  # fmt: skip
BOOKS = (calls_csv, inspections, works, impediments_csv, health_csv, patrols_csv,
         allegations_csv, allegations_xlsx, allegations_text)  # fmt: skip


def readings(adapter, text: str, **thresholds: object) -> list[Reading]:
    """Read text with one adapter and check its tables."""
    found = list(adapter.read(Source("book.csv", text.encode(), Config(**thresholds))))
    for reading in found:
        SCHEMAS[reading.kind].check(reading.table)
    return found


def rows(adapter, text: str, **thresholds: object) -> list[dict]:
    return readings(adapter, text, **thresholds)[0].table.to_pylist()


def issues(adapter, text: str, kind: IssueKind = IssueKind.DOUBTFUL) -> list[Issue]:
    return [i for reading in readings(adapter, text) for i in reading.issues if i.kind is kind]


@pytest.mark.parametrize("owner", HEADERS, ids=lambda a: a.FORMAT)
def test_every_header_is_recognised_by_its_own_format_and_no_other(owner):
    known = list(dict.fromkeys((*ADAPTERS, *BOOKS)))
    assert [a.FORMAT for a in known if a.detect(HEADERS[owner].encode())] == [owner.FORMAT]


@pytest.mark.parametrize("adapter", BOOKS, ids=lambda a: a.FORMAT)
@settings(max_examples=25)
@given(data=st.binary(max_size=400))
def test_no_bytes_stop_a_book(adapter, data):
    text = HEADERS.get(adapter, "").encode()
    adapter.detect(data)
    for raw in (data, text + data):
        for reading in adapter.read(Source("book.csv", raw)):
            SCHEMAS[reading.kind].check(reading.table)


@pytest.mark.parametrize(("adapter", "text"), [
    (calls_csv, CALLS), (inspections, INSPECTIONS), (works, WORKS), (impediments_csv, IMPEDIMENTS),
    (patrols_csv, PATROLS),
])  # fmt: skip
def test_the_raw_row_comes_back(adapter, text):
    assert adapter.raw_row(text.encode(), 2).decode() == text.splitlines()[2]


@pytest.mark.parametrize(("adapter", "text"), [
    (calls_csv, CALLS), (inspections, INSPECTIONS), (works, WORKS), (impediments_csv, IMPEDIMENTS),
    (patrols_csv, PATROLS),
])  # fmt: skip
def test_both_parties_are_read_by_the_same_code(adapter, text):
    swapped = text.replace("north", "?").replace("south", "north").replace("?", "south")
    names = {"north": "south", "south": "north"}
    before, after = rows(adapter, text), rows(adapter, swapped)
    for row in before:
        row |= {key: names.get(row[key], row[key]) for key in ("party", "side") if key in row}
    hidden = ("file_sha256", "group")
    assert [{k: v for k, v in r.items() if k not in hidden} for r in before] == [
        {k: v for k, v in r.items() if k not in hidden} for r in after
    ]


def test_a_synthetic_book_says_so():
    assert all(r.synthetic for r in readings(impediments_csv, "# SYNTHETIC: an exercise\n" + IMPEDIMENTS))


def test_a_row_that_comes_again_is_named_once():
    (copy,) = issues(calls_csv, CALLS + CALLS.splitlines()[1] + "\n", IssueKind.DUPLICATE)
    assert copy.found == "1 row that says again what an earlier one says, word for word (row 4, the same as row 1)"


# Calls


def test_a_call_has_a_party_hours_and_an_outcome():
    first, second, third = rows(calls_csv, CALLS)
    assert (first["party"], first["outcome"], first["native_key"]) == ("north", "unsuccessful", "K1")
    assert first["t_end_ns"] - first["t_start_ns"] == 4 * 60 * SECOND_NS
    assert (second["outcome"], second["size1_m"]) == ("unanswered", 2000)
    assert third["text"] == "escort of repair workers"


def test_an_outcome_that_is_no_word_stays_unknown():
    assert rows(calls_csv, CALLS)[2]["outcome"] is None
    (odd,) = issues(calls_csv, CALLS)
    assert (odd.row, odd.found) == (3, "outcome 'they laughed'")


def test_a_call_without_an_end_was_one_minute():
    second = rows(calls_csv, CALLS)[1]
    assert second["t_end_ns"] - second["t_start_ns"] == 60 * SECOND_NS


@pytest.mark.parametrize("change", [("north", ""), ("14:05:00+03:00", "14:05:00"), ("14:09:00", "14:01:00")])
def test_a_call_without_a_party_or_a_time_is_rejected(change):
    (bad,) = issues(calls_csv, CALLS.replace(*change, 1), IssueKind.REJECTED)
    assert bad.row == 1


# Inspections


def test_an_inspection_counts_what_is_present_missing_and_not_verified():
    first = rows(inspections, INSPECTIONS)[0]
    counts = [first[n] for n in ("declared", "present", "missing", "not_verified")]
    assert (first["site"], counts, first["access"]) == ("depot-1", [12, 9, 2, 1], "granted")
    assert first["t_start_ns"] == parse_instant("2025-04-19T10:00:00+03:00")


def test_counts_that_do_not_add_up_are_named_with_their_numbers():
    odd = next(i for i in issues(inspections, INSPECTIONS) if i.row == 2)
    assert odd.found == "5 present + 0 missing + 0 not_verified of 6 declared"


@pytest.mark.parametrize("number", ["-1", "2.5"])
def test_a_count_below_nothing_or_of_a_half_is_rejected(number):
    (bad,) = issues(inspections, INSPECTIONS.replace("tank,-1", f"tank,{number}"), IssueKind.REJECTED)
    assert bad.row == 4


def test_a_count_that_nobody_made_is_unknown_and_not_nothing():
    denied, conditional = rows(inspections, INSPECTIONS)[2:]
    assert (denied["present"], denied["not_verified"], denied["access"]) == (None, 6, "denied")
    assert (conditional["present"], conditional["access"]) == (None, "conditional")
    assert any(i.row == 5 and "could not verify" in i.found for i in issues(inspections, INSPECTIONS))


def test_weapons_counted_behind_a_closed_gate_are_doubted():
    text = INSPECTIONS.replace("6,,,6,denied", "6,6,,0,denied")
    assert any(i.row == 3 and "denied" in i.found for i in issues(inspections, text))


def test_an_inspection_needs_a_word_of_access():
    (bad,) = issues(
        inspections, INSPECTIONS.replace("granted", "open", 1).replace("tank,-1", "tank,4"), IssueKind.REJECTED
    )
    assert (bad.row, bad.needed) == (1, "one of granted, conditional, delayed, denied")


def test_a_workbook_of_inspections_gives_the_same_rows():
    book, out = Workbook(), io.BytesIO()
    for line in INSPECTIONS.splitlines():
        book.worksheets[0].append(line.split(","))
    book.save(out)
    (reading,) = inspections.read(Source("book.xlsx", out.getvalue()))
    plain = readings(inspections, INSPECTIONS)[0].table.drop_columns(["file_sha256"])
    assert reading.table.drop_columns(["file_sha256"]).equals(plain)


# Works and mines


def test_works_happened_between_the_last_look_without_and_the_first_look_with():
    first, second = rows(works, WORKS)[:2]
    assert first["t_start_ns"] == parse_instant("2025-04-10T00:00:00+03:00")
    assert first["t_end_ns"] == parse_instant("2025-04-13T00:00:00+03:00")
    assert second["t_start_ns"] == parse_instant("2025-04-10T09:00:00Z")
    assert second["t_end_ns"] == parse_instant("2025-04-12T09:00:00Z") + 1


def test_works_carry_their_class_status_and_standing():
    found = {r["native_key"]: (r["class"], r["description"], r["credibility"]) for r in rows(works, WORKS)}
    assert found["W1"] == ("fortification", "confirmed", "2")
    assert found["W2"] == ("mines", "suspected", "4")
    assert found["W3"] == ("mine_clearance", "cleared", "2")
    assert found["W6"] == ("mines", "cancelled", "5")


def test_works_that_nobody_looked_for_before_are_a_presence_and_not_new():
    fourth = next(r for r in rows(works, WORKS) if r["native_key"] == "W4")
    assert fourth["class"] == "presence"
    assert fourth["t_start_ns"] == parse_instant("2025-04-12T00:00:00+03:00")
    assert any(i.row == 4 and i.found == "no last_seen_without" for i in issues(works, WORKS))


def test_works_seen_before_they_were_not_there_are_rejected():
    (bad,) = issues(works, WORKS, IssueKind.REJECTED)
    assert bad.row == 5


def test_a_drawn_area_is_tiled_by_discs_and_a_radius_is_one():
    disc, drawn, words = rows(works, WORKS)[:3]
    assert (disc["place_kind"], disc["size1_m"]) == ("settlement", 500)
    assert (drawn["place_kind"], words["place_kind"]) == ("candidates", "settlement")
    assert drawn["lon_deg"] == pytest.approx(37.01, abs=0.002)


@pytest.mark.parametrize("wkt", ["POINT (37 48)", "a field", "POLYGON ((300 48, 301 48, 301 49, 300 48))"])
def test_an_area_that_is_none_leaves_the_place_unknown(wkt):
    text = WORKS.replace(AREA, wkt)
    assert rows(works, text)[1]["place_kind"] is None
    assert any(i.row == 2 and i.found == "an area that is none" for i in issues(works, text))


def test_works_that_were_taken_away_have_no_class():
    text = WORKS.replace("trench,confirmed", "trench,cleared", 1)
    assert rows(works, text)[0]["class"] is None
    assert any(i.row == 1 and "cleared" in i.found for i in issues(works, text))


@pytest.mark.parametrize(
    "change", [("confirmed", "rumoured"), ("2025-04-12,Europe/Kyiv", "2025-04-12,"), ("trench", "")]
)
def test_a_record_of_works_that_cannot_be_used_is_rejected(change):
    assert 1 in [i.row for i in issues(works, WORKS.replace(*change, 1), IssueKind.REJECTED)]


# Impediments


def test_an_impediment_says_who_demanded_what_and_where():
    first, second = rows(impediments_csv, IMPEDIMENTS)[:2]
    assert (first["kind"], first["agent"], first["text"]) == (
        "denial", "checkpoint crew", "turned back; tasking: inspection",
    )  # fmt: skip
    assert (second["kind"], second["demand"], second["radius_m"]) == (
        "conditional_access", "show the telephones", pytest.approx(1000 * np.sqrt(0.9)),
    )  # fmt: skip


def test_impediments_are_observations_of_obstruction_too():
    _, seen = readings(impediments_csv, IMPEDIMENTS)
    assert strings(seen.table, "class").tolist() == [
        "denial",
        "conditional_access",
        "jamming",
        "asset_loss",
        "obstruction",
    ]
    assert strings(seen.table, "means").tolist() == ["saw", "saw", "recorded", "recorded", "saw"]
    assert set(strings(seen.table, "project")) == {"mission"}
    assert len(set(strings(seen.table, "group"))) == 5
    assert integers(seen.table, "row").tolist() == [1, 2, 3, 4, 5]


def test_the_group_of_an_impediment_does_not_give_the_asset_away():
    _, seen = readings(impediments_csv, IMPEDIMENTS)
    assert not any("P1" in group or "U1" in group for group in strings(seen.table, "group"))


def test_an_impediment_of_an_unknown_kind_is_other_and_doubtful():
    assert rows(impediments_csv, IMPEDIMENTS)[4]["kind"] == "other"
    assert any(i.row == 5 and "axle" in i.found for i in issues(impediments_csv, IMPEDIMENTS))


def test_a_copy_of_an_impediment_is_one_observation():
    _, seen = readings(impediments_csv, IMPEDIMENTS + IMPEDIMENTS.splitlines()[1] + "\n")
    assert strings(seen.table, "state").tolist()[-1] == "duplicate"


def test_every_kind_of_impediment_has_a_class():
    assert set(OBSTRUCTION) == set(KINDS.values())
    assert set(OBSTRUCTION.values()) <= CLASSES


def test_what_hindered_an_asset_of_the_duty_log_is_an_observation():
    text = DUTY + "P1,patrol,north,2025-04-19T08:00:00Z,2025-04-19T09:00:00Z,37.7,48.0,3,denied,closed,crew\n"
    text += "U1,uav,south,2025-04-19T08:00:00Z,2025-04-19T09:00:00Z,,,,lost,jammer,\n"
    text += "C1,camera,south,2025-04-19T08:00:00Z,2025-04-19T09:00:00Z,37.7,48.0,3,not_working,dark,\n"
    _, _, seen = readings(duty_log, text)
    assert strings(seen.table, "class").tolist() == ["denial", "asset_loss"]
    assert strings(seen.table, "place_kind").tolist() == ["exact", None]
    assert numbers(seen.table, "size1_m")[0] == MissionConfig().position_radius90_m


# Notices, and the words of the observer's form


def test_a_notice_says_when_it_was_given():
    header = HEADERS[notices_csv]
    row = "north,flight,2025-04-20T08:00:00Z,2025-04-20T09:00:00Z,,37.5,48.2,2,N-1,,{}\n"
    text = header + row.format("2025-04-19T12:00:00Z") + row.format("yesterday") + row.format("")
    assert [r["t_notified_ns"] for r in rows(notices_csv, text)] == [parse_instant("2025-04-19T12:00:00Z"), None, None]
    assert {r["activity"] for r in rows(notices_csv, text)} == {"flight"}
    assert [(i.row, i.found) for i in issues(notices_csv, text)] == [(2, "notified_at 'yesterday'")]


@pytest.mark.parametrize(("word", "cls"), [
    ("UAV overflight", "uav_overflight"), ("drone", "uav_overflight"), ("helicopter", "aircraft_overflight"),
    ("fortification", "fortification"), ("trenches", "fortification"), ("mines", "mines"), ("works", "new_works"),
    ("demining", "mine_clearance"), ("airstrike", "airstrike"), ("obstruction", "obstruction"), ("denial", "denial"),
    ("fire at monitors", "fire_at_monitors"), ("asset loss", "asset_loss"),
])  # fmt: skip
def test_an_observer_has_words_for_every_kind_of_thing(word, cls):
    row = f"2025-04-19,10:00,,Europe/Kyiv,17km north of Donetsk,NE,2,saw,1,{word}\n"
    assert rows(observer_form, OBSERVER + row)[0]["class"] == cls
