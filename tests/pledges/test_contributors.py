"""Tables of contributors in words."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.core.issue import IssueKind
from trucewatch.pledges.contributors import contributor_claims, read_contributors
from trucewatch.pledges.nouns import Said, State

CODES = {"mongolia": "MN", "nepal": "NP", "netherlands": "NL", "bosnia and herzegovina": "BA"}


def read(text: str):
    return read_contributors(text, "table.txt", CODES)


def counts(text: str) -> list[tuple[str | None, Decimal | None, Decimal | None]]:
    return [(c.actor.code, c.quantity and c.quantity.low, c.quantity and c.quantity.high) for c in read(text)[0]]


@pytest.mark.parametrize(
    "text",
    [
        "Mongolia (150), Nepal (650)",
        "Mongolia (150) and Nepal (650).",
        "Contributors: Mongolia (150); Nepal (650)",
        "Mongolia: 150\nNepal: 650",
        "- Mongolia [150]\n- Nepal [650]",
        "Mongolia 150, Nepal 650",
    ],
)
def test_the_same_table_in_several_dresses(text: str) -> None:
    assert counts(text) == [("MN", 150, 150), ("NP", 650, 650)]
    assert read(text)[1] == []


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("Nepal (1,250)", (1250, 1250)),
        ("Nepal (100-150)", (100, 150)),
        ("Nepal (100 to 150 troops)", (100, 150)),
        ("Nepal (up to 400)", (None, 400)),
        ("Nepal (at least 400)", (400, None)),
    ],
)
def test_thousands_ranges_and_bounds(text: str, ends: tuple) -> None:
    assert counts(text) == [("NP", *ends)]


def test_an_and_inside_a_name_stays_there() -> None:
    assert counts("Bosnia and Herzegovina (40), the Netherlands (5)") == [("BA", 40, 40), ("NL", 5, 5)]


def test_a_country_without_a_number_has_no_quantity() -> None:
    assert counts("Mongolia, Nepal (650)") == [("MN", None, None), ("NP", 650, 650)]


@pytest.mark.parametrize("number", ["-5", "−5", "3000000000", "200-100"])
def test_an_impossible_number_is_no_quantity_and_its_neighbour_stays(number: str) -> None:
    found, issues = read(f"Mongolia ({number}), Nepal (650)")
    assert [c.quantity and c.quantity.low for c in found] == [None, 650]
    assert [(i.row, i.kind) for i in issues] == [(1, IssueKind.DOUBTFUL)]


def test_a_country_that_is_no_country_keeps_its_number_and_gets_no_code() -> None:
    found, issues = read("Ruritania (150)")
    assert (found[0].actor.code, found[0].quantity.low, issues[0].found) == (None, 150, "'Ruritania'")


def test_a_table_cut_in_the_middle_loses_only_its_last_entry() -> None:
    found, issues = read("Mongolia (150), Nepal (6")
    assert ([c.actor.code for c in found], [i.row for i in issues]) == (["MN"], [2])


def test_a_contributor_told_twice_is_named() -> None:
    assert [i.kind for i in read("Nepal (650), Nepal (640)")[1]] == [IssueKind.DUPLICATE]


def test_an_empty_table_is_an_issue() -> None:
    assert [i.kind for i in read("")[1]] == [IssueKind.UNREADABLE]


def test_entries_lie_where_they_say() -> None:
    text = "Mongolia (150), Nepal (650)"
    assert [text[c.start : c.end] for c in read(text)[0]] == ["Mongolia (150)", " Nepal (650)"]


def test_claims_are_numbered_and_carry_who_says_so() -> None:
    said = Said(("United Nations",), "example", date(2026, 1, 31))
    claims = contributor_claims(read("Mongolia (150), Nepal (650)")[0], "un", date(2026, 1, 31), said, "monitoring")
    assert [(c.claim_id, c.state, c.said) for c in claims] == [
        ("un-1", State.DEPLOYED, (said,)),
        ("un-2", State.DEPLOYED, (said,)),
    ]


@settings(max_examples=50)
@given(st.text(alphabet="aN (),;:[]0123-\nand", max_size=200))
def test_no_text_breaks_it(text: str) -> None:
    for c in read(text)[0]:
        assert 0 <= c.start < c.end <= len(text)


def test_a_long_text_of_open_brackets_comes_to_an_end() -> None:
    found, issues = read("a, (b " * 100_000)
    assert (found, len(issues)) == ((), 100_001)
