"""Origins of the network become volleys, and volleys become events of one source."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.core.errors import ConfigError
from trucewatch.core.place import Places, summarise
from trucewatch.core.tables import EVENTS, OBSERVATIONS, ORIGINS, TRIGGERS, VOLLEYS
from trucewatch.core.times import SECOND_NS
from trucewatch.locate import NETWORK, VolleyConfig, network_events, volleys
from trucewatch.physics.geodesy import offset_lonlat

NOON_S = 1_800_000_000
LON, LAT = 37.5, 48.0
HEARD_BY = 5  # triggers of each origin


def origins(seconds, east_m=0.0, north_m=0.0, *, sigma_m=60.0, p=0.9, **columns):
    """Origins at times after noon and metres from a place, each heard by five nodes in turn."""
    n = len(seconds)
    lon, lat = offset_lonlat(np.full(n, LON), np.full(n, LAT), np.broadcast_to(east_m, n), np.broadcast_to(north_m, n))
    values = {
        "event": np.arange(n), "t_ns": [round((NOON_S + s) * SECOND_NS) for s in seconds], "t_sigma_s": 0.1,
        "lon_deg": lon, "lat_deg": lat, "cov_ee_m2": sigma_m**2, "cov_en_m2": 0.0, "cov_nn_m2": sigma_m**2, "p": p,
        "p_shot": 0.0, "p_explosion": 0.9, "p_large_blast": 0.0, "p_flyover": 0.0, "p_thunder": 0.0,
        "p_quarry_blast": 0.0, "p_unknown": 0.1, "reason": "loud", "arrivals": HEARD_BY, "residual_s": 0.05,
        "gap_deg": 90.0, "triggers": [list(range(HEARD_BY * i, HEARD_BY * (i + 1))) for i in range(n)],
    }  # fmt: skip
    return ORIGINS.table(values | columns, rows=n)


def triggers(n):
    """So many triggers of a file, of ten nodes in turn."""
    return TRIGGERS.table({"source": "triggers", "file_sha256": "ab" * 32, "row": np.arange(1, n + 1), "t_ns": 0,
                           "node": [f"node {i % 10}" for i in range(n)]}, rows=n)  # fmt: skip


def joined(table, config=None):
    return volleys(table, triggers(HEARD_BY * table.num_rows), config)


def members(table, config=None):
    return [sorted(rows) for rows in joined(table, config).column("origins").to_pylist()]


def test_shots_of_one_place_that_follow_each_other_are_one_volley():
    assert members(origins([0, 60, 200, 300])) == [[0, 1, 2, 3]]


def test_a_silence_longer_than_the_pause_ends_a_volley():
    assert members(origins([0, 60, 700, 760]), VolleyConfig(pause_s=600)) == [[0, 1], [2, 3]]


def test_shots_of_places_too_far_apart_are_two_volleys_however_close_in_time():
    assert members(origins([0, 1, 2, 3], east_m=np.array([0, 3000, 0, 3000]))) == [[0, 2], [1, 3]]


def test_a_volley_does_not_go_on_for_ever():
    steady = origins(range(0, 1200, 100))
    assert [len(m) for m in members(steady, VolleyConfig(longest_s=500))] == [6, 6]


def test_a_chain_of_shots_across_a_front_is_not_one_place():
    """Each lies within reach of the one before; the volley's centre does not walk along with them."""
    chain = origins(range(0, 400, 10), east_m=np.arange(40) * 400.0)
    assert len(members(chain)) >= 8


def test_thunder_and_quarries_do_not_join_the_fire_around_them():
    mixed = origins([0, 10, 20], p_explosion=[0.9, 0.0, 0.9], p_thunder=[0.0, 0.95, 0.0], p_unknown=0.05)
    assert members(mixed) == [[0, 2], [1]]


def test_what_may_be_nothing_but_thunder_is_hardly_real():
    found = joined(origins([0], p_explosion=0.05, p_thunder=0.9))
    assert found.column("p_real").to_pylist()[0] == pytest.approx(0.9 * 0.1)


def test_a_volley_is_real_if_any_of_its_origins_is_but_never_certain():
    assert joined(origins([0, 10], p=0.6)).column("p_real")[0].as_py() == pytest.approx(1 - 0.4**2)
    assert joined(origins(range(0, 100, 10), p=0.99)).column("p_real")[0].as_py() == 0.995


def test_a_count_is_the_expected_number_of_sounds_and_says_its_unit():
    row = joined(origins(range(0, 100, 10), p=0.7)).to_pylist()[0]
    assert (row["count"], row["count_unit"], row["class"]) == (7.0, "explosion", "explosion")


def test_a_class_that_nothing_speaks_for_stays_unknown():
    row = joined(origins([0], p_explosion=0.1, p_unknown=0.9)).to_pylist()[0]
    assert (row["class"], row["count_unit"]) == (None, "sound")


def test_fire_of_a_kind_that_cannot_be_told_is_fire():
    row = joined(origins([0], p_explosion=0.45, p_shot=0.45)).to_pylist()[0]
    assert row["class"] == "fire_event"


def test_a_large_blast_is_an_explosion_at_least():
    row = joined(origins([0], p_explosion=0.1, p_large_blast=0.85, p_unknown=0.05)).to_pylist()[0]
    assert row["class"] in ("explosion", "large_blast")


