"""A storm of shots: the same for the same seed, and heard as its configuration says."""

import numpy as np
import pytest

from trucewatch.core.errors import ConfigError
from trucewatch.scenario.storm import StormConfig, simulate

STORM = StormConfig(seed=3, shots_per_min=60, minutes=2)


@pytest.fixture(scope="module")
def storm():
    return simulate(STORM)


def test_the_same_seed_gives_the_same_storm(storm):
    again = simulate(STORM)
    assert all(np.array_equal(a, b) for a, b in zip(storm.heard, again.heard, strict=True))
    assert all(np.array_equal(a, b) for a, b in zip(storm.shots, again.shots, strict=True))


def test_another_seed_gives_another_storm(storm):
    assert not np.array_equal(storm.node_east_m, simulate(StormConfig(seed=4, minutes=2)).node_east_m)


def test_no_node_triggers_again_within_the_dead_time(storm):
    order = np.lexsort((storm.heard.t_s, storm.heard.node))
    same = np.diff(storm.heard.node[order]) == 0
    assert np.diff(storm.heard.t_s[order])[same].min() >= 0.25


def test_triggers_come_by_time(storm):
    assert (np.diff(storm.heard.t_s) >= 0).all()


def test_a_shot_is_heard_by_as_many_nodes_as_have_a_trigger_of_it(storm):
    heard = storm.heard
    pairs = np.unique(np.stack([heard.shot, heard.node])[:, heard.shot >= 0], axis=1)
    assert np.bincount(pairs[0], minlength=len(storm.shots.t_s)).tolist() == storm.shots.heard.tolist()


def test_louder_classes_are_heard_by_more_nodes(storm):
    few, more, most = (storm.shots.heard[storm.shots.loudness == c].mean() for c in range(3))
    assert few < more < most


def test_arrivals_are_late_by_range_over_the_speed_along_the_path(storm):
    heard, shots = storm.heard, storm.shots
    rows = np.flatnonzero(heard.shot >= 0)
    shot, node = heard.shot[rows], heard.node[rows]
    east, north = storm.node_east_m[node] - shots.east_m[shot], storm.node_north_m[node] - shots.north_m[shot]
    range_m = np.hypot(east, north)
    along = (east * storm.wind_east_m_s + north * storm.wind_north_m_s) / range_m
    travel = range_m / (storm.speed_m_s + along)
    off = (heard.t_s[rows] - shots.t_s[shot] - travel) / np.hypot(0.03, 0.004 * travel)
    assert off.std() == pytest.approx(1.0, abs=0.1)  # normal: 5 % of 1,000 arrivals or more is two sigma
    assert off.mean() == pytest.approx(0.0, abs=0.15)


def test_seventy_percent_of_the_fire_comes_from_the_places():
    shots = simulate(StormConfig(seed=1, shots_per_min=300, minutes=5, places=1, columns=2, rows=2)).shots
    middle = np.median(shots.east_m), np.median(shots.north_m)
    near = np.hypot(shots.east_m - middle[0], shots.north_m - middle[1]) <= 1_700
    assert near.mean() == pytest.approx(0.7, abs=0.05)


def test_without_a_shot_there_are_false_triggers_only():
    heard = simulate(StormConfig(seed=1, shots_per_min=0, minutes=10)).heard
    assert (heard.shot == -1).all()
    assert len(heard.t_s) == pytest.approx(0.5 * 105 * (10 + 0.75), rel=0.15)  # Poisson, 564 expected


def test_a_storm_without_a_node_is_refused():
    with pytest.raises(ConfigError, match="at least one node"):
        StormConfig(columns=0)
