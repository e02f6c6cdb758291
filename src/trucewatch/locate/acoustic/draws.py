"""Random numbers that belong to who draws them: the same wherever a record is cut, and in whatever order it is drawn.

A counter is mixed into bits, and each draw takes the next one (Steele, Lea and Flood 2014, Fast splittable pseudorandom
number generators, OOPSLA '14, p. 453).
"""

from typing import Any

import numpy as np
from numba import njit

__all__ = ["cast", "mixed", "names_of", "normals", "uniform"]

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_30, _27, _31, _11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)


@njit(cache=True, nogil=True)
def mixed(bits: Any) -> Any:
    """Return 64 bits that tell nothing of the ones given."""
    bits = (bits ^ (bits >> _30)) * _FIRST
    bits = (bits ^ (bits >> _27)) * _SECOND
    return bits ^ (bits >> _31)


@njit(cache=True, nogil=True)
def cast(die: np.ndarray, name: Any, turn: int) -> None:
    """Set a die (1,) to what its owner draws in a turn."""
    die[0] = mixed(name + np.uint64(turn) * _STEP)


@njit(cache=True, nogil=True)
def uniform(die: np.ndarray) -> float:
    """Return the next number in [0, 1)."""
    die[0] += _STEP
    return float(mixed(die[0]) >> _11) * (1.0 / 9007199254740992.0)


@njit(cache=True, nogil=True)
def normals(die: np.ndarray, out: np.ndarray) -> None:
    """Fill (4,) with standard normal numbers (Box and Muller 1958, Ann. Math. Stat. 29(2), p. 610)."""
    for k in (0, 2):
        far = np.sqrt(-2.0 * np.log(1.0 - uniform(die)))
        turn = 2.0 * np.pi * uniform(die)
        out[k], out[k + 1] = far * np.cos(turn), far * np.sin(turn)


def names_of(*columns: np.ndarray) -> np.ndarray:
    """Return 64 bits (n,) for rows of whole numbers, the same for the same numbers anywhere."""
    name = np.zeros(len(columns[0]), np.uint64)
    for column in columns:
        name = np.asarray(mixed(name + np.asarray(column).astype(np.int64).view(np.uint64) + _STEP))
    return name
