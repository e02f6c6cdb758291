"""Fires from space: FIRMS in both dialects, and lists that have only a date."""

import numpy as np
import pytest

from trucewatch.core.columns import integers, numbers, strings
from trucewatch.core.issue import IssueKind
from trucewatch.core.times import DAY_NS, SECOND_NS, parse_instant
from trucewatch.sense import raw_row, read_path
from trucewatch.sense.firms_csv import track_bearing_deg

FIRST = """latitude,longitude,brightness,scan,track,acq_date,acq_time,satellite,instrument,\
confidence,version,bright_t31,frp,daynight
48.10001,37.50001,330.1,0.4,0.5,2023-06-01,45,N,VIIRS,n,2.0NRT,290.0,4.5,N
48.20001,37.60001,331.1,0.4,0.5,2023-06-01,1106,N,VIIRS,h,2.0NRT,291.0,14.5,D
"""
SECOND = """latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,confidence,\
version,bright_ti5,frp,daynight,instrument
48.30001,37.70001,332.1,0.6,0.7,2025-06-01,00:45:00,N20,nominal,2.0NRT,292.0,0.5,N,VIIRS
48.40001,37.80001,333.1,0.6,0.7,2025-06-01,10:32:00,N20,low,2.0NRT,293.0,1.5,D,VIIRS
"""
MODIS = """latitude,longitude,brightness,scan,track,acq_date,acq_time,satellite,instrument,\
confidence,version,bright_t31,frp,daynight,type
47.9,37.5,320.0,1.0,1.0,2021-07-01,812,Terra,MODIS,29,6.2,290.0,11.0,D,0
47.9,37.6,320.0,1.2,1.1,2021-07-01,1012,Aqua,MODIS,85,6.2,290.0,12.0,D,0
"""
DAILY = "LATITUDE,LONGITUDE,ACQ_DATE\n48.1,37.1,2019-03-31\n48.2,37.2,2019-04-01\n"


def test_an_unpadded_time_of_45_is_three_quarters_past_midnight(read_one):
    table = read_one("fires.csv", FIRST).table
    assert integers(table, "t_start_ns")[0] == parse_instant("2023-06-01T00:45:00Z")
    assert integers(table, "t_end_ns")[0] - integers(table, "t_start_ns")[0] == 60 * SECOND_NS


def test_the_second_dialect_gives_the_same_columns_as_the_first(read_one):
    table = read_one("fires.csv", SECOND).table
    assert integers(table, "t_start_ns")[0] == parse_instant("2025-06-01T00:45:00Z")
    assert strings(table, "confidence").tolist() == ["nominal", "low"]
    assert strings(table, "asset").tolist() == ["NOAA-20", "NOAA-20"]


@pytest.mark.parametrize("mixed", [FIRST + SECOND, SECOND + FIRST, FIRST + FIRST.replace("48.", "49.")])
def test_both_dialects_in_one_file_are_read_under_their_own_headers(read_one, mixed):
    reading = read_one("mixed.csv", mixed)
    assert reading.issues == ()
    assert integers(reading.table, "row").tolist() == [1, 2, 3, 4]
    assert raw_row(mixed.encode(), "firms_csv", 4) == mixed.strip().splitlines()[5].encode()


def test_modis_is_read_too_and_its_per_cent_become_words(read_one):
    table = read_one("modis.csv", MODIS).table
    assert strings(table, "confidence").tolist() == ["low", "high"]
    assert numbers(table, "size2_m").tolist() == [1000.0, 1200.0]


def test_a_pixel_is_as_wide_as_scan_and_track_say_and_lies_along_the_track(read_one):
    table = read_one("fires.csv", FIRST).table
    assert numbers(table, "size1_m").tolist() == [500.0, 500.0]
    assert numbers(table, "size2_m").tolist() == [400.0, 400.0]
    night, day = numbers(table, "bearing_deg")
    assert 180 < night < 200
    assert 340 < day < 360


