"""Tell exactly on which side of a directed segment a point lies, whatever the rounding."""

import numpy as np
from numba import njit

__all__ = ["orientation"]

_ERROR_BOUND = 3.3306690738754716e-16  # (3 + 16 ε) ε with ε = 2⁻⁵³: Shewchuk 1997, Discrete Comput. Geom. 18, p. 337
_SPLITTER = 134217729.0  # 2²⁷ + 1: ibid., p. 325


@njit(cache=True, nogil=True)
def orientation(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> int:
    """Return 1 where p lies left of the directed line a→b, −1 where right, 0 where exactly on it.

    Source: the filter of Shewchuk 1997 (Discrete Comput. Geom. 18, p. 337); where it cannot tell, an exact sum.
    """
    left = (ax - px) * (by - py)
    right = (ay - py) * (bx - px)
    det = left - right
    if abs(det) > _ERROR_BOUND * (abs(left) + abs(right)):
        return 1 if det > 0 else -1
    return _exact(ax, ay, bx, by, px, py)


@njit(cache=True, nogil=True)
def _exact(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> int:
    """Sign of the determinant multiplied out into six products, each kept with its rounding error."""
    sums = np.zeros(13)  # sums[k] grow in magnitude and never overlap, so the last one that is not 0 has the sign
    size = 0
    for left, right in ((ax, by), (px, ay), (bx, py), (-ay, bx), (-px, by), (-ax, py)):
        high, low = _product(left, right)
        size = _grow(sums, size, low)
        size = _grow(sums, size, high)
    for k in range(size - 1, -1, -1):
        if sums[k] != 0.0:
            return 1 if sums[k] > 0.0 else -1
    return 0


@njit(cache=True, nogil=True)
def _grow(sums: np.ndarray, size: int, term: float) -> int:
    """Add one term to an expansion in place, exactly (ibid., Grow-Expansion, p. 313); return the new size."""
    carry = term
    for k in range(size):
        total = carry + sums[k]
        part = total - carry
        sums[k] = (carry - (total - part)) + (sums[k] - part)
        carry = total
    sums[size] = carry
    return size + 1


@njit(cache=True, nogil=True)
def _product(left: float, right: float) -> tuple[float, float]:
    """Return a product and its rounding error (Dekker 1971; ibid., Two-Product, p. 326)."""
    product = left * right
    big = _SPLITTER * left
    left_high = big - (big - left)
    left_low = left - left_high
    big = _SPLITTER * right
    right_high = big - (big - right)
    right_low = right - right_high
    error = product - left_high * right_high - left_low * right_high - left_high * right_low
    return product, left_low * right_low - error
