"""How fast sound goes, and how likely it is heard."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trucewatch.physics.sound import heard_share, sound_speed_m_s, travel_time_s

METRES = st.floats(-30e3, 30e3)


@pytest.mark.parametrize(("temperature_c", "speed_m_s"), [(0, 331.3), (20, 343.2), (-20, 318.9)])
def test_the_speed_of_sound_is_that_of_the_tables_of_dry_air(temperature_c, speed_m_s):
    assert sound_speed_m_s(temperature_c) == pytest.approx(speed_m_s, abs=0.3)


def test_sound_takes_a_second_over_340_metres_of_still_air():
    assert travel_time_s(np.array([340.0, 0.0]), np.array([0.0, -680.0]), 340.0) == pytest.approx([1.0, 2.0])


def test_the_wind_carries_sound_along_and_holds_it_up():
    with_it, against = travel_time_s(np.array([3_500.0, -3_500.0]), np.zeros(2), 340.0, 10.0)
    assert (with_it, against) == pytest.approx((3_500 / 350, 3_500 / 330))


def test_wind_across_the_path_changes_nothing():
    assert travel_time_s(np.array(3_400.0), np.array(0.0), 340.0, 0.0, 10.0) == pytest.approx(10.0)


def test_a_source_at_the_node_is_heard_at_once():
    assert travel_time_s(np.array(0.0), np.array(0.0), 340.0, 5.0, 5.0) == 0


@given(METRES, METRES, st.floats(-8, 8), st.floats(-8, 8))
def test_there_with_the_wind_takes_as_long_as_back_with_the_wind_turned(east_m, north_m, wind_east, wind_north):
    there = travel_time_s(np.array(east_m), np.array(north_m), 340.0, wind_east, wind_north)
    back = travel_time_s(np.array(-east_m), np.array(-north_m), 340.0, -wind_east, -wind_north)
    assert there == pytest.approx(back)


def test_half_of_what_can_be_heard_is_heard_at_the_half_range():
    assert heard_share(np.array(9_000.0), 9_000.0, 1_500.0, 0.92) == pytest.approx(0.46)


@given(st.floats(0, 30e3), st.floats(0, 30e3))
def test_what_is_farther_is_never_likelier_to_be_heard(one_m, other_m):
    near, far = heard_share(np.sort([one_m, other_m]), 9_000.0, 1_500.0, 0.92)
    assert 0 <= far <= near <= 0.92