def test_the_place_of_one_origin_is_its_own_ellipse():
    """Semi-axes and azimuth by hand: variances 400 and 100 along the diagonals make 250, 150, 250."""
    one = origins([0], cov_ee_m2=250.0, cov_en_m2=150.0, cov_nn_m2=250.0)
    row = joined(one, VolleyConfig(extent_m=0)).to_pylist()[0]
    assert row["place_kind"] == "ellipse"
    assert (row["size1_m"], row["size2_m"], row["bearing_deg"]) == pytest.approx((20.0, 10.0, 45.0))
    assert (row["lon_deg"], row["lat_deg"]) == pytest.approx((LON, LAT), abs=1e-9)


def test_ninety_percent_of_a_volleys_place_hold_ninety_percent_of_its_shots():
    rng = np.random.default_rng(1)
    east, north = rng.normal(0, 200, (2, 400))
    table = origins(np.arange(400.0), east, north, sigma_m=1.0)
    row = joined(table, VolleyConfig(near_m=5000)).to_pylist()[0]
    inside = np.hypot(east, north) <= 200 * np.sqrt(2 * np.log(10))  # radius of a round Gaussian that holds 90 %
    assert row["size1_m"] == pytest.approx(200, rel=0.1)
    assert row["size2_m"] == pytest.approx(200, rel=0.1)
    assert inside.mean() == pytest.approx(0.9, abs=0.05)


def test_one_shot_says_less_of_its_volleys_place_than_many():
    """Before any shot 100 m; after one at the middle (p 0.9) √(100² / 1.9) = 72.5 m, and 10 m of its own."""
    one, many = (joined(origins(range(n), sigma_m=10.0)).to_pylist()[0]["size1_m"] for n in (1, 50))
    assert one == pytest.approx(np.hypot(72.5, 10.0), rel=0.01)
    assert many < 20


def test_the_interval_holds_all_origins_with_their_uncertainty():
    row = joined(origins([0, 60], t_sigma_s=2.0)).to_pylist()[0]
    assert row["t_start_ns"] == (NOON_S - 4) * SECOND_NS
    assert row["t_end_ns"] == (NOON_S + 64) * SECOND_NS


def test_a_volley_is_named_by_the_first_trigger_of_its_first_origin():
    found = joined(origins([50, 0]))
    assert found.select(["source", "file_sha256", "row"]).to_pylist()[0] == {
        "source": NETWORK, "file_sha256": "ab" * 32, "row": HEARD_BY + 1}  # fmt: skip


def test_nodes_are_counted_once_and_arrivals_as_often_as_they_came():
    row = joined(origins([0, 10, 20, 30])).to_pylist()[0]
    assert (row["nodes"], row["arrivals"]) == (10, 20)


def test_an_origin_without_a_trigger_leads_nowhere_and_is_left_out():
    empty = origins([0, 10], triggers=[[], [0, 1, 2]])
    assert volleys(empty, triggers(3)).column("origins").to_pylist() == [[1]]


def test_no_origin_makes_no_volley():
    assert volleys(ORIGINS.empty(), TRIGGERS.empty()).equals(VOLLEYS.empty())


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.integers(0, 3000), st.integers(-3000, 3000), st.integers(-3000, 3000)), min_size=1),
    st.randoms(use_true_random=False),
)
def test_every_origin_is_in_exactly_one_volley_whatever_their_order(shots, random):
    seconds, east, north = (np.array(c, dtype=np.float64) for c in zip(*shots, strict=True))
    table = origins(seconds, east, north)
    order = list(range(table.num_rows))
    random.shuffle(order)
    turned = joined(table.take(pa.array(order)))
    assert sorted(i for rows in turned.column("origins").to_pylist() for i in rows) == list(range(table.num_rows))
    there = {frozenset(order[i] for i in rows) for rows in turned.column("origins").to_pylist()}
    assert there == {frozenset(rows) for rows in members(table)}


def test_events_and_observations_are_one_independent_group_detected_by_sensor():
    table = joined(origins([0, 10, 2000]))
    observations, events = network_events(table, 40, 30)
    assert observations.schema.equals(OBSERVATIONS.arrow)
    assert events.schema.equals(EVENTS.arrow)
    assert events.column("event").to_pylist() == [30, 31]
    assert events.column("observation").to_pylist() == [40, 41]
    assert set(events.column("group").to_pylist()) == set(observations.column("project").to_pylist()) == {NETWORK}
    assert observations.column("means").to_pylist() == ["detected", "detected"]
    assert observations.column("count").to_pylist() == [2.0, 1.0]


def test_ninety_percent_of_a_shots_place_lie_within_the_radius_of_its_gaussian():
    """A round Gaussian of 100 m holds 90 % within 214.6 m (Rayleigh: σ √(2 ln 10))."""
    _, events = network_events(joined(origins([0], sigma_m=100.0), VolleyConfig(extent_m=0)), 0, 0)
    assert summarise(Places.from_table(events)).radius90_m[0] == pytest.approx(214.6, rel=0.05)


@pytest.mark.parametrize("name", ["near_m", "pause_s", "longest_s", "least_s"])
def test_a_setting_that_joins_nothing_is_refused(name):
    with pytest.raises(ConfigError, match=f"volley.{name} = 0"):
        VolleyConfig(**{name: 0})
