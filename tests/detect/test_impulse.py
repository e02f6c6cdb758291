"""Shots in a stream: the same triggers however it is cut, and ObsPy's where the rules are the same."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.core.errors import ConfigError
from trucewatch.detect.impulse import (
    ImpulseConfig,
    Impulses,
    detect_impulses,
    finish,
    first_state,
    impulse_triggers,
)

RATE = 500.0
SHOTS_S = (14.0, 21.5, 33.0, 34.0, 50.0)
LIKE_OBSPY = ImpulseConfig(high_pass_hz=0, hold=False, quiet_s=0, longest_s=1e6)


def stream(seconds=60.0, seed=1, channels=1):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(channels, int(seconds * RATE)))
    for t in SHOTS_S:
        at = int(t * RATE)
        if at + 60 <= x.shape[1]:
            x[:, at : at + 60] += 40 * rng.normal(size=(channels, 60)) * np.exp(-np.arange(60) / 15)
    return x


def in_pieces(x, cuts, config=None):
    state, parts = first_state(len(x)), []
    for piece in np.split(x, sorted(cuts), axis=1):
        found, state = detect_impulses(piece, RATE, state, config)
        parts.append(found)
    parts.append(finish(state))
    whole = Impulses(*(np.concatenate(c) for c in zip(*parts, strict=True)))
    order = np.lexsort((whole.onset, whole.channel))
    return Impulses(*(c[order] for c in whole))


def test_every_shot_is_found_at_its_onset():
    found = in_pieces(stream(), [])
    assert found.onset / RATE == pytest.approx(SHOTS_S, abs=0.02)


@settings(max_examples=40)
@given(cuts=st.lists(st.integers(0, 30000), max_size=8))
def test_a_stream_in_pieces_gives_the_triggers_of_the_whole(cuts):
    x = stream(channels=2)
    whole, pieces = in_pieces(x, []), in_pieces(x, cuts)
    assert len(whole.onset) == 2 * len(SHOTS_S)
    for a, b in zip(whole, pieces, strict=True):
        assert np.array_equal(a, b)


def test_a_cut_through_each_sample_of_a_shot_changes_nothing():
    x = stream(20.0)
    at = int(SHOTS_S[0] * RATE)
    whole, pieces = in_pieces(x, []), in_pieces(x, range(at - 30, at + 90))
    assert all(np.array_equal(a, b) for a, b in zip(whole, pieces, strict=True))


def test_the_same_triggers_as_obspys_recursion():
    trigger = pytest.importorskip("obspy.signal.trigger")
    x = stream(seed=3)[0]
    ratio = trigger.recursive_sta_lta(x, round(0.05 * RATE), round(10 * RATE))
    theirs = trigger.trigger_onset(ratio, LIKE_OBSPY.on, LIKE_OBSPY.off)
    ours = in_pieces(x[None], [], LIKE_OBSPY)
    assert np.column_stack([ours.crossed, ours.last]).tolist() == theirs.tolist()


def test_no_second_trigger_in_the_dead_time():
    apart = in_pieces(stream(), [], ImpulseConfig(quiet_s=0.1)).onset
    together = in_pieces(stream(), [], ImpulseConfig(quiet_s=1.0)).onset
    assert len(together) == len(apart) - 1


def test_a_gap_ends_a_trigger_and_starts_none():
    x = stream()
    at = int(14.03 * RATE)
    x[:, at : at + 1000] = np.nan
    x[:, at + 1000 :] += 500.0  # the recorder comes back with another offset
    found = in_pieces(x, [])
    assert found.last[0] == at - 1
    assert found.onset / RATE == pytest.approx(SHOTS_S, abs=0.02)


def test_noise_that_grows_for_good_ends_its_trigger():
    x = stream(120.0)
    x[:, 30000:] *= 30
    found = in_pieces(x, [])
    assert (found.last - found.onset).max() / RATE <= ImpulseConfig().longest_s + 0.01
    assert len(found.onset) <= len(SHOTS_S) + 2


def test_a_silent_channel_gives_nothing():
    assert len(in_pieces(np.zeros((1, 30000)), []).onset) == 0


def test_the_peak_is_that_of_the_samples():
    x = np.zeros((1, 10000)) + np.random.default_rng(1).normal(0, 0.01, (1, 10000))
    x[0, 7000:7010] = 5.0
    found = in_pieces(x, [], LIKE_OBSPY)
    assert found.peak == pytest.approx([5.0])


def test_triggers_come_in_order_of_time_with_their_node():
    found = in_pieces(stream(channels=2), [])
    table = impulse_triggers(found, ["N1", "N2"], 1_000, RATE, "stream", "0" * 64)
    times = table.column("t_ns").to_numpy()
    assert np.all(np.diff(times) >= 0)
    assert sorted(table.column("node").to_pylist()) == ["N1"] * 5 + ["N2"] * 5
    assert times[0] == 1_000 + round(found.onset.min() / RATE * 1e9)


def test_another_number_of_channels_than_before_is_refused():
    _, state = detect_impulses(stream(channels=2), RATE)
    with pytest.raises(ValueError, match="needed 2, as in the piece before"):
        detect_impulses(stream(), RATE, state)


def test_a_short_mean_longer_than_the_long_one_is_refused():
    with pytest.raises(ConfigError, match="0 < short < long"):
        ImpulseConfig(short_s=20.0)
