"""On which side of a line a point lies: exact, also where doubles cannot tell."""

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.physics.orientation import orientation

DEGREES = st.floats(-180, 180, allow_subnormal=False).filter(lambda x: x == 0 or abs(x) > 1e-100)


def sign_in_fractions(*numbers: float) -> int:
    """Sign of the determinant in rational arithmetic."""
    ax, ay, bx, by, px, py = map(Fraction, numbers)
    value = (ax - px) * (by - py) - (ay - py) * (bx - px)
    return int(value > 0) - int(value < 0)


def test_a_point_left_of_a_northbound_line_is_plus_one() -> None:
    assert orientation(37.0, 47.0, 37.0, 48.0, 36.9, 47.5) == 1


def test_a_point_right_of_a_northbound_line_is_minus_one() -> None:
    assert orientation(37.0, 47.0, 37.0, 48.0, 37.1, 47.5) == -1


def test_a_point_on_the_line_beyond_its_end_is_zero() -> None:
    assert orientation(0.0, 0.0, 1.0, 3.0, 2.0, 6.0) == 0


def test_the_smallest_step_off_a_long_line_is_seen() -> None:
    above = float(np.nextafter(0.5, 1.0))
    assert orientation(12.0, 12.0, 24.0, 24.0, 0.5, above) == 1
    assert orientation(12.0, 12.0, 24.0, 24.0, above, 0.5) == -1


@settings(max_examples=50, deadline=None)
@given(st.tuples(*[DEGREES] * 6))
def test_any_three_points_have_the_sign_of_rational_arithmetic(numbers: tuple[float, ...]) -> None:
    assert orientation(*numbers) == sign_in_fractions(*numbers)


@settings(max_examples=50, deadline=None)
@given(st.tuples(*[DEGREES] * 4), st.floats(0, 1))
def test_points_rounded_onto_a_line_have_the_sign_of_rational_arithmetic(ends: tuple[float, ...], t: float) -> None:
    ax, ay, bx, by = ends
    numbers = (ax, ay, bx, by, ax + t * (bx - ax), ay + t * (by - ay))
    assert orientation(*numbers) == sign_in_fractions(*numbers)
