"""`trucewatch locate`: files of a network in, GeoJSON of internal events out."""

import json

import numpy as np
import pytest
from tests.cli.conftest import refused, run

from trucewatch.cli.locate import feature_collection, locate_files
from trucewatch.core.errors import CommandError
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.tables import ORIGINS
from trucewatch.core.times import parse_instant
from trucewatch.locate.classify import classify

NOW = parse_instant("2026-03-15T00:00:00Z")
SPEED_M_S = 340.0
PER_LON, PER_LAT = 74_627.0, 111_200.0  # m per degree at 48° north, WGS84, to the metre
SHOTS = [(0.0, 1_100.0, 900.0), (20.0, 5_200.0, 4_100.0), (41.0, 2_500.0, 6_600.0)]  # s, m east, m north


@pytest.fixture
def files(tmp_path):
    """Twelve nodes and three shots that all of them heard, 20 ms of error; the first row is naive, one node unknown."""
    rng = np.random.default_rng(1)
    east, north = (g.ravel() * 2_600.0 + rng.uniform(-400, 400, 12)
                   for g in np.meshgrid(np.arange(4), np.arange(3)))  # fmt: skip
    nodes = [f"n{i},{37 + e / PER_LON:.6f},{48 + n / PER_LAT:.6f}"
             for i, (e, n) in enumerate(zip(east, north, strict=True))]  # fmt: skip
    rows = ["2026-03-14T12:00:00,n0,0.1", "2026-03-14T12:00:00Z,ghost,0.1"]
    for t, x, y in SHOTS:
        arrival = t + np.hypot(east - x, north - y) / SPEED_M_S + rng.normal(0, 0.02, 12)
        rows += [f"2026-03-14T12:{int(a // 60):02d}:{a % 60:09.6f}Z,n{i},0.2" for i, a in enumerate(arrival)]
    (tmp_path / "t.csv").write_text("\n".join(["time,node,amplitude", *rows]) + "\n", encoding="utf-8")
    (tmp_path / "n.csv").write_text("\n".join(["node,lon,lat", *nodes]) + "\n", encoding="utf-8")
    (tmp_path / "w.csv").write_text("time,temperature_c,wind_east_m_s,wind_north_m_s\n2026-03-14T12:00:00Z,14,0,0\n")
    lon, lat = 37 + SHOTS[0][1] / PER_LON, 48 + SHOTS[0][2] / PER_LAT
    (tmp_path / "q.csv").write_text(f"name,lon,lat,radius_m\nGranite,{lon:.6f},{lat:.6f},500\n", encoding="utf-8")
    return tmp_path


def one_event(detections, network, config, weather):
    """A stand-in that takes rows 1 to 5 of the table for one event at its middle."""
    event = ORIGINS.table({
        "event": [7], "t_ns": [parse_instant("2026-03-14T11:59:58.5Z")], "t_sigma_s": [0.012], "lon_deg": [37.0147],
        "lat_deg": [48.0081], "cov_ee_m2": [400.0], "cov_en_m2": [-30.0], "cov_nn_m2": [300.0], "p": [0.98],
        "reason": ["none yet"], "arrivals": [5], "residual_s": [0.03], "gap_deg": [80.0], "triggers": [[1, 2, 3, 4, 5]],
    }, rows=1)  # fmt: skip
    said = Issue("triggers", IssueKind.DOUBTFUL, f"weather: {weather is not None}", "nothing", "nothing")
    return classify(event, detections, network, None, config and config.quarries), (said,)


def located(folder, weather=None, quarries=None):
    named = [None if n is None else folder / n for n in (weather, quarries)]
    return locate_files(folder / "t.csv", folder / "n.csv", *named, one_event, NOW, lambda _: None)


