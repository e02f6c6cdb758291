"""Draws: chances as intervals, what drives them, and what they never do with the unknown."""

from decimal import Decimal

import numpy as np
import pytest
from tests.pledges.offers import TODAY, approval, assumptions, claim, need, quantity, required

from trucewatch.core.errors import ConfigError
from trucewatch.pledges.gaps_standing import BANDS
from trucewatch.pledges.legal import ApprovalStatus
from trucewatch.pledges.montecarlo import DrawConfig, DrawRow, draws
from trucewatch.pledges.montecarlo_drivers import Inputs, rank_drivers
from trucewatch.pledges.nouns import ActorKind, Claim, State

CONFIG = DrawConfig(draws=4000, days=(0, 30, 60))
FIVE_THOUSAND = (need(5000, 5000),)


def drawn(*claims: Claim, needs=FIVE_THOUSAND, config: DrawConfig = CONFIG, approvals=()) -> DrawRow:
    return draws(claims, required(*needs), assumptions(), config, TODAY, approvals).rows[0]


def test_an_exact_offer_that_is_enough_covers_from_its_day() -> None:
    found = drawn(claim("a", "FR", quantity(5000)))
    assert found.chance_by_day == ((0.0, 0.0), (1.0, 1.0), (1.0, 1.0))
    assert found.covered_day == ((30, 30, 30), (30, 30, 30))


def test_a_range_around_the_need_is_enough_half_the_time() -> None:
    found = drawn(claim("a", "FR", quantity(4000, 6000)))
    assert found.chance_by_day[-1] == (pytest.approx(0.5, abs=0.03), pytest.approx(0.5, abs=0.03))


def test_the_quantiles_of_two_uniform_offers_are_those_of_their_sum() -> None:
    """The sum of two uniforms on 0 to 1 has its 5 % quantile at sqrt(0.1) = 0.316 (triangular distribution)."""
    found = drawn(claim("a", "FR", quantity(0, 1000)), claim("b", "GB", quantity(0, 1000)))
    assert found.in_place[0] == pytest.approx((316, 1000, 1684), abs=40)


def test_an_approval_of_known_chance_gives_that_chance() -> None:
    vote = approval("vote", "FR", chance_low=Decimal("0.2"), chance_high=Decimal("0.6"))
    low, high = drawn(claim("a", "FR", quantity(5000)), approvals=(vote,)).chance_by_day[-1]
    assert (low, high) == (pytest.approx(0.2, abs=0.03), pytest.approx(0.6, abs=0.03))


def test_an_approval_of_unknown_chance_shows_both_extremes() -> None:
    assert drawn(claim("a", "FR", quantity(5000)), approvals=(approval("vote", "FR"),)).chance_by_day[-1] == (0.0, 1.0)


def test_an_approval_that_was_given_is_no_chance_any_more() -> None:
    vote = approval("vote", "FR", status=ApprovalStatus.GIVEN)
    assert drawn(claim("a", "FR", quantity(5000)), approvals=(vote,)).chance_by_day[-1] == (1.0, 1.0)


def test_what_is_authorised_waits_no_more_for_its_own_parliament_but_still_for_the_backstop() -> None:
    none = {"chance_low": Decimal(0), "chance_high": Decimal(0)}
    vote, backstop = approval("vote", "FR", **none), approval("backstop", words=("backstop",), **none)
    offer = claim("a", "FR", quantity(5000), state=State.AUTHORISED)
    assert drawn(offer, approvals=(vote, backstop)).chance_by_day[-1] == (1.0, 1.0)
    conditional = claim("a", "FR", quantity(5000), state=State.AUTHORISED, conditions=("with a backstop",))
    assert drawn(conditional, approvals=(vote, backstop)).chance_by_day[-1] == (0.0, 0.0)


def test_one_approval_for_two_nations_is_drawn_once() -> None:
    vote = approval("backstop", "FR", "GB", chance_low=Decimal("0.5"), chance_high=Decimal("0.5"))
    found = drawn(claim("a", "FR", quantity(2500)), claim("b", "GB", quantity(2500)), approvals=(vote,))
    assert found.chance_by_day[-1][0] == pytest.approx(0.5, abs=0.03)


