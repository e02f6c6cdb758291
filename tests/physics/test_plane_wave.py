"""Plane waves across an array: bearings, delays and how well a layout tells them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trucewatch.physics.plane_wave import bearing_of, bearing_sigma_deg, delays_s, flatness, spread_m2

EAST, NORTH = np.array([0.0, 100.0, 0.0]), np.array([0.0, 0.0, 100.0])


def test_a_wave_that_goes_east_came_from_the_west():
    bearing, speed = bearing_of(np.array([1 / 340, 0.0]))
    assert (float(bearing), float(speed)) == pytest.approx((270.0, 340.0))


def test_a_wave_from_the_north_reaches_the_northern_element_first():
    delay = delays_s(EAST, NORTH, np.array([0.0, -1 / 340]))
    assert delay == pytest.approx([0.0, 0.0, -100 / 340])


def test_sound_from_straight_above_has_no_finite_speed():
    assert bearing_of(np.zeros(2)).trace_velocity_m_s == np.inf


@given(bearing=st.floats(0, 359.99), speed=st.floats(250, 5000))
def test_bearing_and_speed_come_back_from_their_slowness(bearing, speed):
    towards = np.radians(bearing + 180)
    found = bearing_of(np.array([np.sin(towards), np.cos(towards)]) / speed)
    assert float((found.back_azimuth_deg - bearing + 180) % 360 - 180) == pytest.approx(0.0, abs=1e-6)
    assert float(found.trace_velocity_m_s) == pytest.approx(speed)


def test_an_error_across_the_slowness_turns_the_bearing_and_one_along_it_does_not():
    slowness = np.array([0.0, 1 / 340])
    one_percent = (0.01 / 340) ** 2
    assert bearing_sigma_deg(slowness, np.diag([one_percent, 0.0])) == pytest.approx(np.degrees(0.01))
    assert bearing_sigma_deg(slowness, np.diag([0.0, one_percent])) == 0.0


def test_a_bearing_of_which_nothing_is_known_has_the_sigma_of_a_blind_draw():
    assert bearing_sigma_deg(np.array([0.0, 1 / 340]), np.eye(2) * 1e6) == pytest.approx(103.9, abs=0.1)


def test_a_line_is_flat_and_a_square_is_not():
    assert flatness(np.array([0.0, 50.0, 100.0]), np.array([0.0, 50.0, 100.0])) == pytest.approx(0.0, abs=1e-6)
    assert flatness(np.array([0.0, 1.0, 0.0, 1.0]), np.array([0.0, 0.0, 1.0, 1.0])) == pytest.approx(1.0)


@given(turn=st.floats(0, 6.28))
def test_the_spread_of_a_layout_does_not_change_as_it_turns(turn):
    east, north = EAST * np.cos(turn) - NORTH * np.sin(turn), EAST * np.sin(turn) + NORTH * np.cos(turn)
    ours = np.linalg.eigvalsh(spread_m2(EAST, NORTH))
    assert np.linalg.eigvalsh(spread_m2(east, north)) == pytest.approx(ours)
