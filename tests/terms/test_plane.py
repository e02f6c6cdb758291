"""Metres around lines, against the geodesic of pyproj."""

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from trucewatch.terms.plane import buffer_m, signed_distances_m

GEOD = Geod(ellps="WGS84")
MERIDIAN = shapely.LineString([(37.0, 47.0), (37.0, 49.0)])


def signed(line, lon, lat):
    return signed_distances_m([line], np.atleast_1d(lon), np.atleast_1d(lat))[0]


@pytest.mark.parametrize("lon", [36.2, 36.9, 37.1, 37.8])
def test_the_distance_from_a_meridian_is_that_of_the_geodesic(lon):
    # The geodesic that leaves the meridian at right angles ends a little off the parallel: far less than the tolerance.
    expected = GEOD.inv(37.0, 48.0, lon, 48.0)[2]
    assert abs(signed(MERIDIAN, lon, 48.0)[0]) == pytest.approx(expected, rel=2e-3)


def test_left_is_positive_and_right_is_negative():
    assert (signed(MERIDIAN, [36.9, 37.1], [48.0, 48.0]) > 0).tolist() == [True, False]
    assert (signed(shapely.reverse(MERIDIAN), [36.9, 37.1], [48.0, 48.0]) > 0).tolist() == [False, True]


def test_a_sharp_corner_has_the_right_sides():
    corner = shapely.LineString([(37.0, 48.0), (37.2, 48.0), (37.0, 48.02)])  # a hairpin to the left
    lon, lat = np.array([37.1, 37.25, 37.1, 37.1]), np.array([48.005, 48.0, 47.99, 48.03])
    assert (signed(corner, lon, lat) > 0).tolist() == [True, False, False, False]


def test_an_unknown_point_has_no_distance():
    assert np.isnan(signed(MERIDIAN, np.nan, np.nan)).all()


@settings(max_examples=30, deadline=None)
@given(st.floats(36.0, 38.0), st.floats(47.2, 48.8), st.floats(500, 30_000))
def test_a_point_lies_in_the_buffer_where_its_distance_is_less_than_the_radius(lon, lat, radius_m):
    away = abs(signed(MERIDIAN, lon, lat)[0])
    inside = shapely.contains_xy(buffer_m(MERIDIAN, radius_m), lon, lat)
    if abs(away - radius_m) > 0.005 * radius_m + 5:
        assert inside == (away < radius_m)


def test_a_round_buffer_has_the_area_of_its_circle():
    disc = buffer_m(shapely.Point(37.0, 48.0), 1000.0)
    area, _ = GEOD.geometry_area_perimeter(disc)
    assert abs(area) == pytest.approx(np.pi * 1000**2, rel=5e-3)


def test_an_empty_shape_stays_empty():
    assert buffer_m(shapely.GeometryCollection(), 1000.0).is_empty


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.floats(36.0, 38.0), st.floats(47.2, 48.8)), min_size=1, max_size=5))
def test_the_distance_from_a_long_line_is_that_of_its_nearest_segment(points):
    along = np.linspace(36.0, 38.0, 90)
    winding = shapely.LineString(np.column_stack([along, 48.0 + 0.4 * np.sin(9 * along)]))
    ends = shapely.get_coordinates(winding)
    pieces = [shapely.LineString(pair) for pair in pairwise(ends)]
    whole, *each = signed_distances_m([winding, *pieces], *np.array(points).T)
    assert np.abs(whole) == pytest.approx(np.min(np.abs(each), axis=0), abs=1e-6)
