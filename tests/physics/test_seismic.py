"""Travel times of P and S: known answers of flat and of round layers, laws, and the tables."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trucewatch.physics.seismic import CENTRAL_ITALY, IASP91, LayeredModel, first_arrivals, tabulate

DISTANCE_M = np.arange(0.0, 100e3, 2e3)
GRADIENT = LayeredModel((0.0, 50e3), (5000.0, 8000.0), (2500.0, 4000.0))
PER_S = 3000.0 / 50e3  # its gradient of P

# First arrivals of ObsPy 1.5.1 TauP for iasp91: depth km, distance km, P s, S s.
TAUP = (
    (0, 20, 3.449, 5.953), (0, 60, 10.345, 17.857), (0, 120, 20.690, 35.714), (0, 180, 29.784, 52.304),
    (10, 20, 3.853, 6.651), (10, 60, 10.479, 18.090), (10, 120, 20.745, 35.810), (10, 180, 28.584, 50.329),
    (25, 20, 5.393, 9.317), (25, 60, 10.851, 18.757), (25, 120, 19.510, 34.281), (25, 180, 26.931, 47.629),
)  # fmt: skip


def one(model: LayeredModel, phase, distance_m, depth_m: float, elevation_m: float = 0.0) -> np.ndarray:
    return first_arrivals(model, phase, np.atleast_1d(distance_m), np.array([depth_m]), np.array([elevation_m]))[0, 0]


def test_one_speed_gives_straight_lines():
    model = LayeredModel((0.0,), (6000.0,), (3500.0,))
    expected = np.hypot(DISTANCE_M, 6e3) / 3500.0
    assert one(model, "S", DISTANCE_M, 5e3, 1e3) == pytest.approx(expected, abs=1e-9)


def test_a_layer_over_a_faster_half_space_is_first_direct_and_then_refracted():
    model = LayeredModel((0.0, 10e3, 10e3), (5000.0, 5000.0, 8000.0), (2900.0, 2900.0, 4600.0))
    direct = DISTANCE_M / 5000.0
    refracted = DISTANCE_M / 8000.0 + 2 * 10e3 * np.sqrt(5000.0**-2 - 8000.0**-2)
    assert one(model, "P", DISTANCE_M, 0.0) == pytest.approx(np.minimum(direct, refracted), abs=1e-9)


def test_no_refracted_wave_comes_from_a_slower_layer():
    model = LayeredModel((0.0, 10e3, 10e3), (5000.0, 5000.0, 4000.0), (2900.0, 2900.0, 2300.0))
    assert one(model, "P", DISTANCE_M, 0.0) == pytest.approx(DISTANCE_M / 5000.0, abs=1e-9)


def test_a_ray_dives_through_a_gradient_as_the_closed_formula_says():
    expected = 2 / PER_S * np.arcsinh(PER_S * DISTANCE_M / 2 / 5000.0)
    assert one(GRADIENT, "P", DISTANCE_M, 0.0) == pytest.approx(expected, abs=2e-3)


def test_a_buried_source_in_a_gradient_is_heard_as_the_closed_formula_says():
    deep = 5000.0 + PER_S * 10e3
    expected = np.arccosh(1 + PER_S**2 * (DISTANCE_M**2 + 10e3**2) / (2 * 5000.0 * deep)) / PER_S
    assert one(GRADIENT, "P", DISTANCE_M, 10e3) == pytest.approx(expected, abs=2e-3)


@pytest.mark.parametrize(("depth_km", "distance_km", "p_s", "s_s"), TAUP)
def test_first_arrivals_agree_with_those_of_the_round_earth(depth_km, distance_km, p_s, s_s):
    found = [one(IASP91, phase, 1e3 * distance_km, 1e3 * depth_km)[0] for phase in ("P", "S")]
    assert found == pytest.approx([p_s, s_s], rel=0.005)


@given(st.floats(0, 20e3), st.floats(-1500, 1500), st.floats(100, 120e3), st.sampled_from(["P", "S"]))
def test_there_and_back_takes_the_same_time(depth_m, height_m, distance_m, phase):
    there = one(CENTRAL_ITALY, phase, distance_m, depth_m, height_m)
    back = one(CENTRAL_ITALY, phase, distance_m, -height_m, -depth_m)
    assert there == pytest.approx(back, abs=1e-6)


@given(st.floats(-1500, 25e3), st.floats(0, 1500))
def test_what_is_farther_is_heard_later_and_p_before_s(depth_m, elevation_m):
    p, s = (one(CENTRAL_ITALY, phase, DISTANCE_M, depth_m, elevation_m) for phase in ("P", "S"))
    assert np.all(np.diff(p) > 0)
    assert np.all(s >= p)


@given(st.floats(2e3, 99e3), st.floats(-1000, 24e3), st.floats(0, 2000), st.sampled_from(["P", "S"]))
def test_the_tables_say_what_the_rays_say(distance_m, depth_m, elevation_m, phase):
    table = tables()
    exact = one(CENTRAL_ITALY, phase, distance_m, depth_m, elevation_m)[0]
    found = table.at(phase, *(np.array([x]) for x in (distance_m, depth_m, elevation_m)))[0]
    assert found == pytest.approx(exact, abs=0.03)  # half a level of 100 m is 0.018 s at 2,750 m/s


def test_a_table_knows_its_axes():
    table = tables()
    assert table.max_distance_m >= 100e3
    assert (table.depth_m[0], table.depth_m[-1] >= 25e3) == (-2000.0, True)


def test_depths_that_rise_are_refused():
    with pytest.raises(ValueError, match="needed depths that never decrease"):
        LayeredModel((0.0, 5e3, 4e3), (5e3, 6e3, 7e3), (3e3, 3.5e3, 4e3))


def test_layers_of_different_number_are_refused():
    with pytest.raises(ValueError, match="found 2 depths, 1 P"):
        LayeredModel((0.0, 5e3), (5e3,), (3e3, 3.5e3))


def test_a_fluid_is_refused():
    with pytest.raises(ValueError, match="fluids carry no S"):
        LayeredModel((0.0,), (1500.0,), (0.0,))


def test_an_empty_table_is_refused():
    with pytest.raises(ValueError, match="needed spans that are not empty"):
        tabulate(IASP91, 0.0)


_TABLES: list = []


def tables():
    """Return the tables of the region, made once."""
    if not _TABLES:
        _TABLES.append(tabulate(CENTRAL_ITALY, 100e3, (-2000.0, 25e3)))
    return _TABLES[0]
