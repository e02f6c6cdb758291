"""Grades: a perfect answer gets one, an empty one nothing, and a constructed case its own figures."""

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.core.records import Casualties, Incident, PlaceRecord, SourceRef, Status
from trucewatch.core.times import SECOND_NS
from trucewatch.physics.geodesy import offset_lonlat
from trucewatch.scenario import TRUTH, Config, Score, ScoreConfig, score, truth
from trucewatch.scenario.calibration import calibrate

SOURCE = SourceRef("observer", "0" * 64, 1, None, "observer", "patrol 1", 1.0)


def incident(number: int, lon: float, lat: float, t_ns: int, **more: Any) -> Incident:
    radius = more.pop("radius_m", 100.0)
    place = PlaceRecord("exact", lon, lat, radius, None, 0.0, None, lon, lat, radius)
    values: dict[str, Any] = {
        "incident_id": f"I{number}", "version": 1, "supersedes": None, "status": Status.RECORDED, "t_start_ns": t_ns,
        "t_end_ns": t_ns + SECOND_NS, "cls": "explosion", "p_real": 1.0, "place": place, "casualties": Casualties(),
        "sources": (SOURCE,),
    }  # fmt: skip
    return Incident(**{**values, **more})


def happened(lon: list[float], t_s: list[int], **more: Any) -> pa.Table:
    """Explosions at 48° N, one a place and a second."""
    n = len(lon)
    return TRUTH.table({
        "truth_id": [f"T{i}" for i in range(n)], "kind": "shelling", "class": "explosion", "incident": True,
        "notified": False, "t_start_ns": np.array(t_s) * SECOND_NS, "t_end_ns": (np.array(t_s) + 1) * SECOND_NS,
        "lon_deg": lon, "lat_deg": 48.0, "place_side": "left", "killed": 0, "injured": 0, "visibility": "observed",
        "records": 1, **more,
    }, rows=n)  # fmt: skip


def perfect(table: pa.Table) -> list[Incident]:
    return [
        incident(i, r["lon_deg"], r["lat_deg"], r["t_start_ns"], t_end_ns=r["t_end_ns"], cls=r["class"])
        for i, r in enumerate(table.to_pylist()) if r["incident"]
    ]  # fmt: skip


def test_a_perfect_answer_to_a_whole_day_gets_full_marks() -> None:
    day = truth(Config(seed=3))
    grade = score(day, perfect(day.table))
    assert (grade.recall, grade.precision, grade.doubles) == (1.0, 1.0, 0)
    assert all(g.recall == 1.0 for g in (*grade.by_class, *grade.by_visibility))
    assert grade.held_in_radius90 == grade.place_m.n == grade.happened
    assert grade.place_m.median == pytest.approx(0, abs=1e-3)
    assert grade.time_s.q90 == pytest.approx(0, abs=1e-6)
    assert grade.calibration.brier == pytest.approx(0, abs=1e-9)


def test_an_empty_answer_finds_nothing_and_claims_nothing() -> None:
    grade = score(truth(Config(seed=3)), [])
    assert grade.recall == 0.0
    assert grade.precision is None
    assert grade.place_m.median is None
    assert grade.calibration.brier is None


def test_an_empty_day_has_no_recall() -> None:
    grade = score(happened([], []), [incident(1, 37.0, 48.0, 0)])
    assert grade.recall is None
    assert grade.precision == 0.0


def test_what_is_too_far_too_late_or_another_thing_is_not_found() -> None:
    table = happened([37.0], [0])
    far = incident(1, 37.1, 48.0, 0)  # 7.5 km
    late = incident(2, 37.0, 48.0, 2 * 3600 * SECOND_NS)
    other = incident(3, 37.0, 48.0, 0, cls="overflight")
    assert score(table, [far, late, other]).found == 0


def test_an_unknown_class_can_be_the_happening_and_an_unknown_place_cannot() -> None:
    table = happened([37.0], [0])
    nowhere = PlaceRecord(None, None, None, None, None, None, None, None, None, None)
    assert score(table, [incident(1, 37.0, 48.0, 0, cls=None)]).found == 1
    assert score(table, [replace(incident(1, 37.0, 48.0, 0), place=nowhere)]).found == 0


def test_two_incidents_of_one_happening_are_one_right_and_one_double() -> None:
    grade = score(happened([37.0], [0]), [incident(1, 37.0, 48.0, 0), incident(2, 37.001, 48.0, 0)])
    assert (grade.found, grade.incidents, grade.doubles) == (1, 2, 1)
    assert grade.precision == 0.5


