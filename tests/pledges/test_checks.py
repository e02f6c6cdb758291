"""The checks: each finds what it is for, at its line, and nothing in a sound ledger."""

import sys
from datetime import date
from pathlib import Path

import pytest
from tests.pledges.ledgers import PLAIN, book_of, claim

from trucewatch.pledges.checks import CHECKS, CheckConfig, findings

SIGNED = {"status": "confirmed", "says": 'official "A ministry"'}


def found(text: str, name: str, config: CheckConfig | None = None) -> list[int]:
    """Return the lines at which one check speaks."""
    book = book_of(text)
    assert not book.problems
    return [f.problem.line for f in findings(book, config or CheckConfig()) if f.check == name]


def test_a_sound_ledger_passes_every_check():
    assert findings(book_of(PLAIN), CheckConfig()) == []


def test_every_check_has_its_own_file():
    folder = Path(sys.modules["trucewatch.pledges.checks"].__file__ or "").parent
    assert {name for name, _ in CHECKS} == {p.stem for p in folder.glob("*.py")} - {"__init__", "config"}


def test_what_was_due_and_has_not_come_is_overdue():
    assert found(claim("c", due="2026-01-01"), "overdue") == [1]
    assert found(claim("c", due="2026-03-01"), "overdue") == []
    assert found(claim("c", due="2026-01-01") + "2025-12-01 deploy c\n", "overdue") == []


def test_the_same_amount_twice_may_be_one_promise():
    twice = claim("a", quantity="300 troops") + claim("b", quantity="300 troops", on="2025-10-01")
    assert found(twice, "double_counted") == [6]
    assert found(twice.replace("claim b\n", "claim b\n  supersedes: a\n"), "double_counted") == []
    other = claim("a", quantity="300 troops") + claim("b", "SE", quantity="300 troops")
    assert found(other, "double_counted") == []


def test_the_same_quote_twice_may_be_one_promise():
    says = f'"A" quote sha256:{"1" * 64}'
    assert found(claim("a", says=says) + claim("b", says=says), "double_counted") == [6]


def test_confirmed_needs_an_official_source():
    assert found(claim("c", status="confirmed", says='"A paper"'), "confirmed_without_official") == [1]
    assert found(claim("c", **SIGNED), "confirmed_without_official") == []


@pytest.mark.parametrize(
    ("steps", "lines"),
    [
        ("2025-10-01 state c pledged\n", []),
        ("2025-10-01 deploy c\n", [6]),
        ("2025-10-01 state c pledged\n2025-11-01 state c announced\n", [7]),
        ("2025-10-01 withdraw c\n", []),
        ("2025-10-01 correct c\n  state: deployed\n", []),
    ],
)
def test_states_come_one_after_the_other(steps, lines):
    assert found(claim("c", state="announced") + steps, "state_jumped") == lines


def test_the_opposite_word_within_a_month_is_a_contradiction():
    text = claim("a", on="2025-08-13", withdraws="land") + claim("b", on="2025-08-17")
    assert found(text, "contradicted") == [5]
    assert found(text, "contradicted", CheckConfig(contradicted_days=3)) == []


def test_the_opposite_word_about_something_else_is_none():
    assert found(claim("a", rules_out="land") + claim("b", offers="air"), "contradicted") == []


def test_a_mandate_that_has_run_out_is_told():
    text = claim("c", state="deployed", until="2026-01-15", **SIGNED)
    assert found(text, "expired_mandate") == [1]
    assert found(text.replace("2026-01-15", "2026-06-15"), "expired_mandate") == []


def test_an_approval_that_has_run_out_is_told_at_its_own_line():
    text = claim("c", state="deployed", **SIGNED) + "2025-09-01 legal vote given\n  for: NO\n  until: 2025-12-31\n"
    assert found(text, "expired_mandate") == [8]
    assert found(text + "2026-01-02 legal vote given\n  until: 2026-12-31\n", "expired_mandate") == []


def test_a_source_that_is_gone_is_told_only_where_somebody_says_so():
    text = claim("c", says='"A" at https://example.org/x')
    assert found(text, "source_gone") == []
    assert found(text, "source_gone", CheckConfig(gone=frozenset({"https://example.org/x"}))) == [1]


def test_a_typed_total_beside_its_parts_is_told():
    parts = claim("a", quantity="100 troops") + claim("b", "SE", quantity="50 troops")
    typed = claim("sum", 'group "Two states" count 2', total__of="a, b", quantity="140 troops")
    assert found(parts + typed, "total_typed") == [11]
    computed = parts + typed.replace("  quantity: 140 troops\n", "")
    assert found(computed, "total_typed") == []
    quantity = book_of(computed).claims[2].quantity
    assert quantity is not None
    assert (quantity.low, quantity.high) == (150, 150)


def test_a_group_with_the_sum_of_its_members_is_told():
    parts = claim("a", quantity="100 troops") + claim("b", "SE", quantity="50 troops")
    assert found(parts + claim("g", 'group "Two states"', quantity="150 troops"), "total_typed") == [11]


def test_an_assertion_is_held_against_the_computed_balance():
    text = claim("a", quantity="100..120 troops") + claim("b", capability_="", quantity="30 troops").replace(
        "  capability_: \n", ""
    ).replace("offers: land", 'offers: land "engineers"')
    said = "2026-01-01 assert sum\n  actor: NO\n  component: land\n  quantity: {} troops\n"
    assert found(text + said.format("130..150"), "total_typed") == []
    assert found(text + said.format("500"), "total_typed") == [11]


def test_the_day_of_the_book_decides():
    book = book_of(claim("c", due="2026-01-01"))
    overdue = dict(CHECKS)["overdue"]
    assert overdue(book, CheckConfig(), date(2025, 12, 1)) == []
