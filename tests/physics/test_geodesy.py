"""Geodesics against published lines, and local metres against the published lengths of a degree."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from trucewatch.physics.geodesy import (
    WGS84_A_M,
    WGS84_F,
    azimuth_deg,
    destination,
    distance_m,
    ecef_m,
    metres_per_degree,
    offset_lonlat,
)


def one(value: float) -> np.ndarray:
    """An array of one number."""
    return np.array([value])


def test_wellington_to_salamanca_is_as_long_as_geographiclib_says() -> None:
    """GeographicLib documentation, nearly antipodal example: 19 959 679.267 m."""
    assert distance_m(one(174.81), one(-41.32), one(-5.50), one(40.96))[0] == pytest.approx(19959679.267, abs=0.001)


def test_flinders_peak_to_buninyong_is_as_long_as_the_survey_says() -> None:
    """Geocentric Datum of Australia technical manual: 54 972.271 m, azimuth 306° 52' 05.37" (GRS80)."""
    flinders = one(144 + 25 / 60 + 29.52440 / 3600), one(-(37 + 57 / 60 + 3.72030 / 3600))
    buninyong = one(143 + 55 / 60 + 35.38390 / 3600), one(-(37 + 39 / 60 + 10.15610 / 3600))
    assert distance_m(*flinders, *buninyong)[0] == pytest.approx(54972.271, abs=0.002)
    assert azimuth_deg(*flinders, *buninyong)[0] == pytest.approx(306 + 52 / 60 + 5.37 / 3600, abs=1e-5)


def test_ten_thousand_kilometres_end_where_karney_says() -> None:
    """Karney 2013, J. Geodesy 87, table 2: from 40° N along 30° to 41.793310° N, 137.844900° E."""
    lon, lat = destination(one(0.0), one(40.0), one(30.0), one(10_000_000.0))
    assert lat[0] == pytest.approx(41.79331020506, abs=1e-9)
    assert lon[0] == pytest.approx(137.84490004377, abs=1e-9)


def test_a_line_of_1200_km_along_a_meridian_is_right_to_a_millionth() -> None:
    """The arc is integrated from the radius of curvature, without any geodesic library."""
    e2 = WGS84_F * (2 - WGS84_F)
    south, north = np.radians(44.0), np.radians(54.8)
    arc_m = quad(lambda lat: WGS84_A_M * (1 - e2) / (1 - e2 * np.sin(lat) ** 2) ** 1.5, south, north)[0]
    assert arc_m == pytest.approx(1_200_000, rel=0.01)
    assert distance_m(one(37.0), one(44.0), one(37.0), one(54.8))[0] == pytest.approx(arc_m, rel=1e-6)


@pytest.mark.parametrize(
    ("lat", "lon_km", "lat_km"),
    [(0, 111.320, 110.574), (30, 96.486, 110.852), (45, 78.847, 111.132), (60, 55.800, 111.412)],
)
def test_a_degree_is_as_long_as_the_tables_say(lat: float, lon_km: float, lat_km: float) -> None:
    """Lengths of a degree on WGS84 as tabulated, to the metre."""
    per_lon, per_lat = metres_per_degree(np.array(float(lat)))
    assert per_lon == pytest.approx(lon_km * 1000, abs=1)
    assert per_lat == pytest.approx(lat_km * 1000, abs=1)


def test_due_east_and_due_west_are_90_and_270_degrees_on_the_equator() -> None:
    assert azimuth_deg(one(0.0), one(0.0), np.array([1.0]), one(0.0))[0] == pytest.approx(90)
    assert azimuth_deg(one(0.0), one(0.0), np.array([-1.0]), one(0.0))[0] == pytest.approx(270)


NEAR = st.floats(-30_000, 30_000)
LAT = st.floats(-60, 60)


@settings(max_examples=50, deadline=None)
@given(LAT, NEAR, NEAR)
def test_small_offsets_are_as_long_as_they_were_meant(lat: float, east: float, north: float) -> None:
    lon2, lat2 = offset_lonlat(one(37.0), one(lat), one(east), one(north))
    assert distance_m(one(37.0), one(lat), lon2, lat2)[0] == pytest.approx(np.hypot(east, north), rel=2e-3, abs=1e-3)


@settings(max_examples=50, deadline=None)
@given(LAT, st.floats(0, 359.999), st.floats(1.0, 1_200_000))
def test_going_out_and_measuring_back_gives_the_same_line(lat: float, azimuth: float, range_m: float) -> None:
    lon2, lat2 = destination(one(37.0), one(lat), one(azimuth), one(range_m))
    assert distance_m(one(37.0), one(lat), lon2, lat2)[0] == pytest.approx(range_m, abs=1e-6)
    turn = (azimuth_deg(one(37.0), one(lat), lon2, lat2)[0] - azimuth + 180) % 360 - 180
    assert turn * np.radians(1) * range_m == pytest.approx(0, abs=1e-3)


def test_chords_between_neighbours_are_their_distance() -> None:
    lon, lat = np.array([37.80, 37.81]), np.array([48.0, 48.005])
    chord = np.linalg.norm(np.diff(ecef_m(lon, lat), axis=0))
    assert chord == pytest.approx(distance_m(lon[:1], lat[:1], lon[1:], lat[1:])[0], rel=1e-6)


def test_the_poles_lie_on_the_axis() -> None:
    assert ecef_m(one(0.0), one(90.0))[0] == pytest.approx([0, 0, WGS84_A_M * (1 - WGS84_F)], abs=1e-6)
