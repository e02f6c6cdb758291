"""The ground in a drone's picture, from numbers that can be checked on paper."""

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from trucewatch.physics.geodesy import azimuth_deg, distance_m
from trucewatch.sense.klv_decode import telemetry
from trucewatch.sense.klv_footprint import HOW, NEEDED, boresight_elevation_deg, corners_by_pointing, footprints
from trucewatch.sense.source import Source

MAX_M = 100_000.0
LEVEL = {"sensor_lon_deg": 37.5, "sensor_lat_deg": 48.2, "sensor_alt_m": 1200.0, "frame_center_elev_m": 200.0,
         "platform_heading_deg": 0.0, "platform_pitch_deg": 0.0, "platform_roll_deg": 0.0, "sensor_rel_az_deg": 0.0,
         "sensor_rel_el_deg": -90.0, "sensor_rel_roll_deg": 0.0, "sensor_hfov_deg": 90.0,
         "sensor_vfov_deg": 53.13010235415598}  # fmt: skip


def values(**items: float) -> dict[str, np.ndarray]:
    """Return one packet's items; what is not given is unknown."""
    return {name: np.array([items.get(name, np.nan)]) for name in NEEDED}


def offsets_m(**items: float) -> np.ndarray:
    """Return corners (4, 2) m east and north of the aircraft."""
    lon, lat = corners_by_pointing(values(**{**LEVEL, **items}), MAX_M)
    at = np.full(4, 37.5), np.full(4, 48.2)
    away, angle = distance_m(*at, lon[0], lat[0]), np.radians(azimuth_deg(*at, lon[0], lat[0]))
    return np.column_stack([away * np.sin(angle), away * np.cos(angle)])


def test_a_camera_that_looks_straight_down_sees_a_rectangle_below_it():
    # 90° wide from 1,000 m: 1,000 m to either side; 53.13° high: tan(26.565°) = 0.5, so 500 m ahead and behind
    assert offsets_m() == pytest.approx(np.array([[-1000, 500], [1000, 500], [1000, -500], [-1000, -500]]), abs=1e-3)


def test_the_rectangle_turns_with_the_aircraft():
    expected = np.array([[500, 1000], [500, -1000], [-500, -1000], [-500, 1000]])
    assert offsets_m(platform_heading_deg=90.0) == pytest.approx(expected, abs=1e-3)


def test_a_nose_that_points_up_moves_the_picture_ahead():
    # 45° down after a pitch of 45°: the middle of the picture lies 1,000 m ahead
    ahead = offsets_m(platform_pitch_deg=45.0, sensor_hfov_deg=0.01, sensor_vfov_deg=0.01)
    assert ahead.mean(axis=0) == pytest.approx([0, 1000], abs=0.1)


def test_a_bank_to_the_right_moves_a_picture_from_below_to_the_left():
    # right wing down by 45°: the belly looks left
    aside = offsets_m(platform_roll_deg=45.0, sensor_hfov_deg=0.01, sensor_vfov_deg=0.01)
    assert aside.mean(axis=0) == pytest.approx([-1000, 0], abs=0.1)


def test_a_mount_turned_to_the_right_looks_to_the_right_of_the_aircraft():
    aside = offsets_m(platform_heading_deg=90.0, sensor_rel_az_deg=90.0, sensor_rel_el_deg=-45.0, sensor_hfov_deg=0.01,
                      sensor_vfov_deg=0.01)  # fmt: skip
    assert aside.mean(axis=0) == pytest.approx([0, -1000], abs=0.1)


def test_full_angles_go_before_narrow_ones():
    ahead = offsets_m(platform_pitch_deg=0.0, platform_pitch_full_deg=45.0, sensor_hfov_deg=0.01, sensor_vfov_deg=0.01)
    assert ahead.mean(axis=0) == pytest.approx([0, 1000], abs=0.1)


@pytest.mark.parametrize("items", [
    {"sensor_alt_m": np.nan, "frame_center_elev_m": np.nan, "slant_range_m": 1000.0},
    {"sensor_alt_m": np.nan, "sensor_ellipsoid_height_m": 1030.0, "frame_center_ellipsoid_height_m": 30.0},
    {"sensor_ellipsoid_height_m": 9000.0},
])  # fmt: skip
def test_the_height_above_ground_comes_from_sea_level_then_the_ellipsoid_then_the_slant_range(items):
    assert offsets_m(**items)[0] == pytest.approx([-1000, 500], abs=1e-3)


def test_a_corner_above_the_horizon_has_no_ground():
    lon, _ = corners_by_pointing(values(**{**LEVEL, "sensor_rel_el_deg": -10.0}), MAX_M)
    assert np.isnan(lon[0]).tolist() == [True, True, False, False]


