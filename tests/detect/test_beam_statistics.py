"""The F-statistic, what noise makes of it, and the background that it is held against."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trucewatch.detect.fstat import background_scale, beams_in_disc, chance_of, f_statistic, threshold
from trucewatch.detect.steer import gain_of

FREEDOM, BEAMS = 240.0, 20.0


def test_noise_has_an_f_of_one_and_half_correlated_pairs_of_four_an_f_of_five():
    assert f_statistic(4, np.array([0.0, 0.5])) == pytest.approx([1.0, 5.0])


def test_more_than_full_correlation_stays_finite():
    assert np.isfinite(f_statistic(4, np.array([1.0, 1.0 + 1e-12]))).all()


@given(f=st.floats(1.0, 50.0), more=st.floats(0.01, 10.0))
def test_a_greater_f_is_never_more_likely_by_chance(f, more):
    low, high = chance_of(np.array([f, f + more]), 1.0, np.array([4, 4]), FREEDOM, BEAMS)
    assert high <= low <= 1.0


@given(chance=st.floats(1e-6, 0.2), scale=st.floats(0.5, 3.0))
def test_the_threshold_is_the_f_of_its_chance(chance, scale):
    f = threshold(chance, scale, 4, FREEDOM, BEAMS)
    assert chance_of(np.array([f]), scale, 4, FREEDOM, BEAMS)[0] == pytest.approx(chance, rel=0.1)


def test_a_background_twice_as_coherent_is_learned_and_detections_above_it_are_not():
    rng = np.random.default_rng(1)
    single = rng.f(FREEDOM, 3 * FREEDOM, 400)
    noise = 2.0 * single
    noise[single > np.quantile(single, 0.8)] += 50.0
    scale = background_scale(noise, 4, FREEDOM, 0.0, (0.1, 0.5), 3.0)
    assert scale == pytest.approx(2.0, rel=0.1)


def test_too_few_windows_tell_no_background():
    assert background_scale(np.array([9.0, 9.0]), 4, FREEDOM, BEAMS, (0.1, 0.5), 3.0) == 1.0


def test_an_array_twice_as_wide_has_four_times_the_beams():
    spread = np.diag([3600.0, 2500.0])
    assert beams_in_disc(9.0, 4 * spread, 4, 260.0) == pytest.approx(4 * beams_in_disc(9.0, spread, 4, 260.0))


@given(r=st.floats(0.0, 0.99), k=st.integers(2, 12))
def test_one_more_element_that_agrees_always_says_more(r, k):
    assert gain_of(k + 1, np.array(r)) >= gain_of(k, np.array(r)) - 1e-12


def test_the_gain_is_the_log_determinant_of_the_correlations():
    matrix = np.full((4, 4), 0.6) + 0.4 * np.eye(4)
    assert gain_of(4, np.array(0.6)) == pytest.approx(-np.linalg.slogdet(matrix)[1])
