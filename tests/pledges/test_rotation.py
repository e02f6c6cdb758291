"""Rotation: the arithmetic of published ratios, and how long a force lasts."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.pledges.offers import TODAY, claim, need, quantity, required

from trucewatch.core.errors import ConfigError
from trucewatch.pledges.gaps import GapConfig, gap_table
from trucewatch.pledges.rotation import Ratio, RotationConfig, hold_months, rotation, rotation_rows

D = Decimal
POOLS = st.decimals(1, 100_000, places=0)


def one(ratio: int, required_: tuple, pool: tuple):
    return rotation(required_, pool, RotationConfig(ratios=(Ratio(D(ratio), "example"),)))[0]


def test_64000_in_place_at_four_to_one_need_256000() -> None:
    assert one(4, (D(64_000), D(64_000)), (D(0), D(0))).needed == (256_000, 256_000)


def test_five_brigades_at_five_to_one_keep_one_in_place() -> None:
    assert one(5, (D(1), D(1)), (D(5), D(5))).sustained == (1, 1)


def test_a_pool_of_ratio_times_the_requirement_lasts_for_ever() -> None:
    found = one(3, (D(5000), D(5000)), (D(15_000), D(15_000)))
    assert (found.held_months, found.endless) == ((None, None), (True, True))


def test_a_pool_of_two_shifts_lasts_two_tours() -> None:
    assert hold_months(D(10_000), D(5000), D(3), D(6)) == 12


def test_a_pool_below_the_requirement_holds_it_not_a_day() -> None:
    assert hold_months(D(4999), D(5000), D(3), D(6)) == 0


def test_an_open_pool_has_no_best_case_and_is_not_called_endless() -> None:
    found = one(3, (D(5000), D(5000)), (D(5000), None))
    assert (found.held_months, found.endless, found.sustained[1]) == ((6, None), (False, False), None)


def test_a_requirement_that_nobody_stated_stays_unknown() -> None:
    found = one(3, (None, None), (D(5000), D(5000)))
    assert (found.needed, found.held_months, found.endless) == ((None, None), (None, None), (False, False))


@given(POOLS, POOLS)
def test_at_ratio_one_there_is_no_reserve(pool: Decimal, needed: Decimal) -> None:
    found = one(1, (needed, needed), (pool, pool))
    assert (found.needed[0], found.sustained[0]) == (needed, pool)
    assert hold_months(pool, needed, D(1), D(6)) == (None if pool >= needed else 0)


@given(POOLS, POOLS, st.integers(1, 6))
def test_a_higher_ratio_never_holds_longer(pool: Decimal, needed: Decimal, ratio: int) -> None:
    fewer, more = (hold_months(pool, needed, D(r), D(6)) for r in (ratio, ratio + 1))
    assert fewer is None or (more is not None and more <= fewer)


def test_ratios_of_the_sources_are_shown_side_by_side_and_one_is_usual() -> None:
    table = gap_table([claim("a", "FR", quantity(15_000))], required(need(5000, 5000)), GapConfig(), TODAY)
    rows = [r for r in rotation_rows(table, RotationConfig()) if r["band"] == "pledged on record"]
    assert [(r["ratio"], r["sustained"][0], r["usual"]) for r in rows] == [
        (1, 15_000, False), (3, 5000, True), (4, 3750, False), (5, 3000, False)
    ]  # fmt: skip


def test_ships_do_not_rotate_like_persons() -> None:
    table = gap_table([], required(need(4, 4, unit="ships")), GapConfig(), TODAY)
    assert rotation_rows(table, RotationConfig()) == ()


@pytest.mark.parametrize("ratio", ["0.5", "-3", "NaN"])
def test_a_ratio_below_one_is_refused(ratio: str) -> None:
    with pytest.raises(ConfigError, match="needed 1 or more"):
        RotationConfig(ratios=(Ratio(D(ratio), "example"),))


def test_a_tour_of_no_months_is_refused() -> None:
    with pytest.raises(ConfigError, match="more than 0"):
        RotationConfig(tour_months=D(0))
