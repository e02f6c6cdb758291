"""The cell index finds what a comparison of all pairs finds."""

import numpy as np
import pytest

from trucewatch.fuse.neighbours import neighbour_pairs, ring_counts
from trucewatch.physics.geodesy import metres_per_degree


@pytest.mark.parametrize("seed", range(5))
def test_pairs_equal_those_of_all_against_all(seed):
    rng = np.random.default_rng(seed)
    n = 120
    lon, lat = 37 + 0.3 * rng.random(n), 48 + 0.2 * rng.random(n)
    start = rng.integers(0, 10, n)
    end = start + rng.integers(1, 4, n)
    reach = rng.choice([300.0, 800.0, 5000.0], n)
    a, b, crowded = neighbour_pairs(lon, lat, start, end, reach, 2, np.zeros(n, np.int64), n)
    assert crowded == 0
    per_lon, per_lat = metres_per_degree(lat)
    expected = []
    for i in range(n):
        for j in range(i + 1, n):
            k = i if (reach[i], i) > (reach[j], j) else j  # the partner with the larger reach measures
            d = np.hypot((lon[i] - lon[j]) * per_lon[k], (lat[i] - lat[j]) * per_lat[k])
            if d <= reach[i] + reach[j] and start[j] - end[i] <= 2 and start[i] - end[j] <= 2:
                expected.append((i, j))
    assert list(zip(a.tolist(), b.tolist(), strict=True)) == expected


def test_counts_leave_out_the_days_of_the_gap():
    at = np.array([37.0]), np.array([48.0]), np.array([100.0])
    of = np.full(3, 37.0), np.full(3, 48.0), np.array([100.0, 110.0, 130.0])
    near, far = ring_counts(*at, *of, 9.0, 20.0, 500.0, 15_000.0)
    assert (near[0], far[0]) == (1.0, 1.0)


def test_a_point_without_a_place_counts_nothing():
    near, far = ring_counts(np.array([np.nan]), np.array([48.0]), np.zeros(1), np.array([37.0]), np.array([48.0]),
                            np.array([10.0]), 9.0, 20.0, 500.0, 15_000.0)  # fmt: skip
    assert near[0] == far[0] == 0


def test_in_a_crowd_only_the_nearest_of_each_source_are_compared():
    n = 60
    lon, lat = np.full(n, 37.0), 48.0 + 1e-5 * np.arange(n)
    source = np.arange(n) % 2
    same = np.zeros(n, np.int64)
    a, b, crowded = neighbour_pairs(lon, lat, same, same + 1, np.full(n, 500.0), 0, source, 3)
    assert crowded > 0
    of_last = {(int(x), int(y)) for x, y in zip(a, b, strict=True) if y == n - 1}
    assert {x for x, _ in of_last} == {n - 7, n - 6, n - 5, n - 4, n - 3, n - 2}
