"""Scores of a storm: matching one to one, and errors held against the Cramér–Rao bound."""

import numpy as np
import pytest
from scipy.optimize import least_squares

from trucewatch.physics.sound import travel_time_s
from trucewatch.scenario.bound import Found, match, median_bound_m, score_storm
from trucewatch.scenario.storm import Heard, Shots, Storm, StormConfig

NODE_EAST_M = np.array([0.0, 4_000.0, 8_000.0, 0.0, 4_000.0, 8_000.0])
NODE_NORTH_M = np.array([0.0, 500.0, 0.0, 4_000.0, 4_500.0, 4_000.0])
SPEED, WIND_EAST, WIND_NORTH = 340.0, 5.0, -2.0


def storm_of(t_s, east_m, north_m) -> Storm:
    """Shots that all six nodes hear."""
    n, m = len(t_s), len(NODE_EAST_M)
    shots = Shots(*(np.array(c, dtype=float) for c in (t_s, east_m, north_m)), np.zeros(n, int), np.full(n, m))
    shot, node = np.repeat(np.arange(n), m), np.tile(np.arange(m), n)
    away = NODE_EAST_M[node] - shots.east_m[shot], NODE_NORTH_M[node] - shots.north_m[shot]
    arrival = shots.t_s[shot] + travel_time_s(*away, SPEED, WIND_EAST, WIND_NORTH)
    heard = Heard(arrival, node, np.zeros(n * m), shot)
    return Storm(StormConfig(), NODE_EAST_M, NODE_NORTH_M, shots, heard, SPEED, WIND_EAST, WIND_NORTH, np.empty((0, 2)))


def found_of(t_s, east_m, north_m, sigma_m=30.0) -> Found:
    cov = np.tile(np.eye(2) * sigma_m**2, (len(t_s), 1, 1))
    return Found(*(np.array(c, dtype=float) for c in (t_s, east_m, north_m)), cov)


def arrivals(x: np.ndarray) -> np.ndarray:
    """Arrivals (6,) s of a source (east km, north km, t s)."""
    away = NODE_EAST_M - 1e3 * x[0], NODE_NORTH_M - 1e3 * x[1]
    return x[2] + travel_time_s(*away, SPEED, WIND_EAST, WIND_NORTH)


def test_the_bound_is_the_median_error_of_the_best_fit_to_many_draws():
    truth = np.array([3.0, 1.5, 0.0])
    storm = storm_of([0.0], [3_000.0], [1_500.0])
    exact = arrivals(truth)
    sigma = np.hypot(storm.config.onset_s, storm.config.path_scatter * exact)
    rng = np.random.default_rng(1)
    drawn = exact + rng.normal(0, sigma, (1_500, len(exact)))
    fits = [least_squares(lambda x, t: (arrivals(x) - t) / sigma, truth, args=(t,)).x for t in drawn]
    error_m = 1e3 * np.hypot(*(np.array(fits)[:, :2] - truth[:2]).T)
    assert median_bound_m(storm)[0] == pytest.approx(np.median(error_m), rel=0.08)  # 1,500 draws: 3 % at one sigma


def test_below_three_nodes_there_is_no_bound():
    storm = storm_of([0.0], [3_000.0], [1_500.0])
    few = storm._replace(shots=storm.shots._replace(heard=np.array([2])))
    assert np.isnan(median_bound_m(few)).all()


def test_each_shot_is_matched_once_and_with_the_nearest():
    storm = storm_of([0.0, 60.0], [1_000.0, 5_000.0], [1_000.0, 2_000.0])
    event, shot = match(storm, found_of([0.0, 0.1, 60.0], [1_300.0, 1_020.0, 5_000.0], [1_000.0, 1_000.0, 2_100.0]))
    assert list(zip(event.tolist(), shot.tolist(), strict=True)) == [(1, 0), (2, 1)]


def test_as_many_are_matched_as_can_be_even_where_one_takes_the_farther():
    storm = storm_of([0.0, 0.0], [1_000.0, 1_400.0], [0.0, 0.0])
    event, shot = match(storm, found_of([0.0, 0.0], [1_390.0, 1_850.0], [0.0, 0.0]))
    assert list(zip(event.tolist(), shot.tolist(), strict=True)) == [(0, 0), (1, 1)]


@pytest.mark.parametrize(("t_s", "east_m", "pairs"), [(1.9, 1_490.0, 1), (2.1, 1_000.0, 0), (0.0, 1_510.0, 0)])
def test_a_match_is_within_half_a_kilometre_and_two_seconds(t_s, east_m, pairs):
    event, _ = match(storm_of([0.0], [1_000.0], [0.0]), found_of([t_s], [east_m], [0.0]))
    assert len(event) == pairs


def test_an_invented_event_costs_precision_and_a_missed_shot_recall():
    storm = storm_of([0.0, 60.0], [1_000.0, 5_000.0], [0.0, 0.0])
    score = score_storm(storm, found_of([0.0, 300.0], [1_010.0, 0.0], [0.0, 0.0]))
    assert (score.f1, score.precision, score.recall, score.matched) == (0.5, 0.5, 0.5, 1)


def test_an_event_of_a_shot_that_four_nodes_heard_counts_neither_way():
    storm = storm_of([0.0, 60.0], [1_000.0, 5_000.0], [0.0, 0.0])
    faint = storm._replace(shots=storm.shots._replace(heard=np.array([6, 4])))
    score = score_storm(faint, found_of([0.0, 60.0], [1_010.0, 5_000.0], [0.0, 0.0]))
    assert (score.f1, score.precision, score.recall, score.matched) == (1.0, 1.0, 1.0, 1)


def test_ellipses_hold_the_truth_within_2_15_sigma():
    storm = storm_of([0.0, 60.0], [1_000.0, 5_000.0], [0.0, 0.0])
    score = score_storm(storm, found_of([0.0, 60.0], [1_000 + 2.14 * 30, 5_000 + 2.15 * 30], [0.0, 0.0]))
    assert score.inside90 == 0.5  # chi-square of two degrees: 90 % within the root of 4.605, 2.146


def test_nothing_found_scores_nothing():
    score = score_storm(storm_of([0.0], [1_000.0], [0.0]), found_of([], [], []))
    assert (score.f1, score.recall, score.matched) == (0.0, 0.0, 0)
    assert np.isnan(score.median_m)
