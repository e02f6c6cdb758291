"""Files of an acoustic network, found by their content and kept apart from observations."""

import pytest

from trucewatch.core.issue import IssueKind
from trucewatch.core.tables import NODES, TRIGGERS, WEATHER
from trucewatch.core.times import parse_instant
from trucewatch.sense import raw_row, read_bytes, recognise

TRIGGERS_CSV = b"""time,node,amplitude,class
2026-03-14T06:00:00.125Z,ridge-1,0.08,explosion
2026-03-14T06:00:09.750Z,ridge-2,0.02,
2026-03-14T06:00:11,ridge-3,0.02,shot
"""
DETECTIONS_CSV = b"""time,duration_s,array,back_azimuth_deg,back_azimuth_sigma_deg,trace_velocity_m_s,f_statistic
2026-03-14T06:05:00Z,4.0,hill,318.2,1.5,371,12.5
"""
NODES_CSV = b"""node,lon,lat,elevation_m,clock_sigma_s,pos_sigma_m
ridge-1,37.51,48.02,140,0.005,5
ridge-2,37.55,48.03,,,
"""
WEATHER_CSV = b"""time_from,time_to,lon,lat,temperature_c,wind_east_m_s,wind_north_m_s
2026-03-14T06:00Z,2026-03-14T07:00Z,37.5,48.0,4.5,-2.0,1.5
"""
FILES = {"triggers_csv": TRIGGERS_CSV, "nodes_csv": NODES_CSV, "weather_csv": WEATHER_CSV}


def read(data):
    (reading,) = read_bytes("upload.csv", data)
    return reading


def test_files_are_recognised_by_their_columns():
    assert {recognise(data).FORMAT: data for data in FILES.values()} == FILES


def test_detections_of_an_array_are_triggers_with_a_bearing():
    reading = read(DETECTIONS_CSV)
    row = reading.table.to_pylist()[0]
    assert (reading.kind, row["node"], row["phase"]) == ("triggers", "hill", "infrasound")
    assert (row["back_azimuth_deg"], row["trace_velocity_m_s"]) == (318.2, 371.0)


def test_a_trigger_keeps_its_time_to_the_millisecond_and_its_row():
    reading = read(TRIGGERS_CSV)
    TRIGGERS.check(reading.table)
    first = reading.table.to_pylist()[0]
    assert first["t_ns"] == parse_instant("2026-03-14T06:00:00.125Z")
    assert (first["row"], first["class"], first["amplitude_pa"]) == (1, "explosion", 0.08)


def test_a_trigger_without_a_zone_is_an_issue_and_its_neighbours_stay():
    reading = read(TRIGGERS_CSV)
    assert reading.table.column("row").to_pylist() == [1, 2]
    (issue,) = reading.issues
    assert (issue.kind, issue.row) == (IssueKind.REJECTED, 3)


def test_what_a_node_does_not_say_stays_unknown():
    nodes = read(NODES_CSV).table
    NODES.check(nodes)
    assert nodes.to_pylist()[1]["clock_sigma_s"] is None
    assert nodes.to_pylist()[1]["elevation_m"] is None


def test_wind_is_read_as_it_blows_towards():
    weather = read(WEATHER_CSV).table
    WEATHER.check(weather)
    row = weather.to_pylist()[0]
    assert (row["temperature_c"], row["wind_east_m_s"], row["wind_north_m_s"]) == (4.5, -2.0, 1.5)


@pytest.mark.parametrize("file_format", FILES)
def test_a_row_is_found_again_in_its_bytes(file_format):
    assert raw_row(FILES[file_format], file_format, 1) == FILES[file_format].split(b"\n")[1]
    assert raw_row(DETECTIONS_CSV, "triggers_csv", 1) == DETECTIONS_CSV.split(b"\n")[1]


def test_heartbeats_of_acoustic_nodes_stay_coverage_and_are_no_triggers():
    beats = b"asset,kind,time,state,lon,lat,range_km\nridge-1,acoustic,2026-03-14T06:00Z,up,37.51,48.02,6\n"
    assert recognise(beats).FORMAT == "health_csv"
