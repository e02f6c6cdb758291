"""Nodes with a wrong clock or place: found, named, measured with the right sign, set right; sound ones left alone."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from trucewatch.core.columns import integers, numbers
from trucewatch.core.errors import ConfigError
from trucewatch.core.tables import NODES, TRIGGERS
from trucewatch.core.times import SECOND_NS
from trucewatch.locate.fault_search import Expected, SearchConfig, shifts_by_prediction
from trucewatch.locate.faults import Corrections, FaultConfig, Residuals, corrected, corrections_of, faults
from trucewatch.physics.geodesy import distance_m, offset_lonlat
from trucewatch.scenario.storm import StormConfig, simulate

SPEED_M_S = 338.0
NAMES = [f"n{i}" for i in range(40)]
SHOTS = 250


def residuals(seed, clock=None, moved=None, drift=None, noise_s=0.03):
    """Residuals of 40 nodes against listed places, n0 in their middle: heard within 12 km, by seven and more."""
    rng = np.random.default_rng(seed)
    listed = rng.uniform(0, 30_000, (40, 2))
    listed[0] = 15_000.0
    stands, ahead, gains = listed.copy(), np.zeros(40), np.zeros(40)
    for j, d in (moved or {}).items():
        stands[j] += d
    for target, given_ in ((ahead, clock), (gains, drift)):
        for j, s in (given_ or {}).items():
            target[j] = s
    shot, t0 = rng.uniform(0, 30_000, (SHOTS, 2)), np.sort(rng.uniform(0, 6 * 3600, SHOTS))
    audible = np.linalg.norm(stands[None] - shot[:, None], axis=2) < 12_000
    event, node = np.nonzero(audible & (audible.sum(axis=1, keepdims=True) >= 7))
    step = listed[node] - shot[event]
    range_m = np.linalg.norm(step, axis=1)
    farther = np.linalg.norm(stands[node] - shot[event], axis=1) - range_m
    sigma = np.hypot(noise_s, 0.004 * range_m / SPEED_M_S)
    off = farther / SPEED_M_S + ahead[node] + gains[node] * (t0[event] / 3600 - 3) + rng.normal(0, sigma)
    unit = step / range_m[:, None]
    return Residuals(event, node, t0[event], off, sigma, unit[:, 0], unit[:, 1], np.full(len(node), SPEED_M_S))


def test_networks_without_a_fault_give_no_issue():
    assert [len(faults(residuals(seed), NAMES)[1]) for seed in range(40)] == [0] * 40


def test_without_a_fault_no_issue_either_where_noise_is_twice_what_it_says():
    for seed in range(10):
        r = residuals(seed)
        assert faults(r._replace(residual_s=2 * r.residual_s), NAMES)[1] == ()


@settings(max_examples=15, deadline=None)
@given(st.floats(0.15, 2.0), st.sampled_from([-1, 1]), st.integers(0, 10**6))
def test_a_clock_that_is_off_is_found_with_its_sign_and_size(size_s, sign, seed):
    found, issues = faults(residuals(seed, clock={0: sign * size_s}), NAMES)
    assert found.node.tolist() == [0]
    assert found.clock_shift_s[0] == pytest.approx(sign * size_s, abs=max(6 * found.sigma_s[0], 0.05))
    assert "node n0: its clock is" in issues[0].found
    assert ("ahead" if sign > 0 else "behind") in issues[0].found


@settings(max_examples=15, deadline=None)
@given(st.floats(120, 400), st.floats(0, 6.28), st.integers(0, 10**6))
def test_a_wrong_place_is_found_with_its_direction_and_distance(far_m, turn, seed):
    moved = far_m * np.array([np.sin(turn), np.cos(turn)])
    found, _ = faults(residuals(seed, moved={0: moved}), NAMES)
    assert found.node.tolist() == [0]
    near = 7 * found.sigma_m[0] + 0.05 * far_m  # second order of a large move
    np.testing.assert_allclose([found.east_m[0], found.north_m[0]], moved, atol=near)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 39), st.floats(250, 400), st.floats(0, 6.28), st.floats(0.6, 2.0), st.booleans(),
       st.integers(0, 10**6))  # fmt: skip
def test_any_node_with_enough_arrivals_fits_its_neighbours_once_it_is_corrected(
    node, far_m, turn, ahead_s, clock, seed
):
    fault = {"clock": {node: ahead_s}} if clock else {"moved": {node: far_m * np.array([np.sin(turn), np.cos(turn)])}}
    r = residuals(seed, **fault)
    assume(np.count_nonzero(r.node == node) >= 40)
    found, _ = faults(r, NAMES)
    assert node in found.node
    k = found.node.tolist().index(node)
    own = r.take(np.flatnonzero(r.node == node))
    path = (own.east * np.nan_to_num(found.east_m[k]) + own.north * np.nan_to_num(found.north_m[k])) / own.speed_m_s
    left = (own.residual_s - path - np.nan_to_num(found.clock_shift_s[k])) / own.sigma_s
    assert np.median(np.abs(left)) < 1.5


def test_three_wrong_nodes_are_told_apart():
    found, issues = faults(residuals(3, clock={4: 0.5, 21: -1.8}, moved={33: [200.0, -150.0]}), NAMES)
    assert sorted(found.node.tolist()) == [4, 21, 33]
    assert len(issues) == 3
    by_node = dict(zip(found.node.tolist(), np.column_stack([found.clock_shift_s, found.east_m]), strict=True))
    assert np.isnan(by_node[33][0])
    assert np.isnan(by_node[4][1])
    assert np.isnan(by_node[21][1])


def test_a_clock_that_drifts_is_found_with_its_rate():
    found, issues = faults(residuals(5, clock={8: 0.4}, drift={8: 0.12}), NAMES)
    assert found.node.tolist() == [8]
    assert found.drift_s_per_h[0] == pytest.approx(0.12, abs=0.02)
    assert "an hour" in issues[0].found


def test_the_time_and_place_of_events_have_no_say():
    r = residuals(6, clock={8: 0.4})
    rng = np.random.default_rng(1)
    late, east, north = rng.normal(0, [[1.0], [300.0], [300.0]], (3, SHOTS))
    wrong = late[r.event] - (r.east * east[r.event] + r.north * north[r.event]) / SPEED_M_S
    there, here = faults(r, NAMES)[0], faults(r._replace(residual_s=r.residual_s + wrong), NAMES)[0]
    np.testing.assert_allclose(here.clock_shift_s, there.clock_shift_s, rtol=1e-4)


def test_a_clock_that_all_nodes_share_is_nobodys_fault():
    r = residuals(7)
    assert faults(r._replace(residual_s=r.residual_s + 1.5), NAMES)[1] == ()


def test_a_few_wrong_arrivals_are_not_the_nodes_fault():
    r = residuals(8)
    rng = np.random.default_rng(2)
    stray = rng.uniform(size=len(r.event)) < 0.03
    found, issues = faults(r._replace(residual_s=np.where(stray, rng.uniform(-1, 1, len(stray)), r.residual_s)), NAMES)
    assert issues == ()
    assert len(found.node) == 0


def test_no_arrivals_no_fault():
    nothing = Residuals(*(np.zeros(0, dtype=np.int64),) * 2, *(np.zeros(0),) * 6)
    assert faults(nothing, NAMES)[1] == ()


def storm(seed, rate=60.0, clock=None, moved=None):
    """What the events of a storm should have made heard, and what was: all events of five nodes and more are known."""
    s = simulate(StormConfig(seed=seed, shots_per_min=rate))
    rng = np.random.default_rng(seed)
    listed = np.stack([s.node_east_m, s.node_north_m], axis=1)
    ahead = np.zeros(len(listed))
    for j, d in (moved or {}).items():
        listed[j] -= d
    for j, c in (clock or {}).items():
        ahead[j] = c
    use = np.flatnonzero(s.shots.heard >= 5)
    at = np.stack([s.shots.east_m, s.shots.north_m], axis=1)[use] + rng.normal(0, 40, (len(use), 2))
    step = listed[None] - at[:, None]
    range_m = np.linalg.norm(step, axis=2)
    half = np.array(s.config.half_range_m)[s.shots.loudness[use]][:, None]
    p = 0.92 / (1 + np.exp((range_m - half) / 1500))
    speed = s.speed_m_s + (step @ [s.wind_east_m_s, s.wind_north_m_s]) / range_m
    e, n = np.nonzero(p > 0.05)
    due = s.shots.t_s[use][e] + range_m[e, n] / speed[e, n]
    expected = Expected(n, due, p[e, n], step[e, n, 0], step[e, n, 1], speed[e, n])
    return expected, s.heard.t_s + ahead[s.heard.node], s.heard.node, [f"n{j}" for j in range(len(listed))]


@pytest.mark.parametrize("rate", [7.0, 60.0, 300.0])
def test_in_a_storm_without_a_fault_the_search_finds_none(rate):
    assert [len(shifts_by_prediction(*storm(seed, rate))[1]) for seed in range(4)] == [0] * 4


@pytest.mark.parametrize("ahead_s", [-2.0, -0.7, 1.3, 2.0])
def test_a_clock_so_far_off_that_the_node_is_in_no_event_is_found(ahead_s):
    found, issues = shifts_by_prediction(*storm(11, clock={52: ahead_s}))
    assert found.node.tolist() == [52]
    assert found.clock_shift_s[0] == pytest.approx(ahead_s, abs=0.05)
    assert "node n52: its clock is" in issues[0].found


@pytest.mark.parametrize("moved_m", [(500.0, -490.0), (-900.0, 300.0)])
def test_a_place_so_far_off_that_the_node_is_in_no_event_is_found(moved_m):
    found, issues = shifts_by_prediction(*storm(12, moved={52: np.array(moved_m)}))
    assert found.node.tolist() == [52]
    np.testing.assert_allclose([found.east_m[0], found.north_m[0]], moved_m, atol=40)
    assert "of its listed place" in issues[0].found


def test_a_node_that_heard_nothing_is_not_called_wrong():
    expected, t, node, names = storm(13)
    assert shifts_by_prediction(expected, t[node != 52], node[node != 52], names)[1] == ()


def test_corrections_set_clocks_and_places_right():
    rows = {"source": "network", "file_sha256": "0" * 64}
    triggers = TRIGGERS.table({**rows, "row": [1, 2, 3], "t_ns": [10 * SECOND_NS, 20 * SECOND_NS, 30 * SECOND_NS],
                               "node": ["a", "b", "ghost"]})  # fmt: skip
    network = NODES.table({**rows, "row": [1, 2], "node": ["a", "b"], "lon_deg": [37.0, 37.1], "lat_deg": [48.0, 48.1]})
    wrong = corrections_of([(0, 1.5, 0.01, np.nan, np.nan, np.nan, np.nan, 20),
                            (1, np.nan, np.nan, np.nan, 300.0, -400.0, 5.0, 20)])  # fmt: skip
    heard, stand = corrected(triggers, np.array([0, 1, -1]), network, wrong)
    assert integers(heard, "t_ns").tolist() == [int(8.5 * SECOND_NS), 20 * SECOND_NS, 30 * SECOND_NS]
    lon, lat = numbers(stand, "lon_deg"), numbers(stand, "lat_deg")
    assert (lon[0], lat[0]) == (37.0, 48.0)
    assert distance_m(37.1, 48.1, lon[1], lat[1]) == pytest.approx(500.0, abs=1.0)
    east, north = offset_lonlat(37.1, 48.1, 300.0, -400.0)
    np.testing.assert_allclose([lon[1], lat[1]], [east, north])


def test_no_corrections_leave_everything_as_it_is():
    rows = {"source": "network", "file_sha256": "0" * 64}
    triggers = TRIGGERS.table({**rows, "row": [1], "t_ns": [10], "node": ["a"]})
    network = NODES.table({**rows, "row": [1], "node": ["a"], "lon_deg": [37.0], "lat_deg": [48.0]})
    heard, stand = corrected(triggers, np.array([0]), network, corrections_of([]))
    assert heard.equals(triggers)
    assert stand.equals(network)


def test_limits_that_no_test_can_use_are_refused():
    with pytest.raises(ConfigError, match="chance"):
        FaultConfig(chance=0)
    with pytest.raises(ConfigError, match="step_s"):
        SearchConfig(step_s=0)


def test_no_rows_are_corrections_of_nothing():
    assert isinstance(corrections_of([]), Corrections)
    assert len(corrections_of([]).node) == 0
