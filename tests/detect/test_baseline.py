"""The peacetime rate, learned from histories whose rate is known."""

import numpy as np
import pyarrow as pa
import pytest

from trucewatch.core.errors import ConfigError
from trucewatch.core.times import DAY_NS
from trucewatch.detect import Config, learn, rate, surroundings
from trucewatch.physics.geodesy import metres_per_degree

WHEAT = (36.5, 48.8)


def rate_at(baseline, lon, lat, day):
    return float(rate(baseline, np.array([lon]), np.array([lat]), np.array([day]) * DAY_NS)[0])


def uniform(fires, on, years, per_year, seed=5):
    rng = np.random.default_rng(seed)
    day = np.concatenate([on(year, 1, 1) + rng.integers(0, 365, per_year) for year in years])
    return fires(rng.uniform(34, 38, len(day)), rng.uniform(47, 49.5, len(day)), day)


def test_a_known_uniform_rate_is_found(fires, on):
    per_lon, per_lat = metres_per_degree(np.array(48.25))
    area_km2 = 4 * per_lon * 2.5 * per_lat / 1e6
    baseline = learn(uniform(fires, on, (2012, 2013, 2016), 5000))
    found = [rate_at(baseline, lon, 48.25, on(2021, month, 10)) for lon in (35, 36, 37) for month in (2, 6, 11)]
    assert np.mean(found) == pytest.approx(5000 / 365.25 / area_km2, rel=0.1)


def test_years_that_are_missing_from_the_history_are_no_exposure(fires, on):
    together = learn(uniform(fires, on, (2012, 2013), 3000))
    apart = learn(uniform(fires, on, (2012, 2018), 3000))
    assert apart.covered_days == pytest.approx(together.covered_days, abs=3)
    here = (36, 48.25, on(2021, 6, 10))
    assert rate_at(apart, *here) == pytest.approx(rate_at(together, *here), rel=0.1)


def test_a_field_that_burns_in_august_has_its_high_rate_in_august(on, baseline):
    assert rate_at(baseline, *WHEAT, on(2021, 8, 10)) > 20 * rate_at(baseline, *WHEAT, on(2021, 1, 10))


def test_no_place_and_no_day_has_the_rate_zero(on, baseline):
    assert (baseline.rate > 0).all()
    assert rate_at(baseline, 0.0, 0.0, on(2021, 1, 1)) > 0


def test_persistent_sources_do_not_raise_the_rate_beside_them(on, baseline):
    beside, far = rate_at(baseline, 35.03, 48.0, on(2021, 1, 10)), rate_at(baseline, 36.2, 47.5, on(2021, 1, 10))
    on_site = rate_at(baseline, 35.0, 48.0, on(2021, 1, 10))
    assert beside < 5 * far
    assert on_site > 100 * beside


def test_the_order_of_the_history_does_not_matter(history, baseline):
    order = np.random.default_rng(2).permutation(history.num_rows)
    mixed = learn(history.take(pa.array(order)))
    assert np.allclose(mixed.rate, baseline.rate)
    assert mixed.other_days == baseline.other_days


def test_a_history_without_fires_is_refused(fires):
    with pytest.raises(ConfigError, match="no thermal row in the history"):
        learn(fires([], [], []))


def test_a_history_of_the_whole_earth_is_refused(fires, on):
    with pytest.raises(ConfigError, match="cut it to the region"):
        learn(fires([-179.0, 179.0], [-60.0, 70.0], on(2020, 1, 1)))


def test_one_fire_is_history_enough_for_a_rate_everywhere(fires, on):
    baseline = learn(fires(36, 48, on(2020, 8, 1)))
    assert 0 < rate_at(baseline, 36, 48, on(2021, 1, 1)) < 1
    assert 0 < rate_at(baseline, 36, 48, on(2021, 8, 1)) < 1


def test_surroundings_of_nothing_are_unknown(fires):
    assert surroundings(fires([], [], [])) is None


@pytest.mark.parametrize("wrong", [{"cell_km": 0.0}, {"smoothing": ()}, {"p_of_credibility": (0.5,)}])
def test_settings_with_which_nothing_can_be_computed_are_refused(wrong):
    with pytest.raises(ConfigError, match="found"):
        Config(**wrong)
