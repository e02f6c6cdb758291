"""Dice that belong to who draws them: fair, and the same wherever they are thrown."""

import numpy as np
import pytest
from scipy.stats import kstest

from trucewatch.locate.acoustic.draws import cast, names_of, normals, uniform


def thrown(name: int, turn: int, count: int) -> np.ndarray:
    die = np.zeros(1, np.uint64)
    cast(die, np.uint64(name), turn)
    return np.array([uniform(die) for _ in range(count)])


@pytest.mark.parametrize("name", [0, 1, 2**64 - 1])
def test_a_die_is_fair(name):
    assert kstest(thrown(name, 0, 20_000), "uniform").pvalue > 0.01


def test_the_first_throws_of_many_owners_and_turns_are_fair():
    throws = np.array([thrown(name, turn, 2) for name in range(100) for turn in range(-1, 99)])
    assert kstest(throws[:, 0], "uniform").pvalue > 0.01
    assert abs(np.corrcoef(throws.T)[0, 1]) < 0.03


def test_normal_numbers_are_standard_and_independent():
    die, out = np.zeros(1, np.uint64), np.zeros(4)
    draws = np.empty((5_000, 4))
    for row in draws:
        normals(die, out)
        row[:] = out
    assert kstest(draws.ravel(), "norm").pvalue > 0.01
    assert np.abs(np.corrcoef(draws.T) - np.eye(4)).max() < 0.05


def test_the_same_owner_throws_the_same_in_the_same_turn():
    assert np.array_equal(thrown(7, 3, 5), thrown(7, 3, 5))
    assert not np.array_equal(thrown(7, 3, 5), thrown(7, 4, 5))


def test_names_are_those_of_their_numbers_alone():
    time_us, node = np.array([5, 9, -2, 5]), np.array([1, 1, 3, 2])
    turn = np.array([2, 0, 3, 1])
    assert np.array_equal(names_of(time_us, node)[turn], names_of(time_us[turn], node[turn]))
    assert len(set(names_of(time_us, node).tolist())) == 4
