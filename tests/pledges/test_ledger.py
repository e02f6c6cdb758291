"""The ledger: plain text to directives and claims, and every sort of bad line."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.pledges.ledgers import PLAIN, TODAY, book_of, claim

from trucewatch.pledges.book_countries import codes_by_name, countries
from trucewatch.pledges.ledger import load
from trucewatch.pledges.nouns import (
    COMPONENTS,
    Actor,
    ActorKind,
    Claim,
    ClaimStatus,
    Direction,
    Quantity,
    Said,
    State,
)
from trucewatch.pledges.text_write import claim_text


def one_problem(text: str) -> str:
    """Return the one problem of a ledger as a line."""
    problems = book_of(text).problems
    assert len(problems) == 1, problems
    return str(problems[0])


def test_a_claim_is_read_with_all_that_was_said():
    first = book_of(PLAIN).claims[0]
    assert (first.actor.code, first.actor.name) == ("NO", "Norway")
    assert (first.direction, first.component, first.capability) == (Direction.CONDITIONAL, "land", "engineers")
    assert first.quantity == Quantity(Decimal(120), Decimal(150), "troops")
    assert first.conditions == ("after a ceasefire", "needs parliament")
    assert first.said[0].by == ("Ministry of Defence", "An Agency")
    assert first.said[0].publisher == "A Paper"


def test_each_change_makes_a_version_and_the_old_ones_stay():
    book = book_of(PLAIN)
    assert [c.claim_id for c in book.claims] == ["no-engineers", "no-engineers@2", "no-engineers@3"]
    assert [c.state for c in book.claims] == [State.ANNOUNCED, State.PLEDGED, State.PLEDGED]
    assert [c.claim_id for c in book.standing()] == ["no-engineers@3"]
    assert book.claims[2].quantity == Quantity(Decimal(100), Decimal(100), "troops")
    assert book.claims[0].status is ClaimStatus.REPORTED


def test_the_book_stood_otherwise_on_an_earlier_day():
    assert [c.claim_id for c in book_of(PLAIN).standing(date(2025, 10, 15))] == ["no-engineers@2"]


@pytest.mark.parametrize(
    ("kind", "state"),
    [("deploy", "deployed"), ("rotate", "rotating"), ("deliver", "deployed"), ("withdraw", "withdrawn")],
)
def test_a_short_word_says_the_new_state(kind, state):
    book = book_of(claim("c") + f"2025-10-01 {kind} c\n")
    assert not book.problems
    assert book.claims[1].state == state


@pytest.mark.parametrize(
    ("written", "low", "high", "words"),
    [
        ("3000 troops", 3000, 3000, None),
        ("3,000..5_000 troops", 3000, 5000, None),
        ("3000+ troops", 3000, None, None),
        ("..5000 troops", None, 5000, None),
        ('"several thousand" troops', 2000, 9999, "several thousand"),
        ('200..900 troops "hundreds"', 200, 900, "hundreds"),
        ('"a brigade or so" brigades', None, None, "a brigade or so"),
        ("2.5 EUR", Decimal("2.5"), Decimal("2.5"), None),
    ],
)
def test_amounts_are_exact_or_honest_ranges(written, low, high, words):
    q = book_of(claim("c", quantity=written)).claims[0].quantity
    assert q is not None
    assert (q.low, q.high, q.words) == (low, high, words)


@pytest.mark.parametrize("written", ["-5 troops", "3e9 troops", "5000..3000 troops", "many", "12"])
def test_an_impossible_quantity_is_one_problem_and_stays_unknown(written):
    book = book_of(claim("c", quantity=written) + claim("good"))
    assert len(book.problems) == 1
    assert book.problems[0].line == 4
    assert [c.quantity for c in book.claims] == [None, None]


def test_three_thousand_million_euros_are_possible():
    assert book_of(claim("c", quantity="3e9 EUR")).claims[0].quantity == Quantity(Decimal("3e9"), Decimal("3e9"), "EUR")


def test_a_country_that_is_no_country_is_named_with_its_line():
    book = book_of(claim("c", "XQ") + claim("good"))
    assert [c.claim_id for c in book.claims] == ["good"]
    assert any(p.line == 2 and "XQ" in p.found and "ISO 3166-1" in p.needed for p in book.problems)


def test_the_list_has_the_249_codes_of_the_standard():
    assert len(countries()) == 249
    assert {"GB", "FR", "UA", "TW", "PS"} <= set(countries())
    assert not {"UK", "XK", "SU", "EU"} & set(countries())
    assert codes_by_name()["türkiye"] == "TR"


def test_a_source_dated_tomorrow_is_left_out_and_the_claim_stays():
    book = book_of(claim("c", says='"A" on 2026-02-01'))
    assert "after today" in str(book.problems[0])
    assert book.claims[0].said == ()


def test_a_directive_dated_tomorrow_is_left_out():
    assert "after today" in one_problem(claim("c", on="2026-02-01") + claim("good"))


def test_two_claims_with_one_id_are_one_problem_that_names_both_lines():
    text = claim("same") + claim("same", "SE")
    assert one_problem(text).startswith("book.pledges:5: ")
    assert "book.pledges:1" in one_problem(text)
    assert [c.actor.code for c in book_of(text).claims] == ["NO"]


def test_a_cycle_is_cut_once_and_everything_loads():
    text = claim("a", supersedes="b") + claim("b", supersedes="c") + claim("c", supersedes="a") + claim("d")
    assert "cycle" in one_problem(text)
    assert len(book_of(text).claims) == 4


def test_of_two_that_supersede_each_other_the_later_one_stands():
    text = claim("old", supersedes="new") + claim("new", on="2025-10-01", supersedes="old")
    assert [c.claim_id for c in book_of(text).standing()] == ["new"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("garbage\n", "'garbage'"),
        ("<<<<<<< HEAD\n", "<<<<<<<"),
        ("2025-13-01 claim x\n", "2025-13-01"),
        ("2025-09-01 promise x\n", "promise"),
        ("2025-09-01 claim\n", "name"),
        ("2025-09-01 state nobody pledged\n", "no claim 'nobody'"),
        ("2025-09-01 state good shiny\n", "shiny"),
        ("2025-08-01 withdraw good\n", "not before the claim's own"),
        ('include "nothere.pledges"\n', "nothere"),
        ('include "book.pledges"\n', "already read"),
        ("include book2\n", "quotes"),
        ("2025-09-01 claim x\n  offers: land\n", "without an actor"),
        ("2025-09-01 claim x\n  actor: SE\n", "no direction"),
        ("2025-09-01 claim x\n  actor: SE\n  offers: land\n  rules_out: land\n", "2 directions"),
        ("2025-09-01 requirement x\n  actor: SE\n  offers: land\n", "requirement x that offers"),
        (claim("x", colour="red"), "'colour'"),
        (claim("x", state="done"), "'done'"),
        (claim("x", supersedes="ghost"), "'ghost'"),
        (claim("x", total__of="ghost"), "total-of: 'ghost'"),
        ("2025-09-01 legal vote given\n  for: XQ\n", "'XQ'"),
        ("2025-09-01 legal vote maybe\n", "maybe"),
        (claim("x", phase='"one"') + "  phase: two\n", "phase twice"),
    ],
)
def test_a_bad_line_is_one_problem_and_the_good_neighbour_loads(text, words):
    book = book_of(claim("good") + text)
    assert len(book.problems) >= 1
    assert any(words in str(p) for p in book.problems), book.problems
    assert "good" in [c.claim_id for c in book.claims]


def test_bytes_that_are_no_utf8_are_named_by_line_and_the_rest_loads():
    data = claim("a").encode() + claim("b", capability_='"x"').encode() + b"; caf\xe9\r\n" + claim("c").encode()
    book = load("b", {"b": data}.get, TODAY)
    assert any("UTF-8" in p.needed for p in book.problems)
    assert {"a", "b", "c"} == {c.claim_id for c in book.claims}


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_line_endings_do_not_matter(ending):
    data = PLAIN.replace("\n", ending).encode("utf-8-sig")
    assert load("b", {"b": data}.get, TODAY).claims == book_of(PLAIN).claims


def test_utf16_is_read():
    assert load("b", {"b": PLAIN.encode("utf-16")}.get, TODAY).claims == book_of(PLAIN).claims


def test_an_empty_ledger_is_one_problem():
    assert "no directive" in one_problem("")


def test_an_include_is_read_and_keeps_its_own_lines():
    book = book_of('include "other.pledges"\n' + claim("a"), other_pledges=claim("b") + "rubbish\n")
    assert {c.claim_id for c in book.claims} == {"a", "b"}
    assert [(p.file, p.line) for p in book.problems] == [("other.pledges", 5)]


def test_a_file_that_is_no_ledger_is_told_in_a_thousand_lines_at_most():
    book = load("b", {"b": b"  x: y\n" * 100_000}.get, TODAY)
    assert len(book.problems) == 1_002
    assert any("99,000 lines more" in p.found for p in book.problems)
    assert book.claims == ()


@given(st.binary(max_size=400))
@settings(max_examples=50)
def test_any_bytes_give_a_book(data):
    assert load("b", {"b": data}.get, TODAY).directives is not None


@given(st.text(max_size=200))
@settings(max_examples=50)
def test_any_field_leaves_the_neighbours_alone(value):
    book = book_of(claim("x") + f"  says: {value}\n" + claim("good"))
    assert "good" in [c.claim_id for c in book.claims]


WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), min_size=1, max_size=20).map(
    lambda t: " ".join(t.split()) or "x"
)
DAYS = st.dates(date(2024, 1, 1), TODAY)
QUANTITIES = st.builds(
    lambda a, b, u, w: Quantity(Decimal(min(a, b)), Decimal(max(a, b)), u, w),
    st.integers(0, 10**6), st.integers(0, 10**6), st.sampled_from(["troops", "ships"]), st.none() | WORDS,
)  # fmt: skip
CLAIMS = st.builds(
    Claim,
    claim_id=st.sampled_from(["a", "b-1", "c.2"]),
    on=DAYS,
    actor=st.builds(Actor, st.just("FR"), WORDS, st.just(ActorKind.COUNTRY), st.none())
    | st.builds(Actor, st.none(), WORDS, st.sampled_from(ActorKind), st.none() | st.integers(1, 60)),
    direction=st.sampled_from(Direction),
    component=st.sampled_from(COMPONENTS),
    capability=st.none() | WORDS,
    quantity=st.none() | QUANTITIES,
    conditions=st.lists(WORDS, max_size=2).map(tuple),
    state=st.sampled_from(State),
    status=st.sampled_from(ClaimStatus),
    said=st.lists(
        st.builds(
            Said, st.lists(WORDS, min_size=1, max_size=3).map(tuple), st.none() | WORDS, st.none() | DAYS,
            st.none() | st.just("https://example.org/a"), st.none() | st.just("0" * 64), st.booleans(),
        ),
        max_size=2,
    ).map(tuple),
    command=st.none() | WORDS,
    phase=st.none() | WORDS,
)  # fmt: skip


@given(CLAIMS)
@settings(max_examples=50)
def test_what_is_written_reads_back_as_the_same_claim(written):
    book = book_of(claim_text(written))
    assert book.claims == (written,)
    assert book.problems == ()
