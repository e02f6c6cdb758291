"""Tables of a network of sensors: triggers, nodes, weather and quarries, with every fault named."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.core.columns import integers, numbers, strings
from trucewatch.core.issue import IssueKind
from trucewatch.core.tables import NODES, TRIGGERS, WEATHER
from trucewatch.core.times import HOUR_NS, parse_instant
from trucewatch.sense import Config, Source
from trucewatch.sense.network_csv import read_nodes, read_quarries, read_triggers, read_weather

NOON = parse_instant("2026-03-14T12:00:00Z")


def source(text: str, name: str = "given.csv", **limits: int) -> Source:
    return Source(name, text.encode(), Config(**limits))


def triggers(*rows: str, header: str = "time,node", **limits: int):
    return read_triggers(source("\n".join([header, *rows]) + "\n", **limits))


@pytest.mark.parametrize(("word", "after_noon_ns"), [
    ("2026-03-14T12:00:00Z", 0),
    ("2026-03-14T12:00:00.123456789Z", 123_456_789),
    ("2026-03-14 14:00:00.5+02:00", 500_000_000),
    (str(NOON + 17), 17),
])  # fmt: skip
def test_times_are_iso_8601_with_an_offset_or_integer_nanoseconds(word, after_noon_ns):
    assert integers(triggers(f"{word},a").table, "t_ns").tolist() == [NOON + after_noon_ns]


@pytest.mark.parametrize("word", ["2026-03-14T12:00:00", "2026-03-14", "1773489600", "1773489600000", "noon", "",
                                  "9999999999999999999", "1773489600.5"])  # fmt: skip
def test_naive_times_days_seconds_and_words_are_refused_row_by_row(word):
    found = triggers(f"{word},a", "2026-03-14T12:00:01Z,b")
    assert strings(found.table, "node").tolist() == ["b"]
    (issue,) = found.issues
    assert (issue.kind, issue.row) == (IssueKind.REJECTED, 1)
    assert "with its offset" in issue.needed
    assert "nanoseconds" in issue.needed


def test_a_time_in_the_future_is_refused_where_the_present_is_known():
    found = triggers("2026-03-14T12:00:00Z,a", "2026-03-14T12:00:02Z,a", not_after_ns=NOON + 10**9)
    assert integers(found.table, "t_ns").tolist() == [NOON]
    assert found.issues[0].row == 2


def test_every_row_keeps_the_way_back_to_its_file():
    given = source("time,node\n,a\n2026-03-14T12:00:00Z,b\n")
    table = read_triggers(given).table
    assert integers(table, "row").tolist() == [2]
    assert strings(table, "file_sha256").tolist() == [given.sha256]
    TRIGGERS.check(table)


def test_order_and_repeated_rows_are_left_to_the_association():
    found = triggers("2026-03-14T12:00:05Z,a", "2026-03-14T12:00:00Z,b", "2026-03-14T12:00:05Z,a")
    assert found.table.num_rows == 3
    assert found.issues == ()


def test_amplitude_class_and_further_columns_are_taken_over():
    header = "time,node,amplitude,class,duration_s,energy_low_db,energy_mid_db,energy_high_db"
    found = triggers("2026-03-14T12:00:00Z,a,0.25,shot,0.11,-3,-9,2", header=header)
    row = found.table.to_pylist()[0]
    assert (row["amplitude_pa"], row["class"], row["duration_s"]) == (0.25, "shot", 0.11)
    assert (row["energy_low_db"], row["energy_mid_db"], row["energy_high_db"]) == (-3, -9, 2)
    assert row["phase"] == "acoustic"


@pytest.mark.parametrize(("word", "cls"), [
    ("gunshot", "shot"), ("Blast", "explosion"), ("quarry blast", "quarry_blast"), ("flyover", "overflight"),
    ("airburst", "airburst"), ("", None),
])  # fmt: skip
def test_a_nodes_word_becomes_a_class_of_the_tree(word, cls):
    found = triggers(f"2026-03-14T12:00:00Z,a,{word}", header="time,node,class")
    assert strings(found.table, "class").tolist() == [cls]
    assert found.issues == ()


def test_a_word_that_is_no_class_is_left_unknown_and_counted_once():
    rows = [f"2026-03-14T12:00:0{i}Z,a,{w}" for i, w in enumerate(["shot", "bang", "bong", "unknown"])]
    found = triggers(*rows, header="time,node,class")
    assert strings(found.table, "class").tolist() == ["shot", None, None, None]
    (issue,) = found.issues
    assert "class 'bang' and 1 more like it, to row 3" in issue.found


@pytest.mark.parametrize("word", ["loud", "nan", "inf", "NaN"])
def test_an_amplitude_that_is_no_finite_number_is_unknown_and_the_row_stays(word):
    found = triggers(f"2026-03-14T12:00:00Z,a,{word}", header="time,node,amplitude")
    assert np.isnan(numbers(found.table, "amplitude_pa")).all()
    assert found.issues[0].kind is IssueKind.DOUBTFUL


def test_phases_are_taken_over_and_an_unknown_one_is_left_for_the_association_to_name():
    rows = [f"2026-03-14T12:00:0{i}Z,a,{w}" for i, w in enumerate(["P", "s", "Infrasound", "", "Love"])]
    found = triggers(*rows, header="time,node,phase")
    assert strings(found.table, "phase").tolist() == ["P", "S", "infrasound", "acoustic", "Love"]


def test_detections_of_arrays_are_read_as_infrasound_with_their_bearings():
    header = ("time,duration_s,array,back_azimuth_deg,back_azimuth_sigma_deg,trace_velocity_m_s,f_statistic,"
              "correlation,rejected_elements")  # fmt: skip
    found = triggers("2026-03-14T12:00:00Z,30,BRP,318.2,0.7,371,12.5,0.8,", header=header)
    row = found.table.to_pylist()[0]
    assert (row["node"], row["phase"], row["back_azimuth_deg"], row["f_statistic"]) == (
        "BRP",
        "infrasound",
        318.2,
        12.5,
    )
    assert found.issues == ()


def test_a_file_that_says_synthetic_is_known_as_such():
    assert read_triggers(source("# SYNTHETIC\ntime,node\n2026-03-14T12:00:00Z,a\n")).synthetic


def test_another_table_than_triggers_is_unreadable():
    found = read_triggers(source("name,lon\na,37\n"))
    assert found.table.num_rows == 0
    assert found.issues[0].kind is IssueKind.UNREADABLE


def test_nodes_keep_what_is_known_of_them():
    text = "node,lon,lat,elevation_m,clock_sigma_s,pos_sigma_m\na,37.1,48.2,120,0.01,5\nb,37.2,48.3,,,\n"
    table = read_nodes(source(text)).table
    NODES.check(table)
    assert table.to_pylist()[0]["elevation_m"] == 120
    assert table.to_pylist()[1]["clock_sigma_s"] is None


@pytest.mark.parametrize("row", ["a,0,0", "a,190,48", "a,37,", ",37,48", "a,x,48"])
def test_a_node_without_name_or_place_is_refused(row):
    found = read_nodes(source(f"node,lon,lat\n{row}\nb,37.2,48.3\n"))
    assert strings(found.table, "node").tolist() == ["b"]
    assert found.issues[0].row == 1


def test_weather_holds_from_to_or_for_the_hour_that_begins():
    long = read_weather(source("time_from,time_to,lon,lat,temperature_c,wind_east_m_s,wind_north_m_s\n"
                               "2026-03-14T12:00:00Z,2026-03-14T15:00:00Z,37,48,4.5,-2,1\n")).table  # fmt: skip
    short = read_weather(source("time,temperature_c\n2026-03-14T12:00:00Z,4.5\n")).table
    WEATHER.check(long)
    assert integers(long, "t_end_ns").tolist() == [NOON + 3 * HOUR_NS]
    assert integers(short, "t_end_ns").tolist() == [NOON + HOUR_NS]
    assert np.isnan(numbers(short, "wind_east_m_s")).all()


def test_wind_from_the_north_blows_towards_the_south_and_calm_needs_no_direction():
    text = "time,temperature_c,wind_m_s,wind_from_deg\n2026-03-14T12:00:00Z,4,5,0\n2026-03-14T13:00:00Z,4,0,\n"
    table = read_weather(source(text)).table
    np.testing.assert_allclose(numbers(table, "wind_north_m_s"), [-5, 0], atol=1e-12)
    np.testing.assert_allclose(numbers(table, "wind_east_m_s"), [0, 0], atol=1e-12)


@pytest.mark.parametrize("row", ["2026-03-14T12:00:00,4", "2026-03-14T12:00:00Z,400", "2026-03-14T12:00:00Z,"])
def test_weather_without_offset_or_with_an_impossible_temperature_is_refused(row):
    found = read_weather(source(f"time,temperature_c\n{row}\n"))
    assert found.table.num_rows == 0
    assert found.issues[0].kind is IssueKind.REJECTED


def test_quarries_have_hours_in_a_zone_or_none_at_all():
    text = "name,lon,lat,radius_m,hours,zone\nGranite,37,48,400,Mo-Fr 07:00-18:00,Europe/Kyiv\nPit,37.1,48,200,,\n"
    found = read_quarries(source(text))
    assert [(q.name, q.radius_m, q.hours, q.zone) for q in found.quarries] == [
        ("Granite", 400.0, "Mo-Fr 07:00-18:00", "Europe/Kyiv"), ("Pit", 200.0, None, "UTC"),
    ]  # fmt: skip
    assert found.issues == ()


@pytest.mark.parametrize(("row", "needed"), [
    ("Q,37,48,400,whenever,UTC", "Mo-Fr 07:00-18:00"),
    ("Q,37,48,400,Mo-Fr 07:00-18:00,", "the zone of its hours"),
    ("Q,37,48,400,Mo-Fr 07:00-18:00,Kyiv time", "a zone such as"),
    ("Q,37,48,0,,", "a radius in m above 0"),
    (",37,48,400,,", "the name of the quarry"),
])  # fmt: skip
def test_a_quarry_that_cannot_be_used_says_why(row, needed):
    found = read_quarries(source(f"name,lon,lat,radius_m,hours,zone\n{row}\n"))
    assert found.quarries == ()
    assert needed in found.issues[0].needed


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([read_triggers, read_nodes, read_weather, read_quarries]),
       st.sampled_from(["time,node,amplitude,class", "node,lon,lat", "time,temperature_c,wind_m_s",
                        "name,lon,lat,radius_m,hours,zone", ""]),
       st.binary(max_size=200) | st.text("0123456789.,-+:TZ\"\n nae", max_size=200).map(str.encode))  # fmt: skip
def test_whatever_bytes_come_no_reader_breaks(read, header, body):
    found = read(Source("any.csv", header.encode() + b"\n" + body, Config()))
    assert all(i.source == "any.csv" for i in found.issues)