def test_every_field_of_an_event_is_there_with_its_unit(files):
    found = feature_collection(located(files))
    (feature,) = found["features"]
    properties = feature["properties"]
    assert feature["id"] == 7
    assert feature["geometry"] == {"type": "Point", "coordinates": [37.0147, 48.0081]}
    assert properties["origin_time"] == "2026-03-14T11:59:58.500000Z"
    assert [properties[n] for n in ("lon", "lat", "cov_ee", "cov_en", "cov_nn", "t_sigma_s", "p")] == [
        37.0147, 48.0081, 400.0, -30.0, 300.0, 0.012, 0.98]  # fmt: skip
    classes = [v for n, v in properties.items() if n.startswith("p_")]
    assert len(classes) == 7
    assert sum(classes) == pytest.approx(1.0, abs=1e-3)
    assert set(found["units"]) <= set(properties)


def test_an_event_names_the_rows_of_its_triggers_as_the_file_counts_them(files):
    (feature,) = feature_collection(located(files))["features"]
    assert feature["properties"]["triggers"] == [3, 4, 5, 6, 7]  # the naive first row is refused, the second unknown
    assert feature["properties"]["nodes"] == ["n0", "n1", "n2", "n3", "n4"]


def test_file_and_events_say_that_they_are_internal(files):
    found = feature_collection(located(files))
    assert found["marking"] == "INTERNAL"
    assert all(f["properties"]["marking"] == "INTERNAL" for f in found["features"])


def test_issues_of_the_files_and_of_the_association_stand_in_the_answer(files):
    words = [i["found"] for i in feature_collection(located(files))["issues"]]
    assert "time '2026-03-14T12:00:00'" in words
    assert "weather: False" in words


def test_a_weather_record_is_handed_over(files):
    assert "weather: True" in [i.found for i in located(files, weather="w.csv").issues]


def test_a_list_of_quarries_changes_the_classes_and_says_why(files):
    before, after = (feature_collection(f)["features"][0]["properties"]
                     for f in (located(files), located(files, quarries="q.csv")))  # fmt: skip
    assert after["p_quarry_blast"] > before["p_quarry_blast"]
    assert "quarry Granite" in after["reason"]


def test_a_swap_of_both_tables_is_refused_in_one_sentence(files):
    with pytest.raises(CommandError, match=r"n\.csv; needed a header line with the columns node, time"):
        locate_files(files / "n.csv", files / "t.csv", None, None, one_event, NOW, lambda _: None)


@pytest.mark.parametrize(("words", "say"), [
    (("nothing.csv", "--nodes", "n.csv", "--out", "e.geojson"), "found no file"),
    (("t.csv", "--nodes", "nothing.csv", "--out", "e.geojson"), "found no file"),
    (("t.csv", "--nodes", "n.csv", "--out", "nowhere/e.geojson"), "found no folder"),
])  # fmt: skip
def test_a_wrong_path_is_one_sentence_and_writes_nothing(files, monkeypatch, words, say):
    monkeypatch.chdir(files)
    refused(run("locate", *words), say)
    assert not (files / "e.geojson").exists()


def test_three_shots_come_out_where_they_were_fired(files):
    out = files / "e.geojson"
    ran = run(
        "locate", files / "t.csv", "--nodes", files / "n.csv", "--weather", files / "w.csv", "--out", out, "--json"
    )
    assert ran.code == 0, ran.err
    assert ran.json["events"] == 3
    assert ran.json["explained"] == 36
    found = json.loads(out.read_bytes())["features"]
    at = sorted((f["properties"]["origin_time"], f["properties"]) for f in found)
    for (t, east, north), (when, p) in zip(SHOTS, at, strict=True):
        assert (parse_instant(when) - parse_instant("2026-03-14T12:00:00Z")) / 1e9 == pytest.approx(t, abs=0.3)
        assert (p["lon"] - 37) * PER_LON == pytest.approx(east, abs=60)
        assert (p["lat"] - 48) * PER_LAT == pytest.approx(north, abs=60)


def test_without_json_a_table_and_the_first_issues_are_shown(files):
    ran = run("locate", files / "t.csv", "--nodes", files / "n.csv", "--out", files / "e.geojson")
    assert ran.code == 0, ran.err
    assert "INTERNAL" in ran.out
    assert "t.csv, row 1: found time" in ran.out
