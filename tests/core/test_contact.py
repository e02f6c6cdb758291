"""The contact line: which snapshot, what counts as line, and how far a point is from it."""

import numpy as np
import pyarrow as pa
import pytest
import shapely
from pyproj import Geod
from shapely.geometry import box

from trucewatch.core.contact import Config, contact_lines, signed_distance_m
from trucewatch.core.country import country_outline
from trucewatch.core.tables import CONTROL
from trucewatch.core.times import DAY_NS, parse_instant
from trucewatch.physics.geodesy import destination, distance_m
from trucewatch.sense import read_path

DAY = parse_instant("2023-07-01T00:00:00+03:00")
LAND = box(30, 45, 40, 51)


def snapshot(*areas: tuple[str, object], t_ns: int = DAY, source: str = "map", digest: str = "a" * 64) -> pa.Table:
    return CONTROL.table({
        "source": source, "file_sha256": digest, "row": np.arange(1, len(areas) + 1),
        "t_start_ns": t_ns, "t_end_ns": t_ns + DAY_NS, "status": [s for s, _ in areas],
        "geometry": [shapely.to_wkb(g) for _, g in areas],
    })  # fmt: skip


EAST = ("occupied", box(36, 44, 42, 52))


def test_the_line_is_the_boundary_of_the_held_area_on_land():
    (line,), issues = contact_lines([snapshot(EAST)], DAY, LAND)
    assert issues == []
    assert np.allclose(shapely.get_coordinates(line.line)[:, 0], 36, atol=1e-6)
    south, north = line.line.bounds[1], line.line.bounds[3]
    assert 45 < south < 45.1  # it ends where it comes within 5 km of the coast
    assert 50.9 < north < 51


def test_without_land_the_edges_of_the_map_are_no_line():
    (line,), _ = contact_lines([snapshot(EAST, ("occupied", box(32, 44, 36, 46)))], DAY)
    assert line.line.bounds == pytest.approx((32, 46, 36, 52), abs=1e-3)


def test_what_was_held_before_counts_as_held_and_the_seam_between_is_no_line():
    west, east = ("occupied", box(36, 44, 37.999, 52)), ("occupied_before_2022", box(38.001, 44, 42, 52))
    (line,), _ = contact_lines([snapshot(west, east)], DAY, LAND)
    assert line.line.bounds[2] < 36.001


def test_areas_of_unknown_holder_are_kept_apart_as_disputed():
    (line,), _ = contact_lines([snapshot(EAST, ("unknown", box(35.5, 48, 36, 49)))], DAY, LAND)
    assert line.disputed.bounds == (35.5, 48, 36, 49)
    assert line.held.bounds[0] == pytest.approx(36)


def test_the_latest_snapshot_at_or_before_the_time_is_taken():
    old, new = snapshot(EAST), snapshot(("occupied", box(37, 44, 42, 52)), t_ns=DAY + 5 * DAY_NS)
    (before,), _ = contact_lines([new, old], DAY + 5 * DAY_NS - 1, LAND)
    (after,), _ = contact_lines([new, old], DAY + 5 * DAY_NS, LAND)
    assert (before.as_of_ns, after.as_of_ns) == (DAY, DAY + 5 * DAY_NS)
    assert (before.line.bounds[0], after.line.bounds[0]) == pytest.approx((36, 37), abs=1e-3)


def test_an_old_snapshot_and_a_time_before_the_first_are_named():
    _, issues = contact_lines([snapshot(EAST)], DAY + 30 * DAY_NS, LAND, Config(stale_days=7))
    assert "30 days older" in issues[0].found
    lines, issues = contact_lines([snapshot(EAST)], DAY - 1, LAND)
    assert lines == ()
    assert "no snapshot before" in issues[0].found


def test_the_lines_of_two_sources_are_both_kept():
    lines, _ = contact_lines([snapshot(EAST), snapshot(("occupied", box(37, 44, 42, 52)), source="other")], DAY, LAND)
    assert [line.source for line in lines] == ["map", "other"]


def test_two_files_of_one_source_and_day_are_named():
    (line,), issues = contact_lines([snapshot(EAST), snapshot(EAST, digest="b" * 64)], DAY, LAND)
    assert line.file_sha256 == "b" * 64
    assert "2 files" in issues[0].found


def test_no_map_gives_no_line_and_no_held_area_gives_no_distance():
    assert contact_lines([], DAY)[0] == ()
    (line,), issues = contact_lines([snapshot(("liberated", box(36, 47, 37, 48)))], DAY, LAND)
    assert "no boundary" in issues[0].found
    assert np.isnan(signed_distance_m(line, np.array([36.0]), np.array([47.0]))).all()


def test_distance_is_positive_inside_and_right_to_a_thousandth():
    """A meridian is a geodesic, so that a point's distance to it is known: walk away from it at a right angle."""
    (line,), _ = contact_lines([snapshot(EAST)], DAY, LAND)
    foot = np.linspace(46, 50, 21)
    for azimuth, sign in ((90.0, 1.0), (270.0, -1.0)):
        for range_m in (50.0, 3_000.0, 40_000.0, 200_000.0):
            lon, lat = destination(np.full(21, 36.0), foot, np.full(21, azimuth), np.full(21, range_m))
            assert signed_distance_m(line, lon, lat) == pytest.approx(np.full(21, sign * range_m), rel=1e-3)


def test_an_unknown_point_has_no_distance():
    (line,), _ = contact_lines([snapshot(EAST)], DAY, LAND)
    away = signed_distance_m(line, np.array([37.0, np.nan]), np.array([48.0, 48.0]))
    assert away[0] > 0
    assert np.isnan(away[1])


def test_the_real_line_of_summer_2023_is_as_long_as_reported(shared_data):
    """About 1,000 km of land front; the line as drawn, without coasts and state borders."""
    tables = [r.table for r in read_path(shared_data / "control_map") if r.kind == "control"]
    (line,), _ = contact_lines(tables, parse_instant("2023-08-01T00:00:00Z"), country_outline("UKR"))
    km = sum(Geod(ellps="WGS84").geometry_length(part) for part in line.line.geoms) / 1000
    assert 800 < km < 1200
    towns = {
        "Donetsk": (37.80, 48.00),
        "Kharkiv": (36.25, 49.99),
        "Melitopol": (35.37, 46.85),
        "Kherson": (32.62, 46.64),
    }
    lon, lat = np.array(list(towns.values())).T
    assert (signed_distance_m(line, lon, lat) > 0).tolist() == [True, False, True, False]


def test_real_distances_agree_with_a_search_over_densely_sampled_points(shared_data):
    tables = [r.table for r in read_path(shared_data / "control_map") if r.kind == "control"]
    (line,), _ = contact_lines(tables, parse_instant("2022-06-20T00:00:00Z"), country_outline("UKR"))
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(31, 40, 40), rng.uniform(45.5, 50.5, 40)
    dense = shapely.get_coordinates(shapely.segmentize(line.line, 0.0002))
    nearest = [
        distance_m(np.full(len(dense), x), np.full(len(dense), y), *dense.T).min()
        for x, y in zip(lon, lat, strict=True)
    ]
    assert np.abs(signed_distance_m(line, lon, lat)) == pytest.approx(np.array(nearest), rel=1e-3, abs=15)