def test_the_height_of_the_middle_of_the_picture_is_told_whatever_way_it_is_reached():
    backwards = values(**{**LEVEL, "sensor_rel_el_deg": -150.0})
    assert boresight_elevation_deg(backwards) == pytest.approx([-30.0])


def test_without_anything_to_go_by_there_is_no_footprint_and_nothing_is_wrong():
    seen = footprints(values(), MAX_M)
    assert (seen.how[0], seen.shape[0], seen.far[0], seen.above[0]) == (-1, None, False, False)


def test_pointing_is_used_only_where_no_corners_are_stated():
    seen = footprints(values(**LEVEL), MAX_M)
    assert HOW[seen.how[0]] == "pointing"


def test_corners_in_a_crossed_order_give_their_hull():
    crossed = {f"corner_lon_p{k}_deg": x for k, x in enumerate((37.0, 37.1, 37.1, 37.0), 1)}
    crossed |= {f"corner_lat_p{k}_deg": y for k, y in enumerate((48.0, 48.1, 48.0, 48.1), 1)}
    assert footprints(values(**crossed), MAX_M).shape[0].area == pytest.approx(0.01)


@pytest.mark.parametrize("lon", [(179.99, -179.99, -179.99, 179.99), (37.0, 37.0, 37.0, 37.0)])
def test_corners_across_the_180th_meridian_or_on_one_line_give_none(lon):
    corners = {f"corner_lon_p{k}_deg": x for k, x in enumerate(lon, 1)}
    corners |= {f"corner_lat_p{k}_deg": y for k, y in enumerate((10.1, 10.1, 10.0, 10.0), 1)}
    assert footprints(values(**corners), MAX_M).shape[0] is None


def test_corners_a_continent_apart_are_not_believed():
    corners = {f"corner_lon_p{k}_deg": x for k, x in enumerate((10.0, 60.0, 60.0, 10.0), 1)}
    corners |= {f"corner_lat_p{k}_deg": y for k, y in enumerate((50.0, 50.0, 45.0, 45.0), 1)}
    seen = footprints(values(**corners), MAX_M)
    assert seen.far[0]
    assert seen.shape[0] is None


RANGES = {"lat": 90.0, "lon": 180.0, "rel_el": 180.0, "pitch": 90.0, "roll": 90.0, "offset": 0.075}


@st.composite
def any_items(draw: st.DrawFn) -> dict[str, float]:
    """Return some of the items, each anywhere in its range."""
    items = {}
    for name in draw(st.sets(st.sampled_from(NEEDED), min_size=10)):
        high = next(
            (RANGES[word] for word in ("offset", "rel_el", "pitch", "roll", "lat", "lon") if word in name), 360.0
        )
        items[name] = draw(st.floats(-high if high < 360 else 0.0, high))
    return items


@given(any_items())
@settings(max_examples=50)
@example({name: 0.0 for name in NEEDED if name.endswith("_deg") and "offset" not in name and "corner" not in name}
         | {"frame_center_lon_deg": 1.0, "target_width_extended_m": 2e-311})  # fmt: skip
def test_whatever_a_packet_says_a_footprint_is_a_valid_area_on_earth(items):
    shape = footprints(values(**items), MAX_M).shape[0]
    if shape is not None:
        west, south, east, north = shape.bounds
        assert shape.is_valid
        assert shape.area > 0
        assert max(-west, east) <= 180
        assert max(-south, north) <= 90


def test_real_stated_corners_hold_the_frame_centre_and_pointing_comes_near_them(shared_data):
    table, _ = telemetry(Source("Cheyenne.bin", (shared_data / "klv" / "Cheyenne.bin").read_bytes()))
    v = table.values
    seen = footprints(v, MAX_M)
    assert shapely.contains_xy(seen.shape, v["frame_center_lon_deg"], v["frame_center_lat_deg"]).mean() >= 0.99
    lon, lat = corners_by_pointing(v, MAX_M)
    stated = [v["frame_center_lon_deg"] + v["corner_lon_offset_p1_deg"],
              v["frame_center_lat_deg"] + v["corner_lat_offset_p1_deg"]]  # fmt: skip
    assert np.median(distance_m(lon[:, 0], lat[:, 0], *stated)) < 60  # m; pictures are 280 m across, seen from 2 km
    pointed = shapely.polygons(np.stack([lon, lat], axis=-1))
    both = shapely.area(shapely.intersection(pointed, seen.shape)) / shapely.area(shapely.union(pointed, seen.shape))
    assert np.median(both) > 0.8
