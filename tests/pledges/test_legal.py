"""Legal steps: who waits for what, and what runs out."""

from datetime import date
from decimal import Decimal

import pytest
from tests.pledges.offers import TODAY, approval, claim, quantity

from trucewatch.pledges.legal import (
    ApprovalStatus,
    LegalConfig,
    dependencies,
    expiry_warnings,
    read_legal,
    with_status,
)

FILE = """\
title: Legal steps
sources:
  law: {kind: official, says: The law of 2005., url: "https://example.org/law"}
approvals:
  - id: vote
    title: Vote of the parliament
    body: Parliament
    countries: [FR]
    words: [Parliamentary Approval]
    status: pending
    expires_on: 2026-06-30
    chance_low: 0.2
    chance_high: 0.8
    source: law
"""


def wrong(old: str, new: str) -> list[str]:
    """Return what is said of the file with one thing changed."""
    return [str(p) for p in read_legal("legal.yaml", FILE.replace(old, new))[1]]


def test_a_step_is_read_with_its_source_and_chance() -> None:
    legal, problems = read_legal("legal.yaml", FILE)
    assert problems == []
    step = legal.approvals[0]
    assert (step.status, step.expires_on, step.chance_low) == (
        ApprovalStatus.PENDING,
        date(2026, 6, 30),
        Decimal("0.2"),
    )
    assert (legal.sources[0].url, step.source) == ("https://example.org/law", "law")


@pytest.mark.parametrize(
    ("old", "new", "line", "found"),
    [
        ("source: law", "source: rumour", 14, "the source 'rumour'"),
        ("2026-06-30", "30.6.2026", 11, "'30.6.2026'"),
        ("chance_high: 0.8", "chance_high: 1.8", 5, "the chance 0.2 to 1.8"),
        ("    chance_high: 0.8\n", "", 5, "the chance 0.2 to None"),
        ("[FR]", "[France]", 8, "the code 'France'"),
        ("status: pending", "status: perhaps", 10, "'perhaps' as status"),
        (', url: "https://example.org/law"', "", 3, "the official source 'law' without url"),
        ("    body: Parliament\n", "", 5, "no body"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(old: str, new: str, line: int, found: str) -> None:
    assert any(p.startswith(f"legal.yaml:{line}: found {found}") for p in wrong(old, new)), wrong(old, new)


def test_a_bad_step_costs_its_good_neighbour_nothing() -> None:
    second = FILE.partition("approvals:\n")[2].replace("id: vote", "id: second")
    legal, problems = read_legal("legal.yaml", FILE.replace("source: law", "source: rumour") + second)
    assert ([a.approval_id for a in legal.approvals], len(problems)) == (["second"], 1)


def test_an_empty_file_is_a_problem_and_no_crash() -> None:
    assert read_legal("legal.yaml", "")[0] is None


def test_a_claim_waits_for_the_approval_of_its_country() -> None:
    steps = approval("paris", "FR"), approval("london", "GB")
    assert dependencies(claim("a", "FR", quantity(1)), steps) == ("paris",)


def test_a_claim_waits_for_an_approval_that_its_condition_names() -> None:
    steps = (approval("backstop", words=("us backstop",)),)
    assert dependencies(claim("a", "FR", conditions=("only with a US backstop",)), steps) == ("backstop",)


def test_an_approval_of_land_forces_does_not_hold_up_money() -> None:
    steps = (approval("vote", "DE", components=("land",)),)
    assert dependencies(claim("a", "DE", component="funding"), steps) == ()


def test_warnings_name_what_lapsed_first_and_leave_out_what_is_far_away() -> None:
    steps = [approval(n, "FR", expires_on=d) for n, d in (("soon", date(2026, 3, 1)), ("late", date(2027, 1, 1)))]
    steps.append(approval("gone", "DE", expires_on=date(2026, 1, 22)))
    found = expiry_warnings(steps, [claim("a", "FR")], TODAY, LegalConfig(warn_days=90))
    assert [(w.approval_id, w.days_left, w.claims) for w in found] == [("gone", -10, ()), ("soon", 28, ("a",))]
    assert str(found[0]) == "gone: lapsed 10 days ago (2026-01-22); 0 contribution claims rest on it"


def test_a_scenario_decides_one_approval_and_leaves_the_others() -> None:
    decided = with_status([approval("a"), approval("b")], {"a": ApprovalStatus.REFUSED})
    assert [a.status for a in decided] == [ApprovalStatus.REFUSED, ApprovalStatus.PENDING]
