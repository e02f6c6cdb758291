"""Events of one source each."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.core.errors import ConfigError
from trucewatch.core.tables import DETECTIONS, EVENTS, OBSERVATIONS
from trucewatch.locate import Config, locate


def observations(n, **columns):
    values = {
        "source": "observer", "file_sha256": "0" * 64, "row": np.arange(1, n + 1), "state": "accepted",
        "project": "observer", "group": "patrol 7",
        "t_start_ns": np.arange(n) * 100, "t_end_ns": np.arange(n) * 100 + 60,
        "t_sigma_s": 2.0, "place_kind": "sector", "lon_deg": 38.1, "lat_deg": 48.5, "size1_m": 2000.0,
        "size2_m": 6000.0, "bearing_deg": 135.0, "width_deg": 45.0, "class": "explosion",
    }  # fmt: skip
    return OBSERVATIONS.table(values | columns, n)


def detections(of, **columns):
    values = {"observation": np.array(of, dtype=np.int64), "detector": "report", "p_anomaly": 0.8, "reason": "because"}
    return DETECTIONS.table(values | columns, len(of))


def test_an_event_carries_the_place_and_time_of_its_source():
    row = locate(observations(1), detections([0]))[0].to_pylist()[0]
    assert (row["place_kind"], row["size1_m"], row["size2_m"], row["bearing_deg"]) == ("sector", 2000, 6000, 135)
    assert (row["t_start_ns"], row["t_end_ns"], row["t_sigma_s"]) == (0, 60, 2.0)
    assert (row["source"], row["row"], row["group"], row["p_real"]) == ("observer", 1, "patrol 7", 0.8)


def test_the_columns_of_the_network_association_stay_unknown():
    events, issues = locate(observations(3), detections([0, 1, 2]))
    assert [events.column(c).null_count for c in ("arrivals", "residual_s", "gap_deg")] == [3, 3, 3]
    assert issues == ()


def test_a_duplicate_makes_no_event():
    events, issues = locate(observations(3, state=["accepted", "duplicate", "accepted"]), detections([0, 1, 2]))
    assert events.column("observation").to_pylist() == [0, 2]
    assert events.column("event").to_pylist() == [0, 1]
    assert issues == ()


def test_an_unknown_place_stays_unknown():
    row = locate(observations(1, place_kind=None, lon_deg=None, lat_deg=None), detections([0]))[0].to_pylist()[0]
    assert (row["place_kind"], row["lon_deg"]) == (None, None)


def test_the_class_of_the_detector_goes_before_that_of_the_source():
    seen = observations(2, **{"class": "thermal"})
    events, _ = locate(seen, detections([0, 1], **{"class": ["industrial_heat", None]}))
    assert events.column("class").to_pylist() == ["industrial_heat", "thermal"]


def test_of_two_detections_of_one_observation_the_more_probable_counts():
    found = detections([0, 0], detector=["a", "b"], p_anomaly=[0.2, 0.6])
    assert locate(observations(1), found)[0].column("p_real").to_pylist() == [0.6]


def test_a_probability_that_is_unknown_stays_unknown():
    found = detections([0], p_anomaly=[np.nan])
    assert locate(observations(1), found, Config(least_p=0.5))[0].column("p_real").to_pylist() == [None]


def test_a_threshold_leaves_out_what_lies_below_it():
    events, issues = locate(observations(2), detections([0, 1], p_anomaly=[0.1, 0.9]), Config(least_p=0.5))
    assert events.column("observation").to_pylist() == [1]
    assert issues == ()


def test_an_observation_that_no_detector_took_up_gives_an_issue():
    events, issues = locate(observations(2), detections([0]))
    assert events.num_rows == 1
    assert (issues[0].row, issues[0].found) == (2, "1 accepted observations that no detector took up")


def test_no_detections_give_an_empty_table():
    assert locate(OBSERVATIONS.empty(), DETECTIONS.empty()) == (EVENTS.empty(), ())


def test_a_detection_of_no_observation_is_refused():
    with pytest.raises(ValueError, match="needed rows below 1"):
        locate(observations(1), detections([3]))


def test_a_threshold_that_is_no_probability_is_refused():
    with pytest.raises(ConfigError, match=r"least_p = 1\.5"):
        Config(least_p=1.5)


@settings(max_examples=30, deadline=None)
@given(of=st.lists(st.integers(0, 9), max_size=20), seed=st.integers(0, 9))
def test_the_order_of_detections_does_not_matter(of, seed):
    found = detections(of, p_anomaly=np.array([i / 10 for i in of]))
    order = np.random.default_rng(seed).permutation(len(of))
    assert locate(observations(10), found)[0].equals(locate(observations(10), found.take(pa.array(order)))[0])