def test_matching_is_one_to_one_and_prefers_the_nearer_in_sum() -> None:
    """Two happenings an hour apart, two incidents: the later incident is the later happening."""
    table = happened([37.0, 37.0], [0, 3000])
    grade = score(table, [incident(1, 37.0, 48.0, 3000 * SECOND_NS), incident(2, 37.0, 48.0, 0)])
    assert grade.found == 2
    assert grade.time_s.median == pytest.approx(0)


def test_place_error_is_a_distance_and_the_radius_is_checked_against_it() -> None:
    lon, lat = offset_lonlat(np.array([37.0]), np.array([48.0]), np.array([800.0]), np.array([600.0]))
    table = happened([37.0], [0])
    tight = score(table, [incident(1, float(lon[0]), float(lat[0]), 0, radius_m=900.0)])
    wide = score(table, [incident(1, float(lon[0]), float(lat[0]), 0, radius_m=1100.0)])
    assert tight.place_m.median == pytest.approx(1000, rel=1e-3)
    assert (tight.held_in_radius90, wide.held_in_radius90) == (0, 1)


def test_a_merged_incident_and_one_that_is_not_shown_do_not_count() -> None:
    table = happened([37.0], [0])
    gone = incident(1, 37.0, 48.0, 0, status=Status.MERGED, merged_into="I2")
    doubtful = incident(2, 37.0, 48.0, 0, p_real=0.2)
    grade = score(table, [gone, doubtful])
    assert (grade.incidents, grade.found, grade.calibration.statements) == (0, 0, 1)


def test_heat_of_a_field_is_nothing_to_be_found() -> None:
    table = happened([37.0], [0], **{"class": "fire", "incident": False})
    grade = score(table, [incident(1, 37.0, 48.0, 0, cls="thermal")])
    assert (grade.happened, grade.precision) == (0, 0.0)


def test_calibration_of_four_statements_is_as_computed_by_hand() -> None:
    """0.9, 0.9, 0.1, 0.1 of which so: yes, no, no, no."""
    found = calibrate(np.array([0.9, 0.9, 0.1, 0.1]), np.array([True, False, False, False]), 10)
    assert found.brier == pytest.approx((0.01 + 0.81 + 0.01 + 0.01) / 4)
    assert found.log_score == pytest.approx(-(math.log(0.9) + math.log(0.1) + 2 * math.log(0.9)) / 4)
    assert found.expected_calibration_error == pytest.approx((2 * 0.4 + 2 * 0.1) / 4)
    assert [(b.statements, b.share_true) for b in found.bins] == [(2, 0.0), (2, 0.5)]


def test_probabilities_that_hold_have_no_calibration_error() -> None:
    p = np.repeat([0.25, 0.75], 400)
    so = np.tile([True, False, False, False], 100).tolist() + np.tile([True, True, True, False], 100).tolist()
    assert calibrate(p, np.array(so), 10).expected_calibration_error == pytest.approx(0)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=30))
def test_scores_stay_in_their_ranges(said: list[tuple[float, bool]]) -> None:
    found = calibrate(np.array([p for p, _ in said]), np.array([s for _, s in said]), 10)
    assert found.brier is not None
    assert found.expected_calibration_error is not None
    assert 0 <= found.brier <= 1
    assert 0 <= found.expected_calibration_error <= 1
    assert sum(b.statements for b in found.bins) == len(said)


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(5)), st.lists(st.floats(36.9, 37.1), min_size=5, max_size=5))
def test_the_order_of_incidents_does_not_matter(order: list[int], lon: list[float]) -> None:
    table = happened([36.95, 37.0, 37.05], [0, 10, 20])
    all_ = [incident(i, x, 48.0, 0, p_real=0.6 + i / 20) for i, x in enumerate(lon)]
    one, other = score(table, all_), score(table, [all_[i] for i in order])
    assert (one.found, one.doubles) == (other.found, other.doubles)
    assert one.calibration.brier == pytest.approx(other.calibration.brier)


def test_a_grade_is_plain_json_and_a_small_table_with_counts() -> None:
    grade: Score = score(happened([37.0], [0]), [incident(1, 37.0, 48.0, 0)], ScoreConfig(bins=5))
    again = json.loads(json.dumps(grade.as_dict()))
    assert again["recall"] == 1.0
    assert again["by_class"] == [{"group": "explosion", "happened": 1, "found": 1, "recall": 1.0}]
    assert again["calibration"]["bins"][0]["statements"] == 1
    assert "1.00 (1 of 1)" in grade.table()
