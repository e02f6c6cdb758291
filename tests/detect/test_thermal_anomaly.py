"""Thermal observations against the peacetime of their place."""

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.core.columns import numbers
from trucewatch.core.issue import IssueKind
from trucewatch.detect import detect, detect_all

STEEL, WHEAT = (35.0, 48.0), (36.5, 48.8)


def p_of(table):
    return numbers(table, "p_anomaly")


def test_wheat_that_burns_every_august_is_no_anomaly_in_august(fires, on, baseline):
    found, issues = detect(fires(*WHEAT, [on(2021, 8, 8), on(2021, 8, 9)]), baseline)
    assert p_of(found).max() < 0.1
    assert issues == ()


def test_the_same_field_burning_in_january_is_an_anomaly(fires, on, baseline):
    in_january, _ = detect(fires(*WHEAT, on(2021, 1, 15) + np.arange(6)), baseline)
    in_august, _ = detect(fires(*WHEAT, on(2021, 8, 5) + np.arange(6)), baseline)
    assert p_of(in_january).min() > 0.8
    assert p_of(in_january).min() > 5 * p_of(in_august).max()


def test_a_burst_of_thirty_where_one_is_expected_is_an_anomaly(fires, on, baseline):
    rng = np.random.default_rng(1)
    day = on(2021, 6, 1) + np.arange(30) // 3
    found, _ = detect(fires(37 + rng.normal(0, 0.01, 30), 48.3 + rng.normal(0, 0.01, 30), day), baseline)
    assert p_of(found).min() > 0.95


def test_steel_works_are_industrial_heat_and_the_reason_says_how_often_they_burn(fires, on, baseline):
    found, _ = detect(fires(*STEEL, on(2021, 1, 15)), baseline)
    row = found.to_pylist()[0]
    assert row["persistent"] is True
    assert row["class"] == "industrial_heat"
    assert row["p_anomaly"] < 0.02
    assert "days in 5 of 5 years and in 12 months" in row["reason"]


def test_a_fire_elsewhere_says_how_many_days_were_usual(fires, on, baseline):
    row = detect(fires(37.3, 48.4, on(2021, 6, 1) + np.array([0, 2, 4])), baseline)[0].to_pylist()[1]
    assert row["class"] == "fire"
    assert row["persistent"] is False
    assert row["reason"].startswith("Other days with detections within 5 km and 10 days: 2 (usual in peacetime ")


def test_no_observations_give_an_empty_table(fires, baseline):
    found, issues = detect(fires([], [], []), baseline)
    assert found.num_rows == 0
    assert issues == ()


