"""Records that are no array, or only in part: every defect is an Issue, none a crash, no bearing is invented."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from trucewatch.core.array_record import ArrayRecord
from trucewatch.detect import ArrayConfig, detect_arrays
from trucewatch.scenario.array_waves import RING4

RATE = 100.0


def made(east, north, samples=None, seconds=120.0):
    east, north = np.array(east, dtype=float), np.array(north, dtype=float)
    if samples is None:
        samples = np.random.default_rng(1).normal(size=(len(east), int(seconds * RATE)))
    names = tuple(f"XX.E{i}..HDF" for i in range(len(east)))
    return ArrayRecord("E", "test", 0, RATE, names, east, north, samples)


def words(record, config=None):
    table, issues = detect_arrays(record, config)
    assert table.num_rows == 0
    return " | ".join(str(i) for i in issues)


def test_two_elements_are_too_few():
    assert "2 usable elements; needed three or more" in words(made([0, 50], [0, 80]))


def test_elements_on_one_line_have_no_bearing():
    assert "elements along one line" in words(made([0, 50, 100, 175], [0, 50.5, 100, 175]))


def test_elements_all_at_one_place_have_no_bearing():
    assert "no bearing is given" in words(made([5, 5, 5, 5], [7, 7, 7, 7]))


def test_an_element_without_coordinates_is_named_and_the_others_go_on():
    east, north = RING4[0].copy(), RING4[1]
    east[1] = np.nan
    said = words(made(east, north))
    assert "XX.E1..HDF without coordinates" in said
    assert "usable" not in said


def test_elements_none_of_which_has_coordinates():
    said = words(made([np.nan] * 4, [np.nan] * 4))
    assert "0 usable elements" in said


@pytest.mark.parametrize("value", [0.0, 17.0])
def test_a_constant_element_is_dead(value):
    samples = np.random.default_rng(1).normal(size=(4, 12000))
    samples[3] = value
    assert "XX.E3..HDF dead" in words(made(*RING4, samples))


def test_zeros_everywhere_give_nothing_but_issues():
    assert words(made(*RING4, np.zeros((4, 12000)))).count("dead") == 4


def test_nothing_but_missing_samples():
    assert words(made(*RING4, np.full((4, 12000), np.nan))).count("without a single sample") == 4


def test_two_elements_at_one_place_are_told():
    assert "XX.E0..HDF and XX.E4..HDF at one place" in words(made([*RING4[0], 4.0], [*RING4[1], -7.0]))


def test_a_record_shorter_than_a_window():
    assert "at least one window of 30 s" in words(made(*RING4, seconds=20.0))


def test_a_record_of_no_samples():
    assert words(made(*RING4, np.zeros((4, 0)))).count("without a single sample") == 4


def test_a_band_beyond_the_sampling_rate():
    assert "give a lower band" in words(made(*RING4), ArrayConfig(band_hz=(1.0, 60.0)))


def test_an_array_too_wide_for_its_windows_is_told():
    said = words(made(RING4[0] * 40, RING4[1] * 40))
    assert "for a wave to cross it" in said


def test_an_array_too_wide_for_its_band_is_told_which_band_would_do():
    said = words(made(RING4[0] * 300, RING4[1] * 300))
    assert "too far apart for waves of 5 Hz; needed a band up to" in said


def test_samples_that_do_not_fit_the_places_are_a_wrong_program():
    with pytest.raises(ValueError, match="one row and one place for each element"):
        made([0, 1, 2], [0, 1, 2], np.zeros((4, 10)))


HURTS = ("nothing", "zeros", "ends early", "one infinity", "holes", "like the first", "huge", "tiny", "no place")


@settings(max_examples=25)
@example(["ends early", "holes", "zeros", "huge", "like the first", "tiny"], 100.0, 144.6, 482)
@example(["huge", "nothing", "tiny", "tiny", "tiny", "no place"], 37.3, 103.33, 473)
@given(
    hurts=st.lists(st.sampled_from(HURTS), min_size=1, max_size=6), rate=st.sampled_from([10.0, 37.3, 100.0]),
    seconds=st.floats(0.0, 150.0), seed=st.integers(0, 1000),
)  # fmt: skip
def test_no_mixture_of_defects_is_a_crash_or_a_bearing_without_a_number(hurts, rate, seconds, seed):
    rng = np.random.default_rng(seed)
    n = int(seconds * rate)
    samples, places = rng.normal(size=(len(hurts), n)), rng.normal(0, 100, (2, len(hurts)))
    for i, hurt in enumerate(hurts):
        samples[i] = {
            "zeros": np.zeros(n), "ends early": np.where(np.arange(n) < n // 2, samples[i], np.nan),
            "one infinity": np.where(np.arange(n) == n // 3, np.inf, samples[i]), "like the first": samples[0],
            "holes": np.where(rng.random(n) < 0.3, np.nan, samples[i]), "huge": samples[i] * 1e30,
            "tiny": samples[i] * 1e-30,
        }.get(hurt, samples[i])  # fmt: skip
        if hurt == "no place":
            places[0, i] = np.nan
    names = tuple(f"XX.E{i}..HDF" for i in range(len(hurts)))
    table, _ = detect_arrays(ArrayRecord("E", "test", 0, rate, names, places[0], places[1], samples))
    for name in ("back_azimuth_deg", "back_azimuth_sigma_deg", "trace_velocity_m_s", "duration_s"):
        assert np.isfinite(table.column(name).to_numpy()).all()
