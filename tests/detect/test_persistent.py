"""Which places are persistent heat sources, and which only burn often."""

import numpy as np
import pyarrow as pa

from trucewatch.detect import learn, surroundings

STEEL, WHEAT = (35.0, 48.0), (36.5, 48.8)


def is_site(baseline, lon, lat):
    return bool(baseline.sites.find(np.array([lon]), np.array([lat]))[0] >= 0)


def test_steel_works_that_burn_all_year_are_a_persistent_source(baseline):
    assert is_site(baseline, *STEEL)
    assert baseline.sites.days.tolist() == [max(baseline.sites.days)]
    assert baseline.sites.years.tolist() == [5]
    assert baseline.sites.months.tolist() == [12]


def test_the_source_is_small(baseline):
    assert is_site(baseline, STEEL[0] + 0.006, STEEL[1])  # 450 m away
    assert not is_site(baseline, STEEL[0] + 0.03, STEEL[1])  # 2.2 km away


def test_a_field_that_burns_each_august_is_none(baseline):
    assert not is_site(baseline, *WHEAT)


def test_a_reed_bed_that_burns_all_summer_is_none(fires, on, history):
    days = np.concatenate([on(year, 5, 1) + np.arange(0, 120, 3) for year in (2012, 2013, 2016, 2018, 2019)])
    lon = np.concatenate([history.column("lon_deg").to_numpy(), np.full(len(days), 37.0)])
    lat = np.concatenate([history.column("lat_deg").to_numpy(), np.full(len(days), 47.4)])
    day = np.concatenate([history.column("t_start_ns").to_numpy() // 86_400_000_000_000, days])
    assert not is_site(learn(fires(lon, lat, day)), 37.0, 47.4)


def test_one_year_of_a_great_fire_makes_no_source(fires, on, history):
    days = on(2016, 1, 1) + np.arange(0, 360, 2)
    lon = np.concatenate([history.column("lon_deg").to_numpy(), np.full(len(days), 37.0)])
    lat = np.concatenate([history.column("lat_deg").to_numpy(), np.full(len(days), 47.4)])
    day = np.concatenate([history.column("t_start_ns").to_numpy() // 86_400_000_000_000, days])
    assert not is_site(learn(fires(lon, lat, day)), 37.0, 47.4)


def test_half_a_year_of_data_shows_a_constant_source_even_beside_a_day_of_another_year(fires, on):
    rng = np.random.default_rng(4)
    steel = on(2023, 2, 1) + np.flatnonzero(rng.random(180) < 0.5)
    other = on(2023, 2, 1) + rng.integers(0, 180, 300)
    lon = np.concatenate([np.full(len(steel), 35.0), rng.uniform(34, 38, 300)])
    lat = np.concatenate([np.full(len(steel), 48.0), rng.uniform(47, 49.5, 300)])
    half_a_year = fires(lon, lat, np.concatenate([steel, other]))
    one_day_more = pa.concat_tables([half_a_year, fires([36, 37], [48, 49], on(2025, 8, 11))])
    for data in (half_a_year, one_day_more):
        known = surroundings(data)
        assert known is not None
        assert known.sites.known
        assert len(known.sites.days) == 1
        assert is_site(known, 35.0, 48.0)
