"""Windows of time and the share of an interval that lies in them."""

from datetime import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.core.times import HOUR_NS, parse_instant
from trucewatch.terms.windows import clip, cut, daily, first_gap, parse_hours, share_inside, window


def share(start, end, windows):
    return share_inside(np.array([start]), np.array([end]), np.array(windows).reshape(-1, 2))[0]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(0, 10, 0.0), (10, 20, 1.0), (5, 15, 0.5), (15, 35, 0.5), (0, 40, 0.5), (10, 10, 1.0), (20, 20, 0.0), (9, 9, 0.0)],
)
def test_the_share_of_an_interval_inside_two_windows(start, end, expected):
    assert share(start, end, [[10, 20], [30, 40]]) == expected


def test_no_window_holds_nothing():
    assert share(0, 10, []) == 0.0


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 1000), min_size=2, max_size=8, unique=True), st.integers(0, 1000), st.integers(1, 300))
def test_the_share_agrees_with_counting_instants(edges, start, length):
    edges = sorted(edges)[: len(edges) // 2 * 2]
    windows = np.array(edges).reshape(-1, 2)
    instants = np.arange(start, start + length)
    inside = sum(((instants >= a) & (instants < b)).sum() for a, b in windows)
    assert share(start, start + length, windows) == pytest.approx(inside / length)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("10:00-16:00", (time(10), time(16))),
        ("22:00-06:00", (time(22), time(6))),
        ("00:00-24:00", None),
        ("18:30-24:00", (time(18, 30), time(0))),
        ("25:00-26:00", None),
        ("10-16", None),
        ("10:00-10:00", None),
    ],
)
def test_hours_are_read_or_refused(text, hours):
    assert parse_hours(text) == hours


def test_daily_hours_pass_midnight():
    start = parse_instant("2026-03-01T00:00:00+02:00")
    windows = daily([(time(22), time(6))], start, start + 24 * HOUR_NS, "Europe/Kyiv")
    assert ((windows - start) // HOUR_NS).tolist() == [[0, 6], [22, 24]]


def test_a_window_over_the_change_to_summer_time_is_an_hour_shorter():
    start, end = parse_instant("2026-03-29T00:00:00+02:00"), parse_instant("2026-03-30T00:00:00+03:00")
    windows = daily([(time(0), time(12))], start, end, "Europe/Kyiv")
    assert int(np.diff(windows[0])[0]) == 11 * HOUR_NS


def test_a_gap_is_found_where_no_interval_reaches():
    assert first_gap([(0, 10), (12, None)], 0, None) == (10, 12)
    assert first_gap([(0, 10), (10, 20)], 0, 20) is None
    assert first_gap([(5, 20)], 0, 20) == (0, 5)
    assert first_gap([(None, None)], 0, None) is None


def test_cut_and_clip_keep_the_ends():
    assert cut(0, 10, [5, None, 10, 20]) == [(0, 5), (5, 10)]
    assert clip(window(0, None), 5, 8).tolist() == [[5, 8]]
    assert clip(window(0, 4), 5, 8).shape == (0, 2)
