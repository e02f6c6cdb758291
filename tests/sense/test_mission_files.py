"""The mission's own files: duty log, satellite passes, notices."""

import numpy as np
import pytest
import shapely
from pyproj import Geod

from trucewatch.core.columns import integers, numbers, strings
from trucewatch.core.issue import IssueKind
from trucewatch.core.times import parse_instant
from trucewatch.sense import raw_row

DUTY = """asset,kind,side,time_from,time_to,lon,lat,range_km,bearing_deg,width_deg,status,p_detect,reason,agent,remarks
C1,camera,north,2025-04-19T06:00:00+03:00,2025-04-19T18:00:00+03:00,37.8,48.1,5,90,60,working,0.8,,,
P1,patrol,north,2025-04-19T08:00:00+03:00,2025-04-19T09:00:00+03:00,37.7,48.0,3,,,denied,0.5,closed,checkpoint,2 h
U1,uav,south,2025-04-19T08:00:00Z,2025-04-19T09:00:00Z,,,,,,lost,,jammer,,
"""
PASSES = """satellite,instrument,time_start,time_end,p_detect,footprint_wkt
Suomi NPP,VIIRS,2025-04-19T00:40:00Z,2025-04-19T00:46:00Z,0.9,"POLYGON ((30 44, 40 44, 40 52, 30 52, 30 44))"
"""
NOTICES = """party,activity,time_from,time_to,place,lon,lat,radius_km,reference,remarks
north,controlled detonation,2025-04-20T08:00:00+03:00,2025-04-20T12:00:00+03:00,quarry,37.5,48.2,2,N-1,
north,parade,2025-04-20T08:00:00+03:00,2025-04-20T12:00:00+03:00,in Avdiivka,,,,N-2,
south,repair,2025-04-20T08:00:00+03:00,2025-04-20T12:00:00+03:00,,,,,N-3,a power line
"""


def test_the_duty_log_gives_coverage_and_impediments(read):
    coverage, impediments, seen = read("duty.csv", DUTY)
    assert (coverage.kind, impediments.kind, seen.kind) == ("coverage", "impediments", "observations")
    assert coverage.table["working"].to_pylist() == [True, False]
    assert strings(coverage.table, "reason").tolist() == [None, "denied: closed"]
    assert strings(impediments.table, "kind").tolist() == ["denial", "loss"]
    assert strings(impediments.table, "means").tolist() == ["patrol", "uav"]
    assert np.isnan(numbers(impediments.table, "lon_deg")[1])


def test_a_camera_looks_into_its_sector_and_a_patrol_all_around(read):
    coverage, *_ = read("duty.csv", DUTY)
    camera, patrol = shapely.from_wkb(coverage.table["geometry"].to_pylist())
    assert shapely.contains_xy(camera, 37.84, 48.1)
    assert not shapely.contains_xy(camera, 37.76, 48.1)
    area_km2 = Geod(ellps="WGS84").geometry_area_perimeter(shapely.geometry.polygon.orient(patrol))[0] / 1e6
    assert area_km2 == pytest.approx(np.pi * 9, rel=0.005)


def test_an_asset_without_a_position_covers_nothing_and_its_loss_stays(read, rows_of):
    coverage, impediments, _ = read("duty.csv", DUTY)
    assert rows_of(coverage, IssueKind.REJECTED) == [3]
    assert integers(impediments.table, "row").tolist() == [2, 3]


@pytest.mark.parametrize(("old", "new"), [
    ("2025-04-19T06:00:00+03:00", "2025-04-19T06:00:00"), ("2025-04-19T18:00:00+03:00", "2025-04-19T05:00:00+03:00"),
    ("camera", "telescope"), ("working", "asleep"), ("0.8", "8"), ("C1,", ","),
])  # fmt: skip
def test_a_row_of_duty_that_cannot_be_used_is_rejected(read, rows_of, old, new):
    coverage, *_ = read("duty.csv", DUTY.replace(old, new, 1))
    assert 1 in rows_of(coverage, IssueKind.REJECTED)
    assert 1 not in integers(coverage.table, "row")


@pytest.mark.parametrize(("status", "kind"), [
    ("denied", "denial"), ("delayed", "delay"), ("jammed", "jamming"), ("lost", "loss"),
    ("fired_at", "small_arms_fire"), ("conditional", "conditional_access"),
])  # fmt: skip
def test_every_status_that_hinders_is_an_impediment(read, status, kind):
    _, impediments, _ = read("duty.csv", DUTY.replace("working", status))
    assert strings(impediments.table, "kind")[0] == kind


def test_a_pass_is_coverage_from_no_side(read_one):
    (row,) = read_one("passes.csv", PASSES).table.to_pylist()
    assert (row["asset"], row["asset_kind"], row["side"]) == ("Suomi NPP VIIRS", "satellite", None)
    assert row["t_start_ns"] == parse_instant("2025-04-19T00:40:00Z")
    assert shapely.from_wkb(row["geometry"]).area == 80


@pytest.mark.parametrize("wkt", ["POINT (1 2)", "POLYGON ((30 44", "", "POLYGON ((300 44, 40 44, 40 52, 300 44))"])
def test_a_footprint_that_is_no_area_on_the_earth_is_rejected(read_one, rows_of, wkt):
    reading = read_one("passes.csv", PASSES.replace("POLYGON ((30 44, 40 44, 40 52, 30 52, 30 44))", wkt))
    assert rows_of(reading, IssueKind.REJECTED) == [1]


def test_notices_have_a_disc_or_a_place_in_words_or_none(read_one, rows_of):
    reading = read_one("notices.csv", NOTICES)
    assert strings(reading.table, "place_kind").tolist() == ["settlement", "settlement", None]
    assert numbers(reading.table, "size1_m")[0] == 2000
    assert strings(reading.table, "activity").tolist() == ["controlled_detonation", "other", "repair"]
    assert rows_of(reading, IssueKind.DOUBTFUL) == [2, 3]


def test_a_notice_may_speak_of_tomorrow(read_one):
    assert read_one("notices.csv", NOTICES, not_after_ns=parse_instant("2025-04-19T00:00:00Z")).table.num_rows == 3


@pytest.mark.parametrize(("file_format", "text"), [("duty_log", DUTY), ("pass_list", PASSES), ("notices_csv", NOTICES)])
def test_the_raw_row_comes_back(file_format, text):
    assert raw_row(text.encode(), file_format, 1).decode() == text.splitlines()[1]
