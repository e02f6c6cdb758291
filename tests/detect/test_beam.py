"""Bearings out of array waveforms: synthetic plane waves, and a real record with known arrivals."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.detect import ArrayConfig, detect_arrays, triggers_of
from trucewatch.scenario.array_waves import RING4, Wave, broken, synthetic_record
from trucewatch.sense.waveforms import read_waveforms

INFRAPY_ERROR_DEG = 0.73  # published bearing error of InfraPy on a like record
BROKEN_MOST_DEG = 2.0
BEARINGS = (12.0, 75.0, 131.0, 200.0, 262.0, 317.0)
EXACT = ArrayConfig(position_sigma_m=0.5)


def waves(snr=4.0, bearings=BEARINGS):
    speeds = (339.0, 352.0, 345.0, 341.0, 350.0, 347.0)
    return tuple(Wave(60.0 + 90 * i, 8.0, b, speeds[i % 6], snr) for i, b in enumerate(bearings))


def record(seed=1, snr=4.0, bearings=BEARINGS, **more):
    return synthetic_record(np.random.default_rng(seed), waves(snr, bearings), 60.0 + 90 * len(bearings), **more)


def errors(table, truth):
    """Return bearing errors in deg, and their sigmas, of the detection nearest in time to each wave."""
    t, b, s = (table.column(c).to_numpy() for c in ("t_ns", "back_azimuth_deg", "back_azimuth_sigma_deg"))
    out = []
    for wave in truth:
        near = int(np.argmin(np.abs(t / 1e9 - wave.start_s)))
        assert abs(t[near] / 1e9 - wave.start_s) < 20, f"nothing found near {wave.start_s} s"
        out.append(((b[near] - wave.back_azimuth_deg + 180) % 360 - 180, s[near]))
    return np.array(out).T


def test_every_wave_is_found_once_with_the_bearing_error_of_infrapy_or_less():
    found = [detect_arrays(record(seed), EXACT)[0] for seed in range(6)]
    error = np.concatenate([errors(t, waves())[0] for t in found])
    assert [t.num_rows for t in found] == [6] * 6
    assert np.sqrt(np.mean(np.square(error))) < INFRAPY_ERROR_DEG


def test_the_stated_sigma_of_the_bearing_is_that_of_the_errors():
    error, sigma = np.concatenate([errors(detect_arrays(record(s, 1.0), EXACT)[0], waves()) for s in range(10)], axis=1)
    assert 0.75 < np.std(error / sigma) < 1.25  # 60 waves: the standard deviation itself is known to 10 %


def test_the_trace_velocity_is_right_to_two_percent():
    speeds = detect_arrays(record(snr=9.0), EXACT)[0].column("trace_velocity_m_s").to_numpy()
    assert speeds == pytest.approx([w.trace_velocity_m_s for w in waves()], rel=0.02)


def test_the_onset_is_within_its_own_uncertainty():
    table = detect_arrays(record(snr=16.0), EXACT)[0]
    off = table.column("t_ns").to_numpy() / 1e9 - [w.start_s for w in waves()]
    assert np.all(np.abs(off) < 3 * table.column("t_sigma_s").to_numpy())


def test_wind_alone_gives_no_more_false_detections_than_asked_for_and_no_fault():
    quiet = synthetic_record(np.random.default_rng(5), (), 4 * 3600.0, rate_hz=20.0)
    table, issues = detect_arrays(quiet, EXACT)
    assert table.num_rows <= 3  # 0.4 expected; more than 3 in 0.1 % of records
    assert issues == ()


def test_a_wave_that_lasts_is_one_detection():
    long = synthetic_record(np.random.default_rng(3), (Wave(60.0, 200.0, 250.0),), 400.0)
    assert detect_arrays(long, EXACT)[0].num_rows == 1


@pytest.mark.parametrize(
    ("kind", "word", "how"),
    [
        ("dead", "dead: the same value", {}),
        ("deaf", "dead: nothing in common", {}),
        ("reversed", "reversed polarity", {}),
        ("swapped", "swapped", {"other": 3}),
        ("shifted", "clock 0.25", {"shift_s": 0.25}),
        ("shifted", "clock 1.5", {"shift_s": -1.5}),
    ],
)
@pytest.mark.parametrize("element", [0, 2])
def test_a_broken_element_is_named_and_does_not_move_the_bearing(kind, word, how, element):
    whole = record(7, snr=9.0)
    table, issues = detect_arrays(broken(whole, np.random.default_rng(1), kind, element, **how), EXACT)
    named = [i.found for i in issues]
    assert any(word in n and whole.elements[element] in n for n in named), named
    assert np.abs(errors(table, waves())[0]).max() < BROKEN_MOST_DEG


@pytest.mark.parametrize(("kind", "how"), [("reversed", {}), ("swapped", {"other": 3})])
def test_what_is_set_right_gives_the_table_of_the_healthy_array(kind, how):
    whole = record(7, snr=9.0)
    hurt = broken(whole, np.random.default_rng(1), kind, 0, **how)
    ours, theirs = detect_arrays(hurt, EXACT)[0].to_pylist(), detect_arrays(whole, EXACT)[0].to_pylist()
    for a, b in zip(ours, theirs, strict=True):
        assert a.pop("rejected_elements") == b.pop("rejected_elements") == ""
        assert a.pop("array") == b.pop("array")
        assert list(a.values()) == pytest.approx(list(b.values()), rel=1e-3)


@pytest.mark.parametrize(
    ("kind", "word", "how"),
    [("dead", "dead", {}), ("reversed", "reversed", {}), ("swapped", "swapped", {"other": 0}),
     ("shifted", "clock", {"shift_s": 1.0})],
)  # fmt: skip
def test_a_broken_element_of_the_real_record_is_named_and_does_not_move_its_arrivals(shared_data, kind, word, how):
    """The fourth element: the others alone stand well apart, given places rounded to about 10 m."""
    (brp,), _ = read_waveforms(sorted((shared_data / "infrasound_brp").glob("*.SAC")))
    hurt = broken(brp, np.random.default_rng(1), kind, 3, **how)
    table, issues = detect_arrays(replace(hurt, position_sigma_m=brp.position_sigma_m))
    assert any(word in i.found and brp.elements[3] in i.found for i in issues)
    strong = [r["back_azimuth_deg"] for r in table.to_pylist() if r["f_statistic"] > 20]
    assert strong == pytest.approx([318.2, 250.0, 320.0], abs=BROKEN_MOST_DEG)


def test_elements_left_out_stand_in_the_table():
    table, _ = detect_arrays(broken(record(snr=9.0), np.random.default_rng(1), "deaf", 2), EXACT)
    assert set(table.column("rejected_elements").to_pylist()) == {"XX.SYN3..HDF"}


def test_a_clock_fault_that_one_direction_cannot_settle_widens_the_bearing_and_names_the_rivals():
    one = record(3, snr=9.0, bearings=(75.0,))
    table, issues = detect_arrays(broken(one, np.random.default_rng(1), "shifted", 1, shift_s=0.12), EXACT)
    error, sigma = errors(table, waves(9.0, (75.0,)))
    assert any("could also mean" in i.found for i in issues)
    assert sigma[0] > 2.0
    assert abs(error[0]) < 3 * sigma[0]


def test_a_healthy_array_is_never_accused():
    for seed in range(5):
        assert detect_arrays(record(seed, snr=16.0), EXACT)[1] == ()


def test_of_eight_elements_two_bad_ones_are_left_out():
    rng = np.random.default_rng(11)
    places = (rng.normal(0, 80, 8), rng.normal(0, 80, 8))
    eight = record(2, snr=4.0, places=places)
    bad = broken(broken(eight, rng, "shifted", 2, shift_s=0.4), rng, "deaf", 6)
    table, issues = detect_arrays(bad, EXACT)
    assert {"SYN3", "SYN7"} <= {n for i in issues for n in ("SYN3", "SYN7") if n in i.found}
    assert np.abs(errors(table, waves())[0]).max() < BROKEN_MOST_DEG


def test_gains_of_the_elements_do_not_matter():
    plain = record()
    loud = replace(plain, samples=plain.samples * np.array([[1.0], [30.0], [0.01], [5.0]]))
    ours, theirs = (detect_arrays(r, EXACT)[0].column("back_azimuth_deg").to_numpy() for r in (plain, loud))
    assert ours == pytest.approx(theirs, abs=0.01)


def test_an_element_sampled_between_the_others_is_set_right():
    plain = record(snr=9.0, rate_hz=100.0)
    late = plain.samples.copy()
    n = late.shape[1]
    turn = np.exp(2j * np.pi * np.fft.rfftfreq(n, 0.01) * 0.005)
    late[1] = np.fft.irfft(np.fft.rfft(late[1]) * turn, n)  # its samples show what was half a sample later
    found = detect_arrays(replace(plain, samples=late, lag_s=np.array([0.0, 0.005, 0.0, 0.0])), EXACT)[0]
    assert np.abs(errors(found, waves())[0]).max() < 1.0


def test_a_gap_in_one_element_costs_that_element_only():
    gappy = record(snr=9.0)
    gappy.samples[2, 14000:20000] = np.nan  # around the second wave
    table, issues = detect_arrays(gappy, EXACT)
    assert np.abs(errors(table, waves())[0]).max() < BROKEN_MOST_DEG
    assert any("SYN3" in i.found and "missing" in i.found for i in issues)


def test_stretches_of_background_do_not_change_the_bearings():
    plain = record()
    short = replace(EXACT, background_s=150.0)
    ours, theirs = (errors(detect_arrays(plain, c)[0], waves())[0] for c in (EXACT, short))
    assert ours == pytest.approx(theirs, abs=0.3)


@settings(max_examples=5)
@given(turn_deg=st.floats(0, 360))
def test_turning_the_array_and_the_waves_turns_the_bearings(turn_deg):
    a = np.radians(turn_deg)
    east, north = RING4
    turned = (east * np.cos(a) + north * np.sin(a), north * np.cos(a) - east * np.sin(a))
    bearings = tuple((b + turn_deg) % 360 for b in BEARINGS[:2])
    error = errors(detect_arrays(record(4, 9.0, bearings, places=turned), EXACT)[0], waves(9.0, bearings))[0]
    assert np.abs(error).max() < 1.0


def test_arrivals_become_infrasound_triggers():
    arrivals = detect_arrays(record(), EXACT)[0]
    triggers = triggers_of(arrivals, "synthetic", "0" * 64)
    assert set(triggers.column("phase").to_pylist()) == {"infrasound"}
    assert triggers.column("back_azimuth_deg").to_pylist() == arrivals.column("back_azimuth_deg").to_pylist()


@pytest.mark.parametrize(
    ("clock", "bearing_deg", "speed_m_s"),
    [("18:07:05", 318.2, 371.0), ("18:11:25", 250.0, 334.0), ("18:13:40", 320.0, 365.0)],
    ids=["first", "second", "third"],
)
def test_the_known_arrivals_of_the_real_record_are_found(shared_data, clock, bearing_deg, speed_m_s):
    """Known answers of the data's README; a time inside the detection, bearing within 2°, velocity within 15 m/s."""
    (brp,), read_issues = read_waveforms(sorted((shared_data / "infrasound_brp").glob("*.SAC")))
    table, issues = detect_arrays(brp)
    at_ns = np.datetime64(f"2012-04-09T{clock}", "ns").astype(np.int64)
    hits = [
        r for r in table.to_pylist() if r["t_ns"] <= at_ns <= r["t_ns"] + r["duration_s"] * 1e9
        and abs(r["back_azimuth_deg"] - bearing_deg) <= 2.0 and abs(r["trace_velocity_m_s"] - speed_m_s) <= 15.0
    ]  # fmt: skip
    assert len(hits) == 1
    assert (read_issues, issues) == ((), ())