def test_without_a_history_the_surroundings_stand_in_and_an_issue_says_so(fires, on):
    rng = np.random.default_rng(3)
    day = on(2023, 6, 1) + rng.integers(0, 60, 400)
    alone = fires(rng.uniform(34, 38, 400), rng.uniform(47, 49, 400), day)
    together = fires(36 + rng.normal(0, 0.01, 40), 48 + rng.normal(0, 0.01, 40), on(2023, 6, 20) + np.arange(40) // 4)
    found, issues = detect(pa.concat_tables([alone, together]), None)
    assert [i.kind for i in issues] == [IssueKind.DOUBTFUL]
    assert "no peacetime history" in issues[0].found
    assert p_of(found)[400:].mean() > 5 * p_of(found)[:400].mean()
    assert "these surroundings" in found.column("reason")[0].as_py()


def test_a_short_history_cannot_tell_whether_a_source_is_persistent(fires, on):
    found, _ = detect(fires(*STEEL, on(2023, 6, 1) + np.arange(20)), None)
    assert found.column("persistent").null_count == 20


def test_an_unknown_place_stays_unknown(fires, on, baseline):
    found, issues = detect(fires([np.nan, 36.0], [np.nan, 48.0], on(2021, 6, 1), place_kind=[None, "pixel"]), baseline)
    assert found.column("p_anomaly").is_null().to_pylist() == [True, False]
    assert "too uncertain" in issues[0].found


def test_nothing_but_unknown_places_and_no_history_leave_every_probability_unknown(fires, on):
    found, issues = detect(fires(np.nan, np.nan, on(2021, 6, 1) + np.arange(3), place_kind=None), None)
    assert found.column("p_anomaly").null_count == 3
    assert found.column("class").to_pylist() == ["thermal"] * 3
    assert len(issues) == 2


def test_a_place_wider_than_the_window_is_not_compared(fires, on, baseline):
    found, _ = detect(fires(36, 48, on(2021, 6, 1), place_kind="settlement", size1_m=9000.0), baseline)
    assert found.column("p_anomaly").null_count == 1


def test_a_week_long_interval_is_not_compared(fires, on, baseline):
    start = on(2021, 6, 1) * 86_400_000_000_000
    found, _ = detect(fires(36, 48, 0, t_start_ns=[start], t_end_ns=[start + 7 * 86_400_000_000_000]), baseline)
    assert found.column("p_anomaly").null_count == 1


def test_a_duplicate_is_neither_scored_nor_counted(fires, on, baseline):
    day = [on(2021, 6, 1), on(2021, 6, 2), on(2021, 6, 30)]
    one = fires(36, 48, day, state=["accepted", "accepted", "accepted"])
    with_copy = fires(36, 48, [*day[:2], day[1], day[2]], state=["accepted", "accepted", "duplicate", "accepted"])
    found = detect(with_copy, baseline)[0]
    assert found.column("observation").to_pylist() == [0, 1, 3]
    assert p_of(found).tolist() == p_of(detect(one, baseline)[0]).tolist()


def test_another_source_does_not_count_as_a_companion(fires, on, baseline):
    day = on(2021, 6, 1) + np.arange(6)
    mixed = detect(fires(36, 48, day, source=["a", "b"] * 3), baseline)[0]
    same = detect(fires(36, 48, day), baseline)[0]
    assert p_of(mixed).max() < p_of(same).max()


def test_outside_the_region_of_the_history_an_issue_says_so(fires, on, baseline):
    found, issues = detect(fires(10.0, 60.0, on(2021, 6, 1)), baseline)
    assert 0 < p_of(found)[0] < 1
    assert "outside the region" in issues[0].found


def test_days_before_the_data_begin_are_not_held_against_a_detection(fires, on, baseline):
    """On the first day of the data only half of the window was watched."""
    day = on(2021, 6, 1) + np.arange(5)
    starts_here = detect(fires(36, 48, [*day, day[-1] + 40]), baseline)[0]
    watched_before = detect(fires(36, 48, [day[0] - 40, *day, day[-1] + 40]), baseline)[0]
    assert p_of(starts_here)[0] > p_of(watched_before)[1]


days = st.integers(0, 60)
place = st.tuples(st.floats(34.5, 37.5), st.floats(47.2, 49.5), days)


@settings(max_examples=25, deadline=None)
@given(rows=st.lists(place, min_size=1, max_size=30), seed=st.integers(0, 99))
def test_the_order_of_rows_does_not_matter(fires, on, baseline, rows, seed):
    lon, lat, day = np.array(rows).T
    day = on(2021, 6, 1) + day.astype(int)
    order = np.random.default_rng(seed).permutation(len(lon))
    straight, mixed = (p_of(detect(fires(lon[o], lat[o], day[o]), baseline)[0]) for o in (slice(None), order))
    assert np.allclose(straight[order], mixed)


@settings(max_examples=25, deadline=None)
@given(rows=st.lists(place, min_size=1, max_size=30), far=st.lists(days, min_size=1, max_size=30))
def test_far_away_rows_change_nothing(fires, on, baseline, rows, far):
    lon, lat, day = np.array([*rows, (34.6, 47.3, 0), (34.6, 47.3, 60)]).T
    day = on(2021, 6, 1) + day.astype(int)
    near = fires(lon, lat, day)
    more = pa.concat_tables([near, fires(30.0, 51.0, on(2021, 6, 1) + np.array(far))])
    assert p_of(detect(near, baseline)[0]).tolist() == p_of(detect(more, baseline)[0])[: len(lon)].tolist()


@settings(max_examples=25, deadline=None)
@given(rows=st.lists(place, min_size=1, max_size=30), learned=st.booleans())
def test_p_is_a_probability(fires, on, baseline, rows, learned):
    lon, lat, day = np.array(rows).T
    found, _ = detect(fires(lon, lat, on(2021, 1, 1) + day.astype(int)), baseline if learned else None)
    assert ((p_of(found) >= 0) & (p_of(found) <= 1)).all()


def test_all_detectors_together_keep_the_order_of_the_observations(fires, on, baseline):
    mixed = fires(36, 48, on(2021, 6, 1) + np.arange(3), **{"class": ["thermal", "explosion", "thermal"]})
    found, _ = detect_all(mixed, baseline)
    assert found.column("observation").to_pylist() == [0, 1, 2]
    assert found.column("detector").to_pylist() == ["thermal_anomaly", "report", "thermal_anomaly"]


def test_a_history_table_and_its_baseline_give_the_same(fires, on, history, baseline):
    some = fires(36, 48, on(2021, 6, 1) + np.arange(3))
    assert detect_all(some, history)[0].equals(detect_all(some, baseline)[0])