def test_the_ground_track_at_the_equator_has_the_published_tilt():
    """An inclination of 98.7° leans 8.7° from north; the Earth's turning adds about 4° (sun-synchronous, 101 min)."""
    assert track_bearing_deg(np.array([0.0]), np.array([1.0]))[0] == pytest.approx(360 - 12.7, abs=0.5)


def test_an_unknown_time_of_day_leaves_the_bearing_unknown(read_one):
    table = read_one("fires.csv", FIRST.replace(",N\n", ",\n")).table
    assert np.isnan(numbers(table, "bearing_deg")[0])


def test_one_satellite_is_one_independence_group(read_one):
    assert set(strings(read_one("fires.csv", FIRST).table, "group")) == {"firms:Suomi NPP"}


def test_a_date_only_fire_lasts_the_whole_day_in_utc(read_one):
    table = read_one("fires.csv", DAILY).table
    assert integers(table, "t_start_ns")[0] == parse_instant("2019-03-31T00:00:00Z")
    assert (integers(table, "t_end_ns") - integers(table, "t_start_ns")).tolist() == [DAY_NS, DAY_NS]


def test_impossible_coordinates_and_dates_are_rejected_by_row(read_one, rows_of):
    bad = ("95.0,37.0,2019-04-02", "48.0,200.0,2019-04-02", "0,0,2019-04-02", "48.0,37.0,2202-02-03",
           "48.0,37.0,2019-02-30", ",37.0,2019-04-02")  # fmt: skip
    reading = read_one("fires.csv", DAILY + "\n".join(bad) + "\n")
    assert integers(reading.table, "row").tolist() == [1, 2]
    assert sorted(rows_of(reading, IssueKind.REJECTED)) == [3, 4, 5, 6, 7, 8]
    assert "latitude '95.0'" in str(reading.issues[0])
    assert any("'2202-02-03'" in i.found for i in reading.issues)


def test_a_fire_of_tomorrow_is_rejected_where_now_is_given(read_one, rows_of):
    now = parse_instant("2019-03-31T09:00:00Z")
    reading = read_one("fires.csv", DAILY, not_after_ns=now)
    assert rows_of(reading, IssueKind.REJECTED) == [2]


def test_identical_rows_are_kept_as_duplicates(read_one, rows_of):
    reading = read_one("fires.csv", DAILY + "48.1,37.1,2019-03-31\n")
    assert strings(reading.table, "state").tolist() == ["accepted", "accepted", "duplicate"]
    assert rows_of(reading, IssueKind.DUPLICATE) == [3]


def test_very_many_duplicates_are_counted_in_one_issue(read_one):
    reading = read_one("fires.csv", "LATITUDE,LONGITUDE,ACQ_DATE\n" + "48.1,37.1,2019-03-31\n" * 50_001)
    assert len(reading.issues) == 201
    assert "49,800 more rows" in reading.issues[-1].found


def test_a_missing_pixel_width_is_rejected(read_one, rows_of):
    reading = read_one("fires.csv", FIRST.replace("0.4,0.5,2023-06-01,1106", ",0.5,2023-06-01,1106"))
    assert rows_of(reading, IssueKind.REJECTED) == [2]


def test_the_real_firms_season_reads_without_an_issue(shared_data):
    readings = {r.file_name: r for r in read_path(shared_data / "firms")}
    season = readings["viirs_snpp_ukraine_2023-02_2023-08.csv"].table
    assert season.num_rows == 25_905
    assert readings["second_dialect_excerpt.csv"].table.num_rows == 6
    assert all(r.issues == () for r in readings.values())
    minute = integers(season, "t_start_ns") // (60 * SECOND_NS) % 1440
    assert set((minute // 60).tolist()) <= {0, 1, 2, 8, 9, 10, 11, 12, 22, 23}  # two passes a day, early and late


def test_the_real_daily_fires_read_without_an_issue(shared_data):
    readings = list(read_path(shared_data / "fires_daily"))
    fires = [r for r in readings if r.format == "fires_csv"]
    assert sum(r.table.num_rows for r in fires) == 767_245
    assert all(r.issues == () for r in fires)
    assert [r.file_name for r in readings if r.format == "unknown"] == ["LICENSE"]
