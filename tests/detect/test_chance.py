"""How many companions peacetime brings, against scipy and simulation."""

import numpy as np
import pytest
from scipy import stats

from trucewatch.detect.chance import _log_open, _log_regular, fit, log_ratio_days, log_ratio_same_day, mean_of
from trucewatch.detect.config import Chance

PRIOR = Chance(alone=1.5, per_expected=0.5, spread=2.0, stray=0.01)


def test_the_regular_part_is_the_negative_binomial_of_scipy():
    k, mean, spread = np.arange(30), 3.0, 2.5
    size = mean / (spread - 1)
    ours = np.exp(_log_regular(k, np.full(30, mean), spread))
    assert ours == pytest.approx(stats.nbinom.pmf(k, size, 1 / spread))
    assert np.sum(ours * (k - mean) ** 2) == pytest.approx(spread * mean, rel=1e-3)


def test_the_open_tail_is_a_distribution_with_its_median_at_the_scale():
    p = np.exp(_log_open(np.arange(1_000_000), np.full(1_000_000, 4.0)))
    assert p.sum() == pytest.approx(1, abs=1e-5)
    assert p[:5].sum() == pytest.approx(0.5)


def test_parameters_of_simulated_numbers_are_found():
    rng = np.random.default_rng(8)
    expected = rng.uniform(0, 5, 40_000)
    mean = 1.2 + 0.6 * expected
    number = rng.negative_binomial(mean / 1.0, 0.5)  # spread 2
    found = fit(number, expected, Chance(5.0, 0.1, 4.0, 0.01), 50, 20)
    assert found.alone == pytest.approx(1.2, rel=0.05)
    assert found.per_expected == pytest.approx(0.6, rel=0.05)
    assert found.spread == pytest.approx(2.0, rel=0.1)


def test_a_share_of_strays_is_found():
    rng = np.random.default_rng(9)
    expected = np.zeros(20_000)
    number = np.where(rng.random(20_000) < 0.05, rng.integers(0, 21, 20_000), rng.poisson(1.0, 20_000))
    assert fit(number, expected, PRIOR, 50, 20).stray == pytest.approx(0.05, abs=0.025)


def test_without_rows_the_prior_stands():
    assert fit(np.empty(0, np.int64), np.empty(0), PRIOR, 50, 20) == PRIOR


def test_more_days_than_usual_speak_for_an_anomaly_and_more_so_where_fewer_are_usual():
    days = np.arange(21)
    rare, common = (log_ratio_days(days, np.full(21, e), np.full(21, 20), 20, PRIOR) for e in (0.1, 6.0))
    assert rare[10] > 3
    assert rare[10] > common[10]
    assert (np.diff(rare[3:]) >= 0).all()


def test_days_that_nobody_watched_say_nothing():
    assert log_ratio_days(np.array([0]), np.array([1.0]), np.array([0]), 20, PRIOR).tolist() == [0.0]


def test_strays_bound_what_a_burst_can_say():
    ratio = log_ratio_same_day(np.array([0, 10_000]), np.array([0.1, 0.1]), PRIOR)
    assert ratio[1] == pytest.approx(np.log(1 / PRIOR.stray), rel=0.01)
    assert ratio[0] < 0


def test_the_mean_grows_with_what_is_expected():
    assert mean_of(PRIOR, np.array([0.0, 2.0])).tolist() == [1.5, 2.5]