def test_an_offer_of_unknown_size_is_in_no_draw_and_opens_the_chance_upwards() -> None:
    found = drawn(claim("a", "ES"))
    assert (found.chance_by_day[-1], found.in_place[1], found.unknown) == (
        (0.0, 1.0),
        (0, 0, 0),
        ("ES: size not said",),
    )


def test_a_need_that_nobody_stated_has_any_chance() -> None:
    found = drawn(claim("a", "FR", quantity(5000)), needs=(need(None, None),))
    assert (found.chance_by_day[-1], found.covered_day, found.held_months) == ((0.0, 1.0), None, None)


def test_a_group_that_may_be_the_named_lies_between_the_larger_and_the_sum() -> None:
    group = claim("g", "ten countries", quantity(4000), kind=ActorKind.GROUP)
    low, middle, high = drawn(group, claim("a", "FR", quantity(3000))).in_place[0]
    assert 4000 <= low < middle < high <= 7000
    assert middle == pytest.approx(5500, abs=100)


def test_two_shifts_hold_two_tours() -> None:
    assert drawn(claim("a", "FR", quantity(10_000))).held_months == ((12, 12, 12), (12, 12, 12))


def test_three_shifts_at_three_to_one_hold_without_end() -> None:
    assert drawn(claim("a", "FR", quantity(15_000))).held_months == ((None, None, None), (None, None, None))


def test_the_widest_range_is_the_first_driver() -> None:
    found = drawn(claim("a", "FR", quantity(1000, 9000)), claim("b", "GB", quantity(2000, 2500)))
    assert [d.name for d in found.drivers][:2] == ["size of FR", "size of GB"]
    assert found.drivers[0].share > 0.9
    assert found.drivers[0].swing == pytest.approx(4000, abs=150)


def test_squared_rank_correlation_is_shared_by_variance_for_a_linear_result() -> None:
    """A sum of independent uniforms with widths 3 and 1 has 9 : 1 of its variance from the first."""
    u = np.random.default_rng(1).random((2, 20_000))
    found = rank_drivers(Inputs(("wide", "narrow"), u), 3 * u[0] + u[1], 5)
    assert [d.name for d in found] == ["wide", "narrow"]
    assert found[0].share == pytest.approx(0.9, abs=0.02)


def test_what_does_not_vary_drives_nothing() -> None:
    assert drawn(claim("a", "FR", quantity(5000))).drivers == ()


def test_the_same_seed_gives_the_same_draws_and_another_seed_others() -> None:
    offer = claim("a", "FR", quantity(0, 10_000))
    other = DrawConfig(draws=4000, seed=7, days=(0, 30, 60))
    assert drawn(offer) == drawn(offer)
    assert drawn(offer).in_place != drawn(offer, config=other).in_place


def test_the_order_of_claims_means_nothing() -> None:
    offers = [claim(n, n, quantity(500, 1500)) for n in ("FR", "GB", "NL", "SE", "NO")]
    mixed = offers[::-1]
    assert drawn(*offers) == drawn(*mixed)


def test_another_contributor_leaves_the_draws_of_the_rest_as_they_were() -> None:
    france, britain = claim("a", "FR", quantity(1000, 9000)), claim("b", "GB", quantity(500))
    alone, both = drawn(france).in_place[0], drawn(france, britain).in_place[0]
    assert both == pytest.approx([x + 500 for x in alone])


def test_only_the_band_asked_for_is_drawn() -> None:
    strict = DrawConfig(draws=200, band=BANDS[0], days=(60,))
    assert drawn(claim("a", "FR", quantity(5000)), config=strict).in_place[1] == (0, 0, 0)


@pytest.mark.parametrize("wrong", [{"draws": 10}, {"days": ()}, {"days": (30, 0)}])
def test_a_wrong_setting_is_refused(wrong: dict) -> None:
    with pytest.raises(ConfigError, match="needed"):
        DrawConfig(**wrong)
