"""Required against covered: what counts, what does not, and what stays unknown."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.pledges.offers import SAID, TODAY, approval, claim, need, quantity, required

from trucewatch.pledges.gaps import GapConfig, GapRow, GapTable, gap_table
from trucewatch.pledges.legal import ApprovalStatus
from trucewatch.pledges.nouns import ActorKind, Claim, ClaimStatus, Direction, State
from trucewatch.pledges.scenarios import Scenario, Withdrawal, apply_scenario

CONFIG = GapConfig()
FIVE_THOUSAND = (need(5000, 5000),)
STRICT, PLEDGED, LOOSE = "only authorised", "pledged on record", "everything rumoured"


def table(*claims: Claim, needs=FIVE_THOUSAND, today: date = TODAY, approvals=()) -> GapTable:
    return gap_table(claims, required(*needs), CONFIG, today, approvals)


def row(found: GapTable, band: str = PLEDGED, need_id: str = "land") -> GapRow:
    return next(r for r in found.rows if r.band == band and r.need.need_id == need_id)


def test_nothing_offered_leaves_the_whole_gap() -> None:
    found = row(table())
    assert (found.gap_low, found.gap_high, found.verdict) == (5000, 5000, "short")


def test_two_pledges_that_reach_the_need_cover_it() -> None:
    found = row(table(claim("a", "FR", quantity(3000)), claim("b", "GB", quantity(2000))))
    assert (found.covered_low, found.gap_high, found.verdict) == (5000, 0, "covered")


def test_a_pledge_is_not_yet_an_authorisation() -> None:
    found = table(claim("a", "FR", quantity(5000)))
    assert [row(found, band).verdict for band in (STRICT, PLEDGED)] == ["short", "covered"]


def test_a_rumour_counts_only_in_the_loosest_band() -> None:
    rumour = claim("a", "FR", quantity(5000), state=State.RUMOURED, status=ClaimStatus.UNCONFIRMED)
    assert [r.verdict for r in table(rumour).rows] == ["short"] * 4 + ["covered"]


def test_an_offer_without_a_number_neither_covers_nor_counts_as_nothing() -> None:
    found = row(table(claim("a", "ES")))
    assert (found.covered_low, found.covered_high, found.gap_low, found.verdict) == (0, None, None, "unknown")
    assert found.unknown == ("ES: size not said",)


def test_an_offer_in_another_unit_is_named_and_not_converted() -> None:
    found = row(table(claim("a", "CA", quantity(1, unit="battalion"))))
    assert (found.covered_low, found.unknown, found.verdict) == (0, ("CA: 1 battalion",), "unknown")


def test_up_to_is_nothing_at_least() -> None:
    found = row(table(claim("a", "GB", quantity(None, 7500))))
    assert (found.covered_low, found.covered_high, found.verdict) == (0, 7500, "undecided")


def test_a_need_that_nobody_stated_is_not_judged() -> None:
    found = row(table(claim("a", "GB", quantity(7500)), needs=(need(None, None),)))
    assert (found.verdict, found.gap_low, found.gap_high) == ("not stated", None, None)


def test_ruling_out_ends_the_offer_and_a_new_offer_revives_it() -> None:
    offer = claim("a", "US", quantity(5000), on=date(2025, 3, 1))
    no = claim("b", "US", on=date(2025, 8, 18), direction=Direction.RULES_OUT, status=ClaimStatus.RULED_OUT)
    again = claim("c", "US", quantity(5000), on=date(2025, 8, 22))
    days = [date(2025, 8, 1), date(2025, 8, 20), date(2025, 9, 1)]
    assert [row(table(offer, no, again, today=d)).verdict for d in days] == ["covered", "short", "covered"]


def test_what_is_offered_and_ruled_out_on_one_day_counts_from_nothing_to_all() -> None:
    no = claim("b", "FR", direction=Direction.RULES_OUT, status=ClaimStatus.RULED_OUT)
    found = row(table(claim("a", "FR", quantity(5000)), no))
    assert (found.covered_low, found.covered_high, found.verdict) == (0, 5000, "undecided")


def test_a_rumour_of_withdrawal_does_not_end_a_confirmed_offer() -> None:
    offer = claim("a", "FR", quantity(5000))
    rumour = claim("b", "FR", on=TODAY, direction=Direction.WITHDRAWS, status=ClaimStatus.UNCONFIRMED)
    assert row(table(offer, rumour)).verdict == "covered"


def test_a_newer_figure_of_the_same_contribution_takes_the_place_of_the_older() -> None:
    older, newer = claim("a", "FR", quantity(6000)), claim("b", "FR", quantity(4000), on=date(2026, 1, 20))
    assert row(table(older, newer)).covered_high == 4000


def test_a_superseded_claim_counts_no_more_from_that_day() -> None:
    older = claim("a", "FR", quantity(6000), state=State.AUTHORISED)
    newer = claim("b", "FR", quantity(4000), on=date(2026, 1, 20), supersedes=("a",))
    assert row(table(older, newer)).covered_high == 4000
    assert row(table(older, newer, today=date(2026, 1, 10))).covered_high == 6000


@pytest.mark.parametrize("direction", [Direction.OFFERS, Direction.WITHDRAWS])
def test_a_withdrawn_version_ends_its_own_claim_and_no_other_of_the_same_country(direction: Direction) -> None:
    first, second = claim("a", "FR", quantity(4000)), claim("b", "FR", quantity(500), capability="engineers")
    gone = claim("a@2", "FR", on=TODAY, direction=direction, state=State.WITHDRAWN, supersedes=("a",))
    assert row(table(first, second, gone)).covered_high == 500


def test_two_claims_that_supersede_each_other_stop_nothing() -> None:
    circle = claim("a", "FR", quantity(1), supersedes=("b",)), claim("b", "FR", quantity(1), supersedes=("a",))
    assert row(table(*circle, claim("c", "GB", quantity(5000)))).verdict == "covered"


def test_two_figures_of_one_day_make_a_range() -> None:
    found = row(table(claim("a", "FR", quantity(3000)), claim("b", "FR", quantity(5000))))
    assert (found.covered_low, found.covered_high) == (3000, 5000)


def test_engineers_may_be_among_the_troops_of_the_same_country() -> None:
    found = row(table(claim("a", "FR", quantity(4000)), claim("b", "FR", quantity(500), capability="engineers")))
    assert (found.covered_low, found.covered_high) == (4000, 4500)


def test_some_countries_together_may_be_the_named_ones() -> None:
    group = claim("g", "ten countries", quantity(4000), kind=ActorKind.GROUP)
    found = row(table(group, claim("a", "FR", quantity(3000))))
    assert (found.covered_low, found.covered_high) == (4000, 7000)


def test_a_claim_counts_for_the_most_specific_need_and_only_once() -> None:
    needs = need(1000, 1000), need(100, 100, need_id="engineers", capability="engineers")
    found = table(claim("a", "FR", quantity(500), capability="engineers"), needs=needs)
    assert (row(found).covered_high, row(found, need_id="engineers").covered_low) == (0, 500)


def test_a_claim_of_another_phase_does_not_count() -> None:
    assert row(table(claim("a", "FR", quantity(5000), phase="support"))).verdict == "short"


def test_what_is_said_tomorrow_does_not_count_today() -> None:
    assert row(table(claim("a", "FR", quantity(5000), on=date(2026, 2, 2)))).verdict == "short"


def test_one_nation_on_which_all_hangs_is_a_single_point_of_failure() -> None:
    found = row(
        table(claim("a", "FR", quantity(4000)), claim("b", "GB", quantity(1500)), claim("c", "NL", quantity(200)))
    )
    assert [(f.kind, f.name, f.falls, f.left_low) for f in found.failures] == [
        ("nation", "FR", True, 1700),
        ("nation", "GB", True, 4200),
    ]


def test_one_approval_on_which_two_nations_wait_is_a_single_point_of_failure() -> None:
    backstop = approval("us_backstop", words=("us backstop",))
    waiting = [claim(n, n, quantity(3000), conditions=("with a US backstop",)) for n in ("FR", "GB", "NL")]
    found = row(table(*waiting, approvals=(backstop,)))
    assert [(f.kind, f.name, f.falls, f.sole) for f in found.failures] == [("approval", "us_backstop", True, True)]


def test_a_refused_approval_takes_the_offers_that_wait_for_it() -> None:
    offers = claim("a", "DE", quantity(5000)), claim("b", "FR", quantity(1000))
    found = row(table(*offers, approvals=(approval("vote", "DE", status=ApprovalStatus.REFUSED),)))
    assert (found.covered_low, [s.actor for s in found.shares]) == (1000, ["FR"])


def test_a_mandate_that_ran_out_leaves_the_offer_aligned() -> None:
    given = approval("vote", "DE", status=ApprovalStatus.GIVEN, expires_on=date(2026, 1, 31))
    offer = claim("a", "DE", quantity(5000), state=State.AUTHORISED)
    verdicts = [row(table(offer, today=d, approvals=(given,)), STRICT).verdict for d in (date(2026, 1, 31), TODAY)]
    assert verdicts == ["covered", "short"]
    assert row(table(offer, approvals=(given,))).verdict == "covered"


def test_a_mandate_that_ran_out_does_not_revive_what_was_withdrawn() -> None:
    given = approval("vote", "DE", status=ApprovalStatus.GIVEN, expires_on=date(2026, 1, 31))
    offer = claim("a", "DE", quantity(5000), state=State.AUTHORISED)
    gone = claim("b", "DE", on=date(2026, 1, 20), direction=Direction.WITHDRAWS)
    assert row(table(offer, gone, approvals=(given,))).verdict == "short"


def test_a_mandate_for_all_time_never_runs_out() -> None:
    given = approval("vote", "DE", status=ApprovalStatus.GIVEN, expires_on=date.max)
    assert (
        row(table(claim("a", "DE", quantity(5000), state=State.AUTHORISED), approvals=(given,)), STRICT).gap_high == 0
    )


def test_the_history_shows_the_day_on_which_an_offer_went() -> None:
    offer = claim("a", "US", quantity(5000), on=date(2025, 3, 1))
    no = claim("b", "US", on=date(2025, 8, 18), direction=Direction.WITHDRAWS)
    found = [(p.on, p.covered_high) for p in table(offer, no).history if p.band == PLEDGED]
    assert found == [(date(2025, 3, 1), 5000), (date(2025, 8, 18), 0), (TODAY, 0)]


def test_the_history_stays_within_its_number_of_days() -> None:
    offers = [claim(f"{d}", "FR", quantity(1000 + d), on=date(2025, 1, d)) for d in range(1, 32)]
    found = gap_table(offers, required(need(1, 1)), GapConfig(history_days=7), TODAY)
    days = sorted({p.on for p in found.history})
    assert (len(days), days[0], days[-1]) == (7, date(2025, 1, 1), TODAY)


COUNTRIES = st.sampled_from(["FR", "GB", "DE", "NL", "some countries"])
ENDS = st.none() | st.tuples(st.integers(0, 4000), st.integers(0, 4000)).map(sorted)


@st.composite
def offers(draw: st.DrawFn, who: st.SearchStrategy[str] = COUNTRIES) -> Claim:
    name, ends = draw(who), draw(ENDS)
    return claim(
        f"{draw(st.integers(0, 10**9))}", name, None if ends is None else quantity(*ends),
        on=draw(st.dates(date(2025, 1, 1), TODAY)), state=draw(st.sampled_from(list(State)[:8])),
        status=draw(st.sampled_from(list(ClaimStatus)[:4])), capability=draw(st.sampled_from(["troops", "engineers"])),
        kind=ActorKind.GROUP if " " in name else ActorKind.COUNTRY,
        direction=draw(st.sampled_from([Direction.OFFERS, Direction.CONDITIONAL, Direction.RULES_OUT])),
    )  # fmt: skip


BOOKS = st.lists(offers(), max_size=8, unique_by=lambda c: c.claim_id)


@given(BOOKS, offers(st.just("CA")))
def test_one_more_contributor_never_widens_a_gap(book: list[Claim], more: Claim) -> None:
    for before, after in zip(table(*book).rows, table(*book, more).rows, strict=True):
        assert after.gap_high <= before.gap_high
        assert after.covered_low >= before.covered_low


@given(BOOKS, st.randoms())
def test_the_order_of_claims_means_nothing(book: list[Claim], chance) -> None:
    mixed = list(book)
    chance.shuffle(mixed)
    assert table(*mixed).as_dict() == table(*book).as_dict()


@given(BOOKS, COUNTRIES)
def test_withdrawing_and_adding_again_changes_nothing(book: list[Claim], who: str) -> None:
    stay, gone, _ = apply_scenario(Scenario("x", "x", (Withdrawal(who),), {}), book, ())
    assert table(*stay, *gone).as_dict() == table(*book).as_dict()


@given(BOOKS)
def test_a_looser_band_covers_no_less(book: list[Claim]) -> None:
    lows = [r.covered_low for r in table(*book).rows]
    assert lows == sorted(lows)


@given(BOOKS)
def test_the_gap_never_contradicts_what_is_covered(book: list[Claim]) -> None:
    for r in table(*book).rows:
        assert r.gap_high == max(Decimal(0), 5000 - r.covered_low)
        assert r.gap_low is None or r.gap_low <= r.gap_high
        assert r.covered_high is None or r.covered_low <= r.covered_high


def test_a_day_before_anybody_spoke_has_no_history_but_today() -> None:
    assert {p.on for p in table(today=SAID).history} == {SAID}
