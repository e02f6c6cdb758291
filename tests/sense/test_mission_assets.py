"""The books of the mission's own eyes: heartbeats of nodes and the duty log of patrols, as coverage."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from trucewatch.core.columns import integers, strings
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.reading import Reading
from trucewatch.core.tables import SCHEMAS
from trucewatch.core.times import HOUR_NS, SECOND_NS, format_ns, parse_instant
from trucewatch.sense import Config, health_csv, patrols_csv
from trucewatch.sense.mission_limits import MissionConfig
from trucewatch.sense.source import Source

BEATS = "asset,kind,time,state,lon,lat,range_km,battery\n"
ROUTE = '"LINESTRING (37.5 48, 37.6 48)"'
PATROLS = f"""patrol,tasking,side,planned_from,planned_to,actual_from,actual_to,route,range_km,outcome,reason,stopped_at
P1,routine,north,@06:00:00Z,@09:00:00Z,@06:10:00Z,@08:50:00Z,Donetsk; Avdiivka,2,done,,
P2,inspection,south,@06:00:00Z,@09:00:00Z,@06:10:00Z,@07:00:00Z,{ROUTE},2,cut short,denied: road closed,"48.00, 37.55"
P3,escort,north,@06:00:00Z,@09:00:00Z,,,{ROUTE},2,not executed,weather,
P4,escort,north,@06:00:00Z,@09:00:00Z,,,{ROUTE},2,not_executed,delayed: no escort,
""".replace("@", "2025-04-19T")


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


def beats(*lines: tuple[str, float, str]) -> str:
    """Return heartbeats of a camera: name, seconds after a start, state."""
    start = parse_instant("2025-04-19T06:00:00Z")
    return BEATS + "".join(
        f"{name},camera,{format_ns(start + int(t * SECOND_NS))},{state},37.8,48.1,5,90\n" for name, t, state in lines
    )


def seconds(row: dict) -> tuple[float, float]:
    start = parse_instant("2025-04-19T06:00:00Z")
    return (row["t_start_ns"] - start) / SECOND_NS, (row["t_end_ns"] - start) / SECOND_NS


# State of health


def test_a_node_works_between_heartbeats():
    (row,) = rows(health_csv, beats(("C1", 0, "up"), ("C1", 60, "up"), ("C1", 120, "up")))
    assert (seconds(row), row["working"], row["asset"], row["asset_kind"]) == ((0, 120), True, "C1", "camera")
    area_km2 = (
        Geod(ellps="WGS84").geometry_area_perimeter(shapely.geometry.polygon.orient(shapely.from_wkb(row["geometry"])))[
            0
        ]
        / 1e6
    )
    assert area_km2 == pytest.approx(25 * np.pi, rel=0.005)


def test_a_long_silence_is_no_working_time():
    found = rows(health_csv, beats(("C1", 0, "up"), ("C1", 60, "up"), ("C1", 3660, "up"), ("C1", 3720, "up")))
    assert [(seconds(r), r["working"], r["reason"]) for r in found] == [
        ((0, 60), True, None), ((60, 3660), False, "no heartbeat"), ((3660, 3720), True, None),
    ]  # fmt: skip


def test_the_silence_that_is_believed_is_a_threshold():
    text = beats(("C1", 0, "up"), ("C1", 3600, "up"))
    source = Source("book.csv", text.encode())
    (reading,) = health_csv.read(replace(source, config=Config(mission=MissionConfig(heartbeat_gap_s=3600.0))))
    assert reading.table["working"].to_pylist() == [True]


def test_a_node_that_is_down_at_either_end_does_not_work_between():
    found = rows(health_csv, beats(("C1", 0, "up"), ("C1", 60, "down"), ("C1", 120, "up"), ("C1", 180, "up")))
    assert [(seconds(r), r["working"], r["reason"]) for r in found] == [
        ((0, 120), False, "down"), ((120, 180), True, None),
    ]  # fmt: skip


def test_a_degraded_node_works_with_an_unknown_probability():
    header = BEATS.replace("battery", "p_detect")
    text = header + "".join(
        f"C1,acoustic,2025-04-19T06:0{m}:00Z,{state},37.8,48.1,5,0.8\n"
        for m, state in enumerate(["up", "up", "degraded"])
    )
    assert [(r["working"], r["p_detect"]) for r in rows(health_csv, text)] == [(True, 0.8), (True, None)]


def test_nodes_may_be_mixed_in_one_file():
    found = rows(health_csv, beats(("C1", 0, "up"), ("C2", 5, "up"), ("C1", 60, "up"), ("C2", 65, "up")))
    assert [(r["asset"], seconds(r)) for r in found] == [("C1", (0, 60)), ("C2", (5, 65))]


def test_a_file_that_runs_backwards_is_read_as_it_is_meant():
    forward = [("C1", t, "up") for t in (0, 60, 120, 180)]
    a, b = rows(health_csv, beats(*forward)), rows(health_csv, beats(*reversed(forward)))
    assert [seconds(r) for r in a] == [seconds(r) for r in b] == [(0, 180)]


def test_a_clock_that_jumps_back_is_named_and_makes_its_asset_uncertain():
    text = beats(*[("C1", t, "up") for t in (0, 60, 120, 90, 150)])
    assert [(seconds(r), r["t_sigma_s"]) for r in rows(health_csv, text)] == [((0, 120), 30), ((90, 150), 30)]
    (jump,) = issues(health_csv, text)
    assert (jump.row, jump.found) == (4, "a time 30 s before the heartbeat before it")


def test_a_node_heard_once_shows_no_working_time():
    assert rows(health_csv, beats(("C1", 0, "up"))) == []
    (alone,) = issues(health_csv, beats(("C1", 0, "up")))
    assert alone.found == "one heartbeat of C1"


@pytest.mark.parametrize("change", [
    ("C1,", ","), ("camera", "telescope"), ("up", "asleep"), ("06:00:00Z", "06:00:00"), ("37.8", "0"), (",5,", ",-5,"),
    ("2025-04-19", "1970-01-01"),
])  # fmt: skip
def test_a_heartbeat_that_cannot_be_used_is_rejected(change):
    text = beats(("C1", 0, "up"), ("C1", 60, "up"), ("C1", 120, "up"))
    text = text.replace("37.8,48.1", "0,0", 1) if change == ("37.8", "0") else text.replace(*change, 1)
    assert [i.row for i in issues(health_csv, text, IssueKind.REJECTED)] == [1]
    assert [seconds(r) for r in rows(health_csv, text)] == [(60, 120)]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("AB"), st.integers(0, 4000), st.sampled_from(["up", "degraded", "down"])), max_size=30
    )
)
def test_no_node_works_in_a_time_that_no_two_heartbeats_vouch_for(lines):
    lines = sorted(lines, key=lambda line: line[1])
    for row in rows(health_csv, beats(*lines)):
        start, end = seconds(row)
        said = [(t, state) for name, t, state in lines if name == row["asset"] and start <= t <= end]
        assert (said[0][0], said[-1][0]) == (start, end)
        gaps = np.diff(sorted({t for t, _ in said}))
        if row["working"]:
            assert gaps.max() <= MissionConfig().heartbeat_gap_s
        else:
            assert gaps.max() > MissionConfig().heartbeat_gap_s or "down" in {state for _, state in said}


# Patrols


def test_a_patrol_covers_its_route_for_the_hours_it_was_driven():
    first, second = rows(patrols_csv, PATROLS)[:2]
    assert (first["asset"], first["tasking"], first["working"]) == ("P1", "routine", True)
    assert first["t_start_ns"] == parse_instant("2025-04-19T06:10:00Z")
    route = shapely.from_wkb(second["geometry"])
    assert shapely.contains_xy(route, 37.55, 48.017)
    assert not shapely.contains_xy(route, 37.55, 48.019)


def test_a_patrol_that_did_not_go_covers_nothing_in_its_planned_hours():
    third = rows(patrols_csv, PATROLS)[2]
    assert (third["working"], third["reason"]) == (False, "not executed: weather")
    assert third["t_end_ns"] - third["t_start_ns"] == 3 * HOUR_NS


def test_a_patrol_that_was_hindered_is_an_impediment_and_weather_is_none():
    _, impediments, seen = readings(patrols_csv, PATROLS)
    assert strings(impediments.table, "kind").tolist() == ["denial", "delay"]
    assert strings(seen.table, "class").tolist() == ["denial", "delay"]
    assert integers(impediments.table, "row").tolist() == [2, 4]


def test_a_patrol_cut_short_was_hindered_from_then_to_its_planned_end():
    row = readings(patrols_csv, PATROLS)[1].table.to_pylist()[0]
    assert row["t_start_ns"] == parse_instant("2025-04-19T07:00:00Z")
    assert row["t_end_ns"] == parse_instant("2025-04-19T09:00:00Z")
    assert (row["lon_deg"], row["lat_deg"]) == (pytest.approx(37.55), pytest.approx(48.0))


def test_a_patrol_hindered_nobody_says_where_was_hindered_somewhere_on_its_route():
    row = readings(patrols_csv, PATROLS)[1].table.to_pylist()[1]
    assert row["lon_deg"] == pytest.approx(37.55)
    assert 3000 < row["radius_m"] < 4000


def test_a_stop_that_cannot_be_read_is_left_out_and_named():
    text = PATROLS.replace("Donetsk; Avdiivka", "Donetsk; Xyzzyville; Avdiivka")
    assert rows(patrols_csv, text)[0]["geometry"] == rows(patrols_csv, PATROLS)[0]["geometry"]
    assert any(i.row == 1 and "Xyzzyville" in i.found for i in issues(patrols_csv, text))


def test_a_route_without_any_stop_covers_nothing():
    text = PATROLS.replace("Donetsk; Avdiivka", "somewhere over the hills")
    assert 1 not in [r["row"] for r in rows(patrols_csv, text)]
    assert 1 in [i.row for i in issues(patrols_csv, text, IssueKind.REJECTED)]


def test_two_hundred_thousand_heartbeats_are_read_whole():
    start, n = parse_instant("2025-04-19T00:00:00Z"), 200_000
    minute, node = np.divmod(np.arange(n), 200)
    stamp = ((start + minute * 60 * SECOND_NS).astype("datetime64[ns]").astype("datetime64[s]")).astype(str)
    lines = [f"N{k},acoustic,{t}Z,up,37.{k:03d},48.1,5,90" for k, t in zip(node.tolist(), stamp.tolist(), strict=True)]
    found = rows(health_csv, BEATS + "\n".join(lines))
    assert len(found) == 200
    assert all(r["t_end_ns"] - r["t_start_ns"] == 999 * 60 * SECOND_NS for r in found)
